"""After the call: wrap-up and the agent's word.

Owns: the wrap-up clock, dispositions while talking, in wrap-up and late, and the check of an
appointment before it is promised. Nothing is confirmed to an agent before it is committed.
Pure: returns effects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.appointments import AppointmentFault, AppointmentRefusal, check_appointment
from campaigns.campaign import dispositions_of
from campaigns.campaign_hours import hours_in
from campaigns.outcomes import Disposition, Outcome, outcome_of
from dialer.board import Board
from dialer.calls import Call, CallState, Signal
from dialer.effects import AmendAttempt, Effect, EndAttempt, NoteProgress, Reply, ReplyCode
from dialer.late_words import LateWords
from dialer.messages import Amended, Dispose, Now, UndisposedCall

FAULT_CODES: Mapping[AppointmentFault, ReplyCode] = {
    AppointmentFault.PAST: ReplyCode.APPOINTMENT_IN_PAST,
    AppointmentFault.OUTSIDE_WINDOW: ReplyCode.APPOINTMENT_OUTSIDE_WINDOW,
}


WRAP_UP_S = 60
"""For a talk whose campaign is not on file: found alive on the switch, its record gone."""

HERE_KEPT = 10_000
"""So many undisposed calls of this run are remembered for the figures; older ones stay as told."""


class Afterwork:
    """Wrap-ups and dispositions."""

    def __init__(self, board: Board, late_words: LateWords) -> None:
        self._board = board
        self._late_words = late_words
        self._here: dict[str, int] = {}

    # ── wrap-up ──────────────────────────────────────────────────────────────────────────

    def begin(self, call: Call, now: Now) -> list[Effect]:
        """The talk is over: the agent wraps up, unless the word is already in."""
        if call.disposition is not None:
            return self._hung_up_after_word(call, now)
        desk = self._board.desks.get(call.campaign_id)
        limit_s = desk.campaign.wrap_up_s if desk else WRAP_UP_S
        if call.stopping:
            return self._board.end(call, Outcome.STOPPED, now)
        if not self._board.step(call, Signal.HANG_UP, due_mono=now.mono + limit_s):
            return []
        self._board.statistics.call_hung_up(call.attempt, now=now)
        note = NoteProgress(attempt=call.attempt, ended_at=now.utc)
        if not self._board.has_agent(call):
            return [note]
        return [note, *self._board.floor.disconnect(call.agent, limit_s, now)]

    def _hung_up_after_word(self, call: Call, now: Now) -> list[Effect]:
        assert call.disposition is not None  # noqa: S101  tells mypy what `begin` has seen
        self._board.drop(call)
        outcome = outcome_of(call.disposition)
        self._board.statistics.call_ended(call.attempt, outcome=outcome, now=now)
        note = NoteProgress(attempt=call.attempt, ended_at=now.utc)
        return [note, *self._board.free_agent(call, now)]

    def tick(self, now: Now) -> list[Effect]:
        """Wrap-ups at their limit end as undisposed: never invented, amendable later."""
        effects: list[Effect] = []
        for call in self._board.overdue(now):
            if call.state is CallState.WRAP_UP:
                effects += self.give_up(call, now)
        return effects

    def give_up(self, call: Call, now: Now) -> list[Effect]:
        """No word came in time."""
        self._late_words.left(UndisposedCall(attempt=call.attempt, agent=call.agent))
        if self._board.statistics.counts(call.attempt):
            self._here[call.attempt] = call.campaign_id
        if len(self._here) > HERE_KEPT:
            del self._here[next(iter(self._here))]
        return self._board.end(call, Outcome.UNDISPOSED, now)

    # ── the agent's word ─────────────────────────────────────────────────────────────────

    def dispose(self, word: Dispose, now: Now) -> list[Effect]:
        """Take the agent's word for the call at hand, or for one that was left undisposed."""
        owed = [word.attempt] if word.attempt else self._owed_by(word.agent or "")
        if not owed:
            return [Reply(ref=word.ref, code=ReplyCode.NO_CALL_TO_DISPOSE)]
        *earlier, attempt = owed
        call = self._board.get(attempt)
        if earlier and call is not None and call.state is CallState.TALKING:
            # Who types while the next customer is put through means the call before; `refused`
            # would bar the wrong person for good.
            facts = {"earlier": earlier[-1], "current": attempt}
            return [Reply(ref=word.ref, code=ReplyCode.WHICH_CALL, facts=facts)]
        if word.disposition is Disposition.APPOINTMENT and word.appointment_at is None:
            return [Reply(ref=word.ref, code=ReplyCode.APPOINTMENT_NEEDS_TIME)]
        if call is None:
            return [self._amendment(attempt, word, now)]
        return self._dispose_live(call, word, now)

    def _owed_by(self, login: str) -> list[str]:
        """The calls that a word of this agent's may mean: oldest first, the one at hand last.

        Who is kept for the next call, or whose phone has gone since, still owes the word for the
        call before.
        """
        agent = self._board.floor.get(login)
        at_hand = None if agent is None else agent.attempt
        live = [
            call.attempt
            for call in self._board
            if call.agent == login
            and call.state in (CallState.TALKING, CallState.WRAP_UP)
            and (call.attempt == at_hand or not self._late_words.is_passed(login, call.attempt))
        ]
        owed = {*live, *self._late_words.meant_by(login)}
        return sorted(owed, key=lambda attempt: (attempt == at_hand, attempt))

    def amended(self, word: Amended, now: Now) -> None:
        """A late word is committed: it replaces `undisposed` in the figures as well."""
        self._late_words.given(word.attempt)
        # A call that an earlier run of the engine placed is in no figure of this one.
        desk = self._board.desks.get(self._here.pop(word.attempt, 0))
        if desk is not None:
            self._board.statistics.outcome_amended(
                desk.campaign.name,
                before=Outcome.UNDISPOSED,
                after=outcome_of(word.disposition),
                now=now,
            )

    def _amendment(self, attempt: str, word: Dispose, now: Now) -> AmendAttempt:
        return AmendAttempt(
            attempt=attempt,
            disposition=word.disposition,
            at=now.utc,
            appointment_at=word.appointment_at,
            note=word.note,
            appointment_agent=word.appointment_agent,
            reply=word.ref,
        )

    def _dispose_live(self, call: Call, word: Dispose, now: Now) -> list[Effect]:
        somebody_elses = word.agent not in (None, call.agent)
        if somebody_elses or call.state not in (CallState.TALKING, CallState.WRAP_UP):
            return [Reply(ref=word.ref, code=ReplyCode.NO_CALL_TO_DISPOSE)]
        if call.disposition is not None:
            return [Reply(ref=word.ref, code=ReplyCode.ALREADY_DISPOSED)]
        if not self._fits_kind(call, word.disposition):
            return [Reply(ref=word.ref, code=ReplyCode.DISPOSITION_NOT_OF_KIND)]
        refusal = self._refusal(call, word.appointment_at, now)
        if refusal is not None:
            return [_refused(word.ref, refusal)]
        written = self._written(call, word, now)
        self._late_words.spoke(call.agent, call.attempt)
        if call.state is CallState.TALKING:
            self._board.put(replace(call, disposition=word.disposition))
            return [written]
        self._board.drop(call)
        outcome = outcome_of(word.disposition)
        self._board.statistics.call_ended(call.attempt, outcome=outcome, now=now)
        return [written, *self._board.free_agent(call, now)]

    def _fits_kind(self, call: Call, disposition: Disposition) -> bool:
        """Whether a campaign of that kind knows the word (R3)."""
        desk = self._board.desks.get(call.campaign_id)
        return desk is None or disposition in dispositions_of(desk.campaign.kind)

    def _refusal(self, call: Call, at: datetime | None, now: Now) -> AppointmentRefusal | None:
        desk = self._board.desks.get(call.campaign_id)
        if at is None or desk is None:
            return None
        zone = ZoneInfo(call.zone) if call.zone else None
        return check_appointment(at, hours_in(desk.campaign, zone), now.utc)

    def _written(self, call: Call, word: Dispose, now: Now) -> EndAttempt:
        return EndAttempt(
            attempt=call.attempt,
            outcome=outcome_of(word.disposition),
            at=now.utc,
            disposition=word.disposition,
            appointment_at=word.appointment_at,
            note=word.note,
            cause=call.word.cause,
            tech_cause=call.word.tech_cause,
            dial_status=call.word.dial_status,
            reason=call.word.reason,
            appointment_agent=word.appointment_agent,
            reply=word.ref,
        )


def _refused(ref: str, refusal: AppointmentRefusal) -> Reply:
    nearest = {"before": refusal.before, "after": refusal.after}
    facts = {name: at.isoformat() for name, at in nearest.items() if at is not None}
    return Reply(ref=ref, code=FAULT_CODES[refusal.fault], facts=facts)
