"""How a caller walks through a flow: where the call is, what came of the last thing, what is next.

Owns: `step`, which takes a flow, the state of one call and what came in, and gives the new state
and the one thing to do now. Pure: the time is an argument. Must not know a switch.

A walk is bounded. Each step that is entered counts; after the flow's `most_steps` the call goes
to its `rescue`, and from there to a good-bye. A way that is not set leads to the rescue too. So
whatever is typed, answered or broken, a call ends in a person, a voicemail or a good-bye.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, assert_never
from urllib.parse import quote
from zoneinfo import ZoneInfo

from campaigns.hours import Hours, is_open, local_date
from campaigns.layers import Layer
from routing import flow_talk
from routing.flow import (
    LAST_AGENT,
    Branch,
    Case,
    Collect,
    Enqueue,
    FindOrder,
    Flow,
    HangUp,
    Look,
    Lookup,
    Menu,
    OpeningHours,
    OpenOrder,
    Play,
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
from routing.flow_talk import (
    Action,
    Again,
    AskOrder,
    Began,
    Bye,
    Caller,
    CameBack,
    Done,
    Failed,
    Fetch,
    Found,
    Input,
    Listen,
    LookAt,
    NoteAnswer,
    NoteCallBack,
    NotFound,
    Overflowed,
    Pressed,
    Return,
    Speak,
    Speech,
    Spoken,
    Switch,
    ToExtension,
    ToQueue,
    ToVoicemail,
)

# ── who calls ────────────────────────────────────────────────────────────────────────────

YES: Final = "yes"
_NUMBER = re.compile(r"\+?[0-9]{2,32}")
_LEAST_EQUAL_DIGITS: Final = 7
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def facts_of(flow: Flow, caller: Caller) -> dict[str, str]:
    """The facts that a flow begins with. What is no phone number counts as withheld."""
    number = caller.number if _is_number(caller.number) else ""
    facts = {"number": number, "dialed": caller.dialed, "withheld": "" if number else YES}
    listed = {
        name: YES
        for name, numbers in flow.callers.items()
        if any(_same(number, n) for n in numbers)
    }
    return facts | listed | dict(caller.facts)


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _same(number: str, other: str) -> bool:
    """The same line, told with or without the country or a leading zero: the longer ends alike."""
    one, two = sorted((number.lstrip("+0"), other.lstrip("+0")), key=len)
    return len(one) >= _LEAST_EQUAL_DIGITS and two.endswith(one)


# ── the walk ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Chose:
    """At this step this came in: what the caller chose, or what became of it."""

    step: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where one call is. `record`: what the caller chose, in order. `taken`: steps so far.

    `queue`: the last one that the caller was put into, `queued_at` that time, while there;
    `waited_s`: in the queues before.
    `asked`: which question of a survey.
    """

    at: str
    language: str
    facts: Mapping[str, str]
    taken: int = 0
    tries: int = 0
    rescued: bool = False
    record: tuple[Chose, ...] = ()
    queue: str = ""
    waited_s: float = 0.0
    queued_at: datetime | None = None
    asked: int = 0


def begin(flow: Flow, caller: Caller) -> State:
    """A call that has just come in."""
    facts = MappingProxyType(facts_of(flow, caller))
    return State(at=flow.start, language=flow.languages[0], facts=facts)


def step(flow: Flow, state: State, came: Input, now: datetime) -> tuple[State, Action]:
    """Take what came in, and give the next thing to do. `now` is aware UTC.

    After a `Bye` nothing comes in any more.
    """
    return _Walk(flow, state, now).take(came)


class _Walk:
    """One move through a flow: from what came in to the next thing to do."""

    def __init__(self, flow: Flow, state: State, now: datetime) -> None:
        self._flow = flow
        self._state = state
        self._now = now

    def take(self, came: Input) -> tuple[State, Action]:  # noqa: PLR0911  one line a kind of step
        if isinstance(came, Began):
            return self._enter(self._flow.start)
        at = self._flow.steps[self._state.at]
        if isinstance(came, Pressed):
            return self._pressed(at, came.keys)
        if isinstance(came, Found):
            self._learn(came.values)
        if isinstance(at, Play | SetLanguage):
            return self._enter(at.next)
        if isinstance(at, Survey):
            return self._ask_on(at)
        if isinstance(at, Enqueue):
            return self._out_of_queue(at, came)
        if isinstance(came, Overflowed):
            return self._enter(None)
        way = _way(at, came)
        return self._leave(way, getattr(at, way, None))

    def _out_of_queue(
        self, at: Enqueue, came: Done | Again | Failed | Found | NotFound | CameBack | Overflowed
    ) -> tuple[State, Action]:
        """On by the overflow that holds; one by time stands for the wait being over."""
        since = self._state.queued_at
        if since is not None:
            waited_s = self._state.waited_s + max(0.0, (self._now - since).total_seconds())
            served = came == CameBack(Return.AFTER)
            self._state = replace(self._state, waited_s=0.0 if served else waited_s, queued_at=None)
        if isinstance(came, Overflowed):
            to = next((one.to for one in at.overflow[came.nth - 1 : came.nth]), None)
            return self._leave(f"overflow {came.nth}", to)
        way = _way(at, came)
        if way == "timed_out" and at.by_time is not None:
            nth, overflow = at.by_time
            return self._leave(f"overflow {nth}", overflow.to)
        return self._leave(way, getattr(at, way, None))

    def _leave(self, what: str, to: str | None) -> tuple[State, Action]:
        self._note(what)
        return self._enter(to)

    def _enter(self, to: str | None) -> tuple[State, Action]:
        """Go on to a step, through all those that need neither caller nor switch."""
        while True:
            target = self._within_bounds(to)
            if target is None:
                return self._state, Bye(say=self._fill(self._flow.goodbye))
            taken = self._state.taken + 1
            self._state = replace(self._state, at=target, taken=taken, tries=1, asked=0)
            at = self._flow.steps[target]
            match at:
                case OpeningHours():
                    to = self._by_the_hour(at)
                case Branch():
                    to = next((one.to for one in at.cases if self._holds(one)), at.otherwise)
                case SetLanguage():
                    self._state = replace(self._state, language=at.language)
                    return self._state, Switch(language=at.language)
                case RequestCallBack() if not _is_number(self._number_of(at)):
                    # A withheld number cannot be called back: the caller hears so at once.
                    self._note("failed")
                    to = at.failed
                case _:
                    action = self._action(at)
                    if isinstance(at, Enqueue):
                        self._state = replace(self._state, queue=at.queue, queued_at=self._now)
                    return self._state, action

    def _within_bounds(self, to: str | None) -> str | None:
        """Where to go really: the rescue once, then nowhere."""
        lost = to is None or to not in self._flow.steps
        if not lost and self._state.taken < self._flow.most_steps:
            return to
        if self._state.rescued or self._flow.rescue not in self._flow.steps:
            return None
        self._note("rescue")
        self._state = replace(self._state, rescued=True)
        return self._flow.rescue

    def _action(self, at: Step) -> Action:  # noqa: C901, PLR0911, PLR0912  one line a kind of step
        match at:
            case Play():
                return Speak(say=self._fill(at.say))
            case Menu():
                return Listen(say=self._fill(at.say), most=1, wait_s=at.wait_s)
            case Collect():
                most = at.valid.most
                return Listen(say=self._fill(at.say), most=most, wait_s=at.wait_s)
            case Survey():
                return self._question(at)
            case Lookup():
                return Fetch(
                    url=fill_url(at.url, self._state.facts),
                    take=at.take,
                    limit_s=at.limit_s,
                    cache_s=at.cache_s,
                )
            case FindOrder():
                return AskOrder(number=fill(at.number, self._state.facts), limit_s=at.limit_s)
            case OpenOrder():
                return self._opening(at)
            case Look():
                return LookAt(queue=at.queue)
            case Enqueue():
                return ToQueue(
                    queue=at.queue,
                    say=self._fill(at.say),
                    priority=at.priority,
                    wait_s=at.wait_s if at.by_time is None else at.by_time[1].after_s,
                    last_agent=self._state.facts.get(LAST_AGENT, "") if at.last_agent else "",
                    waited_s=self._state.waited_s,
                    overflow=at.overflow,
                    only_with_agents=at.nobody is not None,
                    goes_on=at.after is not None,
                )
            case Voicemail():
                return ToVoicemail(box=at.box, context=at.context)
            case Transfer():
                return ToExtension(
                    extension=at.extension,
                    context=at.context,
                    ring_s=at.ring_s,
                    say=self._fill(at.say),
                )
            case RequestCallBack():
                return NoteCallBack(
                    number=self._number_of(at),
                    queue=at.queue or self._state.queue,
                    language=self._state.language,
                )
            case HangUp():
                return Bye(say=self._fill(at.say or self._flow.goodbye))
            case OpeningHours() | Branch() | SetLanguage():
                raise AssertionError("these are walked through")
            case _:
                assert_never(at)

    def _opening(self, at: OpenOrder) -> flow_talk.OpenOrder:
        facts = self._state.facts
        return flow_talk.OpenOrder(
            kind=at.kind,
            subject=fill(at.subject, facts),
            text=fill(at.text, facts),
            voicemail=at.voicemail,
            group=at.group,
            limit_s=at.limit_s,
        )

    # ── keys ─────────────────────────────────────────────────────────────────────────────

    def _pressed(self, at: Step, keys: str) -> tuple[State, Action]:
        match at:
            case Menu():
                return self._chosen(at, keys)
            case Collect():
                return self._typed(at, keys)
            case Survey():
                return self._rated(at, keys)
            case _:
                return self._enter(None)

    def _chosen(self, at: Menu, keys: str) -> tuple[State, Action]:
        if keys in at.keys:
            return self._leave(keys, at.keys[keys])
        return self._again(at, keys, most=1)

    def _typed(self, at: Collect, keys: str) -> tuple[State, Action]:
        value = _valid(at.valid, keys, self._today())
        if value is None:
            return self._again(at, keys, most=at.valid.most)
        self._learn({at.into: value})
        return self._leave(value, at.next)

    def _again(self, at: Menu | Collect, keys: str, *, most: int) -> tuple[State, Action]:
        """The same question once more, or its way out after the last try."""
        if self._state.tries >= at.tries:
            return self._leave("wrong" if keys else "nothing", at.wrong if keys else at.nothing)
        self._state = replace(self._state, tries=self._state.tries + 1)
        before = at.say_wrong if keys else at.say_nothing
        return self._state, Listen(say=self._fill(before + at.say), most=most, wait_s=at.wait_s)

    # ── a survey ─────────────────────────────────────────────────────────────────────────

    def _question(self, at: Survey, before: Sayings = ()) -> Listen:
        asked = at.questions[self._state.asked]
        return Listen(say=self._fill(before + asked.say), most=1, wait_s=at.wait_s)

    def _rated(self, at: Survey, keys: str) -> tuple[State, Action]:
        """The answer is kept before the next question; without one after all, it is left out."""
        asked = at.questions[self._state.asked]
        if keys in {str(key) for key in range(1, at.highest + 1)}:
            self._note(f"{asked.name}={keys}")
            return self._state, NoteAnswer(
                question=asked.name,
                key=int(keys),
                highest=at.highest,
                weight=asked.weight,
                queue=self._state.queue,
            )
        if self._state.tries >= at.tries:
            return self._ask_on(at)
        self._state = replace(self._state, tries=self._state.tries + 1)
        return self._state, self._question(at, at.say_wrong if keys else ())

    def _ask_on(self, at: Survey) -> tuple[State, Action]:
        if self._state.asked + 1 >= len(at.questions):
            return self._leave("next", at.next)
        self._state = replace(self._state, asked=self._state.asked + 1, tries=1)
        return self._state, self._question(at)

    # ── facts and time ───────────────────────────────────────────────────────────────────

    def _number_of(self, at: RequestCallBack) -> str:
        return fill(at.number, self._state.facts)

    def _today(self) -> date:
        return local_date(ZoneInfo(self._flow.zone), self._now)

    def _by_the_hour(self, at: OpeningHours) -> str | None:
        layer = self._flow.hours[at.hours]
        if opens(layer, self._now):
            return at.open
        if at.holiday is not None and is_holiday(layer, self._now):
            return at.holiday
        return at.closed

    def _holds(self, case: Case) -> bool:
        value = self._state.language if case.fact == "language" else ""
        value = value or self._state.facts.get(case.fact, "")
        if case.known is not None and case.known != bool(value):
            return False
        if case.one_of and value not in case.one_of:
            return False
        return _in_range(value, case.lowest, case.highest)

    def _learn(self, values: Mapping[str, str]) -> None:
        facts = MappingProxyType({**self._state.facts, **values})
        self._state = replace(self._state, facts=facts)

    def _note(self, what: str) -> None:
        record = (*self._state.record, Chose(self._state.at, what))
        self._state = replace(self._state, record=record)

    def _fill(self, say: Sayings) -> Speech:
        said = (self._spoken(one) for one in say)
        return tuple(one for one in said if one.text)

    def _spoken(self, one: Saying) -> Spoken:
        return Spoken(one.manner, fill(one.in_language(self._state.language), self._state.facts))


def _way(at: Step, came: Done | Again | Failed | Found | NotFound | CameBack) -> str:
    """Which way out that is; whatever else brings a caller back from a queue, the wait is over."""
    match came:
        case CameBack(why):
            return why.value
        case Done() | Found():
            return "next"
        case Again():
            known = isinstance(at, RequestCallBack) and at.again is not None
            return "again" if known else "next"
        case NotFound():
            return "missing"
        case Failed():
            return "timed_out" if isinstance(at, Enqueue) else "failed"


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Put facts into their places; one that is not known leaves nothing there."""
    return _PLACE.sub(lambda place: facts.get(place[1], ""), text)


def fill_url(url: str, facts: Mapping[str, str]) -> str:
    """The same for a URL: whatever a fact holds stays one part of it, percent-encoded.

    A dot alone, or two, would be another folder to some servers.
    """

    def encoded(place: re.Match[str]) -> str:
        return quote(facts.get(place[1], ""), safe="").replace(".", "%2E")

    return _PLACE.sub(encoded, url)


def places_in(text: str) -> list[str]:
    """The facts that a text has places for."""
    return _PLACE.findall(text)


def opens(layer: Layer, now: datetime) -> bool:
    """Whether it is open. Where the calendar has ended, the day is what its weekday says.

    A hotline whose calendar nobody renewed must not be closed for ever.
    """
    return is_open(Hours(layers=(_known(layer, now),)), now)


def is_holiday(layer: Layer, now: datetime) -> bool:
    """Whether the local day is a public holiday of the layer's calendar."""
    return layer.calendar is not None and local_date(layer.zone, now) in layer.calendar.holidays


def _known(layer: Layer, now: datetime) -> Layer:
    day = local_date(layer.zone, now)
    if layer.calendar is None or layer.calendar.is_covered(day):
        return layer
    return replace(layer, calendar=None)


def _in_range(value: str, lowest: float | None, highest: float | None) -> bool:
    if lowest is None and highest is None:
        return True
    try:
        number = float(value)
    except ValueError:
        return False
    return (lowest is None or number >= lowest) and (highest is None or number <= highest)


def _valid(rule: Valid, keys: str, today: date) -> str | None:
    """What is kept of the digits; None when they are not what was asked for."""
    if not (rule.least <= len(keys) <= rule.most and keys.isascii() and keys.isdigit()):
        return None
    if rule.pattern and not re.fullmatch(rule.pattern, keys):
        return None
    if rule.date:
        return _date(rule.date, keys, today)
    return keys if _in_range(keys, rule.lowest, rule.highest) else None


def _date(form: str, keys: str, today: date) -> str | None:
    whole = keys if form == "YYYYMMDD" else f"{today.year}{keys}"
    try:
        return date.fromisoformat(f"{whole[:4]}-{whole[4:6]}-{whole[6:]}").isoformat()
    except ValueError:
        return None
