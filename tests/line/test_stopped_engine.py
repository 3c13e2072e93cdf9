"""An engine that stands still, and one started anew, under callers in flow and queues (R9)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from signal import SIGSTOP

from asterisk.lab.process import LabAsterisk
from tests.lab.sip_phone import sip_line
from tests.line.site import Site
from tests.line.waiting import wait_for

FLOW = """\
start = "menu"
rescue = "desk"
languages = ["en"]
[step.menu]
do = "menu"
say = []
keys = { 1 = "short", 2 = "long" }
wait_s = 2
tries = 1
nothing = "desk"
[step.short]
do = "queue"
queue = "hotline"
wait_s = 1
timed_out = "desk"
[step.long]
do = "queue"
queue = "hotline"
wait_s = 24
timed_out = "other"
[step.other]
do = "queue"
queue = "tree"
[step.desk]
do = "queue"
queue = "course"
"""


async def joins(site: Site, number: str, queue: str) -> None:
    """Wait until that caller is in that queue: the limits on a flow's channel are 16 s and more."""

    async def look() -> bool:
        words = {"Queue": f"waihu-{queue}", "CallerIDNum": number}
        return bool(site.view.all("QueueCallerJoin", **words))

    await wait_for(look, within_s=25.0, what=f"{number} in {queue}")


async def test_no_caller_is_lost_to_an_engine_that_stands_still_or_is_started_anew(
    switch: LabAsterisk, tmp_path: Path
) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "night.toml").write_text(FLOW, "utf-8")
    async with Site(switch, tmp_path, {}) as site, sip_line(switch.sip_port) as line:
        inbound = site.settings.inbound.model_copy(update={"flow": "night"})
        site.settings = site.settings.model_copy(update={"inbound": inbound})
        engine = await site.start_process()
        short = line.call("4008000001", "13900000001")
        longer = line.call("4008000002", "13900000002")
        await asyncio.gather(short.press("1"), longer.press("2"))
        for number in ("13900000001", "13900000002"):
            await joins(site, number, "hotline")
        await line.call("4008000003", "13900000003").answered.wait()
        await asyncio.sleep(0.3)  # in the menu

        # It hears nothing any more, and its connections stay: who is in the menu, who comes back
        # from the queue and who calls now all come to the plain queue.
        engine.send_signal(SIGSTOP)
        line.call("4008000004", "13900000004")
        for number in ("13900000001", "13900000004", "13900000003"):
            await joins(site, number, "inbound")

        # A new one takes up whoever still waits, at the step that the channel tells.
        await site.stop_engine()
        await site.start_process()
        await joins(site, "13900000002", "tree")
