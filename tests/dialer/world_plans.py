"""The kinds of worlds: each bends what its name says, and a seed bends the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from tests.dialer.world import Plan
from tests.dialer.world_people import Habits
from tests.dialer.world_wire import WireFaults

EVE = datetime(2026, 11, 23, 15, 40, tzinfo=UTC)
"""23:40 in Shanghai: the day changes soon."""


def _calm(random: Random) -> Plan:
    """Nothing breaks: calls, words, breaks, comings and goings."""
    return Plan(
        contacts=random.choice((6, 12)),
        agents=random.randint(1, 5),
        campaigns=random.choice((1, 1, 2)),
        max_calls=random.choice((1, 2, 20)),
        cps=random.choice((0.5, 1.0, 5.0)),
        length_s=600.0,
        predictive=random.choice((0, 1, 2)),
    )


def _noisy(random: Random) -> Plan:
    """The wire loses, doubles and delays; pauses are refused; the database is busy.

    Those with short lists have a preview campaign more, whose contacts agents ask for.
    """
    calm = _calm(random)
    previews = int(calm.contacts < 12)
    return replace(
        calm,
        campaigns=calm.campaigns + previews,
        previews=previews,
        habits=Habits(asks_s=40.0 * previews),
        wire=WireFaults(missing=0.05, doubled=0.05, late=0.1, overtaken=0.1),
        pauses_refused=random.choice((0.0, 0.1)),
        store_busy=random.choice((0.0, 0.1)),
        slowest_store_s=random.choice((0.03, 3.0)),
        operators_s=120.0,
        callers_s=random.choice((0.0, 40.0)),
    )


def _link(random: Random) -> Plan:
    """The link is lost again and again."""
    return replace(_noisy(random), link_lasts_s=random.choice((30.0, 120.0)))


def _crashing(random: Random) -> Plan:
    """The engine is killed and started again, between any two effects."""
    return replace(_noisy(random), crash_after_effects=random.choice((30, 150)))


def _locked(random: Random) -> Plan:
    """Another program keeps the database, for 0.2 s to 30 s; the engine is killed now and then."""
    return replace(
        _calm(random),
        length_s=900.0,
        contacts=20,
        locks_s=45.0,
        process_lasts_s=random.choice((0.0, 150.0)),
    )


def _all(random: Random) -> Plan:
    """Everything at once, the switch's own restart and clean stops of the engine included."""
    return replace(
        _noisy(random),
        link_lasts_s=200.0,
        process_lasts_s=200.0,
        switch_lasts_s=400.0,
        locks_s=random.choice((0.0, 150.0)),
        habits=Habits(session_s=300.0, works_s=200.0, asks_s=40.0),
    )


def _clocks(random: Random) -> Plan:
    """Somebody sets the clock again and again, by a little, an hour, or a day."""
    return replace(_noisy(random), clock_steps_s=random.choice((60.0, 200.0)), length_s=1200.0)


def _midnight(random: Random) -> Plan:
    """Hours over a change of the day, with windows that close and open."""
    return replace(
        _noisy(random),
        start=EVE,
        length_s=5400.0,
        contacts=30,
        agents=5,
        windows=("00:05-23:55",),
        delay_s=600.0,
        link_lasts_s=1200.0,
        process_lasts_s=1500.0,
    )


KINDS: dict[str, Callable[[Random], Plan]] = {
    "calm": _calm,
    "noisy": _noisy,
    "link": _link,
    "crashing": _crashing,
    "locked": _locked,
    "all": _all,
    "clocks": _clocks,
    "midnight": _midnight,
}


def plan_of(kind: str, seed: int) -> Plan:
    """The plan of a kind and a seed."""
    return KINDS[kind](Random(seed))
