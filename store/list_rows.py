"""The rows that a load writes, as plain tuples, and the pools that they go into.

Owns: which columns a fresh contact has, and which contacts share a pool. Must not know how tuples
reach the database (`store.bulk_sqlite`, `store.bulk_postgres`), nor whether a row may be loaded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from campaigns.campaign import Campaign
from campaigns.consent import Consent
from campaigns.contact import Contact, ContactState, PhoneNumber
from campaigns.first_standing import chooser
from campaigns.judge import Code
from campaigns.row.rows import GoodRow
from campaigns.serving import rank_of
from store import schema
from store.facts import zone_of

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

NewRow = tuple[int, int, "LoadRow"]
"""The id of a contact, its pool, and the row."""

_OPEN: Final = ContactState.OPEN.value
_APPOINTED: Final = Code.APPOINTMENT.value
_NO_CONSENT: Final = (None, None, None)


class LoadRow(NamedTuple):
    """A row that passed its checks, and the line (or the sheet's row) that it stands in."""

    line: int | None
    good: GoodRow


class Listed(NamedTuple):
    """What all rows of a load have from it: the list they go into, and the priority without one."""

    name: str
    priority: int


class PoolKey(NamedTuple):
    """What the contacts of one pool share."""

    priority: int
    zone: str | None
    zones: str
    countries: str


def pool_key(good: GoodRow, priority: int) -> PoolKey:
    """The pool that a row belongs to; `priority` for those that name none."""
    return _pool_key(
        good.priority or priority, good.zone, good.zones, *(one.country for one in good.numbers)
    )


@lru_cache(maxsize=4096)
def _pool_key(priority: int, zone: str | None, zones: tuple[str, ...], *countries: str) -> PoolKey:
    known = "|".join(sorted(set(countries) - {""}))
    return PoolKey(priority, zone, "|".join(zones), known)


def contact_rows(
    campaign: Campaign,
    new: Iterable[NewRow],
    now: datetime,
    moment: Callable[[datetime], Any],
    listed: Listed,
) -> Iterator[tuple[Any, ...]]:
    """Tuples of `CONTACT_COLUMNS`. `moment`: how the driver takes an instant.

    Whoever has no appointment may be dialed at once, as far as the contact goes: windows are
    looked at for the whole pool when it is read. Whom the campaign leaves out stands so at once.
    """
    at, choose = moment(now), chooser(campaign)
    for contact_id, pool_id, (line, good) in new:
        yield (
            contact_id,
            campaign.id,
            pool_id,
            line,
            good.reference,
            good.name,
            good.zone,
            _OPEN,
            good.fields,
            *(
                (_APPOINTED, moment(good.appointment), None)
                if good.appointment is not None
                else (code.value, None, None)
                if choose and (code := choose(_fresh(campaign.id, good, listed, now)))
                else (schema.READY, at, rank_of(campaign.order, campaign.id, contact_id, 0, now))
            ),
            *(_NO_CONSENT if good.consent is None else _consent(good.consent, moment)),
            at,
        )


def _fresh(campaign_id: int, good: GoodRow, listed: Listed, now: datetime) -> Contact:
    """The contact that a row becomes, as far as the rules can ask before its first call."""
    numbers = enumerate(good.numbers)
    return Contact(
        id=0,
        campaign_id=campaign_id,
        zone=None if good.zone is None else zone_of(good.zone),
        state=ContactState.OPEN,
        numbers=tuple(
            PhoneNumber(id=0, e164=one.e164, position=place, country=one.country)
            for place, one in numbers
        ),
        attempts=(),
        appointment=None,
        name=good.name,
        reference=good.reference,
        consent=good.consent,
        list_name=listed.name,
        priority=good.priority or listed.priority,
        loaded_at=now,
        custom=json.loads(good.fields),
    )


def number_rows(campaign_id: int, new: Iterable[NewRow]) -> list[tuple[Any, ...]]:
    """Tuples of `NUMBER_COLUMNS`, in the order of the numbers: so the index is filled in runs."""
    rows = [
        (contact_id, campaign_id, number.e164, position, number.kind.value, number.country)
        for contact_id, _, (_, good) in new
        for position, number in enumerate(good.numbers)
    ]
    rows.sort(key=itemgetter(NUMBER_COLUMNS.index("e164")))
    return rows


def _consent(consent: Consent, moment: Callable[[datetime], Any]) -> tuple[Any, ...]:
    given_at = moment(consent.given_at) if consent.given_at is not None else None
    return consent.basis.value, consent.proof, given_at
