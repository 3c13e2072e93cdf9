"""Which files an Asterisk configuration includes, and one line of it changed.

Owns: the syntax of `#include`, of comments, and of one value in a section. Text comes in and
goes out. Pure: must not know a folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_INCLUDE = re.compile(r"\s*#(?P<tried>try)?include\s+(?P<name>.+?)\s*", re.IGNORECASE)
_SECTION = re.compile(r"\s*\[(?P<name>[^\]]+)\].*")
_IN_LONG_COMMENT = re.compile(r"\\;|;--(?!-)|--;(?!--(?!-))")
_DEEPER = {";--": 1, "--;": -1}
_LONG_COMMENTS_MARK = re.compile(r";--(?!-)|--;")
_VALUE = re.compile(r"\s*(?P<key>[\w-]+)\s*=>?\s*(?P<value>.*?)\s*")


class ByHand(ValueError):  # noqa: N818  it says what is left to do
    """Only a person can change this line: a comment of several lines begins or ends in it.

    `line` counts from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} begins or ends a comment of several lines")
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """One `#include`. `name`: as it stands there, without quotes; it may be a pattern.

    `line` counts from 1. `tried`: it is a `#tryinclude`, and Asterisk goes on where the name
    matches no file; at an `#include` it gives up the file that the line is in.
    """

    line: int
    name: str
    tried: bool


def included_in(text: str) -> Iterator[Include]:
    """Every `#include` and `#tryinclude`; those in comments are none."""
    for number, line in _live_lines(text):
        match = _INCLUDE.fullmatch(line)
        if match is not None:
            name, tried = match["name"].strip("\"<>'"), match["tried"] is not None
            yield Include(line=number + 1, name=name, tried=tried)


def ends_in_comment(text: str) -> bool:
    """Whether a line that is added at the end would be part of a `;--` comment."""
    depth = 0
    for line in text.splitlines():
        _, depth = _without_comment(line, depth)
    return depth > 0


def with_include(text: str, name: str) -> str:
    """The text with `#include "name"` as its last line."""
    gap = "" if not text or text.endswith("\n") else "\n"
    return f'{text}{gap}#include "{name}"\n'


def without_include(text: str, is_it: Callable[[str], bool]) -> str:
    """The text without the lines that include the file; `is_it`: whether a name is that file's."""
    lines = text.splitlines(keepends=True)
    for include in included_in(text):
        if is_it(include.name):
            lines[include.line - 1] = ""
    return "".join(lines)


def value_of(text: str, section: str, key: str) -> str | None:
    """The last value of a key in a section; None where it is not set. No name heeds capitals."""
    values = [match["value"] for _, match in _values(text, section, key)]
    return values[-1] if values else None


def with_value(text: str, section: str, key: str, value: str) -> str:
    """The text with the key set in the section: its last value changed, or a line below its head.

    Raises:
        ByHand: the line begins or ends a long comment, which would come to hold other lines.
        ValueError: there is no such section.
    """
    lines = text.splitlines(keepends=True)
    found = list(_values(text, section, key))
    if found:
        number, match = found[-1]
        line, begin = _with_no_mark(lines, number), match.start("value")
        end = match.end("value") + match["value"].count(";")  # each is written `\;`
        lines[number] = f"{line[:begin]}{value}{line[end:]}"
        return "".join(lines)
    for number, line in _live_lines(text):
        if _is_head(line, section):
            lines[number] = _with_no_mark(lines, number).rstrip("\r\n") + f"\n{key} = {value}\n"
            return "".join(lines)
    raise ValueError(f"there is no [{section}]")


def _with_no_mark(lines: list[str], number: int) -> str:
    if _LONG_COMMENTS_MARK.search(lines[number]):
        raise ByHand(number + 1)
    return lines[number]


def _is_head(line: str, section: str) -> bool:
    head = _SECTION.fullmatch(line)
    return head is not None and head["name"].lower() == section


def _values(text: str, section: str, key: str) -> Iterator[tuple[int, re.Match[str]]]:
    here = False
    for number, line in _live_lines(text):
        value = _VALUE.fullmatch(line)
        if _SECTION.fullmatch(line) is not None:
            here = _is_head(line, section)
        elif here and value is not None and value["key"].lower() == key:
            yield number, value


def _live_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line without its comments, with its number from 0."""
    depth = 0
    for number, line in enumerate(text.splitlines()):
        live, depth = _without_comment(line, depth)
        if live.strip():
            yield number, live


def _without_comment(line: str, depth: int) -> tuple[str, int]:
    r"""What Asterisk reads of a line: `;--` to `--;` and `;` to the end are none; `\;` is a `;`.

    `depth`: in how many long comments it begins, for they stand in each other; also in how many
    it ends. `;---` is no beginning of one (config.c).
    """
    live, at = "", 0
    while at < len(line):
        if depth:
            mark = _IN_LONG_COMMENT.search(line, at)
            if mark is None:
                return live, depth
            depth, at = depth + _DEEPER.get(mark[0], 0), mark.end()
        elif line.startswith("\\;", at):
            live, at = live + ";", at + 2
        elif line[at] == ";":
            if not line.startswith(";--", at) or line.startswith(";---", at):
                return live, 0
            depth, at = 1, at + len(";--")
        else:
            live, at = live + line[at], at + 1
    return live, depth
