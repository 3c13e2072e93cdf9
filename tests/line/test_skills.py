"""Skills, the agent of last time and overflow on a whole engine and a real Asterisk (R9)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from asterisk.lab.process import LabAsterisk
from config.settings import QueueSettings, WiderSettings
from dialer.agents import State
from dialer.messages import AgentRecord
from store import schema
from store.agents import Agents
from tests.line.site import Site, utc_now

CALLER = "Local/far@waihu-probe/n"
KNOWN = "13800138000"
LEVELS = {"4101": 1, "4102": 9, "4103": 3, "4104": 1}
FLOW = """\
start = "repairs"
rescue = "elsewhere"
languages = ["en"]
[step.repairs]
do = "queue"
queue = "skilled"
last_agent = true
overflow = [{ waiting = 1, to = "elsewhere" }]
[step.elsewhere]
do = "queue"
queue = "hotline"
"""


async def test_the_last_agent_then_the_best_level_then_a_wider_one_then_elsewhere(
    switch: LabAsterisk, tmp_path: Path
) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "repairs.toml").write_text(FLOW, "utf-8")
    async with Site(switch, tmp_path, {}) as site:
        _set_up(site, tmp_path)
        for login, level in LEVELS.items():
            record = AgentRecord(agent=login, name=login, queues=(), skills={"repairs": level})
            await Agents(site.database).save(record)
        await _talked(site, "4101")
        await site.start_engine()
        await site.people.log_in(LEVELS)
        await site.people.are(State.IDLE, LEVELS)
        queue_log = switch.run / "log" / "queue_log"
        before = len(queue_log.read_text("utf-8").splitlines())

        # Who talked to the caller last has the call, though two are better and all are free.
        assert await _taken(site, site.view.call(CALLER, **_inbound(KNOWN))) == "4101"
        # The others by their level; the next waits until the queue takes a lower one.
        assert await _taken(site, site.view.call(CALLER, **_inbound("13900000001"))) == "4102"
        assert await _taken(site, site.view.call(CALLER, **_inbound("13900000002"))) == "4103"
        waits = site.view.call(CALLER, **_inbound("13900000003"))
        await site.view.event("QueueCallerJoin", Uniqueid=waits)

        # While one waits, the flow leads the next elsewhere.
        too_many = site.view.call(CALLER, **_inbound("13900000004"))
        joined = await site.view.event("QueueCallerJoin", Uniqueid=too_many)
        assert joined.headers["Queue"] == "waihu-hotline"
        assert await _taken(site, waits) == "4104"

        # What reporting tools read is as they know it.
        lines = queue_log.read_text("utf-8").splitlines()[before:]
        entries = [line.split("|")[2:5] for line in lines if "|waihu-skilled|" in line]
        assert [one[2] for one in entries].count("ENTERQUEUE") == 4
        taken = [who for _queue, who, what in entries if what == "CONNECT"]
        assert taken == ["4101", "4102", "4103", "4104"]


def _set_up(site: Site, folder: Path) -> None:
    """The queue as the switch has it, and the flow that leads into it."""
    skilled = QueueSettings(
        name="waihu-skilled",
        skill="repairs",
        least=3,
        wider=(WiderSettings(after_s=2, least=1),),
        last_agent_s=2,
    )
    others = [queue for queue in site.settings.queues if queue.name != skilled.name]
    inbound = site.settings.inbound.model_copy(update={"flow": "repairs"})
    paths = site.settings.paths.model_copy(update={"flows": folder / "flows"})
    site.settings = site.settings.model_copy(
        update={"queues": [*others, skilled], "inbound": inbound, "paths": paths}
    )


def _inbound(number: str) -> dict[str, str]:
    return {"context": "waihu-inbound", "exten": "4008000000", "CallerID": number}


async def _taken(site: Site, call: str) -> str:
    """Who has the call, once somebody has."""
    return (await site.view.event("AgentConnect", Uniqueid=call)).headers["MemberName"]


async def _talked(site: Site, login: str) -> None:
    """This agent is the one who talked to the known caller last."""
    at = utc_now()
    row = {
        "call_id": "1.1",
        "queue": "waihu-skilled",
        "number": f"+86{KNOWN}",
        "joined_at": at,
        "ended_at": at,
        "how": "answered",
        "waited_ms": 0,
        "agent": login,
        "transferred": False,
        "source": "live",
    }
    async with site.database.writing() as connection:
        await connection.execute(insert(schema.queue_call).values(row))
