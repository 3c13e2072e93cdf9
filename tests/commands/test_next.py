"""`waihu campaign next`, and how a campaign's contacts stand, as an operator sees them."""

from __future__ import annotations

from tests.commands.one_site import START, Site


def test_the_preview_shows_the_order_and_says_that_nobody_is_dialed_yet(site: Site) -> None:
    site.brings_files()
    for command in START[:2]:
        site.ok(*command)

    shown = site.ok("campaign", "next", "回访一", "-n", "1")
    told = site.ok("campaign", "next", "回访一", "--json").json

    assert "A1" in shown.out
    assert "A2" not in shown.out
    assert "before it runs" in shown.out
    assert [one["reference"] for one in told["next"]] == ["A1", "A2"]
    assert (told["state"], told["order"]) == ("ready", "waiting")
    assert told["next"][0]["number"] == "+8613800138000"


def test_the_order_of_the_campaign_is_the_order_of_the_preview(started: Site) -> None:
    file = started.folder / "callback.toml"
    file.write_text('order = "newest"\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    started.ok("campaign", "create", "callback.toml", "--change")

    told = started.ok("campaign", "next", "回访一", "--json").json

    assert [one["reference"] for one in told["next"]] == ["A2", "A1"]
    assert "who came last" in started.ok("campaign", "show", "回访一").out


def test_an_unknown_order_is_refused_with_those_that_there_are(site: Site) -> None:
    flags = ("--name", "b", "--kind", "sales", "--queue", "s", "--dial-string", "PJSIP/{number}@t")
    done = site("campaign", "create", *flags, "--window", "mon=09:00-12:00", "--order", "best")
    assert done.code == 2
    assert "least_tried" in done.err


def test_the_counts_add_up_to_the_list(started: Site) -> None:
    started.ok("dnc", "add", "13800138000")

    shown = started.ok("campaign", "show", "回访一").out
    standing = started.ok("campaign", "show", "回访一", "--json").json["campaign"]["standing"]

    assert standing == {"now": 1, "held": {"do_not_call": 1}, "closed": {}}
    assert "may be dialed now" in shown
    assert "are on the do-not-call list" in shown
    assert "all contacts" in shown


def test_where_everybody_is_done_nobody_is_next(started: Site) -> None:
    for number in ("13800138000", "02162881234"):
        started.ok("dnc", "add", number)
    shown = started.ok("campaign", "next", "回访一").out
    assert "Nobody of 回访一 is dialed next" in shown
