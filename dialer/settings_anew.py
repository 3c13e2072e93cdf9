"""Settings that are read again while the engine runs.

Owns: which of them the running engine can take, which wait for a restart, and which are also
Asterisk's. Compares and chooses only. Must not know how they are read, nor tell a value: one of
them is a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from config.settings import QueueSettings, Settings, Strategy
from dialer.messages import Reconfigure
from routing.inbound import InboundRoutes
from routing.skills import Need, Wider
from routing.turns import CallBackReason, CallBackRules
from supervisor.alarm_rules import Limits

LIVE: Final = (
    *("inbound.", "queues.", "orders.", "scripts.", "alarms."),
    *("supervisors.", "site.name", "site.language"),
)
"""What the running engine takes. The rest is built into it: sockets, files, slots, the zone."""

ALSO_ASTERISKS: Final = (
    *("queues.", "inbound.queue", "agents.slots", "supervisors.recordings", "agi."),
    *("ami.user", "ami.secret", "ami.port"),
)
"""What stands in Asterisk's files as well (`waihu asterisk diff`)."""

OF_QUEUES_OURS: Final = frozenset(
    {"service_level", "service_target", "short_abandon_s", "call_back", "skill"}
)
"""What is set of a queue and stands in no file of Asterisk's: reports, alarms, the engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Dotted names of what differs. `applied` now, `restart` at the next start.

    `asterisks`: those of both that Asterisk has to be told of.
    """

    applied: tuple[str, ...]
    restart: tuple[str, ...]
    asterisks: tuple[str, ...] = ()


def changes_between(running: Settings, read: Settings) -> Changes:
    """What is set otherwise than the engine runs with."""
    names = list(_differing(running, read))
    return Changes(
        applied=tuple(name for name in names if name.startswith(LIVE)),
        restart=tuple(name for name in names if not name.startswith(LIVE)),
        asterisks=tuple(
            name
            for name in names
            if name.startswith(ALSO_ASTERISKS) and name not in _queues_of_ours(running, read)
        ),
    )


def _queues_of_ours(running: Settings, read: Settings) -> frozenset[str]:
    """The queues, by dotted name, of which nothing differs that Asterisk knows."""
    before, after = (
        {queue.name: queue.model_dump(exclude=set(OF_QUEUES_OURS)) for queue in one.queues}
        for one in (running, read)
    )
    return frozenset(f"queues.{name}" for name in before if before[name] == after.get(name))


def taken_over(running: Settings, read: Settings) -> Settings:
    """What the engine runs with from now on: the live part anew, the rest as it was."""
    site = running.site.model_copy(update={"name": read.site.name, "language": read.site.language})
    live = {
        "site": site,
        "inbound": read.inbound,
        "queues": read.queues,
        "orders": read.orders,
        "scripts": read.scripts,
        "supervisors": read.supervisors,
        "alarms": read.alarms,
    }
    return running.model_copy(update=live)


def inbound_routes(settings: Settings) -> InboundRoutes:
    """Which queue takes a call to which number."""
    return InboundRoutes(default=settings.inbound.queue, by_number=settings.inbound.numbers)


def thresholds_s(settings: Settings) -> dict[str, float]:
    """Within how many seconds a call is answered in time, by queue."""
    return {queue.name: float(queue.service_level_s) for queue in settings.queues}


def needs_of(settings: Settings) -> tuple[Need, ...]:
    """What each queue asks of its agents."""
    return tuple(map(need_of, settings.queues))


def need_of(queue: QueueSettings) -> Need:
    """What one queue asks. Who waits for one agent alone does so until others come in at most."""
    alone_s = min((queue.last_agent_s, *(step.after_s for step in queue.wider)))
    return Need(
        queue=queue.name,
        skill=queue.skill or "",
        least=queue.least,
        wider=tuple(Wider(after_s=step.after_s, least=step.least) for step in queue.wider),
        last_agent_s=alone_s,
        longest_idle=queue.strategy is Strategy.LEAST_RECENT,
    )


def short_abandons_s(settings: Settings) -> dict[str, float]:
    """Within how many seconds a hang-up counts apart, by queue."""
    return {queue.name: float(queue.short_abandon_s) for queue in settings.queues}


def alarm_limits(settings: Settings) -> Limits:
    """Beyond what supervisors are alarmed."""
    alarms = settings.alarms
    return Limits(
        wait_s=alarms.wait_s,
        targets={queue.name: queue.service_target / 100 for queue in settings.queues},
        answer_rate=alarms.answer_rate_percent / 100,
        network_fails=alarms.network_fails_percent / 100,
        break_s=alarms.break_s,
        breaks_s=alarms.breaks_s,
        wrap_up_s=alarms.wrap_up_s,
        talk_s=alarms.talk_s,
    )


def call_back_rules(settings: Settings) -> CallBackRules:
    """Who is called back, and by which campaign."""

    def queues(who: str) -> frozenset[str]:
        return frozenset(queue.name for queue in settings.queues if who in queue.call_back)

    return CallBackRules(
        campaign=settings.inbound.call_back or "",
        abandoned=queues(CallBackReason.ABANDONED),
        voicemail=queues(CallBackReason.VOICEMAIL),
    )


def reconfigure(settings: Settings, ref: str) -> Reconfigure:
    """The command that brings the live part into the engine."""
    return Reconfigure(
        ref=ref,
        routes=inbound_routes(settings),
        thresholds_s=thresholds_s(settings),
        needs=needs_of(settings),
        short_abandons_s=short_abandons_s(settings),
        country=settings.inbound.country,
        call_backs=call_back_rules(settings),
        supervisor_dial=settings.supervisors.phone_dial,
    )


def _differing(old: Settings, new: Settings) -> Iterator[str]:
    for section in (name for name in type(old).model_fields if name != "queues"):
        before, after = getattr(old, section), getattr(new, section)
        for name in type(before).model_fields:
            if getattr(before, name) != getattr(after, name):
                yield f"{section}.{name}"
    before, after = ({queue.name: queue for queue in one.queues} for one in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"queues.{name}"
