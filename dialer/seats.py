"""Seats: slots on their way to somebody, the phones that sit in them, and what is on file of it.

Owns: promises of slots, phones that wait until the database knows who they are, and which
channel sits in which slot. Must not know agents beyond their logins. Pure: returns effects.

A phone is let in once it is committed who sits there. Otherwise a crash in that instant would
leave a phone in a slot that is, on file, another person's, whose words it would then give.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.effects import AnswerAsk, Effect, SaveSlot
from dialer.messages import LoginAgent, Now, SlotSaved

LOGIN_PENDING_S = 30.0
"""How long a slot stays promised to a phone that asked for it."""

SAVE_PATIENCE_S = 3.0
"""A phone waits so long for the database, then it is told to try again; the dialplan waits 5 s."""

NOT_NOW = "not_now"
"""WAIHU_REFUSED when the database did not say in time that it knows who sits there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """A slot on its way to somebody.

    `phones`: the channels that asked for it. None: the slot was this agent's before, so that
    another phone in it may well be an earlier one of theirs; or it is not known which asked.
    """

    until_mono: float
    phones: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A phone that asked for a slot; `until_mono`: when it is sent away."""

    ask: str
    slot: str
    until_mono: float


class Seats:
    """The slots of agents.conf, by who is on the way to them and who is there."""

    def __init__(self) -> None:
        self._promised: dict[str, _Promise] = {}
        self._slot_at: dict[str, str] = {}
        self._channel_in: dict[str, str] = {}
        self._saves = 0
        self._under_way: dict[str, tuple[str, str | None]] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._on_file: dict[str, str] = {}

    # ── channels ─────────────────────────────────────────────────────────────────────────

    def sits(self, slot: str, channel: str) -> None:
        """A phone is in its slot: this is its channel."""
        self._promised.pop(slot, None)
        self.leaves(slot)
        left = self._slot_at.get(channel)
        if left is not None:
            del self._channel_in[left]
        self._slot_at[channel], self._channel_in[slot] = slot, channel

    def leaves(self, slot: str) -> None:
        """Nobody is in the slot."""
        channel = self._channel_in.pop(slot, None)
        if channel is not None:
            del self._slot_at[channel]

    def channel_in(self, slot: str) -> str | None:
        """The channel that sits in this slot, if any."""
        return self._channel_in.get(slot)

    def slot_at(self, channel: str) -> str | None:
        """The slot in which this channel sits, if any."""
        return self._slot_at.get(channel)

    def promised(self, now: Now) -> set[str]:
        """Slots whose phones are on the way."""
        self._promised = {s: p for s, p in self._promised.items() if p.until_mono > now.mono}
        return set(self._promised)

    def is_other(self, slot: str, channel: str, now: Now) -> bool:
        """Whether the slot is on its way to somebody else than who sits in it on `channel`."""
        if slot not in self.promised(now):
            return False
        phones = self._promised[slot].phones
        return phones is not None and channel not in phones

    # ── who is on file where ─────────────────────────────────────────────────────────────

    def let_in(self, ask: LoginAgent, slot: str, now: Now, *, own: bool) -> list[Effect]:
        """Promise the slot and answer the phone: at once where it is on file, else once it is.

        After a slow database sent a phone away, its next try finds the slot on file. `own`: it
        was the agent's before they asked.
        """
        self._promise(slot, ask.call, now, own=own)
        if self._on_file.get(slot) == ask.agent:
            return [_welcome(ask.ask, slot)]
        save = self.save(ask.agent, slot)
        until = now.mono + SAVE_PATIENCE_S
        self._waiting[save.ref] = _Waiting(ask=ask.ask, slot=slot, until_mono=until)
        return [save]

    def _promise(self, slot: str, phone: str, now: Now, *, own: bool) -> None:
        asked = frozenset({phone}) if phone else None
        if own:
            # Its own from before, unless it was given away a moment ago: then that one counts.
            known = self._promised[slot].phones if slot in self.promised(now) else None
            asked = None if known is None or asked is None else known | asked
        until = now.mono + LOGIN_PENDING_S
        self._promised[slot] = _Promise(until_mono=until, phones=asked)

    def save(self, agent: str, slot: str | None) -> SaveSlot:
        """Write who sits where; what was on file of either is not certain until it is done."""
        self._saves += 1
        save = SaveSlot(agent=agent, slot=slot, ref=f"slot:{self._saves}")
        self._under_way[save.ref] = (agent, slot)
        self._on_file = {s: a for s, a in self._on_file.items() if s != slot and a != agent}
        return save

    def found(self, agent: str, slot: str) -> None:
        """The database was read: so it is on file, unless it is being changed."""
        if not self._touched(agent, slot):
            self._on_file[slot] = agent

    def saved(self, done: SlotSaved) -> list[Effect]:
        """It is committed: the phone that waited for it may go in."""
        agent, slot = self._under_way.pop(done.ref, ("", None))
        if slot is not None:
            self.found(agent, slot)
        waiting = self._waiting.pop(done.ref, None)
        return [] if waiting is None else [_welcome(waiting.ask, waiting.slot)]

    def _touched(self, agent: str, slot: str) -> bool:
        """Whether a write that concerns either is under way."""
        return any(agent == a or slot == s for a, s in self._under_way.values())

    def tick(self, now: Now) -> list[Effect]:
        """Phones that the database keeps waiting are told to try again."""
        late = [ref for ref, one in self._waiting.items() if now.mono >= one.until_mono]
        return [_try_again(self._waiting.pop(ref).ask) for ref in late]

    def refused(self, ref: str) -> list[Effect]:
        """The database will not take it: who waited for it is told at once."""
        self._under_way.pop(ref, None)
        waiting = self._waiting.pop(ref, None)
        return [] if waiting is None else [_try_again(waiting.ask)]


def _try_again(ask: str) -> AnswerAsk:
    return AnswerAsk(ask=ask, variables={"WAIHU_REFUSED": NOT_NOW})


def _welcome(ask: str, slot: str) -> AnswerAsk:
    return AnswerAsk(ask=ask, variables={"WAIHU_SLOT": slot})
