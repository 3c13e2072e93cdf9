"""Desks: the run-time side of each campaign.

Owns: what a campaign is doing now beyond what is on file: its breaker, its calls a second, and
whether its list is dry for the moment. Must not know calls one by one. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, CampaignState, Mode
from campaigns.campaign_hours import hours_in
from campaigns.hours import is_open
from campaigns.law.abandonment import abandon_cap
from dialer.breaker import Breaker
from dialer.messages import CampaignRecord, Now
from dialer.pace import Pace
from dialer.pacing import Limit
from dialer.throttle import Throttle

LOOK_AGAIN_S = 30.0
"""A dry list is looked at again after this, whatever its next due time says."""

STORE_PAUSE_S = 1.0
"""After the database refused, no claim for this long."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """One campaign at work. `due`: contacts whose time has come, counted since the last load.

    `pace`: of a predictive campaign. `dialplan`: the breaker for persons who answered and of whom
    our dialplan said nothing: the switch lacks it, or has an older one.
    """

    record: CampaignRecord
    throttle: Throttle
    breaker: Breaker = field(default_factory=Breaker)
    dialplan: Breaker = field(default_factory=Breaker)
    dry: bool = False
    next_due_at: datetime | None = None
    look_again_mono: float = 0.0
    no_claim_before_mono: float = 0.0
    limit: Limit | None = None
    due: int = 0
    pace: Pace | None = None

    @property
    def campaign(self) -> Campaign:
        """The campaign as it is on file."""
        return self.record.campaign

    @property
    def running(self) -> bool:
        """Whether the campaign manager wants it to dial."""
        return self.record.state is CampaignState.RUNNING

    @property
    def broken_until_mono(self) -> float:
        """When the next call may be placed after failures on our side; 0: they never were."""
        return max(self.breaker.open_until or 0.0, self.dialplan.open_until or 0.0)

    def is_broken(self, now: Now) -> bool:
        """Whether failures on our side bar every call."""
        return now.mono < self.broken_until_mono

    def closed(self) -> Desk:
        """The desk of a campaign that is wanted no more."""
        self.record = replace(self.record, state=CampaignState.STOPPED)
        return self

    def follow_mode(self) -> None:
        """Have a pace, with the law's counts and the manager's wishes, where it is predictive."""
        campaign, answered = self.campaign, self.record.answered
        if campaign.mode is not Mode.PREDICTIVE:
            self.pace, self.dialplan = None, Breaker()
            return
        cap = float(abandon_cap(campaign))
        if self.pace is None:
            self.pace = Pace(cap, self.record.pacing_memory)
        self.pace.pacer.steer(
            cap=cap,
            aggressiveness=campaign.pacing.aggressiveness,
            ring_timeout_s=campaign.ring_timeout_s,
        )
        if answered is not None:
            self.pace.account(answered)

    def is_open(self, zone: ZoneInfo | None, now: Now) -> bool:
        """Whether the calling window, as far as we know, is open for a contact in `zone`."""
        return is_open(hours_in(self.campaign, zone), now.utc)

    def list_dry(self, now: Now) -> bool:
        """Whether a claim would find nothing, as far as we know."""
        if not self.dry or now.mono >= self.look_again_mono:
            return False
        return self.next_due_at is None or now.utc < self.next_due_at

    def claimed(self, asked: int, got: int, next_due_at: datetime | None, now: Now) -> None:
        """Learn from the hopper's answer."""
        self.due = max(0, self.due - got)
        self.next_due_at = next_due_at
        self.dry = got < asked and (next_due_at is None or next_due_at > now.utc)
        self.look_again_mono = now.mono + LOOK_AGAIN_S
        if got == 0 and self.dry:
            self.due = 0

    def store_rests(self, now: Now) -> bool:
        """Whether the database has just refused a claim."""
        return now.mono < self.no_claim_before_mono

    def store_refused(self, now: Now) -> None:
        """The database did not answer: leave it alone for a moment."""
        self.no_claim_before_mono = now.mono + STORE_PAUSE_S


class Desks:
    """All campaigns on file, in turn."""

    def __init__(self) -> None:
        self._desks: dict[int, Desk] = {}
        self._turn = 0

    def __iter__(self) -> Iterator[Desk]:
        return iter(self._desks.values())

    def get(self, campaign_id: int) -> Desk | None:
        """The desk of a campaign, if on file."""
        return self._desks.get(campaign_id)

    def load(self, records: Iterable[CampaignRecord], calling: Collection[int] = ()) -> None:
        """Take over what is on file; breakers and the last second's calls live on.

        A campaign that is gone from the file keeps its desk, stopped, while it is in `calling`:
        its living calls want their wrap-up and their outcome.
        """
        fresh: dict[int, Desk] = {}
        for record in records:
            desk = self._desks.get(record.campaign.id)
            if desk is None:
                desk = Desk(record=record, throttle=Throttle(record.campaign.cps))
            if desk.campaign.cps != record.campaign.cps:
                desk.throttle = desk.throttle.tuned(record.campaign.cps)
            desk.record = record
            desk.dry = False
            desk.due = record.due_contacts
            desk.next_due_at = record.next_due_at
            desk.follow_mode()
            fresh[record.campaign.id] = desk
        for campaign_id, desk in self._desks.items():
            if campaign_id in calling and campaign_id not in fresh:
                fresh[campaign_id] = desk.closed()
        self._desks = fresh

    def in_turn(self) -> list[Desk]:
        """Every desk, by priority; of equals another one first each time: so agents are shared."""
        desks = list(self._desks.values())
        if not desks:
            return []
        self._turn = (self._turn + 1) % len(desks)
        turned = desks[self._turn :] + desks[: self._turn]
        return sorted(turned, key=lambda desk: desk.campaign.priority)
