"""Live statistics: what the engine has seen, counted.

Owns: the tallies of campaigns, queues and agents, and the local day that they are of. The
engine feeds facts in the order in which it learns them; late, doubled and unknown ones change
nothing and never raise. Memory is bounded by the agents, queues and campaigns on file, the calls
alive, and a short list of ended ones. Must not know the switch, the database or who watches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from campaigns.outcomes import Outcome
from campaigns.phone.masked import masked
from dialer.agents import State, Status
from dialer.queue_effects import QueueEnd
from dialer.recent import Recent
from supervisor.agent_clocks import AgentClock, as_times
from supervisor.campaign_tally import NEEDS_ANSWER, CampaignTally, Phase, PlacedCall
from supervisor.kpi import (
    AgentTimes,
    HandleTimes,
    OutboundCounts,
    abandon_rate,
    abandon_rate_raw,
    aht,
    asa,
    live_service_level,
    longest_handle,
    longest_wait,
)
from supervisor.queue_tally import EndedStay, QueueTally
from supervisor.site_day import SiteDay
from supervisor.snapshot import CallCounts, CallerView, QueueView, look_of

if TYPE_CHECKING:
    from dialer.messages import Now

THRESHOLD_S = 20.0
"""T of the service level where a queue sets none."""

ENDED_KEPT = 10_000
"""Ids of ended attempts that are remembered, so that a late word does not revive one: 1 MB."""

CALLERS_SHOWN = 50
"""So many of those who wait in one queue are told by name; the others are counted."""

MOST_CALLS = 10_000
"""More calls than any switch carries: the oldest can only be one whose end was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCounts:
    """One campaign's part of the snapshot. `today` and `run` feed the formulas of `kpi`."""

    tried_this_run: int = 0
    in_calls: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    run: OutboundCounts = field(default_factory=OutboundCounts)
    today: OutboundCounts = field(default_factory=OutboundCounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenCall:
    """A queue call that an agent has. `number`: the caller's, as the network gave it."""

    queue: str
    number: str


class Statistics:
    """The counts of one engine at one site.

    `zone`: the site's; counters of today begin at its midnight. `thresholds_s`: T by queue;
    these queues are shown from the start, others from their first caller on.
    """

    def __init__(self, zone: ZoneInfo, thresholds_s: Mapping[str, float] | None = None) -> None:
        self._day = SiteDay(zone=zone)
        self._agents: dict[str, AgentClock] = {}
        self._campaigns: dict[str, CampaignTally] = {}
        self._calls: dict[str, PlacedCall] = {}
        self._ended = Recent(ENDED_KEPT)
        self._queues: dict[str, QueueTally] = {}
        self._ended_stays: list[EndedStay] = []
        self._taken: dict[str, TakenCall] = {}
        self.set_thresholds(thresholds_s or {})

    def set_thresholds(self, thresholds_s: Mapping[str, float]) -> None:
        """Judge by these T from now on; calls that were judged already stay as they were."""
        for name, threshold_s in thresholds_s.items():
            self._queue(name).threshold_ms = round(threshold_s * 1000)

    def set_short_abandons(self, within_s: Mapping[str, float]) -> None:
        """Who hangs up within so many seconds counts apart from now on, by queue."""
        for name, short_s in within_s.items():
            self._queue(name).short_abandon_ms = round(short_s * 1000)

    # ── outbound calls ───────────────────────────────────────────────────────────────────

    def call_placed(self, attempt: str, campaign: str, now: Now) -> None:
        """The call was sent to the network."""
        if self._lives(attempt, PlacedCall(campaign=campaign), now):
            self._campaign(campaign).place()

    def call_taken_over(self, attempt: str, campaign: str, now: Now) -> None:
        """A call that an earlier run placed lives on: it is shown, and not counted."""
        self._lives(attempt, PlacedCall(campaign=campaign, counted=False), now)

    def call_ringing(self, attempt: str, now: Now) -> None:
        """The far end rings."""
        self._follow(attempt, Phase.RINGING, now)

    def call_answered(self, attempt: str, now: Now) -> None:
        """Somebody or something answered."""
        self._follow(attempt, Phase.ANSWERED, now)

    def call_bridged(self, attempt: str, now: Now) -> None:
        """The customer hears an agent."""
        self._follow(attempt, Phase.TALKING, now)

    def call_unserved(self, attempt: str, now: Now) -> None:
        """Nobody took the answered call: the customer hears the message."""
        self._follow(attempt, Phase.MESSAGE, now)

    def call_hung_up(self, attempt: str, now: Now) -> None:
        """The channel is gone; the outcome may come later."""
        self._follow(attempt, Phase.OVER, now)

    def call_ended(self, attempt: str, outcome: Outcome, now: Now) -> None:
        """The attempt has its one outcome. One that was never placed is not counted."""
        self._advance(now)
        if outcome in NEEDS_ANSWER:
            self._answer(attempt)
        call = self._calls.pop(attempt, None)
        if call is not None and call.counted:
            self._campaign(call.campaign).end(call, outcome, self._day.at_ms)
        self._ended.add(attempt)

    def counts(self, attempt: str) -> bool:
        """Whether the call was placed in this run, so that its end will be in the figures."""
        call = self._calls.get(attempt)
        return call is not None and call.counted

    def outcome_amended(self, campaign: str, before: Outcome, after: Outcome, now: Now) -> None:
        """An agent's late word replaced `before` (mostly undisposed)."""
        self._advance(now)
        self._campaign(campaign).amend(before, after)

    # ── queues ───────────────────────────────────────────────────────────────────────────

    def queue_joined(
        self, call: str, queue: str, now: Now, waited_s: float = 0.0, number: str = ""
    ) -> None:
        """A caller waits in a queue, for so long already, and so in no other one."""
        at_ms = self._advance(now)
        for name, other in self._queues.items():
            if name != queue:
                other.leave(call, at_ms)
        joined_at = now.utc - timedelta(seconds=waited_s)
        self._queue(queue).join(call, at_ms - round(waited_s * 1000), joined_at, number)

    def queue_connected(self, call: str, queue: str, agent: str, now: Now) -> None:
        """A waiting caller hears an agent, whose own times come by `agent_changed`."""
        at_ms = self._advance(now)
        number = self._queue(queue).number_of(call)
        self._queue(queue).connect(call, at_ms, agent)
        if len(self._taken) >= MOST_CALLS:
            del self._taken[next(iter(self._taken))]
        self._taken[call] = TakenCall(queue=queue, number=number)

    def taken_call(self, call: str) -> TakenCall | None:
        """What is known of a queue call that an agent has taken and that lives."""
        return self._taken.get(call)

    def queue_abandoned(self, call: str, queue: str, now: Now) -> None:
        """A waiting caller was given up by the switch: hung up, or was not served in time."""
        at_ms = self._advance(now)
        self._queue(queue).abandon(call, at_ms)

    def queue_called_back(self, queue: str, now: Now) -> None:
        """A caller chose to be called back instead of waiting: counted beside those who left."""
        self._advance(now)
        self._queue(queue).call_backs += 1

    def queue_left(self, call: str, queue: str, now: Now) -> None:
        """A caller waits no longer; may come before or after the reason."""
        at_ms = self._advance(now)
        self._queue(queue).leave(call, at_ms)

    def queue_exited(self, call: str, queue: str, how: QueueEnd, now: Now) -> None:
        """A caller waits no longer, for this reason."""
        at_ms = self._advance(now)
        self._queue(queue).exit(call, at_ms, how)

    def queue_handled(self, queue: str, joined_at: datetime, times: HandleTimes, now: Now) -> None:
        """A call that joined then was talked and wrapped up; it counts on the day of its offer."""
        self._advance(now)
        if self._day.holds(joined_at):
            self._queue(queue).handle(times)

    def take_ended_stays(self) -> list[EndedStay]:
        """The stays in queues that have ended since the last call of this."""
        if not self._ended_stays:
            return []
        stays = self._ended_stays[:]
        self._ended_stays.clear()
        return stays

    def settle_queues(self, now: Now) -> None:
        """Time has passed: those who left, and on whom no reason came, left otherwise."""
        if any(queue.leaving for queue in self._queues.values()):
            self._advance(now)

    def call_gone(self, call: str, now: Now) -> None:
        """A channel has hung up: should it have waited anywhere, it waits no longer."""
        at_ms = self._advance(now)
        self._taken.pop(call, None)
        for queue in self._queues.values():
            queue.gone(call, at_ms)

    def calls_surveyed(self, waiting: Collection[str], now: Now) -> None:
        """The switch was asked anew: callers who are not among these wait no longer."""
        at_ms = self._advance(now)
        for queue in self._queues.values():
            queue.keep(waiting, at_ms)

    def waits(self, call: str) -> bool:
        """Whether this caller waits in a queue, as far as the switch has told."""
        queues = self._queues.values()
        return any(call == waiting for queue in queues for waiting, _ in queue.waiting_calls())

    def callers_waiting(self, queues: Collection[str]) -> int:
        """How many callers wait in these queues, as far as the switch has told."""
        return sum(self._queues[name].waiting for name in queues if name in self._queues)

    def waits_s(self, queue: str, now: Now) -> list[float]:
        """For how long each of those who wait in a queue has waited."""
        at_ms, tally = self._advance(now), self._queues.get(queue)
        return [] if tally is None else [waited_ms / 1000 for waited_ms in tally.waiting_ms(at_ms)]

    def handle_s(self, queue: str) -> float | None:
        """The average handle time of today's calls of a queue; None: there are none yet."""
        tally = self._queues.get(queue)
        return None if tally is None else aht(tally.handled, handled=tally.handled.handled).value

    @property
    def queues_with_callers(self) -> set[str]:
        """The queues in which somebody waits, as far as the switch has told."""
        return {name for name, queue in self._queues.items() if queue.waiting}

    # ── agents ───────────────────────────────────────────────────────────────────────────

    def agent_changed(
        self, agent: str, status: Status, state: State, reason: str, now: Now
    ) -> None:
        """An agent is in a state (again)."""
        at_ms = self._advance(now)
        look = look_of(status, state)
        clock = self._agents.get(agent)
        if clock is None:
            self._agents[agent] = AgentClock(look, reason, now.utc, at_ms, at_ms)
        else:
            clock.change(look, reason, now.utc, at_ms)

    def agent_removed(self, agent: str, now: Now) -> None:
        """The person is no longer on file."""
        self._advance(now)
        self._agents.pop(agent, None)

    # ── what it all comes to ─────────────────────────────────────────────────────────────

    def queue_views(
        self,
        now: Now,
        agents_available: Mapping[str, int] | None = None,
        agents_lent: Mapping[str, int] | None = None,
    ) -> tuple[QueueView, ...]:
        """All queues, with how many agents are free for each, and how many are lent to it."""
        at_ms, free, lent = self._advance(now), agents_available or {}, agents_lent or {}
        return tuple(
            _queue_view(queue, at_ms, free.get(name, 0), lent.get(name, 0))
            for name, queue in self._queues.items()
        )

    def campaign_counts(self, campaign: str, now: Now) -> CampaignCounts:
        """One campaign's counts; of an unknown one, nothing."""
        self._advance(now)
        tally = self._campaigns.get(campaign, CampaignTally())
        return CampaignCounts(
            tried_this_run=tally.outcomes.total(),
            in_calls=sum(call.campaign == campaign for call in self._calls.values()),
            outcomes=_positive(tally.outcomes),
            run=tally.run,
            today=tally.today,
        )

    def time_left_s(self, campaign: str, remaining: int, now: Now) -> float | None:
        """How long `remaining` attempts will take at the pace of the last ones; None: unknown."""
        at_ms = self._advance(now)
        return self._campaigns.get(campaign, CampaignTally()).time_left_s(remaining, at_ms)

    def call_counts(self, now: Now, campaign: str | None = None) -> CallCounts:
        """Outbound calls alive, by phase; of one campaign, or of all."""
        self._advance(now)
        calls = self._calls.values()
        seen = Counter(call.phase for call in calls if campaign in {None, call.campaign})
        return CallCounts(
            dialing=seen[Phase.DIALING],
            ringing=seen[Phase.RINGING],
            answered=seen[Phase.ANSWERED],
            talking=seen[Phase.TALKING],
            message=seen[Phase.MESSAGE],
        )

    def outcomes_today(self, now: Now) -> dict[str, int]:
        """Outcomes of the calls that were placed today, all campaigns."""
        self._advance(now)
        return _positive(*(tally.outcomes_today for tally in self._campaigns.values()))

    def agent_times(self, agent: str, now: Now) -> AgentTimes:
        """Today's times of an agent; of an unknown one, nothing."""
        at_ms, clock = self._advance(now), self._agents.get(agent)
        return AgentTimes() if clock is None else as_times(clock.today_ms(at_ms))

    def agent_since(self, agent: str) -> datetime | None:
        """Since when the agent has been in the present state; None: nothing was heard of one."""
        clock = self._agents.get(agent)
        return None if clock is None else clock.since

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _advance(self, now: Now) -> int:
        """Take the time, begin a new day if one has come; gives the instant in milliseconds."""
        midnight_ms = self._day.advance(now)
        for queue in self._queues.values():
            queue.settle(self._day.at_ms if midnight_ms is None else midnight_ms)
        if midnight_ms is not None:
            self._begin_day(midnight_ms)
        return self._day.at_ms

    def _begin_day(self, midnight_ms: int) -> None:
        for queue in self._queues.values():
            queue.begin_day()
        for campaign in self._campaigns.values():
            campaign.begin_day()
        for clock in self._agents.values():
            clock.begin_day(midnight_ms)
        for call in self._calls.values():
            call.today = False

    def _campaign(self, name: str) -> CampaignTally:
        return self._campaigns.setdefault(name, CampaignTally())

    def _queue(self, name: str) -> QueueTally:
        queue = self._queues.get(name)
        if queue is None:
            queue = QueueTally(name, round(THRESHOLD_S * 1000), ended=self._ended_stays)
            self._queues[name] = queue
        return queue

    def _lives(self, attempt: str, call: PlacedCall, now: Now) -> bool:
        """Keep a call that is new; whether it is."""
        self._advance(now)
        if attempt in self._calls or attempt in self._ended:
            return False
        if len(self._calls) >= MOST_CALLS:
            del self._calls[next(iter(self._calls))]
        self._calls[attempt] = call
        return True

    def _follow(self, attempt: str, phase: Phase, now: Now) -> None:
        """Move a call forward; being bridged or played the message implies the answer."""
        self._advance(now)
        call = self._calls.get(attempt)
        if call is None or phase <= call.phase:
            return
        call.phase = phase
        if phase in {Phase.ANSWERED, Phase.TALKING, Phase.MESSAGE}:
            self._answer(attempt)
        if phase is Phase.TALKING and call.counted:
            self._campaign(call.campaign).connect(today=call.today)

    def _answer(self, attempt: str) -> None:
        call = self._calls.get(attempt)
        if call is None or call.answered:
            return
        call.answered = True
        if call.counted:
            self._campaign(call.campaign).answer(today=call.today)


def _queue_view(
    queue: QueueTally, at_ms: int, agents_available: int, agents_lent: int
) -> QueueView:
    waits, counts = queue.waiting_ms(at_ms), queue.counts
    return QueueView(
        name=queue.name,
        waiting=len(waits),
        longest_wait_s=max(waits) / 1000 if waits else None,
        callers=_callers(queue),
        offered=counts.offered,
        answered=counts.answered,
        abandoned=counts.abandoned,
        call_backs=queue.call_backs,
        threshold_s=queue.threshold_ms / 1000,
        service_level=live_service_level(counts, waiting_over=queue.waiting_over(at_ms)),
        asa=asa(counts),
        agents_available=agents_available,
        agents_lent=agents_lent,
        short_abandons=counts.short_abandons,
        short_abandon_s=queue.short_abandon_ms / 1000,
        left=counts.left,
        abandon_rate=abandon_rate(counts),
        abandon_rate_raw=abandon_rate_raw(counts),
        longest_wait=longest_wait(counts),
        aht=aht(queue.handled, handled=queue.handled.handled),
        longest_handle=longest_handle(queue.handled),
    )


def _callers(queue: QueueTally) -> tuple[CallerView, ...]:
    """Those who wait, who came first first; not more than a screen can use."""
    waiting = sorted(queue.waiting_calls(), key=lambda call: call[1].joined_at)
    return tuple(
        CallerView(call=call, joined_at=wait.joined_at, number=masked(wait.number))
        for call, wait in waiting[:CALLERS_SHOWN]
    )


def _positive(*counters: Iterable[str] | Mapping[str, int]) -> dict[str, int]:
    """The sum of counters as a plain dictionary, without zeros."""
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return {name: n for name, n in total.items() if n > 0}
