"""Words that agents give by the keys of their phone, and the tone that answers each.

Owns: whose key it was, when keys count, and which tone is heard. Must not know what a word does:
that is `dialer.afterwork`. Pure: returns effects.

Keys count in the wrap-up of an outbound call. In a talk they are the talk's own. At other times
they say nothing that could be kept, and the agent hears so.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from campaigns.outcomes import Disposition
from dialer.afterwork import Afterwork
from dialer.agents import Agent, State
from dialer.board import Board
from dialer.effects import Effect, PlayTone, ReplyCode, Tone
from dialer.keypad import Keypad, Press
from dialer.messages import Dispose, Now, WordAnswered
from dialer.switch_events import KeyPressed

BY_KEYPAD = "keypad:"
"""What the `ref` of a word by keypad begins with; whoever answers it answers the engine."""

STILL_THE_TALKS_S = 0.5
"""Keys so soon after a call's end were meant for the talk: nobody hears its end that quickly."""

NOT_SAVED_EVERY_S = 1.0
"""A slot hears "not saved" no more often: a stuck key must not flood the switch."""

QUIET_AFTER_SAVED_S = 3.0
"""Who presses on after a word that is saved does not hear that it is not."""


class KeyWords:
    """Reads the agents' keys by the table `keys`."""

    def __init__(self, board: Board, afterwork: Afterwork, keys: Mapping[str, Disposition]) -> None:
        self._board = board
        self._afterwork = afterwork
        self._keypad = Keypad(keys)
        self._refs = count(1)
        self._waiting: dict[str, str] = {}
        self._quiet_until: dict[str, float] = {}
        self._off = not keys

    def pressed(self, press: KeyPressed, now: Now) -> list[Effect]:
        """A key on some channel; of an agent's phone it may complete a word."""
        agent = self._board.floor.by_channel(press.channel)
        if agent is None or agent.slot is None or self._off:
            return []
        if self._talks(agent, now):
            self._keypad.clear(agent.slot)
            return []
        match self._keypad.press(agent.slot, press.key, now):
            case Press.BEGUN | Press.CLEARED | Press.DOUBLED:
                return []
            case Press.UNKNOWN:
                return self._not_saved(agent.slot, now)
            case word:
                return self._say(agent, agent.slot, word, now)

    def _talks(self, agent: Agent, now: Now) -> bool:
        if agent.state is State.WRAP_UP:
            return now.mono - agent.since_mono < STILL_THE_TALKS_S
        return agent.state is State.TALKING

    def _say(self, agent: Agent, slot: str, word: Disposition, now: Now) -> list[Effect]:
        call = self._board.get(agent.attempt or "")
        if call is None or agent.state is not State.WRAP_UP:
            return self._not_saved(slot, now)
        ref = f"{BY_KEYPAD}{next(self._refs)}"
        self._waiting[ref] = slot
        said = Dispose(ref=ref, agent=agent.agent, attempt=call.attempt, disposition=word)
        return self._afterwork.dispose(said, now)

    def answered(self, answer: WordAnswered, now: Now) -> list[Effect]:
        """The word is committed, or refused: the agent hears which, unless in a talk by now."""
        slot = self._waiting.pop(answer.ref, None)
        agent = None if slot is None else self._board.floor.by_slot(slot)
        if slot is None or agent is None or agent.state in (State.TALKING, State.AWAY):
            return []
        if answer.code is ReplyCode.OK:
            self._quiet_until[slot] = now.mono + QUIET_AFTER_SAVED_S
            return [PlayTone(slot=slot, tone=Tone.SAVED)]
        return self._not_saved(slot, now)

    def tick(self, now: Now) -> list[Effect]:
        """Who began a sequence and did not finish it hears that nothing was understood."""
        effects: list[Effect] = []
        for slot in self._keypad.forget(now):
            effects += self._not_saved(slot, now)
        return effects

    def _not_saved(self, slot: str, now: Now) -> list[Effect]:
        """Unless a word of theirs is on its way, whose own tone is still to come."""
        too_soon = now.mono < self._quiet_until.get(slot, now.mono)
        if too_soon or slot in self._waiting.values():
            return []
        self._quiet_until[slot] = now.mono + NOT_SAVED_EVERY_S
        return [PlayTone(slot=slot, tone=Tone.NOT_SAVED)]
