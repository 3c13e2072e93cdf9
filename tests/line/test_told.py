"""What other programs are told of real calls: every message by its contract, and none beside it.

A real Asterisk, a real Redis, a real Mosquitto, and the figures for Prometheus (R18, R25).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
from prometheus_client.parser import text_string_to_metric_families
from redis import asyncio as redis

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from campaigns.outcomes import Disposition, Outcome
from config.sink_settings import MetricsSettings, MqttSettings, RedisSettings
from dialer.agents import State
from tests.contract import faults_in, schema_at
from tests.line.people import Word
from tests.line.site import NAME, Site, number_of
from tests.line.waiting import wait_for
from tests.real_mosquitto import real_mosquitto
from tests.real_redis import real_redis
from tests.real_servers import RealServer

AGENTS = {"1001": ("waihu-tree", "waihu-inbound")}
CALLER = "Local/far@waihu-probe/n"
OUTBOUND = ["placed", "ringing", "answered", "connected"]


def told_by(site: Site, server: RealServer, broker: RealServer) -> None:
    """Have the site tell both, and Prometheus."""
    site.settings = site.settings.model_copy(
        update={
            "redis": RedisSettings(url=f"redis://127.0.0.1:{server.port}", pops=True),
            "mqtt": MqttSettings(host="127.0.0.1", port=broker.port, pops=True),
            "metrics": MetricsSettings(on=True, port=free_port()),
        }
    )


class Ear:
    """Everything that was sent, with the address where it was."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []

    def at(self, part: str) -> list[dict[str, Any]]:
        """What was sent to addresses with this part."""
        return [json.loads(said) for where, said in self.heard if part in where and said]

    def events(self, part: str, call: str) -> list[dict[str, Any]]:
        return [one for one in self.at(part) if one.get("call") == call]


@asynccontextmanager
async def listening(server: RealServer, broker: RealServer) -> AsyncIterator[Ear]:
    """Hear all that both are sent."""
    ear = Ear()
    tasks = [asyncio.create_task(listen(ear, server.port)), asyncio.create_task(hear(ear, broker))]
    try:
        yield ear
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def listen(ear: Ear, port: int) -> None:
    async with redis.Redis(port=port) as client, client.pubsub() as channel:
        await channel.psubscribe("*")
        async for message in channel.listen():
            if message["type"] == "pmessage":
                ear.heard.append((message["channel"].decode(), message["data"]))


async def hear(ear: Ear, broker: RealServer) -> None:
    version = aiomqtt.ProtocolVersion.V5
    async with aiomqtt.Client("127.0.0.1", broker.port, protocol=version) as client:
        await client.subscribe("#", qos=1)
        async for message in client.messages:
            payload = message.payload
            assert isinstance(payload, bytes)
            ear.heard.append((str(message.topic), payload))


async def kept_by(server: RealServer) -> dict[str, list[Any]]:
    """All keys of a Redis, with what they hold."""
    async with redis.Redis(port=server.port) as client:
        kept: dict[str, list[Any]] = {}
        for key in await client.keys():
            if await client.type(key) == b"stream":
                entries = await client.xrange(key)
                kept[key.decode()] = [json.loads(fields[b"data"]) for _, fields in entries]
            else:
                kept[key.decode()] = [json.loads(await client.get(key))]
        return kept


async def said(look: Callable[[], bool], what: str) -> None:
    async def seen() -> bool:
        return look()

    await wait_for(seen, within_s=15.0, what=what)


async def figures(site: Site) -> dict[str, float]:
    """What Prometheus would read."""
    url = f"http://127.0.0.1:{site.settings.metrics.port}/metrics"
    async with httpx.AsyncClient() as client:
        answer = await client.get(url)
    assert answer.status_code == 200
    return {
        ",".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def until_figure(site: Site, wanted: Callable[[dict[str, float]], bool]) -> None:
    async def look() -> bool:
        return wanted(await figures(site))

    await wait_for(look, within_s=10.0, what="the figures")


async def test_real_calls_are_told_by_the_contract_and_nothing_else_is(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:  # R18
    number = number_of(mix, Behaviour.ANSWERS, block=9_100)
    with real_redis(tmp_path) as server, real_mosquitto(tmp_path) as broker:
        async with listening(server, broker) as ear, Site(switch, tmp_path, AGENTS) as site:
            told_by(site, server, broker)
            await site.start_engine()
            await site.people.log_in(AGENTS)
            site.people.words[number[-2:]] = Word(disposition=Disposition.SUCCESS)
            spring = await site.dial("spring", [number], queue="waihu-tree")
            attempt = await site.ended(number, spring)
            assert attempt.outcome is Outcome.SUCCESS
            call = site.view.call(CALLER, context="waihu-inbound", exten="4008000000")
            await site.people.are(State.TALKING, ["1001"])
            site.view.hang_up(call)
            await said(lambda: _ended(ear, call), "the end of the caller, on MQTT")
            await said(lambda: _ended(ear, attempt.id), "the end of ours, on MQTT")
            await until_figure(
                site, lambda seen: seen.get("waihu_queue_answered_total,waihu-inbound") == 1
            )
            scraped = await figures(site)
            kept = await kept_by(server)
        await said(lambda: _last_status(ear) == b"offline", "that we have gone")

    for where, payload in ear.heard:  # every message by its contract
        schema = schema_at(where)
        if schema == "status":
            assert payload in {b"online", b"offline"}
        elif payload:
            assert faults_in(json.loads(payload), schema) == [], where
    for key, values in kept.items():
        for value in values:
            assert faults_in(value, schema_at(key)) == [], key

    ours = ear.events("/call/", attempt.id)
    assert [one["event"] for one in ours][:4] == OUTBOUND
    assert {one["event"] for one in ours[4:]} == {"ended", "hung_up"}
    assert {one["campaign"] for one in ours} == {"spring"}
    stream = kept[f"waihu:{NAME}:events"]
    told = [one for one in stream if one["event"] != "agent_changed"]
    assert [one for one in told if one["call"] == attempt.id] == ours
    looks = [one["look"] for one in stream if one["event"] == "agent_changed"]
    assert looks.index("ready") < looks.index("reserved") < looks.index("talking")
    theirs = [one["event"] for one in ear.events("/call/", call)]
    assert theirs == ["queue_joined", "queue_offered", "queue_connected", "queue_ended"]
    pops = {(pop["direction"], pop["call"]) for pop in ear.at("/pop/1001")}
    assert pops == {("outbound", attempt.id), ("inbound", call)}

    # A pop may name a contact by its reference, which here is the number.
    beside_pops = (said for where, said in ear.heard if "pop" not in where)
    everything = b"".join(beside_pops) + json.dumps(kept).encode()
    assert number.removeprefix("+").encode() not in everything  # R25
    assert number[3:].encode() not in everything
    assert scraped["waihu_campaign_placed_total,spring"] == 1
    assert scraped["waihu_campaign_outcomes_total,spring,success"] == 1
    assert scraped["waihu_ami_up"] == scraped["waihu_sink_up,redis"] == 1
    assert scraped["waihu_engine_handle_seconds_count"] > 10
    assert not any(number[-8:] in name for name in scraped)


def _ended(ear: Ear, call: str) -> bool:
    ends = {"queue_ended", "ended"}
    events = {one["event"] for one in ear.events("/call/", call)}
    return bool(events & ends) and ("ended" not in events or "hung_up" in events)


def _last_status(ear: Ear) -> bytes:
    return [said for where, said in ear.heard if where.endswith("/status")][-1]


async def test_brokers_that_are_killed_amid_calls_cost_no_call_and_are_told_again(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:  # R18
    numbers = [number_of(mix, Behaviour.ANSWERS, nth, block=9_200) for nth in range(6)]
    with real_redis(tmp_path) as server, real_mosquitto(tmp_path) as broker:
        async with Site(switch, tmp_path, AGENTS) as site:
            told_by(site, server, broker)
            await site.start_engine()
            await site.people.log_in(AGENTS)
            for number in numbers:
                site.people.words[number[-2:]] = Word(disposition=Disposition.SUCCESS)
            summer = await site.dial("summer", numbers, queue="waihu-tree")
            await site.ended(numbers[0], summer)
            server.kill()
            broker.kill()
            await wait_for(lambda: _sinks_are(site, up=False), within_s=15.0, what="both away")
            for number in numbers[:4]:
                assert (await site.ended(number, summer)).outcome is Outcome.SUCCESS
            server.start()
            broker.start()
            await wait_for(lambda: _sinks_are(site, up=True), within_s=15.0, what="both again")
            for number in numbers:
                await site.ended(number, summer)
            async with listening(server, broker) as ear:
                await said(lambda: bool(ear.at("/agent/1001")), "the retained picture")
                await said(lambda: bool(ear.at("/campaign/summer")), "the campaign")
            kept = await kept_by(server)
    ended = [one for one in kept[f"waihu:{NAME}:events"] if one["event"] == "ended"]
    assert len({one["call"] for one in ended}) >= len(numbers) - 1  # the first was told before


async def _sinks_are(site: Site, *, up: bool) -> bool:
    sinks = (await site.snapshot()).sinks
    return set(sinks) == {"redis", "mqtt"} and all(sink.up is up for sink in sinks.values())


async def test_an_engine_that_is_killed_is_told_of_as_offline_and_its_picture_goes(
    switch: LabAsterisk, tmp_path: Path
) -> None:  # I10
    with real_redis(tmp_path) as server, real_mosquitto(tmp_path) as broker:
        async with listening(server, broker) as ear, Site(switch, tmp_path, AGENTS) as site:
            told_by(site, server, broker)
            process = await site.start_process(
                WAIHU_REDIS_URL=f"redis://127.0.0.1:{server.port}",
                WAIHU_MQTT_HOST="127.0.0.1",
                WAIHU_MQTT_PORT=str(broker.port),
            )
            key = f"waihu:{NAME}:snapshot"
            await wait_for(lambda: _has(server, key), within_s=15.0, what="the picture")
            await said(lambda: bool(ear.at("/site")), "the site")
            process.kill()
            await process.wait()
            await said(lambda: _last_status(ear) == b"offline", "the last will")
            gone: Callable[[], Awaitable[bool]] = lambda: _has_not(server, key)  # noqa: E731
            await wait_for(gone, within_s=10.0, what="that the picture is gone")


async def _has(server: RealServer, key: str) -> bool:
    return key in await kept_by(server)


async def _has_not(server: RealServer, key: str) -> bool:
    with suppress(TypeError):  # it went between two questions
        return key not in await kept_by(server)
    return False
