"""`waihu why` on a history: which rule says no, and when it will be yes (R4, R5, R6).

It is noon in the zone of every campaign here, so that the worked examples hold at any hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns.outcomes import Outcome
from dialer.effects import EndAttempt
from tests.cli.terminal import (
    ALL_DAY,
    NUMBER,
    WORKED,
    Terminal,
    iso,
    today_at,
    utc_now,
    zone_at_noon,
)
from tests.store.room import Room


@pytest.fixture
def zone() -> ZoneInfo:
    return zone_at_noon()


def started(waihu: Terminal, zone: ZoneInfo, window: str = ALL_DAY, *more: str) -> None:
    waihu.campaign("hot", "--zone", zone.key, *more, window=window)
    waihu.contact_since(today_at(zone, "00:00"))
    waihu.well("campaign", "start", "hot")


def called(waihu: Terminal, *times: datetime, outcome: Outcome = Outcome.NO_ANSWER) -> None:
    """Calls that were placed at these times, each ended a minute later."""

    async def write(room: Room) -> None:
        await room.hopper.recover(times[0])
        for at in times:
            claims, _ = await room.hopper.claim(1, 1, at)
            (claim,) = claims
            assert (await room.hopper.mark_sent(claim.attempt, "1001", at)).dialable
            ended = at + timedelta(minutes=1)
            await room.write(EndAttempt(attempt=claim.attempt, outcome=outcome, at=ended))
        assert not room.failed

    waihu.on_file(write)


def answer(waihu: Terminal) -> dict[str, Any]:
    """What a program reads; the line for people says the same rule."""
    shown = waihu.well("why", NUMBER, "--json").json
    (found,) = shown["answers"]
    assert (shown["v"], found["dialable"]) == (1, False)
    out = waihu.well("why", NUMBER).out
    assert out.splitlines()[0] == found["text"]
    assert ["rule", found["code"]] in [line.split() for line in out.splitlines()]
    assert isinstance(found, dict)
    return found


def test_the_mark_falls_into_the_gap_so_it_is_the_afternoon(  # R5
    waihu: Terminal, zone: ZoneInfo
) -> None:
    started(waihu, zone, WORKED)
    called(waihu, today_at(zone, "09:30"))
    found = answer(waihu)
    assert (found["code"], found["until"]) == ("outside_window", iso(today_at(zone, "14:00")))
    assert found["text"] == (
        f"No: #1 张三 · hot waits: outside the calling window, which opens today 14:00 ({zone.key})"
    )


def test_four_hours_after_a_call_it_is_offered_again(waihu: Terminal, zone: ZoneInfo) -> None:  # R5
    started(waihu, zone)
    called(waihu, today_at(zone, "10:15"))
    found = answer(waihu)
    assert (found["code"], found["until"]) == ("delay", iso(today_at(zone, "14:15")))
    assert f"until today 14:15 ({zone.key})" in found["text"]


def test_three_dials_a_day_and_then_it_rolls_into_the_next(  # R5
    waihu: Terminal, zone: ZoneInfo
) -> None:
    started(waihu, zone)
    called(waihu, *(today_at(zone, clock) for clock in ("00:00", "04:00", "08:00")))
    found = answer(waihu)
    assert (found["code"], found["until"]) == ("daily_cap", iso(today_at(zone, "00:00", 1)))
    assert "was dialed 3 times today; 3 a day are allowed" in found["text"]
    assert "Next: tomorrow 00:00" in found["text"]


def test_the_next_day_begins_with_its_window(waihu: Terminal, zone: ZoneInfo) -> None:  # R5
    started(waihu, zone, "every day=06:00-21:00", "--delay", "10m")
    called(waihu, *(today_at(zone, clock) for clock in ("09:00", "09:10", "09:20")))
    assert answer(waihu)["until"] == iso(today_at(zone, "06:00", 1))


def test_an_appointment_goes_before_the_cap_and_the_delay(  # R4
    waihu: Terminal, zone: ZoneInfo
) -> None:
    started(waihu, zone)
    called(waihu, *(today_at(zone, clock) for clock in ("00:00", "04:00", "08:00")))
    waihu.well("contact", "appoint", NUMBER, "--at", "19:30")
    found = answer(waihu)
    assert (found["code"], found["until"]) == ("appointment", iso(today_at(zone, "19:30")))


def test_an_undisposed_talk_waits_for_the_next_day(waihu: Terminal, zone: ZoneInfo) -> None:
    started(waihu, zone)
    called(waihu, today_at(zone, "08:00"), outcome=Outcome.UNDISPOSED)
    found = answer(waihu)
    assert (found["code"], found["until"]) == ("undisposed", iso(today_at(zone, "00:00", 1)))


@pytest.mark.parametrize(
    ("outcome", "code", "state"),
    [
        (Outcome.SUCCESS, "contact_done", "done"),
        (Outcome.WRONG_RECORD, "contact_faulty", "faulty"),
        (Outcome.VACANT, "contact_faulty", "faulty"),
        (Outcome.REFUSED, "do_not_call", "done"),
    ],
)
def test_what_leaves_the_pool_is_not_dialed_again_and_the_rule_says_why(  # R6
    waihu: Terminal, zone: ZoneInfo, outcome: Outcome, code: str, state: str
) -> None:
    started(waihu, zone)
    called(waihu, today_at(zone, "09:30"), outcome=outcome)
    found = answer(waihu)
    assert (found["code"], found["until"]) == (code, None)
    (shown,) = waihu.well("contact", "show", NUMBER, "--json").json["contacts"]
    assert shown["state"] == state
    assert [one["outcome"] for one in shown["attempts"]] == [outcome.value]


def test_a_campaign_without_a_window_this_week_day_opens_on_the_day_that_has_one(
    waihu: Terminal, zone: ZoneInfo
) -> None:
    day = (utc_now().astimezone(zone) + timedelta(days=2)).strftime("%a").lower()
    started(waihu, zone, f"{day}=09:00-12:00")
    found = answer(waihu)
    assert (found["code"], found["until"]) == ("outside_window", iso(today_at(zone, "09:00", 2)))


@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_a_campaign_that_waits_is_the_answer_and_the_rule_underneath_is_told(
    waihu: Terminal, zone: ZoneInfo, verb: str
) -> None:
    started(waihu, zone)
    called(waihu, today_at(zone, "10:15"))
    waihu.well("campaign", verb, "hot")
    out = waihu.well("why", NUMBER).out
    assert out.startswith(f"No: #1 张三 · hot {'waits' if verb == 'pause' else 'is not dialed'}:")
    assert "today 14:15" in out.partition("next by the rules")[2].splitlines()[0]


def test_the_latest_calls_stand_under_the_answer(waihu: Terminal, zone: ZoneInfo) -> None:
    started(waihu, zone)
    called(waihu, today_at(zone, "09:30"))
    table = waihu.well("why", NUMBER).out.partition("Latest calls")[2]
    assert f"({zone.key})" in table.splitlines()[0]
    assert "09:30:00" in table
    assert "no answer" in table
    assert "1001" in table
