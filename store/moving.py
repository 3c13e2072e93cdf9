"""A contact whose numbers have changed moves to where its new ones are: zones, countries, pool.

Owns: that move. Must not decide which number is right (`store.corrections`), nor what hours are
allowed where. A zone that was told for the contact stays; one that came from its numbers goes with
them, else a person would be called by another country's clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import Contact, PhoneNumber
from campaigns.phone.number_zones import zones_of, zones_of_all
from campaigns.phone.numbers import GoodNumber, NumberCheck, NumberRefusal, read_number
from store import schema
from store.facts import load_known

_contact = schema.contact
_pool = schema.pool


async def move_with_numbers(
    connection: AsyncConnection, before: Contact, after: Contact, now: datetime
) -> None:
    """Put the contact into the pool of the zones and countries of its good numbers."""
    zone, zones = _place(before, after, now.date())
    await connection.execute(update(_contact).where(_contact.c.id == after.id).values(zone=zone))
    query = select(_pool).join(_contact, _contact.c.pool_id == _pool.c.id)
    pool = (await connection.execute(query.where(_contact.c.id == after.id))).one_or_none()
    if pool is None:
        return
    countries = sorted({number.country for number in after.good_numbers} - {""})
    clocks = {"zone": zone, "zones": "|".join(zones), "countries": "|".join(countries)}
    values = {**pool._mapping, **clocks}  # noqa: SLF001  SQLAlchemy's public name
    del values["id"]
    await connection.execute(
        update(_contact)
        .where(_contact.c.id == after.id)
        .values(pool_id=await _pool_like(connection, values))
    )


async def move_with_added(
    connection: AsyncConnection, added: Iterable[tuple[int, str]], now: datetime
) -> None:
    """Move contacts (ids) that have got a number (E.164) each or several, where they must.

    Most lists have numbers of one country and one clock, and nobody moves.
    """
    new: defaultdict[int, set[str]] = defaultdict(set)
    for contact_id, e164 in added:
        new[contact_id].add(e164)
    known = await load_known(connection, list(new))
    for contact_id, one in known.items():
        after = one.contact
        old = tuple(number for number in after.numbers if number.e164 not in new[contact_id])
        before = replace(after, numbers=old)
        if _where(before, before, now) != _where(before, after, now):
            await move_with_numbers(connection, before, after, now)


def _where(
    before: Contact, after: Contact, now: datetime
) -> tuple[str | None, tuple[str, ...], frozenset[str]]:
    countries = frozenset(number.country for number in after.good_numbers)
    return *_place(before, after, now.date()), countries


def _place(before: Contact, after: Contact, today: date) -> tuple[str | None, tuple[str, ...]]:
    told = before.zone.key if before.zone else None
    if told is not None and told not in _possible(before.numbers):
        return told, tuple(zone.key for zone in before.zones)
    return zones_of_all(_read(after.good_numbers), today)


def _possible(numbers: Iterable[PhoneNumber]) -> set[str]:
    return {zone for number in _read(numbers) for zone in zones_of(number)}


def _read(numbers: Iterable[PhoneNumber]) -> list[GoodNumber]:
    read = (read_number(one.e164, one.country, NumberCheck.POSSIBLE) for one in numbers)
    return [one for one in read if not isinstance(one, NumberRefusal)]


async def _pool_like(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """The pool of these columns, made if there is none."""
    same = (_pool.c[name].is_not_distinct_from(value) for name, value in values.items())
    there: int | None = await connection.scalar(select(_pool.c.id).where(*same).limit(1))
    if there is not None:
        return there
    made = await connection.execute(insert(_pool).values(**values).returning(_pool.c.id))
    return int(made.scalar_one())
