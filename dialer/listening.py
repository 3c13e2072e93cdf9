"""Listening: a supervisor's phone hears an agent's talks, whispers to the agent, or barges in.

Owns: which phone hears whom and how, from the wish until the phone is hung up. A wish is entered
in the ledger before any phone rings. The phone follows the agent from talk to talk and hears
nobody in between, and a barge-in ends with its talk: the next customer is only listened to. Must
not know how the switch lets anybody hear. Pure: returns effects.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from campaigns.ledger import EntryKind
from dialer.effects import Effect, HangUp, LetHear, ListenMode, ReplyCode, RingSupervisor
from dialer.floor import Floor
from dialer.interventions import EAR, ENTER_WITHIN_S, SETTLES_S, Ids, answer, entry, talk_of, who
from dialer.messages import ListenTo, Now, StopListening
from dialer.switch_events import CallOriginated, NotHeard, SupervisorThere, SwitchSurveyed

RING_TIMEOUT_S = 20
TELL_AFTER_S = 3.0
"""Who waits for the answer is told that the phone rings, when it is not answered by then."""

_PHONE = re.compile(r"[A-Za-z0-9]{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ear:
    """One phone. `talk`: the one in which the wish was told, the only one to be barged into.

    `told`: the supervisor has an answer. `heard`: the slot and mode that the switch was told last;
    None: to be told.
    """

    call: str
    wish: ListenTo
    slot: str
    talk: str
    since_mono: float
    there: bool = False
    ending: bool = False
    told: bool = False
    heard: tuple[str, ListenMode | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """A command whose entry is being written."""

    command: ListenTo
    until_mono: float


class Listening:
    """Supervisors' phones. `dial_string()`: how one is called, with `{number}` in it."""

    def __init__(self, floor: Floor, ids: Ids, dial_string: Callable[[], str]) -> None:
        self._floor = floor
        self._ids = ids
        self._dial_string = dial_string
        self._wishes: dict[str, _Wish] = {}
        self._ears: dict[str, _Ear] = {}
        self._phone_of: dict[str, str] = {}

    # ── what is wanted ───────────────────────────────────────────────────────────────────

    def listen(self, command: ListenTo, now: Now) -> list[Effect]:
        """Enter it in the ledger; the phone rings once that is done."""
        if refused := self._refusal(command):
            return [answer(command, refused, **_facts(command))]
        ref = self._ids.next("listen:", now)
        self._wishes[ref] = _Wish(command=command, until_mono=now.mono + ENTER_WITHIN_S)
        talk = talk_of(self._floor.get(command.agent))
        kind = EntryKind.AGENT_LISTENED_TO
        what = f"{command.mode} {command.phone}"
        return [replace(entry(kind, command.agent, command, now, what=what, call=talk), ref=ref)]

    def _refusal(self, command: ListenTo) -> ReplyCode | None:
        agent = who(self._floor, command.agent)
        if isinstance(agent, ReplyCode):
            return agent
        if not _PHONE.fullmatch(command.phone):
            return ReplyCode.BAD_PHONE
        if command.mode is ListenMode.BARGE and not talk_of(agent):
            return ReplyCode.AGENT_NOT_IN_CALL
        ear = self._ears.get(command.phone)
        taken = ear is not None and (ear.ending or ear.wish.by != command.by)
        return ReplyCode.PHONE_IN_USE if taken else None

    def entered(self, ref: str, now: Now) -> list[Effect]:
        """The ledger has it: ring, or let the phone that is there hear otherwise."""
        wish = self._wishes.pop(ref, None)
        if wish is None:
            return []
        command = wish.command
        agent = who(self._floor, command.agent)
        if refused := self._refusal(command):
            return [answer(command, refused, **_facts(command))]
        slot = "" if isinstance(agent, ReplyCode) else agent.slot or ""
        ear = self._ears.get(command.phone)
        if ear is None:
            return self._ring(command, slot, now)
        effects: list[Effect] = [] if ear.told else [_told(ear, "rings")]
        talk = talk_of(self._floor.get(command.agent))
        ear = replace(ear, wish=command, slot=slot, talk=talk, told=False, since_mono=now.mono)
        self._ears[command.phone] = ear
        return effects + (self._let_hear(ear) if ear.there else [])

    def _ring(self, command: ListenTo, slot: str, now: Now) -> list[Effect]:
        call = self._ids.next(EAR, now)
        talk = talk_of(self._floor.get(command.agent))
        ear = _Ear(call=call, wish=command, slot=slot, talk=talk, since_mono=now.mono)
        self._ears[command.phone] = ear
        self._phone_of[call] = command.phone
        dialed = self._dial_string().replace("{number}", command.phone)
        return [
            RingSupervisor(
                call=call,
                dial_string=dialed,
                shows=command.agent,
                ring_timeout_s=RING_TIMEOUT_S,
            )
        ]

    def not_entered(self, ref: str) -> list[Effect]:
        """The ledger does not take it: nobody hears anything."""
        wish = self._wishes.pop(ref, None)
        return [] if wish is None else [answer(wish.command, ReplyCode.NOT_ENTERED)]

    def stop(self, command: StopListening) -> list[Effect]:
        """The supervisor has heard enough."""
        ear = self._ears.get(command.phone)
        if ear is None:
            return [answer(command, ReplyCode.NOBODY_LISTENS, phone=command.phone)]
        return [*self._end(ear), answer(command, agent=ear.wish.agent, phone=command.phone)]

    # ── what the switch says ─────────────────────────────────────────────────────────────

    def there(self, event: SupervisorThere) -> list[Effect]:
        """Somebody has answered, or is back from a talk; an unknown phone is let go."""
        ear = self._ear_at(event.call)
        if ear is None:
            return [HangUp(call=event.call)] if event.call.startswith(EAR) else []
        ear = replace(ear, there=True, heard=(ear.slot, None))
        self._ears[ear.wish.phone] = ear
        return self._let_hear(ear)

    def originated(self, event: CallOriginated, now: Now) -> list[Effect]:
        """The switch's verdict on the ringing."""
        return [] if event.success else self.gone(event.call, now)

    def not_heard(self, event: NotHeard, now: Now) -> list[Effect]:
        """The switch does not do it."""
        code = ReplyCode.DIALPLAN_LACKS if event.lacks else ReplyCode.PHONE_NOT_REACHED
        return self.gone(event.call, now, code)

    def gone(
        self, call: str, now: Now, code: ReplyCode = ReplyCode.PHONE_NOT_REACHED
    ) -> list[Effect]:
        """The phone is hung up, or was not reached."""
        ear = self._ear_at(call)
        if ear is None:
            return []
        command = ear.wish
        del self._phone_of[call], self._ears[command.phone]
        what = f"over {command.phone}" if ear.there else f"not reached {command.phone}"
        over = entry(EntryKind.AGENT_LISTENED_TO, command.agent, command, now, what=what)
        if ear.told or ear.there:
            return [over]
        return [over, answer(command, code, **_facts(command))]

    def surveyed(self, survey: SwitchSurveyed, now: Now, *, after_silence: bool) -> list[Effect]:
        """Who is not there any more is gone, who is unknown is let go.

        `after_silence`: the link was away, and nobody knows what was done of what was asked.
        """
        effects: list[Effect] = []
        for call in [ear.call for ear in self._ears.values() if _is_missed(ear, survey, now)]:
            effects += self.gone(call, now)
        # The far half of a Local channel has a semicolon in its id.
        strangers = (one for one in survey.calls if one.startswith(EAR) and ";" not in one)
        effects += [HangUp(call=one) for one in strangers if one not in self._phone_of]
        if after_silence:
            self._ears = {phone: replace(ear, heard=None) for phone, ear in self._ears.items()}
        return effects

    # ── from talk to talk ────────────────────────────────────────────────────────────────

    def follow(self) -> list[Effect]:
        """After each message: what each phone is to hear now."""
        effects: list[Effect] = []
        for ear in list(self._ears.values()):
            if ear.ending:
                continue
            agent = who(self._floor, ear.wish.agent)
            if isinstance(agent, ReplyCode) or agent.slot != ear.slot:
                effects += self._end(ear)
            elif ear.there:
                effects += self._let_hear(ear)
        return effects

    def _let_hear(self, ear: _Ear) -> list[Effect]:
        talk = talk_of(self._floor.get(ear.wish.agent))
        if ear.wish.mode is ListenMode.BARGE and talk != ear.talk:
            ear = replace(ear, wish=replace(ear.wish, mode=ListenMode.LISTEN))
        wanted = (ear.slot, ear.wish.mode if talk else None)
        effects: list[Effect] = []
        if ear.heard != wanted:
            effects.append(LetHear(call=ear.call, slot=ear.slot, mode=wanted[1]))
        if not ear.told:
            effects.append(_told(ear, "hears" if talk else "waits"))
        self._ears[ear.wish.phone] = replace(ear, heard=wanted, told=True)
        return effects

    def _end(self, ear: _Ear) -> list[Effect]:
        self._ears[ear.wish.phone] = replace(ear, ending=True)
        return [HangUp(call=ear.call)]

    def tick(self, now: Now) -> list[Effect]:
        """Nobody waits for an answer for long."""
        effects: list[Effect] = []
        for ref in [ref for ref, one in self._wishes.items() if now.mono >= one.until_mono]:
            effects += self.not_entered(ref)
        for phone, ear in self._ears.items():
            if not ear.told and not ear.there and now.mono >= ear.since_mono + TELL_AFTER_S:
                self._ears[phone] = replace(ear, told=True)
                effects.append(_told(ear, "rings"))
        return effects

    def _ear_at(self, call: str) -> _Ear | None:
        return self._ears.get(self._phone_of.get(call, ""))

    # ── what others may know ─────────────────────────────────────────────────────────────

    def listeners(self) -> list[dict[str, str]]:
        """Who hears whom, for the supervisors' views."""
        return [
            {
                "phone": phone,
                "agent": ear.wish.agent,
                "mode": ear.wish.mode.value,
                "by": ear.wish.by,
                "state": _state(ear),
            }
            for phone, ear in self._ears.items()
            if not ear.ending
        ]


def _is_missed(ear: _Ear, survey: SwitchSurveyed, now: Now) -> bool:
    """A list of the switch may be older than a phone that rings since a moment ago."""
    return ear.call not in survey.calls and now.mono >= ear.since_mono + SETTLES_S


def _state(ear: _Ear) -> str:
    if not ear.there:
        return "rings"
    return "waits" if ear.heard is None or ear.heard[1] is None else "hears"


def _told(ear: _Ear, state: str) -> Effect:
    return answer(ear.wish, ReplyCode.OK, state=state, **_facts(ear.wish))


def _facts(command: ListenTo) -> dict[str, str]:
    return {"agent": command.agent, "phone": command.phone, "mode": command.mode.value}
