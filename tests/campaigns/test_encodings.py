"""The encoding of a list: found by its characters, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.lists.encodings import Encoding, detect_encoding, parse_encoding
from campaigns.row.list_faults import ListFault, ListRefusedError

MAINLAND = """姓名,电话,地址,备注
张伟,13800138000,北京市朝阳区建国路88号,已预约
李娜,13912345678,广州市天河区体育西路,客户要求下午回访
欧阳静怡,13512340001,成都市武侯区人民南路四段,洗衣机漏水
陈鑫,13700000002,武汉市洪山区珞喻路,投诉
钱睿涵,13600000001,苏州市工业园区星湖街,更换配件
吴昊,13600000004,呼和浩特市赛罕区,待确认
冯翊,13600000006,昆明市盘龙区,热水器
"""
TAIWAN = """姓名,電話,地址,備註
陳怡君,0912345678,台北市大安區忠孝東路四段100號,已預約
黃淑芬,0933111222,桃園市中壢區中正路,客戶要求下午回電
李冠宇,0911000111,高雄市左營區博愛二路,無人接聽
王柏翰,0911000112,台南市東區裕農路,抱怨
劉品妍,0911000114,嘉義市垂楊路,更換零件
楊筑鈞,0911000116,屏東縣潮州鎮,已付款
許瑋倫,0911000117,宜蘭縣羅東鎮,待確認
"""
HONG_KONG = "姓名,電話,備註\n陳大文,91234567,冇人聽\n李啓聰,92345678,佢話聽日再打嚟\n"


def list_of(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    return path


def found_in(tmp_path: Path, data: bytes) -> Encoding:
    return detect_encoding(list_of(tmp_path, data)).encoding


def refusal_of(tmp_path: Path, data: bytes, wanted: Encoding | None = None) -> ListRefusedError:
    with pytest.raises(ListRefusedError) as caught:
        detect_encoding(list_of(tmp_path, data), wanted)
    return caught.value


@pytest.mark.parametrize("rows", [1, 3, 7, 40_000])
@pytest.mark.parametrize(
    ("text", "codec", "encoding"),
    [
        (MAINLAND, "utf-8", Encoding.UTF_8),
        (MAINLAND, "utf-8-sig", Encoding.UTF_8),
        (MAINLAND, "utf-16", Encoding.UTF_16_LE),
        (MAINLAND, "gb18030", Encoding.GB18030),
        (MAINLAND, "gbk", Encoding.GB18030),
        (TAIWAN, "gbk", Encoding.GB18030),
        (TAIWAN, "utf-8", Encoding.UTF_8),
        (TAIWAN, "big5", Encoding.BIG5),
        (TAIWAN, "cp950", Encoding.BIG5),
        (HONG_KONG, "big5hkscs", Encoding.BIG5_HKSCS),
    ],
)
def test_a_list_short_or_long_is_known_by_its_characters(
    tmp_path: Path, text: str, codec: str, encoding: Encoding, rows: int
) -> None:
    header, *lines = text.splitlines(keepends=True)
    written = (lines * rows)[: rows if rows > len(lines) else max(rows, len(lines[:rows]))]
    if codec == "big5hkscs" and rows == 1:
        written = lines[1:]  # the first row alone is plain Big5
    assert found_in(tmp_path, (header + "".join(written)).encode(codec)) is encoding


@pytest.mark.parametrize("line", MAINLAND.splitlines()[1:])
def test_one_mainland_name_under_an_english_header_is_enough_or_asked_about(
    tmp_path: Path, line: str
) -> None:
    data = f"name,phone\n{','.join(line.split(',')[:2])}\n".encode("gb18030")
    if line.startswith(("陈鑫", "冯翊")):
        # As likely as 戴鈺 in Big5, which reads as 拦啾: asked, not guessed.
        with pytest.raises(ListRefusedError, match="say which one"):
            found_in(tmp_path, data)
    else:
        assert found_in(tmp_path, data) is Encoding.GB18030


@pytest.mark.parametrize("line", TAIWAN.splitlines()[1:])
def test_one_name_of_taiwan_under_an_english_header_is_enough(tmp_path: Path, line: str) -> None:
    data = f"name,phone\n{','.join(line.split(',')[:2])}\n".encode("big5")
    assert found_in(tmp_path, data) is Encoding.BIG5


def test_utf16_is_known_by_its_mark_and_lines_are_counted_in_it(tmp_path: Path) -> None:
    # 上 is 4E 0A: a byte that looks like a line end.
    data = b"\xfe\xff" + "电话\n上上\n".encode("utf-16-be")
    found = detect_encoding(list_of(tmp_path, data))
    assert (found.encoding, found.lines) == (Encoding.UTF_16_BE, 2)


def test_where_it_is_not_sure_it_says_so_and_takes_a_word_for_it(tmp_path: Path) -> None:
    data = "name,phone\n游詠晴,0911\n".encode("big5")
    refused = refusal_of(tmp_path, data)
    assert refused.fault is ListFault.UNSURE_ENCODING
    assert "GB18030, Big5" in str(refused.facts["encodings"])
    assert detect_encoding(list_of(tmp_path, data), Encoding.BIG5).encoding is Encoding.BIG5


def test_western_letters_are_not_taken_for_chinese(tmp_path: Path) -> None:
    data = "name,phone\nJosé Peña,1\nJürgen Groß,2\n".encode("latin-1")
    unsure_or_unknown = {ListFault.UNSURE_ENCODING, ListFault.UNKNOWN_ENCODING}
    assert refusal_of(tmp_path, data).fault in unsure_or_unknown


def test_an_encoding_that_was_named_is_checked_all_through(tmp_path: Path) -> None:
    refused = refusal_of(tmp_path, b"phone\n1\n\xff\xff\n", Encoding.BIG5)
    assert refused.fault is ListFault.WRONG_BYTE
    assert refused.facts == {"encoding": "Big5", "offset": 8, "line": 3}


@pytest.mark.parametrize("many", [1, 300])
def test_a_list_put_together_of_two_encodings_is_refused_with_the_line(
    tmp_path: Path, many: int
) -> None:
    utf8, gb18030, big5 = MAINLAND.encode(), MAINLAND.encode("gbk"), TAIWAN.encode("big5")
    first = 1 + 8 * many
    refused = refusal_of(tmp_path, utf8 * many + gb18030)
    assert refused.facts["utf8_line"] == first + 0
    # Three characters of UTF-8 are six bytes that GB18030 can read, as nothing that means a thing.
    refused = refusal_of(
        tmp_path, gb18030 * many + "张三,13800138000,客户预约\n".encode() + gb18030
    )
    assert refused.fault in {ListFault.MIXED_ENCODINGS, ListFault.UNKNOWN_ENCODING}
    assert refused.facts["line"] == first
    refused = refusal_of(tmp_path, b"\xef\xbb\xbf" + utf8 * many + big5)
    assert (refused.fault, refused.facts["line"]) == (ListFault.WRONG_BYTE, first)


def test_a_line_of_utf8_that_gb18030_could_read_is_found(tmp_path: Path) -> None:
    data = MAINLAND.encode("gbk") + "李娜,139,北京\n".encode() + MAINLAND.encode("gbk")
    refused = refusal_of(tmp_path, data)
    assert refused.fault is ListFault.MIXED_ENCODINGS
    assert refused.facts == {
        "encoding": "GB18030",
        "offset": len(MAINLAND.encode("gbk")),
        "line": 9,
    }


def test_a_wrong_byte_late_in_a_big_utf8_file_is_found_and_named(tmp_path: Path) -> None:
    good = "姓名,电话\n".encode() + "张三,138\n".encode() * 200_000
    fault = refusal_of(tmp_path, good + b"\xff\xff,1\n")
    assert fault.fault is ListFault.UNKNOWN_ENCODING
    assert fault.facts["utf8_offset"] == len(good)
    assert fault.facts["utf8_line"] == 200_002


def test_a_character_cut_by_a_read_boundary_is_no_fault(tmp_path: Path) -> None:
    for shift in range(3):
        text = "a" * shift + "电话\n" + "中" * 400_000 + "\n"
        assert found_in(tmp_path, text.encode()) is Encoding.UTF_8


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("UTF-8", Encoding.UTF_8),
        ("gbk", Encoding.GB18030),
        ("Big5", Encoding.BIG5),
        ("big5-hkscs", Encoding.BIG5_HKSCS),
        ("UTF_16", Encoding.UTF_16_LE),
        (" utf-16-be ", Encoding.UTF_16_BE),
    ],
)
def test_an_encoding_has_many_names(name: str, encoding: Encoding) -> None:
    assert parse_encoding(name) is encoding


@pytest.mark.parametrize("name", ["", "latin-1", "rot13", "utf-7", "undefined"])
def test_what_is_no_encoding_of_lists_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(ValueError, match="known are utf-8"):
        parse_encoding(name)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("魏志", "gbk"), ("钱然", "gbk"), ("莊家瑄", "cp950"), ("鐘翊翰", "cp950"), ("尤瑄", "cp950")],
)
def test_one_odd_name_is_asked_about_and_never_garbled(
    name: str, encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(f"name,phone\n{name},13895233337\n".encode(encoding))
    with pytest.raises(ListRefusedError) as caught:
        detect_encoding(path)
    assert caught.value.fault is ListFault.UNSURE_ENCODING


@pytest.mark.parametrize("name", ["José", "Müller", "Иван Петров", "Γιώργος", "李伟"])
def test_one_name_in_utf_8_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"name,phone\n{name},13895233337\n", encoding="utf-8")
    assert detect_encoding(path).encoding is Encoding.UTF_8
