"""The parts of a live engine that its settings make: the engine, the link, the recording.

Owns: which setting goes into which policy. Must not join the parts, nor start any but the
recording.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from asterisk.link import Link
from asterisk.masking import KEY_BYTES
from asterisk.recording import Recording, RecordingPolicy
from asterisk.render import FIRST_SLOT
from campaigns.phone.numbers import caller_e164
from config.errors import ConfigError
from config.settings import Settings
from dialer.engine import Engine, EnginePolicy
from dialer.notes import SiteFacts, site_note
from dialer.settings_anew import (
    call_back_rules,
    inbound_routes,
    needs_of,
    short_abandons_s,
    thresholds_s,
)
from dialer.switch_events import SwitchEvent
from supervisor.statistics import Statistics


def slot_names(count: int) -> tuple[str, ...]:
    """The names of the agent slots, as agents.conf is rendered."""
    return tuple(str(FIRST_SLOT + n) for n in range(count))


def engine_of(settings: Settings) -> Engine:
    """An engine that has not been told anything yet."""
    policy = EnginePolicy(
        slots=slot_names(settings.agents.slots),
        routes=inbound_routes(settings),
        needs=needs_of(settings),
        keypad=settings.agents.keypad,
        country=settings.inbound.country,
        call_backs=call_back_rules(settings),
        supervisor_dial=settings.supervisors.phone_dial,
    )
    statistics = Statistics(ZoneInfo(settings.site.zone), thresholds_s(settings))
    statistics.set_short_abandons(short_abandons_s(settings))
    return Engine(policy, statistics)


def number_reader(settings: Settings) -> Callable[[str], str | None]:
    """How a caller's number, as the network gives it, is read at this site."""
    return lambda text: caller_e164(text, settings.inbound.country) or None


def recording_of(settings: Settings) -> Recording | None:
    """The recording of the AMI stream, where one is wanted; each run has a key of its own."""
    wanted = settings.recording
    if not wanted.on:
        return None
    policy = RecordingPolicy(
        folder=settings.paths.recordings,
        max_file_bytes=wanted.max_file_mb * 1_000_000,
        files=wanted.files,
    )
    return Recording(policy, key=os.urandom(KEY_BYTES))


@contextmanager
def at_work(recording: Recording | None, settings: Settings, now: datetime) -> Iterator[None]:
    """Record for as long as the block runs, which begins `now`."""
    if recording is None:
        yield
        return
    slots = slot_names(settings.agents.slots)
    site = site_note(
        SiteFacts(zone=settings.site.zone, slots=slots, thresholds_s=thresholds_s(settings))
    )
    recording.note(site.name, site.headers, at=now.timestamp(), standing=site.standing)
    recording.start()
    try:
        yield
    finally:
        recording.close()


def link_of(
    settings: Settings,
    deliver: Callable[[SwitchEvent], None],
    random: Random,
    tap: Recording | None,
) -> Link:
    """The link to Asterisk's manager interface; `deliver` is told what the switch says.

    Raises:
        ConfigError: the secret is missing.
    """
    secret = settings.ami.secret
    if secret is None:
        raise ConfigError(
            "ami.secret is not set: put the secret of Asterisk's manager user into waihu.toml "
            "([ami] secret) or into the variable WAIHU_AMI_SECRET"
        )
    return Link(
        host=settings.ami.host,
        port=settings.ami.port,
        username=settings.ami.user,
        secret=secret.get_secret_value(),
        deliver=deliver,
        random=random,
        tap=tap,
    )
