"""`#include` in Asterisk's files: what counts as one; a text changed, and changed back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.includes import (
    ByHand,
    ends_in_comment,
    included_in,
    value_of,
    with_include,
    with_value,
    without_include,
)

NAME = "waihu-queues.conf"
LINES = st.sampled_from(
    ["[general]", "a = b", "; a comment", ";-- a long one", "--;", "", 'x = "é;"', ";--- short"]
)


def names_in(text: str) -> list[str]:
    return [include.name for include in included_in(text)]


@pytest.mark.parametrize(
    "line",
    [
        f'#include "{NAME}"',
        f"#include <{NAME}>",
        f"#include {NAME}",
        f'  #tryinclude "{NAME}"   ; ours',
        f';-- not this --; #include "{NAME}"',
        f';--- a short comment\n#include "{NAME}"',
    ],
)
def test_an_include_is_known_in_every_form(line: str) -> None:
    assert NAME in names_in(f"[general]\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        f';#include "{NAME}"',
        f'; #include "{NAME}"',
        f';--\n#include "{NAME}"\n--;',
        f'#exec "{NAME}"',
        f'note = #include "{NAME}"',
        f';-- one ;-- in another --;\n#include "{NAME}"\n--;',
    ],
)
def test_what_is_commented_out_is_missing(line: str) -> None:
    assert NAME not in names_in(f"[general]\n{line}\n")


@given(st.lists(LINES).map(lambda lines: "".join(f"{line}\n" for line in lines)))
def test_what_is_put_in_is_read_and_taken_out_leaves_what_was(text: str) -> None:
    changed = with_include(text, NAME)
    if ends_in_comment(text):
        assert NAME not in names_in(changed)
        return
    assert NAME in names_in(changed)
    assert without_include(changed, NAME.__eq__) == text


def test_an_include_is_known_by_its_line_and_whether_it_may_match_nothing() -> None:
    text = f"[general]\n;-- \n--; #include <{NAME}>\n#TryInclude *.conf\n"
    assert [(one.line, one.name, one.tried) for one in included_in(text)] == [
        (3, NAME, False),
        (4, "*.conf", True),
    ]


def test_long_comments_stand_in_each_other_as_asterisk_counts_them() -> None:
    assert ends_in_comment(";--\n;-- inner\n--;\n")
    assert not ends_in_comment(";--\n;-- inner\n--;\n--;\n")
    assert not ends_in_comment(";--\n;--- none\n\\;-- escaped\n--;\n")


def test_a_last_line_without_its_end_is_not_glued_to_ours() -> None:
    assert with_include("a = b", NAME) == f'a = b\n#include "{NAME}"\n'


def test_a_value_is_that_of_its_own_section_and_not_a_commented_one() -> None:
    text = "[general]\n;enabled = yes\nenabled = no ; for now\n[admin]\nenabled = yes\n"
    assert value_of(text, "general", "enabled") == "no"
    assert value_of(text, "general", "port") is None
    changed = with_value(text, "general", "enabled", "yes")
    assert changed == text.replace("enabled = no", "enabled = yes")
    assert with_value("[general]\n", "general", "enabled", "yes") == "[general]\nenabled = yes\n"
    with pytest.raises(ValueError, match=r"\[general\]"):
        with_value("[admin]\n", "general", "enabled", "yes")


def test_keys_and_sections_are_the_same_in_capitals_as_in_asterisk() -> None:
    assert value_of("[General]\nEnabled = yes\n", "general", "enabled") == "yes"
    changed = with_value("[General]\nEnabled = no\n", "general", "enabled", "yes")
    assert changed == "[General]\nEnabled = yes\n"


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("enabled=no;why", "enabled=yes;why"),
        ("  enabled => no  ; a\\;b", "  enabled => yes  ; a\\;b"),
        ("enabled = a\\;b ; c", "enabled = yes ; c"),
        ("enabled =", "enabled =yes"),
        ("enabled = no ;--- short", "enabled = yes ;--- short"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nport = 5038\n"])
def test_of_a_line_only_the_value_is_replaced(line: str, changed: str, end: str) -> None:
    head = "[general]\n"
    assert with_value(f"{head}{line}{end}", "general", "enabled", "yes") == f"{head}{changed}{end}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[general]\nenabled = no ;-- why off\nold = x\n--;\n", 2),
        ("[general]\n;-- since 2019\nold = y\n--; enabled = no\n", 4),
        ("[general] ;-- a note\n--;\nport = 5038\n", 1),
        ("[general]\nenabled ;-- x --; = no\n", 2),
    ],
)
def test_a_line_that_begins_or_ends_a_long_comment_is_for_a_person_to_change(
    text: str, line: int
) -> None:
    with pytest.raises(ByHand) as refused:
        with_value(text, "general", "enabled", "yes")
    assert refused.value.line == line
