"""A floor in full swing, for the tests of the screen.

By hand, `python -m tests.supervisor.floor_example` shows it as text, at 80x24 and at 120x40.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from dialer.agents import State, Status
from supervisor.kpi import InboundCounts, asa, live_service_level
from supervisor.snapshot import (
    AgentView,
    CallCounts,
    CampaignView,
    QueueView,
    Snapshot,
    counts_by_look,
)
from supervisor.terminal import render

NOW = datetime(2026, 11, 22, 6, 5, 9, tzinfo=UTC)
NAMES = ["王芳", "李强", "张敏", "刘洋", "陈静", "Anna Berg", "赵磊", "黄丽", "周杰", "吴倩"]
STATES = [
    (State.IDLE, Status.AVAILABLE, ""),
    (State.TALKING, Status.AVAILABLE, ""),
    (State.TALKING, Status.AVAILABLE, ""),
    (State.RESERVED, Status.AVAILABLE, ""),
    (State.TALKING, Status.AVAILABLE, ""),
    (State.WRAP_UP, Status.AVAILABLE, ""),
    (State.IDLE, Status.ON_BREAK, "lunch"),
    (State.TALKING, Status.AVAILABLE, ""),
    (State.READYING, Status.AVAILABLE, ""),
    (State.AWAY, Status.LOGGED_OUT, ""),
]


def agents(count: int = 10) -> tuple[AgentView, ...]:
    return tuple(
        AgentView(
            agent=str(1001 + at),
            name=NAMES[at % 10],
            status=STATES[at % 10][1],
            state=STATES[at % 10][0],
            pause_reason=STATES[at % 10][2],
            since=NOW - timedelta(seconds=7 + 61 * at),
        )
        for at in range(count)
    )


def campaign() -> CampaignView:
    outcomes = {
        "vacant": 9,
        "fax": 3,
        "busy": 21,
        "no_answer": 38,
        "rejected": 4,
        "machine": 6,
        "abandoned": 1,
        "success": 44,
        "success_proxy": 11,
        "unsuccessful": 8,
        "appointment": 5,
        "refused": 2,
        "undisposed": 1,
    }
    return CampaignView(
        name="callback-demo",
        state="running",
        contacts=200,
        open=121,
        due=41,
        in_calls=6,
        tried_this_run=153,
        outcomes=outcomes,
        placed=159,
        answered=88,
        abandoned=1,
        time_left_s=71.0,
        next_due_at=NOW + timedelta(hours=4),
    )


def queue(*, waiting: int = 1, longest_s: float | None = 4.0) -> QueueView:
    counts = InboundCounts(offered=8, answered=7, answered_within=6, waited_s=41.3)
    return QueueView(
        name="waihu-inbound",
        waiting=waiting,
        longest_wait_s=longest_s,
        offered=8,
        answered=7,
        abandoned=0,
        threshold_s=20.0,
        service_level=live_service_level(counts, waiting_over=0),
        asa=asa(counts),
        agents_available=1,
    )


def snapshot(agent_count: int = 10) -> Snapshot:
    people = agents(agent_count)
    return Snapshot(
        ts=NOW,
        site="演示 demo",
        zone="Asia/Shanghai",
        link_up=True,
        link_since=NOW - timedelta(minutes=4),
        agents=people,
        agent_counts=counts_by_look(people),
        calls=CallCounts(dialing=1, ringing=2, answered=0, talking=4),
        campaigns=(campaign(),),
        queues=(queue(),),
        outcomes_today=campaign().outcomes,
    )


def screen(
    shown: Snapshot, size: tuple[int, int] = (80, 24), age_s: float = 0.4, *, colour: bool = False
) -> list[str]:
    """The lines that a terminal of this size would show; without colour as in greyscale."""
    console = Console(
        width=size[0],
        height=size[1],
        file=StringIO(),
        force_terminal=colour,
        color_system="truecolor" if colour else None,
    )
    with console.capture() as captured:
        console.print(
            render(
                shown,
                size=size,
                now=shown.ts + timedelta(seconds=age_s),
                _=str,
                hint="Ctrl-C ends the view",
            )
        )
    return captured.get().rstrip("\n").split("\n")


def main() -> None:
    for size in ((80, 24), (120, 40)):
        sys.stdout.write("\n".join(screen(snapshot(), size)) + "\n" + "=" * size[0] + "\n")
    many = replace(snapshot(120), link_up=False, link_fault="login refused: check the secret")
    sys.stdout.write("\n".join(screen(many, age_s=45.0)) + "\n")


if __name__ == "__main__":
    main()
