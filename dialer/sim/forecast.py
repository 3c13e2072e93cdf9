"""What a campaign will come to: the figures of runs, for several staffings and several seeds.

Owns: from a run to its figures, and from the figures of some seeds to a mean and an interval.
Chance begins here, from the seed. Must not know how anything is shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from campaigns.campaign import Campaign, CampaignState
from campaigns.consent import Consent, ConsentBasis
from campaigns.contact import Contact, ContactState, PhoneNumber
from campaigns.hours import next_open
from campaigns.judge import Facts
from dialer.sim.model import Model
from dialer.sim.plan import Plan, shift_of
from dialer.sim.run import Run
from supervisor.kpi import AgentTimes, occupancy, utilisation

LOW, HIGH = 0.05, 0.95
"""The interval that is shown holds nine runs of ten."""

MADE_UP = 100_000
"""So many contacts are more than a floor of the usual size works off in a few hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run came to. Durations in seconds.

    `called_at`: when everybody had been called once; `done_at`: when the last contact was
    finished; None: not within the time. `open`: contacts that were left then. `machines`: of those
    who were put through, answering machines; `screened_out`: taken for machines and hung up on;
    `mistaken`: of these, persons. `times`: of all agents while they were on duty. `on_duty_s`: how
    long each one was. `waits_s`: what each customer who was put through had waited, sorted.
    `callers`: of the inbound queue; those of them who reached an agent, and who did so in time.
    `course`: contacts that were left, at times.
    """

    agents: int
    seed: int
    ends_at: datetime
    called_at: datetime | None
    done_at: datetime | None
    contacts: int
    open: int
    held: int
    placed: int
    answered: int
    connected: int
    abandoned: int
    machines: int
    screened_out: int
    mistaken: int
    times: AgentTimes
    on_duty_s: float
    waits_s: tuple[float, ...]
    callers: int
    callers_answered: int
    callers_in_time: int
    peak_calls: int
    peak_cps: int
    course: tuple[tuple[datetime, int], ...]

    @property
    def occupancy(self) -> float | None:
        """As the product shows it: who is kept for a call is occupied (kpi)."""
        return occupancy(self.times).value

    @property
    def utilisation(self) -> float | None:
        """Talk and wrap-up of the time on duty (kpi): what may be compared between modes."""
        return utilisation(self.times).value

    @property
    def agents_there(self) -> float | None:
        """Agents on duty and not on a break, in the mean."""
        there_s = self.times.signed_in_s - self.times.paused_s
        return there_s / self.on_duty_s if self.on_duty_s else None

    @property
    def in_time(self) -> float | None:
        """Of all callers, the part that reached an agent in time (SL3 of kpi counts the same)."""
        return self.callers_in_time / self.callers if self.callers else None

    @property
    def given_up(self) -> float | None:
        """Of all callers, the part that reached nobody."""
        return 1 - self.callers_answered / self.callers if self.callers else None

    @property
    def idle_s(self) -> float | None:
        """From an agent's wrap-up to the next customer, in the mean: free, or kept for a call."""
        idle_s = self.times.ready_s + self.times.ring_s
        return idle_s / self.connected if self.connected else None

    @property
    def abandon_rate(self) -> float | None:
        """Of those who answered and were no machine, for all we know, the part that heard nobody.

        So the law's count has it: machines by the verdict of the switch, or by the agent's word.
        """
        persons = self.connected - self.machines + self.abandoned
        return self.abandoned / persons if persons else None

    @property
    def mistaken_rate(self) -> float | None:
        """Of the persons who answered, the part that was taken for machines and hung up on."""
        persons = self.connected - self.machines + self.abandoned + self.mistaken
        return self.mistaken / persons if persons else None

    @property
    def machine_share(self) -> float | None:
        """Of those who were put through to agents, machines."""
        return self.machines / self.connected if self.connected else None

    @property
    def answer_rate(self) -> float | None:
        """Of the calls placed, the part that was answered."""
        return self.answered / self.placed if self.placed else None

    @property
    def calls_an_hour(self) -> float | None:
        """Calls placed in an hour on duty."""
        return self.placed / self.on_duty_s * 3600 if self.on_duty_s else None

    @property
    def wait_s(self) -> float | None:
        """What a customer who was put through had waited, in the mean."""
        return math.fsum(self.waits_s) / len(self.waits_s) if self.waits_s else None

    @property
    def wait_p95_s(self) -> float | None:
        """The wait that 19 of 20 did not exceed."""
        return quantile(self.waits_s, HIGH) if self.waits_s else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure over some seeds: its mean, and between what it lay in nine runs of ten."""

    mean: float
    low: float
    high: float


def quantile(ordered: Sequence[float], part: float) -> float:
    """The value below which `part` of them lie, between two of them in proportion."""
    place = (len(ordered) - 1) * part
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def interval(values: Iterable[float | None]) -> Interval | None:
    """The mean and the interval; None where no run has the figure."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return Interval(
        mean=math.fsum(known) / len(known), low=quantile(known, LOW), high=quantile(known, HIGH)
    )


def figures_of(
    plan: Plan, agents: int, seed: int, progressed: Callable[[float], None] = lambda _: None
) -> Figures:
    """One run. `progressed` is told now and then how much of the time has passed, 0 to 1."""
    random = Random(f"{seed}")  # noqa: S311  a seed that is given, so that a run can be repeated
    run = Run(plan, agents, random)
    length_s = plan.hours * 3600
    run.go(lambda t: progressed(min(t / length_s, 1.0)))
    tally = run.tally
    return Figures(
        agents=agents,
        seed=seed,
        ends_at=run.time.now.utc,
        called_at=None if run.called_t is None else run.at(run.called_t),
        done_at=None if run.done_t is None else run.at(run.done_t),
        contacts=run.shelf.contacts,
        open=run.shelf.open,
        held=sum(run.shelf.held.values()),
        placed=tally.placed,
        answered=tally.answered,
        connected=tally.connected,
        abandoned=tally.abandoned,
        machines=tally.machines,
        screened_out=tally.screened_out,
        mistaken=tally.mistaken,
        times=tally.agent_times,
        on_duty_s=tally.on_duty_s,
        waits_s=tuple(sorted(tally.waits_s)),
        callers=tally.callers,
        callers_answered=tally.callers_answered,
        callers_in_time=tally.callers_in_time,
        peak_calls=tally.peak_calls,
        peak_cps=tally.peak_cps,
        course=tuple((run.at(t), left) for t, left in tally.course),
    )


def made_up(campaign: Campaign, contacts: int, now: datetime) -> tuple[Facts, ...]:
    """A list of so many contacts that nobody has called yet, who all agreed to be called.

    Each has a number of its own, in the campaign's country.
    """
    agreed = Consent(basis=ConsentBasis.CONSENT, proof="made up", given_at=now)
    return tuple(
        Facts(
            campaign=campaign,
            campaign_state=CampaignState.RUNNING,
            contact=Contact(
                id=n,
                campaign_id=campaign.id,
                zone=None,
                state=ContactState.OPEN,
                numbers=(_number(campaign, n),),
                attempts=(),
                appointment=None,
                loaded_at=now,
                consent=agreed,
            ),
            do_not_call=None,
            in_call=False,
            engine=None,
        )
        for n in range(1, contacts + 1)
    )


def _number(campaign: Campaign, n: int) -> PhoneNumber:
    return PhoneNumber(id=n, e164=f"+86100{n:08}", position=0, country=campaign.country)


def first_open(campaign: Campaign, now: datetime) -> datetime | None:
    """When the campaign's window is open next; None: never."""
    return next_open(shift_of(campaign), now)


def forecast(  # noqa: PLR0917  the brief form, for tests and scripts
    campaign: Campaign,
    model: Model,
    agents: int,
    seed: int,
    hours: float,
    start: datetime,
    contacts: int = MADE_UP,
) -> Figures:
    """One run over a made-up list, from `start` (aware UTC) on, for so many hours."""
    cases = made_up(campaign, contacts, start)
    plan = Plan(campaign=campaign, model=model, cases=cases, start=start, hours=hours)
    return figures_of(plan, agents, seed)
