"""Redis tells other programs how things stand, against a real server (R18)."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from redis import asyncio as redis

from supervisor.frames import SECTIONS, Picture, applied
from supervisor.frames import SITE as SITE_PART
from supervisor.sinks.notices import Notices
from supervisor.sinks.redis import EXPIRES_S, RedisPlace, RedisSink
from supervisor.sinks.standing import Standing
from supervisor.sinks.topics import Keys
from tests.real_redis import real_redis
from tests.real_servers import RealServer, make_certificates
from tests.supervisor.sinks.faults import (
    NEWEST,
    connected,
    ended,
    hung_amid_events,
    killed_amid_events,
    why_refused,
)
from tests.supervisor.sinks.stage import POP, SITE, Show, at_work, tell, until, utc_now

KEYS = Keys(SITE)
PAGE = Path(__file__).parents[3] / "docs" / "live.md"
SHOWN = {SITE_PART, *SECTIONS}
RIGHT, WRONG = "open-sesame", "open-barley"


def sink_of(server: RealServer, **more: Any) -> RedisSink:
    place = RedisPlace(**({"url": f"redis://127.0.0.1:{server.port}"} | more))
    return RedisSink(place, KEYS, Standing("redis", utc_now), utc_now, Random("redis"))


def reader_of(server: RealServer, **more: Any) -> redis.Redis:
    return redis.Redis(port=server.port, **more)


class Consumer:
    """The program that `docs/live.md` shows, word for word."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.picture: Picture = {}

    async def run(self) -> None:
        block = re.search(
            r"```python\n(async def follow.*?)```", PAGE.read_text("utf-8"), re.DOTALL
        )
        assert block is not None
        names: dict[str, Any] = {"json": json, "asyncio": asyncio, "applied": applied}
        exec(block[1], names)  # noqa: S102  our own page
        await names["follow"](self._client, self._show)

    def _show(self, picture: dict[str, Any], *, old: bool) -> None:
        assert not old
        self.picture = {name: part for name, part in picture.items() if name in SHOWN}


async def events_of(client: redis.Redis) -> list[dict[str, Any]]:
    entries = await client.xrange(KEYS.events)
    return [json.loads(fields[b"data"]) for _, fields in entries]


async def test_the_whole_picture_stands_under_a_key_that_expires(tmp_path: Path) -> None:
    show = Show()
    with real_redis(tmp_path) as server:
        sink, reader = sink_of(server), reader_of(server)
        sink.offer(show.frame)
        async with reader, at_work(sink):
            await until(lambda: _is_there(reader), "the picture")
            whole = json.loads(await reader.get(KEYS.snapshot))
            assert whole["full"] is True
            assert set(whole["agents"]) == {"1001", "1002", "1003"}
            assert 0 < await reader.ttl(KEYS.snapshot) <= EXPIRES_S


async def _is_there(reader: redis.Redis) -> bool:
    return await reader.get(KEYS.snapshot) is not None


async def test_a_consumer_follows_from_the_key_by_the_channel(tmp_path: Path) -> None:
    show = Show()
    with real_redis(tmp_path) as server:
        sink = sink_of(server)
        sink.offer(show.frame)
        async with reader_of(server) as client, at_work(sink):
            consumer = Consumer(client)
            following = asyncio.create_task(consumer.run())
            await until(lambda: consumer.picture == show.frame.picture, "the first picture")
            for reason in ("lunch", "meeting", "training"):
                sink.offer(show.change("1002", reason))
            sink.offer(show.leaves("1003"))
            await until(lambda: consumer.picture == show.frame.picture, "the last step")
            following.cancel()


async def test_events_are_in_the_stream_in_order_and_it_does_not_grow_for_ever(
    tmp_path: Path,
) -> None:
    with real_redis(tmp_path) as server:
        sink = sink_of(server, events_kept=1_000)
        async with reader_of(server) as reader, at_work(sink):
            for first in range(0, 4_000, 1_000):
                tell(sink, *range(first, first + 1_000))
                await until(lambda: _last_is(reader, f"e-{first + 999}"), "the last one")  # noqa: B023  awaited here
            kept = [event["id"] for event in await events_of(reader)]
            assert kept == [f"e-{number}" for number in range(4_000 - len(kept), 4_000)]
            assert 1_000 <= len(kept) < 1_200


async def test_the_stream_is_trimmed_also_where_a_pop_comes_last(tmp_path: Path) -> None:
    with real_redis(tmp_path) as server:
        sink = sink_of(server, events_kept=1_000, pops=True)
        async with reader_of(server) as reader, at_work(sink):
            for first in range(0, 4_000, 400):
                tell(sink, *range(first, first + 400))
                Notices([sink]).pop(POP)
                await until(lambda: _last_is(reader, f"e-{first + 399}"), "the last one")  # noqa: B023  awaited here
            assert await reader.xlen(KEYS.events) < 1_600


async def _last_is(reader: redis.Redis, id_: str) -> bool:
    newest = await reader.xrevrange(KEYS.events, count=1)
    return bool(newest) and json.loads(newest[0][1][b"data"])["id"] == id_


async def test_pops_go_nowhere_unless_they_are_wanted_and_are_never_kept(tmp_path: Path) -> None:
    with real_redis(tmp_path) as server:
        async with reader_of(server) as reader, reader.pubsub() as channel:
            await channel.subscribe(KEYS.pops)
            await channel.get_message(timeout=1.0)
            silent, wanted = sink_of(server), sink_of(server, pops=True)
            for sink in (silent, wanted):
                Notices([sink]).pop(POP)
                tell(sink, 1)
                async with at_work(sink):
                    await until(lambda: _last_is(reader, "e-1"), "the event")
                await reader.delete(KEYS.events)
            message = await channel.get_message(timeout=2.0)
            assert message is not None
            assert json.loads(message["data"]) == {"v": 1, **POP}
            assert await channel.get_message(timeout=0.1) is None


async def test_a_server_killed_amid_events_has_every_one_of_them_when_it_is_back(
    tmp_path: Path,
) -> None:
    show = Show()
    with real_redis(tmp_path) as server:
        sink = sink_of(server)
        async with connected(sink, show):
            await killed_amid_events(server, sink, show, events=500)
            async with reader_of(server) as reader:
                await until(lambda: _last_is(reader, "e-499"), "the last event")
                ids = [event["id"] for event in await events_of(reader)]
                assert sorted(set(ids), key=ids.index) == [f"e-{n}" for n in range(500)]
                whole = json.loads(await reader.get(KEYS.snapshot))
            assert whole["agents"]["1002"]["pause_reason"] == "meeting"
            assert sink.standing.view.fault == ""
            assert sink.standing.dropped == 0


async def test_a_server_that_hangs_costs_bounded_memory_and_what_is_lost_is_counted(
    tmp_path: Path,
) -> None:  # I11
    show = Show()
    with real_redis(tmp_path) as server:
        sink = sink_of(server)
        async with connected(sink, show):
            assert "does not answer" in await hung_amid_events(server, sink, show)
            async with reader_of(server) as reader:
                await until(lambda: _last_is(reader, f"e-{NEWEST}"), "the newest")


async def test_a_wrong_password_is_said_and_the_right_one_is_let_in(tmp_path: Path) -> None:
    with real_redis(tmp_path, password=RIGHT) as server:
        fault = await why_refused(sink_of(server, password=RIGHT), sink_of(server, password=WRONG))
        assert "password" in fault
        assert WRONG not in fault


async def test_over_tls_the_servers_certificate_must_be_by_the_named_authority(
    tmp_path: Path,
) -> None:
    made = make_certificates(tmp_path)
    with real_redis(tmp_path, certificates=made) as server:
        url = f"rediss://127.0.0.1:{server.port}/0"
        known = sink_of(server, url=url, ca_file=made.authority)
        assert "certificate" in await why_refused(known, sink_of(server, url=url))


@pytest.mark.parametrize("state", ["well", "hung"])
async def test_the_end_is_not_held_up_by_a_server(tmp_path: Path, state: str) -> None:
    with real_redis(tmp_path) as server:
        await ended(server, sink_of(server), state)
