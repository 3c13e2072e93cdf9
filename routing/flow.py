"""An IVR flow as data: its steps, what each says, and where each leads (R9).

Owns: what a flow is made of. Must not know how a caller walks through it (`routing.flow_run`),
how it is written down (`routing.loader`) nor how a switch performs it (`agi.flow_call`).

Every step has a name; the fields that end in a step's name are its *ways* (`ways`). A way that is
None leads to the flow's `rescue`, so that no outcome is ever without an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final

from campaigns.layers import Layer

ANY_LANGUAGE = ""
LAST_AGENT: Final = "last_agent"
"""The fact by which a flow knows who talked to the caller last: a login."""


class Manner(StrEnum):
    """How something is said."""

    SOUND = "sound"
    DIGITS = "digits"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One thing to say, `words` by language (`ANY_LANGUAGE`: in each).

    A sound file below the sounds folder of the language, or digits, a number, a date
    (2026-11-23), a text for TTS. `{name}` in it stands for a fact or for what was typed.
    """

    manner: Manner
    words: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """The words; those of any language where this one has none, else the first there are."""
        first = next(iter(self.words.values()), "")
        return self.words.get(language, self.words.get(ANY_LANGUAGE, first))


Sayings = tuple[Saying, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What all steps have: the names of their ways, by what it means when one is not set.

    `USUAL`: the call would end up in the rescue though nothing went wrong. `WAYS`: it does, and
    rightly so. `OPTIONAL`: it cannot happen.
    """

    USUAL: ClassVar[tuple[str, ...]] = ()
    WAYS: ClassVar[tuple[str, ...]] = ()
    OPTIONAL: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(_Step):
    """Say something, and go on."""

    USUAL: ClassVar[tuple[str, ...]] = ("next",)

    say: Sayings
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(_Step):
    """One key chooses. After `tries` without a valid one: `nothing` or `wrong`, by the last try.

    `wait_s`: how long the caller may think once all is said. `say_nothing` and `say_wrong` are
    said before the menu is told again.
    """

    WAYS: ClassVar[tuple[str, ...]] = ("nothing", "wrong")

    say: Sayings
    keys: Mapping[str, str]
    wait_s: float = 5.0
    tries: int = 3
    say_nothing: Sayings = ()
    say_wrong: Sayings = ()
    nothing: str | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Valid:
    """What digits are taken: so many, matching `pattern`, within a range, or a date that is one.

    `date`: YYYYMMDD, MMDD (of the current year) or "" for no date; stored as 2026-11-23.
    """

    least: int = 1
    most: int = 20
    pattern: str = ""
    lowest: int | None = None
    highest: int | None = None
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(_Step):
    """Digits are typed, ended by `#` or by being enough, and kept under the name `into`."""

    USUAL: ClassVar[tuple[str, ...]] = ("next",)
    WAYS: ClassVar[tuple[str, ...]] = ("nothing", "wrong")

    say: Sayings
    into: str
    valid: Valid = Valid()
    wait_s: float = 5.0
    tries: int = 3
    say_nothing: Sayings = ()
    say_wrong: Sayings = ()
    next: str | None = None
    nothing: str | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLanguage(_Step):
    """All that follows is said in `language`, and the queue's announcements too."""

    USUAL: ClassVar[tuple[str, ...]] = ("next",)

    language: str
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours(_Step):
    """Where the call goes by the hour: `hours` names a layer of the flow.

    On a public holiday on which it is closed the call goes to `holiday`, where that is set.
    """

    USUAL: ClassVar[tuple[str, ...]] = ("open", "closed")
    OPTIONAL: ClassVar[tuple[str, ...]] = ("holiday",)

    hours: str
    open: str | None = None
    closed: str | None = None
    holiday: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Go to `to` when the fact `fact` is one of `one_of` and within the range, as far as set.

    `known`: whether it has any value at all.
    """

    fact: str
    to: str
    one_of: tuple[str, ...] = ()
    lowest: float | None = None
    highest: float | None = None
    known: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(_Step):
    """The first case that holds, else `otherwise`."""

    USUAL: ClassVar[tuple[str, ...]] = ("otherwise",)

    cases: tuple[Case, ...]
    otherwise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(_Step):
    """Ask an HTTP server for JSON, and take fields of it: `take` is fact ← dotted path.

    `missing`: it answered 404, or a field is not there. `failed`: no answer within `limit_s`, or
    none that can be read. What came is good for `cache_s`.
    """

    USUAL: ClassVar[tuple[str, ...]] = ("next",)
    WAYS: ClassVar[tuple[str, ...]] = ("missing", "failed")

    url: str
    take: Mapping[str, str]
    limit_s: float = 2.0
    cache_s: float = 0.0
    next: str | None = None
    missing: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindOrder(_Step):
    """How a work order stands: that of the `number` typed, else the caller's newest open one.

    It fills `ORDER_FACTS`. `missing`: there is none; `failed`: nobody knows within `limit_s`, or
    the caller has guessed too often.
    """

    USUAL: ClassVar[tuple[str, ...]] = ("next",)
    WAYS: ClassVar[tuple[str, ...]] = ("missing", "failed")

    number: str = ""
    limit_s: float = 2.0
    next: str | None = None
    missing: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder(_Step):
    """Open a work order for the caller, of a kind of the settings; it fills `ORDER_FACTS`.

    `voicemail`: the mailbox that holds what the caller has to say. `group`: whose it is, else the
    usual one's. `failed`: it is not saved within `limit_s`.
    """

    USUAL: ClassVar[tuple[str, ...]] = ("next",)
    WAYS: ClassVar[tuple[str, ...]] = ("failed",)

    kind: str
    subject: str = ""
    text: str = ""
    voicemail: str = ""
    group: str = ""
    limit_s: float = 2.0
    next: str | None = None
    failed: str | None = None


ORDER_FACTS: Final = (
    *("order_number", "order_kind", "order_state", "order_due", "order_promised"),
    "order_count",
)
"""What is known of a work order then: `order_state` is a word of `campaigns.orders.states`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(_Step):
    """Learn how a queue stands: the facts `QUEUE_FACTS`, each empty where it is not known."""

    USUAL: ClassVar[tuple[str, ...]] = ("next",)

    queue: str
    next: str | None = None


QUEUE_FACTS: Final = ("waiting", "agents_free", "expected_wait_s")
"""Callers who wait, agents who are free, and how long it will take, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """Go to `to` instead, by one of three reasons.

    At once when so many callers wait (`waiting`), or when it is to take so long (`expected_s`); or
    after having waited for `after_s`.
    """

    to: str
    waiting: int | None = None
    expected_s: int | None = None
    after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue(_Step):
    """Wait in a queue, at most `wait_s` (None: as long as it takes); a higher `priority` is first.

    `last_agent`: who talked to the caller last is to have the call, for as long as the queue's
    setting says. `overflow`: where to go instead; the first that holds.
    `nobody`: where to go at once when no agent is logged in; without it callers wait for one.
    `timed_out`: the wait is over, or the queue took the caller no longer. `after`: where to go
    when the agent has hung up; without it the call is over then.
    """

    WAYS: ClassVar[tuple[str, ...]] = ("timed_out",)
    OPTIONAL: ClassVar[tuple[str, ...]] = ("nobody", "after")

    queue: str
    say: Sayings = ()
    priority: int = 0
    wait_s: int | None = None
    last_agent: bool = False
    overflow: tuple[Overflow, ...] = ()
    nobody: str | None = None
    timed_out: str | None = None
    after: str | None = None

    @property
    def by_time(self) -> tuple[int, Overflow] | None:
        """The overflow by time, with its number from 1, if there is one."""
        numbered = enumerate(self.overflow, start=1)
        return next(((nth, one) for nth, one in numbered if one.after_s is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a survey; `weight`: what its answer counts for beside the others."""

    name: str
    say: Sayings
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(_Step):
    """Questions that are answered by a key from 1 to `highest`, each kept as it is typed.

    `wait_s`: how long the caller may think. After `tries` without a valid key a question is left
    out, and the next one asked. `say_wrong` is said before a question is told again.
    """

    USUAL: ClassVar[tuple[str, ...]] = ("next",)

    questions: tuple[Question, ...]
    highest: int = 5
    wait_s: float = 5.0
    tries: int = 2
    say_wrong: Sayings = ()
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail(_Step):
    """Leave a message in mailbox `box`. `next`: a message is left; `failed`: none could be."""

    USUAL: ClassVar[tuple[str, ...]] = ("next",)
    WAYS: ClassVar[tuple[str, ...]] = ("failed",)

    box: str
    context: str = "default"
    next: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(_Step):
    """Ring an extension of the operator's own dialplan for `ring_s`; unanswered: `failed`."""

    WAYS: ClassVar[tuple[str, ...]] = ("failed",)

    extension: str
    context: str
    ring_s: int = 30
    say: Sayings = ()
    failed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallBack(_Step):
    """Keep the caller's place, to be called back at `number` when its turn comes.

    `queue`: whose agents call; None: of the queue in which the caller has waited, else of the
    call-back campaign. `again`: a place is kept for that number already, and stays; without it as
    `next`. `failed`: none could be kept: there is no such number, or it may not be called.
    """

    USUAL: ClassVar[tuple[str, ...]] = ("next",)
    WAYS: ClassVar[tuple[str, ...]] = ("failed",)
    OPTIONAL: ClassVar[tuple[str, ...]] = ("again",)

    number: str = "{number}"
    queue: str | None = None
    next: str | None = None
    again: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(_Step):
    """Say good-bye and end the call."""

    say: Sayings = ()


Step = (
    Play
    | Menu
    | Collect
    | SetLanguage
    | OpeningHours
    | Branch
    | Lookup
    | FindOrder
    | OpenOrder
    | Look
    | Enqueue
    | Voicemail
    | Transfer
    | RequestCallBack
    | Survey
    | HangUp
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A whole flow.

    `languages`: the first is spoken until another is chosen. `hours`: layers by name. `zone`:
    in which dates are told. `callers`: facts of callers by their numbers, `vip` → numbers.
    `most_steps`: after so many the call goes to `rescue`, a step that ends in a person, a
    voicemail or a good-bye; `goodbye` is said when even that did not help.
    """

    name: str
    start: str
    rescue: str
    steps: Mapping[str, Step]
    languages: tuple[str, ...]
    zone: str
    goodbye: Sayings = ()
    hours: Mapping[str, Layer] = field(default_factory=dict)
    callers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    most_steps: int = 100


def ways(step: Step) -> list[tuple[str, str | None]]:
    """Every way out of a step: what leads there (a field's name, `key 1`, `case 1`) and whither.

    An optional way that is not set is none.
    """
    numbered: list[tuple[str, str | None]] = []
    match step:
        case Menu(keys=keys):
            numbered = [(f"key {key}", to) for key, to in keys.items()]
        case Branch(cases=cases):
            numbered = [(f"case {nth}", case.to) for nth, case in enumerate(cases, start=1)]
        case Enqueue(overflow=overflow):
            numbered = [(f"overflow {nth}", one.to) for nth, one in enumerate(overflow, start=1)]
        case _:
            pass
    named = [(way, getattr(step, way)) for way in (*step.USUAL, *step.WAYS)]
    chosen = [(way, to) for way in step.OPTIONAL if (to := getattr(step, way)) is not None]
    return numbered + named + chosen


def sayings(step: Step) -> Sayings:
    """All that a step may say."""
    match step:
        case Menu() | Collect():
            return step.say + step.say_nothing + step.say_wrong
        case Survey():
            asked = (saying for question in step.questions for saying in question.say)
            return (*asked, *step.say_wrong)
        case Play() | Enqueue() | Transfer() | HangUp():
            return step.say
        case _:
            return ()


def asks_for(flow: Flow, fact: str) -> bool:
    """Whether the flow wants to know that fact of its callers."""
    cases = (
        case for step in flow.steps.values() if isinstance(step, Branch) for case in step.cases
    )
    place = f"{{{fact}}}"
    if fact == LAST_AGENT and any(
        isinstance(step, Enqueue) and step.last_agent for step in flow.steps.values()
    ):
        return True
    return any(case.fact == fact for case in cases) or any(
        place in words
        for step in flow.steps.values()
        for saying in sayings(step)
        for words in saying.words.values()
    )
