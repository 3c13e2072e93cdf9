"""Which column of a list holds what.

Owns: the columns' places, by their names or by the operator's own map (`phone=联系方式`), and
what a row's cells mean under a map. Must not know how the file is read, nor whether a number is
good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from campaigns.phone.numbers import NumberKind
from campaigns.row.column_names import ListField, field_of, kind_of, plain_header


class ColumnFault(StrEnum):
    """Why a list's columns cannot be used."""

    NO_PHONE_COLUMN = "no_phone_column"
    NO_SUCH_COLUMN = "no_such_column"
    BAD_COLUMN_FLAG = "bad_column_flag"


class ColumnsRefusedError(Exception):
    """The columns do not fit. `wanted` is what was asked for, `headers` what the file has."""

    def __init__(self, fault: ColumnFault, *, wanted: str, headers: Sequence[str] = ()) -> None:
        self.fault = fault
        self.wanted = wanted
        self.headers = tuple(headers)
        super().__init__(_sentence(fault, wanted, self.headers))


def _sentence(fault: ColumnFault, wanted: str, headers: tuple[str, ...]) -> str:
    found = "; the file's columns are: " + ", ".join(headers)
    match fault:
        case ColumnFault.NO_PHONE_COLUMN:
            return f"no column is known to hold phone numbers; name it with phone=COLUMN{found}"
        case ColumnFault.NO_SUCH_COLUMN:
            return f"there is no column {wanted!r}{found}"
        case ColumnFault.BAD_COLUMN_FLAG:
            known = ", ".join(ListField)
            return f"{wanted!r} is no column map; write FIELD=COLUMN, where FIELD is one of {known}"


_SINGLE: Final = (
    "reference",
    "name",
    "time_zone",
    "priority",
    "appointment",
    "appointment_agent",
    "consent",
    "consent_proof",
    "consent_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """Positions of the columns; phones with their kind, in the order in which they are tried.

    `custom` are all but reference, name and time zone, with the name to keep them by: the text
    of those three is kept as it is, that of the others is not.
    """

    phones: tuple[tuple[int, NumberKind], ...]
    reference: int | None = None
    name: int | None = None
    time_zone: int | None = None
    priority: int | None = None
    appointment: int | None = None
    appointment_agent: int | None = None
    consent: int | None = None
    consent_proof: int | None = None
    consent_at: int | None = None
    custom: tuple[tuple[str, int], ...] = ()
    cells: tuple[tuple[str, int], ...] = field(init=False, repr=False, compare=False)
    """The single columns that there are, by their names in `RowFacts`."""

    def __post_init__(self) -> None:
        """Note once what each row needs."""
        named = ((name, getattr(self, name)) for name in _SINGLE)
        there = tuple((name, position) for name, position in named if position is not None)
        object.__setattr__(self, "cells", there)

    def positions(self) -> dict[ListField, tuple[int, ...]]:
        """Return the columns that were taken for each field, fields without one left out."""
        single = {
            ListField.REFERENCE: self.reference,
            ListField.NAME: self.name,
            ListField.TIME_ZONE: self.time_zone,
            ListField.PRIORITY: self.priority,
            ListField.APPOINTMENT: self.appointment,
            ListField.APPOINTMENT_AGENT: self.appointment_agent,
            ListField.CONSENT: self.consent,
            ListField.CONSENT_PROOF: self.consent_proof,
            ListField.CONSENT_AT: self.consent_at,
        }
        found = {field: (position,) for field, position in single.items() if position is not None}
        return {ListField.PHONE: tuple(position for position, _ in self.phones), **found}


class PhoneCell(NamedTuple):
    """A number as it was written, and what its column's header calls it."""

    text: str
    kind: NumberKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """What a row says, cells stripped and nothing judged; what is not there is empty.

    `phones` are the non-empty ones, in the order in which they are tried; a cell with several
    gives several. `custom` is every cell that came in, but for those of reference, name and time
    zone: what goes out again is what was there.
    """

    phones: tuple[PhoneCell, ...]
    custom: dict[str, str]
    reference: str = ""
    name: str = ""
    time_zone: str = ""
    priority: str = ""
    appointment: str = ""
    appointment_agent: str = ""
    consent: str = ""
    consent_proof: str = ""
    consent_at: str = ""


_KEPT_AS_WRITTEN: Final = (ListField.REFERENCE, ListField.NAME, ListField.TIME_ZONE)
# The columns that the file of refused rows adds; loading it again leaves them out.
OWN_PREFIX: Final = "waihu_"
# What a terminal would obey becomes a sign; a note may have lines, and loses Windows' line ends.
_OBEYED: Final = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\ufffd"),
    ord("\n"): "\n",
    ord("\t"): "\t",
    ord("\r"): None,
}
# Several numbers in one cell; what begins `;ext=` is the extension of the one before.
_BETWEEN_NUMBERS: Final = re.compile(r"[/;、,，；／\r\n](?!\s*ext\b)", re.IGNORECASE)


def parse_column_flags(flags: Sequence[str]) -> dict[ListField, tuple[str, ...]]:
    """Read `phone=手机` and the like; a field may be given several times (several phones).

    Raises:
        ColumnsRefusedError: a flag is not FIELD=COLUMN with a known FIELD.
    """
    chosen: dict[ListField, tuple[str, ...]] = {}
    for flag in flags:
        field, _, column = flag.partition("=")
        try:
            known = ListField(field.strip().lower())
        except ValueError:
            raise ColumnsRefusedError(ColumnFault.BAD_COLUMN_FLAG, wanted=flag) from None
        if not column.strip():
            raise ColumnsRefusedError(ColumnFault.BAD_COLUMN_FLAG, wanted=flag)
        chosen[known] = (*chosen.get(known, ()), column.strip())
    return chosen


def map_columns(
    headers: Sequence[str], chosen: Mapping[ListField, Sequence[str]] | None = None
) -> ColumnMap:
    """Find the columns: those `chosen` by the operator, for the other fields by their names.

    Raises:
        ColumnsRefusedError: a chosen column is not there, or no column holds phone numbers.
    """
    found = _by_name(headers)
    for asked, columns in (chosen or {}).items():
        found[asked] = [_position(headers, column) for column in columns]
    phones = tuple(dict.fromkeys(found.pop(ListField.PHONE)))
    if not phones:
        raise ColumnsRefusedError(ColumnFault.NO_PHONE_COLUMN, wanted="phone", headers=headers)
    single = {field: positions[0] for field, positions in found.items() if positions}
    return ColumnMap(
        phones=tuple((at, kind_of(headers[at]) or NumberKind.PHONE) for at in phones),
        reference=single.get(ListField.REFERENCE),
        name=single.get(ListField.NAME),
        time_zone=single.get(ListField.TIME_ZONE),
        priority=single.get(ListField.PRIORITY),
        appointment=single.get(ListField.APPOINTMENT),
        appointment_agent=single.get(ListField.APPOINTMENT_AGENT),
        consent=single.get(ListField.CONSENT),
        consent_proof=single.get(ListField.CONSENT_PROOF),
        consent_at=single.get(ListField.CONSENT_AT),
        custom=_custom(headers, {single.get(field) for field in _KEPT_AS_WRITTEN}),
    )


def row_facts(cells: Sequence[str], columns: ColumnMap) -> RowFacts:
    """Read a row by its map. A missing cell is empty; cells past the header are kept nowhere."""
    clean = [(text if text.isprintable() else text.translate(_OBEYED)).strip() for text in cells]
    width = len(clean)
    single = {name: clean[position] for name, position in columns.cells if position < width}
    return RowFacts(
        phones=tuple(_phones(cells, columns)),
        custom={
            name: text
            for name, position in columns.custom
            if position < width and (text := clean[position])
        },
        **single,
    )


def _phones(cells: Sequence[str], columns: ColumnMap) -> Iterator[PhoneCell]:
    for position, kind in columns.phones:
        cell = cells[position] if position < len(cells) else ""
        texts = _BETWEEN_NUMBERS.split(cell) if _BETWEEN_NUMBERS.search(cell) else (cell,)
        for text in texts:
            if text.strip():
                yield PhoneCell(text=text, kind=kind)


def _by_name(headers: Sequence[str]) -> dict[ListField, list[int]]:
    found: dict[ListField, list[int]] = {field: [] for field in ListField}
    for position, header in enumerate(headers):
        field = field_of(header)
        if field is not None:
            found[field].append(position)
    return found


def _position(headers: Sequence[str], column: str) -> int:
    for same in (str.strip, plain_header):
        for position, header in enumerate(headers):
            if same(header) == same(column):
                return position
    raise ColumnsRefusedError(ColumnFault.NO_SUCH_COLUMN, wanted=column, headers=headers)


def _custom(headers: Sequence[str], kept_elsewhere: set[int | None]) -> tuple[tuple[str, int], ...]:
    """Name the columns; a name that comes twice gets its position behind it."""
    named: dict[str, int] = {}
    for position, header in enumerate(headers):
        if position in kept_elsewhere or header.startswith(OWN_PREFIX):
            continue
        name = header.translate(_OBEYED).strip() or f"column {position + 1}"
        named[name if name not in named else f"{name} ({position + 1})"] = position
    return tuple(named.items())
