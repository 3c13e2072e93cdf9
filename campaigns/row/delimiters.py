"""Which sign stands between the cells of a CSV text.

Owns: the candidates and the choice by the first lines. Must not know files nor encodings.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

# Taken at the header's word. The rarer ones only if the rows have them as often as the header.
USUAL: Final = (",", ";", "\t", "|")
_NAMES: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
# Signs that are part of words, of numbers or of quoting.
_PART_OF_WORDS: Final = frozenset("\"'“”‘’()（）[]【】<>《》{}-‐–—_./\\+ \u00a0\u3000")
_LEAST_AGREEMENT: Final = 0.9


def parse_delimiter(text: str) -> str:
    r"""Return the sign that is meant: itself, `tab`, or `\t`.

    Raises:
        ValueError: it is not one sign that can stand between cells.
    """
    sign = _NAMES.get(text.strip().lower(), text)
    if len(sign) != 1 or sign.isalnum() or sign in '"\r\n\0 ':
        raise ValueError(f'"{text}" is no delimiter; write one sign, as in ";", or tab')
    return sign


def sniff_delimiter(lines: Sequence[str]) -> str:
    """Choose by the header, the first of `lines`, and the rows under it; a comma if there is none.

    A usual sign goes before a rare one, then the one that the rows have as often as the header
    does, then the one that makes more columns.
    """
    header, rows = (_unquoted(lines[0]), lines[1:]) if lines else ("", [])
    usual = [sign for sign in USUAL if sign in header]
    if usual:
        return max(usual, key=lambda sign: (_agreement(sign, header, rows), header.count(sign)))
    rare = [sign for sign in dict.fromkeys(header) if _may_stand_between(sign)]
    agreed = [sign for sign in rare if rows and _agreement(sign, header, rows) >= _LEAST_AGREEMENT]
    return max(agreed, key=header.count, default=USUAL[0])


def _may_stand_between(sign: str) -> bool:
    if sign.isalnum() or sign in _PART_OF_WORDS or sign in "\r\n\0":
        return False
    return unicodedata.category(sign)[0] in "PSC"


def _agreement(sign: str, header: str, rows: Sequence[str]) -> float:
    """The part of the rows that have the sign as often as the header."""
    if not rows:
        return 1.0
    wanted = header.count(sign)
    return sum(_unquoted(row).count(sign) == wanted for row in rows) / len(rows)


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])
