"""A flow on a whole engine: in force, changed under a call, and killed amid one (R9)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from asterisk.lab.process import LabAsterisk
from dialer.client import EngineClient
from dialer.wire import Do
from tests.lab.sip_callers import sip_call
from tests.line.site import Site

FLOW = """\
start = "menu"
rescue = "desk"
languages = ["en"]
[step.menu]
do = "menu"
say = "hello-world"
keys = { 1 = "desk" }
wait_s = 10
[step.desk]
do = "queue"
queue = "hotline"
[step.bye]
do = "hangup"
"""


async def test_a_flow_serves_is_changed_under_a_call_and_survives_the_engines_death(
    switch: LabAsterisk, sipp: list[str], tmp_path: Path
) -> None:
    (tmp_path / "flows").mkdir()
    file = tmp_path / "flows" / "night.toml"
    file.write_text(FLOW, "utf-8")
    async with Site(switch, tmp_path, {}) as site:
        inbound = site.settings.inbound.model_copy(update={"flow": "night"})
        site.settings = site.settings.model_copy(update={"inbound": inbound})
        engine = await site.start_process()

        # The caller is in the menu while the flow changes.
        calling = asyncio.create_task(sip_call(sipp, tmp_path, switch, ("    1",), stay_ms=500))
        await asyncio.sleep(0.7)
        file.write_text(FLOW.replace('1 = "desk"', '1 = "bye"'), "utf-8")
        async with EngineClient(site.settings.paths.socket) as client:
            answer = await client.ask(Do.RELOAD)
        assert answer.facts["applied"] == ["flows.night"]
        await calling
        await site.view.event("QueueCallerJoin", Queue="waihu-hotline")

        # Killed amid the menu: the plain queue takes the caller.
        calling = asyncio.create_task(sip_call(sipp, tmp_path, switch, (), stay_ms=1_500))
        await asyncio.sleep(0.8)
        engine.kill()
        await calling
        await site.view.event("QueueCallerJoin", Queue="waihu-inbound")
