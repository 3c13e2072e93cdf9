"""Regulation profiles as files: the ones that are shipped, and an operator's own.

Owns: the keys and what is refused. What leaves here is `campaigns.regulation.Regulations`. Must
not know how a rule is judged. A file of an operator takes the place of the shipped one that has
the same `name`; the hash of what was read goes with the profile.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    field_validator,
    model_validator,
)

from campaigns.consent import ConsentBasis
from campaigns.kinds import Kind, Mode
from campaigns.law_choice import AUTO
from campaigns.outcomes import RULES, Branch, Outcome
from campaigns.regulation import (
    AbandonRule,
    CallerIdRule,
    Cap,
    ConsentDemand,
    ConsentRule,
    Gap,
    HoursRule,
    MessageRule,
    Per,
    Profile,
    Regulations,
    RingRule,
    Sure,
)
from campaigns.windows import Window
from config.durations import parse_duration
from config.errors import ConfigError
from config.faults import faults_of
from config.toml_file import TomlFile, read_toml
from config.week import parse_day, parse_days, week_of

SHIPPED: Final = Path(__file__).parent / "regulations"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
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


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _RuleTable(_Table):
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


class DemandTable(_Table):
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


class RegulationFile(_Table):
    """One profile."""

    name: str
    title: str = Field(min_length=1)
    version: str = Field(min_length=1)
    countries: frozenset[Country] = frozenset()
    prefixes: tuple[Prefix, ...] = ()
    automatic: bool = True
    hours: HoursTable | None = None
    caps: tuple[CapTable, ...] = ()
    gaps: tuple[GapTable, ...] = ()
    consent: ConsentTable | None = None
    abandon: AbandonTable | None = None
    message: MessageTable | None = None
    ring: RingTable | None = None
    caller_id: CallerIdTable | None = None

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name) or name == AUTO:
            raise ValueError(f'must be small letters, digits and dashes, and not "{AUTO}"')
        return name

    @model_validator(mode="after")
    def _is_for_somebody(self) -> Self:
        if self.automatic and not self.countries and not self.prefixes:
            raise ValueError("name the countries or prefixes it is for, or set automatic = false")
        return self

    @classmethod
    def read(cls, file: TomlFile) -> Self:
        """Check what a file says.

        Raises:
            ConfigError: all faults at once, with their lines.
        """
        try:
            return cls.model_validate(file.data)
        except ValidationError as error:
            raise ConfigError.of(faults_of(error, cls, file.line_of), file=file.path) from error

    def profile(self, digest: str) -> Profile:
        """Return it as the rules want it."""
        return Profile(
            name=self.name,
            title=self.title,
            version=self.version,
            digest=digest,
            countries=self.countries,
            calling_codes=_calling_codes(self.countries),
            prefixes=self.prefixes,
            automatic=self.automatic,
            hours=None if self.hours is None else self.hours.rule(),
            caps=tuple(cap.rule() for cap in self.caps),
            gaps=tuple(gap.rule() for gap in self.gaps),
            consent=None if self.consent is None else self.consent.rule(),
            abandon=None if self.abandon is None else self.abandon.rule(),
            message=None if self.message is None else self.message.rule(),
            ring=None if self.ring is None else self.ring.rule(),
            caller_id=None if self.caller_id is None else self.caller_id.rule(),
        )


def load_regulations(own: Path | None = None) -> Regulations:
    """Read the shipped profiles and those in the operator's folder, if it is there.

    Raises:
        ConfigError: a file that cannot be read or says something that is no rule; two files in
            one folder with one name.
    """
    shipped = _profiles_in(SHIPPED)
    if not shipped:
        raise ConfigError("the regulations that belong to the program are missing", file=SHIPPED)
    named = shipped | (_profiles_in(own) if own is not None else {})
    return Regulations(profiles=tuple(named[name] for name in sorted(named)))


def _profiles_in(folder: Path) -> dict[str, Profile]:
    found: dict[str, Profile] = {}
    for path in sorted(folder.glob("*.toml")):
        profile = _profile_in(path)
        if profile.name in found:
            raise ConfigError(f'"{profile.name}" is the name of two files', file=path)
        found[profile.name] = profile
    return found


def _profile_in(path: Path) -> Profile:
    file = read_toml(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return RegulationFile.read(file).profile(digest)


def _calling_codes(countries: Iterable[str]) -> tuple[str, ...]:
    codes = {phonenumbers.country_code_for_region(country) for country in countries}
    return tuple(sorted(f"+{code}" for code in codes))
