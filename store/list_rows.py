"""The rows that a load writes, as plain tuples, and the pools that they go into.

Owns: which columns a fresh contact has, and which contacts share a pool. Must not know how tuples
reach the database (`store.bulk_sqlite`, `store.bulk_postgres`), nor whether a row may be loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from campaigns.contact import ContactState
from campaigns.judge import Code
from campaigns.rows import GoodRow
from store import schema

CONTACT_COLUMNS: Final = (
    "id",
    "campaign_id",
    "pool_id",
    "line",
    "reference",
    "name",
    "zone",
    "state",
    "custom",
    "standing",
    "next_attempt_at",
    "rank",
    "consent",
    "consent_proof",
    "consent_at",
    "created_at",
)
NUMBER_COLUMNS: Final = ("contact_id", "campaign_id", "e164", "position", "kind", "country")


class LoadRow(NamedTuple):
    """A row that passed its checks, and the line (or the sheet's row) that it stands in."""

    line: int | None
    good: GoodRow


class PoolKey(NamedTuple):
    """What the contacts of one pool share."""

    priority: int
    zone: str | None
    zones: str
    countries: str


class NewContactRow(NamedTuple):
    """A row that gets a contact, its id and its pool. `moment`: as the database keeps it."""

    id: int
    pool_id: int
    row: LoadRow


def pool_key(good: GoodRow, priority: int) -> PoolKey:
    """The pool that a row belongs to; `priority` for those that name none."""
    countries = {number.country for number in good.numbers if number.country}
    return PoolKey(
        priority=good.priority or priority,
        zone=good.zone,
        zones="|".join(good.zones),
        countries="|".join(sorted(countries)),
    )


def first_rank(contact_id: int, now: datetime) -> int:
    """Where a fresh contact stands in its pool: behind those that are due longer."""
    return int(now.timestamp()) << 30 | contact_id & (1 << 30) - 1


def contact_rows(
    campaign_id: int, new: Sequence[NewContactRow], now: datetime, moment: Any
) -> Iterator[tuple[Any, ...]]:
    """Tuples of `CONTACT_COLUMNS`. `moment(at)`: an instant as the driver takes it."""
    at = moment(now)
    for contact_id, pool_id, (line, good) in new:
        appointed = good.appointment
        consent = good.consent
        yield (
            contact_id,
            campaign_id,
            pool_id,
            line,
            good.reference,
            good.name,
            good.zone,
            ContactState.OPEN.value,
            json.dumps(good.custom, ensure_ascii=False) if good.custom else "{}",
            schema.READY if appointed is None else Code.APPOINTMENT.value,
            at if appointed is None else moment(appointed),
            first_rank(contact_id, now) if appointed is None else None,
            consent.basis.value if consent is not None else None,
            consent.proof if consent is not None else None,
            moment(consent.given_at) if consent is not None and consent.given_at else None,
            at,
        )


def number_rows(campaign_id: int, new: Sequence[NewContactRow]) -> list[tuple[Any, ...]]:
    """Tuples of `NUMBER_COLUMNS`, in the order of the numbers: so the index is filled in runs."""
    rows = [
        (contact_id, campaign_id, number.e164, position, number.kind.value, number.country)
        for contact_id, _, (_, good) in new
        for position, number in enumerate(good.numbers)
    ]
    rows.sort(key=_e164)
    return rows


def _e164(row: tuple[Any, ...]) -> str:
    return str(row[2])
