"""What is wrong in one picture: thresholds, and which facts are beyond them.

Owns: the thresholds with their defaults, the codes of alarms, and what to do first about each.
Judges one picture by itself; how long something must last is `supervisor.alarms`'. Must not know
who is told, nor words.

No rate is judged that rests on fewer than `FEW` calls.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from dialer.agents import TIMEOUT
from dialer.pacing import Limit
from supervisor.answer_norm import NORM_FROM
from supervisor.last_hour import Recent, Share
from supervisor.snapshot import (
    AgentLook,
    AgentView,
    AlarmLevel,
    CampaignView,
    QueueView,
    Snapshot,
    Why,
)

FEW: Final = 20
"""Below so many calls a rate says too little to alarm anybody."""

FEW_LEFT: Final = 5
"""So few calls may still be abandoned before the cap: attention."""

SURE: Final = 2.0
"""So many standard errors must lie between an answer rate and its norm, or it is chance."""


class AlarmCode(StrEnum):
    """What is wrong."""

    LINK_DOWN = "link_down"
    STORE_FAULT = "store_fault"
    SET_ASIDE = "set_aside"
    SINK_DOWN = "sink_down"
    NO_FREE_AGENT = "no_free_agent"
    QUEUE_WAIT = "queue_wait"
    QUEUE_UNSTAFFED = "queue_unstaffed"
    SERVICE_LEVEL = "service_level"
    ABANDON_CAP = "abandon_cap"
    ANSWER_RATE = "answer_rate"
    NETWORK_FAILS = "network_fails"
    CAMPAIGN_STUCK = "campaign_stuck"
    AGENT_PHONE = "agent_phone"
    AGENT_MISSED = "agent_missed"
    AGENT_BREAK = "agent_break"
    AGENT_WRAP_UP = "agent_wrap_up"
    AGENT_TALK = "agent_talk"


class Kind(StrEnum):
    """What an alarm is about."""

    SITE = "site"
    QUEUE = "queue"
    CAMPAIGN = "campaign"
    AGENT = "agent"


class Act(StrEnum):
    """What to do first about it."""

    DOCTOR = "doctor"
    LEND = "lend"
    PAUSE_CAMPAIGN = "pause_campaign"
    STEER = "steer"
    EXPLAIN = "explain"
    END_BREAK = "end_break"
    CALL_AGENT = "call_agent"
    LISTEN = "listen"


ACTS: Final[Mapping[AlarmCode, Act]] = {
    AlarmCode.LINK_DOWN: Act.DOCTOR,
    AlarmCode.STORE_FAULT: Act.DOCTOR,
    AlarmCode.SET_ASIDE: Act.DOCTOR,
    AlarmCode.SINK_DOWN: Act.DOCTOR,
    AlarmCode.NO_FREE_AGENT: Act.END_BREAK,
    AlarmCode.QUEUE_WAIT: Act.LEND,
    AlarmCode.QUEUE_UNSTAFFED: Act.LEND,
    AlarmCode.SERVICE_LEVEL: Act.LEND,
    AlarmCode.ABANDON_CAP: Act.STEER,
    AlarmCode.ANSWER_RATE: Act.EXPLAIN,
    AlarmCode.NETWORK_FAILS: Act.PAUSE_CAMPAIGN,
    AlarmCode.CAMPAIGN_STUCK: Act.EXPLAIN,
    AlarmCode.AGENT_PHONE: Act.CALL_AGENT,
    AlarmCode.AGENT_MISSED: Act.CALL_AGENT,
    AlarmCode.AGENT_BREAK: Act.END_BREAK,
    AlarmCode.AGENT_WRAP_UP: Act.CALL_AGENT,
    AlarmCode.AGENT_TALK: Act.LISTEN,
}


EASE: Final = 0.95
"""While an alarm stands, its limit is so much tighter."""

ALARM_PART: Final = 0.75
"""An alarm is a service level below this part of the target: 60 % of 80 % (screens.md)."""

TARGET: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Beyond these something is wrong. Seconds, and parts of 1.

    `wait_s`: the longest wait of a caller that is an alarm; attention is from the queue's own
    threshold on. `targets`: of the service level by queue; others have `TARGET`. `abandon`: parts
    of a campaign's own cap, `cap`: of one that has none. `answer_rate`: how far from its norm, as
    a part of it. `network_fails`: of the calls of the last quarter of an hour. `breaks_s`: by
    reason; others have `break_s`. `ease`: 1, and less while an alarm stands.
    """

    wait_s: float = 60.0
    targets: Mapping[str, float] = field(default_factory=dict)
    abandon: tuple[float, float] = (2 / 3, 1.0)
    cap: float = 0.03
    answer_rate: float = 0.3
    network_fails: float = 0.1
    no_free_s: tuple[float, float] = (10.0, 30.0)
    break_s: float = 900.0
    breaks_s: Mapping[str, float] = field(default_factory=lambda: {"lunch": 3_600.0})
    wrap_up_s: float = 120.0
    talk_s: float = 1_200.0
    sign_in_s: float = 60.0
    ease: float = 1.0

    def eased(self) -> Limits:
        """A little tighter: what stands must be better than this to be well again."""
        return replace(self, ease=EASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is beyond a limit. `after_s`: how long it must last; None: the usual."""

    code: AlarmCode
    kind: Kind
    level: AlarmLevel
    name: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    after_s: float | None = None


def findings(snapshot: Snapshot, recent: Recent, limits: Limits) -> Iterator[Finding]:
    """All that is wrong. While the link is down nothing is known of calls and agents."""
    yield from _site(snapshot)
    if not snapshot.link_up:
        return
    yield from _floor(snapshot, limits)
    for queue in snapshot.queues:
        yield from _queue(queue, snapshot, recent, limits)
    for campaign in snapshot.campaigns:
        yield from _campaign(campaign, recent, limits)
    for agent in snapshot.agents:
        yield from _agent(agent, snapshot.ts, limits)


def rests_on_the_link(code: AlarmCode) -> bool:
    """Whether it can be neither found nor excused while the link to the switch is down."""
    return code not in {
        AlarmCode.LINK_DOWN,
        AlarmCode.STORE_FAULT,
        AlarmCode.SET_ASIDE,
        AlarmCode.SINK_DOWN,
    }


AWAY: Final = frozenset({AgentLook.SIGNED_OUT, AgentLook.PAUSED, AgentLook.UNKNOWN})
"""Nobody's call goes to an agent in one of these."""


# ── the site ─────────────────────────────────────────────────────────────────────────────


def _site(snapshot: Snapshot) -> Iterator[Finding]:
    alarm, site = AlarmLevel.ALARM, Kind.SITE
    if not snapshot.link_up:
        fault = {"fault": snapshot.link_fault}
        yield Finding(code=AlarmCode.LINK_DOWN, kind=site, level=alarm, params=fault)
    if snapshot.store_fault:
        fault = {"fault": snapshot.store_fault}
        yield Finding(code=AlarmCode.STORE_FAULT, kind=site, level=alarm, params=fault)
    if snapshot.set_aside:
        count = {"n": str(snapshot.set_aside)}
        level = AlarmLevel.ATTENTION
        yield Finding(code=AlarmCode.SET_ASIDE, kind=site, level=level, params=count)
    for name, sink in snapshot.sinks.items():
        if not sink.up:
            told, level = {"sink": name, "fault": sink.fault}, AlarmLevel.ATTENTION
            code = AlarmCode.SINK_DOWN
            yield Finding(code=code, kind=site, level=level, name=name, params=told)


def _floor(snapshot: Snapshot, limits: Limits) -> Iterator[Finding]:
    """Callers wait, and of those who are at work not one is ready."""
    waiting = any(queue.waiting for queue in snapshot.queues)
    at_work = any(agent.look not in AWAY for agent in snapshot.agents)
    if waiting and at_work and not snapshot.agent_counts.get(AgentLook.READY, 0):
        for level, after_s in zip(AlarmLevel, limits.no_free_s, strict=True):
            code = AlarmCode.NO_FREE_AGENT
            yield Finding(code=code, kind=Kind.SITE, level=level, after_s=after_s)


# ── queues ───────────────────────────────────────────────────────────────────────────────


def _queue(
    queue: QueueView, snapshot: Snapshot, recent: Recent, limits: Limits
) -> Iterator[Finding]:
    if queue.waiting and not _staffed(queue.name, snapshot):
        yield _of_queue(queue, AlarmCode.QUEUE_UNSTAFFED, AlarmLevel.ALARM)
    elif queue.waiting:
        yield from _wait(queue, limits)
    yield from _service_level(queue, recent, limits)


def _staffed(queue: str, snapshot: Snapshot) -> bool:
    """Whether anybody who serves the queue is at work; who is on a break is not."""
    return any(queue in agent.queues and agent.look not in AWAY for agent in snapshot.agents)


def _wait(queue: QueueView, limits: Limits) -> Iterator[Finding]:
    longest_s = (queue.longest_wait_s or 0.0) / limits.ease
    if longest_s >= limits.wait_s:
        limit = {"limit_s": f"{limits.wait_s:.0f}"}
        yield _of_queue(queue, AlarmCode.QUEUE_WAIT, AlarmLevel.ALARM, limit)
    elif longest_s >= queue.threshold_s:
        limit = {"limit_s": f"{queue.threshold_s:.0f}"}
        yield _of_queue(queue, AlarmCode.QUEUE_WAIT, AlarmLevel.ATTENTION, limit)


def _service_level(queue: QueueView, recent: Recent, limits: Limits) -> Iterator[Finding]:
    """Today's, unless the last half hour says that it is over."""
    figure, target = queue.service_level, limits.targets.get(queue.name, TARGET)
    if figure.value is None or figure.n < FEW:
        return
    late = recent.service_level(queue.name)
    part = figure.value / target * limits.ease
    if part >= 1 or (late.of >= FEW and late.share >= target / limits.ease):
        return
    level = AlarmLevel.ALARM if part < ALARM_PART else AlarmLevel.ATTENTION
    params = {"percent": f"{100 * figure.value:.0f}", "n": str(figure.n)}
    params |= {"target": f"{100 * target:.0f}"}
    yield _of_queue(queue, AlarmCode.SERVICE_LEVEL, level, params)


def _of_queue(
    queue: QueueView,
    code: AlarmCode,
    level: AlarmLevel,
    params: Mapping[str, str] | None = None,
) -> Finding:
    return Finding(code=code, kind=Kind.QUEUE, level=level, name=queue.name, params=params or {})


# ── campaigns ────────────────────────────────────────────────────────────────────────────


def _campaign(campaign: CampaignView, recent: Recent, limits: Limits) -> Iterator[Finding]:
    yield from _abandons(campaign, limits)
    yield from _answers(campaign, recent, limits)
    if _is_stuck(campaign):
        params = {"why": campaign.why.code if campaign.why else ""}
        yield _of_campaign(campaign, AlarmCode.CAMPAIGN_STUCK, AlarmLevel.ATTENTION, params)


def _abandons(campaign: CampaignView, limits: Limits) -> Iterator[Finding]:
    """By the block of the law where a pacer keeps it, else by this run."""
    pace = campaign.pace
    lost, reached, cap = campaign.abandoned, campaign.live, limits.cap
    left = cap * reached - lost
    if pace is not None:
        lost, reached, cap = pace.block_abandoned, pace.block_answered, pace.cap
        left = pace.left
    if reached < FEW or not lost:
        return
    used = lost / reached / cap / limits.ease if cap else 1.0
    if used >= limits.abandon[1] or left < 1:
        level = AlarmLevel.ALARM
    elif used >= limits.abandon[0] or left <= FEW_LEFT:
        level = AlarmLevel.ATTENTION
    else:
        return
    params = {"percent": f"{100 * lost / reached:.1f}", "cap": f"{100 * cap:g}"}
    params |= {"left": str(max(int(left), 0))}
    yield _of_campaign(campaign, AlarmCode.ABANDON_CAP, level, params)


def _answers(campaign: CampaignView, recent: Recent, limits: Limits) -> Iterator[Finding]:
    """The network, and who answers: of late, beside the same hour of other days.

    Where too little is on file of these, or nothing can be read: beside the run before.
    """
    fails = recent.network_fails(campaign.name)
    if fails.of >= FEW and fails.share >= limits.network_fails * limits.ease:
        params = {"failed": str(fails.part), "n": str(fails.of)}
        yield _of_campaign(campaign, AlarmCode.NETWORK_FAILS, AlarmLevel.ALARM, params)
    late, norm = recent.answers(campaign.name)
    if campaign.norm is not None:
        norm = Share(part=campaign.norm.answered, of=campaign.norm.placed)
    if _is_odd(late, norm, limits.answer_rate * limits.ease):
        halved = late.share <= norm.share / 2 / limits.ease
        params = {"percent": f"{100 * late.share:.0f}", "norm": f"{100 * norm.share:.0f}"}
        params |= {"n": str(late.of)}
        level = AlarmLevel.ALARM if halved else AlarmLevel.ATTENTION
        yield _of_campaign(campaign, AlarmCode.ANSWER_RATE, level, params)


def _is_odd(late: Share, norm: Share, part: float) -> bool:
    """Whether a rate is by `part` of its norm off it, and chance does not explain it."""
    if late.of < FEW or norm.of < NORM_FROM:
        return False
    error = math.sqrt(norm.share * (1 - norm.share) / late.of)
    off = abs(late.share - norm.share)
    return off > 0 and off >= max(part * norm.share, SURE * error)


STUCK_BY: Final = frozenset({Limit.BREAKER, Limit.DIALPLAN, Limit.AGENTS})
"""Why a campaign does not dial although it might: by the link and the database as well, but these
are alarms of their own, and all other reasons are as somebody wants it."""


def _is_stuck(campaign: CampaignView) -> bool:
    return campaign.due > 0 and campaign.why is not None and _stops(campaign.why)


def _stops(why: Why) -> bool:
    return any(why.code == limit.value for limit in STUCK_BY)


def _of_campaign(
    campaign: CampaignView, code: AlarmCode, level: AlarmLevel, params: Mapping[str, str]
) -> Finding:
    return Finding(code=code, kind=Kind.CAMPAIGN, level=level, name=campaign.name, params=params)


# ── agents ───────────────────────────────────────────────────────────────────────────────


def _agent(agent: AgentView, at: datetime, limits: Limits) -> Iterator[Finding]:
    found = _agent_code(agent, at, limits)
    if found is not None:
        code, level, limit_s = found
        params = {"name": agent.name or agent.agent}
        params |= {"limit_s": f"{limit_s:.0f}"} if limit_s else {}
        params |= {"reason": agent.pause_reason} if code is AlarmCode.AGENT_BREAK else {}
        yield Finding(code=code, kind=Kind.AGENT, level=level, name=agent.agent, params=params)


def _agent_code(
    agent: AgentView, at: datetime, limits: Limits
) -> tuple[AlarmCode, AlarmLevel, float] | None:
    """What is wrong with an agent, one thing at most, and the limit that is passed (0: none)."""
    match agent.look:
        case AgentLook.PAUSED if agent.pause_reason in MISSED:
            return AlarmCode.AGENT_MISSED, AlarmLevel.ATTENTION, 0.0
        case AgentLook.PAUSED:
            limit_s = limits.breaks_s.get(agent.pause_reason, limits.break_s)
            return _over(AlarmCode.AGENT_BREAK, agent.lasts_s(at), limit_s)
        case AgentLook.WRAP_UP:
            return _over(AlarmCode.AGENT_WRAP_UP, agent.lasts_s(at), limits.wrap_up_s)
        case AgentLook.TALKING:
            return _over(AlarmCode.AGENT_TALK, agent.lasts_s(at), limits.talk_s)
        case AgentLook.SIGNING_IN if agent.lasts_s(at) >= limits.sign_in_s:
            return AlarmCode.AGENT_PHONE, AlarmLevel.ALARM, limits.sign_in_s
        case _:
            return None


MISSED: Final = frozenset({TIMEOUT, "missed"})
"""Breaks that nobody took: the agent did not react."""


def _over(
    code: AlarmCode, lasts_s: float, limit_s: float
) -> tuple[AlarmCode, AlarmLevel, float] | None:
    return (code, AlarmLevel.ATTENTION, limit_s) if lasts_s >= limit_s else None
