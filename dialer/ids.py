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


def attempt_id(now: datetime, random: Random) -> str:
    """A new id: 48 bits of Unix milliseconds, then 82 random bits."""
    value = int(now.timestamp() * 1000) << 82 | random.getrandbits(82)
    return _in_words(value)


def first_id_at(moment: datetime) -> str:
    """What ids made at this moment or later are not below."""
    return _in_words(int(moment.timestamp() * 1000) << 82)


def _in_words(value: int) -> str:
    return "".join(ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
