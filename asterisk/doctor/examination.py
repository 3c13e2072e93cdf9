"""`waihu doctor`: everything examined once, side by side, within ten seconds.

Owns: the order, what depends on what, and the time limits. Must not know how one thing is
examined (the other files of this folder) nor in which words it is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from asterisk import actions
from asterisk.doctor.calendars import examine_books, examine_calendars
from asterisk.doctor.codes import Check, Code, Level
from asterisk.doctor.consultation import Consultation, consult
from asterisk.doctor.dialing import examine_dial_strings
from asterisk.doctor.findings import Finding, found, not_checked
from asterisk.doctor.here import (
    ANSWER_S,
    EngineSeen,
    Records,
    examine_configuration,
    examine_database,
    examine_engine,
    examine_pages,
    examine_secret,
    examine_zone,
)
from asterisk.doctor.places import examine_places
from asterisk.doctor.probe import Address, examine_agi
from asterisk.doctor.sinks import examine_sinks
from asterisk.doctor.switch import (
    EVENT_CLASSES,
    Door,
    enter,
    examine_clock,
    examine_contexts,
    examine_queues,
    examine_rights,
    examine_slots,
    examine_version,
)
from asterisk.errors import ActionRejected, AnswerOverdue, LinkLost
from asterisk.render import FIRST_SLOT
from config.settings import Settings
from dialer.opening import database_of

LONGEST_S = 9.5
"""The whole examination, also where nothing answers."""

CONNECT_S = 2.0

_BEHIND_THE_LOGIN = (
    Check.VERSION,
    Check.RIGHTS,
    Check.QUEUES,
    Check.SLOTS,
    Check.CONTEXTS,
    Check.AGI,
    Check.DIAL_STRINGS,
    Check.CLOCK,
)
Rounds = list[tuple[Check, Awaitable[list[Finding]]]]

_ORDER = {check: place for place, check in enumerate(Check)}


async def examine(settings: Settings, *, configuration: Path | None = None) -> list[Finding]:
    """Examine the installation; the findings in the order of `Check`, at least one for each.

    Args:
        settings: what the operator set.
        configuration: the file that they came from; None: the one that is found by itself.
    """
    until_mono = asyncio.get_running_loop().time() + LONGEST_S
    here = examine_configuration(configuration) + examine_secret(settings.ami)
    today = datetime.now(ZoneInfo(settings.site.zone)).date()  # noqa: TID251  the edge
    books, broken = examine_books(settings, today)
    database = database_of(settings, books=books, busy_timeout_s=ANSWER_S / 2)
    records, engine, sinks = await asyncio.gather(
        examine_database(settings.paths.database, database),
        examine_engine(settings.paths),
        examine_sinks(settings),
    )
    calendars = broken or examine_calendars(records.campaigns, settings.paths.calendars, today)
    names = {queue.name for queue in settings.queues}
    places = examine_places(records.places, records.campaigns or (), names)
    switch = await _examine_switch(settings, records, engine, until_mono)
    alone = [examine_pages(settings.web, records), examine_zone(settings.site.zone)]
    known = [*here, *records.findings, *engine.findings]
    return _in_order([*known, *switch, *places, *alone, *calendars, *sinks])


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By check. Rights are judged twice: what the list allows, the probe may still find wanting."""
    every = list(findings)
    if any(one.check is Check.RIGHTS and one.level is Level.FAULT for one in every):
        every = [one for one in every if one.code is not Code.RIGHTS_OK]
    return sorted(every, key=lambda one: _ORDER[one.check])


async def _examine_switch(
    settings: Settings, records: Records, engine: EngineSeen, until_mono: float
) -> list[Finding]:
    door = _door(settings)
    if door is None:
        return [found(Check.AMI, Code.AMI_NO_SECRET), *_depending(Check.AMI)]
    try:
        async with consult(door.host, door.port, CONNECT_S) as consultation:
            entered = await _entered(consultation, door)
            if entered[0].level is Level.FAULT:
                return [*entered, *_depending(Check.AMI)]
            rounds = _rounds(settings, records, engine, consultation)
            return [*entered, *await _all_of(rounds, until_mono)]
    except LinkLost as lost:
        unreachable = found(Check.AMI, Code.AMI_UNREACHABLE, **door.address, reason=lost.reason)
        return [unreachable, *_depending(Check.AMI)]


def _door(settings: Settings) -> Door | None:
    ami = settings.ami
    if ami.secret is None:
        return None
    login = actions.login(ami.user, ami.secret.get_secret_value(), EVENT_CLASSES)
    return Door(host=ami.host, port=ami.port, user=ami.user, login=login)


async def _entered(consultation: Consultation, door: Door) -> list[Finding]:
    try:
        return await enter(consultation, door)
    except LinkLost as lost:
        if consultation.is_stranger or consultation.protocol is None:
            return [found(Check.AMI, Code.AMI_STRANGER, **door.address)]
        return [found(Check.AMI, Code.LINK_LOST, reason=lost.reason)]


def _rounds(
    settings: Settings, records: Records, engine: EngineSeen, consultation: Consultation
) -> Rounds:
    """What is examined over one consultation, all at the same time."""
    queues = [queue.name for queue in settings.queues]
    slots = [str(FIRST_SLOT + place) for place in range(settings.agents.slots)]
    address = Address(host=settings.agi.host, port=settings.agi.port)
    user = settings.ami.user
    campaigns = records.campaigns
    dialing = _nothing_on_file() if campaigns is None else None
    return [
        (Check.VERSION, examine_version(consultation)),
        (Check.RIGHTS, examine_rights(consultation, user)),
        (Check.QUEUES, examine_queues(consultation, queues, campaigns or ())),
        (Check.SLOTS, examine_slots(consultation, slots)),
        (Check.CONTEXTS, examine_contexts(consultation)),
        (Check.AGI, examine_agi(consultation, address, engine, user)),
        (Check.DIAL_STRINGS, dialing or examine_dial_strings(consultation, campaigns or ())),
        (Check.CLOCK, examine_clock(consultation)),
    ]


async def _all_of(rounds: Rounds, until_mono: float) -> list[Finding]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_limited(check, work, until_mono)) for check, work in rounds]
    return [finding for task in tasks for finding in task.result()]


async def _nothing_on_file() -> list[Finding]:
    return [not_checked(Check.DIAL_STRINGS, Check.DATABASE)]


async def _limited(
    check: Check, work: Awaitable[list[Finding]], until_mono: float
) -> list[Finding]:
    """One check, its failures made findings of its own."""
    try:
        async with asyncio.timeout_at(until_mono):
            return await work
    except ActionRejected:
        return [not_checked(check, Check.RIGHTS)]
    except (AnswerOverdue, TimeoutError):
        return [found(check, Code.OVERDUE)]
    except LinkLost as lost:
        return [found(check, Code.LINK_LOST, reason=lost.reason)]


def _depending(failed: Check) -> list[Finding]:
    return [not_checked(check, failed) for check in _BEHIND_THE_LOGIN]
