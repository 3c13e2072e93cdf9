"""What is wrong with a flow before any caller meets it: ways to nowhere, circles, lost steps.

Owns: the findings. Pure: which sound files there are is asked of a function. The sentences are
made by `routing.flow_words`.

A `fault` keeps a flow from being taken over; a `warning` is for whoever wrote it. What is proven
of a flow without faults: every way leads somewhere, a person, a voicemail or a good-bye can be
reached from every step, and a caller who presses nothing is not led in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import chain
from typing import Final

from routing.flow import (
    ANY_LANGUAGE,
    ORDER_FACTS,
    QUEUE_FACTS,
    Branch,
    Collect,
    Enqueue,
    FindOrder,
    Flow,
    HangUp,
    Look,
    Lookup,
    Manner,
    Menu,
    OpeningHours,
    OpenOrder,
    RequestCallBack,
    Saying,
    SetLanguage,
    Step,
    Transfer,
    Voicemail,
    sayings,
    ways,
)
from routing.flow_run import places_in

HasSound = Callable[[str, str], bool]
"""Whether a language has this sound file: `has("zh", "hotline/welcome")`."""


class Code(StrEnum):
    """What was found. `what` of the finding names the other party."""

    UNKNOWN_STEP = "unknown_step"
    UNKNOWN_HOURS = "unknown_hours"
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_LANGUAGE = "unknown_language"
    NO_CALL_BACK = "no_call_back"
    UNKNOWN_KIND = "unknown_kind"
    DEAD_END = "dead_end"
    NO_EXIT = "no_exit"
    GOES_ROUND = "goes_round"
    RESCUE_UNFIT = "rescue_unfit"
    UNREACHABLE = "unreachable"
    UNKNOWN_FACT = "unknown_fact"
    MISSING_SOUND = "missing_sound"
    MISSING_WORDS = "missing_words"
    NO_SPEECH = "no_speech"
    CALENDAR_ENDS = "calendar_ends"


WARNINGS: Final = frozenset(
    {
        Code.NO_CALL_BACK,
        Code.UNREACHABLE,
        Code.UNKNOWN_FACT,
        Code.MISSING_SOUND,
        Code.MISSING_WORDS,
        Code.NO_SPEECH,
        Code.CALENDAR_ENDS,
    }
)
KNOWN_FACTS: Final = frozenset(
    {"number", "dialed", "withheld", "language", "vip", "blocked", "open_work_orders", "last_agent"}
)
"""What may be known of a caller without the flow's own doing."""

_ENDINGS: Final = (Enqueue, Voicemail, Transfer, HangUp)
_AUTOMATIC: Final = (Enqueue, Voicemail, Transfer)
"""Steps in which time passes: a circle through one of them is a wait, not a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found. `step` and `key`: where it stands in the file; `step` "" is the top."""

    code: Code
    step: str
    key: str = ""
    what: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether it keeps the flow from being taken over."""
        return self.code not in WARNINGS


def check(
    flow: Flow,
    *,
    queues: frozenset[str] | None = None,
    kinds: frozenset[str] | None = None,
    has_sound: HasSound | None = None,
    speaks: bool = True,
    calls_back: bool = True,
) -> list[Finding]:
    """All that is wrong, faults first. `queues`: those that there are; None: anything goes.

    `kinds`: of work orders, likewise. `speaks`: whether there is a program that speaks texts.
    `calls_back`: whether there is a campaign that calls back.
    """
    unknown = list(_unknown_steps(flow))
    found = chain(
        unknown,
        _unknown_names(flow, queues),
        () if calls_back else _uncalled(flow),
        _unknown_kinds(flow, kinds),
        _unfit_rescue(flow),
        _dead_ends(flow),
        # Where a name is misspelt, whatever follows of it would only hide the cause.
        () if unknown else chain(_no_exits(flow), _circles(flow), _unreachable(flow)),
        _unknown_facts(flow),
        _unheard(flow, has_sound),
        () if speaks else _unspoken(flow),
        _ending_calendars(flow),
    )
    return sorted(found, key=lambda one: not one.is_fault)


# ── names ────────────────────────────────────────────────────────────────────────────────


def _unknown_steps(flow: Flow) -> Iterator[Finding]:
    for key, name in (("start", flow.start), ("rescue", flow.rescue)):
        if name not in flow.steps:
            yield Finding(code=Code.UNKNOWN_STEP, step="", key=key, what=name)
    for name, at in flow.steps.items():
        for way, to in ways(at):
            if to is not None and to not in flow.steps:
                yield Finding(code=Code.UNKNOWN_STEP, step=name, key=way, what=to)


def _unknown_names(flow: Flow, queues: frozenset[str] | None) -> Iterator[Finding]:
    for name, at in flow.steps.items():
        match at:
            case OpeningHours(hours=hours) if hours not in flow.hours:
                yield Finding(code=Code.UNKNOWN_HOURS, step=name, key="hours", what=hours)
            case Enqueue(queue=queue) | Look(queue=queue) | RequestCallBack(queue=str(queue)) if (
                queues is not None and queue not in queues
            ):
                yield Finding(code=Code.UNKNOWN_QUEUE, step=name, key="queue", what=queue)
            case SetLanguage(language=language) if language not in flow.languages:
                yield Finding(code=Code.UNKNOWN_LANGUAGE, step=name, key="language", what=language)
            case _:
                pass


def _uncalled(flow: Flow) -> Iterator[Finding]:
    """Nobody would call back: then the step fails, and no caller is promised anything."""
    for name, at in flow.steps.items():
        if isinstance(at, RequestCallBack):
            yield Finding(code=Code.NO_CALL_BACK, step=name)


def _unknown_kinds(flow: Flow, kinds: frozenset[str] | None) -> Iterator[Finding]:
    for name, at in flow.steps.items():
        if isinstance(at, OpenOrder) and kinds is not None and at.kind not in kinds:
            yield Finding(code=Code.UNKNOWN_KIND, step=name, key="kind", what=at.kind)


def _unfit_rescue(flow: Flow) -> Iterator[Finding]:
    rescue = flow.steps.get(flow.rescue)
    if rescue is not None and not isinstance(rescue, _ENDINGS):
        yield Finding(code=Code.RESCUE_UNFIT, step="", key="rescue", what=flow.rescue)


# ── ways ─────────────────────────────────────────────────────────────────────────────────


def _dead_ends(flow: Flow) -> Iterator[Finding]:
    """A usual way that leads nowhere; those that are for trouble fall back on the rescue."""
    for name, at in flow.steps.items():
        for key in at.USUAL:
            if getattr(at, key) is None:
                yield Finding(code=Code.DEAD_END, step=name, key=key)


def _targets(flow: Flow, at: Step) -> Iterator[str]:
    """Where a step may lead; a way that is not set leads to the rescue."""
    for _way, to in ways(at):
        if (target := flow.rescue if to is None else to) in flow.steps:
            yield target


def _no_exits(flow: Flow) -> Iterator[Finding]:
    """Steps from which no person, voicemail or good-bye can be reached."""
    back: dict[str, set[str]] = {name: set() for name in flow.steps}
    for name, at in flow.steps.items():
        for target in _targets(flow, at):
            back[target].add(name)
    ends = [name for name, at in flow.steps.items() if isinstance(at, _ENDINGS)]
    reached = _all_from(ends, back)
    for name in flow.steps:
        if name not in reached:
            yield Finding(code=Code.NO_EXIT, step=name)


def _circles(flow: Flow) -> Iterator[Finding]:
    """Circles that a caller who presses nothing is led in."""
    quiet = {name: set(_quiet_targets(flow, at)) for name, at in flow.steps.items()}
    for name in flow.steps:
        if name in _all_from(quiet[name], quiet):
            yield Finding(code=Code.GOES_ROUND, step=name)


def _quiet_targets(flow: Flow, at: Step) -> Iterator[str]:
    match at:
        case Menu() | Collect():
            target = flow.rescue if at.nothing is None else at.nothing
            return (one for one in [target] if one in flow.steps)
        case _ if isinstance(at, _AUTOMATIC):
            return iter(())
        case _:
            return _targets(flow, at)


def _unreachable(flow: Flow) -> Iterator[Finding]:
    onward = {name: set(_targets(flow, at)) for name, at in flow.steps.items()}
    roots = [name for name in (flow.start, flow.rescue) if name in flow.steps]
    reached = _all_from(roots, onward)
    for name in flow.steps:
        if name not in reached:
            yield Finding(code=Code.UNREACHABLE, step=name)


def _all_from(roots: Iterable[str], onward: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    to_visit = list(roots)
    while to_visit:
        name = to_visit.pop()
        if name not in reached:
            reached.add(name)
            to_visit += onward[name]
    return reached


# ── words ────────────────────────────────────────────────────────────────────────────────


def _unknown_facts(flow: Flow) -> Iterator[Finding]:
    """A place, or a case's fact, that nothing in the flow ever fills."""
    known = set(KNOWN_FACTS) | set(flow.callers)
    for at in flow.steps.values():
        match at:
            case Collect(into=into):
                known.add(into)
            case Lookup(take=take):
                known |= set(take)
            case FindOrder() | OpenOrder():
                known |= set(ORDER_FACTS)
            case Look():
                known |= set(QUEUE_FACTS)
            case _:
                pass
    for name, at in flow.steps.items():
        for key, fact in _asked_of(at):
            if fact not in known:
                yield Finding(code=Code.UNKNOWN_FACT, step=name, key=key, what=fact)


def _asked_of(at: Step) -> Iterator[tuple[str, str]]:
    for saying in sayings(at):
        for words in saying.words.values():
            yield from (("say", fact) for fact in places_in(words))
    match at:
        case Branch(cases=cases):
            yield from ((f"case {nth}", case.fact) for nth, case in enumerate(cases, start=1))
        case Lookup(url=url):
            yield from (("url", fact) for fact in places_in(url))
        case FindOrder(number=number):
            yield from (("number", fact) for fact in places_in(number))
        case OpenOrder(subject=subject, text=text):
            yield from (("subject", fact) for fact in places_in(subject))
            yield from (("text", fact) for fact in places_in(text))
        case RequestCallBack(number=number):
            yield from (("number", fact) for fact in places_in(number))
        case _:
            pass


def _unheard(flow: Flow, has_sound: HasSound | None) -> Iterator[Finding]:
    said = [("", "goodbye", flow.goodbye)]
    said += [(name, "say", sayings(at)) for name, at in flow.steps.items()]
    for name, key, parts in said:
        for saying in parts:
            for language in flow.languages:
                yield from _unheard_in(language, saying, has_sound, name, key)


def _unheard_in(
    language: str, saying: Saying, has_sound: HasSound | None, step: str, key: str
) -> Iterator[Finding]:
    if saying.words.keys().isdisjoint({language, ANY_LANGUAGE}):
        yield Finding(code=Code.MISSING_WORDS, step=step, key=key, what=language)
        return
    words = saying.in_language(language)
    if saying.manner is not Manner.SOUND or has_sound is None or places_in(words):
        return
    if not has_sound(language, words):
        yield Finding(code=Code.MISSING_SOUND, step=step, key=key, what=f"{language}/{words}")


def _unspoken(flow: Flow) -> Iterator[Finding]:
    """One finding for all: what is missing is the program."""
    said = [*flow.goodbye, *(one for at in flow.steps.values() for one in sayings(at))]
    if any(one.manner is Manner.TEXT for one in said):
        yield Finding(code=Code.NO_SPEECH, step="")


def _ending_calendars(flow: Flow) -> Iterator[Finding]:
    for name, layer in flow.hours.items():
        if layer.known_until is not None:
            last = (layer.known_until.astimezone(layer.zone) - timedelta(days=1)).date()
            what = f"{name}: {last.isoformat()}"
            yield Finding(code=Code.CALENDAR_ENDS, step="", key="hours", what=what)
