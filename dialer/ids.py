"""Attempt ids: 26 lower-case Crockford characters, made of time and a passed-in Random.

Owns: their alphabet, width and order. Asterisk takes the id as the channel's Uniqueid, so it is
fixed width and lower case (22 refuses an id that is a prefix of a live one or differs only in
case), and sorts by time.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_CHANCE = 82
"""Bits of it; the time stands before them."""


def attempt_id(now: datetime, random: Random) -> str:
    """A new id: 48 bits of Unix milliseconds, then 82 random bits."""
    return _text(_moment(now) | random.getrandbits(_CHANCE))


def first_id(at: datetime) -> str:
    """No id that was made at `at` or later sorts before this one, and any earlier one does."""
    return _text(_moment(at))


def _moment(at: datetime) -> int:
    return int(at.timestamp() * 1000) << _CHANCE


def _text(value: int) -> str:
    return "".join(ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
