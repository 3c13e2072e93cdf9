"""A contact and its history, as the rules see them: plain frozen values.

Owns: what is known of one record of a list: its numbers, its attempts so far, its open
appointment. Must not know how it is stored, who may dial it (`campaigns.judge`) nor when
(`campaigns.retry`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import takewhile
from zoneinfo import ZoneInfo

from campaigns.consent import Consent
from campaigns.outcomes import Outcome


class ContactState(StrEnum):
    """Where a contact stands. Only an open one is ever dialed.

    `done`: reached, or final by its own wish. `faulty`: wrong contact (R6), until corrected.
    `exhausted`: tried on as many days as the campaign allows; may be reopened. `withdrawn`:
    taken out by an operator.
    """

    OPEN = "open"
    DONE = "done"
    FAULTY = "faulty"
    EXHAUSTED = "exhausted"
    WITHDRAWN = "withdrawn"


class ListState(StrEnum):
    """What is wanted of the list that a contact came with. Only an active one is dialed."""

    LOADING = "loading"
    ACTIVE = "active"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """One number of a contact; `position` is the order of trying, smallest first.

    `retired` is the wrong-contact outcome that took the number out (R6), None while it is good.
    `kind`: mobile, home, work …; `country`: ISO, empty where it is not known.
    """

    id: int
    e164: str
    position: int
    retired: Outcome | None = None
    kind: str = "phone"
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A call that the customer asked for, at an instant in aware UTC (R4).

    `agent`: the only one who may take it; None: anyone.
    """

    id: int
    at: datetime
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceKept:
    """A place in a queue that is kept for who is to be called back, since `joined_at`.

    `wished_at`: when they asked for that call; None: nobody did, they hung up or left a message.
    """

    queue: str
    joined_at: datetime
    wished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """One attempt, running or ended.

    `placed_at`: when it was sent to the network; when it was claimed, if it was not sent.
    `outcome`: None while it runs. `counted`: it takes one of the day's dials (true from the
    moment of sending on, until an outcome that does not count takes it back).
    """

    placed_at: datetime
    outcome: Outcome | None
    number_id: int
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One record of a campaign's list.

    `zone`: the contact's own, None where the campaign's holds. `attempts` are ordered by
    `placed_at`. `appointment` is the open one. `reopened_at`: days tried before it no longer
    bring the contact nearer to `exhausted`; dials before it still hold back the next one.

    `zones`: where its numbers may be, for the law; none: in `zone`, else the campaign's.
    `place`: it is called when its turn in a queue comes, and not before.
    `list_name`, `list_state`: of the list it came with; `priority`: 1 (first) to 9; `custom`: the
    cells that came in with it.
    """

    id: int
    campaign_id: int
    zone: ZoneInfo | None
    state: ContactState
    numbers: tuple[PhoneNumber, ...]
    attempts: tuple[PastAttempt, ...]
    appointment: Appointment | None
    reopened_at: datetime | None = None
    name: str = ""
    reference: str = ""
    zones: tuple[ZoneInfo, ...] = ()
    consent: Consent | None = None
    list_name: str = ""
    list_state: ListState = ListState.ACTIVE
    priority: int = 5
    loaded_at: datetime | None = None
    custom: Mapping[str, str] = field(default_factory=dict)
    place: PlaceKept | None = None

    @property
    def good_numbers(self) -> tuple[PhoneNumber, ...]:
        """The numbers that are not retired, in the order of trying."""
        good = [number for number in self.numbers if number.retired is None]
        if len(good) > 1:
            good.sort(key=lambda number: number.position)
        return tuple(good)

    @property
    def last_counted(self) -> PastAttempt | None:
        """The latest attempt that took one of the day's dials."""
        return next((past for past in reversed(self.attempts) if past.counted), None)

    @property
    def failures_in_a_row(self) -> tuple[PastAttempt, ...]:
        """What ended since the last counted attempt without counting, skips too, latest first."""
        since = takewhile(lambda past: not past.counted, reversed(self.attempts))
        return tuple(past for past in since if past.outcome is not None)

    def dials_on(self, day: date, zone: ZoneInfo) -> int:
        """How many counted attempts were placed on that local date."""
        # Most of a history is long past: what is older than `day` is not looked at.
        latest = takewhile(lambda it: it[0] >= day, self._dated(reversed(self.attempts), zone))
        return sum(placed_on == day and past.counted for placed_on, past in latest)

    def days_tried(self, zone: ZoneInfo) -> frozenset[date]:
        """The local dates with counted attempts since the contact was last opened."""
        return frozenset(
            placed_on
            for placed_on, past in self._dated(self.attempts, zone)
            if past.counted and (self.reopened_at is None or past.placed_at >= self.reopened_at)
        )

    def number(self, number_id: int) -> PhoneNumber | None:
        """The number of that id, None if the contact has no such number (any more)."""
        return next((number for number in self.numbers if number.id == number_id), None)

    def with_retired(self, number_id: int, outcome: Outcome) -> Contact:
        """The contact after that number was found wrong (R6)."""
        numbers = tuple(
            replace(number, retired=outcome) if number.id == number_id else number
            for number in self.numbers
        )
        return replace(self, numbers=numbers)

    @staticmethod
    def _dated(
        attempts: Iterable[PastAttempt], zone: ZoneInfo
    ) -> Iterator[tuple[date, PastAttempt]]:
        return ((past.placed_at.astimezone(zone).date(), past) for past in attempts)
