"""R18: what happens is on the wallboard, and what is old says so.."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from playwright.async_api import expect

from dialer.agents import State
from supervisor.frames import Frames, picture_of
from tests.real_chromium import chromium
from tests.web.board_pictures import agent, picture, with_agent
from tests.web.board_stage import Stage, Visitor, staged, utc_now, visited


class Cable:
    """The line between browser and engine, which a test can pull without anybody hanging up."""

    def __init__(self) -> None:
        self.whole = asyncio.Event()
        self.whole.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                await self.whole.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def cable(port: int) -> AsyncIterator[tuple[Cable, int]]:
    """A cable to the port, and the port at its other end."""
    line, carried = Cable(), set[asyncio.Task[None]]()

    async def plugged(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        for ends in ((reader, far_writer), (far_reader, writer)):
            carried.add(asyncio.create_task(line.carry(*ends)))

    server = await asyncio.start_server(plugged, "127.0.0.1", 0)
    try:
        yield line, server.sockets[0].getsockname()[1]
    finally:
        line.whole.set()
        server.close()
        for task in carried:
            task.cancel()
        await asyncio.gather(*carried, return_exceptions=True)


def cell(number: str) -> str:
    return f'#agents [data-name="{number}"]'


async def test_a_change_of_state_is_on_the_screen(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        await expect(page.locator(cell("1001"))).to_have_attribute("data-look", "ready")
        talking = with_agent(
            stage.shown, "1001", state=State.TALKING, since=utc_now(), number="138****5678"
        )
        stage.show(talking)
        changed = page.locator(cell("1001"))
        await expect(changed).to_have_attribute("data-look", "talking")
        await expect(changed.locator(".word")).to_have_text("talking")
        await expect(changed.locator(".number")).to_have_text("138****5678")


async def test_who_is_gone_leaves_and_who_is_new_comes(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        people = (*stage.shown.agents[1:], agent(40, utc_now()))
        stage.show(replace(stage.shown, agents=people))
        await expect(page.locator(cell("1041"))).to_be_visible()
        await expect(page.locator(cell("1001"))).to_have_count(0)


async def test_a_waiting_caller_grows_older_without_any_frame(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        longest = page.locator('[data-name="waihu-inbound"] [data-column="longest"]')
        before = await longest.inner_text()
        frames = stage.streams_begun, stage.hub.frame
        await expect(longest).not_to_have_text(before)
        assert (stage.streams_begun, stage.hub.frame) == frames


async def test_a_pulled_cable_is_told_and_nothing_old_pretends_to_be_now(tmp_path: Path) -> None:
    """Nobody closes the connection: only silence says it."""
    async with staged() as stage, cable(stage.port) as (line, port):
        stage_port, stage.port = stage.port, port
        async with visited_at(tmp_path, stage) as visitor:
            page = await visitor.open()
            line.whole.clear()
            root = page.locator("html")
            await expect(root).to_have_attribute("data-old", "")
            await expect(page.locator("#freshness")).to_contain_text("s old")
            shown = await page.locator("#agents time").all_inner_texts()
            clock = await page.locator("#clock").inner_text()
            await expect(page.locator("#freshness")).to_contain_text("5 s old")
            assert await page.locator("#agents time").all_inner_texts() == shown
            assert await page.locator("#clock").inner_text() == clock
            line.whole.set()
            await expect(root).not_to_have_attribute("data-old", "")
        stage.port = stage_port


async def test_after_half_a_minute_a_bar_over_the_whole_page_says_so(tmp_path: Path) -> None:
    async with staged() as stage, visited_at(tmp_path, stage) as visitor:
        context = await visitor.context()
        await context.clock.install()
        page = await visitor.tab(context)
        bar = page.locator("#lost")
        await expect(bar).to_be_hidden()
        stage.silent = True
        await expect(page.locator("html")).to_have_attribute("data-old", "")
        await context.clock.fast_forward(30_000)
        await expect(bar).to_be_visible()
        await expect(bar).to_contain_text("Nothing new for 0:3")
        stage.silent = False
        await expect(bar).to_be_hidden()


async def test_the_engine_is_started_anew_and_the_page_comes_back_by_itself(
    tmp_path: Path,
) -> None:
    stage = Stage()
    async with asyncio.timeout(120):
        async with staged(stage):
            browser = visited_at(tmp_path, stage)
            visitor = await browser.__aenter__()
            page = await visitor.open()
        await expect(page.locator("html")).to_have_attribute("data-old", "")
        stage.begin()  # frames are counted from one again
        stage.shown = with_agent(picture(utc_now()), "1001", name="新来的")
        async with staged(stage):
            name = page.locator(f"{cell('1001')} .name")
            await expect(name).to_have_text("新来的")
            await expect(page.locator("html")).not_to_have_attribute("data-old", "")
            await browser.__aexit__(None, None, None)


async def test_eight_tabs_have_one_stream_and_an_ordinary_request_is_answered(
    tmp_path: Path,
) -> None:
    async with visited(tmp_path) as (stage, visitor):
        context = await visitor.context()
        tabs = [await visitor.tab(context) for _ in range(8)]
        assert stage.streams_begun == 1
        answer = await tabs[-1].evaluate("fetch('/session').then((a) => a.status)")
        assert answer == 200
        stage.show(with_agent(stage.shown, "1001", name="八个都看见"))
        for tab in tabs:
            name = tab.locator(f"{cell('1001')} .name")
            await expect(name).to_have_text("八个都看见")


async def test_without_a_shared_worker_the_tabs_elect_one_to_read(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        context = await visitor.context()
        await context.add_init_script("delete globalThis.SharedWorker")
        first, second = [await visitor.tab(context) for _ in range(2)]
        assert stage.streams_begun == 1
        await first.close()  # the one that read: the other takes over
        stage.show(with_agent(stage.shown, "1001", name="还在"))
        name = second.locator(f"{cell('1001')} .name")
        await expect(name).to_have_text("还在")
        assert stage.streams_begun == 2


async def test_a_browser_that_has_neither_reads_for_each_tab(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        without = "delete globalThis.SharedWorker; delete globalThis.BroadcastChannel"
        context = await visitor.context()
        await context.add_init_script(without)
        for _ in range(2):
            await visitor.tab(context)
        assert stage.streams_begun == 2


async def test_who_is_signed_out_is_led_to_the_sign_in(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        stage.signed_in = False
        await page.wait_for_url("**/sign-in?next=*")


async def test_frames_add_up_in_the_browser_to_what_they_add_up_to_here(tmp_path: Path) -> None:
    """A gap is seen, and names that mean something to JavaScript are only names."""
    now = utc_now()
    shown = picture(now)
    odd = replace(shown.queues[0], name="__proto__")
    pictures = [
        shown,
        replace(shown, queues=(odd, *shown.queues)),
        replace(shown, agents=shown.agents[3:], alarms=()),
        replace(with_agent(shown, "1002", name='<img src=x onerror="x">'), ts=now + timedelta(1)),
    ]
    frames = Frames()
    made = [frame for one in pictures if (frame := frames.next(one)) is not None]
    told = [json.loads(made[0].full_json), *(json.loads(one.delta_json) for one in made[1:])]
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open()
        found = await page.evaluate(ADDED_UP, told)
    assert found["picture"] == json.loads(json.dumps(picture_of(pictures[-1])))
    assert found["gap"] is False
    assert found["again"] is True


ADDED_UP = """async (told) => {
  const { apply, emptyPicture, follows, SECTIONS } = await import("/static/picture.js");
  const picture = emptyPicture();
  for (const frame of told) apply(picture, frame);
  const sections = Object.fromEntries(SECTIONS.map((name) => [
    name, Object.fromEntries(picture[name]),
  ]));
  const later = { ...told[1], seq: picture.seq + 2 };
  return {
    picture: { site: picture.site, ...sections },
    gap: follows(picture, later),
    again: follows(picture, { ...later, full: true }),
  };
}"""


@asynccontextmanager
async def visited_at(folder: Path, stage: Stage) -> AsyncIterator[Visitor]:
    """A browser for a stage that is served elsewhere."""
    async with chromium(folder) as browser:
        yield Visitor(browser, stage)
