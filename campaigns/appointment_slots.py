"""Times that may be promised: what an agent is offered in place of one that may not (R4).

Owns: the choice of the nearest allowed times, on the grid in which people name times. Must not
know why a time was refused (`campaigns.appointments`). Pure; instants are aware UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from campaigns.hours import Hours, is_open, nearest_open, next_open, open_until

SLOT: Final = timedelta(minutes=15)
OFFERED: Final = 3


def nearest_slots(
    at: datetime, hours: Hours, now: datetime, count: int = OFFERED
) -> tuple[datetime, ...]:
    """The allowed times next to `at`, in the order of time; none where a year shows none.

    One is before it, the last of its stretch, where that is still to come. The others are after
    it: the first of the stretches that follow, for three times a quarter of an hour apart
    would be one offer, made three times. Who can be called at `at` is offered `at` itself first.
    """
    wanted = max(at, now)
    before, _ = nearest_open(hours, wanted, not_before=now)
    slots = [] if before is None or is_open(hours, wanted) else [_last_on_grid(before, hours, now)]
    look_from: datetime | None = wanted
    while len(slots) < count and look_from is not None:
        opens = next_open(hours, look_from)
        if opens is None:
            break
        slots.append(_first_on_grid(opens, hours))
        look_from = open_until(hours, opens)
    return tuple(dict.fromkeys(slots))


def _first_on_grid(opens: datetime, hours: Hours) -> datetime:
    """The first quarter of an hour from `opens` on, or `opens` where it is closed by then."""
    over = timedelta(seconds=opens.timestamp() % SLOT.total_seconds())
    slot = opens + (SLOT - over) if over else opens
    return (slot if is_open(hours, slot) else opens).astimezone(UTC)


def _last_on_grid(before: datetime, hours: Hours, now: datetime) -> datetime:
    """The last quarter of an hour up to `before`, or `before` where it is too early."""
    slot = before - timedelta(seconds=before.timestamp() % SLOT.total_seconds())
    return (slot if slot >= now and is_open(hours, slot) else before).astimezone(UTC)
