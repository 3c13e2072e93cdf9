"""`waihu campaign show` says whether anybody is dialed, if not why, and the next step."""

from __future__ import annotations

from pathlib import Path

from tests.commands.one_site import START, Site


def told(site: Site) -> tuple[object, object]:
    shown = site.ok("campaign", "show", "回访一", "--json").json["campaign"]
    assert shown["dials"] is False
    return shown["code"], shown["step"]


def changed(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_each_reason_comes_with_the_next_step_until_only_the_engine_is_missing(site: Site) -> None:
    site.brings_files()
    site.ok(*START[0])
    assert told(site) == ("no_list", "waihu list import FILE --campaign '回访一'")
    site.ok(*START[1])
    assert told(site) == ("campaign_ready", "waihu campaign start '回访一'")
    site.ok(*START[2])
    assert told(site) == ("no_engine", "waihu run")
    site.ok("campaign", "pause", "回访一")
    assert told(site) == ("campaign_paused", "waihu campaign resume '回访一'")
    site.ok("campaign", "resume", "回访一")
    site.ok("list", "pause", "回访一", "list")
    assert told(site) == ("list_paused", "waihu list resume '回访一' LIST")
    assert "Nobody is dialed just now: 2 of 2 contacts are on a list that is paused." in (
        site.ok("campaign", "show", "回访一").out
    )


def test_who_has_given_no_consent_is_not_counted_as_ready_once_a_list_is_in(site: Site) -> None:
    site.brings_files()
    changed(site.folder / "callback.toml", 'consent = "contract"\n', "")
    for command in START:
        site.ok(*command)
    assert told(site)[0] == "consent"
    site.ok("contact", "consent", "A1", "--basis", "request")
    counts = site.ok("campaign", "show", "回访一", "--json").json["campaign"]["standing"]
    assert counts == {"now": 1, "held": {"consent": 1}, "closed": {}}


def test_whom_the_filter_leaves_out_is_not_counted_as_ready_once_a_list_is_in(site: Site) -> None:
    site.brings_files()
    changed(site.folder / "callback.toml", "queue =", "filter = '小区 = \"静安\"'\nqueue =")
    for command in START:
        site.ok(*command)
    counts = site.ok("campaign", "show", "回访一", "--json").json["campaign"]["standing"]
    assert counts == {"now": 1, "held": {"filtered": 1}, "closed": {}}
