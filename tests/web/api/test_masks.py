"""R25: what is taken for a person's number in any text of an answer, and what is not."""

import pytest

from supervisor.web.api.masks import masked_in, masked_row


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("请拨13800138000回电", "请拨138****8000回电"),
        ("电话:13800138000。", "电话:138****8000。"),
        ("tel:+8613800138000", "tel:138****8000"),
        ("座机021-62345678转3", "座机021****5678转3"),
    ],
)
def test_a_number_is_masked_whatever_stands_around_it(said: str, shown: str) -> None:
    assert masked_in({"note": said}) == {"note": shown}


@pytest.mark.parametrize(
    "said",
    [
        "1795319876.1",
        "1795319876.123",
        "2026-11-23T05:00:00.120+00:00",
        "2026-11-23 05:00:00",
        "01JABCDEF0123456789012345A",
    ],
)
def test_times_and_the_ids_of_calls_are_no_numbers(said: str) -> None:
    assert masked_in({"call": said}) == {"call": said}


def test_in_a_row_of_a_file_whatever_could_be_a_number_is_masked() -> None:
    row = {
        "手机": "62345678",
        "备注": "拨62345678或021-6234 5678",
        "86543210": "x",
        "日期": "2026-11-23",
    }
    assert masked_row(row) == {
        "手机": "6****78",
        "备注": "拨6****78或021****5678",
        "8****10": "x",
        "日期": "2026-11-23",
    }


@pytest.mark.parametrize(
    "said",
    [
        *("手机-13800138000", "138/0013/8000", "138_0013_8000", "138 - 0013 - 8000"),
        *("138—0013—8000", "138  0013  8000", "2026-11-23-13800138000", "１３８００１３８０００"),
    ],
)
def test_in_a_row_of_a_file_a_number_is_masked_however_it_is_written(said: str) -> None:
    (cell,) = masked_row({"备注": said}).values()
    assert "****" in cell
    assert sum(sign.isdigit() for sign in cell) <= 7


@pytest.mark.parametrize("said", ["2026-11-23 09:00", "2026-11-23T09:00:00", "2026-11-23 09:00:00"])
def test_in_a_row_of_a_file_a_time_is_no_number(said: str) -> None:
    assert masked_row({"时间": said}) == {"时间": said}
