"""The settings of work orders: `[orders]`, its kinds, groups, working hours and hotlines.

Owns: the keys, their defaults, what is refused. Must not know what an order is
(`config.order_policy` turns these into the rules' policy).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from config.calendar_file import calendar_name
from config.campaign_file import DayNames
from config.week import parse_day, week_of

_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
USUAL_KINDS: Final[dict[str, dict[str, Any]]] = {
    "inquiry": {},
    "repair": {},
    "complaint": {"complaint": True},
    "new_service": {},
}


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise ValueError(f'"{text}" is no name: a-z, 0-9 and _ only, a letter first')
    return text


def _usual_windows() -> dict[str, tuple[str, ...]]:
    return {"mon-fri": ("09:00-18:00",)}


def _day(texts: tuple[str, ...]) -> tuple[str, ...]:
    parse_day(texts)
    return texts


Word = Annotated[str, AfterValidator(_word)]
Days = Annotated[int, Field(ge=0, le=366)]
Name = Annotated[str, Field(max_length=200)]


Day = Annotated[tuple[str, ...], AfterValidator(_day)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OrderKindSettings(_Table):
    """A kind of order. `title`: its name for people; limits in working days."""

    title: Name = ""
    complaint: bool = False
    investigate_days: Days = 1
    solve_days: Days = 5
    follow_up_days: Days = 1


class OrderGroupSettings(_Table):
    """Who owns a business group's orders: at first, as the floor's supervisor, as its contact."""

    agent: Name = ""
    supervisor: Name = ""
    contact: Name = ""


class OrderSettings(_Table):
    """Work orders and complaints.

    `call_back`: the campaign that makes promised calls. `group`: whose an order is unless it is
    said. `windows`, `calendar`: which days are worked.
    `hotlines`: whom to suggest for what is not our business, by a word of yours.
    """

    call_back: Name | None = None
    group: Word = "service"
    windows: dict[DayNames, Annotated[tuple[str, ...], AfterValidator(_day)]] = Field(
        default_factory=_usual_windows
    )
    calendar: Annotated[str, AfterValidator(calendar_name)] | None = None
    escalate_days: Annotated[int, Field(ge=1, le=366)] = 1
    kinds: dict[Word, OrderKindSettings] = Field(default_factory=dict, validate_default=True)
    groups: dict[Word, OrderGroupSettings] = Field(default_factory=dict)
    hotlines: dict[str, Name] = Field(default_factory=dict)

    @field_validator("kinds", mode="before")
    @classmethod
    def _over_the_usual(cls, given: Any) -> Any:
        """Lay what is written over the usual kinds, key by key."""
        if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
            return given
        return {
            name: {**USUAL_KINDS.get(name, {}), **given.get(name, {})}
            for name in dict.fromkeys((*USUAL_KINDS, *given))
        }

    @model_validator(mode="after")
    def _a_week(self) -> OrderSettings:
        week_of({days: parse_day(texts) for days, texts in self.windows.items()})
        return self
