"""On what ground a contact may be called: given, and taken back.

Owns: the consent on file of a contact. Each change leaves an entry in the ledger with what was
there before, so that a proof outlives a withdrawal. Whether a ground will do is the judge's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.consent import Consent, ConsentBasis
from campaigns.contact import ContactState
from campaigns.judge import Code
from campaigns.ledger import EntryKind
from store import schema
from store.database import Database
from store.errors import UnknownContactError
from store.facts import AnyRow, is_in_call, lock_contact
from store.ledger import Act, contact_subject, enter_act, enter_acts
from store.locks import change_rules
from store.staging import LoadNamed, shown_unfinished

_contact = schema.contact
_ledger = schema.ledger
_update = schema.contact_update
_AT_ONCE: Final = 1000
_GROUND = select(_contact.c.id, _contact.c.consent, _contact.c.consent_proof, _contact.c.consent_at)


class Consents:
    """The grounds on file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(self, contact_id: int, consent: Consent, by: str, now: datetime) -> None:
        """Write a contact's ground, in place of an earlier one; it is looked at again.

        Raises:
            UnknownContactError: there is no such contact.
        """
        async with self._database.writing() as connection:
            await give_ground(connection, contact_id, consent, by, now)

    async def withdraw(self, contact_id: int, why: str, by: str, now: datetime) -> bool:
        """Take a contact's ground away; False if there was none.

        Raises:
            UnknownContactError: there is no such contact.
        """
        async with self._database.writing() as connection:
            await change_rules(connection)
            await _ground(connection, contact_id)
            this = select(_contact.c.id).where(_contact.c.id == contact_id)
            return await _withdraw(connection, this, why, by, now)


async def give_ground(
    connection: AsyncConnection, contact_id: int, consent: Consent, by: str, now: datetime
) -> None:
    """Write a contact's ground, in the caller's transaction."""
    await lock_contact(connection, contact_id)
    this_one = select(_contact.c.id).where(_contact.c.id == contact_id)
    await _give_what_is_due(connection, this_one, now)
    before = await _ground(connection, contact_id)
    this = update(_contact).where(_contact.c.id == contact_id)
    await connection.execute(this.values(_columns(consent)))
    await _look_again(connection, contact_id, now)
    body = {"now": _told(consent), "before": _told_row(before), "by": by}
    subject = contact_subject(contact_id)
    await enter_act(connection, EntryKind.CONSENT_GIVEN, subject, body, now)


async def withdraw_of_number(
    connection: AsyncConnection, e164: str, why: str, now: datetime
) -> None:
    """Take the ground of all contacts that have the number, in the caller's transaction."""
    number = schema.contact_number
    theirs = select(number.c.contact_id).where(number.c.e164 == e164)
    await _withdraw(connection, theirs, why, "", now)


async def give_of_load(
    connection: AsyncConnection, load: LoadNamed, which: ColumnElement[bool], now: datetime
) -> None:
    """Write the grounds that a load has for contacts (`which` of its updates), each once.

    In the caller's transaction, in which nobody else writes a ground of theirs.
    """
    waits = (_update.c.load_id == load.id, which, _update.c.consent.is_not(None))
    query = select(_update).where(*waits).order_by(_update.c.contact_id).limit(_AT_ONCE)
    while rows := (await connection.execute(query)).all():
        told = {
            row.contact_id: Consent(
                basis=ConsentBasis(row.consent), proof=row.consent_proof, given_at=row.consent_at
            )
            for row in rows
        }
        await _give(connection, load, told, now)
        if len(rows) < _AT_ONCE:
            return


async def _give(
    connection: AsyncConnection, load: LoadNamed, told: Mapping[int, Consent], now: datetime
) -> None:
    of_load = _update.c.load_id == load.id
    grounds = {name: _update.c[name] for name in _columns(None)}
    heard = await _heard_of_file(connection, told, load.file_name, now)
    theirs = (of_load, _update.c.contact_id == _contact.c.id, _contact.c.id.in_(heard))
    is_new = or_(*(value.is_distinct_from(_contact.c[name]) for name, value in grounds.items()))
    await connection.execute(update(_contact).where(*theirs, is_new).values(grounds))
    done = update(_update).where(of_load, _update.c.contact_id.in_(told))
    await connection.execute(done.values(consent=None))


async def _give_what_is_due(
    connection: AsyncConnection, contacts: Select[tuple[int]], now: datetime
) -> None:
    """Give these contacts what loads that are shown have still to give them.

    Whatever is said of a ground now is newer than that, and must not be undone by it later.
    """
    for load in await shown_unfinished(connection):
        await give_of_load(connection, load, _update.c.contact_id.in_(contacts), now)


async def _heard_of_file(
    connection: AsyncConnection, told: Mapping[int, Consent], file: str, now: datetime
) -> frozenset[int]:
    """The contacts whose ground a list may write, of those that it tells of.

    What was taken back is not given again by a list that does not say: given since. A ground that
    another one takes the place of goes into the ledger with its proof.
    """
    rows = await connection.execute(_GROUND.where(_contact.c.id.in_(told)))
    before = {row.id: row for row in rows}
    taken_back = await _taken_back(connection, told)
    heard = frozenset(id_ for id_, one in told.items() if _is_newer(one, taken_back.get(id_)))
    acts = []
    for contact_id in sorted(heard & before.keys()):
        was, is_now = _told_row(before[contact_id]), _told(told[contact_id])
        if was is not None and was != is_now:
            body = {"now": is_now, "before": was, "by": file}
            acts.append(Act(EntryKind.CONSENT_GIVEN, contact_subject(contact_id), body))
    await enter_acts(connection, acts, now)
    return heard


async def refused_in_file(
    connection: AsyncConnection, contacts: Select[tuple[int]], file: str, now: datetime
) -> None:
    """Take the ground of contacts away to whom a list says no, in the caller's transaction."""
    await _withdraw(connection, contacts, "", file, now)


async def _taken_back(connection: AsyncConnection, contacts: Iterable[int]) -> dict[int, datetime]:
    """When each of the contacts last took its ground back."""
    subjects = {contact_subject(contact_id): contact_id for contact_id in contacts}
    query = select(_ledger.c.subject, _ledger.c.at).where(
        _ledger.c.subject.in_(subjects), _ledger.c.kind == EntryKind.CONSENT_WITHDRAWN.value
    )
    rows = await connection.execute(query.order_by(_ledger.c.at))
    return {subjects[row.subject]: row.at for row in rows}


def _is_newer(consent: Consent, taken_back: datetime | None) -> bool:
    if taken_back is None:
        return True
    return consent.given_at is not None and consent.given_at > taken_back


async def _withdraw(
    connection: AsyncConnection, contacts: Select[tuple[int]], why: str, by: str, now: datetime
) -> bool:
    """Take the grounds of all of them that have one: in few statements, for they may be many.

    Return whether anybody had one. Nobody else may change rules or carry out loads meanwhile
    (`store.locks`).
    """
    await _give_what_is_due(connection, contacts, now)
    theirs = (_contact.c.id.in_(contacts), _contact.c.consent.is_not(None))
    locked = _GROUND.where(*theirs).order_by(_contact.c.id).with_for_update(key_share=True)
    before = (await connection.execute(locked)).all()
    if not before:
        return False
    await connection.execute(update(_contact).where(*theirs).values(_columns(None)))
    acts = [
        Act(
            EntryKind.CONSENT_WITHDRAWN,
            contact_subject(row.id),
            {"before": _told_row(row), "why": why, "by": by},
        )
        for row in before
    ]
    await enter_acts(connection, acts, now)
    return True


async def _ground(connection: AsyncConnection, contact_id: int) -> AnyRow:
    found = await connection.execute(_GROUND.where(_contact.c.id == contact_id))
    row = found.one_or_none()
    if row is None:
        raise UnknownContactError(contact_id)
    return row


def _columns(consent: Consent | None) -> dict[str, Any]:
    return {
        "consent": consent.basis.value if consent else None,
        "consent_proof": consent.proof if consent else None,
        "consent_at": consent.given_at if consent else None,
    }


async def _look_again(connection: AsyncConnection, contact_id: int, now: datetime) -> None:
    """Who waited for nothing but a ground is due now."""
    await connection.execute(
        update(_contact)
        .where(
            _contact.c.id == contact_id,
            _contact.c.state == ContactState.OPEN.value,
            _contact.c.standing.in_((Code.CONSENT.value, Code.CONSENT_PROOF.value)),
            ~is_in_call(_contact.c.id),
        )
        .values(next_attempt_at=now)
    )


def _told(consent: Consent) -> dict[str, Any]:
    at = consent.given_at.isoformat() if consent.given_at else None
    return {"basis": consent.basis.value, "proof": consent.proof, "given_at": at}


def _told_row(row: AnyRow) -> dict[str, Any] | None:
    if row.consent is None:
        return None
    at = row.consent_at.isoformat() if row.consent_at else None
    return {"basis": row.consent, "proof": row.consent_proof or "", "given_at": at}
