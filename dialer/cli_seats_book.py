"""The answer of `waihu seats` as a workbook: hours, days, months, and what it rests on.

Owns: the sheets and their columns. Must not know how a workbook is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from campaigns.lists.figure_book import Cell, FigureSheet, Picture, write_figure_book
from config.language import _
from dialer.cli_seats_answer import Answer
from dialer.cli_seats_words import assumptions, reserve_text
from dialer.cli_times import weekday
from dialer.staffing.plan import Seats, Span

_PLACES: Final = 4


def write_answer(path: Path, answer: Answer) -> None:
    """Write all of it anew.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    by_day = [[key, weekday(key.weekday()), *_sums(one)] for key, one in answer.by_day().items()]
    by_month = [[key, *_sums(one)] for key, one in answer.by_month().items()]
    by_hour = [[_clock(key), *_sums(one)] for key, one in answer.by_hour().items()]
    sums = _sum_names()
    sheets = [
        _hours(answer),
        _spans(_("By hour of day"), [_("hour"), *sums], by_hour, first=1),
        _spans(_("By day"), [_("day"), _("weekday"), *sums], by_day, first=2),
        _spans(_("By month"), [_("month"), *sums], by_month, first=1),
        FigureSheet(
            name=_("Assumptions"),
            headers=["", ""],
            rows=[*assumptions(answer), (_("roster"), reserve_text(answer))],
        ),
    ]
    write_figure_book(path, [sheet for sheet in sheets if sheet.rows])


def _hours(answer: Answer) -> FigureSheet:
    headers = [
        *(_("day"), _("hour"), _("calls in"), _("records"), _("calls out"), _("talks out")),
        *(_("inbound alone"), _("outbound alone"), _("seats"), _("spare"), _("rostered")),
        *(_("service level"), _("must wait"), _("mean wait, s"), _("given up"), _("occupancy")),
    ]
    return FigureSheet(
        name=_("Hours"),
        headers=headers,
        rows=[_hour(one) for one in answer.seats],
        shares=frozenset({11, 12, 14, 15}),
        picture=Picture(title=_("Seats by hour"), along=1, stacked=(8, 9)),
    )


def _hour(one: Seats) -> list[Cell]:
    hour, found = one.hour, one.waiting
    return [
        *(hour.day, _clock(hour.hour), _rounded(hour.calls_in), _rounded(hour.records)),
        _rounded(hour.calls_out),
        _rounded(hour.outbound.talks if hour.outbound else 0.0),
        *(one.inbound_alone, one.outbound_alone, one.seats, one.spare, one.rostered),
        *(_rounded(found.service_level), _rounded(found.wait_share), _rounded(found.asa_s)),
        *(_rounded(found.abandoned), _rounded(found.occupancy)),
    ]


def _spans(
    name: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, first: int
) -> FigureSheet:
    """`first`: the place of the first sum; seats and spare ones stand 5 and 6 after it."""
    picture = Picture(title=name, along=0, stacked=(first + 5, first + 6))
    return FigureSheet(name=name, headers=headers, rows=rows, picture=picture)


def _sum_names() -> list[str]:
    return [
        *(_("calls in"), _("records"), _("calls out"), _("seat hours"), _("mean seats")),
        *(_("seats at the peak"), _("spare"), _("rostered"), _("peak on"), _("peak at")),
    ]


def _sums(one: Span) -> list[Cell]:
    peak = one.peak
    return [
        *(_rounded(one.calls_in), _rounded(one.records), _rounded(one.calls_out)),
        *(one.seat_hours, _rounded(one.mean_seats), peak.seats, peak.spare, peak.rostered),
        *(peak.hour.day, _clock(peak.hour.hour)),
    ]


def _clock(hour: int | None) -> str | None:
    return None if hour is None else f"{hour:02}:00"


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, _PLACES)
