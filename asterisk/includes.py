"""Which files an Asterisk configuration includes, and one line of it changed.

Owns: the syntax of `#include`, of comments, and of one value in a section. Text comes in and
goes out. Pure: must not know a folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_INCLUDE = re.compile(r"\s*#(?:try)?include\s+(?P<name>.+?)\s*", re.IGNORECASE)
_SECTION = re.compile(r"\s*\[(?P<name>[^\]]+)\].*")
_VALUE = re.compile(r"\s*(?P<key>[\w-]+)\s*=>?\s*(?P<value>.*?)\s*")


def included_in(text: str) -> list[str]:
    """The names in `#include` and `#tryinclude`, without quotes; those in comments are none."""
    found = (_INCLUDE.fullmatch(line) for _, line in _live_lines(text))
    return [match["name"].strip("\"<>'") for match in found if match is not None]


def ends_in_comment(text: str) -> bool:
    """Whether a line that is added at the end would be part of a `;--` comment."""
    inside = False
    for line in text.splitlines():
        _, inside = _without_comment(line, inside=inside)
    return inside


def with_include(text: str, name: str) -> str:
    """The text with `#include "name"` as its last line."""
    gap = "" if not text or text.endswith("\n") else "\n"
    return f'{text}{gap}#include "{name}"\n'


def without_include(text: str, name: str) -> str:
    """The text without the lines that include exactly this file."""
    lines = text.splitlines(keepends=True)
    for number, line in _live_lines(text):
        match = _INCLUDE.fullmatch(line)
        if match is not None and match["name"].strip("\"<>'") == name:
            lines[number] = ""
    return "".join(lines)


def value_of(text: str, section: str, key: str) -> str | None:
    """The last value of a key in a section; None where it is not set."""
    values = [match["value"] for _, match in _values(text, section) if match["key"] == key]
    return values[-1] if values else None


def with_value(text: str, section: str, key: str, value: str) -> str:
    """The text with the key set in the section: its last line changed, or one put below its head.

    Raises:
        ValueError: there is no such section.
    """
    lines = text.splitlines(keepends=True)
    at = [number for number, match in _values(text, section) if match["key"] == key]
    if at:
        lines[at[-1]] = f"{key} = {value}\n"
        return "".join(lines)
    for number, line in _live_lines(text):
        match = _SECTION.fullmatch(line)
        if match is not None and match["name"] == section:
            lines[number] = lines[number].rstrip("\r\n") + f"\n{key} = {value}\n"
            return "".join(lines)
    raise ValueError(f"there is no [{section}]")


def _values(text: str, section: str) -> Iterator[tuple[int, re.Match[str]]]:
    here = False
    for number, line in _live_lines(text):
        head, value = _SECTION.fullmatch(line), _VALUE.fullmatch(line)
        if head is not None:
            here = head["name"] == section
        elif here and value is not None:
            yield number, value


def _live_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line without its comments, with its number from 0."""
    inside = False
    for number, line in enumerate(text.splitlines()):
        live, inside = _without_comment(line, inside=inside)
        if live.strip():
            yield number, live


def _without_comment(line: str, *, inside: bool) -> tuple[str, bool]:
    r"""What Asterisk reads of a line: `;--` to `--;` and `;` to the end are none; `\;` is a `;`.

    `;---` is no beginning of a long comment (config.c).
    """
    live, at = "", 0
    while at < len(line):
        if inside:
            end = line.find("--;", at)
            if end < 0:
                return live, True
            inside, at = False, end + len("--;")
        elif line.startswith("\\;", at):
            live, at = live + ";", at + 2
        elif line[at] == ";":
            if not line.startswith(";--", at) or line.startswith(";---", at):
                return live, False
            inside, at = True, at + len(";--")
        else:
            live, at = live + line[at], at + 1
    return live, inside
