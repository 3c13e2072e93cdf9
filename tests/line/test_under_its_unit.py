"""The engine under the shipped unit's own words: it is there again by itself, and dials on."""

from __future__ import annotations

import signal
from pathlib import Path

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.outcomes import Outcome
from tests.line.site import Site, number_of
from tests.line.waiting import wait_for
from tests.service.unit import Ear, Manager

AGENTS = {"1001": ("waihu-inbound",)}


async def test_killed_hung_and_stopped_as_the_unit_says(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    """kill -9: again, and it goes on dialing; hung: killed, and again; SIGTERM: that is the end."""
    numbers = [number_of(mix, Behaviour.ANSWERS, nth) for nth in range(2)]
    ear = Ear(str(tmp_path / "notify"))
    async with (
        Site(switch, tmp_path, AGENTS, inbound_queue="waihu-inbound") as site,
        Manager(site.start_process, ear, watchdog_s=4.0) as manager,
    ):
        await _started(manager, 1)
        await site.people.log_in(AGENTS)
        campaign = await site.dial("unit", numbers[:1], queue="waihu-inbound")
        assert (await site.ended(numbers[0], campaign)).outcome is Outcome.SUCCESS

        assert manager.process is not None
        manager.process.kill()
        await _started(manager, 2)
        second = await site.dial("unit again", numbers[1:], queue="waihu-inbound")
        assert (await site.ended(numbers[1], second)).outcome is Outcome.SUCCESS

        manager.process.send_signal(signal.SIGSTOP)
        await _started(manager, 3)
        assert manager.bites == 1
        manager.process.send_signal(signal.SIGTERM)
        assert await manager.process.wait() == 0
        assert (manager.starts, manager.exits[:2]) == (3, [-signal.SIGKILL, -signal.SIGKILL])
        for number, whose in zip(numbers, (campaign, second), strict=True):
            assert len(await site.attempts(number, whose)) == 1  # I1
    ear.close()


async def _started(manager: Manager, times: int) -> None:
    async def look() -> bool:
        return manager.starts == times

    await wait_for(look, within_s=20.0, what=f"start {times}")
