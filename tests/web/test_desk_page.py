"""The agent desk in a real browser: by keyboard alone, in three languages, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, expect

from campaigns.campaign import Mode
from campaigns.outcomes import Outcome
from dialer.switch_events import LinkDown
from store.call_notes import notes_of_number
from store.contacts import AttemptRecord, Contacts
from store.do_not_call import DoNotCall
from store.drafts import MOST_OPEN, Drafts
from tests.real_chromium import chromium, new_context
from tests.web.desk_stage import LOGIN, DeskStage, desk_stage
from tests.web.test_desk_paths import FORM, places_known

RESERVED = [
    *("F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12"),
    *(f"Ctrl+{name}" for name in "twnrlk123456789"),
    *(f"Alt+{name}" for name in ("d", "f", "ArrowLeft", "ArrowRight", *"12345678")),
]
"""What a browser keeps for itself (screens.md)."""


@pytest.fixture
async def stage(tmp_path: Path, empty_file: Path) -> AsyncIterator[DeskStage]:
    async with desk_stage(tmp_path, empty_file) as stage:
        forms = stage.settings.paths.forms
        assert forms is not None
        forms.mkdir()
        (forms / "callback.toml").write_text(FORM, encoding="utf-8")
        yield stage


@asynccontextmanager
async def browsing(folder: Path, language: str = "zh-CN") -> AsyncIterator[BrowserContext]:
    async with chromium(folder) as browser:
        context = await new_context(browser, locale=language)
        yield context


async def at_the_desk(context: BrowserContext, stage: DeskStage) -> Page:
    """The page, signed in and ready."""
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    await page.goto(f"{stage.url}/desk")
    if stage.engine.floor.free("waihu-inbound") == []:
        await expect(page.locator("#sign-in")).to_be_visible()
        await stage.phone_signs_in()
        await expect(page.locator("#state")).to_have_attribute("data-look", "paused")
        await page.keyboard.press("F8")
    await expect(page.locator("#state")).to_have_attribute("data-look", "ready")
    assert faults == []
    return page


async def the_attempt(stage: DeskStage, attempt: str) -> AttemptRecord:
    contacts = Contacts(stage.database)
    for number in range(1, 4):
        for one in (await contacts.show(number)).attempts:
            if one.id == attempt:
                return one
    raise AssertionError("no such attempt")


async def test_who_is_no_agent_is_told_so(stage: DeskStage, tmp_path: Path) -> None:
    stage.agent = None
    async with browsing(tmp_path) as context:
        page = await context.new_page()
        await page.goto(f"{stage.url}/desk")
        await expect(page.locator(".notice.bad")).to_be_visible()
        await expect(page.locator('.nav a[href="/desk"]')).to_have_count(0)


# ── a call, by keyboard alone ────────────────────────────────────────────────────────────


async def test_a_call_comes_and_its_word_is_in_the_database_by_three_keys(  # R3, R11
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.campaign()
        attempt = await stage.is_dialed()
        await expect(page.locator(".person-name")).to_have_text("张0")
        await expect(page.locator(".person-number")).to_have_text("130****0000")
        await page.keyboard.press("3")
        await expect(page.locator("#outcome-unsuccessful")).to_have_attribute(
            "aria-checked", "true"
        )
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".notice.good")).to_contain_text("张0")
        assert (await the_attempt(stage, attempt)).outcome is Outcome.UNSUCCESSFUL


async def test_a_callers_number_has_its_place_in_the_language_of_the_page(  # R11
    stage: DeskStage, tmp_path: Path
) -> None:
    await places_known(stage)
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.caller_comes("+886223456789")
        place = page.locator(".person-place")
        await expect(place).to_have_text("台北")
        await expect(page.locator(".person-number")).to_have_text("886****6789")
        for language, said in (("en", "Taipei"), ("zh-TW", "臺北")):
            await page.locator(".choices select").first.select_option(language)
            await expect(place).to_have_text(said)


async def test_a_number_of_no_place_stands_alone(stage: DeskStage, tmp_path: Path) -> None:
    await places_known(stage)
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.caller_comes("anonymous")
        await expect(page.locator(".person-number")).to_be_visible()
        await expect(page.locator(".person-place")).to_have_count(0)


async def test_the_note_on_a_caller_is_typed_and_saved_by_keyboard(  # R11
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        call = await stage.caller_comes("13900001234")
        await expect(page.locator(".person-name")).to_have_text("未知来电")
        await page.keyboard.press("1")
        await page.locator("#note").focus()
        await page.keyboard.type("电梯 3 号已修好")
        assert await page.locator("#outcome-resolved").get_attribute("aria-checked") == "true"
        await stage.hangs_up(call)
        await page.keyboard.press("Control+Shift+Enter")
        await expect(page.locator(".notice.good")).to_contain_text("139****1234")
        (note,) = await notes_of_number(stage.database, "+8613900001234")
        assert (note.result.value, note.note) == ("resolved", "电梯 3 号已修好")
        await expect(page.locator("#state")).to_contain_text("小休")


async def test_a_promise_outside_the_hours_is_refused_with_three_times_to_choose(  # R4
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.campaign()
        attempt = await stage.is_dialed()
        await expect(page.locator("#outcome-appointment")).to_be_visible()
        await page.keyboard.press("4")
        await expect(page.locator("#quick-tomorrow_morning")).to_contain_text("09:00")
        await page.locator("#own-time").fill("2026-11-23T20:30")
        await expect(page.locator("#refused-time button")).to_have_count(3)
        await page.locator("#slot-1").press("Enter")
        await expect(page.locator("#confirm")).to_contain_text("11月24日")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".notice.good")).to_be_visible()
        one = await the_attempt(stage, attempt)
        assert one.outcome is Outcome.APPOINTMENT
        promised = (await Contacts(stage.database).show(1)).contact.appointment
        assert promised is not None
        assert promised.at.isoformat() == "2026-11-24T01:00:00+00:00"


async def test_a_question_that_must_be_answered_is_pointed_at(  # R24
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.campaign()
        attempt = await stage.is_dialed()
        await expect(page.locator("#form")).to_be_visible()
        await page.keyboard.press("1")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".fault")).to_have_text("此题必答。")
        await page.keyboard.press("Space")  # the first answer has the focus
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".notice.good")).to_be_visible()
        assert (await the_attempt(stage, attempt)).outcome is Outcome.SUCCESS


async def test_a_contact_is_looked_at_and_then_dialed(  # preview
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        await stage.campaign(mode=Mode.PREVIEW)
        page = await at_the_desk(context, stage)
        await page.locator("#fetch").press("Enter")
        await expect(page.locator(".person-name")).to_have_text("张0")
        await page.locator("#skip-why").fill("已搬走")
        await page.locator("#skip").press("Enter")
        await expect(page.locator("#state")).to_have_attribute("data-look", "ready")
        await page.locator("#fetch").press("Enter")
        await expect(page.locator(".person-name")).to_have_text("张1")
        await expect(page.locator("#dial")).to_be_visible()
        await page.locator("#state").click()
        await page.keyboard.press("F2")
        attempt = await stage.is_dialed()
        await expect(page.locator("#outcome-refused")).to_be_visible()
        await page.keyboard.press("5")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".notice.good")).to_be_visible()
        assert (await the_attempt(stage, attempt)).outcome is Outcome.REFUSED
        assert await DoNotCall(stage.database).check("+8613000000001")


async def test_a_word_that_did_not_come_in_time_is_given_late(  # 待补登
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.campaign()
        attempt = await stage.is_dialed()
        await expect(page.locator("#note")).to_be_visible()
        await stage.hangs_up(attempt)
        stage.pauses("meal")
        stage.ahead_s += 31
        await stage.until(lambda: stage.engine.board.get(attempt) is None, "the wrap-up's end")
        await stage.writer.flush()
        await page.reload()
        await page.locator(".open-words button").press("Enter")
        await page.keyboard.press("3")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".notice.good")).to_contain_text("张0")
        assert (await the_attempt(stage, attempt)).outcome is Outcome.UNSUCCESSFUL
        await expect(page.locator(".open-words")).to_have_count(0)
        await page.reload()
        await expect(page.locator("#state")).to_have_attribute("data-look", "paused")
        await expect(page.locator("#note")).to_have_count(0)


async def test_of_several_with_one_number_the_right_one_is_chosen_by_keyboard(  # R11
    stage: DeskStage, tmp_path: Path
) -> None:
    for name in ("spring", "autumn"):
        await stage.room.running_campaign(1, name=name)
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        call = await stage.caller_comes("13000000000")
        await expect(page.locator(".person-name")).to_have_text("同号多人")
        await page.locator(".people button").filter(has_text="spring").press("Enter")
        await expect(page.locator(".person-name")).to_have_text("张0")
        await expect(page.locator(".why")).to_contain_text("spring")
        await page.locator("#state").click()
        await page.keyboard.press("n")
        await expect(page.locator("#search")).to_be_focused()
        await page.locator("#search").fill("张0")
        await page.keyboard.press("Enter")
        await expect(page.locator(".people button")).to_have_count(2)
        await page.locator(".people button").filter(has_text="autumn").press("Enter")
        await page.locator("#outcome-resolved").press("Enter")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".notice.good")).to_be_visible()
        (note,) = await notes_of_number(stage.database, "+8613000000000")
        assert note.call == call
        record = await Contacts(stage.database).show(note.contact or 0)
        assert record.campaign.name == "autumn"


async def test_a_work_order_is_opened_from_the_call_by_keyboard(  # R14
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.caller_comes("13900001234")
        await page.locator("#note").fill("3 幢电梯异响")
        await page.locator("#order").press("Enter")
        await expect(page.locator("#order-subject")).to_be_focused()
        await accessible(page)
        await page.keyboard.type("电梯异响")
        await page.locator("#order-kind").select_option("repair")
        await page.keyboard.press("1")  # no outcome is chosen behind a dialog
        await page.locator("#order-go").press("Enter")
        await expect(page.locator(".notice.good")).to_contain_text("工单")
        await expect(page.locator("[aria-checked=true]")).to_have_count(0)
        await page.locator("#state").click()
        await page.keyboard.press("?")
        await expect(page.locator("#single-keys")).to_be_visible()
        await accessible(page)
        await page.locator("#single-keys").uncheck()
        await page.keyboard.press("Escape")
        await page.keyboard.press("1")
        await expect(page.locator("[aria-checked=true]")).to_have_count(0)


# ── keys ─────────────────────────────────────────────────────────────────────────────────

PRESSED = """
(keys) => keys.filter((name) => {
  const parts = name.split("+");
  const key = parts.pop();
  const event = new KeyboardEvent("keydown", {
    key, ctrlKey: parts.includes("Ctrl"), altKey: parts.includes("Alt"),
    shiftKey: parts.includes("Shift"), isComposing: parts.includes("Composing"),
    bubbles: true, cancelable: true,
  });
  document.activeElement.dispatchEvent(event);
  return event.defaultPrevented;
})
"""


async def test_keys_of_the_browser_and_of_input_methods_are_left_alone(
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.caller_comes()
        await expect(page.locator("#outcome-resolved")).to_be_visible()
        assert await page.evaluate(PRESSED, RESERVED) == []
        composing = ["Composing+1", "Composing+Ctrl+Enter", "Composing+n"]
        assert await page.evaluate(PRESSED, composing) == []
        chosen = page.locator("[aria-checked=true]")
        await expect(chosen).to_have_count(0)
        await page.locator("#note").focus()
        await page.keyboard.type("1 2 n ?")
        await expect(chosen).to_have_count(0)
        await page.locator("#note").blur()
        assert await page.evaluate(PRESSED, ["2", "F8", "F2"]) == ["2", "F8", "F2"]
        await expect(chosen).to_have_count(1)


# ── nothing is lost ──────────────────────────────────────────────────────────────────────


async def test_words_outlive_a_reload_while_nothing_answers(
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.caller_comes()
        await page.locator("#note").fill("已存")
        await expect(page.locator("#draft-state")).to_have_attribute("data-state", "kept")
        await context.route("**/desk/api/draft", lambda route: route.abort())
        await page.locator("#note").fill("已存，又写")
        await expect(page.locator("#draft-state")).to_have_attribute("data-state", "local")
        await page.reload()
        await expect(page.locator("#note")).to_have_value("已存，又写")
        await context.unroute("**/desk/api/draft")
        await expect(page.locator("#draft-state")).to_have_attribute("data-state", "kept")
        (draft,) = await Drafts(stage.database).of_agent(LOGIN)
        assert "已存，又写" in draft.body


async def test_a_draft_that_the_server_refuses_says_so_and_stays_in_the_browser(
    stage: DeskStage, tmp_path: Path
) -> None:
    drafts = Drafts(stage.database)
    for n in range(MOST_OPEN):
        await drafts.save(LOGIN, f"{n}", "{}", stage.desk.utc_now(), seen=0)
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        await stage.caller_comes()
        await page.locator("#note").fill("一个字也不丢")
        state = page.locator("#draft-state")
        await expect(state).to_have_attribute("data-state", "full")
        await expect(state).to_contain_text("只存在本机浏览器")
        await page.reload()
        await expect(page.locator("#note")).to_have_value("一个字也不丢")
        await drafts.drop(LOGIN, "0")
        await expect(state).to_have_attribute("data-state", "kept", timeout=60_000)
    assert len(await drafts.of_agent(LOGIN)) == MOST_OPEN


async def test_own_words_that_arrived_unheard_are_no_others(
    stage: DeskStage, tmp_path: Path
) -> None:
    """They were on their way when the page was left, and came after the new page had looked."""
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        call = await stage.caller_comes()
        await page.locator("#note").fill("已存")
        await expect(page.locator("#draft-state")).to_have_attribute("data-state", "kept")
        await context.route("**/desk/api/draft", lambda route: route.abort())
        await page.locator("#note").fill("已存，又写")
        await expect(page.locator("#draft-state")).to_have_attribute("data-state", "local")
        await page.reload()
        await expect(page.locator("#note")).to_have_value("已存，又写")
        drafts = Drafts(stage.database)
        (draft,) = await drafts.of_agent(LOGIN)
        late = json.dumps({**json.loads(draft.body), "note": "已存，又写"})
        await drafts.save(LOGIN, call, late, stage.clock().utc, seen=draft.version)
        await page.locator("#note").fill("已存，又写，再写")
        await context.unroute("**/desk/api/draft")
        await expect(page.locator("#draft-state")).to_have_attribute("data-state", "kept")
        (draft,) = await drafts.of_agent(LOGIN)
        assert "再写" in draft.body


@pytest.mark.parametrize("is_saved", [True, False])
async def test_words_of_another_machine_are_never_written_over_unasked(
    stage: DeskStage, tmp_path: Path, *, is_saved: bool
) -> None:
    """What this browser has kept is older, if the server has it; else the agent says which."""
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        call = await stage.caller_comes()
        await page.locator("#note").fill("这里写的")
        state = page.locator("#draft-state")
        await expect(state).to_have_attribute("data-state", "kept")
        if not is_saved:
            await context.route("**/desk/api/draft", lambda route: route.abort())
            await page.locator("#note").fill("这里写的，没存上")
            await expect(state).to_have_attribute("data-state", "local")
        drafts = Drafts(stage.database)
        (draft,) = await drafts.of_agent(LOGIN)
        theirs = json.dumps({**json.loads(draft.body), "note": "别处接着写的"})
        await drafts.save(LOGIN, call, theirs, stage.clock().utc, seen=draft.version)
        await page.reload()
        if not is_saved:
            await expect(page.locator("#note")).to_have_value("这里写的，没存上")
            await context.unroute("**/desk/api/draft")
            await expect(state).to_have_attribute("data-state", "clash")
            await page.get_by_role("button", name="用另一份").click()
            await expect(page.locator("#note")).to_have_value("别处接着写的")
            await page.reload()
        await expect(page.locator("#note")).to_have_value("别处接着写的")
        await expect(state).to_have_attribute("data-state", "kept")
        (draft,) = await drafts.of_agent(LOGIN)
        assert draft.body == theirs


async def test_two_tabs_of_one_agent_type_together(stage: DeskStage, tmp_path: Path) -> None:
    async with browsing(tmp_path) as context:
        first = await at_the_desk(context, stage)
        second = await at_the_desk(context, stage)
        assert stage.desk.desks.open_desks == 1, "one stream for both"
        await stage.caller_comes()
        await expect(second.locator("#note")).to_be_visible()
        await first.locator("#note").fill("第一页写的")
        await expect(second.locator("#note")).to_have_value("第一页写的")
        await second.locator("#note").fill("第一页写的，第二页接着写")
        await expect(second.locator("#draft-state")).to_have_attribute("data-state", "kept")
        await first.locator("#search").focus()
        await expect(first.locator("#note")).to_have_value("第一页写的，第二页接着写")
        await expect(first.locator("#draft-state")).to_have_attribute("data-state", "kept")


async def test_the_page_says_when_what_it_shows_is_old(stage: DeskStage, tmp_path: Path) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        stage.desk.desks.close()
        await expect(page.locator(".notice.bad")).to_contain_text("数据已过期")
        await expect(page.locator("body")).to_have_class("desk-body old")


async def test_who_types_the_phone_goes_on_typing_whatever_the_seat_tells(
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await context.new_page()
        await page.goto(f"{stage.url}/desk")
        await page.locator("#phone-number").focus()
        await page.keyboard.type("29")
        await page.keyboard.press("ArrowLeft")
        await stage.campaign()
        stage.loop.put(LinkDown(reason="pulled"))
        await expect(page.locator('[data-kind="link"]')).to_be_visible()
        await page.keyboard.type("70")
        await expect(page.locator("#phone-number")).to_have_value("2709")


async def test_a_break_that_others_set_is_told_and_a_phone_that_goes_too(
    stage: DeskStage, tmp_path: Path
) -> None:
    async with browsing(tmp_path) as context:
        page = await at_the_desk(context, stage)
        stage.pauses("fire drill")
        await expect(page.locator(".notice.warn")).to_contain_text("fire drill")
        stage.phone_goes()
        await expect(page.locator('[data-kind="phone"]')).to_contain_text("话机已断开")
        await expect(page.locator("#sign-in")).to_be_visible()


# ── for everybody ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_page_can_be_read_and_worked_by_everybody(
    stage: DeskStage, tmp_path: Path, language: str, theme: str
) -> None:
    async with browsing(tmp_path, language) as context:
        page = await at_the_desk(context, stage)
        await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        await stage.campaign()
        await stage.is_dialed()
        await expect(page.locator("#outcome-success")).to_be_visible()
        await fits_and_is_accessible(page)
        await page.keyboard.press("4")
        await expect(page.locator("#quick-half_hour")).to_be_visible()
        await fits_and_is_accessible(page)
        assert await page.locator("html").get_attribute("lang") == language


async def accessible(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate(UNTRANSLATED) == []


async def fits_and_is_accessible(page: Page) -> None:
    await accessible(page)
    assert await page.evaluate(SMALL) == []
    assert await page.evaluate(OVERFLOWING) == []


UNTRANSLATED = r"[...document.body.innerText.matchAll(/\b(desk|fault|nav)\.[a-z_.]+/g)].map(String)"
SMALL = """
[...document.querySelectorAll("#seat button, #content button, #content .pick")]
  .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44)
  .map((one) => one.textContent)
"""
OVERFLOWING = """
[document.documentElement, ...document.querySelectorAll(".pane")]
  .filter((one) => one.scrollHeight > one.clientHeight + 1)
  .map((one) => `${one.id} ${one.scrollHeight} > ${one.clientHeight}`)
"""
