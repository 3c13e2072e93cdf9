"""A filter as a campaign manager writes it, read.

Owns: the grammar and what is said of a text that does not follow it: where, and what to write.
Must not know what a filter means (`campaigns.filters`).

    filter     = term { "or" term }            term   = factor { "and" factor }
    factor     = "not" factor | "(" filter ")" | condition
    condition  = field [ sign literal | "in" "(" literal { "," literal } ")" ]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from campaigns.filters import And, Comparison, Filter, Literal, Not, OneOf, Or, Says, Sign

LONGEST = 4_000
DEEPEST = 40


class FilterError(ValueError):
    """The text is no filter. `position` counts signs from 1."""

    def __init__(self, position: int, what: str) -> None:
        self.position = position
        super().__init__(f"at sign {position}: {what}")


class _Kind(StrEnum):
    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    FIELD = "field"
    WORD = "word"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: _Kind
    said: str
    place: int


# What Chinese keyboards write; one sign for one, so that positions stay.
_PLAIN = str.maketrans("（），＝＜＞！～［］", "(),=<>!~[]")
_TOKEN = re.compile(
    r"""
      (?P<text>"(?:[^"\\]|\\.)*"|“[^”]*”)
    | (?P<date>\d{4}-\d{1,2}-\d{1,2}(?![\w.]))
    | (?P<number>[+-]?\d+(?:\.\d+)?(?![\w.]))
    | (?P<field>\[(?:[^\]]|\]\])+\])
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>!=|<=|>=|==|<>|&&|\|\||[=<>~(),!&|])
    """,
    re.VERBOSE,
)
_MEANT = {
    "==": "write = for equal",
    "<>": "write != for unequal",
    "&&": "write and",
    "&": "write and",
    "||": "write or",
    "|": "write or",
    "!": "write not",
}
_COMPARISONS = "a comparison is expected: = != < <= > >= ~ in"
_VALUES = "a value is expected: a text in quotes, a number, a date, yes or no"
_YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False}
_RESERVED = frozenset(("and", "or", "not", "in", *_YES_OR_NO))


def read_filter(text: str) -> Filter:
    """The filter that the text says.

    Raises:
        FilterError: where it goes wrong, and what to write instead.
    """
    if len(text) > LONGEST:
        raise FilterError(LONGEST + 1, f"a filter has at most {LONGEST} signs")
    return _Reader(text).whole()


class _Reader:
    """Goes over the tokens once, from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._depth = 0
        self._next = next(self._tokens)

    def whole(self) -> Filter:
        wanted = self._any()
        if self._next.kind is not _Kind.END:
            raise self._fault("here and, or, or the end is expected")
        return wanted

    def _any(self) -> Filter:
        wanted = self._all()
        while self._took("or"):
            wanted = Or(left=wanted, right=self._all())
        return wanted

    def _all(self) -> Filter:
        wanted = self._one()
        while self._took("and"):
            wanted = And(left=wanted, right=self._one())
        return wanted

    def _one(self) -> Filter:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._fault(f"more than {DEEPEST} brackets or nots inside each other")
        wanted = self._negated_bracketed_or_plain()
        self._depth -= 1
        return wanted

    def _negated_bracketed_or_plain(self) -> Filter:
        if self._took("not"):
            return Not(part=self._one())
        if not self._took("("):
            return self._condition()
        wanted = self._any()
        self._expect(")", "a bracket is not closed")
        return wanted

    def _condition(self) -> Filter:
        name = self._field()
        if self._took("in"):
            return OneOf(field=name, literals=tuple(self._literals()))
        if self._next.kind is not _Kind.SIGN or self._next.said in {"(", ")", ","}:
            return Says(field=name)
        sign = self._sign()
        place = self._next.place
        literal = self._literal()
        if sign is Sign.LIKE and not isinstance(literal, str):
            raise FilterError(place, '~ wants a text in quotes, as in name ~ "王*"')
        return Comparison(field=name, sign=sign, literal=literal)

    def _field(self) -> str:
        token = self._next
        if token.kind is _Kind.FIELD:
            self._advance()
            return token.said[1:-1].replace("]]", "]")
        if token.kind is _Kind.WORD and token.said.lower() not in _RESERVED:
            self._advance()
            return token.said
        if token.kind is _Kind.TEXT:
            raise self._fault("a field is expected: write an odd name in [ ], not in quotes")
        raise self._fault("a field is expected")

    def _sign(self) -> Sign:
        token = self._next
        if token.said not in set(Sign):
            raise self._fault(_MEANT.get(token.said, _COMPARISONS))
        self._advance()
        return Sign(token.said)

    def _literals(self) -> Iterator[Literal]:
        self._expect("(", 'write in ("3", "5")')
        yield self._literal()
        while self._took(","):
            yield self._literal()
        self._expect(")", "a bracket is not closed")

    def _literal(self) -> Literal:
        value = self._value(self._next)
        self._advance()
        return value

    def _value(self, token: _Token) -> Literal:
        match token.kind:
            case _Kind.TEXT:
                return _unquoted(token.said)
            case _Kind.NUMBER:
                return Decimal(token.said)
            case _Kind.DATE:
                return self._date(token.said)
            case _Kind.WORD if token.said.lower() in _YES_OR_NO:
                return _YES_OR_NO[token.said.lower()]
            case _Kind.WORD:
                raise self._fault(f'a text stands in quotes: "{token.said}"')
            case _:
                raise self._fault(_VALUES)

    def _date(self, said: str) -> date:
        year, month, day = map(int, said.split("-"))
        try:
            return date(year, month, day)
        except ValueError:
            raise self._fault(f"{said} is no day of the calendar") from None

    def _took(self, said: str) -> bool:
        token = self._next
        if token.kind not in {_Kind.WORD, _Kind.SIGN} or token.said.lower() != said:
            return False
        self._advance()
        return True

    def _expect(self, said: str, why: str) -> None:
        if not self._took(said):
            raise self._fault(f"{said} is expected: {why}")

    def _advance(self) -> None:
        self._next = next(self._tokens)

    def _fault(self, what: str) -> FilterError:
        found = "the text ends" if self._next.kind is _Kind.END else f"“{self._next.said}”"
        return FilterError(self._next.place, f"{found}; {what}")


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while True:
        place += len(text[place:]) - len(text[place:].lstrip())
        if place == len(text):
            break
        token = _token_at(text, place)
        yield token
        place += len(token.said)
    while True:
        yield _Token(kind=_Kind.END, said="", place=len(text) + 1)


def _token_at(text: str, place: int) -> _Token:
    match = _TOKEN.match(_outside_quotes(text, place), place)
    if match is None:
        raise FilterError(place + 1, _why_no_token(text[place:]))
    kind = _Kind(match.lastgroup or "")
    said = text[place : match.end()] if kind in {_Kind.TEXT, _Kind.FIELD} else match[0]
    return _Token(kind=kind, said=said, place=place + 1)


def _outside_quotes(text: str, place: int) -> str:
    """The text with plain signs; as it is where a quoted text or name begins."""
    return text if text[place] in '"“[' else text.translate(_PLAIN)


def _why_no_token(rest: str) -> str:
    if rest[0] in '"“':
        return "a quote is not closed"
    if rest[0] in "[［":
        return "a bracket [ is not closed"
    if rest[0] == "'":
        return "a text stands in double quotes"
    if rest[0].isdigit():
        return "a name that begins with a digit stands in [ ]; a date is written 2026-11-01"
    return f"“{rest[0]}” has no meaning here"


def _unquoted(said: str) -> str:
    if said.startswith("“"):
        return said[1:-1]
    return re.sub(r"\\(.)", r"\1", said[1:-1], flags=re.DOTALL)
