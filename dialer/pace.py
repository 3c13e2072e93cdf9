"""What a predictive campaign's pacer is told: the board and the floor, compared tick by tick.

Owns: which change of a call or an agent means what to the pacer, the law's counts that it is
given, and the notes of what it decided. Must not decide how many calls to place
(`dialer.pacing.predictive`), nor place them.

What is, is compared with what was: so no event can be missed, told twice or told in the wrong
order, and after a lost link the pacer sees the world as it is. Only what may have changed is looked
at: a large floor has hundreds of agents and calls that go on as they were.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from campaigns.law.abandonment import Windows
from dialer.agents import Agent, State, Status
from dialer.calls import BEFORE_NETWORK, Call, CallState
from dialer.messages import Now
from dialer.pacing import Decision, Limit, PacingFacts, closed_gate
from dialer.pacing.memory import from_plain, to_plain
from dialer.pacing.predictive import Predictive, Why

NOTES_KEPT: Final = 300
"""So many decisions are remembered, one a second at most: five minutes."""


class _Stage(StrEnum):
    """Where a call is, as far as pacing cares."""

    IN_FLIGHT = "in_flight"
    PICKED_UP = "picked_up"
    WAITING = "waiting"
    TALKING = "talking"
    UNSERVED = "unserved"
    FAILED = "failed"


_DECIDED: Final = frozenset({_Stage.TALKING, _Stage.UNSERVED, _Stage.FAILED})
"""Nothing that follows matters to pacing."""

_REACHED: Final = frozenset({_Stage.TALKING, _Stage.UNSERVED})
"""A person, whose call has no outcome yet."""


class _Part(StrEnum):
    """What an agent does, as far as pacing cares.

    `LENT`: somebody else's call may come first. `SERVING`: with a caller of another queue.
    """

    FREE = "free"
    LENT = "lent"
    TALKING = "talking"
    SERVING = "serving"
    WRAPPING = "wrapping"


_UNSETTLED: Final = frozenset({_Part.FREE, _Part.LENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceNote:
    """What was decided within a second: so many calls more, and why not one more."""

    at: datetime
    placed: int
    limit: Limit
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another campaign, beside one. `part`: of its agents, those who serve this one as well.

    `under_way`: its calls on their way to the network, of which no pacer knows yet.
    """

    under_way: int
    part: float


class Pace:
    """One predictive campaign at work.

    `machines`, `persons`: verdicts of the switch since the start, where it gives any.
    """

    def __init__(self, cap: float, memory: object = None) -> None:
        """`memory`: what `remembered` of an earlier run gave; anything else is passed over."""
        self.pacer = Predictive(cap, memory=from_plain(memory))
        self.notes: deque[PaceNote] = deque(maxlen=NOTES_KEPT)
        self.machines = self.persons = 0
        self._calls: dict[str, _Stage] = {}
        self._agents: dict[str, _Part] = {}
        self._blind = False
        self._queue: str | None = None
        self._windows: Windows | None = None
        self._unwritten: set[str] = set()

    def remembered(self) -> Mapping[str, object]:
        """What was learned, in plain values."""
        return to_plain(self.pacer.memory())

    # ── what the law has counted ─────────────────────────────────────────────────────────

    def account(self, on_file: Windows) -> None:
        """Take over what stands on file, which knows other engines' calls and those from before.

        It lacks the talks that have no outcome yet, so these are added; but whom an agent called a
        machine it has struck off, whatever was counted here. It lags by a write: of those who were
        abandoned, the larger number holds, so that nothing is taken back.
        """
        before, ledger = self._windows, self.pacer.price.ledger
        if before is None or before.day.ends != on_file.day.ends:
            self.pacer.day_began()
        if before is None or before.block.ends != on_file.block.ends:
            self.pacer.block_began()
        self._windows = on_file
        day, block = ledger.windows[0], ledger.windows[-1] if before is not None else None
        self.pacer.account(
            on_file.day.live + len(self._unwritten),
            max(day.abandoned, on_file.day.abandoned),
            on_file.block.live + len(self._unwritten),
            max(block.abandoned if block else 0, on_file.block.abandoned),
        )

    # ── what has changed ─────────────────────────────────────────────────────────────────

    def wants_all(self, queue: str) -> bool:
        """Whether it has to see every call and agent, not only those that may have changed."""
        return self._blind or self._queue != queue

    @property
    def unsettled(self) -> list[str]:
        """Agents to look at in any case: of who is free, a caller who waits may have one."""
        return [login for login, part in self._agents.items() if part in _UNSETTLED]

    def observe(
        self,
        calls: Iterable[Call],
        gone: Iterable[Call],
        agents: Mapping[str, Agent | None],
        *,
        queue: str,
        free: Collection[str],
        handed: Collection[str],
        now: Now,
    ) -> None:
        """See those of the campaign's calls and of the agents that may have changed, as they are.

        All of them where it `wants_all`. `gone`: calls that have ended since it last looked, as
        they were at their end. `agents`: by login; None: no longer on file. `free`: the logins of
        those of `queue` who may be given a call; inbound callers have the others. `handed`: the
        calls, of any campaign, whose customers wait; an agent may be on the way.
        """
        now_s = now.mono
        ours = {call.attempt: call for call in calls if not call.reserved}
        stages = {name: stage for name, call in ours.items() if (stage := _stage_of(call))}
        parts = {
            login: None if agent is None else _part_of(agent, queue, free, handed)
            for login, agent in agents.items()
        }
        over = {call.attempt for call in gone}
        if self.wants_all(queue):
            over.update(self._calls.keys() - stages.keys())
            parts = dict.fromkeys(self._agents.keys() - parts.keys()) | parts
        self._count_unwritten(ours, stages, over)
        if self._blind:
            self._sees_again(stages, parts, now_s)
        else:
            for call in gone:
                self._call_left(call, now_s)
            for login, part in parts.items():
                if part is None and login in self._agents:
                    self.pacer.left(login, now_s)
            for login, part in parts.items():
                if part is not None:
                    self._agent_went(login, part, now_s)
            for attempt, stage in stages.items():
                self._call_went(ours[attempt], stage, now_s)
            for attempt in sorted(over):
                self._call_over(attempt, now_s)
        self._keep(stages, parts, over)
        self._blind, self._queue = False, queue

    def _count_unwritten(
        self, ours: Mapping[str, Call], stages: Mapping[str, _Stage], over: Collection[str]
    ) -> None:
        """Persons who were reached, and whose calls have no outcome on file yet."""
        self._unwritten.difference_update(over)
        for attempt, stage in stages.items():
            if stage in _REACHED and ours[attempt].disposition is None:
                self._unwritten.add(attempt)
            else:
                self._unwritten.discard(attempt)

    def _keep(
        self,
        stages: Mapping[str, _Stage],
        parts: Mapping[str, _Part | None],
        over: Collection[str],
    ) -> None:
        self._calls.update(stages)
        for attempt in over:
            self._calls.pop(attempt, None)
        for login, part in parts.items():
            if part is None:
                self._agents.pop(login, None)
            else:
                self._agents[login] = part

    def blinded(self, now: Now, limit: Limit = Limit.LINK) -> None:
        """Nobody looks, for the switch cannot be heard: what happens meanwhile teaches nothing."""
        self._blind = True
        if self.notes:
            last = self.notes[-1]
            self._note(replace(last, at=now.utc, placed=0, limit=limit))

    def _sees_again(
        self, stages: Mapping[str, _Stage], parts: Mapping[str, _Part | None], now_s: float
    ) -> None:
        """Take the world for what it is, and ask not how it came to be so."""

        def calls(*wanted: _Stage) -> list[str]:
            return [attempt for attempt, stage in stages.items() if stage in wanted]

        def agents(wanted: _Part) -> list[str]:
            return [login for login, part in parts.items() if part is wanted]

        self.pacer.only(
            now_s,
            in_flight=calls(_Stage.IN_FLIGHT, _Stage.PICKED_UP),
            waiting=calls(_Stage.WAITING),
            free=agents(_Part.FREE),
            talking=[*agents(_Part.TALKING), *agents(_Part.SERVING)],
            wrapping=agents(_Part.WRAPPING),
        )

    def _agent_went(self, login: str, part: _Part, now_s: float) -> None:
        before = self._agents.get(login)
        if part is before:
            return
        if before in {_Part.TALKING, _Part.SERVING}:
            self.pacer.hung_up(login, now_s)
        match part:
            case _Part.FREE:
                self.pacer.free(login, now_s)
            case _Part.LENT:
                self.pacer.lent(login, now_s)
            case _Part.TALKING:
                self.pacer.free(login, now_s)  # ends a wrap-up, if there was one
                self.pacer.connected(None, login, now_s)
            case _Part.SERVING:
                self.pacer.free(login, now_s)
                self.pacer.taken(login, now_s)
            case _Part.WRAPPING:
                pass

    def _call_left(self, call: Call, now_s: float) -> None:
        """Between two looks a call may have come far."""
        if self._calls.get(call.attempt) in _DECIDED:
            return
        reached = _Stage.FAILED
        if call.bridged_mono is not None:
            reached = _Stage.TALKING
        elif call.waits_since_mono is not None:
            reached = _Stage.UNSERVED  # before the verdict as well: who is unknown is a person
        elif call.state in BEFORE_NETWORK:
            return
        self._call_went(call, reached, now_s)
        self._calls[call.attempt] = reached

    def _call_went(self, call: Call, stage: _Stage, now_s: float) -> None:
        attempt = call.attempt
        before = self._calls.get(attempt)
        if stage is before:
            return
        if before is None:
            self.pacer.dialed(attempt, now_s)
        if before is _Stage.PICKED_UP:
            self.machines += stage is _Stage.FAILED
            self.persons += stage is not _Stage.FAILED
        match stage:
            case _Stage.IN_FLIGHT:
                pass
            case _Stage.PICKED_UP:
                self.pacer.answered(attempt, now_s)
            case _Stage.WAITING:
                self.pacer.human(attempt, now_s)
            case _Stage.TALKING:
                self.pacer.human(attempt, now_s)
                self.pacer.connected(attempt, None, now_s)
            case _Stage.UNSERVED:
                self.pacer.human(attempt, now_s)
                self.pacer.abandoned(attempt, now_s)
            case _Stage.FAILED:
                self.pacer.failed(attempt, now_s)

    def _call_over(self, attempt: str, now_s: float) -> None:
        before = self._calls.get(attempt)
        self.machines += before is _Stage.PICKED_UP
        match before:
            case _Stage.IN_FLIGHT | _Stage.PICKED_UP:
                self.pacer.failed(attempt, now_s)
            case _Stage.WAITING:
                self.pacer.abandoned(attempt, now_s)
            case _:
                pass

    # ── how many ─────────────────────────────────────────────────────────────────────────

    def decide(
        self,
        facts: PacingFacts,
        under_way: int,
        beside: Mapping[Pace, Rival],
        now: Now,
        *,
        callers: int = 0,
    ) -> Decision:
        """How many calls to place now, besides those that are on their way to the network.

        `beside`: other campaigns that dial for the same agents. `callers`: of other queues, whom
        the next agents who are free will have.
        """
        gate = closed_gate(facts)
        room, bound = min(
            (facts.max_calls - facts.calls_alive, Limit.MAX_CALLS),
            (facts.cps_room, Limit.CPS),
            key=lambda pair: pair[0],
        )
        theirs = sum(rival.under_way * rival.part for rival in beside.values())
        spoken_for = under_way + math.ceil(theirs)
        wanted, why = self.pacer.decide(
            now.mono,
            max(room, 0) + spoken_for,
            bound,
            callers=callers,
            beside={one.pacer: rival.part for one, rival in beside.items()},
        )
        place = max(wanted - spoken_for, 0) if gate is None else 0
        limit = gate or why.limit
        self._note(PaceNote(at=now.utc, placed=place, limit=limit, why=why))
        return Decision(place=place, limit=limit)

    def _note(self, note: PaceNote) -> None:
        last = self.notes[-1] if self.notes else None
        if last is not None and int(last.at.timestamp()) == int(note.at.timestamp()):
            self.notes[-1] = replace(note, at=last.at, placed=last.placed + note.placed)
        else:
            self.notes.append(note)


def _stage_of(call: Call) -> _Stage | None:
    """None: it is not on the network (any more)."""
    match call.state:
        case CallState.SENT | CallState.RINGING:
            return _Stage.IN_FLIGHT
        case CallState.ANSWERED:
            return _Stage.PICKED_UP if call.screened else _Stage.WAITING
        case CallState.TALKING | CallState.WRAP_UP:
            return _Stage.TALKING
        case CallState.UNSERVED:
            return _Stage.UNSERVED
        case CallState.CLOSING:
            return _Stage.FAILED
        case _:
            return None


def _part_of(
    agent: Agent, queue: str, free: Collection[str], handed: Collection[str]
) -> _Part | None:
    """None: the agent is not there for `queue`, or will not be when the call at hand is over."""
    if agent.status is not Status.AVAILABLE or queue not in agent.queues:
        return None
    match agent.state:
        case State.IDLE:
            return _Part.FREE if agent.agent in free else _Part.LENT
        case State.RESERVED:
            # Until the two hear each other, the person waits and the agent is there.
            return _Part.FREE if agent.attempt in handed else _Part.LENT
        case State.TALKING if agent.inbound:
            return _Part.SERVING
        case other:
            return _PARTS.get(other)


_PARTS: Final[Mapping[State, _Part]] = {
    State.READYING: _Part.LENT,
    State.TALKING: _Part.TALKING,
    State.WRAP_UP: _Part.WRAPPING,
}
