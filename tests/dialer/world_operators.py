"""Operators at the command line: they write to the database and mostly tell the engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from campaigns.campaign import CampaignState
from campaigns.windows import CallingWindows, parse
from dialer.messages import Refresh
from store.campaigns import Campaigns
from store.contacts import Contacts
from store.do_not_call import DoNotCall, DoNotCallEntry
from store.errors import StoreError
from tests.dialer.world_engine import ZONE

if TYPE_CHECKING:
    from tests.dialer.world import World


class Operators:
    """Somebody at the command line, now and then."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def act(self) -> None:
        """An operator works on the database, and tells the engine (mostly)."""
        world = self._world
        act = world.random.choice((self._forbid, self._toggle, self._narrow, self._promise))
        busy, world.database.busy = world.database.busy, 0.0
        try:
            await act()
        except StoreError:
            return
        finally:
            world.database.busy = busy
        if world.random.random() < 0.8:
            world.command(lambda ref: Refresh(ref=ref))

    async def _forbid(self) -> None:
        world = self._world
        number = world.audit.some_number(world.random)
        entry = DoNotCallEntry(
            e164=number,
            campaign_id=None,
            source="operator",
            reason="asked",
            added_at=world.time.now.utc,
        )
        await DoNotCall(world.database).add(entry)
        world.forbidden[number] = world.time.t

    async def _toggle(self) -> None:
        world = self._world
        campaign = world.random.choice(world.campaigns)
        running = world.states[campaign.id] is CampaignState.RUNNING
        await world.set_state(
            campaign.id, CampaignState.PAUSED if running else CampaignState.RUNNING
        )
        if running:
            world.time.after(60.0, lambda: self._wake(campaign.id))

    async def _wake(self, campaign_id: int) -> None:
        world = self._world
        if world.quiet:
            return
        try:
            await world.set_state(campaign_id, CampaignState.RUNNING)
        except StoreError:
            world.time.after(1.0, lambda: self._wake(campaign_id))
            return
        world.command(lambda ref: Refresh(ref=ref))

    async def _narrow(self) -> None:
        """Close the calling window in a moment, for a while."""
        world = self._world
        n = world.random.randrange(len(world.campaigns))
        local = world.time.now.utc.astimezone(ZONE)
        closes = local.hour * 60 + local.minute + 2
        opens = closes + 5
        if opens >= 24 * 60 - 1:
            return
        texts = (
            f"00:00-{closes // 60:02}:{closes % 60:02}",
            f"{opens // 60:02}:{opens % 60:02}-24:00",
        )
        windows = CallingWindows.every_day(*(parse(text) for text in texts))
        changed = replace(world.campaigns[n], windows=windows)
        world.campaigns[n] = await Campaigns(world.database).save(changed, world.time.now.utc)
        world.changed_at = world.time.t

    async def _promise(self) -> None:
        world = self._world
        contact = world.audit.some_contact(world.random)
        at = world.time.now.utc + timedelta(seconds=world.random.randrange(1800))
        await Contacts(world.database).appoint(contact, at, "operator", world.time.now.utc)
