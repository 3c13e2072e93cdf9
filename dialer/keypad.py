"""The keypad: which keys mean which disposition, and keys pressed one after the other.

Owns: the rules that a table of keys keeps, and the clock of an unfinished sequence. Must not know
agents, calls or tones. Pure.

A word that cannot be taken back is two keys long. The two differ, so that one press which the
network tells twice never completes a word; and no sequence begins another, so that a word is
understood with its last key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from campaigns.outcomes import Disposition, outcome_of, rule_of
from dialer.messages import Now

FORGET_S = 3.0
"""An unfinished sequence is forgotten after this."""

DOUBLED_S = 0.1
"""The same key again so soon is one press, told twice: no finger is that quick."""

CLEAR = "*"

DEFAULT_KEYS: Mapping[str, Disposition] = {
    "1": Disposition.SUCCESS,
    "2": Disposition.SUCCESS_PROXY,
    "3": Disposition.UNSUCCESSFUL,
    "4": Disposition.MACHINE,
    "5": Disposition.FAX,
    "6": Disposition.NUMBER_CHANGED,
    "7": Disposition.VACANT,
    "80": Disposition.WRONG_RECORD,
    "90": Disposition.REFUSED,
}
"""An appointment needs a time, which no key says: it is given at the desk."""

_SEQUENCE = re.compile(r"[0-9]|([0-9])(?!\1)[0-9]")


def fault_in(keys: Mapping[str, Disposition]) -> str | None:
    """What is wrong with a table of keys, in one line; None if nothing is."""
    for sequence, word in keys.items():
        if not _SEQUENCE.fullmatch(sequence):
            return f'"{sequence}" is not one digit or two different ones'
        if word is Disposition.APPOINTMENT:
            return f"{word} needs a time, which keys cannot say"
        if rule_of(outcome_of(word)).do_not_call and len(sequence) == 1:
            return f"{word} is for good: give it two different digits"
        longer = [other for other in keys if other != sequence and other.startswith(sequence)]
        if longer:
            return f'"{sequence}" is also the beginning of "{longer[0]}"'
    return None


class Press(StrEnum):
    """What a key was that gave no word."""

    BEGUN = "begun"
    CLEARED = "cleared"
    DOUBLED = "doubled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pressed:
    """The last key of a slot, when it came, and what has been begun with it."""

    key: str
    at_mono: float
    begun: str


class Keypad:
    """Reads keys, slot by slot. `keys` maps sequences to words."""

    def __init__(self, keys: Mapping[str, Disposition]) -> None:
        self._keys = keys
        self._last: dict[str, _Pressed] = {}

    def press(self, slot: str, key: str, now: Now) -> Disposition | Press:
        """The word that this key completes, or what else it was."""
        last = self._last.get(slot)
        since = None if last is None else now.mono - last.at_mono
        if last is not None and key == last.key and since is not None and since < DOUBLED_S:
            return Press.DOUBLED
        begun = last.begun if last is not None and since is not None and since < FORGET_S else ""
        read, left = self._read(begun + key)
        self._last[slot] = _Pressed(key=key, at_mono=now.mono, begun=left)
        return read

    def _read(self, sequence: str) -> tuple[Disposition | Press, str]:
        """What a sequence is, and what of it is still open."""
        word = self._keys.get(sequence)
        if word is not None:
            return word, ""
        if sequence.endswith(CLEAR):
            return Press.CLEARED, ""
        if any(longer.startswith(sequence) for longer in self._keys):
            return Press.BEGUN, sequence
        return Press.UNKNOWN, ""

    def clear(self, slot: str) -> None:
        """Forget what was begun."""
        self._last.pop(slot, None)

    def forget(self, now: Now) -> list[str]:
        """Drop sequences that were not finished in time; the slots of those who began them."""
        late = [s for s, p in self._last.items() if p.begun and now.mono - p.at_mono >= FORGET_S]
        for slot in late:
            del self._last[slot]
        return late
