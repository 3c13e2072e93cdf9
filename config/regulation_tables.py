"""The rules of a regulation as tables of a file.

Owns: the keys of each rule and what is refused. What leaves here are the rules of
`campaigns.law.regulation`. Must not know files (`config.regulation_file`).
"""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Final, Literal

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    field_validator,
)

from campaigns.consent import ConsentBasis
from campaigns.kinds import Kind, Mode
from campaigns.law.regulation import (
    AbandonRule,
    CallerIdRule,
    Cap,
    ConsentDemand,
    ConsentRule,
    Gap,
    HoursRule,
    MessageRule,
    Per,
    RingRule,
    Sure,
)
from campaigns.outcomes import RULES, Branch, Outcome
from campaigns.windows import Window
from config.durations import parse_duration
from config.week import parse_day, parse_days, week_of

_PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,13}")


def _day_names(key: str) -> str:
    parse_days(key)
    return key


def _longer_than_nothing(wait: timedelta) -> timedelta:
    if wait <= timedelta(0):
        raise ValueError("must be longer than nothing")
    return wait


def _country(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f'"{code}" is not a country (write CN, TW, US)')
    return code


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError(f'"{text}" is not the beginning of a number (write +1305)')
    return text


def _on_the_line(outcome: Outcome) -> Outcome:
    if RULES[outcome].branch is Branch.OWN_SIDE:
        raise ValueError(f"{outcome} is no call that reached anybody")
    return outcome


Wait = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_longer_than_nothing)]
DayNames = Annotated[str, AfterValidator(_day_names)]
DayWindows = Annotated[tuple[Window, ...], PlainValidator(parse_day)]
Country = Annotated[str, AfterValidator(_country)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Reached = Annotated[Outcome, AfterValidator(_on_the_line)]


class Table(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _RuleTable(Table):
    """Every rule says where it comes from and how sure that is."""

    source: str = Field(min_length=3)
    sure: Sure


class HoursTable(_RuleTable):
    """`[hours]`: the legal hours at the called place."""

    windows: dict[DayNames, DayWindows]
    widens: bool = False

    @field_validator("windows")
    @classmethod
    def _a_week(cls, windows: dict[str, tuple[Window, ...]]) -> dict[str, tuple[Window, ...]]:
        week_of(windows)
        return windows

    def rule(self) -> HoursRule:
        """Return it as the rules want it."""
        return HoursRule(
            source=self.source,
            sure=self.sure,
            windows=week_of(self.windows),
            widens=self.widens,
        )


class CapTable(_RuleTable):
    """`[[caps]]`: so many calls a local `day`, or within any stretch of time."""

    calls: int = Field(ge=1, le=1_000)
    per: Per
    within: Literal["day"] | Wait

    def rule(self) -> Cap:
        """Return it as the rules want it."""
        within = self.within if isinstance(self.within, timedelta) else None
        return Cap(
            source=self.source, sure=self.sure, calls=self.calls, per=self.per, within=within
        )


class GapTable(_RuleTable):
    """`[[gaps]]`: a wait after a call, or after some outcomes only."""

    wait: Wait
    per: Per
    after: list[Reached] | None = Field(default=None, min_length=1)
    spares: frozenset[Mode] = frozenset()

    def rule(self) -> Gap:
        """Return it as the rules want it."""
        return Gap(
            source=self.source,
            sure=self.sure,
            wait=self.wait,
            per=self.per,
            after=None if self.after is None else frozenset(self.after),
            spares=self.spares,
        )


class DemandTable(Table):
    """`[consent.sales]`: what one kind of campaign needs."""

    bases: frozenset[ConsentBasis] = Field(min_length=1)
    own: bool
    proof: bool


class ConsentTable(_RuleTable):
    """`[consent]`: by kind of campaign; a kind that is left out needs no basis."""

    keep: Wait
    sales: DemandTable | None = None
    callback: DemandTable | None = None

    def rule(self) -> ConsentRule:
        """Return it as the rules want it."""
        tables = {Kind.SALES: self.sales, Kind.CALLBACK: self.callback}
        demands = {
            kind: ConsentDemand(bases=table.bases, own=table.own, proof=table.proof)
            for kind, table in tables.items()
            if table is not None
        }
        return ConsentRule(source=self.source, sure=self.sure, demands=demands, keep=self.keep)


class AbandonTable(_RuleTable):
    """`[abandon]`: the largest share of abandoned calls among live answers."""

    percent: float = Field(ge=0, le=100)
    block_days: int = Field(ge=1, le=366)
    judged_from: int = Field(default=1, ge=1, le=100_000)
    spares: frozenset[Mode] = frozenset()

    def rule(self) -> AbandonRule:
        """Return it as the rules want it."""
        return AbandonRule(
            source=self.source,
            sure=self.sure,
            share=Fraction(str(self.percent)) / 100,
            block_days=self.block_days,
            judged_from=self.judged_from,
            spares=self.spares,
        )


class MessageTable(_RuleTable):
    """`[message]`: how soon whoever is given no agent hears the message."""

    within_s: float = Field(gt=0, le=60)

    def rule(self) -> MessageRule:
        """Return it as the rules want it."""
        return MessageRule(source=self.source, sure=self.sure, within_s=self.within_s)


class RingTable(_RuleTable):
    """`[ring]`: how long a call rings at least."""

    seconds: int = Field(ge=1, le=180)

    def rule(self) -> RingRule:
        """Return it as the rules want it."""
        return RingRule(source=self.source, sure=self.sure, seconds=self.seconds)


class CallerIdTable(_RuleTable):
    """`[caller_id]`: a number must be shown."""

    def rule(self) -> CallerIdRule:
        """Return it as the rules want it."""
        return CallerIdRule(source=self.source, sure=self.sure)
