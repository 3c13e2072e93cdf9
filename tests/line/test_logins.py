"""Who sits in a slot is on file before the phone is let in."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from asterisk.lab.process import LabAsterisk
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
