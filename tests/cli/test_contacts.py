"""One contact by command, once it has been called: its calls, promises, and reopening."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt, NoteProgress
from tests.cli.terminal import (
    NUMBER,
    WORKED,
    Terminal,
    iso,
    today_at,
    zone_at_noon,
)
from tests.store.room import Room


@pytest.fixture
def zone() -> ZoneInfo:
    return zone_at_noon()


def talked(waihu: Terminal, zone: ZoneInfo, word: Disposition, note: str = "") -> datetime:
    """A call at 09:30 with 95 s of talk, and what the agent said of it."""
    waihu.campaign("hot", "--zone", zone.key)
    waihu.contact_since(today_at(zone, "00:00"))
    waihu.well("campaign", "start", "hot")
    at = today_at(zone, "09:30")

    async def write(room: Room) -> None:
        await room.hopper.recover(at)
        claim = await room.sent((await room.campaigns.get("hot", at)).campaign, at)
        answered, ended = at + timedelta(seconds=9), at + timedelta(seconds=105)
        await room.write(
            NoteProgress(
                attempt=claim.attempt,
                answered_at=answered,
                bridged_at=at + timedelta(seconds=10),
                ended_at=ended,
            ),
            EndAttempt(
                attempt=claim.attempt,
                outcome=Outcome(word.value),
                at=ended,
                disposition=word,
                note=note,
                cause=16,
            ),
        )

    waihu.on_file(write)
    return at


def test_every_call_is_shown_with_talk_agent_and_note(waihu: Terminal, zone: ZoneInfo) -> None:
    at = talked(waihu, zone, Disposition.UNSUCCESSFUL, note="请下午再打")
    out = waihu.well("contact", "show", NUMBER).out
    (line,) = [line for line in out.splitlines() if "09:30:00" in line]
    for fact in (NUMBER, "unsuccessful", "95 s", "1001", "请下午再打"):
        assert fact in line
    ((shown,),) = [
        contact["attempts"]
        for contact in waihu.well("contact", "show", NUMBER, "--json").json["contacts"]
    ]
    assert shown["sent_at"] == iso(at)
    assert (shown["agent"], shown["outcome"], shown["cause"]) == ("1001", "unsuccessful", 16)
    assert (shown["counted"], shown["note"]) == (True, "请下午再打")


def test_an_appointment_with_a_closed_contact_asks_to_reopen_it_first(
    waihu: Terminal, zone: ZoneInfo
) -> None:
    talked(waihu, zone, Disposition.SUCCESS)
    complaint = waihu.fails(1, "contact", "appoint", NUMBER, "--at", "19:00")
    assert complaint == "waihu: the contact is closed (done); reopen it first\n"
    assert "is open again" in waihu.well("contact", "reopen", NUMBER).out
    waihu.well("contact", "appoint", NUMBER, "--at", "19:00")


def test_a_reopened_contact_keeps_what_was_found_wrong_with_its_number(  # R6
    waihu: Terminal, zone: ZoneInfo
) -> None:
    talked(waihu, zone, Disposition.VACANT)
    opened = waihu.well("contact", "reopen", NUMBER, "--json").json["contact"]
    assert opened["state"] == "open"
    assert opened["numbers"] == [{"e164": NUMBER, "retired": "vacant"}]
    assert "has no number left to dial" in waihu.well("why", NUMBER).first_line


def test_who_refused_stays_on_the_do_not_call_list_though_reopened(
    waihu: Terminal, zone: ZoneInfo
) -> None:
    talked(waihu, zone, Disposition.REFUSED)
    waihu.well("contact", "reopen", NUMBER)
    assert waihu.well("dnc", "check", NUMBER, "--json").json["listed"] is True
    assert waihu.well("why", NUMBER).first_line == (
        "No: #1 张三 · hot is on the do-not-call list (the person refused further calls)"
    )


@pytest.mark.parametrize(
    ("clock", "why", "nearest"),
    [
        ("20:00", "outside the calling window", ("today 19:59", "tomorrow 09:00")),
        ("13:30", "outside the calling window", ("today 14:00",)),
        ("08:59", "in the past", ("today 14:00",)),
        ("09:30", "in the past", ("today 14:00",)),
    ],
)
def test_an_appointment_that_may_not_be_is_refused_with_the_nearest_that_may(  # R4
    waihu: Terminal, zone: ZoneInfo, clock: str, why: str, nearest: tuple[str, ...]
) -> None:
    waihu.campaign("hot", "--zone", zone.key, window=WORKED)
    path = waihu.list_of(f"电话,时区\n{NUMBER},{zone.key}\n")
    waihu.well("list", "import", path, "--campaign", "hot")
    complaint = waihu.fails(1, "contact", "appoint", NUMBER, "--at", clock)
    assert why in complaint
    offers = complaint.rpartition("nearest allowed: ")[2]
    assert all(offer in offers for offer in nearest), offers
    assert offers.count("today") + offers.count("tomorrow") == len(nearest)
    (shown,) = waihu.well("contact", "show", NUMBER, "--json").json["contacts"]
    assert shown["appointment_at"] is None


def test_the_time_is_the_contacts_own_where_the_list_says_so(waihu: Terminal) -> None:  # R4
    waihu.campaign()
    path = waihu.list_of(f"电话,时区\n{NUMBER},America/New_York\n")
    waihu.well("list", "import", path, "--campaign", "hot")
    made = waihu.well("contact", "appoint", NUMBER, "--at", "2036-11-25 10:00", "--json").json
    assert made["contact"]["zone"] == "America/New_York"
    assert made["contact"]["appointment_at"] == "2036-11-25T15:00:00+00:00"
    skipped = waihu.fails(2, "contact", "appoint", NUMBER, "--at", "2036-03-09 02:30")
    assert "2036-03-09 02:30 does not exist in America/New_York" in skipped


def test_a_new_appointment_takes_the_place_of_the_old(waihu: Terminal) -> None:  # R4
    waihu.campaign()
    waihu.contact()
    for day in ("25", "26"):
        waihu.well("contact", "appoint", NUMBER, "--at", f"2036-11-{day} 10:00", "--by", "1001")
    out = waihu.well("contact", "show", NUMBER).out
    assert "2036-11-26 Wed 10:00 (Asia/Shanghai), made by 1001" in out
    assert "2036-11-25" not in out


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "0001-01-01 0:00"]
)
def test_a_year_that_no_clock_of_ours_knows_is_no_time(waihu: Terminal, at: str) -> None:
    waihu.campaign()
    waihu.contact()
    assert "is no time" in waihu.fails(2, "contact", "appoint", NUMBER, "--at", at)


# ── what came of the calls (R7) ──────────────────────────────────────────────────────────


def test_the_report_counts_the_tree_and_the_people(waihu: Terminal, zone: ZoneInfo) -> None:  # R7
    talked(waihu, zone, Disposition.SUCCESS)
    out = waihu.well("report", "outcomes", "hot").out
    assert out.startswith("hot: 1 calls, 1 of 1 contacts reached\n")
    lines = [line.split() for line in out.splitlines()]
    assert ["connected", "1", "100", "%"] in lines
    assert ["success", "1", "100", "%"] in lines
    assert "not through" not in out, "what never happened is left out"
    (report,) = waihu.well("report", "outcomes", "--json").json["reports"]
    assert (report["attempts"], report["counted"], report["reached"]) == (1, 1, 1)
    assert report["outcomes"] == {"success": 1}
    assert report["branches"]["connected"] == 1
    assert report["contacts"] == {"done": 1}


def test_who_was_not_called_is_no_call_and_the_reason_is_told(
    waihu: Terminal, zone: ZoneInfo
) -> None:  # R7
    at = talked(waihu, zone, Disposition.UNSUCCESSFUL)
    later = at + timedelta(hours=5)

    async def claim_and_die(room: Room) -> None:
        campaign = (await room.campaigns.get("hot", later)).campaign
        await room.hopper.recover(later)
        ((_claim,), _) = await room.hopper.claim(campaign.id, 1, later)
        await room.hopper.recover(later)

    waihu.on_file(claim_and_die)
    out = waihu.well("report", "outcomes", "hot").out
    assert out.startswith("hot: 1 calls, 1 of 1 contacts reached\n")
    assert "not called  the engine died before the call 1" in out
    assert "on our side" not in out
    (report,) = waihu.well("report", "outcomes", "--json").json["reports"]
    assert (report["attempts"], report["calls"]) == (2, 1)
    assert report["not_sent"] == {"engine": 1}
    out = waihu.well("contact", "show", NUMBER).out
    (line,) = [line for line in out.splitlines() if "not sent" in line]
    assert "the engine died before the call" in line
