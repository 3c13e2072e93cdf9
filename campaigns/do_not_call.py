"""Do-not-call patterns: a number, the beginning of one, or one with open places.

Owns: how a pattern is written and which numbers it bars. Must not know where the list is kept
nor who put a number on it. `+8613800000000` is one number, `+8610*` all that begin so, and `?`
stands for one digit anywhere. A pattern holds until `expires_at`, for one campaign or for all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

MOST_DIGITS = 15
FEWEST_DIGITS = 3
ANY_DIGIT = "?"
AND_ON = "*"
_HOW = "write +8613800000000, +8610* or +86138????0000"
_BETWEEN = str.maketrans("", "", " -()\t\u00a0\u3000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """One entry. `pattern` as `read_pattern` gives it; `campaign_id` None: for every campaign.

    `reason`: why, as it was typed. `expires_at`: from then on it bars nobody.
    """

    pattern: str
    campaign_id: int | None = None
    reason: str = ""
    expires_at: datetime | None = None

    def holds(self, campaign_id: int, now: datetime) -> bool:
        """Whether it bars the campaign's calls at `now`."""
        ours = self.campaign_id is None or self.campaign_id == campaign_id
        return ours and (self.expires_at is None or now < self.expires_at)


def read_pattern(text: str) -> str:
    """The pattern as it is kept: `+` and digits, `?` between them, `*` at the end at most.

    Raises:
        ValueError: the sentence says what to write.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_BETWEEN)
    body = plain.removeprefix("+")
    if body == plain:
        raise ValueError(f'"{text}" has no country code; {_HOW}')
    stem = body.removesuffix(AND_ON)
    if AND_ON in stem:
        raise ValueError(f'"{text}" has a * in the middle; {_HOW}, where ? is one digit')
    if not stem.isascii() or not stem.replace(ANY_DIGIT, "0").isdigit():
        raise ValueError(f'"{text}" is no pattern of a number; {_HOW}')
    _refuse_odd_length(text, stem)
    return plain


def is_plain(pattern: str) -> bool:
    """Whether the pattern is one number, which an index finds."""
    return ANY_DIGIT not in pattern and AND_ON not in pattern


def _refuse_odd_length(text: str, stem: str) -> None:
    if stem.startswith("0"):
        raise ValueError(f'"{text}" begins with a 0, which no country code does; {_HOW}')
    if sum(sign.isdigit() for sign in stem) < FEWEST_DIGITS:
        raise ValueError(
            f'"{text}" names fewer than {FEWEST_DIGITS} digits: it would bar whole countries'
        )
    if len(stem) > MOST_DIGITS:
        raise ValueError(f'"{text}" is longer than the {MOST_DIGITS} digits of any number')


@dataclass(slots=True)
class _Node:
    """Where the walk stands after some signs of a number."""

    following: dict[str, _Node] = field(default_factory=dict)
    whole: list[Barred] = field(default_factory=list)
    and_on: list[Barred] = field(default_factory=list)


class Patterns:
    """Many entries, so laid out that a look-up costs the same for ten as for ten thousand."""

    def __init__(self, entries: Iterable[Barred]) -> None:
        self._root = _Node()
        for entry in entries:
            self._add(entry)

    @property
    def is_empty(self) -> bool:
        """Whether there is no entry at all."""
        root = self._root
        return not (root.following or root.and_on or root.whole)

    def match(self, e164: str, campaign_id: int, now: datetime) -> Barred | None:
        """An entry that bars the number for the campaign at `now`; None if there is none."""
        found = (entry for entry in self._fitting(e164) if entry.holds(campaign_id, now))
        return next(found, None)

    def fits(self, e164: str) -> bool:
        """Whether any entry's pattern fits the number, whomever it bars and for how long."""
        return any(True for _ in self._fitting(e164))

    def _add(self, entry: Barred) -> None:
        node = self._root
        for sign in entry.pattern.removesuffix(AND_ON):
            node = node.following.setdefault(sign, _Node())
        (node.and_on if entry.pattern.endswith(AND_ON) else node.whole).append(entry)

    def _fitting(self, e164: str) -> Iterator[Barred]:
        nodes = [self._root]
        for sign in e164:
            nodes = [
                node.following[step]
                for node in nodes
                for step in (sign, ANY_DIGIT)
                if step in node.following
            ]
            if not nodes:
                return
            for node in nodes:
                yield from node.and_on
        for node in nodes:
            yield from node.whole
