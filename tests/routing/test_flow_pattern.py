"""Patterns of digits: whatever is taken is done with the worst digits at once (R9)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.flow_pattern import MOST_DIGITS, MOST_WAYS, safe_pattern

REPEATS = ("", "", "?", "*", "+", "{2}", "{1,3}", "{2,}")
ATOMS = st.sampled_from(["1", "0", r"\d", ".", "[1-9]", "[^0]"])
ITEMS = st.builds(str.__add__, ATOMS, st.sampled_from(REPEATS))
BRANCHES = st.lists(ITEMS, max_size=4).map("".join)
GROUPS = st.lists(BRANCHES, min_size=1, max_size=3).map(lambda some: f"({'|'.join(some)})")
PATTERNS = st.lists(GROUPS | ITEMS, min_size=1, max_size=6).map("".join)


@pytest.mark.parametrize(
    "pattern",
    ["", r"1[35789]\d{9}", r"(13|15|18)\d{9}", r"(?:00|0)86\d+", r"\d{6,12}"],
)
def test_what_operators_write_is_taken(pattern: str) -> None:
    assert safe_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", [r"(\d+)+0", r"(1|11)*0", r"(\d\d?){2,}0", r"((1)*){5}0"])
def test_a_group_does_not_repeat(pattern: str) -> None:
    with pytest.raises(ValueError, match="repeats a group"):
        safe_pattern(pattern)


@given(PATTERNS)
def test_what_is_taken_is_tried_within_its_bound(pattern: str) -> None:
    """More choices than the bound are refused; the rest is done with 32 equal digits."""
    choices = len(re.findall(r"[*+]|\{\d*,", pattern))
    try:
        safe_pattern(pattern)
    except ValueError:
        return
    assert (MOST_DIGITS + 1) ** choices <= MOST_WAYS
    re.fullmatch(pattern, "1" * MOST_DIGITS)
