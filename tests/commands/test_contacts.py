"""One contact by command: shown, appointed, explained; and the do-not-call list."""

from __future__ import annotations

import pytest

from tests.commands.one_site import CALLBACK, Site

OFFICE = CALLBACK.replace("回访一", "office").replace("00:00-24:00", "09:00-12:00")


@pytest.mark.parametrize(
    "who", ["13800138000", "+86 138 0013 8000", "138-0013-8000", "A1", "1", "#1", "+8613800138000"]
)
def test_a_contact_is_found_however_the_number_is_typed(who: str, started: Site) -> None:
    (found,) = started.ok("contact", "show", who, "--json").json["contacts"]
    assert found["name"] == "张三"
    assert found["numbers"] == [{"e164": "+8613800138000", "retired": None}]
    assert found["custom"] == {"电话": "13800138000", "小区": "徐汇"}
    assert found["zone"] == "Asia/Shanghai"


def test_a_number_in_several_campaigns_is_shown_for_each(started: Site) -> None:
    started.ok("campaign", "create", started.write("o.toml", OFFICE))
    started.ok("list", "import", str(started.folder / "list.csv"), "--campaign", "office")
    answers = started.ok("why", "13800138000", "--json").json["answers"]
    assert [answer["campaign"] for answer in answers] == ["回访一", "office"]
    assert [answer["code"] for answer in answers] == ["yes", "campaign_not_started"]
    (one,) = started.ok("why", "13800138000", "--campaign", "office", "--json").json["answers"]
    assert one["campaign"] == "office"


def test_an_appointment_is_made_with_one_of_several_contacts_only_by_name(started: Site) -> None:
    started.ok("campaign", "create", started.write("o.toml", OFFICE))
    started.ok("list", "import", str(started.folder / "list.csv"), "--campaign", "office")
    at = ("--at", "2036-11-25 10:00")
    done = started("contact", "appoint", "13800138000", *at)
    assert done.code == 2
    assert "回访一 #1, office #3" in done.err
    started.ok("contact", "appoint", "13800138000", *at, "--campaign", "office")


def test_nobody_of_that_number_is_told(started: Site) -> None:
    for command in (("contact", "show"), ("why",)):
        done = started(*command, "13900139000")
        assert done.code == 1
        assert "nobody is known" in done.err


@pytest.mark.parametrize("who", ["", " ", "'; DROP TABLE contact", "9" * 400, "张" * 100, "#"])
def test_odd_names_find_nobody_and_break_nothing(who: str, started: Site) -> None:
    done = started("why", who)
    assert done.code == 1
    assert len(done.err.splitlines()) == 1


def test_an_appointment_is_on_the_contacts_clock(started: Site) -> None:  # R4
    done = started.ok("contact", "appoint", "A1", "--at", "2036-11-25 15:00", "--by", "王芳")
    assert "2036-11-25 Tue 15:00 (Asia/Shanghai)" in done.out
    (found,) = started.ok("contact", "show", "A1", "--json").json["contacts"]
    assert found["appointment_at"] == "2036-11-25T07:00:00+00:00"
    line = started.ok("why", "A1").out.splitlines()[0]
    assert line == (
        "No: #1 张三 · 回访一 has an appointment 2036-11-25 Tue 15:00 "
        "and is not dialed before (Asia/Shanghai)"
    )


def test_an_appointment_outside_the_window_is_refused_with_the_nearest_times(
    site: Site,
) -> None:  # R4
    site.ok("campaign", "create", site.write("o.toml", OFFICE))
    site.ok("list", "import", site.write("l.csv", "电话\n13800138000\n"), "--campaign", "office")
    done = site("contact", "appoint", "1", "--at", "2036-11-25 13:00")
    assert done.code == 1
    assert "outside the calling window" in done.err
    assert "2036-11-25 Tue 11:59 · 2036-11-26 Wed 09:00 (Asia/Shanghai)" in done.err


@pytest.mark.parametrize(
    ("at", "code"), [("yesterday", 2), ("2036-11-25", 2), ("2020-01-01 10:00", 1), ("24:00", 2)]
)
def test_a_time_that_cannot_be_is_refused(at: str, code: int, started: Site) -> None:
    done = started("contact", "appoint", "A1", "--at", at)
    assert done.code == code
    assert "Traceback" not in done.err


def test_why_says_yes_only_when_it_will_be_dialed(started: Site) -> None:
    first, *details = started.ok("why", "A1").out.splitlines()
    assert first.startswith("Not yet: #1 张三 · 回访一 may be dialed now, but no engine is running")
    assert any("dials today" in line and "0 of 3" in line for line in details)
    answer = started.ok("why", "A1", "--json").json["answers"][0]
    assert (answer["dialable"], answer["will_be_dialed"], answer["code"]) == (True, False, "yes")
    assert answer["until"] is not None


def test_why_tells_when_it_would_be_though_the_campaign_waits(started: Site) -> None:
    started.ok("campaign", "pause", "回访一")
    out = started.ok("why", "A1").out
    assert out.startswith("No: #1 张三 · 回访一 waits: the campaign is paused\n")
    assert any("next by the rules" in line and "now" in line for line in out.splitlines())


def test_do_not_call_goes_before_everything(started: Site) -> None:
    started.ok("dnc", "add", "138 0013 8000", "--reason", "投诉")
    out = started.ok("why", "A1").out
    assert out.startswith("No: #1 张三 · 回访一 is on the do-not-call list (投诉)")


def test_do_not_call_entries_are_kept_once_and_found(started: Site) -> None:
    assert started.ok("dnc", "add", "13800138000", "--json").json["added"] is True
    assert started.ok("dnc", "add", "+8613800138000", "--json").json["added"] is False
    checked = started.ok("dnc", "check", "13800138000", "--json").json
    assert (checked["listed"], len(checked["entries"])) == (True, 1)
    assert started.ok("dnc", "check", "13900139000", "--json").json["listed"] is False


def test_do_not_call_may_hold_for_one_campaign(started: Site) -> None:
    started.ok("dnc", "add", "13800138000", "--campaign", "回访一")
    (entry,) = started.ok("dnc", "check", "13800138000", "--json").json["entries"]
    assert entry["campaign"] == "回访一"


@pytest.mark.parametrize("number", ["abc", "1", "138\r\nAction: Command", "13800138000,2", "+"])
def test_what_is_no_number_is_not_listed(number: str, started: Site) -> None:
    for command in ("add", "check"):
        done = started("dnc", command, number)
        assert done.code == 2
        assert "is no number to dial" in done.err.replace("\r", " ").replace("\n", " ")


def test_reopening_an_open_contact_changes_nothing(started: Site) -> None:
    assert started.ok("contact", "reopen", "A1", "--json").json["contact"]["state"] == "open"


def test_the_outcome_report_of_an_untouched_campaign(started: Site) -> None:  # R7
    (report,) = started.ok("report", "outcomes", "--json").json["reports"]
    assert (report["attempts"], report["reached"]) == (0, 0)
    assert report["contacts"] == {"open": 2}
    assert set(report["branches"]) == {"connected", "not_through", "wrong_contact", "own_side"}
    assert "0 calls, 0 of 2 contacts reached" in started.ok("report", "outcomes", "回访一").out
