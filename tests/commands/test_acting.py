"""What supervisors change stands in the ledger: who, what, when and why (R18, R25)."""

from __future__ import annotations

import getpass
from typing import Any

import pytest

from tests.commands.one_site import Site

CAMPAIGN = "回访一"


def acts(site: Site) -> list[Any]:
    """What operators did to the campaign or to agents once on file, oldest first."""
    found = site.ok("audit", "show", "-n", "50", "--json").json["entries"]
    acted = [one for one in found if one["kind"].startswith(("campaign.", "agent."))]
    return [one for one in acted if not one["kind"].endswith(".saved")]


def last(site: Site) -> Any:
    return acts(site)[-1]


def test_a_campaign_that_is_set_otherwise_is_in_the_ledger(started: Site) -> None:  # R25
    started.ok("campaign", "pause", CAMPAIGN, "--why", "线路故障")
    entry = last(started)
    assert (entry["kind"], entry["subject"]) == ("campaign.set", CAMPAIGN)
    who = getpass.getuser()
    told = {"what": "paused", "was": "running", "by": who, "why": "线路故障"}
    assert entry["body"] == told
    for command, what in (("resume", "running"), ("stop", "stopped"), ("start", "running")):
        started.ok("campaign", command, CAMPAIGN)
        assert last(started)["body"]["what"] == what
    shown = started.ok("audit", "show").out
    assert "campaign set" in shown
    assert f"paused · 线路故障 · {who}" in shown


def test_what_changes_nothing_is_no_entry(started: Site) -> None:
    before = len(acts(started))
    started.ok("campaign", "start", CAMPAIGN)
    started.ok("campaign", "pace", CAMPAIGN, "--priority", "5")
    assert len(acts(started)) == before


def test_a_campaign_that_is_steered_is_in_the_ledger_with_what_was_before(started: Site) -> None:
    started.ok("campaign", "pace", CAMPAIGN, "--mode", "predictive", "--why", "午高峰")
    mode = last(started)
    assert mode["kind"] == "campaign.steered"
    assert mode["body"]["what"] == "mode predictive"
    assert mode["body"]["was"] == {"mode": "progressive"}
    assert mode["body"]["why"] == "午高峰"
    started.ok("campaign", "pace", CAMPAIGN, "--cap", "2", "--priority", "1")
    pace = last(started)["body"]
    assert pace["what"] == "abandon_percent 2.0, priority 1"
    assert pace["was"] == {"abandon_percent": 3.0, "priority": 5}


def test_so_is_one_that_is_changed_by_its_file(started: Site) -> None:
    path = started.folder / "callback.toml"
    path.write_text('mode = "predictive"\n' + path.read_text("utf-8"), "utf-8")
    started.ok("campaign", "create", str(path), "--change")
    assert last(started)["body"]["what"] == "mode predictive"


def test_a_loan_says_why(started: Site) -> None:  # R17
    started.ok("agent", "add", "1001", "--queue", "callback")
    started.ok("agent", "lend", "1001", "sales", "--why", "销售缺人")
    assert last(started)["body"]["why"] == "销售缺人"
    started.ok("agent", "lend", "1001", "--back", "--why", "高峰已过")
    assert last(started)["body"]["why"] == "高峰已过"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("campaign", "pace", CAMPAIGN, "--mode", "bold"), 2, "“bold” is no mode"),
        (("agent", "lend", "1001", "nowhere"), 2, "waihu-inbound"),
        (("agent", "lend", "1001", "--back"), 1, "nobody of them is lent"),
        (("campaign", "resume", CAMPAIGN), 1, "not started"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_not_entered(
    arguments: tuple[str, ...], code: int, said: str, site: Site
) -> None:
    site.brings_files()
    site.ok("campaign", "create", str(site.folder / "callback.toml"))
    done = site(*arguments)
    assert done.code == code
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert not acts(site)
