"""Filters over fields: what they mean, how they are written, and what is said of a wrong one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.contact import Contact, ContactState
from campaigns.contact_fields import fields_of
from campaigns.filter_text import DEEPEST, LONGEST, FilterError, read_filter
from campaigns.filters import (
    And,
    Comparison,
    FieldValue,
    Filter,
    Not,
    OneOf,
    Or,
    Says,
    Sign,
    evaluate,
    fields_in,
)

FIELDS: dict[str, FieldValue | None] = {
    "city": "上海",
    "age": "３５",
    "vip": "是",
    "name": "王小明",
    "building": "5",
    "客户 等级": "B",
    "tries": 2,
    "loaded": date(2026, 11, 20),
    "paid": "2026/11/1",
    "note": "",
    "fee": "12.50",
    "empty": None,
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('city = "上海" and age >= 30 and not vip', False),
        ('city = "上海" and age >= 30 and vip', True),
        ("tries < 3", True),
        ("tries < 2", False),
        ("loaded > 2026-11-01", True),
        ("paid > 2026-11-01", False),
        ("paid >= 2026-11-1", True),
        ('name ~ "王*"', True),
        ('name ~ "?小明"', True),
        ('name ~ "小"', False),
        ('name ~ "[王]*"', False),
        ('building in ("3","5")', True),
        ("building in (3, 5)", True),
        ('building in ("3", "4")', False),
        ('[客户 等级] = "B"', True),
        ('city = "北京" or vip and tries = 2', True),
        ('(city = "北京" or vip) and tries = 3', False),
        ("not not vip", True),
        ("vip = yes", True),
        ("vip != no", True),
        ("fee = 12.5", True),
        ("fee > 12.49 AND fee < 12.51", True),
        ('tries = "2"', True),
        ("city ＝ “上海” and （age ＞ 30）", True),
        ('city != "上海"', False),
        ('city != "北京"', True),
    ],
)
def test_a_filter_means_what_it_says(text: str, holds: bool) -> None:  # noqa: FBT001
    found = evaluate(read_filter(text), FIELDS)
    assert found.holds is holds
    assert found.unclear == ()


@pytest.mark.parametrize(
    ("text", "unclear"),
    [
        ('district = "浦东"', ("district",)),
        ('district != "浦东"', ("district",)),
        ("city > 3", ("city",)),
        ("city != 3", ("city",)),
        ("name < 2026-01-01", ("name",)),
        ('note = "x"', ("note",)),
        ("empty", ("empty",)),
        ("age", ("age",)),
        ("district in (1, 2)", ("district",)),
        ("city in (1, 2) and district", ("city",)),
        ('district = "x" or district = "y"', ("district",)),
    ],
)
def test_a_field_that_is_missing_or_of_another_type_is_no_and_named(
    text: str, unclear: tuple[str, ...]
) -> None:
    found = evaluate(read_filter(text), FIELDS)
    assert not found.holds
    assert found.unclear == unclear


def test_one_literal_of_the_right_type_is_enough_for_in() -> None:
    assert evaluate(read_filter('city in (1, "上海")'), FIELDS).holds


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", 1, "a field is expected"),
        ("tries <", 8, "a value is expected"),
        ("tries < 3 age", 11, "and, or, or the end"),
        ("city = 上海", 8, 'in quotes: "上海"'),
        ("city == 3", 6, "write = for equal"),
        ("city <> 3", 6, "write != for unequal"),
        ("vip && paid", 5, "write and"),
        ("vip | paid", 5, "write or"),
        ("! vip", 1, "a field is expected"),
        ('"客户" = 1', 1, "not in quotes"),
        ("(vip", 5, "a bracket is not closed"),
        ('city = "上海', 8, "a quote is not closed"),
        ("city = '上海'", 8, "double quotes"),
        ("[客户 = 1", 1, "a bracket [ is not closed"),
        ("loaded > 2026-02-30", 10, "no day of the calendar"),
        ("name ~ 3", 8, "wants a text"),
        ("building in 3", 13, 'write in ("3", "5")'),
        ("2nd = 1", 1, "begins with a digit"),
        ("city; drop table contact", 5, "no meaning here"),
        ("and vip", 1, "a field is expected"),
        ("not " * (DEEPEST + 1) + "vip", 4 * DEEPEST + 1, "inside each other"),
        ("(" * 1000, DEEPEST + 1, "inside each other"),
        ("x" * (LONGEST + 1), LONGEST + 1, "at most"),
    ],
)
def test_a_wrong_filter_is_told_where_and_what_to_write(
    text: str, position: int, said: str
) -> None:
    with pytest.raises(FilterError) as refused:
        read_filter(text)
    assert refused.value.position == position
    assert said in str(refused.value)


NAMES = st.one_of(
    st.sampled_from(["city", "age", "城市", "and", "In", "1st", "a]b", "a b", "“x”", "［y］"]),
    st.text(min_size=1, max_size=8),
)
LITERALS = st.one_of(
    st.text(max_size=8),
    st.booleans(),
    st.dates(),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-9999, max_value=9999),
)
COMPARISONS = st.builds(
    Comparison,
    field=NAMES,
    sign=st.sampled_from([sign for sign in Sign if sign is not Sign.LIKE]),
    literal=LITERALS,
)
LIKES = st.builds(Comparison, field=NAMES, sign=st.just(Sign.LIKE), literal=st.text(max_size=5))
LEAVES = st.one_of(
    COMPARISONS,
    LIKES,
    st.builds(Says, field=NAMES),
    st.builds(OneOf, field=NAMES, literals=st.lists(LITERALS, min_size=1, max_size=3).map(tuple)),
)
FILTERS = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(Not, part=parts),
        st.builds(And, left=parts, right=parts),
        st.builds(Or, left=parts, right=parts),
    ),
    max_leaves=8,
)


@given(FILTERS)
@example(Comparison(field="a", sign=Sign.EQUAL, literal=Decimal("-0.0")))
def test_a_filter_is_read_as_it_was_written(wanted: Filter) -> None:
    assert read_filter(str(wanted)) == wanted


@given(st.text(max_size=40) | st.text('()[]"and or not in = < ~ 1 2026-11 x', max_size=40))
def test_any_text_is_a_filter_or_a_clear_no(text: str) -> None:
    try:
        wanted = read_filter(text)
    except FilterError as error:
        position = error.position
    else:
        position = 1
        evaluate(wanted, FIELDS)
    assert 1 <= position <= len(text) + 1


@given(FILTERS, st.dictionaries(NAMES, st.text(max_size=6) | st.integers() | st.dates()))
def test_whatever_a_list_holds_a_filter_says_yes_or_no(
    wanted: Filter, fields: dict[str, FieldValue | None]
) -> None:
    found = evaluate(wanted, fields)
    assert set(found.unclear) <= set(fields_in(wanted))
    assert evaluate(Not(part=wanted), fields).holds is not found.holds


def test_a_contact_is_asked_by_its_columns_and_by_what_we_know_of_it() -> None:
    contact = Contact(
        id=1,
        campaign_id=1,
        zone=None,
        state=ContactState.OPEN,
        numbers=(),
        attempts=(),
        appointment=None,
        name="王小明",
        list_name="十一月",
        priority=2,
        loaded_at=datetime(2026, 11, 20, 23, tzinfo=UTC),
        custom={"城市": "上海", "name": "hidden"},
    )
    fields = fields_of(contact, ZoneInfo("Asia/Shanghai"))
    wanted = '城市 = "上海" and list = "十一月" and priority <= 2 and tries = 0 and name ~ "王*"'
    assert evaluate(read_filter(wanted), fields).holds
    assert evaluate(read_filter('loaded = 2026-11-21 and zone ~ "Asia/*"'), fields).holds
