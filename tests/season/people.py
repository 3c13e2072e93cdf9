"""The people of a season: who answers, what comes of it, who asks for a time, who wants no more.

Owns: chance, from a seed. Must not know the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from campaigns.outcomes import Disposition, Outcome

MIX = {
    Outcome.NO_ANSWER: 34,
    Outcome.BUSY: 12,
    Outcome.SWITCHED_OFF: 6,
    Outcome.REJECTED: 4,
    Outcome.MACHINE: 3,
    Outcome.VACANT: 4,
    Outcome.FAX: 1,
    Outcome.NUMBER_CHANGED: 1,
    Outcome.SUCCESS: 14,
    Outcome.UNSUCCESSFUL: 10,
    Outcome.APPOINTMENT: 5,
    Outcome.REFUSED: 2,
    Outcome.UNDISPOSED: 1,
    Outcome.WRONG_RECORD: 1,
    Outcome.FAILED: 1,
    Outcome.CONGESTION: 1,
}
SAID = {disposition.value: disposition for disposition in Disposition}
LONGEST_PROMISE_H = 200

# Cities of the United States with the clocks that they keep: area code, zone.
CITIES = (
    ("212", "America/New_York"),
    ("305", "America/New_York"),
    ("312", "America/Chicago"),
    ("303", "America/Denver"),
    ("602", "America/Phoenix"),
    ("213", "America/Los_Angeles"),
)


def outcome(random: Random) -> tuple[Outcome, Disposition | None]:
    """What comes of a call, and the agent's word where it is one."""
    (made,) = random.choices(list(MIX), weights=list(MIX.values()))
    return made, SAID.get(made.value)


def wished_time(random: Random, now: datetime) -> datetime:
    """When a customer would like to be called: any time, wise or not."""
    hours = random.randrange(1, LONGEST_PROMISE_H)
    return now.replace(minute=30 * random.randrange(2), second=0, microsecond=0) + timedelta(
        hours=hours
    )


def chinese(contacts: int, random: Random, *, shared: int) -> Iterator[tuple[str, ...]]:
    """Rows of a call-back list: reference, name, mobile, second number, basis, proof, district.

    The first `shared` numbers are in every list that is made with the same contacts.
    """
    for index in range(contacts):
        own = index if index < shared else index + random.randrange(2) * contacts
        mobile = f"138{own:08d}"
        second = f"139{own:08d}" if index % 5 == 0 else ""
        district = random.choice(("徐汇", "静安", "浦东"))
        yield f"C{index}", f"业主{index}", mobile, second, "合同", f"HT-{index}", district


def american(contacts: int, random: Random) -> Iterator[tuple[str, ...]]:
    """Rows of a list of the United States: reference, name, phone."""
    for index in range(contacts):
        code, _ = CITIES[index % len(CITIES)]
        yield f"U{index}", f"Customer {index}", f"+1{code}{_exchange(index)}"
    del random


def _exchange(index: int) -> str:
    """Seven digits that the numbering plan assigns: 2xx to 9xx, never N11."""
    return f"{234 + index // 10_000 % 700:03d}{index % 10_000:04d}"
