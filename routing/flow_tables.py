"""The tables of a flow's file: the keys of each kind of step, their defaults, what is refused.

Owns: the form of what an operator writes. Must not know files nor lines (`routing.loader`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)

from campaigns.calendars import Holidays
from config.calendar_file import calendar_name
from config.campaign_file import DayNames, DayWindows
from config.week import week_of
from config.words import queue_name, zone_name
from routing.flow import (
    ANY_LANGUAGE,
    Branch,
    Case,
    Collect,
    Enqueue,
    FindOrder,
    HangUp,
    Look,
    Lookup,
    Manner,
    Menu,
    OpeningHours,
    OpenOrder,
    Overflow,
    Play,
    Question,
    RequestCallBack,
    Saying,
    Sayings,
    SetLanguage,
    Step,
    Survey,
    Transfer,
    Valid,
    Voicemail,
)
from routing.flow_pattern import MOST_DIGITS, safe_pattern
from routing.flow_run import YES
from routing.survey import HIGHEST_KEY, R21_WEIGHTS

_STEP: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_FACT: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")
_SOUND: Final = re.compile(r"[A-Za-z0-9_{}-]+(/[A-Za-z0-9_{}-]+)*")
_WORD: Final = re.compile(r"[A-Za-z0-9_.+-]{1,40}")
_KEY: Final = re.compile(r"[0-9*#]")
_PATH: Final = re.compile(r"[\w-]+(\.[\w-]+)*")
_MANNERS: Final = ", ".join(manner.value for manner in Manner)


def _shaped(form: re.Pattern[str], how: str) -> Callable[[str], str]:
    def fits(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(f'"{text}" {how}')
        return text

    return fits


def _to(form: re.Pattern[str], how: str) -> Any:
    return AfterValidator(_shaped(form, how))


StepName = Annotated[str, _to(_STEP, "is no step's name: a-z, 0-9, _ and - only")]
FactName = Annotated[str, _to(_FACT, "is no fact's name: a-z, 0-9 and _ only, a letter first")]
LanguageCode = Annotated[str, _to(_LANGUAGE, "is no language: write zh, en or zh_TW")]
Word = Annotated[str, _to(_WORD, "may only have letters, digits and _ . + -")]
Key = Annotated[str, _to(_KEY, "is no key of a phone: write 0 to 9, * or #")]
JsonPath = Annotated[str, _to(_PATH, "is no path into JSON: write order.status or orders.0.id")]


def _say(given: object) -> Sayings:
    """Read one thing to say or a list of them."""
    return tuple(map(_saying, given if isinstance(given, list) else [given]))


def _saying(given: object) -> Saying:
    if isinstance(given, str):
        given = {Manner.SOUND.value: given}
    if not (isinstance(given, dict) and len(given) == 1 and set(given) <= set(Manner)):
        raise ValueError(
            f'is nothing to say: write "folder/sound" or a table with one of {_MANNERS}'
        )
    ((manner, words),) = given.items()
    by_language = words if isinstance(words, dict) else {ANY_LANGUAGE: words}
    if not by_language:
        raise ValueError(f"{manner}: is empty; write what to say, by language or once for all")
    for language, text in by_language.items():
        _fits_manner(Manner(manner), language, text)
    return Saying(manner=Manner(manner), words=by_language)


def _fits_manner(manner: Manner, language: str, text: object) -> None:
    if language != ANY_LANGUAGE and not _LANGUAGE.fullmatch(language):
        raise ValueError(f'"{language}" is no language: write zh, en or zh_TW')
    if not isinstance(text, str) or not text:
        raise ValueError(f"{manner}: what to say must be a text in quotes")
    if manner is Manner.SOUND and not _SOUND.fullmatch(text):
        raise ValueError(
            f'"{text}" is no sound: write its path below sounds/{language or "LANGUAGE"}, '
            "without its ending"
        )


def _fact_value(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else ""
    return str(value)


def _fact_values(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(map(_fact_value, values))


def _http(url: str) -> str:
    """Facts may only stand behind the host, so that no caller chooses whom we ask."""
    before, _place, _behind = url.partition("{")
    try:
        parts, plain = urlsplit(before), urlsplit(url)
        _port = plain.port
    except ValueError:
        raise ValueError(f'"{url}" is no address') from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isprintable():
        raise ValueError("must be http://HOST/… or https://HOST/…, in one line")
    if parts.netloc != plain.netloc or " " in url or parts.username is not None:
        raise ValueError("may have facts in { } behind the host only, and no user or blanks")
    if "{" in url and not parts.path:
        raise ValueError("may have facts in { } behind the host only: end the host with /")
    return url


Say = Annotated[Sayings, PlainValidator(_say)]
Seconds = Annotated[float, Field(gt=0, le=60)]
Url = Annotated[str, AfterValidator(_http)]
Pattern = Annotated[str, AfterValidator(safe_pattern)]
QueueName = Annotated[str, AfterValidator(queue_name)]


Digits = Annotated[
    tuple[int, int], BeforeValidator(lambda it: (it, it) if isinstance(it, int) else it)
]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _StepTable(_Table):
    do: str

    def step(self) -> Step:
        raise NotImplementedError


def _fields(table: _Table, *without: str) -> dict[str, Any]:
    names = set(type(table).model_fields) - {"do", *without}
    return {name: getattr(table, name) for name in names}


class PlayTable(_StepTable):
    """`do = "play"`."""

    say: Say
    next: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return Play(**_fields(self))


class MenuTable(_StepTable):
    """`do = "menu"`."""

    say: Say
    keys: dict[Key, StepName] = Field(min_length=1)
    wait_s: Seconds = 5.0
    tries: int = Field(default=3, ge=1, le=10)
    say_nothing: Say = ()
    say_wrong: Say = ()
    nothing: StepName | None = None
    wrong: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return Menu(**_fields(self))


class CollectTable(_StepTable):
    """`do = "collect"`. `digits`: how many, `[least, most]` or one number for both."""

    say: Say
    into: FactName
    digits: Digits = (1, 20)
    pattern: Pattern = ""
    lowest: int | None = None
    highest: int | None = None
    date: Literal["", "YYYYMMDD", "MMDD"] = ""
    wait_s: Seconds = 5.0
    tries: int = Field(default=3, ge=1, le=10)
    say_nothing: Say = ()
    say_wrong: Say = ()
    next: StepName | None = None
    nothing: StepName | None = None
    wrong: StepName | None = None

    @model_validator(mode="after")
    def _can_be_typed(self) -> CollectTable:
        least, most = self._digits()
        if not 1 <= least <= most <= MOST_DIGITS:
            raise ValueError("digits must be [least, most], between 1 and 32 (digits = [6, 12])")
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise ValueError("lowest must not be above highest")
        return self

    def _digits(self) -> tuple[int, int]:
        return (len(self.date), len(self.date)) if self.date else self.digits

    def step(self) -> Step:
        """Return it as the flow wants it."""
        least, most = self._digits()
        valid = Valid(
            least=least,
            most=most,
            pattern=self.pattern,
            lowest=self.lowest,
            highest=self.highest,
            date=self.date,
        )
        rule = ("digits", "pattern", "lowest", "highest", "date")
        return Collect(valid=valid, **_fields(self, *rule))


class LanguageTable(_StepTable):
    """`do = "language"`."""

    language: LanguageCode
    next: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return SetLanguage(**_fields(self))


class HoursTable(_StepTable):
    """`do = "hours"`."""

    hours: str
    open: StepName | None = None
    closed: StepName | None = None
    holiday: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return OpeningHours(**_fields(self))


class CaseTable(_Table):
    """One of `when`. `is`: a value or a list of them; true and false are for what is or is not."""

    fact: FactName
    to: StepName
    one_of: Annotated[tuple[str, ...], PlainValidator(_fact_values)] = Field(default=(), alias="is")
    lowest: float | None = None
    highest: float | None = None
    known: bool | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> CaseTable:
        if not self.one_of and (self.lowest, self.highest, self.known) == (None, None, None):
            raise ValueError("asks nothing: write is, lowest, highest or known")
        return self

    def case(self) -> Case:
        """Return it as the flow wants it."""
        return Case(**_fields(self))


class BranchTable(_StepTable):
    """`do = "branch"`."""

    when: list[CaseTable] = Field(min_length=1)
    otherwise: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return Branch(cases=tuple(one.case() for one in self.when), otherwise=self.otherwise)


class LookupTable(_StepTable):
    """`do = "lookup"`."""

    url: Url
    take: dict[FactName, JsonPath] = Field(min_length=1)
    limit_s: float = Field(default=2.0, gt=0, le=10)
    cache_s: float = Field(default=0.0, ge=0, le=86_400)
    next: StepName | None = None
    missing: StepName | None = None
    failed: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return Lookup(**_fields(self))


class OrderTable(_StepTable):
    """`do = "order"`."""

    number: str = ""
    limit_s: float = Field(default=2.0, gt=0, le=10)
    next: StepName | None = None
    missing: StepName | None = None
    failed: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return FindOrder(**_fields(self))


class OpenOrderTable(_StepTable):
    """`do = "open_order"`."""

    kind: FactName
    subject: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=2_000)
    voicemail: Word | Literal[""] = ""
    group: FactName | Literal[""] = ""
    limit_s: float = Field(default=2.0, gt=0, le=10)
    next: StepName | None = None
    failed: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return OpenOrder(**_fields(self))


class LookTable(_StepTable):
    """`do = "look"`."""

    queue: QueueName
    next: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return Look(**_fields(self))


class OverflowTable(_Table):
    """One of `overflow`."""

    to: StepName
    waiting: int | None = Field(default=None, ge=1, le=1_000)
    expected_s: int | None = Field(default=None, ge=1, le=7_200)
    after_s: int | None = Field(default=None, ge=1, le=7_200)

    @model_validator(mode="after")
    def _one_reason(self) -> OverflowTable:
        reasons = (self.waiting, self.expected_s, self.after_s)
        if sum(reason is not None for reason in reasons) != 1:
            raise ValueError("write one of waiting, expected_s or after_s")
        return self

    def overflow(self) -> Overflow:
        """Return it as the flow wants it."""
        return Overflow(**_fields(self))


class QueueTable(_StepTable):
    """`do = "queue"`."""

    queue: QueueName
    say: Say = ()
    priority: int = Field(default=0, ge=0, le=100)
    wait_s: int | None = Field(default=None, ge=1, le=7_200)
    last_agent: bool = False
    overflow: list[OverflowTable] = Field(default_factory=list)
    nobody: StepName | None = None
    timed_out: StepName | None = None
    after: StepName | None = None

    @model_validator(mode="after")
    def _waits_once(self) -> QueueTable:
        by_time = sum(one.after_s is not None for one in self.overflow)
        if by_time > 1 or (by_time and (self.wait_s is not None or self.timed_out is not None)):
            raise ValueError(
                "the wait ends once: by one overflow with after_s, or by wait_s and timed_out"
            )
        return self

    def step(self) -> Step:
        """Return it as the flow wants it."""
        overflow = tuple(one.overflow() for one in self.overflow)
        return Enqueue(overflow=overflow, **_fields(self, "overflow"))


class QuestionTable(_Table):
    """One of `questions`. Those of the usual names have a weight without being given one."""

    name: FactName
    say: Say
    weight: int | None = Field(default=None, ge=1, le=1_000)

    @model_validator(mode="after")
    def _weighs_something(self) -> QuestionTable:
        if self.weight is None and self.name not in R21_WEIGHTS:
            usual = ", ".join(R21_WEIGHTS)
            raise ValueError(f"has no weight: give it one, or take one of the names {usual}")
        return self

    def question(self) -> Question:
        """Return it as the flow wants it."""
        weight = R21_WEIGHTS.get(self.name, 0) if self.weight is None else self.weight
        return Question(name=self.name, say=self.say, weight=weight)


class SurveyTable(_StepTable):
    """`do = "survey"`."""

    questions: list[QuestionTable] = Field(min_length=1, max_length=20)
    highest: int = Field(default=HIGHEST_KEY, ge=2, le=9)
    wait_s: float = Field(default=5.0, gt=0, le=60)
    tries: int = Field(default=2, ge=1, le=10)
    say_wrong: Say = ()
    next: StepName | None = None

    @model_validator(mode="after")
    def _each_once(self) -> SurveyTable:
        names = [question.name for question in self.questions]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the question {name} is there twice")
        return self

    def step(self) -> Step:
        """Return it as the flow wants it."""
        asked = tuple(one.question() for one in self.questions)
        return Survey(questions=asked, **_fields(self, "questions"))


class VoicemailTable(_StepTable):
    """`do = "voicemail"`."""

    box: Word
    context: Word = "default"
    next: StepName | None = None
    failed: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return Voicemail(**_fields(self))


class TransferTable(_StepTable):
    """`do = "transfer"`."""

    extension: Word
    context: Word
    ring_s: int = Field(default=30, ge=1, le=600)
    say: Say = ()
    failed: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return Transfer(**_fields(self))


class CallBackTable(_StepTable):
    """`do = "callback"`."""

    number: str = "{number}"
    queue: QueueName | None = None
    next: StepName | None = None
    again: StepName | None = None
    failed: StepName | None = None

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return RequestCallBack(**_fields(self))


class HangUpTable(_StepTable):
    """`do = "hangup"`."""

    say: Say = ()

    def step(self) -> Step:
        """Return it as the flow wants it."""
        return HangUp(**_fields(self))


KINDS: Final[Mapping[str, type[_StepTable]]] = {
    "play": PlayTable,
    "menu": MenuTable,
    "collect": CollectTable,
    "language": LanguageTable,
    "hours": HoursTable,
    "branch": BranchTable,
    "lookup": LookupTable,
    "order": OrderTable,
    "open_order": OpenOrderTable,
    "look": LookTable,
    "queue": QueueTable,
    "voicemail": VoicemailTable,
    "transfer": TransferTable,
    "callback": CallBackTable,
    "survey": SurveyTable,
    "hangup": HangUpTable,
}


class LayerTable(_Table):
    """`[hours.NAME]`: the same keys as a campaign's."""

    windows: dict[DayNames, DayWindows]
    zone: Annotated[str, AfterValidator(zone_name)] | None = None
    calendar: Annotated[str, AfterValidator(calendar_name)] | None = None
    holidays: Holidays = Holidays.CLOSED

    @model_validator(mode="after")
    def _a_week(self) -> LayerTable:
        week_of(self.windows)
        return self


class FlowTable(_Table):
    """The top of the file."""

    start: StepName
    rescue: StepName
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    goodbye: Say = ()
    zone: Annotated[str, AfterValidator(zone_name)] | None = None
    most_steps: int = Field(default=100, ge=1, le=1_000)
    callers: dict[FactName, frozenset[Word]] = Field(default_factory=dict)
    hours: dict[str, LayerTable] = Field(default_factory=dict)
    step: dict[StepName, dict[str, Any]] = Field(min_length=1)
