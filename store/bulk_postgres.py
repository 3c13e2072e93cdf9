"""Writing many contacts at once into PostgreSQL, by COPY.

Owns: the statements, and that two loads into one campaign take turns. Must not know what the rows
mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

WANTED: Final = "unnest(string_to_array(%s, ',')) AS wanted(value)"
"""What the numbers of a batch are joined as: `wanted.value`."""
PLACE: Final = "%s"
OTHERS_WAIT: Final = False
"""Claims go on beside a batch."""

# The first half of the lock's key ("Wa" and L), beside those of `store.locks`.
_LOADS: Final = 0x57614C
_TURN: Final = "SELECT pg_advisory_xact_lock(%s, %s)"
_IDS: Final = "SELECT nextval('contact_id_seq') FROM generate_series(1, %s)"


def moment(at: datetime) -> str:
    """An instant as text: to write a `datetime` takes the driver longer than the rest of a row."""
    return at.isoformat()


def numbers_given(e164s: Iterable[str]) -> str:
    """The numbers, as the join of `WANTED` takes them."""
    return ",".join(e164s)


async def settle_in(connection: AsyncConnection, campaign_id: int) -> None:
    """Wait for the turn: until the commit no other load looks for numbers in this campaign."""
    await connection.exec_driver_sql(_TURN, (_LOADS, campaign_id))


async def take_ids(connection: AsyncConnection, count: int) -> Sequence[int]:
    """Ids for so many contacts."""
    return list((await connection.exec_driver_sql(_IDS, (count,))).scalars())


async def write(
    connection: AsyncConnection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Insert tuples of these columns."""
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    try:
        async with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                await copy.write_row(row)
    except psycopg.Error as error:
        # In SQLAlchemy's words, as every other fault of the driver comes.
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, dialect=connection.dialect
        ) from error
