"""The moves that the specifications of the store are written in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, CampaignState, Kind, Mode
from campaigns.retry import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.messages import Claim
from store.campaigns import Campaigns
from store.contacts import Contacts
from store.database import Database
from store.do_not_call import DoNotCall
from store.errors import StoreError
from store.hopper import Hopper
from store.lists import Lists, NewContact
from store.outcomes import WriteEffect
from store.reports import Reports
from store.writer import Writer

# Monday 23 November 2026, 09:00 in Shanghai.
MONDAY_9 = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def a_campaign(**changes: Any) -> Campaign:
    """The worked example of the requirements: 9-12 and 14-20 in Shanghai, R5's retry."""
    plain = Campaign(
        id=0,
        name="callback",
        kind=Kind.CALLBACK,
        mode=Mode.PROGRESSIVE,
        dial_string="Local/{number}@people",
        caller_id="+862150000000",
        queue="waihu-callback",
        ring_timeout_s=30,
        windows=CallingWindows.every_day(parse("09:00-12:00"), parse("14:00-20:00")),
        zone=ZoneInfo("Asia/Shanghai"),
        retry=RetryPolicy(),
        max_calls=10,
        cps=5.0,
        wrap_up_s=30,
    )
    return replace(plain, **changes)


def rows_of(count: int, *, first: int = 0) -> list[NewContact]:
    """So many contacts with one number each."""
    return [
        NewContact(
            reference=f"C{index}",
            name=f"张{index}",
            zone=None,
            numbers=(f"+8613{index:09d}",),
            custom={"district": "徐汇"},
        )
        for index in range(first, first + count)
    ]


@dataclass
class Room:
    """One database and everything that works on it."""

    database: Database
    beside: Path | None = None
    ids: Iterator[int] = field(default_factory=itertools.count)
    done: list[WriteEffect] = field(default_factory=list)
    failed: list[tuple[WriteEffect, StoreError]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.campaigns = Campaigns(self.database)
        self.contacts = Contacts(self.database)
        self.lists = Lists(self.database)
        self.do_not_call = DoNotCall(self.database)
        self.reports = Reports(self.database)
        self.hopper = Hopper(self.database, "engine-1", self.make_id)

    def make_id(self) -> str:
        return f"{next(self.ids):026d}"

    async def running_campaign(
        self, contacts: int, now: datetime = MONDAY_9, **changes: Any
    ) -> Campaign:
        """A started campaign with a list, and the engine signed on."""
        campaign = await self.campaigns.save(a_campaign(**changes), now)
        await self.campaigns.set_state(campaign.id, CampaignState.RUNNING)
        await self.lists.import_batch(campaign.id, rows_of(contacts), now)
        await self.hopper.recover(now)
        return campaign

    async def sent(self, campaign: Campaign, now: datetime) -> Claim:
        """One contact claimed and marked as sent."""
        claims, _ = await self.hopper.claim(campaign.id, 1, now)
        verdict = await self.hopper.mark_sent(claims[0].attempt, "1001", now)
        assert verdict.dialable, verdict
        return claims[0]

    async def write(self, *effects: WriteEffect) -> None:
        """Submit, and wait until all is answered."""
        writer = Writer(
            self.database,
            done=self.done.append,
            failed=lambda effect, error: self.failed.append((effect, error)),
        )
        for effect in effects:
            writer.submit(effect)
        writer.close()
        await writer.run()
