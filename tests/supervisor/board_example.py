"""A floor with trouble on it, for the tests and the picture of the terminal's board."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialer.agents import State, Status
from supervisor.alarm_rules import Limits
from supervisor.answer_norm import NormView
from supervisor.kpi import InboundCounts, abandon_rate, asa, live_service_level
from supervisor.snapshot import (
    AgentView,
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
from supervisor.watching import Watching
from tests.supervisor.floor_example import NOW, agents, campaign

SEEN_FOR_S = 12
"""So long the trouble lasts when it is looked at: alarms are told."""


def queue(name: str, waiting: int, longest_s: float, counts: InboundCounts, free: int) -> QueueView:
    callers = tuple(
        CallerView(
            call=f"{at}.1",
            joined_at=NOW - timedelta(seconds=longest_s - 7 * at),
            number=f"138****{5678 + at}",
        )
        for at in range(waiting)
    )
    return QueueView(
        name=f"waihu-{name}",
        waiting=waiting,
        longest_wait_s=longest_s if waiting else None,
        offered=counts.offered,
        answered=counts.answered,
        abandoned=counts.abandoned,
        threshold_s=20.0,
        service_level=live_service_level(counts, waiting_over=0),
        asa=asa(counts),
        agents_available=free,
        short_abandons=counts.short_abandons,
        abandon_rate=abandon_rate(counts),
        callers=callers,
    )


def pace() -> PaceView:
    return PaceView(
        at=NOW,
        placed=3,
        limit="price",
        free=1,
        waiting=0,
        in_flight=5,
        expected_free=1.6,
        expected_answers=1.4,
        answer_rate=0.31,
        risk=0.04,
        price=0.03,
        left=4.2,
        cap=0.03,
        aggressiveness=0.8,
        day_answered=310,
        day_abandoned=4,
        block_answered=812,
        block_abandoned=20,
    )


NORM = NormView(hour=14, days=12, day_kind="working", placed=5_120, answered=1_741)


def campaigns() -> tuple[CampaignView, ...]:
    spring = replace(campaign(), name="spring", pace=pace(), in_calls=8, norm=NORM)
    stuck = replace(
        campaign(),
        name="customer-callback",
        why=Why(code="agents"),
        due=12,
        answered=0,
        placed=0,
        abandoned=0,
        outcomes={},
    )
    return spring, stuck


def people() -> tuple[AgentView, ...]:
    """Ten of them, one on break for too long, one in a long talk, one lent."""
    shown = list(agents(10))
    every = [
        replace(agent, queues=("waihu-inbound", "waihu-sales", "waihu-callback")) for agent in shown
    ]
    every[6] = replace(every[6], pause_reason="break", since=NOW - timedelta(seconds=1_260))
    every[1] = replace(every[1], number="137****4421", campaign="spring")
    every[1] = replace(every[1], since=NOW - timedelta(seconds=1_500))
    every[2] = replace(every[2], number="139****0017", queue="waihu-inbound")
    every[7] = replace(every[7], lent_to="waihu-sales", queues=("waihu-sales",))
    every[5] = replace(every[5], undisposed=2)
    every[0] = replace(every[0], state=State.TALKING.value, status=Status.AVAILABLE.value)
    return tuple(every)


def minutes() -> tuple[MinuteView, ...]:
    return tuple(
        MinuteView(
            at=NOW.replace(second=0) - timedelta(minutes=59 - at),
            waiting=at * 7 % 5 + (at > 45) * 2,
            calls=10 + at % 7,
            free=max(4 - at // 15, 0),
            served=4 + at % 3,
            served_within=3 + at % 3 - (at > 40),
            placed=12,
            answered=4 + at % 3,
            abandoned=int(at % 20 == 0),
        )
        for at in range(60)
    )


def at(seconds: float) -> Snapshot:
    """The floor at NOW + `seconds`, as the engine takes the picture."""
    shown = people()
    busy = InboundCounts(
        offered=140,
        answered=120,
        answered_within=92,
        abandoned=12,
        short_abandons=3,
        waited_s=1_440,
    )
    calm = InboundCounts(offered=31, answered=30, answered_within=29, abandoned=1, waited_s=150)
    return Snapshot(
        ts=NOW + timedelta(seconds=seconds),
        site="演示 demo",
        zone="Asia/Shanghai",
        link_up=True,
        link_since=NOW - timedelta(hours=4),
        agents=shown,
        agent_counts=counts_by_look(shown),
        calls=CallCounts(dialing=3, ringing=5, talking=5),
        campaigns=campaigns(),
        queues=(
            queue("callback", 0, 0.0, calm, 0),
            queue("inbound", 3, 72.0, busy, 0),
            queue("sales", 0, 0.0, calm, 0),
        ),
        norm=NORM,
    )


def full() -> Snapshot:
    """The floor with the alarms that its trouble has raised, and an hour behind it."""
    watching = Watching(Limits)
    seen = at(-SEEN_FOR_S)
    for second in range(-SEEN_FOR_S, 1):
        seen = at(second)
        seen = watching.seen(seen, seen.ts)
    return replace(seen, minutes=minutes())
