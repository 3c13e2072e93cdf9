"""R17, R18, R23: what a supervisor does from a row, by two keys or clicks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from supervisor.rights import Role
from tests.web.board_pictures import alarm, picture
from tests.web.board_stage import Stage, utc_now, visited

TALKING = "1002"


async def chosen(page: Page, name: str) -> None:
    await page.focus(f'[data-row][data-name="{name}"]')


async def asked(page: Page, stage: Stage, count: int = 1) -> list[tuple[str, str, object]]:
    """What the page has asked, once it has asked so much and told of it."""
    await expect(page.locator("#said")).to_have_attribute("data-on", "")
    assert len(stage.asked) == count
    return stage.asked


async def test_a_whole_round_by_keyboard(tmp_path: Path) -> None:
    """Bands, rows, detail, pause, listen, whisper, stop, acknowledge: nothing needs a mouse."""
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        keys = page.keyboard
        await keys.press("2")
        await expect(page.locator(':focus[data-name="waihu-inbound"]')).to_have_count(1)
        await keys.press("j")
        await expect(page.locator(':focus[data-name="waihu-quiet"]')).to_have_count(1)
        await keys.press("Enter")
        await expect(page.locator("#card-title")).to_have_text("waihu-quiet")
        await keys.press("Escape")
        await keys.press("3")
        await chosen(page, TALKING)
        await keys.press("l")
        await expect(page.locator("#ask")).to_be_visible()
        await keys.type("8001")
        await keys.press("Enter")
        await expect(page.locator("#listening")).to_contain_text("You listen to 李强")
        await keys.press("w")
        await expect(page.locator("#listening")).to_contain_text("alone hears you")
        await keys.press("Escape")
        await expect(page.locator("#listening")).to_be_hidden()
        await keys.press("a")
        await expect(page.locator("#said")).to_have_text("Done.")
        assert stage.asked == [
            ("PUT", f"/agents/{TALKING}/listen", {"mode": "listen", "phone": "8001"}),
            ("PUT", f"/agents/{TALKING}/listen", {"mode": "whisper", "phone": "8001"}),
            ("POST", "/listening/end", {"phone": "8001"}),
            ("POST", "/alarms/queue_wait.waihu-inbound/acknowledge", {}),
        ]


async def test_an_accounts_own_phone_rings_and_none_is_asked_for(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        stage.phone = "8009"
        page = await visitor.open()
        await page.keyboard.press("3")
        await chosen(page, TALKING)
        await page.keyboard.press("l")
        await expect(page.locator("#listening")).to_contain_text("You listen to 李强")
        await page.keyboard.press("Escape")
        await expect(page.locator("#listening")).to_be_hidden()
        assert await asked(page, stage, 2) == [
            ("PUT", f"/agents/{TALKING}/listen", {"mode": "listen", "phone": "8009"}),
            ("POST", "/listening/end", {"phone": "8009"}),
        ]


@pytest.mark.parametrize(
    ("name", "key", "method", "path"),
    [
        (TALKING, "p", "PUT", f"/agents/{TALKING}/pause"),
        ("1005", "p", "DELETE", "/agents/1005/pause"),
        ("spring", "p", "POST", "/campaigns/spring/pause"),
        ("trial", "p", "POST", "/campaigns/trial/resume"),
    ],
)
async def test_one_key_on_a_row(
    tmp_path: Path, name: str, key: str, method: str, path: str
) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        await chosen(page, name)
        await page.keyboard.press(key)
        assert (await asked(page, stage))[0][:2] == (method, path)


async def test_hanging_up_asks_once_and_takes_a_reason(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        await chosen(page, TALKING)
        await page.keyboard.press("x")
        await expect(page.locator("#ask")).to_contain_text("Hang up the call of 李强?")
        await page.keyboard.press("Escape")
        await expect(page.locator("#ask")).to_be_hidden()
        assert stage.asked == []
        await chosen(page, TALKING)
        await page.keyboard.press("x")
        await expect(page.locator("#ask")).to_be_visible()
        await page.keyboard.type("stuck")
        await page.keyboard.press("Enter")
        body = {"agent": TALKING, "why": "stuck"}
        assert await asked(page, stage) == [("POST", "/calls/hang-up", body)]


async def test_lending_chooses_queue_and_time_with_the_mouse(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        await page.click('[data-row="agent"][data-name="1001"]')
        await page.click("#card button:has-text('Lend')")
        await page.select_option("#ask select[name=queue]", "waihu-quiet")
        await page.select_option("#ask select[name=minutes]", "0")
        await page.click("#ask button.main")
        body = {"queue": "waihu-quiet", "until": None}
        assert await asked(page, stage) == [("PUT", "/agents/1001/loan", body)]


async def test_an_alarms_suggestion_is_one_click(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        raised = alarm("queue_wait", utc_now(), name="waihu-quiet")
        stage.show(replace(stage.shown, alarms=(raised,)))
        page = await visitor.open()
        await page.click("#alarms .suggested")
        await expect(page.locator("#ask")).to_contain_text("Lend an agent to waihu-quiet")


async def test_the_pace_sends_only_what_was_changed(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        await page.click('#campaigns [data-name="spring"] .pace')
        await page.fill("#ask input[name=abandon_percent]", "2.5")
        await page.click("#ask button.main")
        changed = ("PATCH", "/campaigns/spring/pace", {"abandon_percent": 2.5})
        assert await asked(page, stage) == [changed]


async def test_what_is_refused_is_said_in_words(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        stage.answer = 409
        page = await visitor.open()
        await chosen(page, TALKING)
        await page.keyboard.press("p")
        await expect(page.locator("#said")).to_have_text("the agent is not signed in")


async def test_who_may_only_watch_has_no_buttons_to_act(tmp_path: Path) -> None:
    """R25: quality staff listen, and steer nobody."""
    async with visited(tmp_path, Stage(Role.QUALITY)) as (stage, visitor):
        page = await visitor.open()
        await expect(page.locator("#campaigns .act")).to_have_count(0)
        await page.click(f'[data-row="agent"][data-name="{TALKING}"]')
        words = await page.locator("#card .buttons button").all_inner_texts()
        assert words == ["Listen", "Record"]
        await page.keyboard.press("x")
        await page.keyboard.press("p")
        assert stage.asked == []


async def test_keys_do_nothing_while_one_types_and_can_be_switched_off(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        await page.keyboard.press("/")
        await page.keyboard.type("pax")
        assert await page.input_value("#filter") == "pax"
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await page.click("#card button:has-text('Switch the keys off')")
        await page.keyboard.press("Escape")
        await chosen(page, TALKING)
        await page.keyboard.press("p")
        await page.reload()
        await page.wait_for_selector("#agents li")
        await chosen(page, TALKING)
        await page.keyboard.press("p")
        assert stage.asked == []


HEARD = """() => {
  globalThis.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    globalThis.tones += 1;
    return start.apply(this, when);
  };
  globalThis.notes = [];
  class Note { constructor(text) { notes.push(text); } }
  Note.permission = "granted";
  Note.requestPermission = async () => "granted";
  globalThis.Notification = Note;
}"""


async def test_a_new_alarm_sounds_once_is_notified_once_and_announced(tmp_path: Path) -> None:
    now = utc_now()
    stage = Stage()
    stage.shown = replace(picture(now), alarms=())
    async with visited(tmp_path, stage) as (_stage, visitor):
        context = await visitor.context()
        await context.add_init_script(f"({HEARD})()")
        page = await visitor.tab(context)
        await page.click("#notify")
        await expect(page.locator("#sound")).to_have_text("Sound on")
        raised = alarm("queue_wait", now)
        stage.show(replace(stage.shown, alarms=(raised,)))
        await expect(page.locator("#announce")).to_contain_text("longer than 1:00")
        await expect(page.locator("#alarm-count")).to_have_text("1")
        assert await page.title() == "(1) Wallboard"
        seen = replace(raised, acknowledged_by="wang", acknowledged_at=now)
        stage.show(replace(stage.shown, alarms=(seen,)))
        await expect(page.locator("#alarms .seen")).to_have_text("wang sees to it")
        assert await page.evaluate("[tones, notes.length]") == [3, 1]


async def test_alarms_that_come_together_are_announced_together(tmp_path: Path) -> None:
    """WCAG 4.1.3: at most one announcement in five seconds."""
    now = utc_now()
    stage = Stage()
    stage.shown = replace(picture(now), alarms=())
    async with visited(tmp_path, stage) as (_stage, visitor):
        context = await visitor.context()
        await context.clock.install()
        page = await visitor.tab(context)
        stage.show(replace(stage.shown, alarms=(alarm("queue_wait", now),)))
        region = page.locator("#announce")
        await expect(region).to_contain_text("longer than")
        first = await region.inner_text()
        others = (alarm("service_level", now), alarm("no_free_agent", now, kind="site", name=""))
        stage.show(replace(stage.shown, alarms=(alarm("queue_wait", now), *others)))
        await expect(page.locator("#alarm-count")).to_have_text("3")
        await context.clock.fast_forward(5_000)
        await expect(region).to_contain_text("no agent is ready")
        assert first not in await region.inner_text()
