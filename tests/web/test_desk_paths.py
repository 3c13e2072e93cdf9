"""What the desk page may ask, and what comes of it (R2-R5, R11, R13, R14, R24, R25)."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from campaigns.outcomes import Outcome
from campaigns.phone.places import PlaceTable
from store import schema
from store.contacts import Contacts
from store.do_not_call import DoNotCall
from supervisor.rights import RIGHTS, Role
from tests.web.desk_stage import LOGIN, DeskStage, desk_stage, sees_numbers

FORM = """
[[questions]]
name = "clean"
ask = "楼道卫生如何？"
kind = "choice"
choices = ["好", "一般", "差"]
required = true
"""


@pytest.fixture
async def stage(tmp_path: Path, empty_file: Path) -> AsyncIterator[DeskStage]:
    async with desk_stage(tmp_path, empty_file) as stage:
        yield stage


@pytest.fixture
async def page(stage: DeskStage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stage.url) as client:
        yield client


async def told(page: httpx.AsyncClient, path: str, **body: object) -> Any:
    """What was done; nothing, where there is nothing to tell."""
    answer = await page.post(f"/desk/api{path}", json=body)
    assert answer.status_code in {200, 204}, answer.text
    return answer.json() if answer.status_code == 200 else None


async def refused(page: httpx.AsyncClient, path: str, status: int, **body: object) -> Any:
    answer = await page.post(f"/desk/api{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


async def card(stage: DeskStage, page: httpx.AsyncClient, call: str) -> Any:
    await stage.until(
        lambda: (found := stage.pops.card(LOGIN)) is not None and found.offer.call == call, "a pop"
    )
    return (await page.get("/desk/api/card")).json()["card"]


async def seat(page: httpx.AsyncClient) -> Any:
    async with page.stream("GET", "/desk/live") as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: ") and "seat" in line:
                return json.loads(line.removeprefix("data: "))["seat"]
    raise AssertionError("no seat")


# ── who may ──────────────────────────────────────────────────────────────────────────────


async def test_the_desk_is_for_those_who_have_the_right_and_are_an_agent(  # R25
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    stage.rights = RIGHTS[Role.QUALITY]
    assert (await page.get("/desk/api/card")).status_code == 403
    assert (await refused(page, "/status", 403, want="ready"))["code"] == "no_right"
    stage.rights, stage.agent = RIGHTS[Role.SUPERVISOR], None
    assert (await refused(page, "/status", 409, want="ready"))["code"] == "no_agent"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/status", {"want": "asleep"}),
        ("/status", {"want": "not_ready", "reason": "wrapup"}),
        ("/sign-in", {"phone": "8001@evil"}),
        ("/draft", {"call": "1", "seen": 0, "body": {"note": "x" * 30_000}}),
        ("/word", {"call": "1", "direction": "inbound", "outcome": "nothing"}),
        ("/word", {"call": "1", "direction": "inbound", "outcome": "resolved", "more": 1}),
    ],
)
async def test_what_is_no_such_request_is_refused(
    page: httpx.AsyncClient, path: str, body: dict[str, object]
) -> None:
    await refused(page, path, 422, **body)


# ── the seat ─────────────────────────────────────────────────────────────────────────────


async def test_who_signs_in_with_the_desk_open_lands_in_not_ready(
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    assert (await seat(page))["look"] == "signed_out"
    await told(page, "/sign-in", phone="8001")
    assert stage.rung == [("PJSIP/{number}", "8001", LOGIN)]
    with stage.desk.desks.followed(LOGIN):
        await stage.phone_signs_in()
    found = await seat(page)
    assert (found["look"], found["reason"]) == ("paused", "sign-in")
    assert (await refused(page, "/sign-in", 409, phone="8001"))["code"] == "already_signed_in"
    await told(page, "/status", want="ready")
    assert (await seat(page))["look"] == "ready"
    await told(page, "/status", want="not_ready", reason="meal")
    assert (await seat(page))["reason"] == "meal"


async def test_a_break_that_is_asked_for_in_a_call_comes_after_it(
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.phone_signs_in()
    call = await stage.caller_comes()
    await told(page, "/status", want="not_ready", reason="meal")
    found = await seat(page)
    assert (found["look"], found["next"], found["call"]["id"]) == ("talking", "meal", call)
    await stage.hangs_up(call)
    assert (await seat(page))["due_at"] is not None
    stage.ahead_s += 11
    await stage.state("idle")
    assert (await seat(page))["reason"] == "meal"


async def test_an_agent_ends_the_own_talk_and_no_other(
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    assert (await refused(page, "/hang-up", 409))["code"] == "no_talk"
    await stage.phone_signs_in()
    await stage.caller_comes()
    assert (await refused(page, "/sign-out", 409))["code"] == "in_talk"
    await told(page, "/hang-up")
    await stage.state("wrap_up")
    assert (await refused(page, "/hang-up", 409))["code"] == "no_talk"
    await told(page, "/sign-out")
    await stage.state("away")
    assert (await refused(page, "/sign-out", 409))["code"] == "agent_not_logged_in"


async def test_no_call_is_pushed_over_words_that_are_not_saved(  # screens.md, 10
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.phone_signs_in()
    call = await stage.caller_comes()
    await told(page, "/draft", call=call, seen=0, body={"note": "电梯"})
    await stage.hangs_up(call)
    stage.ahead_s += 11
    await stage.state("idle")
    found = await seat(page)
    assert (found["look"], found["reason"]) == ("paused", "notes")
    await card(stage, page, call)
    await told(page, "/word", call=call, direction="inbound", outcome="resolved", note="电梯已修")
    assert (await seat(page))["look"] == "ready"


# ── who is on the line ───────────────────────────────────────────────────────────────────


async def test_numbers_are_masked_for_whom_they_need_not_concern(  # R25
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.phone_signs_in()
    call = await stage.caller_comes("13900001234")
    assert (await card(stage, page, call))["number"] == "139****1234"
    sees_numbers(stage)
    assert (await card(stage, page, call))["number"] == "13900001234"


async def test_a_caller_comes_with_the_place_of_the_number(  # R11
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    """As much of it as the mask can bear: a city of few numbers is told as its province (R25)."""
    await stage.phone_signs_in()
    call = await stage.caller_comes("13889000000")
    await places_known(stage)
    assert (await card(stage, page, call))["place"] is None
    sees_numbers(stage)
    lhasa = {"en": "Lhasa, Tibet", "zh-CN": "西藏拉萨市", "zh-TW": "西藏拉萨市"}
    assert (await card(stage, page, call))["place"] == lhasa


async def test_a_card_waits_for_no_place(
    stage: DeskStage, page: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is made meanwhile; where it cannot be, the card is the same without."""
    made = threading.Event()

    def slowly() -> PlaceTable:
        made.wait(60)
        raise OSError("no memory for another process")

    monkeypatch.setattr("supervisor.web.desk.places._made", slowly)
    await stage.phone_signs_in()
    call = await stage.caller_comes("13800138000")
    try:
        found = await card(stage, page, call)
        assert (found["number"], found["place"]) == ("138****8000", None)
    finally:
        made.set()
    assert (await card(stage, page, call))["place"] is None


async def places_known(stage: DeskStage) -> None:
    """The other process has made the table."""

    def known() -> bool:
        return stage.desk.places.told("+862151351234", is_masked=True) is not None

    await stage.until(known, "the table of places")


async def test_a_known_caller_comes_with_all_that_is_on_file(  # R11
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.room.running_campaign(1)
    await stage.phone_signs_in()
    first = await stage.caller_comes("13000000000")
    await card(stage, page, first)
    await told(page, "/word", call=first, direction="inbound", outcome="resolved", note="要发票")
    await stage.hangs_up(first)
    stage.ahead_s += 11
    await stage.state("idle")
    await stage.writer.flush()
    second = await stage.caller_comes("13000000000")
    found = await card(stage, page, second)
    assert (found["contact"]["name"], found["contact"]["custom"]) == ("张0", {"district": "徐汇"})
    assert [(one["what"], one["note"]) for one in found["history"]] == [("resolved", "要发票")]
    assert (found["flags"]["dials_today"], found["flags"]["daily_cap"]) == (0, 3)
    assert found["outcomes"][0] == "resolved"


async def test_an_agent_sees_contacts_of_the_own_calls_and_searches_alone(  # R25
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.room.running_campaign(2)
    assert (await page.get("/desk/api/contacts/1")).status_code == 404
    (found,) = (await told(page, "/customers", text="13000000001"))["customers"]
    assert (found["name"], found["number"]) == ("张1", "130****0001")
    assert (await page.get(f"/desk/api/contacts/{found['contact']}")).json()["name"] == "张1"
    assert (await page.get("/desk/api/contacts/1")).status_code == 404


# ── words ────────────────────────────────────────────────────────────────────────────────


async def test_the_word_on_a_call_of_ours_is_saved_with_its_answers(  # R3, R24
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    forms = stage.settings.paths.forms
    assert forms is not None
    forms.mkdir()
    (forms / "callback.toml").write_text(FORM, encoding="utf-8")
    await stage.phone_signs_in()
    await stage.campaign()
    attempt = await stage.is_dialed()
    found = await card(stage, page, attempt)
    assert found["form"]["questions"][0]["ask"] == "楼道卫生如何？"
    contact = found["contact"]["contact"]
    word = {"call": attempt, "direction": "outbound", "outcome": "success", "contact": contact}
    wrong = await refused(page, "/word", 409, **word, form="callback", answers={"clean": "坏"})
    assert wrong["answers"] == {"clean": "no_choice"}
    missing = await refused(page, "/word", 409, **word, form="callback")
    assert missing["answers"] == {"clean": "missing"}
    await told(page, "/draft", call=attempt, seen=0, body={"note": "很"})
    good = {"form": "callback", "answers": {"clean": "好"}, "note": "很满意"}
    assert await told(page, "/word", **word, **good) == {"saved": True}
    (one,) = (await Contacts(stage.database).show(contact)).attempts
    assert (one.outcome, one.note) == (Outcome.SUCCESS, "很满意")
    assert (await page.get("/desk/api/drafts")).json() == {"drafts": []}
    # Who sends it again, because the answer was lost on the way, is told the same.
    assert await told(page, "/word", **word, **good) == {"saved": True}
    other = {**word, **good, "outcome": "success_proxy"}
    assert (await refused(page, "/word", 409, **other))["code"] == "already_disposed"


async def test_a_promise_outside_the_window_is_refused_with_three_times(  # R4
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.phone_signs_in()
    await stage.campaign()
    attempt = await stage.is_dialed()
    contact = (await card(stage, page, attempt))["contact"]["contact"]
    times = await told(page, "/times", contact=contact)
    assert times["quick"]["tomorrow_morning"]["local"] == "2026-11-24T09:00+08:00"
    assert times["quick"]["half_hour"]["fault"] is None
    word = {
        "call": attempt,
        "direction": "outbound",
        "outcome": "appointment",
        "contact": contact,
        "mine": True,
    }
    no = await refused(page, "/word", 409, **word, appointment_at="2026-11-23T20:30")
    assert no["code"] == "appointment_refused"
    assert [slot["local"] for slot in no["slots"]] == [
        "2026-11-23T19:45+08:00",
        "2026-11-24T09:00+08:00",
        "2026-11-24T14:00+08:00",
    ]
    assert (await refused(page, "/word", 422, **word))["code"] == "appointment_needs_time"
    await told(page, "/word", **word, appointment_at="2026-11-24T14:00")
    promised = (await Contacts(stage.database).show(contact)).contact.appointment
    assert promised is not None
    assert (promised.at.isoformat(), promised.agent) == ("2026-11-24T06:00:00+00:00", LOGIN)
    assert (await page.get("/desk/api/today")).json()["promises"] == [], "that is tomorrow's"
    stage.ahead_s += 86_400
    (own,) = (await page.get("/desk/api/today")).json()["promises"]
    assert (own["name"], own["at"]) == ("张0", promised.at.isoformat())


async def test_no_agent_gives_the_word_for_anothers_call(
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    campaign = await stage.room.running_campaign(2)
    claim = await stage.room.sent(campaign, stage.clock().utc - timedelta(minutes=5))
    stage.agent = "1002"
    word = {"call": claim.attempt, "direction": "outbound", "outcome": "success"}
    assert (await refused(page, "/word", 409, **word))["code"] == "no_call_to_dispose"
    stage.agent = LOGIN
    await stage.phone_signs_in()
    await stage.reload()
    live = await stage.is_dialed()
    stage.agent = "1002"
    answers = {"call": live, "direction": "outbound", "outcome": "success"}
    assert (await refused(page, "/word", 409, **answers))["code"] == "no_call_to_dispose"
    inbound = {"call": "17.1", "direction": "inbound", "outcome": "resolved"}
    assert (await refused(page, "/word", 409, **inbound))["code"] == "no_call_to_dispose"


async def test_who_wants_no_more_calls_is_barred_when_it_is_told_as_saved(
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.phone_signs_in()
    call = await stage.caller_comes("13900001234")
    await card(stage, page, call)
    await told(page, "/word", call=call, direction="inbound", outcome="refused")
    (entry,) = await DoNotCall(stage.database).check("+8613900001234")
    assert entry.reason == "refused"


async def test_a_work_order_comes_out_of_the_call_with_the_callers_number(  # R14
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.phone_signs_in()
    call = await stage.caller_comes("13900001234")
    await card(stage, page, call)
    order = await told(page, "/order", kind="repair", subject="电梯", text="3 号楼", call=call)
    assert len(order["number"]) == 9
    unknown = await refused(page, "/order", 422, kind="nothing", subject="x", call=call)
    assert unknown["code"] == "no_kind"
    await stage.hangs_up(call)
    stage.ahead_s += 11
    await stage.state("idle")
    again = await stage.caller_comes("13900001234")
    (shown,) = (await card(stage, page, again))["work_orders"]
    assert (shown["number"], shown["subject"]) == (order["number"], "电梯")


async def test_no_order_is_put_on_a_contact_that_never_came_up(
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.room.running_campaign(1)
    await stage.phone_signs_in()
    call = await stage.caller_comes("13900001234")
    await card(stage, page, call)
    given = {"kind": "repair", "subject": "电梯", "call": call, "contact": 1}
    order = await told(page, "/order", **given)
    async with stage.database.reading() as connection:
        query = select(schema.work_order.c.contact_id).where(
            schema.work_order.c.number == order["number"]
        )
        assert (await connection.execute(query)).scalar_one() is None


async def test_where_nobody_is_called_back_a_wish_for_it_is_refused(
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    await stage.phone_signs_in()
    call = await stage.caller_comes("13900001234")
    await card(stage, page, call)
    assert (await refused(page, "/call-back", 409, call=call))["code"] == "call_back_not_kept"


# ── drafts ───────────────────────────────────────────────────────────────────────────────


async def test_of_two_pages_that_type_the_later_one_is_told(
    page: httpx.AsyncClient,
) -> None:
    first = await told(page, "/draft", call="17.1", seen=0, body={"note": "a"})
    await told(page, "/draft", call="17.1", seen=first["version"], body={"note": "ab"})
    no = await refused(page, "/draft", 409, call="17.1", seen=first["version"], body={"note": "x"})
    assert (no["code"], no["draft"]["body"]) == ("draft_changed", {"note": "ab"})
    (kept,) = (await page.get("/desk/api/drafts")).json()["drafts"]
    assert kept["body"] == {"note": "ab"}
    await told(page, "/draft/drop", call="17.1")
    assert (await page.get("/desk/api/drafts")).json() == {"drafts": []}


# ── the own day, preview ─────────────────────────────────────────────────────────────────


async def test_the_own_day_counts_calls_and_what_still_waits_for_a_word(
    stage: DeskStage, page: httpx.AsyncClient
) -> None:
    day = (await page.get("/desk/api/today")).json()
    nothing = {"calls": 0, "answered": 0, "successes": 0, "talk_s": None}
    assert day == {**nothing, "late": [], "promises": []}
    await stage.phone_signs_in()
    await stage.campaign()
    attempt = await stage.is_dialed()
    await stage.hangs_up(attempt)
    stage.ahead_s += 31
    await stage.until(lambda: stage.engine.board.get(attempt) is None, "the wrap-up's end")
    await stage.writer.flush()
    (late,) = (await page.get("/desk/api/today")).json()["late"]
    assert late["call"] == attempt
    await told(page, "/word", call=attempt, direction="outbound", outcome="unsuccessful")
    assert (await page.get("/desk/api/today")).json()["late"] == []
    choices = (await page.get("/desk/api/choices")).json()
    assert choices["reasons"] == ["break", "meal", "training", "meeting"]
    assert next(kind["name"] for kind in choices["order_kinds"]) == "inquiry"
