"""MQTT tells other programs how things stand, against a real broker (R18)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import aiomqtt
import pytest

from supervisor.call_events import What
from supervisor.sinks.mqtt import MqttPlace, MqttSink
from supervisor.sinks.notices import Notices
from supervisor.sinks.standing import Standing
from supervisor.sinks.topics import Topics
from tests.real_mosquitto import real_mosquitto
from tests.real_servers import RealServer, make_certificates
from tests.supervisor.sinks.faults import (
    NEWEST,
    connected,
    ended,
    hung_amid_events,
    killed_amid_events,
    why_refused,
)
from tests.supervisor.sinks.stage import POP, SITE, Show, at_work, event, tell, until, utc_now

TOPICS = Topics(SITE)
ROOT = f"waihu/{SITE}"
USER, RIGHT, WRONG = "waihu", "open-sesame", "open-barley"


def sink_of(server: RealServer, **more: Any) -> MqttSink:
    place = MqttPlace(**({"host": "127.0.0.1", "port": server.port} | more))
    return MqttSink(place, TOPICS, Standing("mqtt", utc_now), utc_now, Random("mqtt"))


class Heard:
    """What a subscriber has heard: the last of each topic, and all in their order."""

    def __init__(self) -> None:
        self.last: dict[str, bytes] = {}
        self.all: list[tuple[str, bytes, bool]] = []

    def take(self, message: aiomqtt.Message) -> None:
        topic, payload = str(message.topic), bytes(message.payload or b"")
        self.last[topic] = payload
        self.all.append((topic, payload, message.retain))

    def ids(self) -> list[str]:
        """Of the call events, each once."""
        told = (json.loads(said)["id"] for topic, said, _ in self.all if "/call/" in topic)
        return list(dict.fromkeys(told))

    def agent(self, login: str) -> dict[str, Any]:
        said = self.last.get(f"{ROOT}/agent/{login}")
        return json.loads(said) if said else {}


@asynccontextmanager
async def subscriber(server: RealServer) -> AsyncIterator[Heard]:
    """Somebody who listens to everything, from now on."""
    heard = Heard()
    async with aiomqtt.Client(
        "127.0.0.1", server.port, protocol=aiomqtt.ProtocolVersion.V5
    ) as client:
        await client.subscribe("waihu/#", qos=1)

        async def listen() -> None:
            async for message in client.messages:
                heard.take(message)

        listening = asyncio.create_task(listen())
        try:
            yield heard
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError, aiomqtt.MqttError):
                await listening


async def test_how_things_stand_is_retained_for_whoever_comes_later(tmp_path: Path) -> None:
    show = Show()
    with real_mosquitto(tmp_path) as server:
        async with connected(sink_of(server), show), subscriber(server) as heard:
            await until(lambda: bool(heard.agent("1003")), "the agents")
            assert heard.last[f"{ROOT}/status"] == b"online"
            assert json.loads(heard.last[f"{ROOT}/site"])["v"] == 1
            assert heard.agent("1001")["look"] == "paused"


async def test_a_topic_is_told_once_a_second_and_the_newest_wins(tmp_path: Path) -> None:
    show = Show()
    with real_mosquitto(tmp_path) as server:
        sink = sink_of(server)
        sink.offer(show.frame)
        async with at_work(sink), subscriber(server) as heard:
            await until(lambda: bool(heard.agent("1001")), "the first")
            before = len(heard.all)
            for number in range(40):
                sink.offer(show.change("1001", f"reason {number}"))
            await until(lambda: heard.agent("1001")["pause_reason"] == "reason 39", "the newest")
            told = [topic for topic, _, _ in heard.all[before:] if topic.endswith("/1001")]
            assert len(told) <= 2
            assert not any(topic.endswith("/1002") for topic, _, _ in heard.all[before:])


async def test_who_is_gone_is_gone_from_the_broker_too(tmp_path: Path) -> None:
    show = Show()
    with real_mosquitto(tmp_path) as server:
        first, second = sink_of(server), sink_of(server)
        first.offer(show.frame)
        async with at_work(first), subscriber(server) as heard:
            await until(lambda: bool(heard.agent("1003")), "the agents")
            first.offer(show.leaves("1003"))
            await until(lambda: heard.last[f"{ROOT}/agent/1003"] == b"", "the end of one")
        second.offer(show.leaves("1002"))  # while nobody was connected
        async with at_work(second):
            await until(lambda: second.standing.is_up, "the connection")
            await asyncio.sleep(1.0)  # it looks at what the broker has kept
            async with subscriber(server) as later:
                await until(lambda: bool(later.agent("1001")), "the one who is left")
        assert f"{ROOT}/agent/1002" not in later.last
        assert f"{ROOT}/agent/1003" not in later.last


async def test_events_are_told_in_order_and_are_not_retained(tmp_path: Path) -> None:
    with real_mosquitto(tmp_path) as server:
        sink = sink_of(server)
        async with at_work(sink), subscriber(server) as heard:
            await until(lambda: sink.standing.is_up, "the connection")
            tell(sink, *range(300))
            Notices([sink]).event(event(300, What.RINGING))
            await until(lambda: heard.ids()[-1:] == ["e-300"], "the last event")
            assert heard.ids() == [f"e-{number}" for number in range(301)]
            assert f"{ROOT}/call/ringing" in heard.last
        async with subscriber(server) as later:
            await until(lambda: f"{ROOT}/status" in later.last, "what is retained")
            assert not later.ids()
            assert later.last[f"{ROOT}/status"] == b"offline"


async def test_a_pop_goes_to_the_topic_of_its_agent_where_it_is_wanted(tmp_path: Path) -> None:
    with real_mosquitto(tmp_path) as server:
        silent, wanted = sink_of(server), sink_of(server, pops=True)
        async with subscriber(server) as heard:
            for sink in (silent, wanted):
                async with at_work(sink):
                    await until(lambda: sink.standing.is_up, "the connection")  # noqa: B023  awaited here
                    Notices([sink]).pop(POP)
                    tell(sink, 1)
                    await until(lambda: heard.ids() == ["e-1"], "the event")
                heard.all.clear()
                if sink is silent:
                    assert f"{ROOT}/pop/1001" not in heard.last
            await until(lambda: f"{ROOT}/pop/1001" in heard.last, "the pop")
            assert json.loads(heard.last[f"{ROOT}/pop/1001"]) == {"v": 1, **POP}


async def test_a_broker_killed_amid_events_has_all_of_it_again_within_seconds(
    tmp_path: Path,
) -> None:
    show = Show()
    with real_mosquitto(tmp_path) as server:
        sink = sink_of(server)
        async with connected(sink, show):
            await killed_amid_events(server, sink, show, events=200)
            async with subscriber(server) as heard:
                await until(lambda: bool(heard.agent("1003")), "the picture is whole")
                await until(lambda: heard.ids()[-1:] == ["e-199"], "the last event")
                assert heard.agent("1002")["pause_reason"] == "meeting"
                assert set(heard.ids()) == {f"e-{number}" for number in range(200)}
            assert sink.standing.dropped == 0


async def test_a_broker_that_hangs_costs_bounded_memory_and_what_is_lost_is_counted(
    tmp_path: Path,
) -> None:  # I11
    show = Show()
    with real_mosquitto(tmp_path) as server:
        sink = sink_of(server)
        async with connected(sink, show):
            await hung_amid_events(server, sink, show)
            async with subscriber(server) as heard:
                await until(lambda: f"e-{NEWEST}" in heard.ids(), "the newest")


async def test_a_wrong_password_is_said_and_the_right_one_is_let_in(tmp_path: Path) -> None:
    with real_mosquitto(tmp_path, login=(USER, RIGHT)) as server:
        wrong = sink_of(server, user=USER, password=WRONG)
        fault = await why_refused(sink_of(server, user=USER, password=RIGHT), wrong)
        assert "authori" in fault
        assert WRONG not in fault


async def test_over_tls_the_brokers_certificate_must_be_by_the_named_authority(
    tmp_path: Path,
) -> None:
    made = make_certificates(tmp_path)
    with real_mosquitto(tmp_path, certificates=made) as server:
        known = sink_of(server, tls=True, ca_file=made.authority)
        assert "certificate" in await why_refused(known, sink_of(server, tls=True))


SCRIPT = """
import asyncio, sys
from random import Random
from supervisor.sinks.mqtt import MqttPlace, MqttSink
from supervisor.sinks.standing import Standing
from supervisor.sinks.topics import Topics
from tests.supervisor.sinks.stage import SITE, Show, utc_now

async def main():
    place = MqttPlace(host="127.0.0.1", port=int(sys.argv[1]))
    sink = MqttSink(place, Topics(SITE), Standing("mqtt", utc_now), utc_now, Random(1))
    sink.offer(Show().frame)
    await sink.run()

asyncio.run(main())
"""


async def test_the_broker_says_for_us_that_we_are_offline_when_we_were_killed(
    tmp_path: Path,
) -> None:
    with real_mosquitto(tmp_path) as server:
        words = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(server.port)]
        engine = await asyncio.to_thread(subprocess.Popen, words)
        try:
            async with subscriber(server) as heard:
                status = f"{ROOT}/status"
                await until(lambda: heard.last.get(status) == b"online", "we are there")
                engine.kill()
                await until(lambda: heard.last.get(status) == b"offline", "the last will")
        finally:
            engine.kill()
            await asyncio.to_thread(engine.wait)


@pytest.mark.parametrize("state", ["well", "hung"])
async def test_the_end_is_not_held_up_by_a_broker(tmp_path: Path, state: str) -> None:
    with real_mosquitto(tmp_path) as server:
        await ended(server, sink_of(server), state)
