"""Which sign stands between cells."""

from __future__ import annotations

import pytest

from campaigns.row.delimiters import parse_delimiter, sniff_delimiter


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["姓名,电话", "张三,138"], ","),
        (["姓名;地址,楼层;电话", "张三;x,y;138", "李四;z;139"], ";"),
        (["姓名|电话", "张三|138,139"], "|"),
        (["姓名\t电话, 手机", "张三\t138"], "\t"),
        (['"a,b,c";phone', '"x";1'], ";"),
        (["姓名^电话^备注", "张三^138^"], "^"),
        (["姓名，电话", "张三，138"], "，"),
        (["a:b:c", "1:2:3"], ":"),
        # A sign that the rows do not have is part of the header's words.
        (["电话：", "13800138000"], ","),
        (["phone#", "138", "139"], ","),
        (["联系-电话", "138-0013"], ","),
        (["电话 号码", "138 139"], ","),
        (["phone"], ","),
        ([], ","),
    ],
)
def test_the_delimiter_is_chosen_by_header_and_rows(lines: list[str], delimiter: str) -> None:
    assert sniff_delimiter(lines) == delimiter


@pytest.mark.parametrize(
    ("text", "sign"), [("tab", "\t"), ("\\t", "\t"), ("\t", "\t"), (";", ";"), ("pipe", "|")]
)
def test_a_delimiter_can_be_named(text: str, sign: str) -> None:
    assert parse_delimiter(text) == sign


@pytest.mark.parametrize("text", ["", "ab", "a", "1", '"', "\n", " ", "张"])
def test_what_cannot_stand_between_cells_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no delimiter"):
        parse_delimiter(text)
