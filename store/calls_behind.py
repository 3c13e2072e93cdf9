"""The calls behind a figure: how many of each kind there are, and the newest of them.

Owns: these reads, each by an index. Must not know what a kind counts as (`supervisor.behind`): the
database counts kinds and lists calls, and the kinds that are wanted are told to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final, Generic, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Integer,
    Label,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from campaigns.campaign import Campaign
from campaigns.law.abandonment import Block
from campaigns.outcomes import Outcome
from dialer.ids import first_id
from dialer.queue_effects import QueueEnd
from store import schema
from store.answers import block_of
from store.database import Database
from store.facts import AnyRow
from store.queue_calls import Source
from supervisor.behind import CALL_KINDS, STAY_KINDS, CallKind, StayKind
from supervisor.queue_report import QueueRules

CLAIMED_AHEAD: Final = timedelta(hours=4)
"""A contact is claimed at most so long before it is called: ids are of the claim."""

_stay = schema.queue_call
_attempt = schema.attempt
Kind = TypeVar("Kind", StayKind, CallKind)


class Place(NamedTuple):
    """Where a page ends: the next one has what is older."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOnFile(Generic[Kind]):
    """One call. `of`: its queue or campaign; `number` in E.164, None: withheld.

    `waited_s`: until an agent was there or the call was over; None: there was nothing to wait for.
    """

    place: Place
    call: str
    at: datetime
    of: str
    kind: Kind
    number: str | None
    agent: str | None
    waited_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Kind]):
    """How many calls there are, by queue or campaign and kind, and the wanted ones of one page."""

    counts: Sequence[tuple[str, Kind, int]]
    calls: Sequence[CallOnFile[Kind]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Generic[Kind]):
    """Which page: so many calls of these kinds, older than where the page before it ends."""

    kinds: Collection[Kind]
    limit: int
    older: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaysWanted:
    """Which stays: joined since then, ended since then; of one queue, or of all.

    `rules`: T and s by queue. `run_since`: when the engine started, None: it never did.
    """

    engine: str
    since: datetime
    rules: Mapping[str, QueueRules]
    run_since: datetime | None = None
    ended_since: datetime | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsWanted:
    """Which calls of ours: of one campaign, or of all; of one engine, or of all.

    `answered_only`: not those that nobody answered. `late_answers`: also those that were placed
    before, and answered since then.
    """

    since: datetime
    until: datetime | None = None
    campaign: int | None = None
    engine: str | None = None
    answered_only: bool = False
    late_answers: bool = False


class CallsBehind:
    """The questions that a figure which is opened asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_since(self, engine: str) -> datetime | None:
        """When this engine was started last; None: it never was."""
        query = select(schema.engine.c.started_at).where(schema.engine.c.id == engine)
        async with self._database.reading() as connection:
            found: datetime | None = await connection.scalar(query)
            return found

    async def block(self, campaign: Campaign, now: datetime) -> Block:
        """The campaign's block of days that `now` lies in."""
        async with self._database.reading() as connection:
            return await block_of(connection, campaign, now)

    async def stays(self, wanted: StaysWanted, turn: Turn[StayKind]) -> Page[StayKind]:
        """Stays that are over, the latest to join first."""
        told = stays_queries(wanted, turn)
        async with self._database.reading() as connection:
            counts = [
                (row.queue, _stay_kind(row), row.n) for row in await connection.execute(told.counts)
            ]
            calls = [_stay_of(row) for row in await connection.execute(told.calls)]
        return Page(counts=counts, calls=calls)

    async def calls(self, wanted: CallsWanted, turn: Turn[CallKind]) -> Page[CallKind]:
        """Calls of ours that were sent, the newest first."""
        told = calls_queries(wanted, turn)
        async with self._database.reading() as connection:
            counts = [
                (row.campaign, _call_kind(row), row.n)
                for row in await connection.execute(told.counts)
            ]
            calls = [_call_of(row) for row in await connection.execute(told.calls)]
        return Page(counts=counts, calls=calls)


class Queries(NamedTuple):
    """The two questions of a page."""

    counts: Select[Any]
    calls: Select[Any]


def _bits(*facts: ColumnElement[bool]) -> ColumnElement[int]:
    """Yes and no as one number, the first being the highest."""
    bits: ColumnElement[int] = literal(0, Integer)
    for fact in facts:
        bits = bits * 2 + case((fact, 1), else_=0)
    return bits


def _number_of(facts: Sequence[bool]) -> int:
    return int("".join(str(int(fact)) for fact in facts), 2)


def _one_of(
    word: ColumnElement[Any], bits: ColumnElement[int], kinds: Collection[Kind]
) -> ColumnElement[bool]:
    """Whether a row is of one of these kinds; `word` is what a kind has first."""
    by_word = groupby(sorted(kinds, key=lambda kind: kind[0] or ""), key=lambda kind: kind[0])
    return or_(
        literal(value=False),
        *(
            and_(
                word.is_(None) if first is None else word == first.value,
                bits.in_([_number_of(kind[1:]) for kind in group]),
            )
            for first, group in by_word
        ),
    )


# ── stays ────────────────────────────────────────────────────────────────────────────────


def stays_queries(wanted: StaysWanted, turn: Turn[StayKind]) -> Queries:
    """What is asked of the database."""
    usual, rules, run_since = QueueRules(), wanted.rules.items(), wanted.run_since
    threshold_s = {queue: rule.threshold_s for queue, rule in rules}
    short_s = {queue: rule.short_abandon_s for queue, rule in rules}
    bits = _bits(
        _stay.c.waited_ms <= _limit_ms(threshold_s, usual.threshold_s),
        _stay.c.waited_ms <= _limit_ms(short_s, usual.short_abandon_s),
        _stay.c.source == Source.LIVE.value,
        literal(value=False) if run_since is None else _stay.c.ended_at >= run_since,
    )
    which = [
        _stay.c.joined_at >= wanted.since,
        # What a queue_log told is no engine's.
        or_(_stay.c.engine == wanted.engine, _stay.c.engine.is_(None)),
    ]
    if wanted.queue is not None:
        which.append(_stay.c.queue == wanted.queue)
    if wanted.ended_since is not None:
        which.append(_stay.c.ended_at >= wanted.ended_since)
    counts = select(_stay.c.queue, _stay.c.how, bits.label("bits"), func.count().label("n")).where(
        *which
    )
    calls = select(_stay, bits.label("bits")).where(*which)
    if len(turn.kinds) < len(STAY_KINDS):
        calls = calls.where(_one_of(_stay.c.how, bits, turn.kinds))
    if turn.older is not None:
        place = (literal(turn.older.at, _stay.c.joined_at.type), literal(int(turn.older.id)))
        calls = calls.where(tuple_(_stay.c.joined_at, _stay.c.id) < tuple_(*place))
    return Queries(
        counts.group_by(_stay.c.queue, _stay.c.how, "bits"),
        calls.order_by(_stay.c.joined_at.desc(), _stay.c.id.desc()).limit(turn.limit),
    )


def _limit_ms(limits_s: Mapping[str, float], usual_s: float) -> ColumnElement[int]:
    """A queue's own limit, in milliseconds."""
    if not limits_s:
        return literal(round(usual_s * 1000))
    own = {queue: round(limit_s * 1000) for queue, limit_s in limits_s.items()}
    return case(own, value=_stay.c.queue, else_=round(usual_s * 1000))


def _stay_kind(row: AnyRow) -> StayKind:
    return StayKind(QueueEnd(row.how), *(bool(row.bits >> shift & 1) for shift in (3, 2, 1, 0)))


def _stay_of(row: AnyRow) -> CallOnFile[StayKind]:
    return CallOnFile(
        place=Place(row.joined_at, str(row.id)),
        call=row.call_id,
        at=row.joined_at,
        of=row.queue,
        kind=_stay_kind(row),
        number=row.number,
        agent=row.agent,
        waited_s=row.waited_ms / 1000,
    )


# ── calls of campaigns ───────────────────────────────────────────────────────────────────


def calls_queries(wanted: CallsWanted, turn: Turn[CallKind]) -> Queries:
    """What is asked of the database."""
    call, since = _attempt.c, wanted.since
    sent_in, answered_in = call.sent_at >= since, call.answered_at >= since
    facts = (call.answered_at.is_not(None), call.bridged_at.is_not(None), sent_in, answered_in)
    if wanted.answered_only:
        order: tuple[ColumnElement[Any], ...] = (call.sent_at, call.id)
        which = [sent_in, call.answered_at.is_not(None)]
    else:
        # By the key, whose order is that of time: an index of what was placed, answered or not,
        # would be one more for every claim to write.
        order = (call.id,)
        which = [
            call.id >= first_id(since - CLAIMED_AHEAD),
            or_(sent_in, answered_in) if wanted.late_answers else sent_in,
        ]
    if wanted.until is not None:
        which.append(call.sent_at < wanted.until)
    if wanted.engine is not None:
        which.append(call.engine_id == wanted.engine)
    if wanted.campaign is not None:
        # `+ 0` keeps planners from gathering all that a campaign has ever called.
        of = call.campaign_id if wanted.answered_only else call.campaign_id + 0
        which.append(of == wanted.campaign)
    bits = _bits(*facts).label("bits")
    return Queries(_call_counts(bits, which), _calls(bits, which, order, turn))


def _call_counts(bits: Label[int], which: Sequence[ColumnElement[bool]]) -> Select[Any]:
    call, campaign = _attempt.c, schema.campaign
    # `+ 0` again: a planner would rather walk all calls by campaign than sort a few kinds.
    of, kinds = (call.campaign_id + 0).label("of"), ("of", call.outcome, "bits")
    counted = select(of, call.outcome, bits, func.count().label("n"))
    counts = counted.where(*which).group_by(*kinds).subquery()
    return select(campaign.c.name.label("campaign"), counts).join(
        campaign, campaign.c.id == counts.c.of
    )


def _calls(
    bits: Label[int],
    which: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    turn: Turn[CallKind],
) -> Select[Any]:
    """The page is cut before the names come to it."""
    page = select(_attempt.c.id).where(*which)
    if len(turn.kinds) < len(CALL_KINDS):
        page = page.where(_one_of(_attempt.c.outcome, bits.element, turn.kinds))
    if turn.older is not None:
        place = (literal(turn.older.at, _attempt.c.sent_at.type), literal(turn.older.id))
        page = page.where(tuple_(*order) < tuple_(*place[-len(order) :]))
    number, campaign = schema.contact_number, schema.campaign
    newest = [column.desc() for column in order]
    return (
        select(_attempt, bits, number.c.e164, campaign.c.name.label("campaign"))
        .join(campaign, campaign.c.id == _attempt.c.campaign_id)
        .outerjoin(number, number.c.id == _attempt.c.number_id)
        .where(_attempt.c.id.in_(page.order_by(*newest).limit(turn.limit)))
        .order_by(*newest)
    )


def _call_kind(row: AnyRow) -> CallKind:
    outcome = Outcome(row.outcome) if row.outcome else None
    return CallKind(outcome, *(bool(row.bits >> shift & 1) for shift in (3, 2, 1, 0)))


def _call_of(row: AnyRow) -> CallOnFile[CallKind]:
    waited_s = None
    if row.answered_at is not None:
        until = row.bridged_at or row.ended_at
        waited_s = None if until is None else (until - row.answered_at).total_seconds()
    return CallOnFile(
        place=Place(row.sent_at, row.id),
        call=row.id,
        at=row.sent_at,
        of=row.campaign,
        kind=_call_kind(row),
        number=row.e164,
        agent=row.agent,
        waited_s=waited_s,
    )
