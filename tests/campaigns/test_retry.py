"""The retry rule, case by case: the worked table of the requirements page, and its edges."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.appointments import AppointmentFault, check_appointment
from campaigns.contact import (
    Appointment,
    Contact,
    ContactState,
    PastAttempt,
    PhoneNumber,
    PlaceKept,
)
from campaigns.hours import Hours, Layer
from campaigns.outcomes import Outcome, rule_of
from campaigns.retry import DueBy, RetryPolicy, Settlement, next_due, settle
from campaigns.windows import ALL_DAY, CallingWindows, parse

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
WEEKDAYS = CallingWindows(
    days=((parse("09:00-12:00"), parse("14:00-20:00")),) * 5 + ((),) * 2,
)


def hours(windows: CallingWindows, zone: ZoneInfo = SHANGHAI) -> Hours:
    return Hours(layers=(Layer(windows=windows, zone=zone),))


OFFICE = hours(WEEKDAYS)
ALWAYS = hours(CallingWindows.every_day(ALL_DAY))
NO_WINDOW = hours(CallingWindows(days=((),) * 7))
R5 = RetryPolicy()
BUSY_10 = RetryPolicy(outcome_delays={Outcome.BUSY: timedelta(minutes=10)})
NUMBERS = (
    PhoneNumber(id=2, e164="+862155550002", position=2),
    PhoneNumber(id=1, e164="+862155550001", position=1),
)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def attempt(placed_at: datetime, outcome: Outcome | None = Outcome.NO_ANSWER) -> PastAttempt:
    counted = outcome is None or rule_of(outcome).counted
    return PastAttempt(placed_at=placed_at, outcome=outcome, number_id=1, counted=counted)


def contact(
    *attempts: PastAttempt,
    appointment: datetime | None = None,
    state: ContactState = ContactState.OPEN,
    numbers: tuple[PhoneNumber, ...] = NUMBERS,
    zone: ZoneInfo | None = None,
    reopened_at: datetime | None = None,
) -> Contact:
    return Contact(
        id=1,
        campaign_id=1,
        zone=zone,
        state=state,
        numbers=numbers,
        attempts=attempts,
        appointment=None if appointment is None else Appointment(id=1, at=appointment),
        reopened_at=reopened_at,
    )


def dialed(texts: Sequence[str], outcome: Outcome = Outcome.NO_ANSWER) -> tuple[PastAttempt, ...]:
    return tuple(attempt(shanghai(text), outcome) for text in texts)


# ── the worked table of requirements.md ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("attempts", "outcome", "policy", "windows", "expected", "by"),
    [
        pytest.param(
            ["2026-11-23 09:30"],
            Outcome.NO_ANSWER,
            R5,
            OFFICE,
            "2026-11-23 14:00",
            DueBy.WINDOW,
            id="the mark 13:30 falls into the gap",
        ),
        pytest.param(
            ["2026-11-23 09:00", "2026-11-23 14:00", "2026-11-23 18:00"],
            Outcome.NO_ANSWER,
            R5,
            OFFICE,
            "2026-11-24 09:00",
            DueBy.WINDOW,
            id="three dials roll into the next day",
        ),
        pytest.param(
            ["2026-11-27 17:00"],
            Outcome.NO_ANSWER,
            R5,
            OFFICE,
            "2026-11-30 09:00",
            DueBy.WINDOW,
            id="Friday evening to Monday",
        ),
        pytest.param(
            ["2026-11-23 09:00", "2026-11-23 09:10", "2026-11-23 09:20"],
            Outcome.BUSY,
            BUSY_10,
            OFFICE,
            "2026-11-24 09:00",
            DueBy.DAILY_CAP,
            id="a delay per outcome stays inside the cap",
        ),
        pytest.param(
            ["2026-11-23 14:50", "2026-11-23 18:55", "2026-11-23 23:30"],
            Outcome.NO_ANSWER,
            R5,
            ALWAYS,
            "2026-11-24 03:30",
            DueBy.DELAY,
            id="window all day",
        ),
    ],
)
def test_worked_rows(
    *,
    attempts: list[str],
    outcome: Outcome,
    policy: RetryPolicy,
    windows: Hours,
    expected: str,
    by: DueBy,
) -> None:  # R5
    past = dialed(attempts, outcome)
    due = next_due(contact(*past), policy, windows, SHANGHAI, past[-1].placed_at)
    assert due.at == shanghai(expected)
    assert due.by is by


THREE_DIALS = dialed(["2026-11-23 09:00", "2026-11-23 14:00", "2026-11-23 18:00"])
HALF_PAST_SEVEN = shanghai("2026-11-23 19:30")


def test_worked_row_an_appointment_is_the_fourth_dial_of_the_day() -> None:  # R4
    due = next_due(
        contact(*THREE_DIALS, appointment=HALF_PAST_SEVEN), R5, OFFICE, SHANGHAI, HALF_PAST_SEVEN
    )
    assert due.at == HALF_PAST_SEVEN
    assert due.by is DueBy.APPOINTMENT
    assert due.keeps_appointment


def test_worked_row_a_missed_appointment_goes_back_to_the_rule() -> None:  # R4
    after_close = shanghai("2026-11-23 20:00")
    due = next_due(
        contact(*THREE_DIALS, appointment=HALF_PAST_SEVEN), R5, OFFICE, SHANGHAI, after_close
    )
    assert due.at == shanghai("2026-11-24 09:00")
    assert not due.keeps_appointment


def test_worked_row_an_appointment_at_the_close_is_refused_with_the_nearest_times() -> None:  # R4
    now = shanghai("2026-11-23 18:05")
    refusal = check_appointment(shanghai("2026-11-23 20:00"), OFFICE, now)
    assert refusal is not None
    assert refusal.fault is AppointmentFault.OUTSIDE_WINDOW
    assert refusal.before == shanghai("2026-11-23 19:59")
    assert refusal.after == shanghai("2026-11-24 09:00")


def test_worked_row_four_hours_are_elapsed_time_across_a_clock_change() -> None:  # R5
    half_past_midnight = datetime(2026, 11, 1, 0, 30, tzinfo=NEW_YORK)
    placed = half_past_midnight.astimezone(UTC)
    always = hours(CallingWindows.every_day(ALL_DAY), NEW_YORK)
    due = next_due(contact(attempt(placed)), R5, always, NEW_YORK, placed)
    assert due.at is not None
    local = due.at.astimezone(NEW_YORK)
    assert (local.hour, local.minute, local.tzname()) == (3, 30, "EST")


# ── the rule, further ────────────────────────────────────────────────────────────────────


def test_a_new_contact_is_due_at_once_in_the_window_and_else_at_its_opening() -> None:
    morning, night = shanghai("2026-11-23 09:15"), shanghai("2026-11-23 22:00")
    assert next_due(contact(), R5, OFFICE, SHANGHAI, morning).at == morning
    assert next_due(contact(), R5, OFFICE, SHANGHAI, morning).by is DueBy.NEW
    assert next_due(contact(), R5, OFFICE, SHANGHAI, night).at == shanghai("2026-11-24 09:00")
    assert next_due(contact(), R5, OFFICE, SHANGHAI, night).by is DueBy.WINDOW


def test_a_mark_long_past_waits_only_for_the_window() -> None:
    past = dialed(["2026-11-23 09:00"])
    open_now, closed_now = shanghai("2026-11-25 10:00"), shanghai("2026-11-25 12:30")
    assert next_due(contact(*past), R5, OFFICE, SHANGHAI, open_now).at == open_now
    after_lunch = shanghai("2026-11-25 14:00")
    assert next_due(contact(*past), R5, OFFICE, SHANGHAI, closed_now).at == after_lunch


def test_the_hours_are_those_of_their_zone() -> None:
    morning = shanghai("2026-11-23 09:15")
    due = next_due(contact(), R5, hours(WEEKDAYS, NEW_YORK), NEW_YORK, morning)
    assert due.at == datetime(2026, 11, 23, 9, 0, tzinfo=NEW_YORK).astimezone(UTC)


def test_the_days_count_is_over_all_numbers_of_the_contact() -> None:
    past = tuple(
        PastAttempt(placed_at=shanghai(text), outcome=Outcome.BUSY, number_id=number, counted=True)
        for text, number in [
            ("2026-11-23 09:00", 1),
            ("2026-11-23 09:10", 2),
            ("2026-11-23 09:20", 1),
        ]
    )
    due = next_due(contact(*past), BUSY_10, OFFICE, SHANGHAI, past[-1].placed_at)
    assert due.at == shanghai("2026-11-24 09:00")


def test_a_running_attempt_holds_the_next_one_back() -> None:
    running = attempt(shanghai("2026-11-23 14:00"), None)
    now = shanghai("2026-11-23 14:01")
    due = next_due(contact(running), R5, OFFICE, SHANGHAI, now)
    assert due.at == shanghai("2026-11-23 18:00")


def test_a_claimed_attempt_that_was_not_sent_yet_holds_nothing_back() -> None:
    now = shanghai("2026-11-23 14:01")
    claimed = PastAttempt(placed_at=now, outcome=None, number_id=1, counted=False)
    assert next_due(contact(claimed), R5, OFFICE, SHANGHAI, now).at == now


def test_a_lost_attempt_counts() -> None:
    lost = attempt(shanghai("2026-11-23 14:00"), Outcome.LOST)
    due = next_due(contact(lost), R5, OFFICE, SHANGHAI, lost.placed_at)
    assert due.at == shanghai("2026-11-23 18:00")


def test_an_undisposed_call_waits_for_the_next_local_day_and_the_delay() -> None:
    for placed, expected in [
        ("2026-11-23 09:00", "2026-11-24 00:00"),
        ("2026-11-23 22:00", "2026-11-24 02:00"),
    ]:
        call = attempt(shanghai(placed), Outcome.UNDISPOSED)
        due = next_due(contact(call), R5, ALWAYS, SHANGHAI, call.placed_at)
        assert due.at == shanghai(expected)


def test_an_undisposed_call_says_so_when_it_is_what_holds_the_contact_back() -> None:
    call = attempt(shanghai("2026-11-23 09:00"), Outcome.UNDISPOSED)
    due = next_due(contact(call), R5, OFFICE, SHANGHAI, shanghai("2026-11-23 15:00"))
    assert due.at == shanghai("2026-11-24 09:00")
    assert due.by is DueBy.UNDISPOSED_NEXT_DAY


@pytest.mark.parametrize("state", [state for state in ContactState if state != ContactState.OPEN])
def test_a_contact_that_is_not_open_is_never_due(state: ContactState) -> None:
    due = next_due(contact(state=state), R5, ALWAYS, SHANGHAI, shanghai("2026-11-23 09:00"))
    assert due.at is None
    assert due.by is DueBy.NEVER


def test_without_a_window_nothing_is_ever_due() -> None:
    now = shanghai("2026-11-23 09:00")
    assert next_due(contact(), R5, NO_WINDOW, SHANGHAI, now).by is DueBy.NEVER
    with_appointment = contact(appointment=HALF_PAST_SEVEN)
    assert next_due(with_appointment, R5, NO_WINDOW, SHANGHAI, now).by is DueBy.NEVER


@pytest.mark.parametrize(
    "settings",
    [
        {"daily_attempts": 0},
        {"max_days": 0},
        {"delay": timedelta(seconds=-1)},
        {"outcome_delays": {Outcome.BUSY: timedelta(seconds=-1)}},
        {"skip_delay": timedelta(seconds=-1)},
        {"own_side_backoff": timedelta(0)},
        {"own_side_backoff_max": timedelta(seconds=1)},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"must"):
        RetryPolicy(**settings)  # type: ignore[arg-type]  # one wrong setting each


# ── skipped in preview ───────────────────────────────────────────────────────────────────


def skipped(text: str) -> PastAttempt:
    return attempt(shanghai(text), Outcome.SKIPPED)


def test_a_skipped_contact_rests_as_long_as_after_a_call_and_counts_for_nothing() -> None:
    past = (*dialed(["2026-11-23 09:00"]), skipped("2026-11-23 14:00"))
    due = next_due(contact(*past), R5, OFFICE, SHANGHAI, past[-1].placed_at)
    assert (due.at, due.by) == (shanghai("2026-11-23 18:00"), DueBy.SKIPPED)
    assert contact(*past).dials_on(past[-1].placed_at.date(), SHANGHAI) == 1


def test_a_campaign_sets_how_long_a_skipped_contact_rests() -> None:
    policy = RetryPolicy(skip_delay=timedelta(minutes=20))
    often = tuple(skipped(f"2026-11-23 {hour:02}:00") for hour in (9, 10, 11))
    due = next_due(contact(*often), policy, OFFICE, SHANGHAI, often[-1].placed_at)
    assert due.at == shanghai("2026-11-23 11:20")  # skips are no failures: nothing doubles


def test_skips_before_a_failure_on_our_side_do_not_double_its_back_off() -> None:
    past = (skipped("2026-11-23 09:00"), attempt(shanghai("2026-11-23 14:00"), Outcome.NOT_SENT))
    due = next_due(contact(*past), R5, OFFICE, SHANGHAI, past[-1].placed_at)
    assert (due.at, due.by) == (shanghai("2026-11-23 14:01"), DueBy.BACKOFF)


def test_an_appointment_after_the_skip_is_kept_one_before_it_was_what_was_skipped() -> None:  # R4
    past = skipped("2026-11-23 15:00")
    for at, expected in [("16:00", "16:00"), ("14:30", "19:00")]:
        promised = contact(past, appointment=shanghai(f"2026-11-23 {at}"))
        due = next_due(promised, R5, OFFICE, SHANGHAI, past.placed_at)
        assert due.at == shanghai(f"2026-11-23 {expected}")


# ── failures on our side ─────────────────────────────────────────────────────────────────


def failures(*texts: str) -> tuple[PastAttempt, ...]:
    return tuple(attempt(shanghai(text), Outcome.FAILED) for text in texts)


@pytest.mark.parametrize(
    ("placed", "expected"),
    [
        (["10:00:00"], "10:01:00"),
        (["10:00:00", "10:01:00"], "10:03:00"),
        (["10:00:00", "10:01:00", "10:03:00"], "10:07:00"),
        ([f"10:{minute:02}:00" for minute in range(10)], "11:09:00"),
    ],
)
def test_the_back_off_doubles_up_to_its_limit(placed: list[str], expected: str) -> None:
    past = failures(*(f"2026-11-23 {time}" for time in placed))
    due = next_due(contact(*past), R5, OFFICE, SHANGHAI, past[-1].placed_at)
    assert due.at == shanghai(f"2026-11-23 {expected}")
    assert due.by is DueBy.BACKOFF


def test_failures_on_our_side_take_none_of_the_days_dials() -> None:
    past = (
        *dialed(["2026-11-23 09:00", "2026-11-23 14:00"]),
        *failures("2026-11-23 18:00", "2026-11-23 18:01"),
    )
    due = next_due(contact(*past), R5, OFFICE, SHANGHAI, past[-1].placed_at)
    assert due.at == shanghai("2026-11-23 18:03")


def test_a_counted_attempt_ends_the_row_of_failures() -> None:
    past = (*failures("2026-11-23 09:00", "2026-11-23 09:01"), *dialed(["2026-11-23 09:03"]))
    due = next_due(contact(*past), R5, OFFICE, SHANGHAI, past[-1].placed_at)
    assert due.mark == shanghai("2026-11-23 13:03")
    assert due.mark_by is DueBy.DELAY


def test_a_longer_delay_for_congestion_takes_the_place_of_the_back_off() -> None:
    policy = RetryPolicy(outcome_delays={Outcome.CONGESTION: timedelta(minutes=30)})
    jam = attempt(shanghai("2026-11-23 10:00"), Outcome.CONGESTION)
    due = next_due(contact(jam), policy, OFFICE, SHANGHAI, jam.placed_at)
    assert due.at == shanghai("2026-11-23 10:30")


# ── appointments (R4) ────────────────────────────────────────────────────────────────────


def test_an_open_appointment_keeps_the_rule_from_dialing_earlier() -> None:
    past = dialed(["2026-11-23 09:00"])
    tomorrow = shanghai("2026-11-24 15:00")
    booked = contact(*past, appointment=tomorrow)
    assert next_due(booked, R5, OFFICE, SHANGHAI, shanghai("2026-11-23 18:00")).at == tomorrow


WEDNESDAY = shanghai("2026-11-25 15:00")


def wished(at: str, *past: PastAttempt, appointment: datetime | None = WEDNESDAY) -> Contact:
    place = PlaceKept(queue="waihu-inbound", joined_at=shanghai(at), wished_at=shanghai(at))
    return replace(contact(*past, appointment=appointment), place=place)


@pytest.mark.parametrize(
    ("past", "now", "at"),
    [
        pytest.param([], "2026-11-23 09:05", "2026-11-23 09:05", id="at once"),
        pytest.param(
            ["2026-11-23 08:50", "2026-11-23 08:55", "2026-11-23 08:58"],
            "2026-11-23 09:05",
            "2026-11-23 09:05",
            id="the day's cap does not hold it",
        ),
        pytest.param(["2026-11-23 09:05"], "2026-11-23 09:06", "2026-11-23 14:00", id="by rule"),
        pytest.param(
            ["2026-11-25 12:00"], "2026-11-25 14:01", "2026-11-25 15:00", id="promised sooner"
        ),
    ],
)
def test_a_wish_is_due_beside_an_appointment_which_stays(  # R4, R5
    past: list[str], now: str, at: str
) -> None:
    due = next_due(wished("2026-11-23 09:00", *dialed(past)), R5, OFFICE, SHANGHAI, shanghai(now))
    assert (due.at, due.keeps_appointment) == (shanghai(at), True)


def test_a_wish_alone_keeps_no_appointment_and_is_tried_by_the_rule() -> None:
    alone = wished("2026-11-23 09:00", *dialed(["2026-11-23 09:05"]), appointment=None)
    due = next_due(alone, R5, OFFICE, SHANGHAI, shanghai("2026-11-23 09:06"))
    assert (due.at, due.keeps_appointment) == (shanghai("2026-11-23 14:00"), False)


def test_an_appointment_ignores_the_delay() -> None:
    past = dialed(["2026-11-23 14:00"])
    soon = shanghai("2026-11-23 14:30")
    assert next_due(contact(*past, appointment=soon), R5, OFFICE, SHANGHAI, soon).at == soon


def test_an_appointment_is_due_until_its_window_closes() -> None:
    late = shanghai("2026-11-23 19:59:59")
    booked = contact(*THREE_DIALS, appointment=HALF_PAST_SEVEN)
    assert next_due(booked, R5, OFFICE, SHANGHAI, late).at == late


def test_a_counted_attempt_at_or_after_it_uses_an_appointment_up() -> None:
    used = contact(*THREE_DIALS, attempt(HALF_PAST_SEVEN), appointment=HALF_PAST_SEVEN)
    due = next_due(used, R5, OFFICE, SHANGHAI, shanghai("2026-11-23 19:31"))
    assert due.at == shanghai("2026-11-24 09:00")
    assert not due.keeps_appointment


def test_a_failure_on_our_side_does_not_use_it_up_but_waits_for_its_back_off() -> None:
    failed = attempt(HALF_PAST_SEVEN, Outcome.FAILED)
    booked = contact(*THREE_DIALS, failed, appointment=HALF_PAST_SEVEN)
    due = next_due(booked, R5, OFFICE, SHANGHAI, HALF_PAST_SEVEN)
    assert due.at == HALF_PAST_SEVEN + timedelta(minutes=1)
    assert due.by is DueBy.BACKOFF
    assert due.keeps_appointment


def test_an_appointment_whose_window_was_taken_away_waits_for_the_next_one() -> None:
    saturday = shanghai("2026-11-28 10:00")
    booked = contact(appointment=saturday)
    monday = shanghai("2026-11-30 09:00")
    assert next_due(booked, R5, OFFICE, SHANGHAI, saturday).at == monday


def test_an_appointment_in_the_window_may_be_made() -> None:
    now = shanghai("2026-11-23 18:05")
    assert check_appointment(HALF_PAST_SEVEN, OFFICE, now) is None


def test_an_appointment_in_the_past_is_refused_with_the_next_open_time() -> None:
    now = shanghai("2026-11-23 20:05")
    refusal = check_appointment(HALF_PAST_SEVEN, OFFICE, now)
    assert refusal is not None
    assert refusal.fault is AppointmentFault.PAST
    assert refusal.before is None
    assert refusal.after == shanghai("2026-11-24 09:00")


# ── what an ended attempt does (R6) ──────────────────────────────────────────────────────


def settled(
    outcome: Outcome,
    *,
    appointment: datetime | None = None,
    numbers: tuple[PhoneNumber, ...] = NUMBERS,
    state: ContactState = ContactState.OPEN,
) -> Settlement:
    placed = shanghai("2026-11-23 09:00")
    after = contact(attempt(placed, outcome), appointment=appointment, numbers=numbers, state=state)
    return settle(after, 1, outcome, R5, OFFICE, SHANGHAI, placed + timedelta(minutes=1))


@pytest.mark.parametrize("outcome", Outcome)
def test_an_outcome_ends_the_contact_or_gives_it_a_next_time(outcome: Outcome) -> None:
    settlement = settled(outcome)
    assert (settlement.state is ContactState.OPEN) == (settlement.next_at is not None)


@pytest.mark.parametrize("outcome", [Outcome.VACANT, Outcome.FAX, Outcome.NUMBER_CHANGED])
def test_a_wrong_number_is_retired_and_the_next_one_tried(outcome: Outcome) -> None:  # R6
    settlement = settled(outcome)
    assert settlement.retire_number is outcome
    assert settlement.state is ContactState.OPEN
    assert settlement.next_at == shanghai("2026-11-23 14:00")


def test_a_contact_is_faulty_when_its_last_number_is_wrong() -> None:  # R6
    second_gone = (PhoneNumber(id=2, e164="+862155550002", position=2, retired=Outcome.FAX),)
    settlement = settled(Outcome.VACANT, numbers=(NUMBERS[1], *second_gone))
    assert settlement.state is ContactState.FAULTY
    assert settlement.next_at is None


def test_a_wrong_record_makes_the_contact_faulty_whatever_numbers_it_has() -> None:  # R6
    settlement = settled(Outcome.WRONG_RECORD)
    assert settlement.state is ContactState.FAULTY
    assert settlement.retire_number is None


def test_a_refusal_is_final_and_do_not_call() -> None:
    settlement = settled(Outcome.REFUSED)
    assert settlement.state is ContactState.DONE
    assert settlement.do_not_call


def test_a_new_appointment_is_the_next_time() -> None:  # R4
    settlement = settled(Outcome.APPOINTMENT, appointment=HALF_PAST_SEVEN)
    assert settlement.next_at == HALF_PAST_SEVEN
    assert settlement.by is DueBy.APPOINTMENT
    assert not settlement.close_appointment


def test_the_attempt_of_an_appointment_closes_it() -> None:  # R4
    settlement = settled(Outcome.NO_ANSWER, appointment=shanghai("2026-11-23 09:00"))
    assert settlement.close_appointment
    assert settlement.next_at == shanghai("2026-11-23 14:00")


def test_a_success_leaves_no_appointment_behind() -> None:
    assert settled(Outcome.SUCCESS, appointment=HALF_PAST_SEVEN).close_appointment


def test_a_contact_withdrawn_during_its_call_stays_withdrawn() -> None:
    assert settled(Outcome.BUSY, state=ContactState.WITHDRAWN).state is ContactState.WITHDRAWN


def days(count: int, last: Outcome = Outcome.NO_ANSWER) -> tuple[PastAttempt, ...]:
    first = shanghai("2026-11-02 17:00")
    placed = [first + timedelta(days=day) for day in range(count)]
    return (*(attempt(at) for at in placed[:-1]), attempt(placed[-1], last))


def settled_after(past: Contact, outcome: Outcome = Outcome.NO_ANSWER) -> Settlement:
    now = past.attempts[-1].placed_at + timedelta(minutes=1)
    return settle(past, 1, outcome, R5, ALWAYS, SHANGHAI, now)


def test_ten_days_with_attempts_exhaust_a_contact() -> None:
    assert settled_after(contact(*days(9))).state is ContactState.OPEN
    settlement = settled_after(contact(*days(10)))
    # 21:00 of the tenth day is still that day: its three dials are the contact's due.
    assert settlement.state is ContactState.OPEN
    assert settlement.next_at == days(10)[-1].placed_at + timedelta(hours=4)
    late = attempt(days(10)[-1].placed_at + timedelta(hours=4))
    settlement = settled_after(contact(*days(10), late))
    assert settlement.state is ContactState.EXHAUSTED
    assert settlement.next_at is None


def test_an_eleventh_day_never_comes_even_if_the_tenth_passed_unused() -> None:
    now = days(10)[-1].placed_at + timedelta(days=2)
    due = next_due(contact(*days(10)), R5, ALWAYS, SHANGHAI, now)
    assert due.at is None
    assert due.by is DueBy.EXHAUSTED


def test_a_reopened_contact_starts_its_ten_days_anew() -> None:
    reopened = contact(*days(10), reopened_at=days(10)[-1].placed_at + timedelta(hours=1))
    now = days(10)[-1].placed_at + timedelta(days=2)
    assert next_due(reopened, R5, ALWAYS, SHANGHAI, now).at == now


def test_an_appointment_is_honoured_before_a_contact_is_exhausted() -> None:
    later = days(10)[-1].placed_at + timedelta(days=3)
    booked = contact(*days(10, Outcome.APPOINTMENT), appointment=later)
    settlement = settled_after(booked, Outcome.APPOINTMENT)
    assert settlement.state is ContactState.OPEN
    assert settlement.next_at == later
    used = contact(*days(10, Outcome.APPOINTMENT), attempt(later), appointment=later)
    assert settled_after(used).state is ContactState.EXHAUSTED


def test_a_late_word_about_an_exhausted_contact_is_heard() -> None:
    past = days(10, Outcome.SUCCESS)
    amended = contact(*past, state=ContactState.EXHAUSTED)
    assert settled_after(amended, Outcome.SUCCESS).state is ContactState.DONE


# ── delays that pass in open hours only ──────────────────────────────────────────────────

IN_OPEN_HOURS = RetryPolicy(
    open_hours_only=True, outcome_delays={Outcome.BUSY: timedelta(minutes=10)}
)


@pytest.mark.parametrize(
    ("placed", "outcome", "expected"),
    [
        pytest.param("2026-11-23 11:00", Outcome.NO_ANSWER, "2026-11-23 17:00", id="over lunch"),
        pytest.param("2026-11-23 17:00", Outcome.NO_ANSWER, "2026-11-24 10:00", id="over night"),
        pytest.param("2026-11-27 18:00", Outcome.NO_ANSWER, "2026-11-30 11:00", id="a weekend"),
        pytest.param("2026-11-23 16:00", Outcome.NO_ANSWER, "2026-11-24 09:00", id="at a close"),
        pytest.param("2026-11-23 11:55", Outcome.BUSY, "2026-11-23 14:05", id="ten minutes"),
        pytest.param("2026-11-23 14:00", Outcome.NO_ANSWER, "2026-11-23 18:00", id="within one"),
    ],
)
def test_a_delay_may_pass_in_open_hours_only(placed: str, outcome: Outcome, expected: str) -> None:
    (past,) = dialed([placed], outcome)
    due = next_due(contact(past), IN_OPEN_HOURS, OFFICE, SHANGHAI, past.placed_at)
    assert due.at == shanghai(expected)


def test_the_back_off_is_elapsed_time_all_the_same() -> None:
    ours = attempt(shanghai("2026-11-23 11:59:30"), Outcome.FAILED)
    due = next_due(contact(ours), IN_OPEN_HOURS, OFFICE, SHANGHAI, ours.placed_at)
    assert due.mark == shanghai("2026-11-23 12:00:30")


def test_a_skipped_contact_rests_in_open_hours_as_after_a_call() -> None:
    skipped = attempt(shanghai("2026-11-23 11:00"), Outcome.SKIPPED)
    due = next_due(contact(skipped), IN_OPEN_HOURS, OFFICE, SHANGHAI, skipped.placed_at)
    assert (due.at, due.by) == (shanghai("2026-11-23 17:00"), DueBy.SKIPPED)


def test_without_open_hours_the_delay_never_passes() -> None:
    (past,) = dialed(["2026-11-23 11:00"])
    due = next_due(contact(past), IN_OPEN_HOURS, NO_WINDOW, SHANGHAI, past.placed_at)
    assert (due.at, due.by) == (None, DueBy.NEVER)


# ── what the law's caps hold back ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("past", "not_before", "expected", "by"),
    [
        ([], "2026-11-23 15:00", "2026-11-23 15:00", DueBy.LAW),
        ([], "2026-11-23 12:30", "2026-11-23 14:00", DueBy.WINDOW),
        ([], "2026-11-23 08:00", "2026-11-23 10:00", DueBy.NEW),
        (["2026-11-23 09:30"], "2026-11-23 16:00", "2026-11-23 16:00", DueBy.LAW),
        (["2026-11-23 10:30"], "2026-11-23 14:00", "2026-11-23 14:30", DueBy.DELAY),
        (["2026-11-23 09:30"], "2026-11-30 10:00", "2026-11-30 10:00", DueBy.LAW),
    ],
)
def test_nothing_happens_before_the_law_lets_it(
    past: list[str], not_before: str, expected: str, by: DueBy
) -> None:
    now, person = shanghai("2026-11-23 10:00"), contact(*dialed(past))
    due = next_due(person, R5, OFFICE, SHANGHAI, now, shanghai(not_before))
    assert (due.at, due.by) == (shanghai(expected), by)
    settled = settle(
        person, 1, Outcome.NO_ANSWER, R5, OFFICE, SHANGHAI, now, not_before=shanghai(not_before)
    )
    assert settled.next_at == shanghai(expected)


def test_an_appointment_waits_for_the_law_within_its_window_and_is_missed_after_it() -> None:
    booked = contact(appointment=HALF_PAST_SEVEN)
    now = shanghai("2026-11-23 10:00")
    due = next_due(booked, R5, OFFICE, SHANGHAI, now, shanghai("2026-11-23 19:45"))
    assert (due.at, due.by) == (shanghai("2026-11-23 19:45"), DueBy.LAW)
    assert due.keeps_appointment
    missed = next_due(booked, R5, OFFICE, SHANGHAI, now, shanghai("2026-11-23 20:30"))
    assert missed.at == shanghai("2026-11-24 09:00")
    assert not missed.keeps_appointment
