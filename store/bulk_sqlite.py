"""Writing many contacts at once into SQLite.

Owns: the statements, run by the driver itself: SQLAlchemy's way costs more for a row than SQLite
does. Must not know what the rows mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

WANTED: Final = "json_each(?) AS wanted"
"""What the numbers of a batch are joined as: `wanted.value`."""
PLACE: Final = "?"
OTHERS_WAIT: Final = True
"""One writes at a time: a claim waits for a batch."""

CACHE_KIB: Final = 64_000
"""Indexes of a million numbers are written at random: what is kept in memory is written once."""
_PAGES_TO_CHECKPOINT: Final = 32_000
"""128 MB of log: a page that was written often goes into the file once."""
_SETTLED: Final = "waihu_settled_for_loads"
_LAST: Final = "SELECT coalesce(max(id), 0) FROM contact"


def moment(at: datetime) -> str:
    """An instant as `store.columns` keeps it here."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def numbers_given(e164s: Iterable[str]) -> str:
    """The numbers, as the join of `WANTED` takes them."""
    return json.dumps(list(e164s))


async def settle_in(connection: AsyncConnection, campaign_id: int) -> None:
    """Give the connection room to work in. One writes at a time here anyway."""
    del campaign_id
    raw = await connection.get_raw_connection()
    if _SETTLED not in raw.info:
        await connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
        await connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {_PAGES_TO_CHECKPOINT}")
        raw.info[_SETTLED] = True


async def take_ids(connection: AsyncConnection, count: int) -> Sequence[int]:
    """Ids for so many contacts: they are ours to give, for nobody else writes meanwhile."""
    last = (await connection.exec_driver_sql(_LAST)).scalar_one()
    return range(last + 1, last + 1 + count)


async def write(
    connection: AsyncConnection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Insert tuples of these columns."""
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  ours
    await connection.exec_driver_sql(statement, list(rows))
