"""What `waihu seats` prints: one hour with its neighbours, or tables by month, day and hour.

Owns: the tables, the bars and the JSON. Must not compute seats but for the neighbours it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from config.language import _
from dialer.cli_print import EMPHASIS, QUIET, console, facts, heading, print_json, say
from dialer.cli_seats_answer import Answer
from dialer.cli_seats_words import assumptions, number, reserve_text, share
from dialer.cli_times import weekday
from dialer.staffing.erlang import Waiting
from dialer.staffing.plan import Seats, Span, with_agents
from supervisor.terminal_text import BLUE

_NARROW: Final = 8
_WIDE: Final = 32
_FEWER: Final = 2
_MORE: Final = 3
# More days than this are shown by month.
_DAYS_SHOWN: Final = 31
_PEAK: Final = "◀"
# Between two columns of a table.
_GAP: Final = 2
_TWO_DIGITS: Final = 10


# ── tables with a bar ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Cells, and a bar of `full` and then `light` out of `most`; the peak is set off."""

    cells: Sequence[str]
    full: float
    light: float
    most: float
    is_peak: bool


def _table(names: Sequence[str], rows: Sequence[_Row]) -> None:
    """All columns but the first are figures; the bar takes what room they leave."""
    screen = console()
    widths = [
        max(cell_len(text) for text in (name, *(row.cells[place] for row in rows)))
        for place, name in enumerate(names)
    ]
    room = screen.width - sum(widths) - _GAP * (len(widths) + 1) - cell_len(_PEAK)
    grid = Table(
        box=SIMPLE_HEAD,
        header_style=EMPHASIS,
        pad_edge=False,
        show_edge=False,
        padding=(0, _GAP - 1, 0, 0),
    )
    for place, (name, width) in enumerate(zip(names, widths, strict=True)):
        grid.add_column(name, justify="right" if place else "left", min_width=width, no_wrap=True)
    if room >= _NARROW:
        grid.add_column("")
    grid.add_column("")
    for row in rows:
        bar = [_bar(row, min(room, _WIDE))] if room >= _NARROW else []
        peak = _PEAK if row.is_peak else ""
        grid.add_row(*row.cells, *bar, peak, style=EMPHASIS if row.is_peak else "")
    screen.print()
    screen.print(grid)


def _bar(row: _Row, width: int) -> Text:
    full = round(width * row.full / row.most) if row.most else 0
    whole = round(width * (row.full + row.light) / row.most) if row.most else 0
    return Text.assemble(("█" * full, BLUE), ("░" * (whole - full), QUIET))


# ── for people ───────────────────────────────────────────────────────────────────────────


def print_answer(answer: Answer, xlsx: Path | None) -> None:
    """The answer first, then what it rests on, then the tables."""
    say(_headline(answer), style="bold")
    peak = answer.whole.peak
    rows = [(_("roster"), _roster(answer, peak))]
    if not answer.is_one_hour:
        rows.insert(0, (_("peak"), _peak_text(peak)))
        rows.append((_("seat hours"), _hours_text(answer)))
    facts([*rows, *assumptions(answer)])
    if answer.is_one_hour:
        _print_neighbours(answer)
    else:
        _print_plan(answer)
    if xlsx is not None:
        say(_("{file}: written").format(file=xlsx))


def _headline(answer: Answer) -> str:
    peak = answer.whole.peak
    if answer.is_one_hour:
        both = answer.has_inbound and answer.has_outbound
        said = (
            _("Seats: {seats}, for {calls} calls in and {records} records to dial in an hour")
            if both
            else _("Seats: {seats}, for {calls} calls in an hour")
            if answer.has_inbound
            else _("Seats: {seats}, for {records} records to dial in an hour")
        )
        hour = peak.hour
        return said.format(
            seats=peak.seats, calls=number(hour.calls_in), records=number(hour.records)
        )
    if answer.days is not None:
        said = _("Seats: {seats} at the peak of each of {days} days")
        return said.format(seats=peak.seats, days=answer.days)
    days = answer.by_day()
    if len(days) > 1:
        said = _("Seats: {seats} at the peak of {days} days")
        return said.format(seats=peak.seats, days=len(days))
    said = _("Seats: {seats} at the peak of {day}")
    return said.format(seats=peak.seats, day=_day(*days) if days else _("the day"))


def _roster(answer: Answer, peak: Seats) -> str:
    said = _("{rostered}, {reserve}: {spare} spare")
    return said.format(rostered=peak.rostered, reserve=reserve_text(answer), spare=peak.spare)


def _peak_text(peak: Seats) -> str:
    apart = bool(peak.inbound_alone and peak.outbound_alone)
    said = (
        _("{moment}, {n} seats; two teams would take {inbound} + {outbound}")
        if apart
        else _("{moment}, {n} seats")
    )
    return said.format(
        moment=_moment(peak),
        n=peak.seats,
        inbound=peak.inbound_alone,
        outbound=peak.outbound_alone,
    )


def _hours_text(answer: Answer) -> str:
    whole = answer.whole
    said = _("{n} in {hours} hours, {rostered} rostered")
    return said.format(
        n=f"{whole.seat_hours:,}", hours=f"{whole.hours:,}", rostered=f"{whole.rostered_hours:,}"
    )


def _moment(one: Seats) -> str:
    day = "" if one.hour.day is None else f"{_day(one.hour.day)} "
    return f"{day}{_clock(one.hour.hour)}"


def _clock(hour: int | None) -> str:
    return "" if hour is None else f"{hour:02}:00"


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d} {weekday(day.weekday())}"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    digits = 0 if seconds >= _TWO_DIGITS else 1
    return _("{n} s").format(n=f"{seconds:,.{digits}f}")


def _print_neighbours(answer: Answer) -> None:
    """What a few seats more or fewer would do; outbound calls alone have no such answer."""
    (chosen,) = answer.seats
    if not chosen.hour.calls_in:
        return
    first = max(1, chosen.seats - _FEWER)
    choices = [
        (agents, with_agents(chosen.hour, answer.rules, agents))
        for agents in range(first, chosen.seats + _MORE + 1)
    ]
    within = _("in {n} s").format(n=f"{answer.rules.target.within_s:g}")
    leaves = bool(chosen.hour.inbound and chosen.hour.inbound.patience_s is not None)
    names = [_("seats"), within, _("mean wait"), _("must wait")]
    names += [_("given up")] if leaves else []

    def row(agents: int, found: Waiting) -> _Row:
        cells = [str(agents), share(found.service_level), _seconds(found.asa_s)]
        cells += [share(found.wait_share)]
        cells += [share(found.abandoned)] if leaves else []
        level = found.service_level or 0.0
        return _Row(
            cells=[*cells, share(found.occupancy)],
            full=level,
            light=1 - level,
            most=1,
            is_peak=agents == chosen.seats,
        )

    _table([*names, _("occupancy")], [row(agents, found) for agents, found in choices])


def _print_plan(answer: Answer) -> None:
    days, months, hours = answer.by_day(), answer.by_month(), answer.by_hour()
    if len(days) <= 1:
        _print_hours(answer, answer.seats)
        return
    if len(months) > 1:
        heading(_("By month"))
        _print_spans(answer, months, str, _("month"))
    if len(days) <= _DAYS_SHOWN:
        heading(_("By day"))
        _print_spans(answer, days, _day, _("day"))
    if hours:
        heading(_("By hour of the day, at its peak"))
        _print_spans(answer, hours, _clock, _("hour"))


def _print_hours(answer: Answer, seats: Sequence[Seats]) -> None:
    most = max(one.rostered for one in seats)
    peak = answer.whole.peak
    names = [_("hour"), *_volume_names(answer)]
    if answer.has_inbound:
        names += [_("in {n} s").format(n=f"{answer.rules.target.within_s:g}"), _("wait")]
    names += [_("occupancy"), _("seats"), _("spare")]

    def row(one: Seats) -> _Row:
        cells = [_clock(one.hour.hour), *_volumes(answer, one.hour.calls_in, one.hour.records)]
        if answer.has_inbound:
            cells += [share(one.waiting.service_level), _seconds(one.waiting.asa_s)]
        cells += [share(one.waiting.occupancy), str(one.seats), f"+{one.spare}"]
        return _Row(cells=cells, full=one.seats, light=one.spare, most=most, is_peak=one is peak)

    _table(names, [row(one) for one in seats])


def _print_spans(
    answer: Answer, spans: Mapping[Any, Span], shown: Callable[[Any], str], name: str
) -> None:
    most = max(one.peak.rostered for one in spans.values())
    peak = max(spans.values(), key=lambda one: one.peak.seats)
    names = [name, *_volume_names(answer), _("seat hours"), _("peak"), _("spare")]

    def row(key: Any, one: Span) -> _Row:
        cells = [shown(key), *_volumes(answer, one.calls_in, one.records)]
        cells += [f"{one.seat_hours:,}", str(one.peak.seats), f"+{one.peak.spare}"]
        return _Row(
            cells=cells,
            full=one.peak.seats,
            light=one.peak.spare,
            most=most,
            is_peak=one is peak,
        )

    _table(names, [row(key, one) for key, one in spans.items()])


def _volume_names(answer: Answer) -> list[str]:
    names = [_("calls in")] if answer.has_inbound else []
    return [*names, _("records")] if answer.has_outbound else names


def _volumes(answer: Answer, calls_in: float, records: float) -> list[str]:
    cells = [f"{calls_in:,.0f}"] if answer.has_inbound else []
    return [*cells, f"{records:,.0f}"] if answer.has_outbound else cells


# ── for programs ─────────────────────────────────────────────────────────────────────────


def _simulated_json(answer: Answer) -> dict[str, dict[str, float | int | None]] | None:
    """By team size, what the engine did in virtual time."""
    if answer.simulated is None:
        return None
    return {
        str(size): {
            "occupancy": run.utilisation,
            "abandoned": run.abandon_rate,
            "calls": run.placed,
            "agent_hours": run.times.signed_in_s / 3600,
        }
        for size, run in sorted(answer.simulated.runs.items())
    }


def print_answer_json(answer: Answer) -> None:
    """All hours and all sums, shares between 0 and 1, times in seconds."""
    print_json(answer_json(answer))


def answer_json(answer: Answer) -> dict[str, object]:
    """The same as an object."""
    target = answer.rules.target
    return {
        "target": {"share": target.share, "within_s": target.within_s, "formula": "SL3"},
        "reserve": answer.rules.reserve,
        "dialing": answer.dialing,
        "simulated": _simulated_json(answer),
        "days_of_list": answer.days,
        "history": None if answer.history is None else asdict(answer.history),
        "peak": _hour_json(answer.whole.peak),
        "seat_hours": answer.whole.seat_hours,
        "rostered_hours": answer.whole.rostered_hours,
        "hours": [_hour_json(one) for one in answer.seats],
        "by_hour": [{"hour": key, **_json(one)} for key, one in answer.by_hour().items()],
        "by_day": [{"day": key.isoformat(), **_json(one)} for key, one in answer.by_day().items()],
        "by_month": [{"month": key, **_json(one)} for key, one in answer.by_month().items()],
    }


def _hour_json(one: Seats) -> dict[str, object]:
    hour, outbound = one.hour, one.hour.outbound
    return {
        "day": None if hour.day is None else hour.day.isoformat(),
        "hour": hour.hour,
        "calls_in": hour.calls_in,
        "records": hour.records,
        "calls_out": hour.calls_out,
        "talks_out": outbound.talks if outbound else 0.0,
        "seats": one.seats,
        "rostered": one.rostered,
        "spare": one.spare,
        "inbound_alone": one.inbound_alone,
        "outbound_alone": one.outbound_alone,
        "service_level": one.waiting.service_level,
        "wait_share": one.waiting.wait_share,
        "asa_s": one.waiting.asa_s,
        "abandoned": one.waiting.abandoned,
        "occupancy": one.waiting.occupancy,
    }


def _json(one: Span) -> dict[str, object]:
    return {
        "hours": one.hours,
        "calls_in": one.calls_in,
        "records": one.records,
        "calls_out": one.calls_out,
        "seat_hours": one.seat_hours,
        "rostered_hours": one.rostered_hours,
        "peak_seats": one.peak.seats,
        "peak_rostered": one.peak.rostered,
        "peak_at": _hour_json(one.peak),
    }
