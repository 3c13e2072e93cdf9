"""Where an open contact stands: ready in its pool, waiting, in a call; or it is closed.

Owns: the columns that say so, always written together: `standing`, `next_attempt_at` and `rank`.
Must not know why anybody stands where (`campaigns.judge`, `campaigns.retry`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ContactState
from campaigns.judge import Code, Verdict
from campaigns.retry import DueBy
from campaigns.verdicts import next_look
from store import schema
from store.prepared import Prepared

Standing = tuple[str, datetime | None]
"""The code of the rule for which a contact waits, and when it is worth looking at again."""

READY: Final = schema.READY
IN_CALL: Final = Code.IN_CALL.value

_CODES: Final[Mapping[str, Code]] = {
    DueBy.NEW: Code.DELAY,
    DueBy.WINDOW: Code.OUTSIDE_WINDOW,
    DueBy.UNDISPOSED_NEXT_DAY: Code.UNDISPOSED,
    DueBy.NEVER: Code.NO_WINDOW,
    DueBy.EXHAUSTED: Code.CONTACT_EXHAUSTED,
}

_contact = schema.contact
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_WAITING = Prepared(
    update(_contact)
    .where(_contact.c.id.in_(_IDS))
    .values(standing=bindparam("code"), next_attempt_at=bindparam("again_at"), rank=None)
)
_CLOSED = Prepared(
    update(_contact)
    .where(_contact.c.id.in_(_IDS))
    .values(state=bindparam("end"), standing="", next_attempt_at=None, rank=None)
)
_RANKED = {
    "sqlite": "(SELECT json_extract(value, '$.id') AS id, json_extract(value, '$.rank') AS rank "
    "FROM json_each(:ranked)) AS ranked",
    "postgresql": "json_to_recordset(CAST(:ranked AS json)) AS ranked (id bigint, rank bigint)",
}
_READY = {
    kind: Prepared(
        text(
            f"UPDATE contact SET rank = ranked.rank, standing = '{READY}' "  # noqa: S608  ours
            f"FROM {ranked} WHERE contact.id = ranked.id"
        )
    )
    for kind, ranked in _RANKED.items()
}


def waiting(code: str, again_at: datetime | None) -> dict[str, Any]:
    """The columns of a contact that waits by the rule `code`; `again_at`: None: not by itself."""
    return {"standing": code, "next_attempt_at": again_at, "rank": None}


def standing_of(verdict: Verdict, now: datetime) -> Standing:
    """For what an open contact waits that was refused at `now`, and when to look again."""
    return verdict.code.value, next_look(verdict, now)


def in_call() -> dict[str, Any]:
    """The columns of a contact that is in the air: the end of its call says when it is next."""
    return waiting(IN_CALL, None)


def closed() -> dict[str, Any]:
    """The columns, beside its state, of a contact that is not dialed any more."""
    return waiting("", None)


def code_of(by: DueBy) -> str:
    """The judge's word for the rule that sets a time."""
    return (_CODES.get(by) or Code(by.value)).value


async def write_waiting(connection: AsyncConnection, waits: Mapping[int, Standing]) -> None:
    """Write for what each contact waits, and until when."""
    alike: defaultdict[Standing, list[int]] = defaultdict(list)
    for contact, wait in waits.items():
        alike[wait].append(contact)
    for (code, again_at), ids in alike.items():
        given = {"ids": ids, "code": code, "again_at": again_at}
        await _WAITING.run(connection, given)


async def write_in_call(connection: AsyncConnection, contacts: Collection[int]) -> None:
    """Take contacts that are claimed out of everybody's reach."""
    await write_waiting(connection, dict.fromkeys(contacts, (IN_CALL, None)))


async def write_exhausted(connection: AsyncConnection, contacts: Collection[int]) -> None:
    """Close the contacts that have been tried on as many days as the campaign allows."""
    if contacts:
        given = {"ids": list(contacts), "end": ContactState.EXHAUSTED.value}
        await _CLOSED.run(connection, given)


async def write_ready(connection: AsyncConnection, ranks: Iterable[tuple[int, int]]) -> None:
    """Put contacts (ids, with their ranks) among those who are ready, in one statement."""
    ranked = [{"id": contact, "rank": rank} for contact, rank in ranks]
    if ranked:
        await _READY[connection.dialect.name].run(connection, {"ranked": json.dumps(ranked)})
