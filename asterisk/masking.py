"""An AMI message without the persons in it: numbers become pseudonyms, names are left out.

Owns: which headers are never kept, what is taken for a number, and the pseudonym. Must not know
files or connections. Pure: the key is given.

A number's last eight digits tell whom it belongs to. Of those the last two stay, as in the logs,
and the six before them are replaced by digits that follow from the key and from all eight. So
the same person is seen to be the same within one recording, with or without a country code, and
nobody who lacks the key can tell who it is; the key is made anew for each run of the engine and
written nowhere. A pseudonym never equals its number. Ids of calls are none of a person's and stay.
Where a header is a number by its name, signs between the digits are no part of it, and stay.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

KEY_BYTES = 16

_LEFT_OUT = rb"""
    ^(?P<left_out>
        (?: [A-Za-z]*(?:CallerIDName|ConnectedLineName|Secret|AuthToken|Key)
          | [A-Za-z]*ChanVariable[^:\n]* )
        : [^\n]* (?:\n|\Z)
    )
"""
"""Names of people, variables that hold what a dialplan likes, and every secret."""

_STAYS = rb"""
    (?P<stays>
        ^(?: Timestamp | EventTV | LoginTime | LoggedInTime | LastCall | LastPause | Uptime )
            : [^\r\n]*
      | \b[0-9a-hjkmnp-tv-z]{26}o?\b
      | \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b
      | (?<![0-9])1[0-9]{9}\.[0-9]+(?![0-9.])
    )
"""
"""Times, attempt ids, bridges' ids, and Asterisk's own ids of channels."""

_NUMBER = rb"(?P<number>[0-9]{7,})"
_SPELLED = rb"(?P<spelled>[0-9](?:[ ().-]{0,3}[0-9]){6,})"
_OF_A_NUMBER = rb"""
    ^(?P<of_a_number>
        [A-Za-z]+:
        (?: (?<=CallerIDNum:) | (?<=ConnectedLineNum:) | (?<=Exten:)
          | (?<=AccountCode:) | (?<=CallerID:) )
        [^\r\n0-9]*[0-9][^\r\n]*
    )
"""
"""Headers that hold a number as somebody typed it; elsewhere such are dates and addresses."""

_CHANNEL = rb"""
    ^(?P<channel>[A-Za-z]*Chan(?:nel)?:\ [^\r\n]*)(?P<count>-[0-9a-f]{8}(?:;[12])?)(?=\r|\Z)
"""


def _any_of(*parts: bytes) -> re.Pattern[bytes]:
    return re.compile(b"|".join(parts), re.MULTILINE | re.VERBOSE)


_IN_NUMBERS = _any_of(_STAYS, _SPELLED)
_IN_ACTIONS = _any_of(_LEFT_OUT, _OF_A_NUMBER, _STAYS, _NUMBER)
_IN_EVENTS = _any_of(_LEFT_OUT, _CHANNEL, _OF_A_NUMBER, _STAYS, _NUMBER)
"""Only the switch's events name channels with their counter, which looks like a number."""

_TELLING = 8
_SHOWN = 2
_LONGEST_HEAD = 7


class Pseudonyms:
    """Masks the messages of one recording. `key`: random, `KEY_BYTES` long, kept nowhere."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._digits = lru_cache(maxsize=8192)(self._pseudonym)

    def mask(self, message: bytes) -> bytes:
        """The message, which is whole and without its blank line, as it may be kept."""
        pattern = _IN_EVENTS if message.startswith(b"Event: ") else _IN_ACTIONS
        return pattern.sub(self._replaced, message).rstrip(b"\r\n")

    def _replaced(self, found: re.Match[bytes]) -> bytes:
        match found.lastgroup:
            case "number":
                return self._digits(found[0])
            case "spelled":
                return self._respelled(found[0])
            case "of_a_number":
                return _IN_NUMBERS.sub(self._replaced, found[0])
            case "left_out":
                return b""
            case "count":
                return _IN_ACTIONS.sub(self._replaced, found["channel"]) + found["count"]
            case _:
                return found[0]

    def _respelled(self, number: bytes) -> bytes:
        """The pseudonym of the digits alone, in the number's own spelling."""
        digits = iter(self._digits(re.sub(rb"[^0-9]", b"", number)).decode())
        return re.sub(rb"[0-9]", lambda _: next(digits).encode(), number)

    def _pseudonym(self, digits: bytes) -> bytes:
        head, tail = digits[:-_TELLING], digits[-_TELLING:]
        if len(head) > _LONGEST_HEAD:
            # No telephone number is that long: a card's or a person's, of which nothing stays.
            head = b"0" * len(head)
        hidden, shown = tail[:-_SHOWN], tail[-_SHOWN:]
        values = 10 ** len(hidden)
        drawn = int.from_bytes(blake2b(tail, key=self._key, digest_size=8).digest())
        other = (int(hidden) + 1 + drawn % (values - 1)) % values
        return b"%b%0*d%b" % (head, len(hidden), other, shown)
