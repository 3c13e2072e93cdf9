"""The place that a number's digits name, and how much of it a masked number may tell (R11, R25)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.phone.places import LEFT, PlaceName, PlaceTable, made_of

ROOT = Path(__file__).parents[2]
JIANGSU = PlaceName(en="Jiangsu", zh_cn="江苏省", zh_tw="江苏省")
SUZHOU = PlaceName(en="Suzhou, Jiangsu", zh_cn="江苏省苏州市", zh_tw="江苏省苏州市")
TAIPEI = PlaceName(en="Taipei", zh_cn="台北", zh_tw="臺北")
LHASA = {"en": "Lhasa, Tibet", "zh": "西藏拉萨市"}
OF_JIANGSU = {"en": "Nanjing, Jiangsu", "zh": "江苏省南京市"}


def table(**places: dict[str, str]) -> PlaceTable:
    """By first digits, each after an underscore."""
    return made_of({prefix.removeprefix("_"): names for prefix, names in places.items()})


def suzhou(blocks: int) -> dict[str, dict[str, str]]:
    """So many blocks of 138 are in Suzhou, all others that are known in Nanjing."""
    names = {"en": SUZHOU.en, "zh": SUZHOU.zh_cn}
    other = {f"_86138{block:04}": OF_JIANGSU for block in range(blocks, 300)}
    return {f"_86138{block:04}": names for block in range(blocks)} | other


def test_the_longest_digits_that_fit_name_the_place() -> None:
    known = table(_8621={"en": "Shanghai", "zh": "上海市"}, _862155=LHASA)
    assert known.place("+862151351234", is_masked=False) == PlaceName(
        en="Shanghai", zh_cn="上海市", zh_tw="上海市"
    )
    found = known.place("+862155551234", is_masked=False)
    assert found is not None
    assert found.zh_cn == "西藏拉萨市"
    assert known.place("+862251351234", is_masked=False) is None


@pytest.mark.parametrize("text", ["", "8001", "+", "anonymous", "+86138", "+86１３８00138000"])
def test_what_is_no_whole_number_has_no_place(text: str) -> None:
    assert table(_86={"en": "China"}).place(text, is_masked=False) is None


def test_taiwan_has_its_own_letters_and_what_has_no_chinese_is_told_in_english() -> None:
    known = table(
        _8862={"en": "Taipei", "zh": "台北", "zh_Hant": "臺北"},
        _1415={"en": "San Francisco, CA"},
        _4930={"de": "Berlin"},
    )
    assert known.place("+886223456789", is_masked=False) == TAIPEI
    found = known.place("+14155552671", is_masked=False)
    assert found is not None
    assert (found.zh_cn, found.zh_tw) == ("San Francisco, CA", "San Francisco, CA")
    assert known.place("+493012345678", is_masked=False) is None


def test_a_city_that_leaves_many_numbers_is_told_beside_a_masked_one() -> None:
    assert table(**suzhou(LEFT)).place("+8613800008000", is_masked=True) == SUZHOU


def test_of_a_city_that_leaves_few_the_province_alone_is_told() -> None:
    wuxi = {f"_86138{block:04}": {"en": "Wuxi, Jiangsu"} for block in range(9_000, 9_050)}
    known = table(**suzhou(LEFT - 1), **wuxi)
    assert known.place("+8613800008000", is_masked=True) == JIANGSU
    assert known.place("+8613800008000", is_masked=False) == SUZHOU


def test_the_province_is_not_told_where_that_leaves_only_a_small_city() -> None:
    """Of Nanjing the city is told: Jiangsu alone would say that it is Suzhou."""
    assert table(**suzhou(LEFT - 1)).place("+8613800008000", is_masked=True) is None
    nanjing = table(**suzhou(LEFT - 1)).place("+8613802998000", is_masked=True)
    assert nanjing is not None
    assert nanjing.en == "Nanjing, Jiangsu"


def test_where_the_province_leaves_few_as_well_nothing_is_told() -> None:
    few = {f"_86138{block:04}": LHASA for block in range(LEFT - 1)}
    assert table(**few).place("+8613800008000", is_masked=True) is None
    assert table(**few).place("+8613800008000", is_masked=False) is not None


def test_the_place_of_an_area_code_is_always_told() -> None:
    """A mask shows it: 021****1234."""
    known = table(_8621={"en": "Shanghai", "zh": "上海市"}, _86571={"en": "Hangzhou, Zhejiang"})
    for number in ("+862151351234", "+8657188881234"):
        assert known.place(number, is_masked=True) == known.place(number, is_masked=False)


@pytest.mark.parametrize(
    ("place", "province"),
    [
        ("江苏省苏州市", "江苏省"),
        ("吉林省吉林市", "吉林省"),
        ("新疆喀什地区", "新疆"),
        ("内蒙古阿拉善盟", "内蒙古"),
    ],
)
def test_a_province_is_what_a_citys_name_begins_with(place: str, province: str) -> None:
    name = PlaceName(en="City, Province", zh_cn=place, zh_tw=place)
    assert name.coarser == PlaceName(en="Province", zh_cn=province, zh_tw=province)
    assert PlaceName(en="Beijing", zh_cn="北京市", zh_tw="北京市").coarser is None


PREFIXES = st.text("0123456789", min_size=1, max_size=9)
NAMES = st.sampled_from(["A", "B, P", "C, P", ""])


@given(st.dictionaries(PREFIXES, NAMES, max_size=12), st.text("0123456789", min_size=9))
def test_it_says_what_a_search_of_the_digits_says(places: dict[str, str], digits: str) -> None:
    known = made_of({prefix: {"en": name} for prefix, name in places.items()})
    again = PlaceTable.from_bytes(known.to_bytes())
    fits = [places[digits[:n]] for n in range(9, 0, -1) if digits[:n] in places]
    wanted = fits[0] if fits else ""
    for one in (known, again):
        found = one.place(f"+{digits}", is_masked=False)
        assert (found.en if found else "") == wanted


@given(
    st.dictionaries(
        st.integers(0, 9999).map(lambda block: f"86138{block:04}"), NAMES, min_size=1, max_size=400
    ),
    st.data(),
)
def test_what_is_told_beside_a_mask_leaves_a_hundred_numbers(
    places: dict[str, str], data: st.DataObject
) -> None:
    known = made_of({prefix: {"en": name} for prefix, name in places.items()})
    block = data.draw(st.sampled_from(sorted(places)))
    told = known.place(f"+{block}8000", is_masked=True)
    if told is not None:
        alike = [name for name in places.values() if name == told.en or name.endswith(told.en)]
        assert len(alike) >= LEFT


@pytest.mark.parametrize("data", [b"", b"\n", b"1 2\n", b"0 0\n", b"x y\n", b"9 9\nshort"])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        PlaceTable.from_bytes(data)


def test_the_engine_does_without_the_librarys_table() -> None:
    """It takes 100 MB; another process reads it."""
    program = (
        "import sys, dialer.app, supervisor.web.app, supervisor.web.desk.parts;"
        "sys.exit('phonenumbers.geodata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
