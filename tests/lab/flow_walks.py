"""Walks that take every way out of every step of a flow: who calls, when, and what comes in.

Owns: finding them, by the flow alone: a step that is added is walked through without a change
here. Must not know how a walk is made on a live call (`tests.lab.test_every_way`).

A way is (step, what) as the walk's record has it; where the record says nothing, (step, target).
Each is wanted in each language that it can be come to in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from routing.flow import ORDER_FACTS, QUEUE_FACTS, Branch, Collect, Flow, Menu, Step, Survey, Valid
from routing.flow_run import State, begin, is_holiday, opens, step
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
    OpenOrder,
    Pressed,
    Return,
    Speak,
    Switch,
    ToExtension,
    ToQueue,
    ToVoicemail,
)

PLAIN = "13900000002"
Way = tuple[str, str, str]
"""Step, what came of it, and the language that was spoken."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody takes the call: it is out of the flow."""


Came = Input | Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One call: what comes in, in order; `left`: the steps at which the flow gives it away."""

    caller: Caller
    now: datetime
    came: tuple[Came, ...]
    ways: frozenset[Way]
    left: tuple[str, ...]
    taken: int


class _Trail(dict[str, Step]):
    """The steps of a flow, and which of them were looked at."""

    def __init__(self, steps: Mapping[str, Step]) -> None:
        super().__init__(steps)
        self.seen: list[str] = []

    def __getitem__(self, name: str) -> Step:
        self.seen.append(name)
        return super().__getitem__(name)


@dataclass(frozen=True, slots=True)
class _Move:
    came: Came
    ways: frozenset[Way]
    to: _Place | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk may be: all that decides how it can go on."""

    state: State
    action: Action
    now: datetime

    @property
    def key(self) -> object:
        state = self.state
        facts = tuple(sorted(state.facts.items()))
        kind = type(self.action)
        return (
            state.at,
            state.tries,
            state.asked,
            kind,
            state.language,
            state.rescued,
            facts,
            self.now,
        )


class _Map:
    """All moves of a flow, found as they are asked for."""

    def __init__(self, flow: Flow) -> None:
        self._trail = _Trail(flow.steps)
        self._flow = replace(flow, steps=self._trail)
        self._moves: dict[object, list[_Move]] = {}

    def starts(self) -> Iterator[tuple[Caller, datetime, _Move]]:
        """Everybody who may call, at every time that makes a difference."""
        listed = [min(numbers) for numbers in self._flow.callers.values()]
        for now in _times(self._flow):
            for number in (PLAIN, "", *listed):
                caller = Caller(number=number, dialed="")
                move = self._move(begin(self._flow, caller), Began(), now)
                yield caller, now, move

    def moves(self, at: _Place) -> list[_Move]:
        """All that may come in there, each kind of it once."""
        found = self._moves.get(at.key)
        if found is None:
            found = [self._move(at.state, came, at.now) for came in self._comings(at)]
            self._moves[at.key] = found
        return found

    def _move(self, state: State, came: Came, now: datetime) -> _Move:
        if isinstance(came, Answered):
            return _Move(came, frozenset({(state.at, "answered", state.language)}), None)
        self._trail.seen.clear()
        bare = replace(state, record=(), taken=0)
        after, action = step(self._flow, bare, came, now)
        seen = self._trail.seen
        ways = {(one, f"to {two}", state.language) for one, two in pairwise(seen) if one != two}
        for chose in after.record:
            is_typed = isinstance(self._flow.steps[chose.step], Collect)
            what = "next" if is_typed and chose.what.isdigit() else chose.what
            ways.add((chose.step, what, state.language))
        place = None if isinstance(action, Bye) else _Place(after, action, now)
        return _Move(came, frozenset(ways), place)

    def _comings(self, at: _Place) -> Iterator[Came]:  # noqa: C901  one line a kind of thing to do
        match at.action:
            case Listen():
                yield from map(Pressed, self._keys(self._flow.steps[at.state.at]))
            case Fetch(take=take):
                yield from map(Found, self._findings(take))
                yield from (NotFound(), Failed())
            case ToQueue(only_with_agents=only, goes_on=goes_on):
                yield CameBack(Return.AFTER) if goes_on else Answered()
                yield CameBack(Return.TIMED_OUT)
                if only:
                    yield CameBack(Return.NOBODY)
            case ToExtension():
                yield from (Answered(), Failed())
            case LookAt():
                yield Found(dict.fromkeys(QUEUE_FACTS, ""))  # no engine is there to know it
            case AskOrder():
                yield from map(Found, self._findings(ORDER_FACTS))
                yield from (NotFound(), Failed())
            case OpenOrder():
                yield from map(Found, self._findings(ORDER_FACTS))
                yield Failed()
            case NoteCallBack():
                yield from (Done(), Again(), Failed())
            case ToVoicemail():
                yield from (Done(), Failed())
            case Speak() | Switch() | NoteAnswer():
                yield Done()
            case _:
                raise AssertionError(f"a new kind of thing to do: {at.action}")

    def _keys(self, at: Step) -> Iterator[str]:
        yield ""
        match at:
            case Menu(keys=keys):
                yield from keys
                yield next(key for key in "9876543210*#" if key not in keys)
            case Collect(valid=valid):
                yield "1" if valid.least > 1 else "*"
                yield {"YYYYMMDD": "20261125", "MMDD": "1125"}.get(valid.date, typed(0, valid))
            case Survey(highest=highest):
                yield from (str(highest), "0")
            case _:
                raise AssertionError("nothing is typed there")

    def _findings(self, take: Iterable[str]) -> Iterator[dict[str, str]]:
        """Every value that some branch asks for, and one that none does."""
        taken = tuple(take)
        plain = dict.fromkeys(taken, "2026-11-25")
        yield plain
        for at in self._flow.steps.values():
            if isinstance(at, Branch):
                for case in at.cases:
                    if case.fact in taken:
                        yield from (plain | {case.fact: one} for one in case.one_of[:1])


def typed(nth: int, valid: Valid) -> str:
    """The `nth` thing to type that has as few digits as are enough."""
    return str(10 ** (valid.least - 1) + nth)


def _times(flow: Flow) -> list[datetime]:
    """One time for each thing that the hours can say: open, closed, a holiday."""
    found: dict[object, datetime] = {}
    for nth in range(366 * 8):
        now = datetime(2026, 1, 5, 2, tzinfo=UTC) + nth * timedelta(hours=3)
        said = tuple((opens(one, now), is_holiday(one, now)) for one in flow.hours.values())
        found.setdefault(said, now)
    return list(found.values())


def walks(flow: Flow, longest: int = 12) -> tuple[list[Walk], frozenset[Way]]:
    """Walks that together take every way that can be taken, and the ways that they take."""
    the_map = _Map(flow)
    starts = list(the_map.starts())
    wanted = _all_ways(the_map, starts)
    left, made = set(wanted), list[Walk]()
    while left:
        caller, now, path = _nearest_start(the_map, starts, left)
        while len(path) < longest and (more := _nearest(the_map, path[-1].to, left - _taken(path))):
            path += more
        path += _home(the_map, path[-1].to)
        left -= _taken(path)
        made.append(_walk(flow, caller, now, path))
    return made, wanted


def _all_ways(the_map: _Map, starts: list[tuple[Caller, datetime, _Move]]) -> frozenset[Way]:
    ways: set[Way] = set()
    seen: set[object] = set()
    todo = [move for _caller, _now, move in starts]
    while todo:
        move = todo.pop()
        ways |= move.ways
        if move.to is not None and move.to.key not in seen:
            seen.add(move.to.key)
            todo += the_map.moves(move.to)
    return frozenset(ways)


def _taken(path: list[_Move]) -> set[Way]:
    return set().union(*(move.ways for move in path))


def _nearest_start(
    the_map: _Map, starts: list[tuple[Caller, datetime, _Move]], left: set[Way]
) -> tuple[Caller, datetime, list[_Move]]:
    found: list[tuple[Caller, datetime, list[_Move]]] = []
    for caller, now, move in starts:
        if move.ways & left:
            return caller, now, [move]
        if more := _nearest(the_map, move.to, left):
            found.append((caller, now, [move, *more]))
    return min(found, key=lambda one: len(one[2]))


def _nearest(the_map: _Map, at: _Place | None, left: set[Way]) -> list[_Move]:
    """The shortest way to a way that is left; none: there is no such."""
    return _search(the_map, at, lambda move: bool(move.ways & left)) if left else []


def _home(the_map: _Map, at: _Place | None) -> list[_Move]:
    """The shortest way to the end."""
    return _search(the_map, at, lambda move: move.to is None)


def _search(the_map: _Map, at: _Place | None, is_it: object) -> list[_Move]:
    assert callable(is_it)
    if at is None:
        return []
    todo: deque[tuple[_Place, list[_Move]]] = deque([(at, [])])
    seen = {at.key}
    while todo:
        place, path = todo.popleft()
        for move in the_map.moves(place):
            if is_it(move):
                return [*path, move]
            if move.to is not None and move.to.key not in seen:
                seen.add(move.to.key)
                todo.append((move.to, [*path, move]))
    return []


def _walk(flow: Flow, caller: Caller, now: datetime, path: list[_Move]) -> Walk:
    """Walked once more as a whole, to know where the flow is left and after how many steps."""
    state, left = begin(flow, caller), list[str]()
    for move in path:
        if move.came == CameBack(Return.NOBODY):
            left.pop()  # it was never given away
        if not isinstance(move.came, Answered):
            state, action = step(flow, state, move.came, now)
            if isinstance(action, ToQueue | ToVoicemail | ToExtension | Bye):
                left.append(state.at)
    came = tuple(move.came for move in path[1:])
    return Walk(
        caller=caller,
        now=now,
        came=came,
        ways=frozenset(_taken(path)),
        left=tuple(left),
        taken=state.taken,
    )
