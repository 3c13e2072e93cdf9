"""Redis: the whole picture under a key that expires, its steps on a channel, events in a stream.

Owns: what is written there, in which order, and how often. The only file that imports redis. Must
not know whence the settings come.

A reader subscribes to the channel first and reads the key then: a frame that follows the key's
`seq` is the next step, one that does not sends the reader back to the key, which is written anew
once a second (`docs/live.md`). A message without sections is a beat.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from supervisor.frames import VERSION, Frame
from supervisor.sinks.notices import Box, Notice
from supervisor.sinks.reconnecting import PeerAwayError, heed_the_end, kept_connected
from supervisor.sinks.standing import Standing
from supervisor.sinks.topics import Keys

ANSWER_S: Final = 2.0
"""A server that takes longer is away: what waits for it is bounded."""

TOGETHER_S: Final = 0.1
"""What comes within this goes in one round trip."""

WHOLE_EVERY_S: Final = 1.0
EXPIRES_S: Final = 5
"""The picture of an engine that is dead, or cut off, is gone after this."""

FRAMES_KEPT: Final = 25
"""Frames that wait: some seconds. A reader who misses some takes the whole picture."""

AT_ONCE: Final = 500
CLOSE_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisPlace:
    """Where the server is and how to log in. `events_kept`: about so many stay in the stream.

    `ca_file`: whose word is taken for the server's certificate; None: the system's. `pops`: screen
    pops go there as well, which hold names and notes of customers.
    """

    url: str
    password: str | None = None
    ca_file: Path | None = None
    events_kept: int = 100_000
    pops: bool = False


class RedisSink:
    """The sink of one site. `utc_now` reads the clock."""

    name = "redis"

    def __init__(
        self,
        place: RedisPlace,
        keys: Keys,
        standing: Standing,
        utc_now: Callable[[], datetime],
        random: Random,
    ) -> None:
        self._place = place
        self._keys = keys
        self._utc_now = utc_now
        self._random = random
        self.standing = standing
        self._box = Box(standing)
        self._steps: deque[Frame] = deque()
        self._frame: Frame | None = None
        self._stirred = asyncio.Event()
        self._whole_at = 0.0

    def offer(self, frame: Frame) -> None:
        """The next frame. While the server is away only the newest counts."""
        self._frame = frame
        if not self.standing.is_up:
            return
        self._steps.append(frame)
        if len(self._steps) > FRAMES_KEPT:
            self._steps.popleft()
            self.standing.drop()
        self._stirred.set()

    def notice(self, notice: Notice) -> None:
        """A call event or a screen pop."""
        if self._place.pops or not notice.agent:
            self._box.put(notice)
            self._stirred.set()

    async def run(self) -> None:
        """Write until cancelled."""
        await kept_connected(self._serve, self.standing, self._random)

    async def _serve(self) -> None:
        client = _client(self._place)
        try:
            async with asyncio.timeout(ANSWER_S):
                await client.ping()
            self._steps.clear()
            self._whole_at = 0.0
            self.standing.came_up()
            while True:
                await self._write(client)
                heed_the_end()
                await self._stir()
        except RedisTimeoutError as error:
            raise PeerAwayError.of(TimeoutError()) from error
        except (RedisError, OSError, ValueError) as error:
            raise PeerAwayError.of(error) from error
        finally:
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await client.aclose()

    async def _stir(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(WHOLE_EVERY_S):
                await self._stirred.wait()
        await asyncio.sleep(TOGETHER_S)
        self._stirred.clear()

    async def _write(self, client: redis.Redis) -> None:
        """One round trip with all that waits. Notices stay in their box until it is over."""
        pipeline = client.pipeline(transaction=False)
        self._put_picture(pipeline)
        self._put_notices(pipeline, self._box.take(AT_ONCE))
        if not len(pipeline):
            return
        async with asyncio.timeout(ANSWER_S):
            await pipeline.execute()
        self._box.sent()
        if len(self._box):
            self._stirred.set()

    def _put_picture(self, pipeline: Any) -> None:
        """The steps, and once a second the whole; where nothing happens, a beat."""
        steps = [frame.delta_json for frame in self._steps]
        self._steps.clear()
        now = asyncio.get_running_loop().time()
        if self._frame is not None and now >= self._whole_at:
            self._whole_at = now + WHOLE_EVERY_S
            pipeline.set(self._keys.snapshot, self._frame.full_json, ex=EXPIRES_S)
            steps = steps or [self._beat(self._frame)]
        for step in steps:
            pipeline.publish(self._keys.frames, step)

    def _beat(self, frame: Frame) -> bytes:
        now = self._utc_now().isoformat()
        return json.dumps({"v": VERSION, "seq": frame.seq, "ts": now, "full": False}).encode()

    def _put_notices(self, pipeline: Any, notices: Sequence[Notice]) -> None:
        """The last event trims the stream, which is allowed to be a little too long meanwhile."""
        keys = self._keys
        last = next((one for one in reversed(notices) if not one.agent), None)
        for notice in notices:
            if notice.agent:
                pipeline.publish(keys.pops, notice.payload)
                continue
            trim = ("MAXLEN", "~", self._place.events_kept) if notice is last else ()
            told = ("event", notice.what, "data", notice.payload)
            pipeline.execute_command("XADD", keys.events, *trim, "*", *told)


async def try_redis(place: RedisPlace) -> None:
    """Reach the server and log in, once, for whoever examines the installation.

    Raises:
        PeerAwayError: it is away, or refuses us.
    """
    try:
        client = _client(place)
        try:
            async with asyncio.timeout(ANSWER_S):
                await client.ping()
        finally:
            await client.aclose()
    except RedisTimeoutError as error:
        raise PeerAwayError.of(TimeoutError()) from error
    except (RedisError, OSError, ValueError) as error:
        raise PeerAwayError.of(error) from error


def _client(place: RedisPlace) -> redis.Redis:
    """A client of one connection that tries nothing again by itself: that is our part.

    Nor does it look at the clock for each answer: that of a whole round trip is in one time-out.

    Raises:
        ValueError: the URL is none of Redis.
    """
    tls: dict[str, Any] = {}
    if place.ca_file is not None:
        tls = {"ssl_ca_certs": str(place.ca_file)}
    return redis.Redis.from_url(
        place.url,
        password=place.password,
        single_connection_client=True,
        socket_timeout=None,
        socket_connect_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),
        client_name="waihu",
        **tls,
    )
