r"""Which patterns of digits are taken: those that are done with any digits at once.

Owns: the form of a pattern, and how much there is to try in it at most. Must not know steps.

A caller types 32 digits at most, and yet `(\d+)+0` would try 2³² ways to share them out, while
the whole engine waits. So a group does not repeat, and the choices that remain are counted: each
may be taken along with each other one.
"""

from __future__ import annotations

import re
from typing import Final

MOST_DIGITS: Final = 32
MOST_WAYS: Final = 50_000
"""To try them all takes some milliseconds."""
_TOKEN = re.compile(
    r"(?P<one>[0-9.^$]|\\d|\[\^?[0-9-]+\])|(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<exact>\{[0-9]+\})|(?P<may>\?)|(?P<repeat>[*+]|\{[0-9]*,[0-9]*\})"
)


def safe_pattern(text: str) -> str:
    """Return the pattern if it may be asked for on a live call.

    Raises:
        ValueError: it is none, speaks of more than digits, or may try too many ways.
    """
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f'"{text}" is no pattern: {error}') from None
    if _ways_to_try(text) > MOST_WAYS:
        raise ValueError(
            f'"{text}" leaves too many ways to try: have fewer of * + ? {{ , }} and | in it'
        )
    return text


def _ways_to_try(text: str) -> int:
    """At most so many: a group is as many ways as it has branches, a repeat as there are digits."""
    ways, at, before = 1, 0, ""
    bars = [0]
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(
                f'"{text}" may only have digits, \\d, ., [0-9], (a|b) and repeats of one digit'
            )
        kind = token.lastgroup or ""
        if before == "close" and kind in {"exact", "repeat"}:
            raise ValueError(f'"{text}" repeats a group, which may take for ever: write it out')
        match kind:
            case "open":
                bars.append(0)
            case "bar":
                bars[-1] += 1
            case "close":
                ways *= bars.pop() + 1
            case "may":
                ways *= 2
            case "repeat":
                ways *= MOST_DIGITS + 1
        at, before = token.end(), kind
    return ways * (bars[0] + 1)
