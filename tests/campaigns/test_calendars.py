"""Public holidays and make-up workdays: which windows a day has, and where knowledge ends."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.appointments import check_appointment
from campaigns.calendars import Calendar, Holidays, unknown
from campaigns.campaign import Campaign, CampaignState, Kind, Mode
from campaigns.campaign_hours import due_in, hours_in, hours_of, zone_for
from campaigns.contact import Appointment, Contact, ContactState, PastAttempt, PhoneNumber
from campaigns.hours import is_open, local_date, look_again, next_open, open_until
from campaigns.judge import Code, Facts, judge
from campaigns.outcomes import Outcome, rule_of
from campaigns.retry import DueBy, RetryPolicy, settle
from campaigns.windows import CallingWindows, parse

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def days(first: str, last: str) -> frozenset[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return frozenset(begin + timedelta(days=step) for step in range((end - begin).days + 1))


CN = Calendar(
    name="CN",
    holidays=days("2026-02-15", "2026-02-23") | days("2026-10-01", "2026-10-07"),
    workdays=frozenset(
        {date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)}
    ),
    first=date(2026, 1, 1),
    last=date(2026, 12, 31),
)
WEEK = CallingWindows(
    days=((parse("09:00-12:00"), parse("14:00-20:00")),) * 5
    + ((parse("10:00-12:00"),), (parse("15:00-16:00"),)),
)
CAMPAIGN = Campaign(
    id=1,
    name="autumn",
    kind=Kind.CALLBACK,
    mode=Mode.PROGRESSIVE,
    dial_string="PJSIP/{number}@trunk",
    caller_id="4005550100",
    queue="waihu-callback",
    ring_timeout_s=30,
    windows=WEEK,
    zone=SHANGHAI,
    retry=RetryPolicy(),
    max_calls=10,
    cps=2.0,
    wrap_up_s=60,
    calendar=CN,
)
OPEN_ENDS = [
    outcome
    for outcome in Outcome
    if rule_of(outcome).ends is None and not rule_of(outcome).retires_number
]
AS_SUNDAY = replace(CAMPAIGN, holidays=Holidays.AS_SUNDAY)
CONTACT = Contact(
    id=1,
    campaign_id=1,
    zone=None,
    state=ContactState.OPEN,
    numbers=(PhoneNumber(id=1, e164="+862155550001", position=1),),
    attempts=(),
    appointment=None,
)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def facts(campaign: Campaign = CAMPAIGN, contact: Contact = CONTACT) -> Facts:
    return Facts(
        campaign=campaign,
        campaign_state=CampaignState.RUNNING,
        contact=contact,
        do_not_call=None,
        in_call=False,
        engine=None,
    )


def tried(*texts: str) -> Contact:
    past = tuple(
        PastAttempt(placed_at=shanghai(text), outcome=Outcome.BUSY, number_id=1, counted=True)
        for text in texts
    )
    return replace(CONTACT, attempts=past)


# ── the value ────────────────────────────────────────────────────────────────────────────


def test_a_day_is_a_holiday_or_a_workday_not_both() -> None:
    with pytest.raises(ValueError, match="2026-10-01 is both"):
        replace(CN, workdays=frozenset({date(2026, 10, 1)}))


def test_a_span_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        replace(CN, last=date(2025, 12, 31))


def test_only_the_span_is_covered_and_without_ends_everything() -> None:
    assert CN.is_covered(date(2026, 1, 1))
    assert CN.is_covered(date(2026, 12, 31))
    assert not CN.is_covered(date(2025, 12, 31))
    assert not CN.is_covered(date(2027, 1, 1))
    endless = replace(CN, first=None, last=None)
    assert endless.is_covered(date.min)
    assert endless.is_covered(date.max)


def test_equal_calendars_are_equal_keys() -> None:
    assert hash(CN) == hash(replace(CN))
    assert CN == replace(CN) != replace(CN, name="TW")


# ── the windows of a day ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "closed", "as_sunday"),
    [
        ("2026-10-01 09:30", False, False),  # a Thursday, National Day
        ("2026-10-01 15:30", False, True),
        ("2026-10-08 09:30", True, True),  # the Thursday after
        ("2026-10-10 09:30", True, True),  # a Saturday that is worked: Monday's windows
        ("2026-10-10 19:30", True, True),
        ("2026-09-20 09:30", True, True),  # a Sunday that is worked
        ("2026-10-17 09:30", False, False),  # a Saturday
        ("2026-10-17 10:30", True, True),
        ("2026-10-18 15:30", True, True),  # a Sunday
    ],
)
def test_a_holiday_is_closed_or_a_sunday_and_a_make_up_workday_is_a_monday(
    text: str,
    closed: bool,  # noqa: FBT001  # a column of the table
    as_sunday: bool,  # noqa: FBT001  # same
) -> None:
    t = shanghai(text)
    assert is_open(hours_in(CAMPAIGN, None), t) is closed
    assert is_open(hours_in(AS_SUNDAY, None), t) is as_sunday


def test_a_holiday_is_a_day_of_the_contacts_own_zone() -> None:
    hours = hours_in(CAMPAIGN, NEW_YORK)
    wednesday_evening = datetime(2026, 9, 30, 19, 30, tzinfo=NEW_YORK)
    assert local_date(SHANGHAI, wednesday_evening) == date(2026, 10, 1)
    assert is_open(hours, wednesday_evening)
    assert not is_open(hours, wednesday_evening + timedelta(hours=14))


def test_over_the_spring_festival_the_next_opening_is_nine_days_ahead() -> None:
    hours = hours_in(CAMPAIGN, None)
    assert next_open(hours, shanghai("2026-02-14 19:59")) == shanghai("2026-02-14 19:59")
    assert next_open(hours, shanghai("2026-02-14 20:00")) == shanghai("2026-02-24 09:00")
    assert open_until(hours, shanghai("2026-02-14 19:59")) == shanghai("2026-02-14 20:00")


# ── whose clock and whose days ───────────────────────────────────────────────────────────


def test_the_contacts_own_zone_goes_before_the_campaigns() -> None:
    abroad = replace(CONTACT, zone=NEW_YORK)
    assert zone_for(CAMPAIGN, abroad) == NEW_YORK
    assert zone_for(CAMPAIGN, CONTACT) == SHANGHAI
    assert hours_of(CAMPAIGN, abroad) == hours_in(CAMPAIGN, NEW_YORK)
    due = due_in(CAMPAIGN, abroad, shanghai("2026-11-23 09:00"))
    assert due.at == datetime(2026, 11, 23, 9, 0, tzinfo=NEW_YORK).astimezone(UTC)


def test_the_same_hours_are_made_once() -> None:
    assert hours_of(CAMPAIGN, CONTACT) is hours_of(replace(CAMPAIGN, name="other"), CONTACT)


# ── the judge on a holiday ───────────────────────────────────────────────────────────────


def test_on_a_holiday_the_verdict_names_it_and_the_next_opening() -> None:
    verdict = judge(facts(), shanghai("2026-10-01 10:00"))
    assert verdict.code is Code.HOLIDAY
    opens = shanghai("2026-10-08 09:00")
    assert verdict.params == {"calendar": "CN", "opens": opens}
    assert verdict.until == opens


def test_a_holiday_goes_before_the_retry_rule_and_until_is_when_neither_objects() -> None:
    waiting = tried("2026-09-30 19:30")
    verdict = judge(facts(contact=waiting), shanghai("2026-10-01 10:00"))
    assert verdict.code is Code.HOLIDAY
    assert verdict.until == shanghai("2026-10-08 09:00")


def test_one_whose_days_are_used_up_is_exhausted_on_a_holiday_too() -> None:
    once = replace(CAMPAIGN, retry=RetryPolicy(max_days=1))
    verdict = judge(facts(once, tried("2026-09-30 19:30")), shanghai("2026-10-01 10:00"))
    assert verdict.code is Code.CONTACT_EXHAUSTED, "a holiday without an end would hide it for good"


def test_a_holiday_kept_as_a_sunday_has_sundays_windows() -> None:
    verdict = judge(facts(AS_SUNDAY), shanghai("2026-10-01 15:30"))
    assert verdict.code is Code.YES
    no = judge(facts(AS_SUNDAY), shanghai("2026-10-01 16:00"))
    assert no.code is Code.HOLIDAY
    assert no.until == shanghai("2026-10-02 15:00")


def test_an_appointment_on_a_holiday_is_refused_with_the_days_around_it() -> None:  # R4
    hours, now = hours_in(CAMPAIGN, None), shanghai("2026-09-30 10:00")
    refusal = check_appointment(shanghai("2026-10-03 10:00"), hours, now)
    assert refusal is not None
    assert refusal.before == shanghai("2026-09-30 19:59")
    assert refusal.after == shanghai("2026-10-08 09:00")


# ── past the last day ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "again"),
    [
        ("2026-12-31 20:00", "2027-01-01 00:00"),
        ("2027-01-01 00:00", "2027-01-02 00:00"),
        ("2027-01-01 10:00", "2027-01-02 00:00"),
        ("2027-06-01 10:00", "2027-06-02 00:00"),
    ],
)
def test_past_the_last_day_nobody_is_called_and_every_midnight_is_looked_again(
    now: str, again: str
) -> None:
    verdict = judge(facts(), shanghai(now))
    assert verdict.code is Code.CALENDAR_ENDS
    assert verdict.params == {"calendar": "CN", "last": "2026-12-31"}
    assert verdict.until == shanghai(again)
    assert due_in(CAMPAIGN, CONTACT, shanghai(now)).by is DueBy.CALENDAR_ENDS


def test_up_to_the_last_close_of_the_last_day_calls_are_made() -> None:
    assert judge(facts(), shanghai("2026-12-31 19:59")).dialable


def test_one_who_would_be_due_after_the_last_day_waits_for_a_calendar() -> None:  # R5
    now = shanghai("2026-12-31 19:00")
    waiting = tried("2026-12-31 18:00")
    verdict = judge(facts(contact=waiting), now)
    assert (verdict.code, verdict.until) == (Code.CALENDAR_ENDS, shanghai("2027-01-01 00:00"))
    settled = settle(
        waiting, 1, Outcome.BUSY, RetryPolicy(), hours_in(CAMPAIGN, None), SHANGHAI, now
    )
    assert settled.state is ContactState.OPEN
    assert settled.next_at == shanghai("2027-01-01 00:00"), "it must not be forgotten"


def test_an_open_appointment_is_kept_until_a_calendar_comes() -> None:  # R4
    booked = replace(CONTACT, appointment=Appointment(id=1, at=shanghai("2027-01-04 10:00")))
    due = due_in(CAMPAIGN, booked, shanghai("2027-01-02 10:00"))
    assert due.by is DueBy.CALENDAR_ENDS
    assert due.keeps_appointment
    longer = replace(CAMPAIGN, calendar=replace(CN, last=date(2027, 12, 31)))
    assert due_in(longer, booked, shanghai("2027-01-02 10:00")).at == shanghai("2027-01-04 10:00")


def test_with_the_next_years_calendar_the_campaign_dials_on() -> None:
    longer = replace(CAMPAIGN, calendar=replace(CN, last=date(2027, 12, 31)))
    assert judge(facts(longer), shanghai("2027-01-04 10:00")).dialable


def test_with_a_calendar_of_which_only_the_name_is_known_nobody_is_called() -> None:
    nameless = replace(CAMPAIGN, calendar=unknown("CN"))
    assert not unknown("CN").is_known
    assert judge(facts(nameless), shanghai("2026-11-23 10:00")).code is Code.CALENDAR_ENDS


def test_before_its_first_day_nothing_is_open_either() -> None:
    verdict = judge(facts(), shanghai("2025-12-30 10:00"))
    assert not verdict.dialable
    assert verdict.until == shanghai("2026-01-01 09:00")


def test_without_any_window_it_is_not_the_calendars_fault() -> None:
    nothing = replace(CAMPAIGN, windows=CallingWindows(days=((),) * 7))
    now = shanghai("2027-01-04 10:00")
    assert look_again(hours_in(nothing, None), SHANGHAI, now, now) is None
    assert judge(facts(nothing), now).code is Code.NO_WINDOW


@example([1536], Outcome.UNDISPOSED, 0, CAMPAIGN, False)
@given(
    st.lists(st.integers(0, 20 * 96), max_size=12),
    st.sampled_from(sorted(OPEN_ENDS)),
    st.integers(0, 30 * 96),
    st.sampled_from([CAMPAIGN, AS_SUNDAY]),
    st.booleans(),
)
def test_an_open_contact_is_never_told_no_without_a_time_to_look_again(
    placed: list[int],
    outcome: Outcome,
    now: int,
    campaign: Campaign,
    open_hours_only: bool,  # noqa: FBT001  # drawn
) -> None:
    start, step = shanghai("2026-12-15 00:00"), timedelta(minutes=15)
    past = tuple(
        PastAttempt(
            placed_at=start + quarter * step,
            outcome=outcome,
            number_id=1,
            counted=rule_of(outcome).counted,
        )
        for quarter in sorted(placed)
    )
    policy = RetryPolicy(open_hours_only=open_hours_only, max_days=4)
    t = start + now * step
    verdict = judge(facts(replace(campaign, retry=policy), replace(CONTACT, attempts=past)), t)
    final = verdict.code is Code.CONTACT_EXHAUSTED
    assert verdict.until is not None or final
    assert verdict.until is None or verdict.until > t
