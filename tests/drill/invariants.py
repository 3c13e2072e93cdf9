"""What must hold whatever was killed, checked by the witness's account against the books.

Owns: the rules I1, I2, I4, I5, I6, I7 and I9 as a stranger can see them. Pure: evidence in,
violations out. Must not know how the evidence came about.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from tests.drill.books import Row
from tests.drill.people import Word
from tests.drill.witness import SeenCall

SERVED_WITHIN_S = 2.0
HEARD_LATE_S = 0.3
"""How much later than it happened the witness may have heard of something, on a busy machine."""

A_SECOND = 1.0
FULL_NUMBER = re.compile(r"(?<![0-9a-z])8621\d{8}(?![0-9a-z])")
"""A number of the drill's list, all digits of it (I9)."""

ABANDONED = frozenset({"abandoned", "lost", "stopped"})
"""What the law's share counts as abandoned, where it was answered."""

NO_PERSON = frozenset({"machine", "fax"})

OPEN_AT_MOST_S = 60.0
"""How long after its call an attempt may be without an outcome (I2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a drill.

    `awake`: spans in which an engine had taken over and lived. `log`: the engine's lines since
    the last evidence. `max_calls`, `cps`: the campaign's caps. `unkept`: nobody is kept for a call,
    so that the dialplan alone keeps the two seconds. `now`: when this was taken.
    """

    calls: Mapping[str, SeenCall]
    rows: Mapping[str, Row]
    appointments: Mapping[int, set[float]]
    saved: Mapping[str, Word]
    awake: tuple[tuple[float, float], ...]
    impossible: tuple[tuple[str, str], ...]
    log: tuple[str, ...]
    max_calls: int
    cps: float
    now: float
    unkept: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    rule: str
    attempt: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How answered customers fared (I4). `unwatched`: answered while no engine was awake."""

    answered: int
    unwatched: int
    unwatched_late: int
    slowest_s: float


def violations(seen: Evidence) -> list[Violation]:
    """Every rule that was broken, with the attempt that shows it."""
    return [
        *(_broken("I1/I5", attempt, text) for attempt, text in seen.impossible),
        *_dialed_twice(seen),
        *_not_on_file(seen),
        *_without_outcome(seen),
        *_wrong_outcome(seen),
        *_late_service(seen),
        *_uncounted(seen),
        *_two_calls_of_an_agent(seen),
        *_lost_words(seen),
        *_too_many_a_second(seen),
        *_too_many_at_once(seen),
        *_numbers_in_log(seen),
    ]


def dialed_twice(calls: Iterable[SeenCall]) -> dict[str, list[SeenCall]]:
    """The numbers that the switch was told to call more than once."""
    by_number: dict[str, list[SeenCall]] = defaultdict(list)
    for call in calls:
        by_number[call.number].append(call)
    return {number: made for number, made in by_number.items() if len(made) > 1}


def freed_and_dialed(seen: Evidence) -> set[int]:
    """The contacts that were freed before they were dialed, and dialed in another attempt."""
    freed = {row.contact_id for row in seen.rows.values() if row.outcome == "not_sent"}
    dialed = {seen.rows[call].contact_id for call in seen.calls if call in seen.rows}
    return freed & dialed


def _broken(rule: str, attempt: str, text: str) -> Violation:
    return Violation(rule=rule, attempt=attempt, text=text)


def _dialed_twice(seen: Evidence) -> Iterator[Violation]:
    for made in dialed_twice(seen.calls.values()).values():
        ids = ", ".join(call.attempt for call in made)
        yield _broken("I1", made[-1].attempt, f"a number was dialed {len(made)} times: {ids}")


def _not_on_file(seen: Evidence) -> Iterator[Violation]:
    for call in seen.calls.values():
        row = seen.rows.get(call.attempt)
        if row is None:
            yield _broken("I2", call.attempt, "was dialed and is not on file")
        elif row.sent_at is None:
            yield _broken("I2", call.attempt, f"was dialed and is on file as {row.state}")
        elif row.sent_at > call.made_at:
            yield _broken("I2", call.attempt, "was dialed before it was committed as sent")


def _without_outcome(seen: Evidence) -> Iterator[Violation]:
    for row in seen.rows.values():
        if row.outcome is not None:
            continue
        call = seen.calls.get(row.id)
        over_at = call.ended_at if call else row.sent_at
        late = over_at is not None and seen.now - over_at > OPEN_AT_MOST_S
        if seen.over or late:
            yield _broken("I2", row.id, f"has no outcome; it is on file as {row.state}")


def _wrong_outcome(seen: Evidence) -> Iterator[Violation]:
    for call in seen.calls.values():
        row = seen.rows.get(call.attempt)
        if row is None or row.outcome is None:
            continue
        if row.outcome == "not_sent":
            yield _broken("I2", call.attempt, "was dialed and ended as not sent")
        ended = call.ended_at or seen.now
        if row.outcome == "lost" and (row.ended_at or 0.0) < ended - SERVED_WITHIN_S:
            yield _broken("I2", call.attempt, "ended as lost while it lived on the switch")


def _watched(seen: Evidence, answered_at: float, waited_s: float) -> bool:
    """Whether an engine was awake from the answer until the two seconds were over or used."""
    until = answered_at + min(waited_s, SERVED_WITHIN_S + HEARD_LATE_S)
    return any(start <= answered_at and until <= end for start, end in seen.awake)


def _served_after_s(call: SeenCall, now: float) -> float | None:
    """From the answer to an agent, the message, or the end; None where it was not answered."""
    if call.answered_at is None:
        return None
    moments = (call.bridged_at, call.message_at, call.ended_at, now)
    return min(at for at in moments if at is not None) - call.answered_at


def _late_service(seen: Evidence) -> Iterator[Violation]:
    for call in seen.calls.values():
        waited = _served_after_s(call, seen.now)
        if waited is None or waited <= SERVED_WITHIN_S + HEARD_LATE_S:
            continue
        if seen.unkept or _watched(seen, call.answered_at or 0.0, waited):
            yield _broken("I4", call.attempt, f"answered, and alone for {waited:.1f} s")


def _uncounted(seen: Evidence) -> Iterator[Violation]:
    """Who answered and met nobody is on file as that: the law's share is counted from there."""
    for call in seen.calls.values():
        row = seen.rows.get(call.attempt)
        if call.answered_at is None or call.bridged_at is not None:
            continue
        if row is None or row.outcome is None:
            continue
        if row.answered_at is None or row.outcome not in ABANDONED:
            known = "answered" if row.answered_at else "not answered"
            yield _broken("I4", call.attempt, f"met nobody, on file as {row.outcome}, {known}")


def live_and_abandoned(rows: Mapping[str, Row]) -> tuple[int, int]:
    """How many persons answered, and how many of them met nobody, as the law's share has it."""
    live = [one for one in rows.values() if one.answered_at and one.outcome not in NO_PERSON]
    met_nobody = [one for one in live if one.bridged_at is None and one.outcome in ABANDONED]
    return len(live), len(met_nobody)


def service(seen: Evidence) -> Service:
    """What the figures say of the two seconds."""
    waits = [(call, _served_after_s(call, seen.now)) for call in seen.calls.values()]
    answered = [(call.answered_at or 0.0, waited) for call, waited in waits if waited is not None]
    watched = [w for at, w in answered if _watched(seen, at, w)]
    unwatched = [w for at, w in answered if not _watched(seen, at, w)]
    return Service(
        answered=len(answered),
        unwatched=len(unwatched),
        unwatched_late=sum(w > SERVED_WITHIN_S + HEARD_LATE_S for w in unwatched),
        slowest_s=max(watched, default=0.0),
    )


def _two_calls_of_an_agent(seen: Evidence) -> Iterator[Violation]:
    """A customer at the message has nobody: there the agent's part is over.

    It begins with the call where the agent is kept for it, else with the talk.
    """
    by_agent: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for call in seen.calls.values():
        row = seen.rows.get(call.attempt)
        if row is not None and row.agent:
            until = call.message_at or call.ended_at or seen.now
            since = (call.bridged_at or until) if seen.unkept else call.made_at
            by_agent[row.agent].append((since, until, call.attempt))
    for agent, spans in by_agent.items():
        spans.sort()
        for (_, until, first), (since, _, second) in pairwise(spans):
            if since < until:
                more = f"who had {first} for {until - since:.2f} s more"
                yield _broken("I5", second, f"was given to agent {agent}, {more}")


def _lost_words(seen: Evidence) -> Iterator[Violation]:
    for word in seen.saved.values():
        row = seen.rows.get(word.attempt)
        found = (row.disposition, row.note) if row else None
        if row is None or found != (word.disposition.value, word.note):
            yield _broken("I6", word.attempt, f"saved {word.disposition.value}, on file {found}")
        elif word.appointment_at is not None:
            kept = seen.appointments.get(row.contact_id, set())
            if word.appointment_at.timestamp() not in kept:
                yield _broken("I6", word.attempt, "its appointment is not on file")


def _too_many_a_second(seen: Evidence) -> Iterator[Violation]:
    """A call was placed between its commit as sent and the witness's word, which may be late."""
    cap = max(1, math.floor(seen.cps))
    calls = sorted(seen.calls.values(), key=lambda call: call.made_at)
    for first in range(len(calls) - cap):
        together = calls[first : first + cap + 1]
        took = together[-1].made_at - min(_placed_after(seen, call) for call in together)
        if took < A_SECOND:
            yield _broken(
                "I7",
                together[-1].attempt,
                f"{cap + 1} were placed in {took:.2f} s, the cap is {cap}",
            )


def _placed_after(seen: Evidence, call: SeenCall) -> float:
    row = seen.rows.get(call.attempt)
    return min(row.sent_at if row and row.sent_at else call.made_at, call.made_at)


def _too_many_at_once(seen: Evidence) -> Iterator[Violation]:
    """An end may be heard late; a call that begins by then is not at once with it."""
    changes: list[tuple[float, int, str]] = []
    for call in seen.calls.values():
        changes.append((call.made_at, 1, call.attempt))
        if call.ended_at is not None:
            changes.append((call.ended_at - HEARD_LATE_S, -1, call.attempt))
    alive = 0
    for _, change, attempt in sorted(changes):
        alive += change
        if change > 0 and alive > seen.max_calls:
            yield _broken("I7", attempt, f"was call {alive} at once, the cap is {seen.max_calls}")


def _numbers_in_log(seen: Evidence) -> Iterator[Violation]:
    for line in seen.log:
        if FULL_NUMBER.search(line):
            yield _broken("I9", "", f"a full number is in the engine's log: {line}")
