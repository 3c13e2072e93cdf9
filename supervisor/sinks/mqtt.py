"""MQTT 5: retained topics with how things stand, and events as they happen.

Owns: what is published where, how often, and with which quality of service. The only file that
imports aiomqtt. Must not know whence the settings come.

How things stand goes by QoS 0: a lost one is followed by a newer one, and after each connecting
all are published anew. Events and pops go by QoS 1 and stay in their box until the broker has
confirmed them; so they may come twice, and are known by their id.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

import aiomqtt
from paho.mqtt.subscribeoptions import SubscribeOptions

from supervisor.call_events import What
from supervisor.frames import SITE, VERSION, Frame, Values
from supervisor.sinks.notices import Box, Notice
from supervisor.sinks.reconnecting import PeerAwayError, heed_the_end, kept_connected
from supervisor.sinks.standing import Standing
from supervisor.sinks.topics import LEVELS, Topics

ANSWER_S: Final = 3.0
"""A broker that takes longer is away: what waits for it is bounded."""

CLOSE_S: Final = 0.7
KEEPALIVE_S: Final = 5
"""A broker that hears nothing for one and a half times this tells all that we are offline."""

EVERY_S: Final = 1.0
"""A topic is published at most so often."""

SITE_EVERY_S: Final = 5.0
"""The site is told at least so often, also where nothing changes: so a dead line is found."""

TOGETHER_S: Final = 0.1
AT_ONCE: Final = 100
INFLIGHT: Final = 100
LOOK_AGAIN_S: Final = 0.01
RETAINED_S: Final = 0.5
"""Silence after which the broker has told all that it has kept of us."""

MOST_RETAINED: Final = 20_000
ONLINE, OFFLINE = "online", "offline"

Entity = tuple[str, str]
"""Section and key; of the site, the section alone."""

Told = tuple[str, bytes]
"""Topic and payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttPlace:
    """Where the broker is and how to log in.

    `ca_file`, `cert_file`, `key_file`: of TLS, the first None: the system's authorities.
    `pops`: screen pops go there as well, which hold names and notes of customers.
    """

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    pops: bool = False


class _Client(aiomqtt.Client):
    """A client that waits once for many messages.

    The library waits for each with a task and a timer, which takes longer than the message. All
    but the last are given to the client beneath it; the last one's wait is that of all.
    """

    async def publish_all(
        self, told: Sequence[Told], *, qos: int = 0, retain: bool = False
    ) -> None:
        """Publish in this order; returns when all have left us, and of QoS 1 are confirmed.

        Raises:
            MqttError: they cannot, or not in time.
        """
        *before, (topic, payload) = told
        sent = [self._client.publish(*one, qos, retain) for one in before]
        await self.publish(topic, payload, qos=qos, retain=retain)
        # The standard does not say in which order a broker confirms.
        async with asyncio.timeout(ANSWER_S):
            while not all(one.is_published() for one in sent):  # noqa: ASYNC110  hardly ever
                await asyncio.sleep(LOOK_AGAIN_S)


class MqttSink:
    """The sink of one site. `utc_now` reads the clock."""

    name = "mqtt"

    def __init__(
        self,
        place: MqttPlace,
        topics: Topics,
        standing: Standing,
        utc_now: Callable[[], datetime],
        random: Random,
    ) -> None:
        self._place = place
        self._topics = topics
        self._utc_now = utc_now
        self._random = random
        self.standing = standing
        self._box = Box(standing)
        self._frame: Frame | None = None
        self._due: dict[Entity, None] = {}
        self._stirred = asyncio.Event()
        self._next_at = self._site_at = 0.0
        self._context: ssl.SSLContext | None = None

    def offer(self, frame: Frame) -> None:
        """The next frame: what differs in it is due."""
        self._frame = frame
        for entity in _entities(frame.changes):
            self._due[entity] = None

    def notice(self, notice: Notice) -> None:
        """A call event or a screen pop. Agents have a topic that tells how they stand."""
        if notice.what == What.AGENT_CHANGED:
            return
        if self._place.pops or not notice.agent:
            self._box.put(notice)
            self._stirred.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        await kept_connected(self._serve, self.standing, self._random)

    async def _serve(self) -> None:
        try:
            if self._context is None:
                self._context = _tls(self._place)
            context = self._context
            await _knock(self._place, context)
            client = self._client(context)
            try:
                await client.__aenter__()
                await self._talk(client)
            finally:
                await self._leave(client)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            raise PeerAwayError.of(error) from error

    async def _talk(self, client: _Client) -> None:
        options = SubscribeOptions(noLocal=True, retainAsPublished=True)
        await client.subscribe([(topic, options) for topic in self._topics.entities])
        await client.publish(self._topics.status, ONLINE, retain=True)
        self.standing.came_up()
        self._due.update(dict.fromkeys(_entities(self._frame.picture) if self._frame else ()))
        self._next_at = 0.0
        await self._stands(client)
        heed_the_end()
        await self._clear_what_is_gone(client)
        while True:
            await self._tells(client)
            await self._stands(client)
            heed_the_end()
            await self._stir()

    async def _leave(self, client: aiomqtt.Client) -> None:
        """Say that we go, where the broker still listens; its last word of us is `offline`."""
        with suppress(aiomqtt.MqttError, TimeoutError, ValueError):
            async with asyncio.timeout(CLOSE_S):
                if self.standing.is_up:
                    await client.publish(self._topics.status, OFFLINE, retain=True)
        with suppress(aiomqtt.MqttError, TimeoutError, ValueError):
            async with asyncio.timeout(CLOSE_S):
                await client.__aexit__(None, None, None)

    async def _stir(self) -> None:
        """Until something happens, or how things stand is to be told again."""
        left_s = max(0.0, self._next_at - asyncio.get_running_loop().time())
        if len(self._box):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await self._stirred.wait()
                await asyncio.sleep(TOGETHER_S)
        self._stirred.clear()

    # ── events ───────────────────────────────────────────────────────────────────────────

    async def _tells(self, client: _Client) -> None:
        """What has happened, in order; the broker confirms each."""
        notices = self._box.take(AT_ONCE)
        if notices:
            told = [(self._topic_of(one), one.payload) for one in notices]
            await client.publish_all(told, qos=1)
            self._box.sent()

    def _topic_of(self, notice: Notice) -> str:
        if notice.agent:
            return self._topics.pop(notice.agent)
        return self._topics.call(notice.what)

    # ── how things stand ─────────────────────────────────────────────────────────────────

    async def _stands(self, client: _Client) -> None:
        """Once a second what has changed since, each with all its fields."""
        now = asyncio.get_running_loop().time()
        if now < self._next_at or self._frame is None:
            return
        self._next_at = now + EVERY_S
        if now >= self._site_at:
            self._due[SITE, ""] = None
        due, self._due = list(self._due), {}
        if (SITE, "") in due:
            self._site_at = now + SITE_EVERY_S
        for part in _parts(due):
            ts = self._utc_now().isoformat()
            told = [self._told(self._frame, entity, ts) for entity in part]
            await client.publish_all(told, retain=True)

    def _told(self, frame: Frame, entity: Entity, ts: str) -> Told:
        section, key = entity
        picture = frame.picture.get(section, {})
        values = picture if section == SITE else picture.get(key)
        topic = self._topics.site if section == SITE else self._topics.entity(section, key)
        if not isinstance(values, Values):
            return topic, b""
        return topic, f'{{"v":{VERSION},"ts":"{ts}",{values.text[1:]}'.encode()

    async def _clear_what_is_gone(self, client: aiomqtt.Client) -> None:
        """An earlier run may have left behind agents, queues and campaigns that are no more."""
        known = {
            self._topics.entity(section, key)
            for section, key in _entities(self._frame.picture if self._frame else {})
            if section != SITE
        }
        async for topic in _retained(client):
            if topic not in known:
                await client.publish(topic, b"", retain=True)
        await client.unsubscribe(list(self._topics.entities))

    def _client(self, context: ssl.SSLContext | None) -> _Client:
        place = self._place
        return _Client(
            place.host,
            place.port,
            username=place.user,
            password=place.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=aiomqtt.Will(self._topics.status, OFFLINE, qos=1, retain=True),
            timeout=ANSWER_S,
            keepalive=KEEPALIVE_S,
            max_queued_incoming_messages=MOST_RETAINED,
            max_inflight_messages=INFLIGHT,
            tls_context=context,
        )


async def try_mqtt(place: MqttPlace) -> None:
    """Reach the broker and log in, once, for whoever examines the installation.

    Raises:
        PeerAwayError: it is away, or refuses us.
    """
    try:
        context = _tls(place)
        await _knock(place, context)
        async with aiomqtt.Client(
            place.host,
            place.port,
            username=place.user,
            password=place.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            timeout=ANSWER_S,
            tls_context=context,
        ):
            pass
    except (aiomqtt.MqttError, OSError, ValueError) as error:
        raise PeerAwayError.of(error) from error


def _entities(sections: Mapping[str, Mapping[str, object]]) -> Iterator[Entity]:
    """The topics that these sections of a frame are about."""
    for section, entities in sections.items():
        if section == SITE:
            yield SITE, ""
        elif section in LEVELS:
            yield from ((section, key) for key in entities)


def _parts(entities: Iterable[Entity]) -> Iterator[list[Entity]]:
    rest = iter(entities)
    while part := list(islice(rest, AT_ONCE)):
        yield part


async def _retained(client: aiomqtt.Client) -> AsyncIterator[str]:
    """The topics that the broker has kept, as it tells them after the subscription."""
    messages = aiter(client.messages)
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(RETAINED_S):
                message = await anext(messages)
            if message.retain and message.payload:
                yield str(message.topic)


def _tls(place: MqttPlace) -> ssl.SSLContext | None:
    """What TLS needs, where it is wanted. Raises OSError for a file that is not as it must be."""
    if not place.tls:
        return None
    context = ssl.create_default_context(cafile=place.ca_file)
    if place.cert_file is not None:
        context.load_cert_chain(place.cert_file, place.key_file)
    return context


async def _knock(place: MqttPlace, context: ssl.SSLContext | None) -> None:
    """Find out whether somebody is there, in a way that can be cancelled at once.

    The client itself connects in a thread, which would hold the engine's end for seconds.
    """
    async with asyncio.timeout(ANSWER_S):
        _, writer = await asyncio.open_connection(place.host, place.port, ssl=context)
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await writer.wait_closed()
