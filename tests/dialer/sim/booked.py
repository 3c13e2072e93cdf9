"""A run whose attempts are written down, as the database would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from campaigns.campaign import Campaign, Mode
from campaigns.outcomes import Disposition, Outcome
from campaigns.retry import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.effects import Effect, EndAttempt, NoteProgress, Originate
from dialer.sim.forecast import made_up
from dialer.sim.model import Model
from dialer.sim.plan import Attendance, Inbound, Plan
from dialer.sim.run import Run
from dialer.sim.times import Fixed
from tests.dialer.stage import CAMPAIGN

OPENS = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday, 09:00 in Shanghai."""

WORKDAY = replace(
    CAMPAIGN,
    windows=CallingWindows.every_day(parse("09:00-18:00")),
    ring_timeout_s=28,
    wrap_up_s=60,
    max_calls=1000,
    cps=50,
    retry=RetryPolicy(delay=timedelta(hours=1), max_days=2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An attempt on file."""

    contact_id: int
    agent: str | None
    sent_at: datetime
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    disposition: Disposition | None = None


def same_each_time(
    *,
    answered: float = 1.0,
    ends: Mapping[Outcome, float] | None = None,
    words: Mapping[Disposition | None, float] | None = None,
) -> Model:
    """Ten seconds to the answer, a minute's talk, twenty seconds of wrap-up."""
    return Model(
        answered=(answered,),
        ends=ends or {Outcome.NO_ANSWER: 1.0},
        words=words or {Disposition.UNSUCCESSFUL: 1.0},
        answer_s=Fixed(mean=10.0),
        talk_s=Fixed(mean=60.0),
        wrap_up_s=Fixed(mean=20.0),
        look_s=Fixed(mean=15.0),
    )


class BookedRun(Run):
    """A run over a made-up list."""

    def __init__(  # noqa: PLR0917
        self,
        model: Model,
        agents: int = 1,
        hours: float = 1.0,
        contacts: int = 500,
        campaign: Campaign = WORKDAY,
        mode: Mode = Mode.PROGRESSIVE,
        seed: int = 1,
        *,
        attendance: Attendance | None = None,
        inbound: Inbound | None = None,
    ) -> None:
        campaign = replace(campaign, mode=mode)
        cases = made_up(campaign, contacts, OPENS)
        plan = Plan(
            campaign=campaign,
            model=model,
            cases=cases,
            start=OPENS,
            hours=hours,
            attendance=attendance or Attendance(),
            inbound=inbound,
        )
        super().__init__(plan, agents, Random(seed))
        self.books: dict[str, Booked] = {}
        self.on_effect = self._write
        self.go()

    def _write(self, effect: Effect) -> None:
        match effect:
            case Originate():
                agent = self.engine.floor.by_slot(effect.slot) if effect.slot else None
                self.books[effect.attempt] = Booked(
                    contact_id=int(effect.e164.removeprefix("+86100")),
                    agent=agent.agent if agent else None,
                    sent_at=self.time.now.utc,
                )
            case NoteProgress():
                booked = self.books[effect.attempt]
                times = ("answered_at", "bridged_at", "ended_at")
                news = {name: at for name in times if (at := getattr(effect, name)) is not None}
                agent = {"agent": effect.agent} if effect.agent else {}
                self.books[effect.attempt] = replace(booked, **news, **agent)
            case EndAttempt() if effect.attempt in self.books:
                booked = self.books[effect.attempt]
                self.books[effect.attempt] = replace(
                    booked,
                    outcome=effect.outcome,
                    disposition=effect.disposition,
                    ended_at=booked.ended_at or effect.at,
                )
            case _:
                pass
