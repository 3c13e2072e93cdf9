"""Which contacts of a list are meant: a small language over their fields, never SQL.

    city = "上海" and age >= 30 and not vip
    tries < 3 or loaded > 2026-11-01
    name ~ "王*" and building in ("3", "5") and [客户 等级] != "C"

Owns: the filter as a value: what it says of a mapping of fields, and its text. Must not know
how a text is read (`campaigns.filter_text`) nor where fields come from.

What is written on the right gives the comparison its type: a text in quotes, a number, a date,
yes or no. A field that is missing, or is not of that type, makes the comparison false (`!=` as
well), and its name is told. A field alone means that it says yes. `~` knows `*` and `?`.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import assert_never

FieldValue = str | int | float | Decimal | bool | date
Literal = str | Decimal | date | bool
Fields = Mapping[str, FieldValue | None]


class Sign(StrEnum):
    """How a field is compared."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    LIKE = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A field against one literal; LIKE takes a text."""

    field: str
    sign: Sign
    literal: Literal

    def __str__(self) -> str:
        return f"{field_text(self.field)} {self.sign} {literal_text(self.literal)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """A field that equals one of several literals."""

    field: str
    literals: tuple[Literal, ...]

    def __str__(self) -> str:
        listed = ", ".join(literal_text(literal) for literal in self.literals)
        return f"{field_text(self.field)} in ({listed})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """A field alone: it says yes."""

    field: str

    def __str__(self) -> str:
        return field_text(self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The contrary."""

    part: Filter

    def __str__(self) -> str:
        return f"not {_in_brackets(self.part, And, Or)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """Both of them."""

    left: Filter
    right: Filter

    def __str__(self) -> str:
        return f"{_in_brackets(self.left, Or)} and {_in_brackets(self.right, And, Or)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """One of them at least."""

    left: Filter
    right: Filter

    def __str__(self) -> str:
        return f"{self.left} or {_in_brackets(self.right, Or)}"


Filter = Comparison | OneOf | Says | Not | And | Or


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whether a contact is meant; `unclear`: fields that it lacks, or that are of no such type."""

    holds: bool
    unclear: tuple[str, ...] = ()


def evaluate(wanted: Filter, fields: Fields) -> Found:
    """What the filter says of a contact with these fields."""
    unclear: list[str] = []
    holds = _holds(wanted, fields, unclear)
    return Found(holds=holds, unclear=tuple(dict.fromkeys(unclear)))


def fields_in(wanted: Filter) -> Iterator[str]:
    """The names of all fields that the filter asks for; a name may come twice."""
    match wanted:
        case And() | Or():
            yield from fields_in(wanted.left)
            yield from fields_in(wanted.right)
        case Not():
            yield from fields_in(wanted.part)
        case Comparison() | OneOf() | Says():
            yield wanted.field
        case never:
            assert_never(never)


# ── what it says of a contact ────────────────────────────────────────────────────────────


def _holds(wanted: Filter, fields: Fields, unclear: list[str]) -> bool:
    match wanted:
        case And():
            return _holds(wanted.left, fields, unclear) and _holds(wanted.right, fields, unclear)
        case Or():
            return _holds(wanted.left, fields, unclear) or _holds(wanted.right, fields, unclear)
        case Not():
            return not _holds(wanted.part, fields, unclear)
        case Says():
            return _compare(wanted.field, Sign.EQUAL, literal=True, fields=fields, unclear=unclear)
        case Comparison():
            return _compare(wanted.field, wanted.sign, wanted.literal, fields, unclear)
        case OneOf():
            return _is_one_of(wanted, fields, unclear)
        case never:
            assert_never(never)


def _is_one_of(wanted: OneOf, fields: Fields, unclear: list[str]) -> bool:
    """One literal of the field's type is enough for the field to be clear."""
    unread: list[str] = []
    for literal in wanted.literals:
        if _compare(wanted.field, Sign.EQUAL, literal, fields, unread):
            return True
    if len(unread) == len(wanted.literals):
        unclear.append(wanted.field)
    return False


def _compare(name: str, sign: Sign, literal: Literal, fields: Fields, unclear: list[str]) -> bool:
    value = _as(literal, fields.get(name))
    if value is None:
        unclear.append(name)
        return False
    if sign is Sign.LIKE:
        return _like(str(value), str(literal))
    return bool(_OPERATORS[sign](value, literal))


_OPERATORS: Mapping[Sign, Callable[[Literal, Literal], object]] = {
    Sign.EQUAL: operator.eq,
    Sign.UNEQUAL: operator.ne,
    Sign.LESS: operator.lt,
    Sign.AT_MOST: operator.le,
    Sign.MORE: operator.gt,
    Sign.AT_LEAST: operator.ge,
}


def _like(value: str, pattern: str) -> bool:
    """Only * and ? are signs; a bracket is itself."""
    return fnmatchcase(value, pattern.replace("[", "[[]"))


# ── a field as the type of the literal ───────────────────────────────────────────────────

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?", re.ASCII)
_YES = frozenset(("yes", "y", "true", "1", "是", "有"))
_NO = frozenset(("no", "n", "false", "0", "否", "无", "無"))


def _as(literal: Literal, value: FieldValue | None) -> Literal | None:
    """The field's value in the literal's type; None where it has none."""
    if value is None or value == "":
        return None
    match literal:
        case bool():
            return _as_yes_or_no(value)
        case str():
            return value.strip() if isinstance(value, str) else _plain_text(value)
        case Decimal():
            return _as_number(value)
        case date():
            return _as_date(value)
        case never:
            assert_never(never)


def _as_yes_or_no(value: FieldValue) -> bool | None:
    if isinstance(value, bool):
        return value
    said = _normal(str(value)).lower()
    if said in _YES:
        return True
    return False if said in _NO else None


def _as_number(value: FieldValue) -> Decimal | None:
    if isinstance(value, bool | date):
        return None
    text = _normal(str(value))
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _as_date(value: FieldValue) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = _DATE.fullmatch(_normal(value)) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _plain_text(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _normal(text: str) -> str:
    """Full-width digits as plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


# ── its text ─────────────────────────────────────────────────────────────────────────────

PLAIN_NAME = re.compile(r"[^\W\d]\w*")
WORDS = frozenset(("and", "or", "not", "in", "yes", "no", "true", "false"))


def field_text(name: str) -> str:
    """The name as it is written in a filter: in brackets if it is odd."""
    if PLAIN_NAME.fullmatch(name) and name.lower() not in WORDS:
        return name
    return "[" + name.replace("]", "]]") + "]"


def literal_text(literal: Literal) -> str:
    """The literal as it is written in a filter."""
    match literal:
        case bool():
            return "yes" if literal else "no"
        case str():
            return '"' + literal.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Decimal():
            return format(literal, "f")
        case date():
            return literal.isoformat()
        case never:
            assert_never(never)


def _in_brackets(part: Filter, *kinds: type[And | Or]) -> str:
    return f"({part})" if isinstance(part, kinds) else str(part)
