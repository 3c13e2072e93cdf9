"""What a row of a list is worth: a contact to load, or the reason why not.

Owns: the checks of one row, and the codes of all reasons. Must not know how rows are read or
kept, nor what other rows say; sentences are made by the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.columns import ColumnMap, RowFacts, row_facts
from campaigns.numbers import E164, NumberRefusal, to_e164

LONGEST_WORD: Final = 200


class Reason(StrEnum):
    """Why a row, or one of its numbers, was not loaded.

    The first block are a number's, the values those of `NumberRefusal`.
    """

    EMPTY = "empty"
    LETTERS = "letters"
    UNSAFE_CHARACTERS = "unsafe_characters"
    EXTENSION = "extension"
    SCIENTIFIC = "scientific"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_AREA_CODE = "no_area_code"
    UNKNOWN_COUNTRY = "unknown_country"
    NOT_VALID = "not_valid"

    BAD_QUOTING = "bad_quoting"
    LINE_TOO_LONG = "line_too_long"
    TOO_MANY_CELLS = "too_many_cells"
    TEXT_TOO_LONG = "text_too_long"
    BAD_TIME_ZONE = "bad_time_zone"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DUPLICATE_IN_CAMPAIGN = "duplicate_in_campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRow:
    """A row that can be loaded. `numbers` in the order of the columns, each once, at least one.

    `dropped`: why others of its numbers were left out.
    """

    reference: str
    name: str
    zone: str | None
    numbers: tuple[E164, ...]
    custom: dict[str, str]
    dropped: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRule:
    """How the campaign reads numbers: `country` for those without a code, and how strictly."""

    country: str
    check: str


def check_row(
    cells: Sequence[str], width: int, columns: ColumnMap, rule: NumberRule
) -> GoodRow | Reason:
    """Judge a row by itself. `width` is the header's: more cells mean that columns shifted."""
    if any(map(str.strip, cells[width:])):
        return Reason.TOO_MANY_CELLS
    facts = row_facts(cells, columns)
    if max(len(facts.reference), len(facts.name)) > LONGEST_WORD:
        return Reason.TEXT_TOO_LONG
    if facts.time_zone and not _is_zone(facts.time_zone):
        return Reason.BAD_TIME_ZONE
    return _with_numbers(facts, rule)


def _with_numbers(facts: RowFacts, rule: NumberRule) -> GoodRow | Reason:
    numbers: list[E164] = []
    dropped: list[Reason] = []
    for cell in facts.phones:
        number = to_e164(cell.text, rule.country, rule.check)
        if isinstance(number, NumberRefusal):
            dropped.append(Reason(number.value))
        elif number not in numbers:
            numbers.append(number)
    if not numbers:
        return dropped[0] if dropped else Reason.EMPTY
    return GoodRow(
        reference=facts.reference,
        name=facts.name,
        zone=facts.time_zone or None,
        numbers=tuple(numbers),
        custom=facts.custom,
        dropped=tuple(dropped),
    )


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True
