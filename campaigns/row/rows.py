"""What a row of a list is worth: a contact to load, or the reason why not.

Owns: what a good row has, the codes of all reasons, and what a campaign asks of its rows. Must
not know how rows are read, checked (`campaigns.row.row_check`) or kept; sentences are made by the
command line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from campaigns.consent import Consent
from campaigns.phone.numbers import E164, GoodNumber


class Reason(StrEnum):
    """Why a row, or one of its numbers, was not loaded.

    The first block are a number's, the values those of `NumberRefusal`; the second are the
    row's own; the third are found out where it is compared with what is on file.
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
    ROUNDED = "rounded"
    BAD_TIME_ZONE = "bad_time_zone"
    BAD_PRIORITY = "bad_priority"
    BAD_APPOINTMENT = "bad_appointment"
    BAD_CONSENT = "bad_consent"

    DUPLICATE_IN_FILE = "duplicate_in_file"
    DUPLICATE_IN_CAMPAIGN = "duplicate_in_campaign"
    DUPLICATE_ELSEWHERE = "duplicate_elsewhere"
    NUMBER_OF_ANOTHER = "number_of_another"
    DO_NOT_CALL = "do_not_call"
    KNOWN_FAULTY = "known_faulty"
    APPOINTMENT_PAST = "appointment_past"
    APPOINTMENT_OUTSIDE_WINDOW = "appointment_outside_window"
    APPOINTMENT_DO_NOT_CALL = "appointment_do_not_call"
    APPOINTMENT_UNKNOWN_AGENT = "appointment_unknown_agent"


# Made once: to make an encoder takes longer than to use it.
_AS_JSON: Final = json.JSONEncoder(ensure_ascii=False).encode


def fields_text(fields: Mapping[str, str]) -> str:
    """The row's own columns as `GoodRow.fields` has them."""
    return _AS_JSON(dict(fields)) if fields else NO_FIELDS


NO_FIELDS: Final = "{}"


class GoodRow(NamedTuple):
    """A row that can be loaded. `numbers` in the order of the columns, each once, at least one.

    `zone`: its own column's, else the only one that its numbers can lie in; None where that is
    not known, or where there are several, which are the `zones` (one for each clock, sorted).
    `fields`: the other columns, as the text of a JSON object: nobody looks into it on the way.
    `priority`: 1 (first) to 9, None: the list's. `appointment` in aware UTC, for
    `appointment_agent` or anyone (""). `dropped`: why others of its numbers were left out.
    `says_no_consent`: its cell says no, which is more than an empty one.

    A tuple, as `GoodNumber`: it goes from process to process five times as fast as a dataclass.
    """

    reference: str
    name: str
    zone: str | None
    numbers: tuple[GoodNumber, ...]
    fields: str
    zones: tuple[str, ...] = ()
    priority: int | None = None
    appointment: datetime | None = None
    appointment_agent: str = ""
    consent: Consent | None = None
    dropped: tuple[Reason, ...] = ()
    says_no_consent: bool = False

    @property
    def e164s(self) -> tuple[E164, ...]:
        """The numbers alone."""
        return tuple(number.e164 for number in self.numbers)


class CheckedRow(NamedTuple):
    """A row of the list, what it is worth, and its cells as they came in."""

    line: int
    result: GoodRow | Reason
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """How a campaign reads rows.

    `country` reads numbers without a country code, `check` says how strictly; `zone` is the
    campaign's, for times of contacts that have none. `now` (aware UTC): zones are compared
    from its day on, and no consent is of later.
    """

    country: str
    check: str
    zone: ZoneInfo
    now: datetime
