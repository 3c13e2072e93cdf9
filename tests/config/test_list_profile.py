"""A saved profile of a list."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.lists.encodings import Encoding
from campaigns.lists.readers import Reading
from campaigns.row.column_names import ListField
from campaigns.row.columns import map_columns
from config.errors import ConfigError
from config.list_profile import ListProfile, profile_text

PROFILE = """# 呼叫中心每晚的名单
delimiter = "tab"
encoding = "Big5"
sheet = "名單"
country = "TW"

[columns]
phone = ["去電", "備用"]
name = "戶主"
"""


def profile_of(tmp_path: Path, text: str) -> ListProfile:
    path = tmp_path / "nightly.toml"
    path.write_text(text, "utf-8")
    return ListProfile.load(path)


def test_a_profile_says_how_a_list_is_read_and_what_its_columns_hold(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, PROFILE)
    assert profile.reading() == Reading(delimiter="\t", encoding=Encoding.BIG5, sheet="名單")
    assert profile.country == "TW"
    columns = map_columns(["戶主", "電話", "備用", "去電"], profile.columns)
    assert [position for position, _ in columns.phones] == [3, 2]
    assert columns.name == 0


def test_an_empty_profile_leaves_all_to_be_found_out(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, "")
    assert (profile.reading(), profile.columns, profile.country) == (Reading(), {}, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('delimiter = ";;"', ':1: delimiter: ";;" is no delimiter'),
        ('sheet = "x"\nencoding = "latin-1"', ':2: encoding: "latin-1" is no encoding'),
        ('encoding = "utf-7"', "known are utf-8, utf-16"),
        ("encoding = 7", ":1: encoding: "),
        ('country = "China"', ':1: country: "China" is not a country'),
        ('[columns]\nphone = "x"\ncolour = "y"', ":3: columns.colour"),
        ("[columns]\nphone = []", ":2: columns.phone"),
        ('delimeter = ";"', "did you mean delimiter?"),
        ("[columns", "is not TOML"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        profile_of(tmp_path, text)
    assert said in str(caught.value)


@given(
    columns=st.dictionaries(
        st.sampled_from(ListField),
        st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=3).map(
            tuple
        ),
    ),
    delimiter=st.sampled_from([None, "\t", ";", "\x1f", "，"]),
    encoding=st.sampled_from([None, *Encoding]),
    sheet=st.none() | st.text(st.characters(codec="utf-8")),
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory,
    columns: dict[ListField, tuple[str, ...]],
    delimiter: str | None,
    encoding: Encoding | None,
    sheet: str | None,
) -> None:
    reading = Reading(delimiter=delimiter, encoding=encoding, sheet=sheet)
    text = profile_text(columns, reading, "CN")
    path = tmp_path_factory.mktemp("profile") / "x.toml"
    path.write_bytes(text.encode())
    profile = ListProfile.load(path)
    assert (profile.reading(), profile.columns, profile.country) == (reading, columns, "CN")
