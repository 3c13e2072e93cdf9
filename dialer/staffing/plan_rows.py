"""A plan of months as rows: what each hour asks for.

Owns: the hours that the rows make, and what is wrong with a row. What a row leaves open is taken
from `Usual`. Must not know how a file is read, nor how many seats an hour takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.row.csv_rows import Row
from campaigns.row.row_times import read_moment
from dialer.staffing.erlang import Traffic
from dialer.staffing.plan import Hour, Outbound, dials_until_answered
from dialer.staffing.plan_cells import PlanColumn, column_of, read_figure, read_hour

_WHEN: Final = frozenset({PlanColumn.DATE, PlanColumn.HOUR})


class PlanFault(StrEnum):
    """Why a row, or the file, cannot be planned."""

    NO_VOLUME = "no_volume"
    TWO_COLUMNS = "two_columns"
    BROKEN_ROW = "broken_row"
    BAD_DATE = "bad_date"
    BAD_HOUR = "bad_hour"
    BAD_FIGURE = "bad_figure"
    BAD_RATE = "bad_rate"
    NO_DATE = "no_date"
    TWICE = "twice"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """What is wrong, where. `line` 0: with the file; `line` 1: with the header.

    `column` is the header as it stands in the file, or the name of a column that is missing;
    `text` the cell, `earlier` the line that said it before.
    """

    fault: PlanFault
    line: int
    column: str = ""
    text: str = ""
    earlier: int = 0


class PlanRefusedError(Exception):
    """The rows cannot be planned as they are; every misfit at once."""

    def __init__(self, misfits: Sequence[Misfit]) -> None:
        self.misfits = tuple(misfits)
        super().__init__("; ".join(f"line {one.line}: {one.fault}" for one in misfits))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What holds where a row says nothing.

    `dials`: how often a record is dialed on average, as it was measured; it is used where no
    limit of attempts is given. `open_hours`: those over which a row without an hour is spread.
    """

    figures: Mapping[PlanColumn, float] = field(default_factory=dict)
    dials: float | None = None
    open_hours: tuple[int, ...] = ()


def hour_of(
    figures: Mapping[PlanColumn, float],
    usual: Usual,
    *,
    day: date | None = None,
    hour: int | None = None,
) -> Hour:
    """What an hour asks for, with the usual figures where it says nothing.

    Raises:
        KeyError: the `PlanColumn` that is not given anywhere, though it is needed.
    """
    known = {**usual.figures, **figures}
    inbound = outbound = None
    if known.get(PlanColumn.CALLS):
        inbound = Traffic(
            calls_per_hour=known[PlanColumn.CALLS],
            handle_s=known[PlanColumn.AHT],
            patience_s=known.get(PlanColumn.PATIENCE),
        )
    if known.get(PlanColumn.RECORDS):
        rate = known[PlanColumn.ANSWER_RATE]
        outbound = Outbound(
            records=known[PlanColumn.RECORDS],
            dials=_dials(known, usual, rate),
            answer_rate=rate,
            handle_s=known[PlanColumn.TALK] + known.get(PlanColumn.WRAP_UP, 0.0),
        )
    return Hour(day=day, hour=hour, inbound=inbound, outbound=outbound)


def _dials(known: Mapping[PlanColumn, float], usual: Usual, rate: float) -> float:
    most = known.get(PlanColumn.ATTEMPTS)
    if most is None and usual.dials is not None:
        return usual.dials
    return dials_until_answered(1.0 if most is None else most, rate)


def plan_hours(headers: Sequence[str], rows: Iterable[Row], usual: Usual) -> list[Hour]:
    """The hours of a plan, in order of time.

    Raises:
        PlanRefusedError: with all that is wrong.
    """
    columns = _columns(headers)
    reading = _Reading(headers, columns, usual)
    for row in rows:
        reading.read(row)
    if reading.misfits:
        raise PlanRefusedError(reading.misfits)
    return sorted(reading.hours, key=lambda one: (one.day or date.min, one.hour or 0))


def _columns(headers: Sequence[str]) -> dict[PlanColumn, int]:
    found: dict[PlanColumn, int] = {}
    misfits = []
    for place, header in enumerate(headers):
        column = column_of(header)
        if column is None:
            continue
        if column in found:
            fault = PlanFault.TWO_COLUMNS
            misfits.append(Misfit(fault=fault, line=1, column=headers[found[column]], text=header))
        found.setdefault(column, place)
    if not found.keys() & {PlanColumn.CALLS, PlanColumn.RECORDS}:
        shown = ", ".join(header for header in headers if header)
        misfits.append(Misfit(fault=PlanFault.NO_VOLUME, line=1, text=shown))
    if misfits:
        raise PlanRefusedError(misfits)
    return found


class _Reading:
    """The rows one after the other; what is wrong is gathered, so that it is told at once."""

    def __init__(
        self, headers: Sequence[str], columns: Mapping[PlanColumn, int], usual: Usual
    ) -> None:
        self.hours: list[Hour] = []
        self.misfits: list[Misfit] = []
        self._headers = headers
        self._columns = columns
        self._usual = usual
        self._missing: set[PlanColumn] = set()
        self._lines: dict[tuple[date | None, int | None], int] = {}

    def read(self, row: Row) -> None:
        """Take one row in."""
        if row.fault is not None:
            self._misfit(PlanFault.BROKEN_ROW, row, text=row.cells[0])
            return
        before = len(self.misfits)
        day, hour = self._when(row)
        figures = dict(self._figures(row))
        if len(self.misfits) > before:
            return
        for one in self._spread(hour):
            earlier = self._lines.setdefault((day, one), row.line)
            if earlier != row.line:
                self._misfit(PlanFault.TWICE, row, text=_moment(day, one), earlier=earlier)
                return
        self._add(row, day, hour, figures)

    def _add(
        self, row: Row, day: date | None, hour: int | None, figures: Mapping[PlanColumn, float]
    ) -> None:
        try:
            whole = hour_of(figures, self._usual, day=day, hour=hour)
        except KeyError as missing:
            # The first row that needs it tells enough: all of them do.
            if missing.args[0] not in self._missing:
                self._missing.add(missing.args[0])
                self._misfit(PlanFault.MISSING, row, column=str(missing.args[0]))
            return
        open_hours = self._spread(hour)
        self.hours += [part_of(whole, one, len(open_hours)) for one in open_hours]

    def _spread(self, hour: int | None) -> Sequence[int | None]:
        return (hour,) if hour is not None else self._usual.open_hours or (None,)

    def _when(self, row: Row) -> tuple[date | None, int | None]:
        day, hour = None, None
        text = self._cell(row, PlanColumn.DATE)
        if text:
            moment = read_moment(text, _CLOCK, date_is_enough=True)
            if moment is None:
                self._misfit(PlanFault.BAD_DATE, row, PlanColumn.DATE, text)
            else:
                day = moment.date()
                clocked = read_moment(text, _CLOCK) is not None
                hour = moment.hour if clocked and PlanColumn.HOUR not in self._columns else None
        elif PlanColumn.DATE in self._columns:
            self._misfit(PlanFault.NO_DATE, row, PlanColumn.DATE)
        text = self._cell(row, PlanColumn.HOUR)
        if text:
            hour = read_hour(text)
            if hour is None:
                self._misfit(PlanFault.BAD_HOUR, row, PlanColumn.HOUR, text)
        return day, hour

    def _figures(self, row: Row) -> Iterator[tuple[PlanColumn, float]]:
        for column in self._columns:
            text = self._cell(row, column)
            if not text or column in _WHEN:
                continue
            figure = read_figure(column, text)
            if figure is None:
                is_rate = column is PlanColumn.ANSWER_RATE
                fault = PlanFault.BAD_RATE if is_rate else PlanFault.BAD_FIGURE
                self._misfit(fault, row, column, text)
            else:
                yield column, figure

    def _cell(self, row: Row, column: PlanColumn) -> str:
        place = self._columns.get(column)
        return "" if place is None or place >= len(row.cells) else row.cells[place].strip()

    def _misfit(
        self,
        fault: PlanFault,
        row: Row,
        column: PlanColumn | str = "",
        text: str = "",
        earlier: int = 0,
    ) -> None:
        place = self._columns.get(column) if isinstance(column, PlanColumn) else None
        name = column if place is None else self._headers[place]
        self.misfits.append(
            Misfit(fault=fault, line=row.line, column=str(name), text=text, earlier=earlier)
        )


_CLOCK: Final = ZoneInfo("UTC")
"""Days and hours of a plan are the site's own; no moment is meant, so no zone is needed."""


def part_of(whole: Hour, hour: int | None, parts: int) -> Hour:
    """The share of one of the hours over which a day is spread."""
    inbound, outbound = whole.inbound, whole.outbound
    if inbound is not None:
        inbound = replace(inbound, calls_per_hour=inbound.calls_per_hour / parts)
    if outbound is not None:
        outbound = replace(outbound, records=outbound.records / parts)
    return replace(whole, hour=hour, inbound=inbound, outbound=outbound)


def _moment(day: date | None, hour: int | None) -> str:
    clock = "" if hour is None else f"{hour:02}:00"
    return f"{day or ''} {clock}".strip()
