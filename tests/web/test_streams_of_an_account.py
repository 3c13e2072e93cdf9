"""R25: of one account only so many look on at once, and who is one too many is told so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from supervisor.rights import Role
from tests.real_chromium import chromium, new_context
from tests.web.served_site import PASSWORD, served_site
from tests.web.test_tokens import bearing, token


@asynccontextmanager
async def looking_on(client: httpx.AsyncClient, path: str = "/live") -> AsyncIterator[None]:
    async with client.stream("GET", path) as stream:
        assert stream.status_code == 200, await stream.aread()
        lines = stream.aiter_lines()
        await anext(lines)
        yield
        await lines.aclose()


async def refused(client: httpx.AsyncClient, path: str = "/live") -> None:
    async with client.stream("GET", path) as answer:
        assert answer.status_code == 429, "it would be told for ever"
        await answer.aread()
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["retry-after"], answer.json()["most"]) == ("30", 2)


async def until_free(client: httpx.AsyncClient) -> None:
    """The server notices soon that somebody has gone."""
    async with asyncio.timeout(60):
        while True:
            async with client.stream("GET", "/live") as stream:
                if stream.status_code == 200:
                    return
            await asyncio.sleep(0.05)


async def test_one_too_many_is_refused_by_whichever_key_and_others_are_not(
    empty_file: Path, tmp_path: Path
) -> None:
    async with served_site(empty_file, tmp_path, account_streams=2) as site:
        await site.account("li")
        await site.account("chen")
        async with (
            site.signed_in("li") as browser,
            site.signed_in("chen") as other,
            site.client() as program,
        ):
            program.headers.update(bearing(await token(browser, "watch")))
            async with AsyncExitStack() as held:
                await held.enter_async_context(looking_on(browser))
                await held.enter_async_context(looking_on(program))
                await refused(browser)
                await refused(program)
                await refused(program, "/live?x")
                async with looking_on(other):
                    pass
            await until_free(program)


async def test_the_desks_streams_count_as_well(empty_file: Path, tmp_path: Path) -> None:
    async with served_site(empty_file, tmp_path, account_streams=2) as site:
        await site.account("wang", Role.SUPERVISOR, agent="1001")
        async with (
            site.signed_in("wang") as client,
            looking_on(client, "/desk/live"),
            looking_on(client),
        ):
            await refused(client)
            await refused(client, "/desk/live")


@pytest.mark.parametrize(
    ("path", "place", "said"),
    [("/wall", "#lost", "2 places"), ("/desk", '[data-kind="full"]', "2 places")],
)
async def test_the_page_says_so_and_comes_back_by_itself(
    empty_file: Path, tmp_path: Path, path: str, place: str, said: str
) -> None:
    async with (
        served_site(empty_file, tmp_path, account_streams=2) as site,
        chromium(tmp_path) as browser,
    ):
        await site.account("wang", Role.SUPERVISOR, agent="1001")
        page = await (await new_context(browser)).new_page()
        async with site.signed_in("wang") as client, looking_on(client), looking_on(client):
            await page.goto(f"{site.url}/sign-in?next={path}")
            await page.fill("#name", "wang")
            await page.fill("#password", PASSWORD)
            await page.press("#password", "Enter")
            await page.wait_for_url(f"**{path}")
            await expect(page.locator(place)).to_contain_text(said)
            await expect(page.locator(place)).to_be_visible()
        await expect(page.locator(place)).to_be_hidden()
        if path == "/wall":
            await expect(page.locator("#agents li").first).to_be_visible()
