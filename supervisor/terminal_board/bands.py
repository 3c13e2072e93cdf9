"""The rows of each band, made of a picture.

Owns: which rows there are, under which headings, and that an old picture has lost its colours.
Looks at its arguments only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from rich.text import Text

from supervisor import terminal_outcomes
from supervisor.alarm_rules import Kind
from supervisor.snapshot import QueueView, Snapshot
from supervisor.terminal_board import drawn, order
from supervisor.terminal_board.order import Marks, Subject
from supervisor.words import Translate

Draw = Callable[[int], Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, or one cell of a band that has several side by side.

    `draw`: gives it in exactly so many columns. `subject`: None of a heading among the rows, on
    which the cursor never stands.
    """

    subject: Subject | None
    draw: Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A heading and the rows under it."""

    heading: Draw
    rows: tuple[Row, ...]


def work(snapshot: Snapshot, marks: Marks, wanted: str, _: Translate) -> Shown:
    """Queues, campaigns, and queues in which nothing has happened today, each under a heading."""
    queues = order.queues(snapshot, marks, wanted)
    rows = [_queue_row(queue, marks) for queue in queues if not order.is_quiet(queue, marks)]
    campaigns = order.campaigns(snapshot, marks, wanted)
    heading = drawn.queue_heading if rows or not campaigns else drawn.campaign_heading
    if rows and campaigns:
        rows.append(Row(subject=None, draw=partial(drawn.campaign_heading, _=_)))
    for campaign in campaigns:
        subject = Subject(kind=Kind.CAMPAIGN, name=campaign.name)
        draw = partial(drawn.campaign_row, campaign, marks.get(subject), _=_)
        rows.append(Row(subject=subject, draw=draw))
    quiet = [_queue_row(queue, marks) for queue in queues if order.is_quiet(queue, marks)]
    if quiet and rows:
        rows.append(Row(subject=None, draw=partial(drawn.quiet_heading, _=_)))
    return Shown(heading=partial(heading, _=_), rows=(*rows, *quiet))


def _queue_row(queue: QueueView, marks: Marks) -> Row:
    subject = Subject(kind=Kind.QUEUE, name=queue.name)
    return Row(subject=subject, draw=partial(drawn.queue_row, queue, marks.get(subject)))


def agents(snapshot: Snapshot, marks: Marks, wanted: str, _: Translate) -> Shown:
    """Everybody who is signed in."""
    rows = []
    for agent in order.agents(snapshot, marks, wanted, _):
        subject = Subject(kind=Kind.AGENT, name=agent.agent)
        draw = partial(drawn.agent_cell, agent, snapshot.ts, marks.get(subject), _=_)
        rows.append(Row(subject=subject, draw=draw))
    return Shown(heading=partial(drawn.agent_heading, snapshot, _=_), rows=tuple(rows))


def alarms(snapshot: Snapshot, _: Translate) -> Shown:
    """In the board's order. A row is named by its alarm: two may be about the same agent."""
    zone = ZoneInfo(snapshot.zone)
    rows = [
        Row(
            subject=Subject(kind=Kind.SITE, name=alarm.id),
            draw=partial(drawn.alarm_row, alarm, zone, _=_),
        )
        for alarm in order.alarms(snapshot)
    ]
    return Shown(heading=partial(drawn.alarm_heading, snapshot, _=_), rows=tuple(rows))


def outcomes(snapshot: Snapshot, width: int, rows: int, _: Translate) -> list[Text]:
    """What came of the calls of this run: a heading, and the tree of R2 in bars."""
    total: Counter[str] = Counter()
    for campaign in snapshot.campaigns:
        total.update(campaign.outcomes)
    heading = Text(" ").append_text(terminal_outcomes.heading(total, _))
    heading.pad_right(max(width - heading.cell_len, 0))
    heading.stylize_before(drawn.HEADING_GROUND)
    bars = terminal_outcomes.bars(total, width - 1, rows - 1, _)
    return [heading, *(Text(" ").append_text(bar) for bar in bars)]


def greyed(shown: Shown) -> Shown:
    """The same without any colour: it is old (I10)."""
    return Shown(
        heading=_grey(shown.heading),
        rows=tuple(Row(subject=row.subject, draw=_grey(row.draw)) for row in shown.rows),
    )


def _grey(draw: Draw) -> Draw:
    return lambda width: Text(draw(width).plain, style=drawn.QUIET)
