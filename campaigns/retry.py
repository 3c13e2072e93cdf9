"""When a contact is dialed next, and what an attempt's end does to it (R4, R5, R6).

Owns: the retry rule, appointments, back-off, retirement of numbers and exhaustion. Must not
know do-not-call, campaign states or the engine (`campaigns.judge` lays those over it).

The rule. The *mark* is the placing of the last counted attempt plus its delay, in elapsed time.
The next attempt is the first instant at or after the mark that lies in an open window of a day
whose local date has fewer counted attempts than the cap; so it rolls into the next day's pool.

An open appointment replaces the mark and lifts the cap, never the window. The first counted
attempt at or after it uses it up. It is missed when the window that holds it has closed (or,
should the windows have changed since, the first window after it); then the rule holds again.

Failures on our side count for nothing, but hold the contact back by a back-off that doubles. A
skip in preview holds it back by a delay of its own; an appointment that is later goes before it.
Delays (not the back-off) may be made to pass in open hours only.
Who wished to be called back, and keeps a place in a queue for it, is due from the wish on as by an
appointment, and after it by the rule. An appointment beside it stays: the sooner of both brings the
call, and only a call at or after its own time uses it up.
A contact whose days are used up is exhausted, its open appointment honoured before. If it came
to that while waiting, the answer is EXHAUSTED though nobody has written that state yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaigns.contact import Contact, ContactState
from campaigns.hours import (
    Hours,
    day_ends,
    local_date,
    look_again,
    next_open,
    open_time_over,
    open_until,
)
from campaigns.outcomes import Ending, Outcome, rule_of
from campaigns.retry_policy import RetryPolicy

__all__ = [
    "Due",
    "DueBy",
    "RetryPolicy",
    "Settlement",
    "next_due",
    "settle",
]


class DueBy(StrEnum):
    """The rule that sets a time."""

    NEW = "new"
    DELAY = "delay"
    DAILY_CAP = "daily_cap"
    WINDOW = "window"
    APPOINTMENT = "appointment"
    BACKOFF = "backoff"
    SKIPPED = "skipped"
    UNDISPOSED_NEXT_DAY = "undisposed_next_day"
    LAW = "law"
    CALENDAR_ENDS = "calendar_ends"
    EXHAUSTED = "exhausted"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When the contact may be dialed next.

    `at` is never before the `now` that was asked for: equal to it when it may be dialed now,
    None when it never may as things stand (`by`: NEVER or EXHAUSTED). By CALENDAR_ENDS nobody
    knows when it may: `at` is when to look whether a new calendar has come. `mark` and `mark_by`:
    when the contact's own waiting is over (delay, back-off or appointment), before the window
    and the cap had their say; no mark for one that was never tried. `keeps_appointment`: the
    open appointment still holds, neither used up nor missed.
    """

    at: datetime | None
    by: DueBy
    mark: datetime | None = None
    mark_by: DueBy = DueBy.NEW
    keeps_appointment: bool = False

    def waits_by(self, now: datetime) -> DueBy:
        """What holds it back at `now`: its own waiting, and after that what sets the time."""
        return self.mark_by if self.mark is not None and self.mark > now else self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the end of an attempt does: to be written in the transaction of its outcome.

    `state`: the contact's from now on. `retire_number`: the outcome to retire the attempt's
    number with, None to leave it. `next_at`: when the contact may be dialed next (an index hint:
    the verdict is made anew at the claim), set by rule `by`; None unless it stays open. `waits_by`:
    the rule for which it waits just now.
    `do_not_call`: put the person on that list. `close_appointment`: the open appointment is
    used up, missed, or without a purpose.
    """

    state: ContactState
    retire_number: Outcome | None
    next_at: datetime | None
    do_not_call: bool
    close_appointment: bool
    by: DueBy
    waits_by: DueBy


def next_due(  # noqa: PLR0917  # one question: whom, by which plan, in which hours, when
    contact: Contact,
    policy: RetryPolicy,
    hours: Hours,
    zone: ZoneInfo,
    now: datetime,
    not_before: datetime | None = None,
) -> Due:
    """When the contact may be dialed next, seen from `now` (R4, R5).

    `zone`: whose dates the day's dials are counted by, the contact's, else the campaign's.
    `not_before`: until when the law's caps hold it back, appointments too.
    """
    if contact.state is not ContactState.OPEN or not contact.good_numbers:
        return _NEVER
    plan = _Plan(policy, hours, zone, now if not_before is None else max(now, not_before))
    promised = _due_by_appointment(contact, plan, now)
    if contact.place is not None and contact.place.wished_at is not None:
        return _due_by_wish(contact, contact.place.wished_at, plan, now, promised)
    return promised or _due_by_rule(contact, plan, now)


def settle(  # noqa: PLR0917  # told in one breath: whom, what came of it, by which plan, when
    contact: Contact,
    number_id: int,
    outcome: Outcome,
    policy: RetryPolicy,
    hours: Hours,
    zone: ZoneInfo,
    now: datetime,
    not_before: datetime | None = None,
) -> Settlement:
    """What an ended (or amended) attempt does to its number and its contact (R4, R5, R6).

    `contact` is as it stands after the attempt: its history holds the outcome, and a new
    appointment is already the open one. A late word about an exhausted contact is heard; done,
    faulty and withdrawn ones stay what they are. `hours`, `zone`, `not_before`: see `next_due`.
    """
    rule = rule_of(outcome)
    after = contact.with_retired(number_id, outcome) if rule.retires_number else contact
    state = _state_after(after, rule.ends)
    after = after if after.state is state else replace(after, state=state)
    due = next_due(after, policy, hours, zone, now, not_before)
    return Settlement(
        state=ContactState.EXHAUSTED if due.by is DueBy.EXHAUSTED else state,
        retire_number=outcome if rule.retires_number else None,
        next_at=due.at,
        by=due.by,
        waits_by=due.waits_by(now),
        do_not_call=rule.do_not_call,
        close_appointment=contact.appointment is not None and not due.keeps_appointment,
    )


_NEVER = Due(at=None, by=DueBy.NEVER)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class _Plan(NamedTuple):
    """What the rule needs to know beside the contact. `floor`: nothing happens before it."""

    policy: RetryPolicy
    hours: Hours
    zone: ZoneInfo
    floor: datetime

    def opening(self, t: datetime) -> datetime | None:
        return next_open(self.hours, t)

    def over(self, since: datetime, delay: timedelta) -> datetime:
        """When the delay has passed; the end of time if it needs open hours and there are none."""
        if not self.policy.open_hours_only:
            return since + delay
        over = open_time_over(self.hours, since, delay)
        return over or self.hours.known_until or _END_OF_TIME

    def by(self, at: datetime, mark: _Mark | None, now: datetime) -> DueBy:
        """Which rule has set `at`: of several that hold it back, the last one to let go."""
        waited = self.floor if mark is None else max(mark.at, self.floor)
        if at > waited:
            return DueBy.WINDOW
        if self.floor > now and waited == self.floor and (mark is None or mark.at < waited):
            return DueBy.LAW
        return DueBy.NEW if mark is None else mark.by


class _Mark(NamedTuple):
    """When a wait is over, and which rule made it. The later one of two holds."""

    at: datetime
    by: DueBy


# ── the end of an attempt ────────────────────────────────────────────────────────────────


def _state_after(contact: Contact, ending: Ending | None) -> ContactState:
    if contact.state not in (ContactState.OPEN, ContactState.EXHAUSTED):
        return contact.state
    if ending is not None:
        return ContactState(ending.value)
    return ContactState.OPEN if contact.good_numbers else ContactState.FAULTY


# ── by appointment (R4) ──────────────────────────────────────────────────────────────────


def _due_by_appointment(contact: Contact, plan: _Plan, now: datetime) -> Due | None:
    """When the open appointment brings a call; None if there is none, used up or missed."""
    appointment = contact.appointment
    return None if appointment is None else _due_as_asked(contact, appointment.at, plan, now)


def _due_by_wish(
    contact: Contact, wished_at: datetime, plan: _Plan, now: datetime, promised: Due | None
) -> Due:
    """When the wish to be called back brings a call, or the appointment beside it, if sooner."""
    wished = _due_as_asked(contact, wished_at, plan, now) or _due_by_rule(contact, plan, now)
    if promised is None:
        return replace(wished, keeps_appointment=False)
    if wished.at is None or (promised.at is not None and promised.at <= wished.at):
        return promised
    return replace(wished, keeps_appointment=True)


def _due_as_asked(contact: Contact, asked_for: datetime, plan: _Plan, now: datetime) -> Due | None:
    """When a call that was asked for is due; None: one was made since, or the time was missed."""
    last = contact.last_counted
    if last is not None and last.placed_at >= asked_for:
        return None
    opens = plan.opening(asked_for)
    if opens is None:
        return replace(_never(plan, asked_for, now), keeps_appointment=True)
    held = _backoff_mark(contact, plan)
    if held is not None and held.by is DueBy.SKIPPED and _skipped_before(contact, asked_for):
        held = None
    mark = _later(_Mark(asked_for, DueBy.APPOINTMENT), held)
    start = max(mark.at, plan.floor)
    at, closes = plan.opening(start), open_until(plan.hours, opens)
    if at is None or closes is None or at >= closes:
        return None
    by = plan.by(at, mark, now)
    return Due(at=at, by=by, mark=mark.at, mark_by=mark.by, keeps_appointment=True)


def _skipped_before(contact: Contact, at: datetime) -> bool:
    """Whether the skip was of an earlier call than the one promised for `at`."""
    return contact.failures_in_a_row[0].placed_at < at


# ── by the rule (R5) ─────────────────────────────────────────────────────────────────────


def _due_by_rule(contact: Contact, plan: _Plan, now: datetime) -> Due:
    mark = _mark(contact, plan)
    start = plan.floor if mark is None else max(mark.at, plan.floor)
    at, barred, sought = _first_free_day(contact, plan, start)
    if at is None and barred is not DueBy.EXHAUSTED:
        return _never(plan, sought, now)
    return Due(
        at=at,
        by=barred or plan.by(at or start, mark, now),
        mark=None if mark is None else mark.at,
        mark_by=DueBy.NEW if mark is None else mark.by,
    )


def _never(plan: _Plan, start: datetime, now: datetime) -> Due:
    """Nothing opens from `start` on: for good, or only as far as a calendar is known."""
    again = look_again(plan.hours, plan.zone, start, now)
    return _NEVER if again is None else Due(at=again, by=DueBy.CALENDAR_ENDS)


def _first_free_day(
    contact: Contact, plan: _Plan, start: datetime
) -> tuple[datetime | None, DueBy | None, datetime]:
    """The first open instant from `start` whose date is free, and what barred dates before it.

    Also from when on there is no opening, where there is none.
    """
    barred: DueBy | None = None
    sought = start
    while (at := plan.opening(sought)) is not None:
        day = local_date(plan.zone, at)
        bar = _bar(contact, plan, day)
        if bar is None:
            used_up = _days_used_up(contact, plan, day)
            return (None, DueBy.EXHAUSTED, sought) if used_up else (at, barred, sought)
        barred, sought = bar, day_ends(plan.zone, at)
    return None, DueBy.NEVER, sought


def _bar(contact: Contact, plan: _Plan, day: date) -> DueBy | None:
    """What keeps the contact from being dialed on that date, if anything does."""
    last = contact.last_counted
    if last is None or day > local_date(plan.zone, last.placed_at):
        return None
    if last.outcome is not None and rule_of(last.outcome).next_day:
        return DueBy.UNDISPOSED_NEXT_DAY
    dials = contact.dials_on(day, plan.zone)
    return DueBy.DAILY_CAP if dials >= plan.policy.daily_attempts else None


def _days_used_up(contact: Contact, plan: _Plan, day: date) -> bool:
    """Whether an attempt on `day` would make it more days than the policy allows."""
    if len(contact.attempts) < plan.policy.max_days:
        return False
    return len(contact.days_tried(plan.zone) | {day}) > plan.policy.max_days


def _mark(contact: Contact, plan: _Plan) -> _Mark | None:
    backoff, last = _backoff_mark(contact, plan), contact.last_counted
    if last is None:
        return backoff
    over = plan.over(last.placed_at, plan.policy.delay_after(last.outcome))
    return _later(_Mark(over, DueBy.DELAY), backoff)


def _backoff_mark(contact: Contact, plan: _Plan) -> _Mark | None:
    """The end of the back-off for the failures on our side since the last counted attempt."""
    failures = contact.failures_in_a_row
    if not failures:
        return None
    latest = failures[0]
    own_side = sum(past.outcome is not Outcome.SKIPPED for past in failures)
    wait = plan.policy.backoff_after(own_side, latest.outcome)
    if latest.outcome is Outcome.SKIPPED:
        return _Mark(plan.over(latest.placed_at, wait), DueBy.SKIPPED)
    return _Mark(latest.placed_at + wait, DueBy.BACKOFF)


def _later(one: _Mark, other: _Mark | None) -> _Mark:
    return one if other is None or other.at <= one.at else other
