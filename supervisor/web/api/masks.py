"""Numbers in what is answered: masked for everybody who need not see them (R25).

Owns: what is taken for a person's number, by the name of its field or by its look, and that
no answer leaves without this. Must not know who may see numbers: the guard says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from fastapi.responses import JSONResponse

from campaigns.phone.masked import masked

NUMBER_FIELDS: Final = frozenset({"e164", "number", "phone", "old"})
"""Fields that hold a number, whatever it looks like."""

NOBODYS: Final = {"opened_by": "number", "mode": "phone"}
"""What has the one field has no person's number in the other: the number of a work order, and
the phone of a supervisor who listens.
"""

_LOOKS_LIKE_ONE: Final = re.compile(
    r"(?<![A-Za-z_\d.+-])(?<!\d:)(?!\d{4}-\d\d-\d\d)(?!\d{10}\.\d)"
    r"\+?\d(?:[ ().-]{0,2}\d){9,}(?![A-Za-z_\d:]|\.\d)"
)
"""Ten digits and more in any text; times, ids of calls and work orders are none.

Chinese is written without spaces: what stands before and after a number may be a letter of it.
"""

_PERHAPS_ONE: Final = re.compile(r"\+?\d(?:[\W_]{0,3}\d){6,}")
"""Seven digits and more, whatever is written between them."""
_TIME: Final = re.compile(r"(19|20)\d\d-[01]\d-[0-3]\d( [0-2]\d:[0-5]\d(:[0-5]\d)?)?")

_are_masked: ContextVar[bool] = ContextVar("numbers are masked", default=True)


@contextmanager
def numbers_shown(*, whole: bool) -> Iterator[None]:
    """How numbers are shown in what is answered within the block."""
    before = _are_masked.set(not whole)
    try:
        yield
    finally:
        _are_masked.reset(before)


def masked_row(row: Mapping[str, str]) -> dict[str, str]:
    """A row of somebody's file, in which nobody knows where a number stands: whatever could be one.

    Its names of columns as well: a file without them has its first row in their place.
    """
    return {_perhaps_masked(name): _perhaps_masked(cell) for name, cell in row.items()}


def _perhaps_masked(text: str) -> str:
    return _PERHAPS_ONE.sub(
        lambda found: found[0] if _TIME.fullmatch(found[0]) else masked(found[0]), text
    )


class MaskedJson(JSONResponse):
    """JSON whose numbers are masked, unless who asks may see them."""

    def render(self, content: Any) -> bytes:
        """Return the bytes that are sent."""
        return super().render(masked_in(content) if _are_masked.get() else content)


def masked_in(content: Any) -> Any:
    """The same with every number masked."""
    match content:
        case dict():
            fields = NUMBER_FIELDS - {other for one, other in NOBODYS.items() if one in content}
            return {name: _field(name, value, fields) for name, value in content.items()}
        case list() | tuple():
            return [masked_in(one) for one in content]
        case str():
            return _LOOKS_LIKE_ONE.sub(lambda found: masked(found[0]), content)
        case _:
            return content


def _field(name: str, value: Any, fields: frozenset[str]) -> Any:
    if name in fields and isinstance(value, str):
        return masked(value)
    return masked_in(value)
