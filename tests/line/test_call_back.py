"""Called back instead of waiting, and asked for a rating, on the real Asterisk (R9, R16)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.outcomes import Outcome
from store.call_backs import open_places
from store.surveys import answers
from tests.lab.sip_callers import sip_call
from tests.line.site import Site, number_of, utc_now
from tests.line.waiting import wait_for

AGENT, QUEUE = "2101", "waihu-hotline"
PATIENT = "13900000077"
FLOW = f"""
start = "who"
rescue = "bye"
languages = ["en"]
[step.who]
do = "branch"
when = [{{ fact = "number", is = "{PATIENT}", to = "patient" }}]
otherwise = "impatient"
[step.impatient]
do = "queue"
queue = "{QUEUE}"
wait_s = 1
timed_out = "offer"
[step.offer]
do = "menu"
say = []
keys = {{ 1 = "keep" }}
wait_s = 5
nothing = "bye"
wrong = "bye"
[step.keep]
do = "callback"
next = "bye"
failed = "bye"
[step.patient]
do = "queue"
queue = "{QUEUE}"
timed_out = "bye"
after = "rate"
[step.rate]
do = "survey"
wait_s = 2
questions = [{{ name = "response", say = [] }}, {{ name = "quality", say = [] }}]
next = "bye"
[step.bye]
do = "hangup"
"""


async def test_a_caller_keeps_the_place_and_is_called_in_turn_and_the_next_one_rates_the_talk(
    switch: LabAsterisk, sipp: list[str], mix: Mix, tmp_path: Path
) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "hotline.toml").write_text(FLOW, encoding="utf-8")
    site = Site(switch, tmp_path, {AGENT: (QUEUE,)}, inbound_queue=QUEUE)
    inbound = site.settings.inbound.model_copy(update={"flow": "hotline", "call_back": "wishes"})
    paths = site.settings.paths.model_copy(update={"flows": tmp_path / "flows"})
    site.settings = site.settings.model_copy(update={"inbound": inbound, "paths": paths})
    async with site, asyncio.TaskGroup() as tasks:
        await site.start_engine()
        number = number_of(mix, Behaviour.ANSWERS, block=900)
        campaign = await site.dial("wishes", [], queue="waihu-slow", number_check="possible")
        keys = (" " * 8 + "1",)
        await sip_call(sipp, tmp_path, switch, keys, caller=number, stay_ms=1_000)
        async with site.database.reading() as connection:
            (kept,) = await open_places(connection)
        assert (kept.place.e164, kept.place.queue) == (number, QUEUE)
        (view,) = [view for view in (await site.snapshot()).queues if view.name == QUEUE]
        assert (view.places, view.call_backs, view.left, view.abandoned) == (1, 1, 1, 0)

        # Who comes later waits on the line, and is served after the call-back.
        rates = sip_call(sipp, tmp_path, switch, ("5 " * 40,), caller=PATIENT, stay_ms=0)
        patient = tasks.create_task(rates)
        await site.view.event("QueueCallerJoin", CallerIDNum=PATIENT)
        await site.people.log_in([AGENT])
        first = await site.ended(number, campaign)
        assert (first.outcome, first.agent) == (Outcome.SUCCESS, AGENT)
        served = await site.view.event("AgentConnect", CallerIDNum=PATIENT)
        meets = await site.view.event("BridgeEnter", Uniqueid=first.id)
        assert meets.at < served.at
        async with site.database.reading() as connection:
            assert await open_places(connection) == ()

        site.people.phones.press(AGENT, "**")
        began = utc_now()

        async def rated() -> bool:
            given = await answers(site.database, first.claimed_at, began.replace(year=9999))
            said = {(one.agent, one.queue, one.answer.question, one.answer.key) for one in given}
            return said == {(AGENT, QUEUE, name, 5) for name in ("response", "quality")}

        await wait_for(rated, within_s=15.0, what="both answers")
        assert not site.people.phone_is_down(AGENT)
        patient.cancel()
