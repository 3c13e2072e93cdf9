"""`waihu calls behind`: the calls behind a figure, and what each counted as, without an engine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.queue_effects import NoteQueueCall, QueueEnd
from tests.cli.terminal import Terminal, utc_now
from tests.store.room import Room

SHAPE = {
    *("v", "figure", "window", "of", "since", "run_since", "told", "listed", "parts", "differs"),
    *("calls", "older"),
}
CALL = {"call", "at", "of", "number", "agent", "waited_s", "end", "counted", "why"}


@pytest.fixture
def site(waihu: Terminal) -> Terminal:
    """Three callers of today: one was answered in time, one late, one gave up."""
    waihu.campaign()
    # Now, so that they are of today whatever the hour.
    now = utc_now()

    def stay(n: int, how: QueueEnd, waited_s: int) -> NoteQueueCall:
        return NoteQueueCall(
            call=f"1700000000.{n}",
            queue="waihu-inbound",
            joined_at=now + timedelta(milliseconds=n),
            ended_at=now + timedelta(seconds=waited_s),
            how=how,
            waited_ms=waited_s * 1000,
            number="+8613800138000",
            agent="1001" if how is QueueEnd.ANSWERED else None,
        )

    async def lived(room: Room) -> None:
        await room.hopper.recover(now - timedelta(minutes=1))
        answered, gave_up = QueueEnd.ANSWERED, QueueEnd.ABANDONED
        await room.write(stay(1, answered, 9), stay(2, answered, 60), stay(3, gave_up, 30))

    waihu.on_file(lived)
    return waihu


def test_each_call_is_shown_with_what_it_counted_as(site: Terminal) -> None:
    said = site.well("calls", "behind", "service-level").out
    assert "Service level · all together · today, the site's local day" in said
    assert "1 ÷ 3 = 33.3 %" in said
    assert "in the numerator 1 · counted against 2 · excluded 0" in said
    newest, _late, oldest = [line for line in said.splitlines() if "138****8000" in line]
    assert "given up" in newest
    assert "counted against" in newest
    assert all(word in oldest for word in ("1001", "0:09", "in the numerator", "answered in time"))


def test_a_program_gets_the_same_keys_every_time(site: Terminal) -> None:
    said = site.well("calls", "behind", "abandon-rate", "--of", "inbound", "--json").json
    assert set(said) == SHAPE
    assert set(said["calls"][0]) == CALL
    assert (said["of"], said["window"], said["told"]) == ("waihu-inbound", "today", None)
    assert said["listed"] == {"numerator": 1, "denominator": 3}
    for figure in ("answer-rate", "drop-rate"):
        empty = site.well("calls", "behind", figure, "--of", "hot", "--json").json
        assert (set(empty), empty["calls"]) == (SHAPE, [])


def test_it_goes_on_where_the_page_before_ended(site: Terminal) -> None:
    page = ("calls", "behind", "service-level", "--json", "--limit", "2")
    first = site.well(*page).json
    second = site.well(*page, "--older", first["older"]).json
    calls = [call["call"] for call in (*first["calls"], *second["calls"])]
    assert calls == ["1700000000.3", "1700000000.2", "1700000000.1"]
    assert second["older"] is None
    against = site.well(*page, "--part", "numerator").json["calls"]
    assert [call["call"] for call in against] == ["1700000000.1"]


def test_whole_numbers_leave_a_trail(site: Terminal) -> None:  # R25
    site.well("calls", "behind", "service-level")
    assert "numbers.shown" not in site.well("audit", "show", "--json").out
    whole = site.well("calls", "behind", "service-level", "--numbers").out
    assert "+8613800138000" in whole
    trail = site.well("audit", "show").out
    assert "calls shown with whole numbers" in trail
    assert "service-level" in trail


@pytest.mark.parametrize(
    "wrong",
    [
        ("no-figure",),
        ("drop-rate",),
        ("abandon-rate", "--window", "block"),
        ("service-level", "--of", "nowhere"),
        ("answer-rate", "--window", "quarter", "--of", "hot"),
        ("service-level", "--older", "x"),
    ],
)
def test_what_is_no_figure_is_wrong_usage(site: Terminal, wrong: tuple[str, ...]) -> None:
    site.fails(2, "calls", "behind", *wrong)
