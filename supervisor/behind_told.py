"""A figure as a picture of the floor tells it, and the callers in it who still wait.

Owns: where in a picture a figure stands. Must not know what is on file. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from supervisor.behind import FigureName, StayKind, Window
from supervisor.kpi import Figure
from supervisor.last_hour import ANSWER_MINUTES, SERVICE_MINUTES
from supervisor.snapshot import CallerView, CampaignView, MinuteView, QueueView, Snapshot

_Pair = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What stands above and below the line, and the moment that it is of."""

    numerator: float
    denominator: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Who waits in one queue. `kinds`: how many there are of each, also of those not named."""

    queue: str
    callers: Sequence[tuple[CallerView, StayKind]]
    kinds: Counter[StayKind]


def told_in(snapshot: Snapshot, asked: FigureName, window: Window, of: str | None) -> Told | None:
    """The figure of a queue or campaign, or of all; None: the picture has none."""
    at = snapshot.ts
    pairs: list[_Pair]
    match asked, window:
        case FigureName.SERVICE_LEVEL, Window.HALF_HOUR:
            pairs = [(m.served_within, m.served) for m in _late(snapshot, SERVICE_MINUTES)]
        case FigureName.ANSWER_RATE, Window.QUARTER:
            pairs = [(m.answered, m.placed) for m in _late(snapshot, ANSWER_MINUTES)]
        case FigureName.SERVICE_LEVEL, _:
            pairs = [_parts(queue.service_level) for queue in queues_of(snapshot, of)]
        case FigureName.ABANDON_RATE, _:
            figures = [queue.abandon_rate for queue in queues_of(snapshot, of)]
            pairs = [_parts(figure) for figure in figures if figure is not None]
        case FigureName.DROP_RATE, Window.BLOCK:
            paces = [one.pace for one in _campaigns(snapshot, of)]
            if not all(paces):
                return None
            pairs = [(one.block_abandoned, one.block_answered) for one in paces if one]
            at = max((one.at for one in paces if one), default=at)
        case FigureName.DROP_RATE, _:
            pairs = [(one.abandoned, one.answered) for one in _campaigns(snapshot, of)]
        case _:
            pairs = [(one.answered, one.placed) for one in _campaigns(snapshot, of)]
    return Told(numerator=sum(p for p, _w in pairs), denominator=sum(w for _p, w in pairs), at=at)


def waiting_in(snapshot: Snapshot, of: str | None) -> list[Waiting]:
    """The callers of today who wait, the longest first; their stays are not on file yet."""
    return [_waiting(queue, snapshot.ts) for queue in queues_of(snapshot, of)]


def _waiting(queue: QueueView, at: datetime) -> Waiting:
    ended = queue.answered + queue.abandoned + queue.left
    over = round(queue.service_level.denominator) - ended
    limit = timedelta(seconds=queue.threshold_s)
    within, late = StayKind(None, within=True), StayKind(None, within=False)
    named = [(one, late if at - one.joined_at >= limit else within) for one in queue.callers]
    kinds = Counter({late: over, within: queue.offered - ended - over})
    return Waiting(queue=queue.name, callers=named, kinds=kinds)


def queues_of(snapshot: Snapshot, of: str | None) -> list[QueueView]:
    """The queue of that name, or all."""
    return [queue for queue in snapshot.queues if of in {None, queue.name}]


def _campaigns(snapshot: Snapshot, of: str | None) -> list[CampaignView]:
    return [campaign for campaign in snapshot.campaigns if of in {None, campaign.name}]


def _late(snapshot: Snapshot, minutes: int) -> Iterable[MinuteView]:
    since = snapshot.ts - timedelta(minutes=minutes)
    return (minute for minute in snapshot.minutes if since < minute.at <= snapshot.ts)


def _parts(figure: Figure) -> _Pair:
    return figure.numerator, figure.denominator
