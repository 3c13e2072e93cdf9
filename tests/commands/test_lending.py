"""Skills on the command line, and agents lent to another queue, without an engine (R9, R17)."""

from __future__ import annotations

import pytest

from tests.commands.one_site import Site

QUEUES = """
[[queues]]
name = "inbound"
[[queues]]
name = "callback"
[[queues]]
name = "repairs"
skill = "报修"
least = 3
wider = [{ after_s = 30, least = 1 }]
"""


@pytest.fixture
def hotline(site: Site) -> Site:
    """A site one of whose queues needs a skill."""
    path = site.folder / "waihu.toml"
    path.write_text(path.read_text("utf-8") + QUEUES, "utf-8")
    return site


def test_a_skill_makes_an_agent_of_the_queue_that_needs_it(hotline: Site) -> None:
    made = hotline.ok("agent", "add", "1001", "--skill", "报修=3", "--json").json
    assert made["agent"]["skills"] == {"报修": 3}
    rules = hotline.folder / "out"
    hotline.ok("asterisk", "render", str(rules))
    text = (rules / "waihu-queuerules.conf").read_text("utf-8")
    assert "[waihu-repairs]\npenaltychange => 10,1399,0\npenaltychange => 30,1799,0\n" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("--skill", "报修"),
        ("--skill", "报修=0"),
        ("--skill", "报修=10"),
        ("--skill", "repairs=3"),
        ("--queue", "repairs"),
    ],
)
def test_what_no_queue_would_ever_ask_for_is_refused(
    arguments: tuple[str, ...], hotline: Site
) -> None:
    done = hotline("agent", "add", "1001", *arguments)
    assert done.code == 2
    assert len(done.err.splitlines()) == 1


def test_a_loan_is_kept_shown_in_the_ledger_and_ended(hotline: Site) -> None:  # R17
    hotline.ok("agent", "add", "1001", "--queue", "callback")
    lent = hotline.ok("agent", "lend", "1001", "repairs", "--until", "2099-01-01 15:00", "--json")
    assert lent.json["lent"] == ["1001"]
    assert lent.json["queue"] == "waihu-repairs"
    acts = hotline.ok("audit", "show", "--json").json["entries"]
    assert acts[-1]["kind"] == "agent.lent"
    assert acts[-1]["subject"] == "agent 1001"
    back = hotline.ok("agent", "lend", "1001", "--back", "--json").json
    assert back["taken_back"] == ["1001"]
    assert hotline("agent", "lend", "1001", "--back").code == 1


def test_a_group_comes_back_as_it_was_lent(hotline: Site) -> None:  # R17
    for login in ("1001", "1002"):
        hotline.ok("agent", "add", login, "--queue", "callback")
        hotline.ok("agent", "lend", login, "repairs")
    back = hotline.ok("queue", "lend", "callback", "repairs", "--back", "--json").json
    assert back["taken_back"] == ["1001", "1002"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("agent", "lend", "1001"),
        ("agent", "lend", "1001", "repairs", "--back"),
        ("agent", "lend", "1001", "repairs", "--until", "2020-01-01 15:00"),
        ("queue", "lend", "repairs", "repairs"),
    ],
)
def test_a_loan_that_says_two_things_or_nothing_is_refused(
    arguments: tuple[str, ...], hotline: Site
) -> None:
    assert hotline(*arguments).code == 2


def test_nobody_is_lent_who_is_not_on_file(hotline: Site) -> None:
    hotline.ok("agent", "add", "1001", "--queue", "callback")
    assert hotline("agent", "lend", "1009", "repairs").code == 1
