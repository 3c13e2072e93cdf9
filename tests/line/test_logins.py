"""Who sits in a slot is on file before the phone is let in."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from asterisk.lab.process import LabAsterisk
from dialer.agents import State
from store.agents import Agents
from tests.line.site import Site
from tests.line.switch_view import Heard
from tests.line.waiting import wait_for

FIRST, SECOND = "2201", "2202"


async def test_a_crash_at_a_login_puts_nobody_into_a_slot_of_another(
    switch: LabAsterisk, tmp_path: Path
) -> None:  # I6
    async with Site(switch, tmp_path, dict.fromkeys((FIRST, SECOND), ("waihu-keys",))) as site:
        dies = await site.start_process(WAIHU_KILL_AT="login.after_commit")
        site.people.call_in([FIRST])
        assert await asyncio.wait_for(dies.wait(), 10) == -signal.SIGKILL
        site.people.hang_up(FIRST)
        assert not site.view.all("AgentLogin")

        await site.start_process()
        for count, login in enumerate((SECOND, FIRST), start=1):
            site.people.call_in([login])
            await _phones_in(site, count)
        sits = {one.headers["Agent"]: one.headers["Channel"] for one in _logins(site)}
        slots = await _slots(site)
        assert slots.keys() == {FIRST, SECOND}
        assert all(login in sits[slot] for login, slot in slots.items())


async def _phones_in(site: Site, count: int) -> None:
    async def look() -> bool:
        return len(_logins(site)) == count

    await wait_for(look, within_s=10.0, what=f"{count} phones logged in")


def _logins(site: Site) -> list[Heard]:
    return site.view.all("AgentLogin")


async def _slots(site: Site) -> dict[str, str]:
    records = await Agents(site.database).records()
    return {record.agent: record.slot for record in records if record.slot is not None}


async def test_who_sits_in_our_slots_unknown_is_sent_away_and_takes_nobodys_place(
    switch: LabAsterisk, tmp_path: Path
) -> None:
    """A phone that a house of before has left logged in is no agent of ours."""
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
    async with Site(switch, before, {FIRST: ("waihu-keys",)}) as house:
        await house.start_engine()
        await house.people.log_in([FIRST])
        await house.stop_engine()
        async with Site(switch, after, {SECOND: ("waihu-keys",)}) as site:
            await site.start_engine()
            site.people.call_in([SECOND])

            async def own_phone() -> bool:
                site.people.call_in([SECOND] if site.people.phone_is_down(SECOND) else [])
                phones = [one["Channel"] for one in await site.view.channels()]
                alone = len(phones) == 2 and all(SECOND in phone for phone in phones)
                return alone and site.people.states.get(SECOND) is State.IDLE

            await wait_for(own_phone, within_s=25.0, what="the agent's own phone, and no other")
            assert set(await _slots(site)) == {SECOND}
