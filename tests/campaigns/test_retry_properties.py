"""R4 and R5 over random histories, zones, windows and clock changes."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.contact import Appointment, Contact, ContactState, PastAttempt, PhoneNumber
from campaigns.hours import Hours, Layer
from campaigns.outcomes import Outcome, rule_of
from campaigns.retry import DueBy, RetryPolicy, check_appointment, next_due, settle
from campaigns.windows import CallingWindows, Window

ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Shanghai",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Africa/Casablanca",
        "Asia/Kathmandu",
        "Pacific/Apia",
    )
]
# Days at whose heels a clock change comes in one of the zones, and a quiet one.
STARTS = [
    datetime(2026, 10, 30, tzinfo=UTC),  # New York falls back
    datetime(2026, 3, 6, tzinfo=UTC),  # New York springs forward
    datetime(2026, 10, 2, tzinfo=UTC),  # Lord Howe springs forward by half an hour
    datetime(2026, 4, 3, tzinfo=UTC),  # Lord Howe falls back
    datetime(2018, 11, 2, tzinfo=UTC),  # Sao Paulo has no midnight
    datetime(2018, 2, 16, tzinfo=UTC),  # Sao Paulo has one twice
    datetime(2011, 12, 28, tzinfo=UTC),  # Apia has no 30 December
    datetime(2026, 11, 20, tzinfo=UTC),
]
STEP = timedelta(minutes=15)
OPEN_ENDS = [outcome for outcome in Outcome if rule_of(outcome).ends is None]
NUMBER = PhoneNumber(id=1, e164="+862155550001", position=1)


def hours(windows: CallingWindows, zone: ZoneInfo) -> Hours:
    return Hours(layers=(Layer(windows=windows, zone=zone),))


@st.composite
def any_day(draw: st.DrawFn) -> tuple[Window, ...]:
    """Up to three windows on whole quarters of an hour."""
    edges = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    return tuple(
        Window(open=opens * 15, close=closes * 15)
        for opens, closes in zip(edges[::2], edges[1::2], strict=False)
    )


any_windows = st.builds(lambda *days: CallingWindows(days=days), *(any_day() for _ in range(7)))
some_windows = any_windows.filter(lambda windows: any(windows.days))
any_zone = st.sampled_from(ZONES)
quarters = st.integers(1, 40).map(lambda count: count * STEP)
any_policy = st.builds(
    RetryPolicy,
    delay=quarters,
    daily_attempts=st.integers(1, 4),
    max_days=st.integers(1, 5),
    outcome_delays=st.dictionaries(st.sampled_from([Outcome.BUSY, Outcome.MACHINE]), quarters),
    own_side_backoff=st.just(STEP),
)


@st.composite
def any_history(draw: st.DrawFn, start: datetime) -> tuple[PastAttempt, ...]:
    placed = sorted(draw(st.lists(st.integers(0, 4 * 96), max_size=14)))
    return tuple(
        attempt(start + quarter * STEP, draw(st.sampled_from(OPEN_ENDS))) for quarter in placed
    )


def attempt(placed_at: datetime, outcome: Outcome) -> PastAttempt:
    return PastAttempt(
        placed_at=placed_at, outcome=outcome, number_id=1, counted=rule_of(outcome).counted
    )


def contact(
    attempts: tuple[PastAttempt, ...], zone: ZoneInfo, appointment: datetime | None = None
) -> Contact:
    return Contact(
        id=1,
        campaign_id=1,
        zone=zone,
        state=ContactState.OPEN,
        numbers=(NUMBER,),
        attempts=attempts,
        appointment=None if appointment is None else Appointment(id=1, at=appointment),
    )


def on_the_wall(windows: CallingWindows, zone: ZoneInfo, t: datetime) -> bool:
    wall = t.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    return any(window.open <= minute < window.close for window in windows.days[wall.weekday()])


def allowed(person: Contact, policy: RetryPolicy, windows: CallingWindows, t: datetime) -> bool:
    """R5 in its own words, for one instant: mark over, window open, room in the local day."""
    zone = person.zone or ZONES[0]
    counted = [past for past in person.attempts if past.counted]
    if not on_the_wall(windows, zone, t):
        return False
    if counted:
        last = counted[-1]
        delay = policy.outcome_delays.get(last.outcome or Outcome.LOST, policy.delay)
        if t < last.placed_at + delay:
            return False
        if last.outcome is Outcome.UNDISPOSED and local_day(last.placed_at, zone) >= local_day(
            t, zone
        ):
            return False
    per_day = Counter(local_day(past.placed_at, zone) for past in counted)
    return per_day[local_day(t, zone)] < policy.daily_attempts


def local_day(t: datetime, zone: ZoneInfo) -> str:
    return t.astimezone(zone).date().isoformat()


def waits_for_our_side(person: Contact) -> bool:
    return bool(person.attempts) and not person.attempts[-1].counted


@settings(deadline=None)
@given(st.data(), any_policy, some_windows, any_zone, st.sampled_from(STARTS))
def test_the_next_time_is_the_first_quarter_of_an_hour_that_the_rule_allows(
    data: st.DataObject,
    policy: RetryPolicy,
    windows: CallingWindows,
    zone: ZoneInfo,
    start: datetime,
) -> None:  # R5
    person = contact(data.draw(any_history(start)), zone)
    now = start + data.draw(st.integers(0, 5 * 96)) * STEP
    due = next_due(person, policy, hours(windows, zone), zone, now)
    if due.by is DueBy.EXHAUSTED:
        counted = {local_day(it.placed_at, zone) for it in person.attempts if it.counted}
        assert len(counted) >= policy.max_days
        return
    assert due.at is not None
    assert due.at >= now
    assert allowed(person, policy, windows, due.at)
    if not waits_for_our_side(person):
        t = now
        while t < due.at:
            assert not allowed(person, policy, windows, t)
            t += STEP


@settings(deadline=None)
@given(st.data(), any_policy, some_windows, any_zone, st.sampled_from(STARTS))
def test_asked_again_later_the_answer_stays_until_it_comes_true(
    data: st.DataObject,
    policy: RetryPolicy,
    windows: CallingWindows,
    zone: ZoneInfo,
    start: datetime,
) -> None:  # R5
    person = contact(data.draw(any_history(start)), zone)
    now = start + data.draw(st.integers(0, 5 * 96)) * STEP
    due = next_due(person, policy, hours(windows, zone), zone, now)
    if due.at is not None:
        between = now + (due.at - now) * data.draw(st.floats(0, 1))
        assert (
            next_due(person, policy, hours(windows, zone), zone, min(between, due.at)).at == due.at
        )


@settings(deadline=None)
@given(st.data(), any_policy, some_windows, any_zone, st.sampled_from(STARTS))
def test_a_life_by_the_rule_keeps_the_cap_the_delay_and_the_window(
    data: st.DataObject,
    policy: RetryPolicy,
    windows: CallingWindows,
    zone: ZoneInfo,
    start: datetime,
) -> None:  # R5, R6
    person, now = contact((), zone), start
    for _ in range(data.draw(st.integers(1, 16))):
        due = next_due(person, policy, hours(windows, zone), zone, now)
        assert due.at is not None, "every open contact has a next time"
        late = data.draw(st.sampled_from([timedelta(0), timedelta(seconds=7), STEP]))
        placed = next_due(person, policy, hours(windows, zone), zone, due.at + late).at
        if placed is None:
            break  # its last day ended while it waited
        assert allowed(person, policy, windows, placed)
        outcome = data.draw(st.sampled_from(OPEN_ENDS))
        person = contact((*person.attempts, attempt(placed, outcome)), zone)
        now = placed + timedelta(seconds=40)
        settlement = settle(person, 1, outcome, policy, hours(windows, zone), zone, now)
        if settlement.state is not ContactState.OPEN:
            break
        assert settlement.next_at is not None
    counted = {local_day(it.placed_at, zone) for it in person.attempts if it.counted}
    assert len(counted) <= policy.max_days


@settings(deadline=None)
@given(st.data(), any_policy, some_windows, any_zone, st.sampled_from(STARTS))
def test_an_appointment_is_next_whatever_the_delay_and_the_cap(
    data: st.DataObject,
    policy: RetryPolicy,
    windows: CallingWindows,
    zone: ZoneInfo,
    start: datetime,
) -> None:  # R4
    history = tuple(past for past in data.draw(any_history(start)) if past.counted)
    now = start + timedelta(days=4)
    asked = now + data.draw(st.integers(0, 8 * 96)) * STEP
    refusal = check_appointment(asked, hours(windows, zone), now)
    assert (refusal is None) == on_the_wall(windows, zone, asked)
    if refusal is not None:
        assert refusal.after is not None
        assert on_the_wall(windows, zone, refusal.after)
        asked = refusal.after
    due = next_due(contact(history, zone, asked), policy, hours(windows, zone), zone, now)
    assert due.at == asked
    assert due.by is DueBy.APPOINTMENT
    used = contact((*history, attempt(asked, Outcome.NO_ANSWER)), zone, asked)
    after = settle(used, 1, Outcome.NO_ANSWER, policy, hours(windows, zone), zone, asked + STEP)
    assert after.close_appointment
    if after.next_at is not None:
        assert allowed(used, policy, windows, after.next_at)


@settings(deadline=None)
@given(st.data(), any_policy, some_windows, any_zone, st.sampled_from(STARTS))
def test_a_missed_appointment_goes_back_to_the_rule(
    data: st.DataObject,
    policy: RetryPolicy,
    windows: CallingWindows,
    zone: ZoneInfo,
    start: datetime,
) -> None:  # R4
    history = data.draw(any_history(start))
    asked = start + timedelta(days=5)
    long_after = asked + timedelta(days=40)
    booked, free = contact(history, zone, asked), contact(history, zone)
    missed = next_due(booked, policy, hours(windows, zone), zone, long_after)
    assert missed == next_due(free, policy, hours(windows, zone), zone, long_after)
    assert not missed.keeps_appointment
