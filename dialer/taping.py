"""Recording on demand: one agent's talk, from the moment somebody asks to its end.

Owns: which talks are recorded, and into which file: its name has the call's id and the moment,
and no number. It is entered in the ledger before. Must not know how the switch writes a file.
Pure: returns effects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from campaigns.ledger import EntryKind
from dialer.effects import Effect, HangUp, RecordTalk, ReplyCode
from dialer.floor import Floor
from dialer.interventions import ENTER_WITHIN_S, SETTLES_S, TAPE, Ids, answer, entry, talk_of, who
from dialer.messages import Now, RecordAgent
from dialer.switch_events import CallOriginated, NotHeard, SwitchSurveyed

_ODD = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tape:
    """A talk that is recorded, or is to be. `call`: the channel that does; "" before it is.

    `until_mono`: till when the ledger, and then the switch, has time to know it.
    """

    command: RecordAgent
    talk: str
    file: str
    call: str = ""
    until_mono: float = 0.0
    told: bool = False
    ending: bool = False


class Taping:
    """The tapes, by agent."""

    def __init__(self, floor: Floor, ids: Ids) -> None:
        self._floor = floor
        self._ids = ids
        self._wishes: dict[str, _Tape] = {}
        self._tapes: dict[str, _Tape] = {}

    # ── what is wanted ───────────────────────────────────────────────────────────────────

    def record(self, command: RecordAgent, now: Now) -> list[Effect]:
        """Begin, once the ledger has it; or end."""
        agent = who(self._floor, command.agent)
        if isinstance(agent, ReplyCode):
            return [answer(command, agent, agent=command.agent)]
        tape = self._tapes.get(command.agent)
        if not command.on:
            return self._stop(command, tape, now)
        talk = talk_of(agent)
        if not talk:
            return [answer(command, ReplyCode.AGENT_NOT_IN_CALL, agent=command.agent)]
        if tape is not None and tape.talk == talk and not tape.ending:
            return [answer(command, file=tape.file)]
        file = f"{_ODD.sub('-', talk)}-{now.utc:%Y%m%dT%H%M%SZ}"
        ref = self._ids.next("record:", now)
        until_mono = now.mono + ENTER_WITHIN_S
        self._wishes[ref] = _Tape(command=command, talk=talk, file=file, until_mono=until_mono)
        noted = entry(EntryKind.AGENT_RECORDED, command.agent, command, now, what=file, call=talk)
        return [replace(noted, ref=ref)]

    def _stop(self, command: RecordAgent, tape: _Tape | None, now: Now) -> list[Effect]:
        if tape is None or tape.ending:
            return [answer(command, ReplyCode.NOT_RECORDED, agent=command.agent)]
        kind, what = EntryKind.AGENT_RECORDED, f"over {tape.file}"
        noted = entry(kind, command.agent, command, now, what=what, call=tape.talk)
        return [*self._end(tape), noted, answer(command, file=tape.file)]

    def entered(self, ref: str, now: Now) -> list[Effect]:
        """The ledger has it: record, if they still talk."""
        tape = self._wishes.pop(ref, None)
        if tape is None:
            return []
        command = tape.command
        agent = self._floor.get(command.agent)
        if agent is None or talk_of(agent) != tape.talk:
            return [answer(command, ReplyCode.AGENT_NOT_IN_CALL, agent=command.agent)]
        if command.agent in self._tapes:
            return [answer(command, file=self._tapes[command.agent].file)]
        call = self._ids.next(TAPE, now)
        until_mono = now.mono + SETTLES_S
        self._tapes[command.agent] = replace(tape, call=call, until_mono=until_mono)
        return [RecordTalk(call=call, slot=agent.slot or "", file=tape.file)]

    def not_entered(self, ref: str) -> list[Effect]:
        """The ledger does not take it: nothing is recorded."""
        tape = self._wishes.pop(ref, None)
        return [] if tape is None else [answer(tape.command, ReplyCode.NOT_ENTERED)]

    # ── what the switch says ─────────────────────────────────────────────────────────────

    def originated(self, event: CallOriginated) -> list[Effect]:
        """It writes, or it does not."""
        if not event.success:
            return self.gone(event.call)
        tape = self._tape_at(event.call)
        if tape is None:
            return [HangUp(call=event.call)] if event.call.startswith(TAPE) else []
        self._tapes[tape.command.agent] = replace(tape, told=True)
        return [answer(tape.command, file=tape.file)]

    def not_heard(self, event: NotHeard) -> list[Effect]:
        """The switch does not do it."""
        code = ReplyCode.DIALPLAN_LACKS if event.lacks else ReplyCode.RECORDING_FAILED
        return self.gone(event.call, code)

    def gone(self, call: str, code: ReplyCode = ReplyCode.RECORDING_FAILED) -> list[Effect]:
        """The channel that wrote is hung up, or never came to be."""
        tape = self._tape_at(call)
        if tape is None:
            return []
        del self._tapes[tape.command.agent]
        return [] if tape.told else [answer(tape.command, code, agent=tape.command.agent)]

    def surveyed(self, survey: SwitchSurveyed, now: Now) -> list[Effect]:
        """Which tapes still run, and which nobody knows."""
        effects: list[Effect] = []
        old = [one for one in self._tapes.values() if now.mono >= one.until_mono]
        for tape in [one for one in old if one.call not in survey.calls]:
            effects += self.gone(tape.call)
        known = {tape.call for tape in self._tapes.values()}
        strange = (one for one in survey.calls if one.startswith(TAPE) and ";" not in one)
        return effects + [HangUp(call=one) for one in strange if one not in known]

    def follow(self) -> list[Effect]:
        """After each message: a tape ends with its talk."""
        over = [
            tape
            for tape in self._tapes.values()
            if not tape.ending and talk_of(self._floor.get(tape.command.agent)) != tape.talk
        ]
        return [effect for tape in over for effect in self._end(tape)]

    def _end(self, tape: _Tape) -> list[Effect]:
        self._tapes[tape.command.agent] = replace(tape, ending=True)
        return [HangUp(call=tape.call)]

    def tick(self, now: Now) -> list[Effect]:
        """What the ledger has not taken in time is not recorded."""
        late = [ref for ref, one in self._wishes.items() if now.mono >= one.until_mono]
        return [effect for ref in late for effect in self.not_entered(ref)]

    def _tape_at(self, call: str) -> _Tape | None:
        return next((tape for tape in self._tapes.values() if tape.call == call), None)

    # ── what others may know ─────────────────────────────────────────────────────────────

    def recordings(self) -> dict[str, str]:
        """The file of each agent who is recorded now."""
        return {login: tape.file for login, tape in self._tapes.items() if tape.told}
