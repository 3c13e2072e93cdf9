"""A campaign as its manager writes it: a TOML file, or the flags of the command line.

Owns: the keys, their defaults and what is refused. Must not know how a campaign runs; what
leaves here is `campaigns.campaign.Campaign`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Self
from zoneinfo import ZoneInfo

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
)

from campaigns.books import NO_BOOKS, Books
from campaigns.calendars import Calendar, Holidays
from campaigns.campaign import Campaign, Kind, Mode
from campaigns.filter_text import read_filter
from campaigns.filters import Filter
from campaigns.law.law_choice import LawChoice
from campaigns.law.regulation import missing_profile
from campaigns.outcomes import RULES, Outcome
from campaigns.pacing_choice import PacingChoice
from campaigns.phone.numbers import NumberCheck
from campaigns.retry_policy import NumberOrder, RetryPolicy
from campaigns.serving import (
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    USUAL_PRIORITY,
    ServingOrder,
)
from campaigns.windows import Window
from config.calendar_file import calendar_name
from config.durations import parse_duration
from config.errors import ConfigError
from config.faults import faults_of
from config.lab_mix import LabMix
from config.law_tables import Ground, Law, LawTable
from config.toml_file import read_toml
from config.week import parse_day, parse_days, week_of
from config.words import NumberFormat, queue_name, zone_name

# Only what a channel name needs: no comma, ampersand, quote, CR or LF can ever be in one.
_DIAL_STRING: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*/[A-Za-z0-9_.:@/*+-]+")
NO_CALENDAR: Final = "none"
_PLACE: Final = "{number}"
_NAME: Final = re.compile(r"[\w][\w .()（）-]{0,63}")
_CALLER_ID: Final = re.compile(r"(\+?[0-9]{2,20})?")


def _day_names(key: str) -> str:
    parse_days(key)
    return key


def _country(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f'"{code}" is not a country (write CN, TW, US)')
    return code


def _filter(text: object) -> Filter:
    return read_filter(str(text))


def _calendar_name(name: str) -> str:
    return name if name == NO_CALENDAR else calendar_name(name)


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
DayNames = Annotated[str, AfterValidator(_day_names)]
DayWindows = Annotated[tuple[Window, ...], PlainValidator(parse_day)]


class RetryTable(BaseModel):
    """`[retry]`: how often a contact is tried; the defaults are the documents' (R5)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay: Duration = timedelta(hours=4)
    daily_attempts: int = Field(default=3, ge=1, le=20)
    max_days: int = Field(default=10, ge=1, le=365)
    delays: dict[Outcome, Duration] = Field(default_factory=dict)
    open_hours_only: bool = False
    numbers: NumberOrder = NumberOrder.FIRST

    @field_validator("delays")
    @classmethod
    def _only_outcomes_that_are_retried(
        cls, delays: dict[Outcome, timedelta]
    ) -> dict[Outcome, timedelta]:
        for outcome in delays:
            rule = RULES[outcome]
            if rule.retires_number or rule.ends is not None or not rule.counted or rule.next_day:
                raise ValueError(f"{outcome} is not retried by a delay")
        return delays

    def policy(self, skip_delay: timedelta | None = None) -> RetryPolicy:
        """Return it as the rules want it; `skip_delay` is the preview's."""
        return RetryPolicy(
            delay=self.delay,
            daily_attempts=self.daily_attempts,
            max_days=self.max_days,
            outcome_delays=dict(self.delays),
            skip_delay=skip_delay,
            open_hours_only=self.open_hours_only,
            numbers=self.numbers,
        )


class PreviewTable(BaseModel):
    """`[preview]`: how long an agent may look, and how long a skipped contact rests.

    Without `skip_delay` it rests as long as after a call (`[retry] delay`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit_s: int = Field(default=120, ge=5, le=3_600)
    skip_delay: Duration | None = None


class PredictiveTable(BaseModel):
    """`[predictive]`: how boldly it dials; only the mode of that name reads it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    abandon_percent: Decimal = Field(default=Decimal(3), gt=0, le=10)
    aggressiveness: float = Field(default=1.0, ge=0, le=1)
    amd: bool = False

    @classmethod
    def steered(cls, now: PacingChoice, said: Mapping[str, Any]) -> PacingChoice:
        """Return the choice with what was said of it anew, keyed as in a file.

        Raises:
            ConfigError: all faults at once.
        """
        before = {
            "abandon_percent": str(float(now.cap * 100)),
            "aggressiveness": now.aggressiveness,
            "amd": now.amd,
        }
        try:
            return cls.model_validate(before | dict(said)).choice()
        except ValidationError as error:
            raise ConfigError.of(faults_of(error, cls)) from error

    def choice(self) -> PacingChoice:
        """Return it as the rules want it."""
        return PacingChoice(
            cap=Fraction(self.abandon_percent) / 100,
            aggressiveness=self.aggressiveness,
            amd=self.amd,
        )


class CampaignFile(BaseModel):
    """What a campaign file may say. `zone` is the site's where it is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Kind
    mode: Mode = Mode.PROGRESSIVE
    dial_string: str
    caller_id: str = ""
    queue: Annotated[str, AfterValidator(queue_name)]
    ring_timeout_s: int = Field(default=30, ge=15, le=180)
    windows: dict[DayNames, DayWindows]
    zone: Annotated[str, AfterValidator(zone_name)] | None = None
    calendar: Annotated[str, AfterValidator(_calendar_name)] = NO_CALENDAR
    holidays: Holidays = Holidays.CLOSED
    law: Law = LawTable()
    consent: Ground | None = None
    filter: Annotated[Filter, PlainValidator(_filter)] | None = None
    retry: RetryTable = RetryTable()
    preview: PreviewTable = PreviewTable()
    max_calls: int = Field(default=100, ge=1, le=10_000)
    cps: float = Field(default=5.0, gt=0, le=200)
    wrap_up_s: int = Field(default=60, ge=1, le=3_600)
    number_format: NumberFormat = NumberFormat.E164
    country: Annotated[str, AfterValidator(_country)] = "CN"
    number_check: NumberCheck = NumberCheck.VALID
    order: ServingOrder = ServingOrder.WAITING
    predictive: PredictiveTable = PredictiveTable()
    priority: int = Field(default=USUAL_PRIORITY, ge=HIGHEST_PRIORITY, le=LOWEST_PRIORITY)
    lab: LabMix | None = None

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("must be 1 to 64 letters, digits, spaces, dots or dashes")
        return name

    @field_validator("dial_string")
    @classmethod
    def _safe_dial_string(cls, dial_string: str) -> str:
        if dial_string.count(_PLACE) != 1:
            raise ValueError("must hold {number} exactly once, as in PJSIP/{number}@trunk")
        if not _DIAL_STRING.fullmatch(dial_string.replace(_PLACE, "0")):
            raise ValueError(
                "must be TECHNOLOGY/…{number}… of letters, digits and _ . : @ / * + - only"
            )
        return dial_string

    @field_validator("caller_id")
    @classmethod
    def _number_or_nothing(cls, caller_id: str) -> str:
        if not _CALLER_ID.fullmatch(caller_id):
            raise ValueError("must be a number of 2 to 20 digits, with or without +")
        return caller_id

    @field_validator("windows")
    @classmethod
    def _a_week(cls, windows: dict[str, tuple[Window, ...]]) -> dict[str, tuple[Window, ...]]:
        week_of(windows)
        return windows

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a campaign file.

        Raises:
            ConfigError: all faults at once, with their lines.
        """
        file = read_toml(path)
        try:
            return cls.model_validate(file.data)
        except ValidationError as error:
            raise ConfigError.of(faults_of(error, cls, file.line_of), file=path) from error

    @classmethod
    def from_flags(cls, flags: Mapping[str, Any]) -> Self:
        """Make a campaign of flags, keyed as in a file; those that are None were not given.

        Raises:
            ConfigError: all faults at once.
        """
        given = {key: value for key, value in flags.items() if value is not None}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise ConfigError.of(faults_of(error, cls)) from error

    def campaign(self, campaign_id: int, site_zone: str, books: Books = NO_BOOKS) -> Campaign:
        """Return the campaign as the rules see it. `campaign_id` 0: not saved yet.

        Raises:
            ConfigError: it names a calendar or a regulation that is not in the books, where any
                are given.
        """
        return Campaign(
            id=campaign_id,
            name=self.name,
            kind=self.kind,
            mode=self.mode,
            dial_string=self.dial_string,
            caller_id=self.caller_id,
            queue=self.queue,
            ring_timeout_s=self.ring_timeout_s,
            windows=week_of(self.windows),
            zone=ZoneInfo(self.zone or site_zone),
            retry=self.retry.policy(self.preview.skip_delay),
            max_calls=self.max_calls,
            cps=self.cps,
            wrap_up_s=self.wrap_up_s,
            number_format=self.number_format.value,
            country=self.country,
            number_check=self.number_check.value,
            preview_limit_s=self.preview.limit_s,
            order=self.order,
            calendar=self._found_in(books),
            holidays=self.holidays,
            law=self._law(books),
            regulations=books.regulations,
            consent=None if self.consent is None else self.consent.consent(),
            filter=self.filter,
            pacing=self.predictive.choice(),
            priority=self.priority,
        )

    def _law(self, books: Books) -> LawChoice:
        choice = self.law.choice()
        missing = missing_profile(choice, books.regulations)
        if books is not NO_BOOKS and missing is not None:
            raise ConfigError(f"law: there is no regulation {missing}")
        return choice

    def _found_in(self, books: Books) -> Calendar | None:
        if self.calendar == NO_CALENDAR:
            return None
        calendar = books.calendar(self.calendar)
        if books is not NO_BOOKS and not calendar.is_known:
            raise ConfigError(
                f"calendar: nothing is known of the public holidays of {calendar.name}"
            )
        return calendar
