"""What earlier runs had to leave, written before anybody looks at the database.

Owns: one more try of what is set aside, the writes that the journal still holds, and what a word
comes to whose attempt stands otherwise than when it was given. Must not know how a write is
committed, nor the line in which it waits (`store.writer`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import fields
from typing import Any

import structlog

from campaigns.outcomes import Disposition, Outcome, outcome_of, rule_of
from dialer.effects import AmendAttempt, EndAttempt
from store.aside import CLAIM, Aside, SetAside
from store.database import Database
from store.effect_codec import decode_effect
from store.errors import AttemptEndedError, AttemptOpenError, StoreError, is_of_the_database
from store.keeping import Write
from store.outcomes import WriteEffect, is_there_already

log = structlog.get_logger()

Commit = Callable[[Write], Awaitable[None]]


async def try_what_is_aside(aside: Aside, database: Database, commit: Commit) -> None:
    """Once more, each alone; what is in the database now is forgotten.

    Raises:
        StoreError: the database cannot take anything now; everything stays where it is.
    """
    done = [one for one in aside.kept if await _takes_now(one, database, commit)]
    try:
        await aside.forget(done)
    except OSError as error:
        log.error("aside.not_shortened", fault=str(error))  # noqa: TRY400 - the disk's, no bug


async def _takes_now(one: SetAside, database: Database, commit: Commit) -> bool:
    if one.write.get("kind") == CLAIM:
        return True  # the next claim tries it
    try:
        write = Write(effect=one.effect, since=0.0, told=True)
    except ValueError:
        return False  # it is for an operator to read, and for nobody else
    try:
        await commit(write)
    except StoreError as error:
        if is_of_the_database(error):
            raise
        return await is_there(database, write.effect)
    return True


def left_in_journal(
    records: Iterable[dict[str, Any]], set_aside: Callable[[dict[str, Any], str], None]
) -> list[Write]:
    """The writes that an earlier run has kept, in order; what is none any more is set aside."""
    writes: list[Write] = []
    for said in records:
        try:
            effect = decode_effect(said)
        except ValueError as error:
            set_aside(said, str(error))
        else:
            writes.append(Write(effect=effect, since=0.0, kept=True, told=True))
    return writes


async def is_there(database: Database, effect: WriteEffect) -> bool:
    """Whether the database has it since before a crash."""
    if not isinstance(effect, EndAttempt | AmendAttempt):
        return False
    with suppress(StoreError):
        async with database.reading() as connection:
            return await is_there_already(connection, effect)
    return False


def fitting(one: Write, error: AttemptOpenError | AttemptEndedError) -> WriteEffect | None:
    """The same word for an attempt as it stands on file; None where there is none.

    A late word that was promised before its attempt had ended is that end. A word for the call at
    hand, whose attempt was ended without it meanwhile, is a late one.
    """
    match one.effect, error:
        case AmendAttempt() as word, AttemptOpenError() if one.told:
            return EndAttempt(outcome=outcome_of(word.disposition), **_words_of(word))
        case EndAttempt(disposition=Disposition()) as word, AttemptEndedError():
            late = rule_of(Outcome(error.outcome)).amendable
            return AmendAttempt(**_words_of(word)) if late else None
        case _:
            return None


def _words_of(word: EndAttempt | AmendAttempt) -> dict[str, Any]:
    return {field.name: getattr(word, field.name) for field in fields(AmendAttempt)}
