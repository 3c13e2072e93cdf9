"""The outcomes on a terminal screen: the tree of R2 as columns of bars.

Owns: which branch stands where and how long its bars are. Must not know the rest of the screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.text import Text

from campaigns.outcomes import RULES, Branch, Outcome
from supervisor.terminal_text import GREEN, GREY, PURPLE, QUIET, SKY, bar, cut, fit, fit_right, line
from supervisor.words import Translate, branch_words, outcome_words

COLUMN = 26
WORD = 15
COUNT = 4
WIDEST = 56
COLOURS = {
    Branch.CONNECTED: GREEN,
    Branch.NOT_THROUGH: SKY,
    Branch.WRONG_CONTACT: PURPLE,
    Branch.OWN_SIDE: GREY,
}
STACKS = ((Branch.WRONG_CONTACT, Branch.OWN_SIDE), (Branch.NOT_THROUGH,), (Branch.CONNECTED,))
"""Three columns in the order of R2; our own side, which is not of the tree, under the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One line of a column: a branch with its sum, or an outcome with its bar."""

    word: str
    count: int
    branch: Branch
    is_branch: bool = False


def heading(outcomes: Mapping[str, int], _: Translate) -> Text:
    """`Outcomes so far 148`."""
    return line((_("Outcomes so far"), "bold"), f" {sum(outcomes.values())}")


def bars(outcomes: Mapping[str, int], width: int, rows: int, _: Translate) -> list[Text]:
    """The tree in at most `rows` lines; outcomes that did not occur go first when there are more.

    An outcome of an unknown name counts in no column; the heading's sum has it.
    """
    columns = _columns(outcomes, width, _, zeros=True)
    if max(map(len, columns)) > rows:
        columns = _columns(outcomes, width, _, zeros=False)
    columns = [_shortened(column, rows) for column in columns]
    most, room = max(outcomes.values(), default=0), min(width // len(columns), WIDEST)
    height = max(map(len, columns), default=0)
    return [line(*(_drawn(column, at, room, most) for column in columns)) for at in range(height)]


def _columns(
    outcomes: Mapping[str, int], width: int, _: Translate, *, zeros: bool
) -> list[list[_Row]]:
    stacks = STACKS if width >= COLUMN * len(STACKS) else (sum(STACKS, ()),)
    return [
        [row for branch in stack for row in _branch(branch, outcomes, _, zeros=zeros)]
        for stack in stacks
    ]


def _branch(
    branch: Branch, outcomes: Mapping[str, int], _: Translate, *, zeros: bool
) -> list[_Row]:
    words = outcome_words(_)
    leaves = [
        _Row(word=words[leaf], count=outcomes.get(leaf, 0), branch=branch)
        for leaf in Outcome
        if RULES[leaf].branch is branch and (zeros or outcomes.get(leaf, 0))
    ]
    total = sum(row.count for row in leaves)
    head = _Row(word=branch_words(_)[branch], count=total, branch=branch, is_branch=True)
    return [head, *leaves] if zeros or total else []


def _shortened(column: list[_Row], rows: int) -> list[_Row]:
    """At most `rows`: the smallest outcomes give way, branches stay as long as they can."""
    over = max(len(column) - rows, 0)
    least = sorted(column, key=lambda row: (row.is_branch, row.count))[:over]
    return [row for row in column if not any(row is gone for gone in least)]


def _drawn(column: list[_Row], at: int, width: int, most: int) -> Text:
    if at >= len(column):
        return line(" " * width)
    row = column[at]
    style = "bold" if row.is_branch else ("" if row.count else QUIET)
    label = fit(row.word if row.is_branch else f" {row.word}", WORD)
    room = width - WORD - COUNT - 2
    drawn = "" if row.is_branch or not most else bar(row.count / most, room)
    return cut(
        line(
            (label, style),
            (fit_right(str(row.count), COUNT), style),
            " ",
            (fit(drawn, room), COLOURS[row.branch]),
            " ",
        ),
        width,
    )
