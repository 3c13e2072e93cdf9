"""A TOML file with the line of each of its keys.

Owns: reading, syntax faults, and a small scan that finds on which line a key stands (tomllib
does not tell). Must not know what the keys mean. The scan only serves messages: where it
cannot tell, the line of the surrounding table is given, or none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.errors import ConfigError

Location = tuple[int | str, ...]

_TABLE: Final = re.compile(r"\s*\[(?P<name>[^\[\]]+)\]\s*(#.*)?")
_TABLE_OF_ARRAY: Final = re.compile(r"\s*\[\[(?P<name>[^\[\]]+)\]\]\s*(#.*)?")
_KEY: Final = re.compile(
    r"""\s*(?P<name>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""",
)
_KEY_PART: Final = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_SYNTAX_PLACE: Final = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)")
_LONG_TEXT: Final = re.compile(r'"""|\'\'\'')


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """What a file says, and where."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[Location, int]

    def line_of(self, location: Location) -> int | None:
        """Return the line of a key, or of the nearest table around it."""
        for length in range(len(location), 0, -1):
            if (line := self.lines.get(location[:length])) is not None:
                return line
        return None


def read_toml(path: Path) -> TomlFile:
    """Read a file that may begin with a byte order mark.

    Raises:
        ConfigError: it cannot be read, is not UTF-8, or is no TOML (with the line).
    """
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, text, str(error)) from error
    except RecursionError as error:
        raise ConfigError("is not TOML that anybody wrote: nested too deeply", file=path) from error
    except ValueError as error:
        raise ConfigError("is not TOML that anybody wrote: a number too long", file=path) from error
    return TomlFile(path=path, data=data, lines=_key_lines(text))


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror or error}", file=path) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError("is not UTF-8; save it as UTF-8", file=path, line=line) from error


def _syntax_error(path: Path, text: str, message: str) -> ConfigError:
    place = _SYNTAX_PLACE.search(message)
    said = _SYNTAX_PLACE.sub("", message)
    at_line = place.group("line") if place is not None else None
    line = int(at_line) if at_line else text.rstrip("\n").count("\n") + 1
    return ConfigError(f"is not TOML: {said[:1].lower()}{said[1:]}", file=path, line=line)


def _key_lines(text: str) -> dict[Location, int]:
    scan = _Scan()
    for number, line in enumerate(text.splitlines(), start=1):
        scan.read(number, line)
    return scan.found


class _Scan:
    """Walks over lines of valid TOML and notes where tables and keys begin."""

    def __init__(self) -> None:
        self.found: dict[Location, int] = {}
        self._table: Location = ()
        self._entries: dict[Location, int] = {}
        self._in_long_text = False

    def read(self, number: int, line: str) -> None:
        """Take the next line."""
        was_in_long_text = self._in_long_text
        if len(_LONG_TEXT.findall(line)) % 2:
            self._in_long_text = not self._in_long_text
        if was_in_long_text:
            return
        if (match := _TABLE_OF_ARRAY.fullmatch(line)) is not None:
            self._table = self._next_entry(_parts(match["name"]))
            self._note(self._table, number)
        elif (match := _TABLE.fullmatch(line)) is not None:
            self._table = _parts(match["name"])
            self._note(self._table, number)
        elif (match := _KEY.match(line)) is not None:
            self._note(self._table + _parts(match["name"]), number)

    def _next_entry(self, name: Location) -> Location:
        index = self._entries.get(name, 0)
        self._entries[name] = index + 1
        return (*name, index)

    def _note(self, location: Location, number: int) -> None:
        self.found.setdefault(location, number)


def _parts(name: str) -> Location:
    return tuple(part.strip("\"'") for part in _KEY_PART.findall(name))
