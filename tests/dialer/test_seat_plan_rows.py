"""A plan of months as rows: its columns, its notations, and what is said of a bad row (R8)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.row.csv_rows import Row, RowFault
from dialer.staffing.plan import Hour
from dialer.staffing.plan_cells import PlanColumn, column_of, read_figure, read_hour
from dialer.staffing.plan_rows import (
    Misfit,
    PlanFault,
    PlanRefusedError,
    Usual,
    hour_of,
    plan_hours,
)

USUAL = Usual(
    figures={PlanColumn.AHT: 180, PlanColumn.ANSWER_RATE: 0.3, PlanColumn.TALK: 120},
    open_hours=(9, 10, 14, 15),
)


def planned(table: str, usual: Usual = USUAL) -> list[Hour]:
    header, *lines = (line.split("|") for line in table.strip().splitlines())
    rows = (Row(line=at, cells=tuple(cells)) for at, cells in enumerate(lines, start=2))
    return plan_hours(header, rows, usual)


def misfits(table: str, usual: Usual = USUAL) -> tuple[Misfit, ...]:
    with pytest.raises(PlanRefusedError) as refused:
        planned(table, usual)
    return refused.value.misfits


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("日期", PlanColumn.DATE),
        ("时段", PlanColumn.HOUR),
        ("進線量", PlanColumn.CALLS),
        ("Inbound calls", PlanColumn.CALLS),
        ("平均处理时长（秒）", PlanColumn.AHT),
        ("AHT (s)", PlanColumn.AHT),
        ("外呼名单", PlanColumn.RECORDS),
        ("outbound_records", PlanColumn.RECORDS),
        ("接通率(%)", PlanColumn.ANSWER_RATE),
        ("备注", None),
    ],
)
def test_columns_are_known_by_chinese_and_english_names(
    header: str, column: PlanColumn | None
) -> None:
    assert column_of(header) is column


@pytest.mark.parametrize("header", list(PlanColumn))
def test_every_column_is_known_by_its_own_name(header: PlanColumn) -> None:
    assert column_of(header) is header


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("9", 9),
        ("09:00", 9),
        ("9点", 9),
        ("9點00分", 9),
        ("9:00-10:00", 9),
        ("09:00~09:59", 9),
        ("23:00-24:00", 23),
        ("23-0", 23),
        ("９：００", 9),
        ("9:30", None),
        ("9-12", None),
        ("24", None),
        ("morning", None),
        ("", None),
    ],
)
def test_hours_are_whole(text: str, hour: int | None) -> None:
    assert read_hour(text) == hour


@pytest.mark.parametrize(
    ("column", "text", "figure"),
    [
        (PlanColumn.CALLS, "1,200", 1200),
        (PlanColumn.CALLS, "0", 0),
        (PlanColumn.CALLS, "１２０", 120),
        (PlanColumn.CALLS, "12,0", None),
        (PlanColumn.CALLS, "-3", None),
        (PlanColumn.CALLS, "30%", None),
        (PlanColumn.CALLS, "nan", None),
        (PlanColumn.CALLS, "1e9", None),
        (PlanColumn.AHT, "0", None),
        (PlanColumn.ANSWER_RATE, "30 %", 0.3),
        (PlanColumn.ANSWER_RATE, "30", 0.3),
        (PlanColumn.ANSWER_RATE, "0.3", 0.3),
        (PlanColumn.ANSWER_RATE, "0.5%", 0.005),
        (PlanColumn.ANSWER_RATE, "101", None),
        (PlanColumn.ANSWER_RATE, "0", None),
    ],
)
def test_figures_are_read_as_they_are_written(
    column: PlanColumn, text: str, figure: float | None
) -> None:
    assert read_figure(column, text) == (None if figure is None else pytest.approx(figure))


@given(column=st.sampled_from(PlanColumn), text=st.text(max_size=30))
def test_no_cell_breaks_the_reading(column: PlanColumn, text: str) -> None:
    figure = read_figure(column, text)
    assert figure is None or figure >= 0
    assert read_hour(text) in {None, *range(24)}


def test_rows_are_hours_in_order_of_time() -> None:
    hours = planned(
        """日期|小时|呼入量|外呼量
2026-11-26|9|80|
2026/11/25|10:00|120|400
2026年11月25日|9|100|0"""
    )
    assert [(one.day, one.hour) for one in hours] == [
        (date(2026, 11, 25), 9),
        (date(2026, 11, 25), 10),
        (date(2026, 11, 26), 9),
    ]
    assert [one.calls_in for one in hours] == [100, 120, 80]
    assert [one.records for one in hours] == [0, 400, 0]
    assert hours[1].outbound is not None
    assert hours[1].outbound.handle_s == 120


def test_a_row_says_it_better_than_the_usual_figures() -> None:
    (hour,) = planned(
        "hour|calls|aht|patience|records|answer rate|attempts|talk|wrap-up\n"
        "9|60|240|90|100|50%|2|100|20"
    )
    assert hour.inbound is not None
    assert hour.outbound is not None
    assert (hour.inbound.handle_s, hour.inbound.patience_s) == (240, 90)
    assert (hour.outbound.handle_s, hour.outbound.dials) == (120, 1.5)


def test_the_hour_may_stand_in_the_date() -> None:
    assert [one.hour for one in planned("date|calls\n2026-11-25 09:00|60")] == [9]


def test_a_row_without_an_hour_is_spread_over_the_open_ones() -> None:
    hours = planned("date|calls|records\n2026-11-25|400|2000")
    assert [one.hour for one in hours] == [9, 10, 14, 15]
    assert {one.calls_in for one in hours} == {100}
    assert {one.records for one in hours} == {500}


def test_measured_dials_hold_where_no_limit_is_given() -> None:
    usual = Usual(figures=USUAL.figures, dials=1.7)
    (plain,) = planned("hour|records\n9|100", usual)
    (limited,) = planned("hour|records|attempts\n9|100|3", usual)
    assert plain.outbound is not None
    assert limited.outbound is not None
    assert plain.outbound.dials == 1.7
    assert limited.outbound.dials == pytest.approx(2.19)


def test_everything_that_is_wrong_is_told_at_once_with_its_place() -> None:
    assert misfits(
        """日期|小时|呼入量|接通率
2026-11-25|9|60|
soon|9|60|
2026-11-25|9:30|60|
2026-11-25|10|many|140
|11|60|
2026-11-25|9|70|"""
    ) == (
        Misfit(fault=PlanFault.BAD_DATE, line=3, column="日期", text="soon"),
        Misfit(fault=PlanFault.BAD_HOUR, line=4, column="小时", text="9:30"),
        Misfit(fault=PlanFault.BAD_FIGURE, line=5, column="呼入量", text="many"),
        Misfit(fault=PlanFault.BAD_RATE, line=5, column="接通率", text="140"),
        Misfit(fault=PlanFault.NO_DATE, line=6, column="日期"),
        Misfit(fault=PlanFault.TWICE, line=7, text="2026-11-25 09:00", earlier=2),
    )


def test_a_figure_that_is_needed_is_missed_only_where_it_is_needed() -> None:
    bare = Usual(figures={PlanColumn.AHT: 180})
    assert planned("hour|calls|records\n9|60|0", bare)[0].outbound is None
    assert misfits("hour|calls|records\n9|60|50", bare) == (
        Misfit(fault=PlanFault.MISSING, line=2, column="answer_rate"),
    )


def test_a_file_without_any_volume_is_refused() -> None:
    (found,) = misfits("日期|备注\n2026-11-25|x")
    assert (found.fault, found.line, found.text) == (PlanFault.NO_VOLUME, 1, "日期, 备注")


def test_two_columns_for_one_thing_are_refused() -> None:
    (found,) = misfits("hour|calls|呼入量\n9|1|2")
    assert (found.fault, found.column, found.text) == (PlanFault.TWO_COLUMNS, "calls", "呼入量")


def test_a_row_that_cannot_be_taken_apart_is_told() -> None:
    rows = [Row(line=2, cells=('9,"60',), fault=RowFault.BAD_QUOTING)]
    with pytest.raises(PlanRefusedError) as refused:
        plan_hours(["hour", "calls"], rows, USUAL)
    assert refused.value.misfits[0].fault is PlanFault.BROKEN_ROW


def test_a_short_row_is_a_row_with_empty_cells() -> None:
    assert planned("hour|calls|records\n9|60")[0].records == 0


def test_nothing_asked_is_an_hour_that_takes_nobody() -> None:
    assert hour_of({}, Usual()) == Hour()
