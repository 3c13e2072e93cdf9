"""Pictures of a busy floor for the tests of the wallboard, around an instant of one's choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dialer.agents import State, Status
from supervisor.answer_norm import NormView
from supervisor.kpi import Figure, InboundCounts, asa, live_service_level
from supervisor.snapshot import (
    AgentView,
    AlarmView,
    CallCounts,
    CallerView,
    CampaignView,
    MinuteView,
    PaceView,
    QueueView,
    Snapshot,
    Why,
    counts_by_look,
)

NAMES = ("王芳", "李强", "张敏", "刘洋", "陈静", "Anna Berg", "赵磊", "黄丽", "周杰", "吴倩")
STATES = (
    (State.IDLE, Status.AVAILABLE, ""),
    (State.TALKING, Status.AVAILABLE, ""),
    (State.RESERVED, Status.AVAILABLE, ""),
    (State.WRAP_UP, Status.AVAILABLE, ""),
    (State.IDLE, Status.ON_BREAK, "lunch"),
    (State.TALKING, Status.AVAILABLE, ""),
    (State.READYING, Status.AVAILABLE, ""),
    (State.AWAY, Status.LOGGED_OUT, ""),
)


def agent(at: int, now: datetime) -> AgentView:
    state, status, reason = STATES[at % len(STATES)]
    talking = state is State.TALKING
    return AgentView(
        agent=str(1001 + at),
        name=NAMES[at % len(NAMES)] + ("" if at < len(NAMES) else f" {at}"),
        status=status,
        state=state,
        pause_reason=reason,
        since=now - timedelta(seconds=7 + 41 * (at % 30)),
        queues=("waihu-inbound",),
        inbound="call" if talking else None,
        queue="waihu-inbound" if talking else None,
        number=f"138****{at:04}" if talking else "",
    )


def queue(
    name: str, waits: Sequence[float], now: datetime, *, served: tuple[int, int] = (171, 212)
) -> QueueView:
    """`waits`: of those who wait, in seconds; `served`: in time, of all."""
    within, offered = served
    counts = InboundCounts(
        offered=offered, answered=offered, answered_within=within, waited_s=offered * 11.0
    )
    return QueueView(
        name=name,
        waiting=len(waits),
        longest_wait_s=max(waits, default=None),
        offered=offered,
        answered=offered,
        abandoned=0,
        threshold_s=20.0,
        service_level=live_service_level(counts, waiting_over=0),
        asa=asa(counts),
        agents_available=1,
        abandon_rate=Figure(
            value=0.0,
            numerator=0,
            denominator=offered,
            n=offered,
            window="today",
            formula="abandon-rate",
        ),
        callers=tuple(
            CallerView(
                call=f"{name}-{at}",
                joined_at=now - timedelta(seconds=wait),
                number=f"139****{at:04}",
            )
            for at, wait in enumerate(sorted(waits, reverse=True))
        ),
    )


def pace(now: datetime) -> PaceView:
    return PaceView(
        at=now,
        placed=3,
        limit="price",
        free=2,
        waiting=0,
        in_flight=9,
        expected_free=3.4,
        expected_answers=2.1,
        answer_rate=0.34,
        risk=0.021,
        price=0.026,
        left=7.4,
        cap=0.03,
        aggressiveness=1.0,
        day_answered=210,
        day_abandoned=4,
        block_answered=912,
        block_abandoned=21,
    )


NORM = NormView(hour=9, days=12, day_kind="working", placed=5_120, answered=1_741)


def campaigns(now: datetime) -> tuple[CampaignView, ...]:
    spring = CampaignView(
        name="spring",
        state="running",
        contacts=2_000,
        open=1_300,
        due=412,
        in_calls=11,
        placed=1_411,
        answered=512,
        machines=37,
        abandoned=9,
        norm=NORM,
        time_left_s=4_210.0,
        pace=pace(now),
    )
    stuck = CampaignView(
        name="回访",
        state="running",
        contacts=600,
        open=220,
        due=35,
        placed=333,
        answered=170,
        why=Why(code="agents"),
    )
    return (spring, stuck, CampaignView(name="trial", state="paused", contacts=50, due=50))


def alarm(code: str, now: datetime, *, level: str = "alarm", **more: str) -> AlarmView:
    about = {"kind": "queue", "name": "waihu-inbound", "act": "lend"} | more
    return AlarmView(
        id=f"{code}.{about['name']}",
        code=code,
        level=level,
        since=now - timedelta(seconds=12),
        kind=about["kind"],
        name=about["name"],
        act=about["act"],
        params={"limit_s": "60"},
    )


def minutes(now: datetime) -> tuple[MinuteView, ...]:
    latest = now.replace(second=0, microsecond=0)
    return tuple(
        MinuteView(
            at=latest - timedelta(minutes=59 - at),
            waiting=at % 4,
            calls=10 + at % 5,
            free=2,
            served=4,
            served_within=3,
            placed=12,
            answered=4,
        )
        for at in range(60)
    )


def picture(now: datetime, *, count: int = 16) -> Snapshot:
    """One caller waits for 72 s, one campaign does not dial, one alarm stands."""
    people = tuple(agent(at, now) for at in range(count))
    return Snapshot(
        ts=now,
        site="演示",
        zone="Asia/Shanghai",
        link_up=True,
        link_since=now,
        agents=people,
        agent_counts=counts_by_look(people),
        calls=CallCounts(dialing=4, talking=9),
        campaigns=campaigns(now),
        queues=(
            queue("waihu-quiet", (), now, served=(3, 7)),
            queue("waihu-inbound", (72.0, 30.0), now),
        ),
        outcomes_today={"success": 41, "success_proxy": 9, "appointment": 5},
        alarms=(alarm("queue_wait", now),),
        minutes=minutes(now),
        norm=NORM,
    )


def with_agent(shown: Snapshot, login: str, **changes: object) -> Snapshot:
    """The picture in which one agent is otherwise."""
    people = tuple(
        replace(one, **changes) if one.agent == login else one  # type: ignore[arg-type]  # fields of AgentView
        for one in shown.agents
    )
    return replace(shown, agents=people, agent_counts=counts_by_look(people))
