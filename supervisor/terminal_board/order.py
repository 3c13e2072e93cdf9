"""What stands where on the board: the worst first, and only what the filter asks for.

Owns: the order of rows, and which alarm marks which row. Looks at its arguments only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from supervisor.alarm_rules import AlarmCode, Kind
from supervisor.snapshot import (
    AgentLook,
    AgentView,
    AlarmLevel,
    AlarmView,
    CampaignView,
    QueueView,
    Snapshot,
)
from supervisor.words import Translate, agent_words

IDLE_S: Final = 300.0
"""Who is ready for longer than this, while others work, is worth a look."""

_TROUBLE: Final = (
    AlarmCode.AGENT_PHONE,
    AlarmCode.AGENT_BREAK,
    AlarmCode.AGENT_WRAP_UP,
    AlarmCode.AGENT_TALK,
    AlarmCode.AGENT_MISSED,
)
"""Agents in trouble, by kind, before those who are idle for long and all others."""

_KINDS: Final[Mapping[str, int]] = {kind: at for at, kind in enumerate(Kind)}
_CODES: Final[Mapping[str, int]] = {code: at for at, code in enumerate(AlarmCode)}
_LEVELS: Final[Mapping[str, int]] = {AlarmLevel.ALARM: 0, AlarmLevel.ATTENTION: 1}
_QUIET: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a row is about, and what an act is done to."""

    kind: Kind
    name: str


Marks = Mapping[Subject, AlarmView]
"""The worst alarm by what it is about."""


def marks_of(alarms: Iterable[AlarmView]) -> Marks:
    """Of two as bad as each other, the newer one."""
    marks: dict[Subject, AlarmView] = {}
    for alarm in alarms:
        kind = next((kind for kind in Kind if kind == alarm.kind), None)
        if kind is None:
            continue
        subject = Subject(kind=kind, name=alarm.name)
        if subject not in marks or _rank(alarm) < _rank(marks[subject]):
            marks[subject] = alarm
    return marks


def _rank(alarm: AlarmView | None) -> int:
    return _QUIET if alarm is None else _LEVELS.get(alarm.level, _QUIET)


def queues(snapshot: Snapshot, marks: Marks, wanted: str) -> list[QueueView]:
    """By alarm, then by the longest wait."""
    return sorted(
        (queue for queue in snapshot.queues if _fits(wanted, queue.name)),
        key=lambda queue: (
            _rank(marks.get(Subject(kind=Kind.QUEUE, name=queue.name))),
            -(queue.longest_wait_s or 0.0),
            queue.name,
        ),
    )


def is_quiet(queue: QueueView, marks: Marks) -> bool:
    """Whether nobody waits, nobody came today, and nothing is wrong."""
    wrong = Subject(kind=Kind.QUEUE, name=queue.name) in marks
    return not (queue.waiting or queue.offered or wrong)


def campaigns(snapshot: Snapshot, marks: Marks, wanted: str) -> list[CampaignView]:
    """By alarm, what the law counts before what stands still; then those that run."""

    def badness(campaign: CampaignView) -> tuple[int, bool, bool, str]:
        alarm = marks.get(Subject(kind=Kind.CAMPAIGN, name=campaign.name))
        counts = alarm is not None and alarm.code == AlarmCode.ABANDON_CAP
        return (_rank(alarm), not counts, campaign.state != "running", campaign.name)

    return sorted(
        (campaign for campaign in snapshot.campaigns if _fits(wanted, campaign.name)), key=badness
    )


def agents(snapshot: Snapshot, marks: Marks, wanted: str, _: Translate) -> list[AgentView]:
    """By trouble, then by name, so that nobody jumps about. Who is signed out is not there."""
    words = agent_words(_)
    there = (agent for agent in snapshot.agents if agent.look is not AgentLook.SIGNED_OUT)
    return sorted(
        (agent for agent in there if _fits(wanted, *_said(agent, words))),
        key=lambda agent: (_trouble(agent, marks, snapshot.ts), agent.agent),
    )


def _said(agent: AgentView, words: Mapping[AgentLook, str]) -> tuple[str, ...]:
    """What a filter finds an agent by."""
    campaign, lent = agent.campaign or "", agent.lent_to or ""
    return (agent.agent, agent.name, words[agent.look], campaign, lent, *agent.queues)


def _trouble(agent: AgentView, marks: Marks, at: datetime) -> int:
    alarm = marks.get(Subject(kind=Kind.AGENT, name=agent.agent))
    if alarm is not None and alarm.code in _TROUBLE:
        return _TROUBLE.index(AlarmCode(alarm.code))
    if agent.look is AgentLook.READY and agent.lasts_s(at) > IDLE_S:
        return len(_TROUBLE)
    return len(_TROUBLE) + 1


def alarms(snapshot: Snapshot) -> list[AlarmView]:
    """Those that nobody sees to first, the worst of them, callers before agents, newest first."""
    return sorted(
        snapshot.alarms,
        key=lambda alarm: (
            bool(alarm.acknowledged_by),
            _rank(alarm),
            _KINDS.get(alarm.kind, len(_KINDS)),
            -alarm.since.timestamp(),
            _CODES.get(alarm.code, len(_CODES)),
        ),
    )


def _fits(wanted: str, *said: str) -> bool:
    """Every word of the filter is in what a row says; capitals make no difference."""
    if not wanted:
        return True
    text = " ".join(said).casefold()
    return all(word in text for word in wanted.casefold().split())
