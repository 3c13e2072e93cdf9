"""Which column holds what."""

from __future__ import annotations

import pytest

from campaigns.columns import (
    ColumnFault,
    ColumnsRefusedError,
    ListField,
    PhoneCell,
    map_columns,
    parse_column_flags,
    row_facts,
)
from campaigns.numbers import NumberKind


@pytest.mark.parametrize(
    "header",
    [
        "电话",
        "手机",
        "号码",
        "联系电话",
        "手机号码",
        "電話",
        "行動電話",
        "Phone",
        "mobile",
        "Phone Number",
        "电话2",
        "phone_3",
        "电话（手机）",
        " TEL ",
    ],
)
def test_a_phone_column_is_known_by_its_name(header: str) -> None:
    assert map_columns(["x", header]).phones == (1,)


def test_chinese_headers_are_known() -> None:
    columns = map_columns(["编号", "姓名", "手机", "联系电话", "时区", "小区"])
    assert (columns.reference, columns.name, columns.phones, columns.time_zone) == (0, 1, (2, 3), 4)
    assert columns.custom == (("小区", 5),)


def test_english_headers_are_known() -> None:
    columns = map_columns(["Phone", "Reference", "Name", "Timezone"])
    assert (columns.reference, columns.name, columns.phones, columns.time_zone) == (1, 2, (0,), 3)


def test_a_column_named_by_hand_goes_before_the_names() -> None:
    flags = parse_column_flags(["phone=去电", "phone=备用", "name=户主"])
    columns = map_columns(["电话", "去电", "备用", "户主", "姓名"], flags)
    assert columns.phones == (1, 2)
    assert columns.name == 3
    assert [name for name, _ in columns.custom] == ["电话", "姓名"]


def test_without_a_phone_column_the_headers_are_listed() -> None:
    with pytest.raises(ColumnsRefusedError) as caught:
        map_columns(["姓名", "地址"])
    assert caught.value.fault is ColumnFault.NO_PHONE_COLUMN
    assert caught.value.headers == ("姓名", "地址")
    assert "姓名, 地址" in str(caught.value)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ColumnsRefusedError, match=r"'座机'.*姓名, 电话"):
        map_columns(["姓名", "电话"], {ListField.PHONE: ["座机"]})


@pytest.mark.parametrize("flag", ["phone", "phone=", "colour=x", "=x", ""])
def test_a_flag_that_is_no_map_is_refused(flag: str) -> None:
    with pytest.raises(ColumnsRefusedError, match="FIELD=COLUMN"):
        parse_column_flags([flag])


def test_custom_columns_keep_their_names_and_nameless_ones_get_one() -> None:
    columns = map_columns(["phone", "note", "note", ""])
    assert columns.custom == (("note", 1), ("note (3)", 2), ("column 4", 3))


def test_a_short_row_has_empty_cells_and_empty_custom_data_is_not_kept() -> None:
    columns = map_columns(["phone", "name", "note"])
    facts = row_facts([" 1 ", "张三"], columns)
    phones = (PhoneCell(" 1 ", NumberKind.PHONE),)
    assert (facts.phones, facts.name, facts.custom) == (phones, "张三", {})


def test_what_a_terminal_would_obey_does_not_get_in_and_a_note_keeps_its_lines() -> None:
    headers = ("姓名", "电话", "备\x1b[2J注")
    columns = map_columns(headers)
    facts = row_facts(("张\x1b[31m三\x9b", "13800138000", "one\r\ntwo\tthree"), columns)
    assert facts.name == "张\ufffd[31m三\ufffd"
    assert facts.custom == {"备\ufffd[2J注": "one\ntwo\tthree"}
