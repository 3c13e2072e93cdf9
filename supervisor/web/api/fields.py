"""What fields of requests may hold: bounded, and never what no database or switch takes.

Owns: these types, used by every operation's body, path and query. Must not know any operation.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from config.language import _

LONGEST_NAME: Final = 128
LONGEST_LINE: Final = 300
LONGEST_TEXT: Final = 8_000


class Body(BaseModel):
    """A body: what it does not know is refused, not passed over."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _one_line(text: str) -> str:
    """Refuse control characters, line ends among them, and halves of characters."""
    if not text.isprintable() and any(letter < " " or letter == "\x7f" for letter in text):
        raise ValueError(_("may not hold control characters"))
    return _whole(text)


def _whole(text: str) -> str:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(_("is no text"))
    return text


Line = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(_one_line)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_one_line)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_whole)]
Why = Annotated[Line, Field(description="Why; it is kept in the ledger.")]
Moment = Annotated[
    Line,
    Field(description="`2026-11-25 15:00`, `15:00` (today) or ISO 8601 with an offset."),
]
Day = Annotated[Line, Field(description="A day, `2026-11-25`.")]
Who = Annotated[Name, Field(description="A contact: phone number, reference, or its number.")]
Phone = Annotated[Name, Field(description="A phone number, or a pattern: `+8610*`.")]
Country = Annotated[
    str,
    Field(pattern="^[A-Z]{2}$", description="Whose numbers are meant without a country code."),
]

Words = Annotated[
    list[Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(_one_line)]] | None,
    Query(max_length=100),
]
InPath = Annotated[str, Path(min_length=1, max_length=LONGEST_NAME), AfterValidator(_one_line)]
CampaignPath = Annotated[InPath, Path(description="A campaign's name, or its number.")]
AgentPath = Annotated[InPath, Path(description="An agent's number.", pattern="^[0-9]{1,20}$")]
ContactPath = Annotated[int, Path(ge=1, lt=1 << 63, description="A contact's number.")]
InQuery = Annotated[
    str | None,
    Query(max_length=LONGEST_LINE),
    AfterValidator(lambda text: None if text is None else _one_line(text)),
]
