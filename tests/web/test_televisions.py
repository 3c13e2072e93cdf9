"""R25: a browser on the wall shows a board for months, can do nothing else, and ends at a word."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from store.ledger import Ledger, Wanted
from supervisor.accounts import AccountState
from supervisor.rights import Role
from supervisor.web.app import make_app
from supervisor.web.server import Address, serving
from tests.real_chromium import chromium
from tests.web.served_site import HOST, ServedSite, sign_in
from tests.web.test_account_pages import assert_fit_for_all, opened


async def link_of(browser: httpx.AsyncClient, name: str = "hall", board: str = "wall") -> str:
    answer = await browser.post("/account/screens", json={"name": name, "board": board})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["path"])


def secret_in(path: str) -> str:
    return path.partition("=")[2]


async def becomes_television(client: httpx.AsyncClient, path: str) -> httpx.Response:
    answer = await client.post("/session", json={"screen": secret_in(path)})
    if answer.status_code == 200:
        client.headers["x-waihu-csrf"] = answer.json()["csrf"]
    return answer


async def who(client: httpx.AsyncClient) -> object:
    return (await client.get("/session")).json()["account"]


async def test_a_television_watches_for_months_over_every_restart(served: ServedSite) -> None:
    await served.account("li", Role.ADMIN)
    async with served.signed_in("li") as browser, served.client() as tv:
        told = (await becomes_television(tv, await link_of(browser))).json()
        assert (told["screen"], told["rights"]) == (True, ["watch"])
        asked = await tv.get("/session")
        assert asked.json()["rights"] == ["watch"]
        assert "max-age=34560000" in asked.headers["set-cookie"].lower(), "the browser may restart"
        served.clock.pass_by(days=90)
        assert await who(browser) is None, "a person's session is over"
        async with tv.stream("GET", "/live") as stream:
            assert stream.status_code == 200
        assert (await tv.get("/floor.json")).status_code == 200
        assert (await tv.get("/", follow_redirects=True)).url.path == "/wall"
        anew = make_app(served.site())
        async with serving(anew, Address(host=HOST, port=served.port + 1), lambda: None) as port:
            cookie = {"cookie": f"waihu-{port}={next(iter(tv.cookies.values()))}"}
            found = httpx.AsyncClient(base_url=f"http://{HOST}:{port}", headers=cookie)
            async with found as other:
                assert await who(other) == "li"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CAMPAIGN_MANAGER, Role.QUALITY])
async def test_a_television_changes_nothing_and_takes_nothing_away(
    served: ServedSite, role: Role
) -> None:
    await served.account("li", role)
    async with served.signed_in("li") as browser, served.client() as tv:
        await becomes_television(tv, await link_of(browser))
        for method, path in (
            ("POST", "/api/v1/alarms/x/acknowledge"),
            ("POST", "/api/v1/campaigns/x/start"),
            ("PUT", "/api/v1/agents/1001/listen"),
            ("PUT", "/session/language"),
            ("POST", "/account/tokens"),
            ("POST", "/account/screens"),
            ("PUT", "/account/password"),
            ("POST", "/accounts/all"),
            ("POST", "/desk/api/status"),
        ):
            answer = await tv.request(method, path, json={"language": "en"})
            assert (answer.status_code, answer.json()["code"]) == (403, "only_watches"), path
        for path in (
            *("/account/tokens", "/account/sessions", "/accounts/all", "/desk/api/today"),
            *("/api/v1/dnc/export", "/api/v1/faulty/export", "/api/v1/audit/export"),
            *("/api/v1/campaigns/x/lists", "/api/v1/contacts/1", "/api/v1/reports/outcomes"),
            *("/account", "/accounts", "/desk"),
        ):
            assert (await tv.get(path)).status_code == 403, path
        assert (await tv.get("/wall")).status_code == 200


async def test_the_cookie_of_a_television_is_worth_no_more_to_a_program(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as browser, served.client() as tv, served.client() as other:
        await becomes_television(tv, await link_of(browser))
        other.headers["authorization"] = f"Bearer {next(iter(tv.cookies.values()))}"
        assert await who(other) == "li"
        answer = await other.post("/api/v1/alarms/x/acknowledge")
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


async def test_a_link_makes_one_television_and_another_of_its_name_takes_its_place(
    served: ServedSite,
) -> None:
    await served.account("li")
    async with served.signed_in("li") as browser, served.client() as tv, served.client() as other:
        path = await link_of(browser)
        assert (await becomes_television(tv, path)).status_code == 200
        again = await becomes_television(other, path)
        assert (again.status_code, again.json()["code"]) == (401, "link_over")
        late = await link_of(browser, "lobby")
        served.clock.pass_by(minutes=10)
        assert (await becomes_television(other, late)).json()["code"] == "link_over"
        assert (await becomes_television(other, await link_of(browser))).status_code == 200
        assert await who(tv) is None
        (kept,) = (await browser.get("/account/tokens")).json()["tokens"]
        assert (kept["name"], kept["screen"], kept["scopes"]) == ("hall", True, ["watch"])
        # The same browser again, of the same name: it must not sign itself out.
        assert (await becomes_television(other, await link_of(browser))).status_code == 200
        assert await who(other) == "li"


async def test_two_links_hold_beside_each_other_and_beside_a_persons(served: ServedSite) -> None:
    await served.account("root", Role.ADMIN)
    async with served.signed_in("root") as browser, served.client() as a, served.client() as b:
        first, second = await link_of(browser, "a"), await link_of(browser, "b", "floor")
        person = (await browser.post("/accounts/all/root/link", json={})).json()["path"]
        assert (first[:9], second[:10]) == ("/tv#wall=", "/tv#floor=")
        assert (await becomes_television(a, first)).json()["screen"]
        assert (await becomes_television(b, second)).json()["screen"]
        async with served.client() as desk:
            told = await desk.post("/session", json={"link": secret_in(person)})
            assert (told.json()["screen"], "accounts" in told.json()["rights"]) == (False, True)


async def test_a_link_is_of_a_person_or_of_a_television_and_does_not_turn_into_the_other(
    served: ServedSite,
) -> None:
    """Who is asked whether to show a board agrees to nothing else, and whoever signs in as well."""
    await served.account("root", Role.ADMIN)
    async with served.signed_in("root") as browser, served.client() as other:
        person = (await browser.post("/accounts/all/root/link", json={})).json()["path"]
        tv = secret_in(await link_of(browser))
        for what, secret in (("screen", secret_in(person)), ("link", tv)):
            answer = await other.post("/session", json={what: secret})
            assert (answer.status_code, answer.json()["code"]) == (401, "link_over")
        assert await who(other) is None


async def test_no_television_is_called_as_a_program_is_or_shows_what_is_no_board(
    served: ServedSite,
) -> None:
    await served.account("li")
    async with served.signed_in("li") as browser:
        body = {"name": "crm", "scopes": ["reports"]}
        assert (await browser.post("/account/tokens", json=body)).status_code == 201
        for body, code in (
            ({"name": "crm", "board": "wall"}, "token_exists"),
            ({"name": "a/b", "board": "wall"}, "token_name"),
            ({"name": "hall", "board": "desk"}, "board"),
        ):
            answer = await browser.post("/account/screens", json=body)
            assert answer.json()["code"] == code


async def test_links_that_nobody_has_opened_yet_take_room_among_the_tokens(
    served: ServedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supervisor.web.own_routes.MOST_TOKENS", 2)
    await served.account("li")
    async with served.signed_in("li") as browser:
        for name in ("hall", "lobby"):
            await link_of(browser, name)
        for path, body in (
            ("/account/screens", {"name": "canteen", "board": "wall"}),
            ("/account/tokens", {"name": "crm", "scopes": ["watch"]}),
        ):
            answer = await browser.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "too_many_tokens"), path
        served.clock.pass_by(minutes=10)
        await link_of(browser, "canteen")


@pytest.mark.parametrize("how", ["revoked", "suspended", "demoted"])
async def test_an_open_board_ends_within_seconds(served: ServedSite, how: str) -> None:
    await served.account("root", Role.ADMIN)
    await served.account("li")
    async with served.signed_in("li") as browser, served.client() as tv:
        await becomes_television(tv, await link_of(browser))
        async with asyncio.timeout(60), tv.stream("GET", "/live") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            if how == "revoked":
                assert (await browser.delete("/account/tokens/hall")).status_code == 204
            elif how == "suspended":
                await served.accounts.set_state("li", AccountState.SUSPENDED, served.by())
            else:
                await served.accounts.change("li", served.by(), role=Role.AGENT)
            async for _line in lines:
                pass
        assert (await tv.get("/live")).status_code == (403 if how == "demoted" else 401)


async def test_an_agents_television_shows_the_floor_board_alone(served: ServedSite) -> None:
    await served.account("chen", Role.AGENT, agent="1001")
    async with served.signed_in("chen") as browser, served.client() as tv:
        no = await browser.post("/account/screens", json={"name": "hall", "board": "wall"})
        assert (no.status_code, no.json()["code"]) == (403, "no_right")
        await becomes_television(tv, await link_of(browser, board="floor"))
        assert (await tv.get("/", follow_redirects=True)).url.path == "/floor"
        assert (await tv.get("/floor.json")).status_code == 200
        assert (await tv.get("/live")).status_code == 403
        assert (await tv.get("/desk")).status_code == 403


async def test_who_stands_before_it_may_sign_it_out_and_nobody_elsewhere(
    served: ServedSite,
) -> None:
    await served.account("li")
    async with served.signed_in("li") as browser, served.client() as tv:
        await becomes_television(tv, await link_of(browser))
        shown = tv.headers.pop("x-waihu-csrf")
        assert (await tv.delete("/session")).json()["code"] == "csrf"
        tv.headers["x-waihu-csrf"] = shown
        assert (await tv.delete("/session")).status_code == 204
        assert await who(tv) is None
        assert (await browser.get("/account/tokens")).json()["tokens"] == []
        await becomes_television(tv, await link_of(browser))
        del tv.headers["x-waihu-csrf"]
        tv.headers["x-waihu-csrf"] = (await tv.get("/session")).json()["csrf"]
        assert (await sign_in(tv, "li")).json()["screen"] is False
        assert (await browser.get("/account/tokens")).json()["tokens"] == [], "it is a person's now"
    kinds = [entry.kind for entry in await Ledger(served.database).entries(Wanted())]
    assert "account.token_revoked" in kinds


# ── in a real browser ────────────────────────────────────────────────────────────────────


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with chromium(tmp_path) as found:
        yield found


async def path_for(served: ServedSite, board: str) -> str:
    async with served.signed_in("li") as person:
        return await link_of(person, board=board)


async def shown_at(page: Page, path: str) -> None:
    await page.goto(path)
    await page.wait_for_url(re.compile(r"\?tv=1$"))


@pytest.mark.parametrize("board", ["wall", "floor"])
async def test_the_link_leads_to_the_board_and_its_end_to_the_sign_in(
    served: ServedSite, browser: Browser, board: str
) -> None:
    await served.account("li")
    page = await opened(browser, served)
    await shown_at(page, await path_for(served, board))
    assert page.url == f"{served.url}/{board}?tv=1"
    await expect(page.locator("#header")).to_be_hidden()
    (cookie,) = await page.context.cookies()
    assert cookie.get("expires", -1) > 0, "it outlives the browser"
    async with served.signed_in("li") as person:
        assert (await person.delete("/account/tokens/hall")).status_code == 204
    await expect(page).to_have_url(re.compile("/sign-in"))


async def test_a_person_is_asked_before_their_browser_is_a_television(
    served: ServedSite, browser: Browser
) -> None:
    await served.account("li")
    page = await opened(browser, served)
    await page.goto("/sign-in")
    await page.fill("#name", "li")
    await page.fill("#password", "correct horse battery")
    await page.press("#password", "Enter")
    await page.wait_for_url(re.compile("/wall"))
    await page.goto(await path_for(served, "wall"))
    await expect(page.locator("#signed-in")).to_be_visible()
    await assert_fit_for_all(page)
    await page.get_by_role("button", name="Show the board").click()
    await page.wait_for_url(re.compile(r"\?tv=1$"))
    await page.keyboard.press("t")
    await expect(page.locator(".who")).to_have_text("Television")
    await page.goto("/tv#wall=used")
    await expect(page.get_by_role("alert")).to_contain_text("used already")
    await assert_fit_for_all(page)


async def test_a_television_is_made_at_the_own_account(
    served: ServedSite, browser: Browser
) -> None:
    await served.account("li")
    page = await opened(browser, served)
    await page.goto("/sign-in")
    await page.fill("#name", "li")
    await page.fill("#password", "correct horse battery")
    await page.press("#password", "Enter")
    await page.wait_for_url(re.compile("/wall"))
    await page.goto("/account")
    await page.get_by_text("New television").click()
    await page.fill("#tv-name", "hall")
    await page.select_option("#tv-board", "floor")
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.locator("#secret")).to_have_value(re.compile("/tv#floor="))
    await assert_fit_for_all(page)
    tv = await opened(browser, served)
    await shown_at(tv, await page.input_value("#secret"))
    await page.reload()
    await expect(page.locator("#tokens")).to_contain_text("Television")
