"""Seats by hour, day and month (R8): what each hour asks for, and how many agents that takes.

Owns: the volume of an hour, its seats, and the sums. Must not know files, screens or words.

**Inbound** alone: the smallest team that keeps the service level (`dialer.staffing.erlang`).
**Outbound** alone: the smallest team whose occupancy (`dialer.staffing.occupancy`) has room for
the talks.
**Both**: one team. Inbound goes first; outbound calls fill the time in which fewer than so many
agents are busy, so many as the service level allows and a dialer can keep busy. That takes fewer
seats than two teams, but more than the larger of the two where talks would let callers wait.
**Reserve**: of the rostered, that share is on breaks, in training or absent. `rostered` is what
leaves enough; spare seats are the difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TypeVar

from dialer.staffing.erlang import (
    Target,
    Traffic,
    Waiting,
    agents_for,
    most_kept_busy,
    smallest_team,
    waiting,
)
from dialer.staffing.occupancy import Occupancy

Key = TypeVar("Key", int, str, date)

_HOUR_S = 3600.0
_NEARLY = 1e-9
_NOBODY = Traffic(calls_per_hour=0, handle_s=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """Records to be worked in an hour.

    `dials`: how often each is dialed, on average. `answer_rate`: persons who answer, of the
    dials, 0 to 1. `handle_s`: talk and after-call work with who answers, in seconds.

    Raises:
        ValueError: a figure is negative or not finite, or the rate is above 1.
    """

    records: float
    dials: float
    answer_rate: float
    handle_s: float

    def __post_init__(self) -> None:
        """Refuse figures that mean nothing."""
        figures = (self.records, self.dials, self.answer_rate, self.handle_s)
        if not all(math.isfinite(one) and one >= 0 for one in figures) or self.answer_rate > 1:
            raise ValueError(
                f"figures of outbound calls must be positive, a rate at most 1: {self}"
            )

    @property
    def calls(self) -> float:
        """Calls to be placed."""
        return self.records * self.dials

    @property
    def talks(self) -> float:
        """Calls that a person answers."""
        return self.calls * self.answer_rate

    @property
    def load(self) -> float:
        """Erlangs: agents who are busy with them."""
        return self.talks * self.handle_s / _HOUR_S


def dials_until_answered(most: float, answer_rate: float) -> float:
    """How often a record is dialed on average, if at most so often and no more after an answer.

    3 dials at most, 30 % answered: 1 + 0.7 + 0.49 = 2.19. `most` need not be whole.
    """
    if not answer_rate:
        return most
    whole = math.floor(most)
    missed = (1 - answer_rate) ** whole
    return (1 - missed) / answer_rate + (most - whole) * missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What one hour asks for. `day` None: any day; `hour` None: no certain hour."""

    day: date | None = None
    hour: int | None = None
    inbound: Traffic | None = None
    outbound: Outbound | None = None

    @property
    def calls_in(self) -> float:
        """Calls that come in."""
        return self.inbound.calls_per_hour if self.inbound else 0.0

    @property
    def calls_out(self) -> float:
        """Calls to be placed."""
        return self.outbound.calls if self.outbound else 0.0

    @property
    def records(self) -> float:
        """Records to be worked."""
        return self.outbound.records if self.outbound else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for all hours. `reserve`: the share of the rostered who are away, 0 to below 1."""

    target: Target
    occupancy: Occupancy
    reserve: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """The answer for one hour.

    `seats` agents at work at once, of `rostered` in all; alone, each kind of work would take
    `inbound_alone` and `outbound_alone`. `waiting`: what becomes of the callers then.
    """

    hour: Hour
    seats: int
    rostered: int
    inbound_alone: int
    outbound_alone: int
    waiting: Waiting

    @property
    def spare(self) -> int:
        """Rostered beyond those at work."""
        return self.rostered - self.seats


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The sums of a day, a month, or an hour of all days. `peak`: the first hour that takes most.

    `seat_hours`: seats times hours, `rostered_hours` with the reserve; `hours`: how many hours.
    """

    peak: Seats
    hours: int
    calls_in: float
    calls_out: float
    records: float
    seat_hours: int
    rostered_hours: int

    @property
    def mean_seats(self) -> float:
        """Seats on average over the hours of the span."""
        return self.seat_hours / self.hours


def seats_for(hour: Hour, rules: Rules) -> Seats:
    """How many seats an hour takes.

    Raises:
        ValueError: more than `dialer.staffing.erlang.MOST_AGENTS` agents would be needed.
    """
    inbound = hour.inbound if hour.inbound and hour.inbound.load else None
    load = hour.outbound.load if hour.outbound else 0.0
    alone_in, alone_out, seats, found = _team(inbound, load, rules.target, rules.occupancy)
    return Seats(
        hour=hour,
        seats=seats,
        rostered=rostered_for(seats, rules.reserve),
        inbound_alone=alone_in,
        outbound_alone=alone_out,
        waiting=found,
    )


def with_agents(hour: Hour, rules: Rules, agents: int) -> Waiting:
    """What becomes of an hour's callers with so many agents, outbound calls done beside.

    Where the service level has no room for all outbound calls, it gives way to them.
    """
    load = hour.outbound.load if hour.outbound else 0.0
    inbound = hour.inbound or _NOBODY
    if not load:
        return waiting(inbound, agents, rules.target.within_s)
    return _together(inbound, agents, rules.target, load, rules.occupancy)


def rostered_for(seats: int, reserve: float) -> int:
    """How many must be on the roster, so that `seats` are there while that share is away."""
    return math.ceil(seats / (1 - reserve) - _NEARLY)


@lru_cache(maxsize=4096)
def _team(
    inbound: Traffic | None, load: float, target: Target, occupancy: Occupancy
) -> tuple[int, int, int, Waiting]:
    """Seats for inbound alone, outbound alone, both, and what becomes of the callers then."""
    alone_in = agents_for(inbound, target) if inbound else 0
    alone_out = _dialers(load, occupancy) if load else 0
    if inbound is None:
        found = waiting(_NOBODY, alone_out, target.within_s)
        busy = _with_outbound(found, load, alone_out) if alone_out else found
        return 0, alone_out, alone_out, busy
    if not load:
        return alone_in, 0, alone_in, waiting(inbound, alone_in, target.within_s)
    apart = alone_in + alone_out
    seats = smallest_team(
        lambda agents: (
            agents >= apart or _room(inbound, agents, target, occupancy) >= load - _NEARLY
        ),
        max(alone_in, alone_out),
    )
    return alone_in, alone_out, seats, _together(inbound, seats, target, load, occupancy)


def _dialers(load: float, occupancy: Occupancy) -> int:
    """The smallest team that has that many erlangs of talks."""
    return smallest_team(
        lambda agents: agents * occupancy(agents) >= load - _NEARLY, math.ceil(load)
    )


def _room(inbound: Traffic, agents: int, target: Target, occupancy: Occupancy) -> float:
    """The most erlangs of outbound talks beside the callers; below 0: not even they have room.

    So many agents may be kept busy as the service level allows, and as a dialer is able to: on
    average, alone, `occupancy` of them. Between two whole numbers it is done by turns.
    """
    allowed = most_kept_busy(inbound, agents, target)
    if allowed is None:
        return -1.0
    floor = min(float(allowed), agents * occupancy(agents))
    whole = math.floor(floor)
    low, high = (
        waiting(inbound, agents, target.within_s, kept_busy=one).outbound_load
        for one in (whole, math.ceil(floor))
    )
    return low + (floor - whole) * (high - low)


def _together(
    inbound: Traffic, agents: int, target: Target, load: float, occupancy: Occupancy
) -> Waiting:
    """What becomes of the callers beside that many erlangs of talks, in the better of two ways.

    Either one team does both, or the outbound calls have agents of their own; where even these
    are too few, one team does as many as it can.
    """
    pooled = _pooled(inbound, agents, target, load)
    dialers = _dialers(load, occupancy)
    if agents < dialers:
        return pooled
    apart = waiting(inbound, agents - dialers, target.within_s)
    split = _with_outbound(replace(apart, agents=agents), load, apart.agents)
    if pooled.outbound_load < load - _NEARLY:
        return split
    return max(pooled, split, key=lambda one: one.service_level or 0.0)


def _pooled(inbound: Traffic, agents: int, target: Target, load: float) -> Waiting:
    """One team; no more outbound talks are begun than there are."""
    low, high = 0, agents
    while low < high:
        floor = (low + high) // 2
        found = waiting(inbound, agents, target.within_s, kept_busy=floor)
        low, high = (low, floor) if found.outbound_load >= load else (floor + 1, high)
    found = waiting(inbound, agents, target.within_s, kept_busy=low)
    return found if found.outbound_load < load else _with_outbound(found, load, agents)


def _with_outbound(found: Waiting, load: float, agents: int) -> Waiting:
    """The same callers, and just that many erlangs of talks; `agents`: whose occupancy it has."""
    busy = (found.occupancy or 0.0) * agents - found.outbound_load + load
    return replace(found, occupancy=busy / found.agents, outbound_load=load)


def spans(answers: Iterable[Seats], key: Callable[[Hour], Key]) -> dict[Key, Span]:
    """The sums of the answers that share a key, in the order of the keys."""
    groups: dict[Key, list[Seats]] = {}
    for answer in answers:
        groups.setdefault(key(answer.hour), []).append(answer)
    return {name: span(groups[name]) for name in sorted(groups)}


def span(answers: Sequence[Seats]) -> Span:
    """The sums of one or more answers."""
    return Span(
        peak=max(answers, key=lambda one: one.seats),
        hours=len(answers),
        calls_in=sum(one.hour.calls_in for one in answers),
        calls_out=sum(one.hour.calls_out for one in answers),
        records=sum(one.hour.records for one in answers),
        seat_hours=sum(one.seats for one in answers),
        rostered_hours=sum(one.rostered for one in answers),
    )
