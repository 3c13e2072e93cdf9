"""Who waits for whom where several engines write at once.

Owns: PostgreSQL's advisory locks of a transaction, and their keys. On SQLite there is one writer
at a time, and nothing to do. Must not know any table.

In one transaction take them in the order in which they stand here, before any row: two that
wait for each other end as busy, and are tried again.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.prepared import Prepared, Question

# The first half of a key says what is locked; the numbers mean nothing ("Wa" and a letter).
ENGINE = 0x576145
RULES = 0x576152
NUMBER = 0x57614E
CHAIN = 0x576143

_HOLD = Prepared(select(func.pg_advisory_xact_lock_shared(RULES, 0)))
_TAKE = "SELECT pg_advisory_xact_lock(%s, %s)"


def key_of(text: str) -> int:
    """The second half of a key: the same on every machine. Two texts may share one."""
    unsigned = crc32(text.encode())
    return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned


async def hold_rules(connection: AsyncConnection) -> None:
    """Until the commit nobody changes what a call is judged by (I3).

    Any number of transactions hold the rules at once. Who judges for the last time before a call
    holds them, so that what was committed before is obeyed: do-not-call, a campaign's state. So
    does a claim: what it writes of those whom it refuses must not outlive the rule that refused
    them, when whoever took that rule away has had them looked at again already.
    """
    for query, given in holding_rules(connection):
        await query.run(connection, given)


def holding_rules(connection: AsyncConnection) -> tuple[Question, ...]:
    """What holds them, to be asked together with what is read by them, and before it."""
    return ((_HOLD, {}),) if _is_postgres(connection) else ()


async def change_rules(connection: AsyncConnection) -> None:
    """Until the commit nobody claims or judges for the last time; who does so now comes first."""
    if _is_postgres(connection):
        await connection.exec_driver_sql(_TAKE, (RULES, 0))


async def lock_numbers(connection: AsyncConnection, e164s: Iterable[str]) -> None:
    """Until the commit nobody else counts or places calls to these numbers.

    A cap per number holds over all campaigns and engines only if counting and sending are one.
    """
    if _is_postgres(connection):
        for key in sorted({key_of(e164) for e164 in e164s}):
            await connection.exec_driver_sql(_TAKE, (NUMBER, key))


async def lock_chain(connection: AsyncConnection, chain: str) -> None:
    """Until the commit nobody else adds to this chain of the ledger."""
    if _is_postgres(connection):
        await connection.exec_driver_sql(_TAKE, (CHAIN, key_of(chain)))


def _is_postgres(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "postgresql"
