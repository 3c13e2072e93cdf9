"""A campaign that keeps public holidays, as its manager meets it."""

from pathlib import Path

from tests.cli.terminal import Terminal

NEXT = """calendar = "CN"
source = "made up"
first = 2027-01-01
last = 2027-12-31
[[holidays]]
name = "元旦"
first = 2027-01-01
last = 2027-01-03
"""


def test_a_campaign_keeps_a_calendar_and_shows_it(waihu: Terminal) -> None:
    waihu.campaign("hot", "--calendar", "CN")
    assert "CN, closed on them; known until 2026-12-31" in waihu.well("campaign", "show", "hot").out
    assert waihu.well("campaign", "show", "hot", "--json").json["campaign"]["calendar"] == "CN"


def test_a_file_beside_the_settings_lengthens_it(waihu: Terminal) -> None:
    folder = waihu.settings.parent / "calendars"
    folder.mkdir()
    (folder / "CN-2027.toml").write_text(NEXT, "utf-8")
    waihu.campaign("hot", "--calendar", "CN")
    assert "known until 2027-12-31" in waihu.well("campaign", "show", "hot").out


def test_a_broken_file_there_is_named(waihu: Terminal) -> None:
    folder: Path = waihu.settings.parent / "calendars"
    folder.mkdir()
    (folder / "CN-2027.toml").write_text(NEXT.replace("2027-01-03", "2026-12-30"), "utf-8")
    assert "CN-2027.toml" in waihu.fails(2, "campaign", "list")


def test_a_calendar_that_nobody_knows_is_refused(waihu: Terminal) -> None:
    plain = ("--kind", "callback", "--queue", "callback", "--dial-string", "PJSIP/{number}@t")
    create = ("campaign", "create", "--name", "hot", *plain, "--window", "every day=09:00-12:00")
    assert "public holidays of XX" in waihu.fails(2, *create, "--calendar", "XX")
    assert "is not a calendar" in waihu.fails(2, *create, "--calendar", "China")
