"""Work orders and complaints: states, working days, escalation, numbers (R13, R14, R15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calendars import Calendar
from campaigns.layers import Layer
from campaigns.orders import numbers
from campaigns.orders.days import working_days_after
from campaigns.orders.order import (
    LEVELS,
    ActRefusedError,
    Barrier,
    Door,
    Entry,
    Level,
    NewOrder,
    Order,
    OrderKind,
    OrderPolicy,
    Step,
    advance,
    escalations,
    open_order,
    overdue_step,
    spoken_facts,
)
from campaigns.orders.states import LIVING, TRANSITIONS, Act, State, diagram, possible
from campaigns.windows import CallingWindows, parse

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = (parse("09:00-12:00"), parse("13:30-18:00"))
WEEK = CallingWindows(days=(OFFICE,) * 5 + ((), ()))
# The week of 1 October 2026: off from Thursday to Wednesday, with Saturday the 10th worked.
CHINA = Calendar(
    name="CN",
    holidays=frozenset(date(2026, 10, day) for day in range(1, 8)),
    workdays=frozenset({date(2026, 10, 10)}),
    first=date(2026, 1, 1),
    last=date(2026, 12, 31),
)
HOURS = Layer(windows=WEEK, zone=SHANGHAI, calendar=CHINA)
POLICY = OrderPolicy(
    hours=HOURS,
    kinds={"repair": OrderKind(), "complaint": OrderKind(complaint=True)},
    group="service",
    owners={"service": {Level.SUPERVISOR: "2001", Level.CONTACT: "li"}},
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


FRIDAY = local("2026-11-27 16:30")


def opened(kind: str = "repair", at: datetime = FRIDAY, **more: object) -> Order:
    new = NewOrder(kind=kind, opened_by=Door.AGENT, who="1001", **more)  # type: ignore[arg-type]
    return open_order(new, "123456789", POLICY, at)[0]


def done(order: Order, act: Act, at: datetime, **more: object) -> Order:
    return advance(order, Step(act=act, who="1001", **more), POLICY, at)[0]  # type: ignore[arg-type]


# ── working days ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-27 16:30", 1, "2026-11-30 18:00"),  # Friday afternoon → Monday's close
        ("2026-11-28 10:00", 1, "2026-11-30 18:00"),  # Saturday is no day of work
        ("2026-11-23 09:00", 5, "2026-11-30 18:00"),  # a week from Monday
        ("2026-11-23 20:00", 1, "2026-11-24 18:00"),  # after the close: the day has begun
        ("2026-11-23 10:00", 0, "2026-11-23 18:00"),
        ("2026-11-23 18:00", 0, "2026-11-24 18:00"),  # the close itself is outside
        ("2026-09-30 15:00", 1, "2026-10-08 18:00"),  # over the National Day week
        ("2026-10-08 15:00", 2, "2026-10-10 18:00"),  # a Saturday that is worked
        ("2026-12-31 15:00", 1, "2027-01-01 18:00"),  # nobody knows 2027: a Friday is a Friday
    ],
)
def test_r13_a_limit_ends_with_business_on_its_last_working_day(
    start: str, days: int, due: str
) -> None:
    assert working_days_after(HOURS, local(start), days) == local(due)


def test_where_no_day_is_worked_nothing_can_be_due() -> None:
    shut = replace(HOURS, windows=CallingWindows(days=((),) * 7))
    with pytest.raises(ValueError, match="no working day"):
        working_days_after(shut, FRIDAY, 1)


@given(minutes=st.integers(0, 3 * 366 * 1_440), days=st.integers(0, 30))
def test_a_limit_is_after_its_beginning_and_grows_with_its_days(minutes: int, days: int) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due, later = (working_days_after(HOURS, start, n) for n in (days, days + 1))
    # On a day off the first working day is both "that day" and the next one.
    assert start < due <= later
    assert due < later or days == 0


# ── the way of an order ──────────────────────────────────────────────────────────────────


def test_r13_a_complaint_from_the_call_to_the_customers_yes() -> None:
    order = opened("complaint")
    assert (order.state, order.level, order.due_at) == (
        State.OPEN,
        Level.AGENT,
        local("2026-11-30 18:00"),
    )
    order = done(order, Act.TAKE, FRIDAY)
    assert order.owner == "1001"
    order = done(order, Act.INVESTIGATE, local("2026-11-30 10:00"))
    assert order.due_at == local("2026-12-04 18:00")  # five working days from Friday
    order = done(order, Act.ESCALATE, local("2026-11-30 10:05"))
    assert (order.level, order.owner) == (Level.SUPERVISOR, "2001")
    order = done(order, Act.SOLVE, local("2026-12-01 10:00"))
    at = local("2026-12-02 15:00")
    order = done(order, Act.PROMISE, local("2026-12-01 10:05"), promised_at=at)
    assert (order.state, order.due_at) == (State.PROMISED, at)
    order = done(order, Act.ANSWER, local("2026-12-02 15:03"))
    order = done(order, Act.REJECT, local("2026-12-02 15:04"))
    assert (order.state, order.solved_at) == (State.SECOND, None)
    order = done(order, Act.SOLVE, local("2026-12-03 11:00"))
    order = done(order, Act.ACCEPT, local("2026-12-03 15:00"))
    assert (order.state, order.due_at, order.chase_at) == (State.CLOSED, None, None)
    assert order.closed_at == local("2026-12-03 15:00")
    order = done(order, Act.REOPEN, local("2026-12-07 10:00"))
    assert (order.state, order.reopened, order.level) == (State.OPEN, 1, Level.SUPERVISOR)
    assert order.investigate_by == local("2026-12-08 18:00")


def test_who_rejects_twice_is_heard_one_level_higher() -> None:
    order = opened("complaint")
    for level in (Level.AGENT, Level.SUPERVISOR, Level.CONTACT, Level.CONTACT):
        order = done(done(order, Act.SOLVE, FRIDAY), Act.REJECT, FRIDAY)
        assert order.level is level


def test_r13_what_is_not_ours_is_referred_and_recorded_where_the_customer_insists() -> None:
    told = opened(referred_to="12345")
    assert (told.state, told.in_scope, told.due_at) == (State.REFERRED, False, None)
    insisted = done(told, Act.INSIST, local("2026-11-30 10:00"))
    assert (insisted.state, insisted.in_scope) == (State.OPEN, False)
    assert insisted.investigate_by == local("2026-12-01 18:00")
    at_once = opened(referred_to="12345", in_scope=False)
    assert (at_once.state, at_once.in_scope, at_once.referred_to) == (State.OPEN, False, "12345")


def test_a_complaint_without_the_customers_yes_is_closed_by_the_supervisor_only() -> None:
    order = done(opened("complaint"), Act.SOLVE, FRIDAY)
    with pytest.raises(ActRefusedError) as refused:
        done(order, Act.CLOSE, FRIDAY)
    assert refused.value.why is Barrier.NOT_ACCEPTED
    assert done(done(order, Act.ESCALATE, FRIDAY), Act.CLOSE, FRIDAY).state is State.CLOSED
    assert done(opened("repair"), Act.CLOSE, FRIDAY).state is State.CLOSED


@pytest.mark.parametrize(
    ("act", "more", "why"),
    [
        (Act.ACCEPT, {}, Barrier.NOT_FROM_HERE),
        (Act.REOPEN, {}, Barrier.NOT_FROM_HERE),
        (Act.HAND_OVER, {}, Barrier.NEEDS_OWNER),
        (Act.PROMISE, {}, Barrier.NEEDS_TIME),
        (Act.PROMISE, {"promised_at": FRIDAY - timedelta(minutes=1)}, Barrier.PAST),
    ],
)
def test_what_does_not_belong_there_is_refused_with_what_does(
    act: Act, more: dict[str, object], why: Barrier
) -> None:
    order = opened()
    with pytest.raises(ActRefusedError) as refused:
        done(order, act, FRIDAY, **more)
    assert refused.value.why is why
    assert Act.TAKE in refused.value.possible
    assert Act.OVERDUE not in refused.value.possible


def test_handed_to_a_group_it_goes_to_whoever_has_its_level_there() -> None:
    policy = replace(POLICY, owners={**POLICY.owners, "water": {Level.SUPERVISOR: "3001"}})
    raised = done(opened(), Act.ESCALATE, FRIDAY)
    step = Step(act=Act.HAND_OVER, who="2001", group="water")
    handed, entry = advance(raised, step, policy, FRIDAY)
    assert (handed.group, handed.owner, handed.state) == ("water", "3001", State.OPEN)
    assert (entry.act, entry.before, entry.after, entry.owner) == (
        "hand_over",
        State.OPEN,
        State.OPEN,
        "3001",
    )


# ── by the clock ─────────────────────────────────────────────────────────────────────────


def chased(order: Order, now: datetime) -> Order:
    for one in escalations([order], now):
        order = advance(one, overdue_step(), POLICY, now)[0]
    return order


def test_r14_nobody_sees_to_it_so_it_goes_up_one_level_a_working_day() -> None:
    order = opened()
    assert chased(order, local("2026-11-30 18:00")) == order
    first = chased(order, local("2026-11-30 18:01"))
    assert (first.level, first.owner) == (Level.SUPERVISOR, "2001")
    assert chased(first, local("2026-12-01 17:59")) == first
    second = chased(first, local("2026-12-01 18:01"))
    assert (second.level, second.owner, second.chase_at) == (Level.CONTACT, "li", None)


def test_a_promise_that_is_not_kept_is_chased_at_once() -> None:
    order = done(opened(), Act.SOLVE, FRIDAY)
    at = local("2026-11-27 17:00")
    order = done(order, Act.PROMISE, FRIDAY, promised_at=at)
    assert chased(order, at + timedelta(seconds=1)).level is Level.SUPERVISOR


WHEN = st.integers(-3, 120).map(lambda hours: timedelta(hours=hours))
ACTS = st.sampled_from(list(Act))


@given(
    kind=st.sampled_from(["repair", "complaint", "gone"]),
    events=st.lists(st.tuples(WHEN, st.none() | ACTS), max_size=40),
)
def test_whatever_is_done_an_order_stays_lawful(
    kind: str, events: list[tuple[timedelta, Act | None]]
) -> None:
    order, now = opened(kind), FRIDAY
    trail: list[Entry] = []
    for gap, act in events:
        now += gap  # the clock may be set back
        before = order
        if act is None:
            order = chased(order, now)
            assert chased(order, now) == order, "one level at a time"
        else:
            step = Step(act=act, who="1001", owner="1002", promised_at=now + timedelta(days=1))
            try:
                order, entry = advance(order, step, POLICY, now)
            except ActRefusedError:
                assert order == before
                continue
            trail.append(entry)
            assert TRANSITIONS[before.state, act] is order.state
        assert order.since >= before.since
        assert LEVELS.index(order.level) - LEVELS.index(before.level) in {0, 1}
        assert order.version - before.version == (order != before)
        assert (order.due_at is None) == (order.state not in LIVING)
        assert (order.closed_at is None) == (order.state is not State.CLOSED)
        if before.state is State.CLOSED and order != before:
            assert act is Act.REOPEN
    assert [one.at for one in trail] == sorted(one.at for one in trail)


def test_from_every_state_a_person_can_go_on_and_the_picture_tells_how() -> None:
    drawn = diagram()
    for state in State:
        assert possible(state)
        assert f" {state}" in drawn


# ── numbers, and what is spoken ──────────────────────────────────────────────────────────


@given(st.randoms(use_true_random=False))
def test_a_number_that_is_mistyped_is_nobodys(random: Random) -> None:
    number = numbers.draw_number(random)
    assert len(number) == numbers.LENGTH
    assert numbers.read_number(f" {number[:3]}-{number[3:6]} {number[6:]}") == number
    place, digit = random.randrange(9), str(random.randrange(10))
    if number[place] != digit:
        assert numbers.read_number(number[:place] + digit + number[place + 1 :]) is None
    if place < 8 and number[place] != number[place + 1]:
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert numbers.read_number(swapped) is None


def test_what_is_no_number_is_none() -> None:
    for text in ("", "12345678", "1234567890", "12345678x", "１２３４５６７８９", "²23456789"):
        assert numbers.read_number(text) is None


def test_a_caller_hears_how_it_stands_and_no_name_nor_number() -> None:
    order = opened(e164="+8613800138000", name="张三", subject="漏水")
    assert spoken_facts(order, HOURS) == {
        "order_number": "123456789",
        "order_kind": "repair",
        "order_state": "open",
        "order_due": "2026-12-04",
        "order_promised": "",
    }
    promised = done(order, Act.PROMISE, FRIDAY, promised_at=local("2026-12-01 00:30"))
    assert spoken_facts(promised, HOURS)["order_promised"] == "2026-12-01"
    assert spoken_facts(done(order, Act.CLOSE, FRIDAY), HOURS)["order_due"] == ""
