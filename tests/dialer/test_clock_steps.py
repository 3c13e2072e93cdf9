"""The clock is set while the engine runs, by an hour, by a day, and by both changes of summer
time: nobody is dialed too early by it, caps hold, calls and agents go on, and dialing goes on.

The engine and the store are the real ones; the utc clock jumps and the monotonic one does not.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaign import Campaign, CampaignState
from campaigns.judge import Code, Verdict
from campaigns.outcomes import Outcome
from campaigns.retry_policy import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.agents import State
from dialer.effects import (
    ClaimContacts,
    Effect,
    EndAttempt,
    JudgeAnew,
    Load,
    MarkSent,
    Originate,
    PlayUnserved,
)
from dialer.messages import Now, StoreFailed, Tick
from dialer.switch_events import CallAnswered, CallBridged, CallHungUp, CallRinging
from dialer.wall_clock import JUDGE_ANEW
from store.database import Database
from store.perform import Store
from store.standing import write_waiting
from store.writer import Writer
from supervisor.statistics import Statistics
from tests.dialer.stage import QUEUE, SHANGHAI, Stage
from tests.store.room import MONDAY_9, Room

STEPS = [timedelta(hours=-1), timedelta(hours=1), timedelta(days=-1), timedelta(days=1)]
HOUR = timedelta(hours=1)
ALL_DAY = CallingWindows.every_day(parse("00:00-24:00"))
DELAY = timedelta(hours=4)
NEW_YORK = ZoneInfo("America/New_York")
SPRING_FORWARD = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
"""02:00 in New York, where 03:00 follows."""
FALL_BACK = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
"""02:00 in New York, where 01:00 follows again."""


@pytest.fixture
async def room(tmp_path: Path, empty_file: Path) -> AsyncIterator[Room]:
    async with Database(shutil.copy(empty_file, tmp_path / "waihu.sqlite3")) as database:
        yield Room(database)


def set_clock(stage: Stage, by: timedelta) -> list[Effect]:
    """Somebody sets the clock; a tick follows."""
    stage.now = Now(utc=stage.now.utc + by, mono=stage.now.mono)
    return stage.tell(Tick())


# ── the engine ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_call_that_rings_is_given_up_when_it_would_have_been_anyhow(step: timedelta) -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    set_clock(stage, step)
    stage.passes(29)
    assert stage.wanted(EndAttempt) == []
    stage.passes(2)
    assert [end.outcome for end in stage.wanted(EndAttempt)] == [Outcome.LOST]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_the_seconds_to_the_message_and_the_wrap_up_are_not_touched(step: timedelta) -> None:  # I4
    stage = Stage(agents=2).opens()
    stage.passes(7)
    served, unserved = stage.answers_claim(found=2)
    for attempt in (served, unserved):
        stage.reserves(attempt)
        stage.judges(attempt)
        stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=served))
    set_clock(stage, step)
    stage.passes(1.5)
    assert stage.wanted(PlayUnserved) == []
    stage.passes(0.3)
    assert [one.call for one in stage.wanted(PlayUnserved)] == [unserved]
    stage.tell(CallHungUp(call=served, cause=16))
    set_clock(stage, -step)
    stage.passes(19)
    assert [end.attempt for end in stage.wanted(EndAttempt)] == []
    stage.passes(2)
    assert [end.outcome for end in stage.wanted(EndAttempt)] == [Outcome.UNDISPOSED]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_an_agent_is_ready_and_free_as_if_nobody_had_touched_the_clock(step: timedelta) -> None:
    stage = Stage().opens()
    stage.load(state=CampaignState.PAUSED)
    stage.passes(3)
    set_clock(stage, step)
    stage.passes(2.9)
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    assert agent.state is State.READYING
    stage.passes(0.3)
    assert [a.agent for a in stage.engine.floor.free(QUEUE)] == ["1001"]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_calls_a_second_hold_over_a_step(step: timedelta) -> None:  # I7
    stage = Stage(agents=5).with_campaign(cps=1).opens()
    stage.passes(7)
    started, answered = stage.now.mono, 0
    for n in range(30):
        if len(stage.wanted(ClaimContacts)) > answered:
            answered += 1
            for attempt in stage.answers_claim(found=1):
                stage.reserves(attempt)
                stage.judges(attempt)
        if n % 5 == 4:
            set_clock(stage, step)
        stage.passes(0.1)
        assert len(stage.wanted(Originate)) <= 1 + (stage.now.mono - started)
    assert len(stage.wanted(Originate)) >= 2


def test_a_call_that_waits_is_judged_by_the_clock_of_its_own_second() -> None:  # I3
    stage = Stage(agents=2).with_campaign(cps=1).opens()
    stage.passes(7)
    (first,) = stage.answers_claim(found=1)
    stage.reserves(first)
    stage.judges(first)
    stage.passes(1.1)
    (second,) = stage.answers_claim(found=1)
    desk = stage.engine.desks.get(1)
    assert desk is not None
    desk.throttle.take(stage.now.mono)  # another call has taken this second
    stage.reserves(second)
    set_clock(stage, -HOUR)
    assert [one.attempt for one in stage.wanted(MarkSent)] == [first]
    stage.passes(1.1)
    stage.judges(second, Verdict(code=Code.DELAY))
    assert [one.attempt for one in stage.wanted(Originate)] == [first]


def test_only_a_clock_that_is_set_back_has_the_contacts_judged_anew_and_until_it_is_done() -> None:
    stage = Stage().opens()
    stage.load(state=CampaignState.PAUSED)
    set_clock(stage, HOUR)
    stage.passes(40)
    set_clock(stage, timedelta(seconds=-2))  # trimmed
    assert stage.wanted(JudgeAnew) == []
    effects = set_clock(stage, -HOUR)
    assert JudgeAnew(ref=JUDGE_ANEW) in effects
    assert Load() in effects
    stage.tell(StoreFailed(ref=JUDGE_ANEW, text="busy"))
    stage.passes(6)
    assert len(stage.wanted(JudgeAnew)) == 2
    stage.passes(20)
    assert len(stage.wanted(JudgeAnew)) == 2


def test_todays_figures_are_of_one_day_though_the_clock_was_in_tomorrow() -> None:
    statistics = Statistics(SHANGHAI)
    noon, mono = datetime(2026, 11, 23, 4, 0, tzinfo=UTC), 1000.0

    def calls(utc: datetime, seconds: float, attempt: str) -> int:
        now = Now(utc=utc, mono=mono + seconds)
        statistics.call_placed(attempt, campaign="c", now=now)
        statistics.call_ended(attempt, outcome=Outcome.BUSY, now=now)
        return statistics.outcomes_today(now)["busy"]

    day = timedelta(days=1)
    assert calls(noon, 0, "a") == 1
    assert calls(noon + day, 1, "b") == 1  # set ahead: a new day
    assert calls(noon, 2, "c") == 2  # set back: nothing begins
    assert calls(noon + day, 86_402, "d") == 1  # the true midnight has passed


# ── the store ────────────────────────────────────────────────────────────────────────────


async def dials(room: Room, campaign: Campaign, at: datetime) -> bool:
    """Whether the one contact is dialed at that time (claimed, judged again, busy)."""
    claims, _ = await room.hopper.claim(campaign.id, 1, at)
    if not claims:
        return False
    assert (await room.hopper.mark_sent(claims[0].attempt, "1001", at)).dialable
    end = EndAttempt(attempt=claims[0].attempt, outcome=Outcome.BUSY, at=at)
    await room.write(end)
    return True


@pytest.mark.parametrize("back", [HOUR, timedelta(days=1)], ids=str)
async def test_nobody_is_dialed_again_within_the_delay_because_the_clock_was_set_back(
    room: Room, back: timedelta
) -> None:  # R5
    campaign = await room.running_campaign(1, windows=ALL_DAY, retry=RetryPolicy(delay=DELAY))
    assert await dials(room, campaign, MONDAY_9)
    behind = MONDAY_9 - back
    await room.campaigns.judge_anew(behind)
    for passed in (0, 1, 2, 3, 3.99):
        assert not await dials(room, campaign, behind + timedelta(hours=passed))
    assert await dials(room, campaign, behind + back + DELAY)


@pytest.mark.parametrize("step", STEPS, ids=str)
async def test_the_daily_cap_holds_on_every_day_that_the_clock_shows(
    room: Room, step: timedelta
) -> None:  # R5
    policy = RetryPolicy(delay=timedelta(minutes=10), daily_attempts=3)
    campaign = await room.running_campaign(1, windows=ALL_DAY, retry=policy)
    now, dialed = MONDAY_9, []
    for n in range(200):
        if n % 23 == 22:
            now += step
            await room.campaigns.judge_anew(now)
        if await dials(room, campaign, now):
            dialed.append(now)
        now += timedelta(minutes=11)
    dates = [at.astimezone(SHANGHAI).date() for at in dialed]
    assert all(dates.count(date) <= 3 for date in dates)
    assert len(dialed) >= 3


async def test_contacts_put_off_by_a_clock_that_was_a_day_ahead_are_dialed_once_it_is_right(
    room: Room,
) -> None:
    campaign = await room.running_campaign(1)  # 9 to 12 and 14 to 20
    wednesday = MONDAY_9 + timedelta(days=2)  # as it seemed on Tuesday at 21:00
    async with room.database.writing() as connection:
        await write_waiting(connection, {1: (Code.OUTSIDE_WINDOW.value, wednesday)})
    store = Store(room.database, room.hopper, Writer(room.database, done=nobody, failed=nobody))
    right = MONDAY_9 + timedelta(minutes=5)
    assert not await dials(room, campaign, right)
    await store.perform(JudgeAnew(ref=JUDGE_ANEW), right)
    assert await dials(room, campaign, right)


def nobody(*_said: object) -> None:
    """Nobody listens."""


@pytest.mark.parametrize("change", [SPRING_FORWARD, FALL_BACK], ids=["spring", "autumn"])
async def test_the_delay_is_elapsed_time_over_both_changes_of_summer_time(
    room: Room, change: datetime
) -> None:  # R5
    campaign = await room.running_campaign(
        1, now=change - HOUR, windows=ALL_DAY, retry=RetryPolicy(delay=DELAY), zone=NEW_YORK
    )
    sent = change - timedelta(minutes=30)
    assert await dials(room, campaign, sent)
    assert not await dials(room, campaign, sent + DELAY - timedelta(minutes=1))
    assert await dials(room, campaign, sent + DELAY)


@pytest.mark.parametrize("change", [SPRING_FORWARD, FALL_BACK], ids=["spring", "autumn"])
async def test_the_window_and_the_cap_of_a_day_of_23_or_25_hours_are_the_local_ones(
    room: Room, change: datetime
) -> None:  # R5, I3
    policy = RetryPolicy(delay=timedelta(minutes=30), daily_attempts=3)
    windows = CallingWindows.every_day(parse("01:30-04:00"))
    night = change - timedelta(hours=3)
    campaign = await room.running_campaign(
        1, now=night, windows=windows, retry=policy, zone=NEW_YORK
    )
    dialed = [
        at
        for at in (night + timedelta(minutes=10 * n) for n in range(6 * 36))
        if await dials(room, campaign, at)
    ]
    local = [at.astimezone(NEW_YORK) for at in dialed]
    assert all((1, 30) <= (at.hour, at.minute) < (4, 0) for at in local)
    days = [at.date() for at in local]
    assert [days.count(day) for day in sorted(set(days))] == [3, 3]


@pytest.mark.parametrize("change", [SPRING_FORWARD, FALL_BACK], ids=["spring", "autumn"])
def test_a_call_over_the_change_of_summer_time_is_a_call_like_any_other(change: datetime) -> None:
    stage = Stage().with_campaign(zone=NEW_YORK)
    stage.now = replace(stage.now, utc=change - timedelta(seconds=9))
    stage.opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    stage.passes(5)
    assert stage.now.utc > change
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.passes(21)
    assert [end.outcome for end in stage.wanted(EndAttempt)] == [Outcome.UNDISPOSED]
    assert stage.wanted(JudgeAnew) == []
