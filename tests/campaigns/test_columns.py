"""Which column holds what."""

from __future__ import annotations

import pytest

from campaigns.phone.numbers import NumberKind
from campaigns.row.column_names import ListField
from campaigns.row.columns import (
    ColumnFault,
    ColumnsRefusedError,
    map_columns,
    parse_column_flags,
    row_facts,
)


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
    assert [position for position, _ in map_columns(["x", header]).phones] == [1]


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (("电话", "联系方式", "電話", "Phone 2", "电话（必填）"), NumberKind.PHONE),
        (("手机", "手机号码2", "行動電話", "Mobile", "cell_phone"), NumberKind.MOBILE),
        (("家庭电话", "住宅電話", "Home Phone"), NumberKind.HOME),
        (("办公电话", "公司電話", "Work phone", "Office"), NumberKind.WORK),
        (("座机", "固话", "市話", "Landline"), NumberKind.FIXED),
        (("免费电话", "免付費電話", "toll-free"), NumberKind.TOLL_FREE),
    ],
)
def test_a_phone_columns_name_says_what_kind_of_number_it_holds(
    headers: tuple[str, ...], kind: NumberKind
) -> None:
    assert map_columns(headers).phones == tuple((at, kind) for at in range(len(headers)))


def test_numbers_are_tried_in_the_order_of_their_columns() -> None:
    columns = map_columns(["座机", "姓名", "手机", "家庭电话"])
    assert columns.phones == (
        (0, NumberKind.FIXED),
        (2, NumberKind.MOBILE),
        (3, NumberKind.HOME),
    )


CHINESE = ("编号", "姓名", "手机", "时区", "优先级", "预约时间", "预约坐席")
CONSENT = ("同意依据", "同意凭证", "同意时间", "小区")
TAIWANESE = ("編號", "姓名", "手機", "時區", "優先級", "預約時間", "預約專員")
CONSENT_TW = ("同意依據", "同意憑證", "同意時間", "社區")
ENGLISH = (
    "Reference",
    "Name",
    "Mobile",
    "Timezone",
    "Priority",
    "Appointment",
    "Appointment agent",
)
CONSENT_EN = ("Consent", "Consent proof", "Consent at", "Community")


@pytest.mark.parametrize(
    "headers", [CHINESE + CONSENT, TAIWANESE + CONSENT_TW, ENGLISH + CONSENT_EN], ids=lambda h: h[0]
)
def test_headers_are_known_in_each_language(headers: tuple[str, ...]) -> None:
    positions = map_columns(headers).positions()
    assert positions == {
        ListField.REFERENCE: (0,),
        ListField.NAME: (1,),
        ListField.PHONE: (2,),
        ListField.TIME_ZONE: (3,),
        ListField.PRIORITY: (4,),
        ListField.APPOINTMENT: (5,),
        ListField.APPOINTMENT_AGENT: (6,),
        ListField.CONSENT: (7,),
        ListField.CONSENT_PROOF: (8,),
        ListField.CONSENT_AT: (9,),
    }
    cells = ("A1", "张三", "138", "", "1", "2026-11-25 15:00", "1001", "request", "rec 7", "", "x")
    facts = row_facts(cells, map_columns(headers))
    assert (facts.priority, facts.appointment, facts.appointment_agent) == (
        "1",
        "2026-11-25 15:00",
        "1001",
    )
    assert (facts.consent, facts.consent_proof, facts.consent_at) == ("request", "rec 7", "")
    # What went into a field of another form is kept as it was, to go out again.
    assert facts.custom == {
        header: cell
        for header, cell in zip(headers, cells, strict=True)
        if cell and cell not in {"A1", "张三"}
    }


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("13800138000/13900139000", ["13800138000", "13900139000"]),
        ("13800138000；021-60000000", ["13800138000", "021-60000000"]),
        ("13800138000、13900139000，", ["13800138000", "13900139000"]),
        ("138 0013 8000, 139 0013 9000", ["138 0013 8000", " 139 0013 9000"]),
        ("13800138000\r\n13900139000", ["13800138000", "13900139000"]),
        ("021-60000000;ext=12", ["021-60000000;ext=12"]),
        (" / ", []),
    ],
)
def test_several_numbers_in_a_cell_are_several_numbers(cell: str, numbers: list[str]) -> None:
    facts = row_facts((cell,), map_columns(["手机"]))
    assert [phone.text for phone in facts.phones] == numbers
    assert {phone.kind for phone in facts.phones} <= {NumberKind.MOBILE}


def test_a_column_named_by_hand_goes_before_the_names() -> None:
    flags = parse_column_flags(["phone=去电", "phone=备用", "name=户主"])
    columns = map_columns(["电话", "去电", "备用", "户主", "姓名"], flags)
    assert columns.phones == ((1, NumberKind.PHONE), (2, NumberKind.PHONE))
    assert columns.name == 3
    assert [name for name, _ in columns.custom] == ["电话", "去电", "备用", "姓名"]


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
    assert columns.custom == (("phone", 0), ("note", 1), ("note (3)", 2), ("column 4", 3))


def test_a_short_row_has_empty_cells_and_empty_custom_data_is_not_kept() -> None:
    columns = map_columns(["phone", "name", "note"])
    facts = row_facts([" 1 ", "张三"], columns)
    assert [phone.text for phone in facts.phones] == [" 1 "]
    assert (facts.name, facts.custom) == ("张三", {"phone": "1"})


def test_what_a_terminal_would_obey_does_not_get_in_and_a_note_keeps_its_lines() -> None:
    headers = ("姓名", "电话", "备\x1b[2J注")
    columns = map_columns(headers)
    facts = row_facts(("张\x1b[31m三\x9b", "13800138000", "one\r\ntwo\tthree"), columns)
    assert facts.name == "张\ufffd[31m三\ufffd"
    assert facts.custom == {"电话": "13800138000", "备\ufffd[2J注": "one\ntwo\tthree"}
