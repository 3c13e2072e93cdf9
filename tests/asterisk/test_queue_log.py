"""Lines of queue_log, however shifted, cut and packed, become the stays that they tell of (R18)."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.queue_log import LogStay, Stays, read_line
from asterisk.queue_log_files import INCOMPLETE, PACKED_BADLY, BadLine, in_order, lines_of
from dialer.queue_effects import QueueEnd, TalkEnd

T = 1_795_311_436
START = datetime.fromtimestamp(T, UTC)


def told_by(*lines: str) -> list[LogStay]:
    stays = Stays()
    found: list[LogStay] = []
    for text in lines:
        line = read_line(text)
        if line is not None:
            found += stays.take(line)
    return [*found, *stays.rest()]


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


JOIN = f"{T}|c1|sales|NONE|ENTERQUEUE||13800138000|1"
CONNECT = f"{T + 12}|c1|sales|1001|CONNECT|12|c9|3"


@pytest.mark.parametrize(
    ("end", "talk_s", "transferred", "ended_by"),
    [
        ("COMPLETEAGENT|12|30|1", 30, False, TalkEnd.AGENT),
        ("COMPLETECALLER|12|30|1", 30, False, TalkEnd.CALLER),
        ("BLINDTRANSFER|8000|from-internal|12|30|1", 30, True, TalkEnd.TRANSFER),
        ("ATTENDEDTRANSFER|BRIDGE|b-7|12|30|1", 30, True, TalkEnd.TRANSFER),
        ("TRANSFER|8000|from-internal|12|30|1", 30, True, TalkEnd.TRANSFER),
    ],
)
def test_an_answered_stay(end: str, talk_s: int, ended_by: TalkEnd, *, transferred: bool) -> None:
    (stay,) = told_by(JOIN, CONNECT, f"{T + 42}|c1|sales|1001|{end}")
    assert stay == LogStay(
        call="c1",
        queue="sales",
        joined_at=START,
        ended_at=after(12),
        how=QueueEnd.ANSWERED,
        number="13800138000",
        agent="1001",
        talk_s=talk_s,
        transferred=transferred,
        ended_by=ended_by,
    )


@pytest.mark.parametrize(
    ("end", "how"),
    [
        ("ABANDON|1|1|9", QueueEnd.ABANDONED),
        ("EXITWITHTIMEOUT|1|1|9", QueueEnd.TIMEOUT),
        ("EXITWITHKEY|0|1|1|9", QueueEnd.KEY),
        ("EXITEMPTY|1|1|9", QueueEnd.EMPTY),
        ("WITHDRAW|1|1|9|overflow", QueueEnd.WITHDRAWN),
    ],
)
@pytest.mark.parametrize("from_the_middle", [False, True])
def test_a_stay_without_an_agent_also_where_its_beginning_is_in_no_file(
    end: str, how: QueueEnd, *, from_the_middle: bool
) -> None:
    line = f"{T + 9}|c1|sales|NONE|{end}"
    (stay,) = told_by(line) if from_the_middle else told_by(JOIN, line)
    assert (stay.joined_at, stay.ended_at, stay.how) == (START, after(9), how)
    assert stay.agent == ""


def test_a_talk_whose_beginning_is_in_no_file_is_reckoned_back_from_its_end() -> None:
    (stay,) = told_by(f"{T + 42}|c1|sales|1001|COMPLETEAGENT|12|30|1")
    assert (stay.joined_at, stay.ended_at, stay.talk_s) == (START, after(12), 30)


def test_a_talk_that_goes_on_is_answered_and_a_wait_that_goes_on_is_nothing_yet() -> None:
    (stay,) = told_by(JOIN, CONNECT, f"{T}|c2|sales|NONE|ENTERQUEUE||1|1")
    assert (stay.how, stay.talk_s) == (QueueEnd.ANSWERED, None)


def test_bars_in_a_number_and_in_a_members_name_shift_nothing() -> None:
    (stay,) = told_by(
        f"{T}|c1|sales|NONE|ENTERQUEUE||1|ABANDON|1|1|99|1",
        f"{T + 12}|c1|sales|Li|Wei|CONNECT|12|c9|3",
        f"{T + 42}|c1|sales|Li|Wei|COMPLETECALLER|12|30|1",
    )
    assert (stay.how, stay.number, stay.agent) == (
        QueueEnd.ANSWERED,
        "1|ABANDON|1|1|99",
        "Li|Wei",
    )


def test_who_waited_when_asterisk_began_anew_was_lost() -> None:
    first, second = told_by(
        JOIN,
        f"{T + 60}|NONE|NONE|NONE|QUEUESTART|",
        JOIN.replace("c1", "c2"),
        f"{T + 9}|c2|sales|NONE|ABANDON|1|1|9",
    )
    assert (first.call, first.how) == ("c1", QueueEnd.LOST)
    assert (second.call, second.how) == ("c2", QueueEnd.ABANDONED)


def test_a_call_may_wait_twice_in_one_queue() -> None:
    stays = told_by(
        JOIN,
        f"{T + 20}|c1|sales|NONE|EXITWITHTIMEOUT|1|1|20",
        f"{T + 20}|c1|sales|NONE|ENTERQUEUE||13800138000|1",
        f"{T + 25}|c1|sales|NONE|ABANDON|1|1|5",
    )
    assert [(stay.joined_at, stay.how) for stay in stays] == [
        (START, QueueEnd.TIMEOUT),
        (after(20), QueueEnd.ABANDONED),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "half a li",
        f"{T}|c1|sales",
        "x|c1|q|NONE|ABANDON|1|1|1",
        "99999999999|c1|q|NONE|ABANDON|1|1|1",
        f"{T}|c1|q|NONE|Aband",
    ],
)
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="queue_log"):
        read_line(text)


@given(st.lists(st.text(st.sampled_from("0123456789|NONEABDXTIU-"), max_size=60)))
def test_no_line_breaks_the_reading(texts: list[str]) -> None:
    stays = Stays()
    for text in texts:
        try:
            line = read_line(text)
            if line is not None:
                list(stays.take(line))
        except ValueError:
            continue


# ── files ────────────────────────────────────────────────────────────────────────────────


def test_files_are_read_in_the_order_of_time_packed_or_not(tmp_path: Path) -> None:
    late, early = tmp_path / "queue_log", tmp_path / "queue_log.1.gz"
    late.write_text(f"{T + 12}|c1|sales|NONE|ABANDON|1|1|12\n")
    early.write_bytes(gzip.compress(f"{JOIN}\n".encode()))
    assert in_order([late, early]) == [early, late]
    ((number, line),) = lines_of(early)
    assert number == 1
    assert not isinstance(line, BadLine)
    assert line.event == "ENTERQUEUE"


def test_a_last_line_without_an_end_and_bent_ones_are_named(tmp_path: Path) -> None:
    file = tmp_path / "queue_log"
    file.write_bytes(f"{JOIN}\n".encode() + b"\xff\xfe nothing\n" + CONNECT.encode())
    (_, good), (second, bent), (third, cut) = lines_of(file)
    assert not isinstance(good, BadLine)
    assert isinstance(bent, BadLine)
    assert isinstance(cut, BadLine)
    assert (second, third, cut.why) == (2, 3, INCOMPLETE)


def test_a_packed_file_that_ends_too_early_gives_what_it_has(tmp_path: Path) -> None:
    file = tmp_path / "queue_log.gz"
    many = "".join(f"{T + n}|c{n}|sales|NONE|ENTERQUEUE||{n}|1\n" for n in range(5_000))
    file.write_bytes(gzip.compress(many.encode())[:-2_000])
    *good, (_, last) = lines_of(file)
    assert good
    assert isinstance(last, BadLine)
    assert last.why == PACKED_BADLY


@pytest.mark.parametrize(
    "line",
    [
        f"{T}|{'c' * 151}|sales|NONE|ENTERQUEUE||138|1",
        f"{T}|c1|{'q' * 151}|NONE|ENTERQUEUE||138|1",
        f"{T}|c1|sales|{'m' * 151}|CONNECT|12|c9|3",
        f"{T}|c\0|sales|1001|CONNECT|12|c9|3",
    ],
)
def test_a_name_that_no_database_takes_is_a_damaged_line(line: str) -> None:
    with pytest.raises(ValueError, match="name"):
        read_line(line)


def test_a_duration_that_no_database_takes_is_a_damaged_line() -> None:
    with pytest.raises(ValueError, match="long"):
        told_by(f"{T}|c1|sales|1001|COMPLETEAGENT|12|999999999|1")


def test_a_clock_that_is_set_makes_no_wait_of_years() -> None:
    """A machine without a clock of its own begins in 1970; who waits then is told of by the end."""
    begun = "5|c1|sales|NONE|ENTERQUEUE||13800138000|1"
    (left,) = told_by(begun, f"{T}|c1|sales|NONE|ABANDON|1|1|7")
    assert (left.joined_at, left.ended_at, left.number) == (after(-7), START, "13800138000")
    (talked,) = told_by(begun, f"{T}|c1|sales|1001|COMPLETECALLER|7|30|1")
    assert (talked.joined_at, talked.ended_at) == (after(-37), after(-30))
    for later in (f"{T}|NONE|NONE|NONE|QUEUESTART|", f"{T}|c1|sales|NONE|ENTERQUEUE||138|1"):
        lost = told_by(begun, later)[0]
        assert lost.ended_at == lost.joined_at


def test_ends_that_are_missing_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterisk.queue_log._MOST_OPEN", 2)
    lines = [f"{T + n}|c{n}|sales|NONE|ENTERQUEUE||138|1" for n in range(5)]
    assert [stay.call for stay in told_by(*lines)] == ["c0", "c1", "c2"]
