"""`waihu order`: from the call to the customer's yes (R13, R14, R15, R20)."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from campaigns.orders.order import Door, NewOrder
from config.loading import load_settings
from config.order_policy import order_policy
from store.work_orders import WorkOrders
from tests.cli.terminal import NUMBER, Terminal, utc_now
from tests.store.room import Room

KEYS = {
    *("number", "kind", "complaint", "subject", "text", "e164", "name", "call", "voicemail"),
    *("contact_id", "opened_by", "opened_at", "group", "owner", "in_scope", "referred_to"),
    *("investigate_by", "solve_by", "stage_by", "since", "state", "level", "investigated_at"),
    *("solved_at", "closed_at", "promised_at", "promised_until", "promise_made_at"),
    *("promise_contact", "chased_at", "chase_at", "rejections", "reopened", "version"),
    *("due_at", "overdue"),
}
SETTINGS = """
[orders]
call_back = "hot"
[orders.groups.service]
supervisor = "2001"
[orders.hotlines]
water = "96116"
[orders.kinds.cleaning]
title = "保洁"
solve_days = 2
"""


@pytest.fixture
def office(waihu: Terminal) -> Terminal:
    """A site with a campaign for call-backs, which is not started."""
    waihu.settings.write_text(waihu.settings.read_text("utf-8") + SETTINGS, encoding="utf-8")
    waihu.campaign()
    return waihu


def opened(office: Terminal, *more: str) -> str:
    return str(office.well("order", "open", "repair", *more, "--json").json["order"]["number"])


def test_an_order_goes_from_the_call_to_the_customers_yes(office: Terminal) -> None:
    said = office.well(
        "order", "open", "complaint", "--subject", "漏水", "--phone", NUMBER, "--by", "1001"
    )
    assert said.first_line.startswith("Work order ")
    (order,) = office.well("order", "list", "--json").json["orders"]
    assert set(order) == KEYS
    assert (order["kind"], order["opened_by"], order["e164"]) == ("complaint", "agent", NUMBER)
    number = order["number"]
    for command in (
        ["take", number, "--by", "1001"],
        ["note", number, "看过现场"],
        ["investigated", number],
        ["escalate", number],
        ["hand-over", number, "--to", "li"],
        ["solve", number],
        ["accept", number],
    ):
        office.well("order", *command)
    shown = office.well("order", "show", number)
    assert "漏水" in shown.out
    assert "看过现场" in shown.out
    said_json = office.well("order", "show", number, "--json").json
    assert list(said_json) == ["v", "order", "trail"]
    assert [one["act"] for one in said_json["trail"]] == [
        *("opened", "take", "note", "investigated", "escalate", "hand_over", "solve", "accept"),
    ]
    assert set(said_json["trail"][0]) == {
        *("at", "who", "act", "before", "after", "owner", "level", "note"),
    }
    assert office.well("order", "list").out == "No work order.\n"
    assert number in office.well("order", "list", "--all").out


def test_what_is_not_possible_is_refused_with_what_is(office: Terminal) -> None:
    number = opened(office)
    refused = office("order", "accept", number)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        f"waihu: {number} is not taken yet: that is not possible; possible: take, hand-over, "
        "investigated, escalate, note, refer, solve, promise, close\n"
    )
    office.well("order", "take", number, "--by", "1001")
    assert "1001 has" in office("order", "take", number, "--by", "1002").err
    assert "say to whom" in office("order", "hand-over", number).err
    nobodys = office("order", "hand-over", number, "--group", "water")
    assert (nobodys.code, "there are: service" in nobodys.err) == (2, True)
    assert "somebody else" in office("order", "solve", number, "--version", "1").err


@pytest.mark.parametrize("typed", ["123", "nine", "123456780"])
def test_a_mistyped_number_is_nobodys(office: Terminal, typed: str) -> None:
    refused = office("order", "show", typed)
    assert refused.code == 2
    assert "is no work order's number" in refused.err


def test_kinds_are_the_operators_and_a_wrong_word_lists_them(office: Terminal) -> None:
    said = office("order", "open", "garden")
    assert said.code == 2
    assert "cleaning (保洁)" in said.err
    order = office.well("order", "open", "保洁", "--json").json["order"]
    assert order["kind"] == "cleaning"


def test_what_is_anothers_business_is_referred_or_recorded_where_the_customer_insists(
    office: Terminal,
) -> None:
    said = office.well("order", "open", "complaint", "--refer-to", "water")
    assert "96116" in said.out
    (order,) = office.well("order", "list", "--all", "--json").json["orders"]
    assert (order["state"], order["in_scope"]) == ("referred", False)
    office.well("order", "insist", order["number"])
    assert [one["state"] for one in office.well("order", "list", "--json").json["orders"]] == [
        "open"
    ]
    number = opened(office)
    assert office.well("order", "refer", number, "--to", "water", "--json").json["order"][
        "referred_to"
    ] == ("96116")


def test_a_promised_call_goes_into_the_campaign_and_says_who_makes_it(office: Terminal) -> None:
    number = opened(office, "--phone", NUMBER, "--name", "张三")
    said = office.well("order", "promise", number, "--at", "2036-11-25 10:00")
    assert "waihu campaign start hot" in said.out
    contact = office.well("contact", "show", NUMBER, "--json").json["contacts"][0]
    assert contact["appointment_at"] == "2036-11-25T02:00:00+00:00"
    assert contact["custom"] == {"work_order": number, "kind": "repair"}
    office.well("dnc", "add", NUMBER)
    barred = office("order", "promise", number, "--at", "2036-11-26 10:00")
    assert (barred.code, "do-not-call" in barred.err) == (1, True)
    unknown = opened(office)
    assert (
        "is not known" in office.well("order", "promise", unknown, "--at", "2036-11-25 10:00").out
    )


async def late_order(room: Room, waihu: Terminal) -> str:
    """An order of three weeks ago that nobody has seen to."""
    settings = load_settings(waihu.settings)
    now = utc_now()
    orders = WorkOrders(room.database, order_policy(settings, now.date()))
    new = NewOrder(kind="repair", opened_by=Door.IVR, who="hotline", e164=NUMBER)
    return (await orders.open(new, Random(7), now - timedelta(days=21))).number


def test_what_is_late_goes_up_once(office: Terminal) -> None:
    number = office.on_file(lambda room: late_order(room, office))
    late = office.well("order", "overdue")
    assert number in late.out
    assert "overdue since" in late.out
    (order,) = office.well("order", "overdue", "--escalate", "--json").json["orders"]
    assert (order["level"], order["owner"]) == ("supervisor", "2001")
    assert office.well("order", "overdue", "--escalate", "--json").json["orders"] == []
    figures = office.well("order", "report", "--json").json["figures"]
    assert [one["group"] for one in figures] == ["service", None]
    assert {name: figures[1][name] for name in ("opened", "judged", "on_time", "overdue")} == {
        "opened": 1,
        "judged": 1,
        "on_time": 0,
        "overdue": 1,
    }
    assert "0/1" in office.well("order", "report").out
