"""What the writer says of each write, told on to the engine and to those who wait for an answer.

Owns: the codes and facts of an agent's word that is saved, kept for later, or refused. Must not
know how anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from campaigns.appointments import AppointmentFault
from dialer.afterwork import FAULT_CODES
from dialer.effects import (
    AmendAttempt,
    EndAttempt,
    EnterAct,
    KeepPlace,
    Reply,
    ReplyCode,
    SaveSlot,
)
from dialer.messages import ActEntered, Amended, Message, PlaceKept, SlotSaved, StoreFailed
from store.errors import (
    AppointmentRefusedError,
    AttemptEndedError,
    AttemptOpenError,
    DispositionNotOfKindError,
    NotKeptError,
    StoreError,
    UnknownAttemptError,
)
from store.outcomes import WriteEffect

log = structlog.get_logger()

IN_JOURNAL = {"kept": "journal"}
"""What an answer says beside OK, of a word that the database will get later."""

REPLY_OF: Mapping[type[StoreError], ReplyCode] = {
    AttemptEndedError: ReplyCode.ALREADY_DISPOSED,
    AttemptOpenError: ReplyCode.NO_CALL_TO_DISPOSE,
    UnknownAttemptError: ReplyCode.NO_CALL_TO_DISPOSE,
    NotKeptError: ReplyCode.NOT_SAVED_YET,
    AppointmentRefusedError: ReplyCode.APPOINTMENT_OUTSIDE_WINDOW,
    DispositionNotOfKindError: ReplyCode.DISPOSITION_NOT_OF_KIND,
}


class Answers:
    """`put` hands a message to the engine; `reply` answers whoever gave the word."""

    def __init__(self, *, put: Callable[[Message], None], reply: Callable[[Reply], None]) -> None:
        self._put = put
        self._reply = reply

    def written(self, effect: WriteEffect) -> None:
        """It is committed."""
        self._on_the_disk(effect, {})

    def kept(self, effect: WriteEffect) -> None:
        """It is in the journal: the database will get it later."""
        log.info("word.kept_in_journal", attempt=getattr(effect, "attempt", None))
        self._on_the_disk(effect, IN_JOURNAL)

    def _on_the_disk(self, effect: WriteEffect, facts: dict[str, str]) -> None:
        if isinstance(effect, AmendAttempt):
            self._put(Amended(attempt=effect.attempt, disposition=effect.disposition))
        if isinstance(effect, SaveSlot):
            self._put(SlotSaved(ref=effect.ref))
        if isinstance(effect, KeepPlace) and effect.ref:
            self._put(PlaceKept(ref=effect.ref))
        if isinstance(effect, EnterAct) and effect.ref:
            self._put(ActEntered(ref=effect.ref))
        if isinstance(effect, EndAttempt | AmendAttempt) and effect.reply:
            self._reply(Reply(ref=effect.reply, code=ReplyCode.OK, facts=facts))

    def not_written(self, effect: WriteEffect, error: StoreError) -> None:
        """It was refused, or is neither in the database nor in the journal."""
        log.error("write.refused", kind=type(effect).__name__, fault=str(error))
        if isinstance(effect, EndAttempt | AmendAttempt) and effect.reply:
            self._reply(_refusal(effect, error))
        if isinstance(effect, SaveSlot) or (
            isinstance(effect, KeepPlace | EnterAct) and effect.ref
        ):
            self._put(StoreFailed(ref=effect.ref, text=str(error)))


def _refusal(effect: EndAttempt | AmendAttempt, error: StoreError) -> Reply:
    """Why the agent's word was not taken; of a time, with the nearest ones that would do."""
    code = REPLY_OF.get(type(error), ReplyCode.STORE_FAILED)
    facts = {"text": str(error)}
    if isinstance(error, AppointmentRefusedError) and effect.appointment_at is not None:
        code = FAULT_CODES[AppointmentFault(error.reason)]
        for offer in error.nearest:
            earlier = datetime.fromisoformat(offer) < effect.appointment_at
            facts["before" if earlier else "after"] = offer
    return Reply(ref=effect.reply, code=code, facts=facts)
