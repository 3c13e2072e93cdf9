"""The sinks that the settings ask for, and what they are told beside the picture.

Owns: which setting goes into which sink. Must not know what a sink sends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from config.secret_files import read_secret
from config.settings import Settings
from config.sink_settings import Secret
from dialer.agents import Agent
from dialer.beside import BesideTheCalls
from dialer.effects import Effect
from dialer.loop import EngineLoop
from dialer.messages import Message, Now
from dialer.popping import Pops
from supervisor.call_events import CallEvents
from supervisor.sinks.notices import Notices
from supervisor.sinks.standing import Standing
from supervisor.sinks.topics import Keys, Topics
from supervisor.snapshot import SinkView

if TYPE_CHECKING:
    from pathlib import Path

    from supervisor.sinks.mqtt import MqttPlace, MqttSink
    from supervisor.sinks.redis import RedisPlace, RedisSink

    Remote = RedisSink | MqttSink


def redis_place(settings: Settings) -> RedisPlace | None:
    """Where Redis is; None: none is wanted.

    Raises:
        ConfigError: the password's file is not as it must be.
    """
    wanted = settings.redis
    if wanted.url is None:
        return None
    # A site without it need not load what it takes.
    from supervisor.sinks.redis import RedisPlace  # noqa: PLC0415

    return RedisPlace(
        url=wanted.url,
        password=_secret(wanted.password, wanted.password_file, "redis.password_file"),
        ca_file=wanted.ca_file,
        events_kept=wanted.events_kept,
        pops=wanted.pops,
    )


def mqtt_place(settings: Settings) -> MqttPlace | None:
    """Where the MQTT broker is; None: none is wanted.

    Raises:
        ConfigError: the password's file is not as it must be.
    """
    wanted = settings.mqtt
    if wanted.host is None:
        return None
    from supervisor.sinks.mqtt import MqttPlace  # noqa: PLC0415  as above

    return MqttPlace(
        host=wanted.host,
        port=wanted.port_used,
        user=wanted.user,
        password=_secret(wanted.password, wanted.password_file, "mqtt.password_file"),
        tls=wanted.tls,
        ca_file=wanted.ca_file,
        cert_file=wanted.certificate,
        key_file=wanted.key,
        pops=wanted.pops,
    )


def metrics_token(settings: Settings) -> str | None:
    """What a reader of the figures must show; None: nothing.

    Raises:
        ConfigError: its file is not as it must be.
    """
    wanted = settings.metrics
    return _secret(wanted.token, wanted.token_file, "metrics.token_file")


def _secret(given: Secret | None, path: Path | None, key: str) -> str | None:
    if given is not None:
        return given.get_secret_value()
    return None if path is None else read_secret(path, key)


class Sinks:
    """The sinks of one engine that are programs of their own, and the events that they are told.

    Raises:
        ConfigError: a password's file is not as it must be.
    """

    def __init__(self, settings: Settings, utc_now: Callable[[], datetime], random: Random) -> None:
        self.remote: Sequence[Remote] = tuple(_made(settings, utc_now, random))
        self._notices = Notices(self.remote)
        run = f"{settings.site.engine}.{int(utc_now().timestamp()):x}.{os.getpid():x}"
        self._events = CallEvents(run, self._notices.event)

    @property
    def views(self) -> Mapping[str, SinkView]:
        """How each stands."""
        return {sink.name: sink.standing.view for sink in self.remote}

    def listen_to(self, loop: EngineLoop, pops: Pops, beside: BesideTheCalls) -> None:
        """Be told what happens, if anybody wants to know."""

        def witness(said: Message | Effect, now: Now) -> None:
            if self._events.hears(said):
                with beside.guarded("call events"):
                    self._events.witness(said, now)

        if self.remote:
            loop.witnesses.append(witness)
            pops.on_pop = self._notices.pop

    def announce(self, changed: Sequence[Agent], now: Now) -> None:
        """Agents are in another state."""
        if self.remote:
            for agent in changed:
                self._events.agent_changed(agent, now)


def _made(settings: Settings, utc_now: Callable[[], datetime], random: Random) -> Iterator[Remote]:
    if (redis := redis_place(settings)) is not None:
        from supervisor.sinks.redis import RedisSink  # noqa: PLC0415  as above

        keys = Keys(settings.redis.site or settings.site.name)
        yield RedisSink(redis, keys, Standing("redis", utc_now), utc_now, random)
    if (mqtt := mqtt_place(settings)) is not None:
        from supervisor.sinks.mqtt import MqttSink  # noqa: PLC0415  as above

        topics = Topics(settings.mqtt.site or settings.site.name)
        yield MqttSink(mqtt, topics, Standing("mqtt", utc_now), utc_now, random)
