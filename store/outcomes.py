"""Writing progress, outcomes and late words on the caller's connection.

Owns: the rows of an attempt from the ring on. An attempt has exactly one outcome (I2): the
update asks for `outcome IS NULL`, so that doing it twice changes nothing. Must not know what
the outcome means (`store.settling` applies it) nor when transactions begin and end.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import dispositions_of
from campaigns.ledger import EntryKind
from campaigns.outcomes import Disposition, Outcome, outcome_of, rule_of
from dialer.effects import (
    AmendAttempt,
    ClosePlace,
    EndAttempt,
    EnterAct,
    KeepAnswer,
    KeepPlace,
    NoteProgress,
    SaveSlot,
)
from dialer.queue_effects import NoteInboundCall, NoteQueueCall, NoteQueueTalk, QueueNote
from store import schema
from store.appointing import refuse_if_impossible
from store.call_backs import close_place, keep_place
from store.errors import (
    AttemptEndedError,
    AttemptOpenError,
    DispositionNotOfKindError,
    UnknownAttemptError,
)
from store.facts import AnyRow, load_campaign, load_one
from store.ledger import enter_act
from store.queue_calls import write_queue_note
from store.schema import AttemptState
from store.settling import EndedAttempt, NewAppointment, settle_contact
from store.surveys import keep_answer

WriteEffect = (
    NoteProgress
    | EndAttempt
    | AmendAttempt
    | SaveSlot
    | QueueNote
    | KeepPlace
    | ClosePlace
    | KeepAnswer
    | EnterAct
)

_ATTEMPT = select(schema.attempt).where(schema.attempt.c.id == bindparam("attempt"))
# Two words about one attempt wait for each other.
_ATTEMPT_ALONE = _ATTEMPT.with_for_update(key_share=True)


async def write_effect(
    connection: AsyncConnection, effect: WriteEffect, engine: str | None = None
) -> None:
    """Write one effect. `engine`: whose word it is.

    Raises:
        UnknownAttemptError, AttemptEndedError, AttemptOpenError: it names no attempt that it
            may be written to.
        DispositionNotOfKindError, AppointmentRefusedError: a late word that no agent may give.
        AppointmentBarredError: a place for who may not be called.
    """
    match effect:
        case NoteProgress():
            await _note_progress(connection, effect)
        case EndAttempt():
            await _end(connection, effect)
        case AmendAttempt():
            await _amend(connection, effect)
        case SaveSlot():
            await _save_slot(connection, effect)
        case NoteInboundCall() | NoteQueueCall() | NoteQueueTalk():
            await write_queue_note(connection, effect, engine)
        case KeepPlace():
            await keep_place(connection, effect)
        case ClosePlace():
            await close_place(connection, effect)
        case KeepAnswer():
            await keep_answer(connection, effect)
        case EnterAct():
            await _enter(connection, effect)
        case _:
            assert_never(effect)


async def _enter(connection: AsyncConnection, act: EnterAct) -> None:
    told = {"what": act.what, "call": act.call, "by": act.who, "why": act.why}
    body = {name: value for name, value in told.items() if value}
    await enter_act(connection, EntryKind(act.entry), act.subject, body, act.at)


def bars_somebody(effect: WriteEffect) -> bool:
    """Whether writing it puts a number on the do-not-call list."""
    match effect:
        case EndAttempt():
            return rule_of(effect.outcome).do_not_call
        case AmendAttempt():
            return rule_of(outcome_of(effect.disposition)).do_not_call
        case _:
            return False


async def is_there_already(connection: AsyncConnection, effect: EndAttempt | AmendAttempt) -> bool:
    """Whether what `effect` says was written before, by a run that ended before it knew.

    An end that a late word may replace is there as well where that word is.
    """
    row = (await connection.execute(_ATTEMPT, {"attempt": effect.attempt})).one_or_none()
    if row is None or row.outcome is None:
        return False
    if isinstance(effect, EndAttempt):
        return row.outcome == effect.outcome or rule_of(effect.outcome).amendable
    if row.disposition != effect.disposition:
        return False
    if effect.appointment_at is None:
        return True
    made = select(schema.appointment.c.id).where(
        schema.appointment.c.contact_id == row.contact_id,
        schema.appointment.c.made_at == effect.at,
    )
    return await connection.scalar(made) is not None


async def _load(connection: AsyncConnection, attempt: str) -> AnyRow:
    row = (await connection.execute(_ATTEMPT_ALONE, {"attempt": attempt})).one_or_none()
    if row is None:
        raise UnknownAttemptError(attempt)
    return row


async def _note_progress(connection: AsyncConnection, effect: NoteProgress) -> None:
    row = await _load(connection, effect.attempt)
    times = {
        "answered_at": effect.answered_at,
        "bridged_at": effect.bridged_at,
        "ended_at": effect.ended_at,
    }
    # The first word on each moment stays: a resync may tell it again, later and rounder. But an
    # end that comes after the outcome is the hang-up of a talk in which the word was given.
    open_ones = {name for name in times if getattr(row, name) is None}
    if row.outcome is not None:
        open_ones.add("ended_at")
    news = {name: at for name, at in times.items() if at and name in open_ones}
    if not news:
        return
    # Whom it was not known before the answer: it was placed for whoever would be free.
    agent = {"agent": effect.agent} if effect.agent and row.agent is None else {}
    await connection.execute(
        update(schema.attempt)
        .where(schema.attempt.c.id == effect.attempt)
        .values(**news, **agent, state=_state_after(row, news).value)
    )


def _state_after(row: AnyRow, news: dict[str, datetime]) -> AttemptState:
    if row.outcome is not None:
        return AttemptState.ENDED
    if row.bridged_at or "bridged_at" in news:
        return AttemptState.BRIDGED
    if row.answered_at or "answered_at" in news:
        return AttemptState.ANSWERED
    return AttemptState(row.state)


async def _end(connection: AsyncConnection, effect: EndAttempt) -> None:
    """Where no hang-up is on file, the outcome's own time stands for it until one is.

    So no attempt stays without an end because the engine fell before it heard the hang-up.
    """
    row = await _load(connection, effect.attempt)
    if row.outcome is not None:
        if row.outcome == effect.outcome:
            return
        raise AttemptEndedError(effect.attempt, row.outcome)
    counted = rule_of(effect.outcome).counted and row.sent_at is not None
    await connection.execute(
        update(schema.attempt)
        .where(schema.attempt.c.id == effect.attempt, schema.attempt.c.outcome.is_(None))
        .values(
            state=AttemptState.ENDED.value,
            outcome=effect.outcome.value,
            disposition=_word(effect.disposition),
            counted=counted,
            ended_at=row.ended_at or effect.at,
            cause=effect.cause,
            tech_cause=effect.tech_cause,
            dial_status=effect.dial_status,
            reason=effect.reason,
            note=effect.note,
            agent=row.agent or effect.agent,
        )
    )
    await _settle(connection, row, effect, effect.outcome, counted=counted)


async def _amend(connection: AsyncConnection, effect: AmendAttempt) -> None:
    row = await _load(connection, effect.attempt)
    if row.outcome is None:
        raise AttemptOpenError(effect.attempt)
    outcome = outcome_of(effect.disposition)
    if not rule_of(Outcome(row.outcome)).amendable:
        raise AttemptEndedError(effect.attempt, row.outcome)
    await _refuse_word(connection, row, effect)
    await connection.execute(
        update(schema.attempt)
        .where(schema.attempt.c.id == effect.attempt, schema.attempt.c.outcome == row.outcome)
        .values(
            outcome=outcome.value,
            disposition=effect.disposition.value,
            counted=rule_of(outcome).counted and row.sent_at is not None,
            note=effect.note or row.note,
        )
    )
    await _settle(connection, row, effect, outcome, counted=row.counted)


async def _refuse_word(connection: AsyncConnection, row: AnyRow, word: AmendAttempt) -> None:
    """What the engine asks of the word for a call at hand (R3, R4) is asked of a late one here."""
    campaign, _ = await load_campaign(connection, row.campaign_id)
    if word.disposition not in dispositions_of(campaign.kind):
        raise DispositionNotOfKindError(row.id, word.disposition, campaign.kind)
    if word.appointment_at is not None:
        contact = (await load_one(connection, row.contact_id)).contact
        refuse_if_impossible(contact, campaign, word.appointment_at, word.at)


async def _settle(
    connection: AsyncConnection,
    row: AnyRow,
    effect: EndAttempt | AmendAttempt,
    outcome: Outcome,
    *,
    counted: bool,
) -> None:
    campaign, _ = await load_campaign(connection, row.campaign_id)
    ended = EndedAttempt(
        id=row.id,
        contact_id=row.contact_id,
        number_id=row.number_id,
        agent=row.agent,
        placed_at=row.sent_at or row.claimed_at,
        counted=counted,
        outcome=outcome,
    )
    appointment = None
    if effect.disposition is Disposition.APPOINTMENT and effect.appointment_at is not None:
        appointment = NewAppointment(
            at=effect.appointment_at,
            made_by=row.agent or "",
            made_at=effect.at,
            agent=effect.appointment_agent,
        )
    await settle_contact(connection, ended, campaign, effect.at, appointment)


def _word(disposition: Disposition | None) -> str | None:
    return None if disposition is None else disposition.value


async def _save_slot(connection: AsyncConnection, effect: SaveSlot) -> None:
    """One person a slot: who sat there before, sits there no more."""
    agents = schema.agent
    if effect.slot is not None:
        await connection.execute(
            update(agents)
            .where(agents.c.slot == effect.slot, agents.c.login != effect.agent)
            .values(slot=None)
        )
    await connection.execute(
        update(agents).where(agents.c.login == effect.agent).values(slot=effect.slot)
    )
