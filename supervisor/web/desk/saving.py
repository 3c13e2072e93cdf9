"""The agent's word on a call, saved: outcome, note, answers, promise; and what the agent does next.

Owns: the order in which it is saved, so that whatever was told as saved is saved (I6), and which
outcomes a word may have. The outcome itself is the engine's to write, as from any other door.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from campaigns.forms import Form, faults_in, kept
from campaigns.outcomes import Disposition
from campaigns.phone.numbers import caller_e164
from dialer.agents import State, Status, is_break_reason
from dialer.effects import Reply, ReplyCode
from dialer.messages import Dispose, FinishWrapUp, PauseAgent
from store.call_notes import CallNote, InboundResult, save_note
from store.contacts import Contacts
from store.drafts import Drafts
from store.errors import StoreError
from store.form_answers import FilledForm, keep_answers
from store.own_calls import caller_of, own_attempt
from supervisor.web.desk.agent_desks import NOTES
from supervisor.web.desk.bodies import WordBody
from supervisor.web.desk.booking import Clock, judged
from supervisor.web.desk.parts import Sitter
from supervisor.web.desk.refusals import conflict, refuse_unless_done, unfit

_Words = TypeVar("_Words", Disposition, InboundResult)

COMPLETE = frozenset({Disposition.SUCCESS, Disposition.SUCCESS_PROXY})
"""With these the questionnaire is done: what must be answered has to be there."""


async def save_word(sitter: Sitter, word: WordBody) -> None:
    """Save it; returns when it is committed.

    Raises:
        Problem: it is not saved, or not all of it; the page keeps what was typed.
        StoreError: the same, because the database does not answer.
    """
    refuse_reason(word.reason)
    if word.direction == "outbound":
        await _save_outbound(sitter, word)
    else:
        await _save_inbound(sitter, word)
    sitter.parts.desks.saved(sitter.agent, word.call)
    await _go_on(sitter, word)


# ── calls of ours ────────────────────────────────────────────────────────────────────────


async def _save_outbound(sitter: Sitter, word: WordBody) -> None:
    disposition = _known(Disposition, word.outcome)
    contact = await _contact_of(sitter, word.call)
    at = await _promised_at(sitter, word, disposition, contact)
    filled = _filled(sitter, word, contact, complete=disposition in COMPLETE)
    if filled is not None:
        async with sitter.parts.database.writing() as connection:
            await keep_answers(connection, filled)
    note = f"[{word.who}] {word.note}".rstrip() if word.who else word.note
    reply = await sitter.command(
        lambda ref: Dispose(
            ref=ref,
            agent=sitter.agent,
            attempt=word.call,
            disposition=disposition,
            appointment_at=at,
            note=note,
            appointment_agent=sitter.agent if word.mine and at is not None else None,
        )
    )
    if not await _said_the_same(sitter, word.call, disposition, reply):
        refuse_unless_done(reply)
    # A word that is in the journal is saved, also while the database is away.
    with suppress(StoreError):
        await Drafts(sitter.parts.database).drop(sitter.agent, word.call)


async def _contact_of(sitter: Sitter, attempt: str) -> int:
    """Whom the call was for, asked before anything is written.

    The engine takes a late word by the call alone: whose it is, is asked here.

    Raises:
        Problem: it is not this agent's.
    """
    live = sitter.parts.loop.engine.board.get(attempt)
    if live is not None:
        own = None if live.agent != sitter.agent else live.contact_id
    else:
        found = await own_attempt(sitter.parts.database, attempt, sitter.agent)
        own = None if found is None else found.contact
    if own is None:
        raise conflict(ReplyCode.NO_CALL_TO_DISPOSE.value, "there is no such call of yours")
    return own


async def _said_the_same(
    sitter: Sitter, attempt: str, disposition: Disposition, reply: Reply
) -> bool:
    """Whether this very word is on file: it was sent again because its answer was lost."""
    if reply.code is not ReplyCode.ALREADY_DISPOSED:
        return False
    found = await own_attempt(sitter.parts.database, attempt, sitter.agent)
    return found is not None and found.disposition is disposition


async def _promised_at(
    sitter: Sitter, word: WordBody, disposition: Disposition, contact: int
) -> datetime | None:
    """The promised time, if it may be promised; the refusal brings what may be (R4)."""
    if disposition is not Disposition.APPOINTMENT:
        return None
    if word.appointment_at is None:
        raise unfit(ReplyCode.APPOINTMENT_NEEDS_TIME.value, "an appointment needs its time")
    record = await Contacts(sitter.parts.database).show(contact)
    site = ZoneInfo(sitter.parts.settings().site.zone)
    clock = Clock.of(record, site, sitter.now)
    at = read_time(clock, word.appointment_at)
    told = judged(clock, at)
    if told["fault"] is not None:
        raise conflict("appointment_refused", "that time is not allowed", told)
    return at


def read_time(clock: Clock, text: str) -> datetime:
    """A typed time.

    Raises:
        Problem: it is none.
    """
    try:
        return clock.read(text)
    except ValueError:
        raise unfit("no_time", "that is no time") from None


# ── calls that came in ───────────────────────────────────────────────────────────────────


async def _save_inbound(sitter: Sitter, word: WordBody) -> None:
    result = _known(InboundResult, word.outcome)
    # Only who has come up in the agent's work; nobody is found by trying numbers.
    known = word.contact is not None and sitter.parts.desks.sees(sitter.agent, word.contact)
    contact = word.contact if known else None
    note = CallNote(
        call=word.call,
        agent=sitter.agent,
        at=sitter.now,
        result=result,
        e164=await caller_number(sitter, word.call),
        contact=contact,
        name=word.name,
        note=word.note,
    )
    filled = _filled(sitter, word, contact, complete=result is InboundResult.RESOLVED)
    await save_note(sitter.parts.database, note, filled)
    await sitter.command(lambda ref: FinishWrapUp(ref=ref, agent=sitter.agent))


async def caller_number(sitter: Sitter, call: str) -> str:
    """Who called, in E.164; empty where it was withheld.

    Raises:
        Problem: it is no call of this agent's.
    """
    card = sitter.card(call)
    if card is not None:
        return caller_e164(card.offer.number, sitter.parts.settings().inbound.country)
    number = await caller_of(sitter.parts.database, call, sitter.agent)
    if number is None:
        raise conflict(ReplyCode.NO_CALL_TO_DISPOSE.value, "there is no such call of yours")
    return number


# ── both ─────────────────────────────────────────────────────────────────────────────────


def _known(words: type[_Words], outcome: str) -> _Words:
    try:
        return words(outcome)
    except ValueError:
        raise unfit("no_outcome", "there is no such outcome") from None


def _filled(
    sitter: Sitter, word: WordBody, contact: int | None, *, complete: bool
) -> FilledForm | None:
    form = _form(sitter, word)
    if form is None or not (word.answers or complete):
        return None
    faults = faults_in(form, word.answers, complete=complete)
    if faults:
        told = {name: fault.value for name, fault in faults.items()}
        raise conflict("answers_unfit", "some answers do not fit", {"answers": told})
    answers = kept(form, word.answers)
    if not answers:
        return None
    return FilledForm(
        call=word.call,
        form=form.name,
        agent=sitter.agent,
        at=sitter.now,
        answers=answers,
        contact=contact,
    )


def _form(sitter: Sitter, word: WordBody) -> Form | None:
    """The form that the page has shown. One that is there no more must not swallow its answers."""
    form = sitter.parts.forms.named(sitter.parts.settings().paths.forms, word.form)
    if form is None and word.answers:
        raise conflict("no_form", "the questionnaire of these answers is gone")
    return form


def refuse_reason(reason: str) -> None:
    """Let a reason of a break pass, or none.

    Raises:
        Problem: the queues would not take it.
    """
    if reason and not is_break_reason(reason):
        raise unfit("no_reason", "that cannot be the reason of a break")


async def _go_on(sitter: Sitter, word: WordBody) -> None:
    """Ready, or on a break. Whoever was kept back only for these words is let go."""
    agent = sitter.parts.loop.engine.floor.get(sitter.agent)
    if agent is None or agent.state is State.AWAY:
        return
    kept_back = agent.status is Status.ON_BREAK and agent.pause_reason == NOTES
    if word.then == "not_ready":
        await _pause(sitter, word.reason or "break")
    elif kept_back or (word.then == "ready" and agent.status is Status.ON_BREAK):
        await _pause(sitter, None)


async def _pause(sitter: Sitter, reason: str | None) -> None:
    await sitter.command(lambda ref: PauseAgent(ref=ref, agent=sitter.agent, reason=reason))
