"""What is on file about the numbers of a batch: who has them, and who may not be called.

Owns: those questions, each asked once for the whole batch. Must not decide what becomes of a row
(`store.sorting`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import CampaignState
from campaigns.contact import ListState
from campaigns.do_not_call import Barred, Patterns
from campaigns.outcomes import Outcome
from store import schema
from store.bulk import bulk_of
from store.facts import AnyRow

# SQLite joins a CROSS JOIN in the order in which it is written: from the numbers asked for.
_HOLDERS = """
SELECT n.e164, n.id AS number_id, n.contact_id, n.campaign_id, n.retired, c.line, c.pool_id,
  p.load_id, p.list_id, k.state AS campaign_state, l.state AS list_state
FROM {wanted}
CROSS JOIN contact_number n
JOIN contact c ON c.id = n.contact_id
JOIN campaign k ON k.id = n.campaign_id
LEFT JOIN pool p ON p.id = c.pool_id
LEFT JOIN call_list l ON l.id = p.list_id
WHERE n.e164 = wanted.value
ORDER BY n.id
"""
_BARRED = """
SELECT d.e164 FROM {wanted}
CROSS JOIN do_not_call d
WHERE d.e164 = wanted.value
  AND (d.campaign_id IS NULL OR d.campaign_id = {place})
  AND (d.expires_at IS NULL OR d.expires_at > {place})
"""
# The numbers that this load will give to those who are there, and whom it will change. Not joined:
# PostgreSQL would begin with all that the load has to change, which it takes for little.
_NEW_NUMBERS = """
SELECT wanted.value, (SELECT s.contact_id FROM number_update s
  WHERE s.load_id = {place} AND s.e164 = wanted.value) AS contact_id
FROM {wanted}
"""
_CHANGED = """
SELECT wanted.value, (SELECT coalesce(u.line, 0) FROM contact_update u
  WHERE u.load_id = {place} AND u.contact_id = CAST(wanted.value AS BIGINT)) AS line
FROM {wanted}
"""


class Holder(NamedTuple):
    """A contact that has a number already. `load_id`: of its pool; `line`: where it stood.

    `is_withdrawn`: its list is; it is dialed again only if another list names it.
    """

    contact_id: int
    campaign_id: int
    is_running: bool
    pool_id: int | None = None
    list_id: int | None = None
    load_id: int | None = None
    line: int | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A number that was found wrong (R6): what it was found to be, and when, if that is known."""

    outcome: Outcome
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """What is known, by number; a number of which nothing is known is in none of them."""

    holders: Mapping[str, Sequence[Holder]]
    faulty: Mapping[str, Fault]
    barred: frozenset[str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of any number."""
        return not (self.holders or self.faulty or self.barred)


async def look_up(
    connection: AsyncConnection,
    campaign_id: int,
    e164s: Sequence[str],
    now: datetime,
    *,
    load_id: int | None = None,
) -> OnFile:
    """Ask about the numbers, for a load into that campaign.

    `load_id`: of a load that has something to change of contacts already; they come as its own.
    """
    holders: defaultdict[str, list[Holder]] = defaultdict(list)
    rows = await _holder_rows(connection, e164s)
    if load_id is not None:
        has = [(row.e164, row.contact_id) for row in rows]
        for e164, contact_id, line in await _changed_by(connection, load_id, e164s, has):
            holders[e164].append(
                Holder(contact_id, campaign_id, is_running=False, load_id=load_id, line=line)
            )
    for row in rows:
        holders[row.e164].append(_holder(row))
    return OnFile(
        holders=holders,
        faulty=await _faulty(connection, [row for row in rows if row.retired]),
        barred=await _barred(connection, campaign_id, e164s, now),
    )


async def _holder_rows(connection: AsyncConnection, e164s: Sequence[str]) -> Sequence[AnyRow]:
    bulk = bulk_of(connection)
    found = await connection.exec_driver_sql(
        _asked(_HOLDERS, connection), (bulk.numbers_given(e164s),)
    )
    return found.all()


async def _changed_by(
    connection: AsyncConnection,
    load_id: int,
    e164s: Sequence[str],
    has: Sequence[tuple[str, int]],
) -> list[tuple[str, int, int | None]]:
    """Whose numbers they are, by now or once it is shown, with the line that changes them."""
    new = await _of_load(connection, _NEW_NUMBERS, load_id, e164s)
    pairs = [*has, *new.items()]
    lines = await _of_load(connection, _CHANGED, load_id, [str(contact) for _, contact in pairs])
    return [
        (e164, contact, lines[str(contact)] or None)
        for e164, contact in pairs
        if str(contact) in lines
    ]


async def _of_load(
    connection: AsyncConnection, query: str, load_id: int, values: Sequence[str]
) -> dict[str, int]:
    given = (load_id, bulk_of(connection).numbers_given(values))
    rows: Sequence[AnyRow] = (
        await connection.exec_driver_sql(_asked(query, connection), given)
    ).all()
    return {value: found for value, found in rows if found is not None}


def _holder(row: AnyRow) -> Holder:
    _, _, contact_id, campaign_id, _, line, pool_id, load_id, list_id, state, of_list = row
    # What is still being loaded there may come to nothing.
    is_running = state == CampaignState.RUNNING.value and of_list != ListState.LOADING.value
    is_withdrawn = of_list == ListState.WITHDRAWN.value
    return Holder(
        contact_id, campaign_id, is_running, pool_id, list_id, load_id, line, is_withdrawn
    )


async def _faulty(connection: AsyncConnection, rows: Sequence[AnyRow]) -> dict[str, Fault]:
    """Since when: the last call to the number, which is the one that found it out."""
    if not rows:
        return {}
    attempt = schema.attempt
    ids = [row.number_id for row in rows]
    calls = await connection.execute(
        select(
            attempt.c.number_id,
            func.max(attempt.c.claimed_at, type_=attempt.c.claimed_at.type).label("last"),
        )
        .where(attempt.c.number_id.in_(ids), attempt.c.outcome.is_not(None))
        .group_by(attempt.c.number_id)
    )
    since = {row.number_id: row.last for row in calls}
    return {
        row.e164: Fault(outcome=Outcome(row.retired), since=since.get(row.number_id))
        for row in rows
    }


async def _barred(
    connection: AsyncConnection, campaign_id: int, e164s: Sequence[str], now: datetime
) -> frozenset[str]:
    bulk = bulk_of(connection)
    given = (bulk.numbers_given(e164s), campaign_id, bulk.moment(now))
    found = await connection.exec_driver_sql(_asked(_BARRED, connection), given)
    barred = set(found.scalars())
    patterns = await _patterns(connection, campaign_id)
    if patterns is not None:
        barred |= {e164 for e164 in e164s if patterns.match(e164, campaign_id, now)}
    return frozenset(barred)


async def _patterns(connection: AsyncConnection, campaign_id: int) -> Patterns | None:
    listed = schema.do_not_call_pattern
    ours = or_(listed.c.campaign_id.is_(None), listed.c.campaign_id == campaign_id)
    rows = (await connection.execute(select(listed).where(ours))).all()
    if not rows:
        return None
    return Patterns(
        Barred(
            pattern=row.pattern,
            campaign_id=row.campaign_id,
            reason=row.reason,
            expires_at=row.expires_at,
        )
        for row in rows
    )


def _asked(query: str, connection: AsyncConnection) -> str:
    bulk = bulk_of(connection)
    return query.format(wanted=bulk.WANTED, place=bulk.PLACE)
