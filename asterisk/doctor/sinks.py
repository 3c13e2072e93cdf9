"""Whether the programs that the settings want told let us in.

Owns: this check. Must not send anything but the login.
"""

from __future__ import annotations

from collections.abc import Awaitable

from asterisk.doctor.codes import Check, Code
from asterisk.doctor.findings import Finding, found
from config.errors import ConfigError
from config.settings import Settings
from dialer.sinks import metrics_token, mqtt_place, redis_place
from supervisor.sinks.reconnecting import PeerAwayError


async def examine_sinks(settings: Settings) -> list[Finding]:
    """One finding for each that is wanted, else that none is."""
    try:
        redis, mqtt = redis_place(settings), mqtt_place(settings)
        metrics_token(settings)
    except ConfigError as error:
        return [found(Check.SINKS, Code.SINK_SECRET, reason=error)]
    findings = []
    if redis is not None:
        from supervisor.sinks.redis import try_redis  # noqa: PLC0415  loaded where it is wanted

        findings.append(await _tried(try_redis(redis), "Redis", "redis"))
    if mqtt is not None:
        from supervisor.sinks.mqtt import try_mqtt  # noqa: PLC0415  as above

        findings.append(await _tried(try_mqtt(mqtt), "MQTT", "mqtt"))
    return findings or [found(Check.SINKS, Code.SINKS_NONE)]


async def _tried(work: Awaitable[None], sink: str, section: str) -> Finding:
    try:
        await work
    except PeerAwayError as error:
        return found(Check.SINKS, Code.SINK_AWAY, sink=sink, section=section, reason=error)
    return found(Check.SINKS, Code.SINK_OK, sink=sink)
