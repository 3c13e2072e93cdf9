"""Writing inbound calls and stays in queues on the caller's connection.

Owns: the rows of both as the engine sees them live. Each write may come twice and changes nothing
the second time. Must not know when transactions begin and end.

A stay that an import of queue_log has written before the engine's own word came is that very
stay: the live word, whose clock is finer, takes its place (`same_stay`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.queue_effects import NoteInboundCall, NoteQueueCall, NoteQueueTalk, QueueEnd, QueueNote
from store import schema
from store.facts import AnyRow

_call = schema.inbound_call
_stay = schema.queue_call

SAME_WITHIN = timedelta(seconds=5)
"""Two clocks of one moment: ours, and the whole seconds of queue_log."""


class Source(StrEnum):
    """Whose word a stay is."""

    LIVE = "live"
    QUEUE_LOG = "queue_log"


async def write_queue_note(
    connection: AsyncConnection, note: QueueNote, engine: str | None
) -> None:
    """Write one note. `engine`: who saw it."""
    match note:
        case NoteInboundCall():
            await _note_call(connection, note, engine)
        case NoteQueueCall():
            await _note_stay(connection, note, engine)
        case NoteQueueTalk():
            await _note_talk(connection, note)
        case _:
            assert_never(note)


# ── calls ────────────────────────────────────────────────────────────────────────────────


async def _note_call(
    connection: AsyncConnection, note: NoteInboundCall, engine: str | None
) -> None:
    on_file = await connection.execute(select(_call).where(_call.c.id == note.call))
    row = on_file.one_or_none()
    told: dict[str, Any] = {
        "dialed": note.dialed or None,
        "number": note.number,
        "flow": note.flow,
        "language": note.language,
        "choices": None if note.choices is None else [list(one) for one in note.choices],
        "subject": note.subject,
        "ended_at": note.ended_at,
    }
    news = {name: value for name, value in told.items() if value is not None}
    if row is None:
        usual = {"dialed": "", "choices": []}
        values = {"id": note.call, "at": note.at, "engine": engine, **usual, **news}
        await connection.execute(_call.insert().values(**values))
        return
    # The first word on a moment stays; what is learnt in a flow is known better later.
    if row.ended_at is not None:
        news.pop("ended_at", None)
    # After a restart a flow goes on without what was chosen before.
    if len(news.get("choices", ())) < len(row.choices):
        news.pop("choices", None)
    news = {name: value for name, value in news.items() if getattr(row, name) != value}
    if news:
        await connection.execute(update(_call).where(_call.c.id == note.call).values(**news))


# ── stays ────────────────────────────────────────────────────────────────────────────────


async def _note_stay(connection: AsyncConnection, note: NoteQueueCall, engine: str | None) -> None:
    rows = list(await connection.execute(_stays_of(note.call, note.queue)))
    live = {row.joined_at for row in rows if row.source == Source.LIVE}
    if note.joined_at in live:
        return
    values = {
        "engine": engine,
        "number": note.number,
        "joined_at": note.joined_at,
        "ended_at": note.ended_at,
        "how": note.how.value,
        "waited_ms": note.waited_ms,
        "agent": note.agent,
        "source": Source.LIVE.value,
    }
    imported = same_stay([row for row in rows if row.source != Source.LIVE], note.joined_at)
    if imported is None:
        keys = {"call_id": note.call, "queue": note.queue, "transferred": False}
        await connection.execute(_stay.insert().values(**keys, **values))
        return
    if note.how in (QueueEnd.LEFT, QueueEnd.LOST):
        return  # queue_log says more
    await connection.execute(update(_stay).where(_stay.c.id == imported.id).values(**values))


def same_stay(rows: Sequence[AnyRow], joined_at: datetime) -> AnyRow | None:
    """Of stays of one call in one queue, the one that began at this moment by another clock."""
    near = [row for row in rows if abs(row.joined_at - joined_at) <= SAME_WITHIN]
    return min(near, key=lambda row: abs(row.joined_at - joined_at), default=None)


async def _note_talk(connection: AsyncConnection, note: NoteQueueTalk) -> None:
    told = {
        "talk_ms": note.talk_ms,
        "hold_ms": note.hold_ms,
        "wrap_ms": note.wrap_ms,
        "transferred": note.transferred or None,
        "ended_by": None if note.ended_by is None else note.ended_by.value,
    }
    news: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    answered = _stays_of(note.call, note.queue).where(_stay.c.how == QueueEnd.ANSWERED.value)
    latest = answered.with_only_columns(func.max(_stay.c.joined_at)).order_by(None)
    if news:
        await connection.execute(
            update(_stay)
            .where(
                _stay.c.call_id == note.call,
                _stay.c.queue == note.queue,
                _stay.c.joined_at == latest.scalar_subquery(),
            )
            .values(**news)
        )


def _stays_of(call: str, queue: str) -> Any:
    return (
        select(_stay)
        .where(_stay.c.call_id == call, _stay.c.queue == queue)
        .order_by(_stay.c.joined_at)
    )
