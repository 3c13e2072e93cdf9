"""R25: signing in and accounts in a real browser: by keyboard, in three languages, for all eyes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from campaigns.ledger import By
from supervisor.rights import Role
from supervisor.sign_in_links import link_for
from tests.real_chromium import chromium, new_context
from tests.web.served_site import PASSWORD, ServedSite

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
TITLES = {"zh-CN": "登录", "zh-TW": "登入", "en": "Sign in"}


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with chromium(tmp_path) as found:
        yield found


async def opened(
    browser: Browser, served: ServedSite, locale: str = "en", scheme: str = "light"
) -> Page:
    """A page of a new person's browser. What its console complains of fails the test."""
    context: BrowserContext = await new_context(
        browser,
        locale=locale,
        base_url=served.url,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    page.on("pageerror", _fail)
    page.on("console", lambda said: _fail(said.text) if "Content Security" in said.text else None)
    return page


def _fail(what: object) -> None:
    raise AssertionError(what)


async def assert_fit_for_all(page: Page) -> None:
    """WCAG 2.2 AA, as far as a machine can tell."""
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}})
    told = [(one["id"], [n["html"] for n in one["nodes"]]) for one in found.response["violations"]]
    assert told == []


async def test_who_is_quicker_than_the_script_is_signed_in_all_the_same(
    browser: Browser, served: ServedSite
) -> None:
    """And what is typed stands in no address, which browsers and proxies write down."""
    await served.account("li.na", Role.SUPERVISOR)
    page = await opened(browser, served)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.route("**/static/sign-in.js", lambda route: route.abort())
    await page.goto("/sign-in?next=/account")
    await page.fill("#name", "li.na")
    await page.fill("#password", "not that one")
    await page.press("#password", "Enter")
    await page.wait_for_url("**/sign-in?next=/account#refused=wrong")
    await page.unroute("**/static/sign-in.js")
    await page.reload()
    await expect(page.locator("#fault")).to_contain_text("not right")
    await page.route("**/static/sign-in.js", lambda route: route.abort())
    await page.reload()
    await page.fill("#name", "li.na")
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/account")
    await expect(page.locator("#sessions tr")).to_have_count(1)
    assert not [url for url in asked if "password" in url or "li.na" in url]


async def test_a_link_cannot_put_its_own_words_on_the_page(
    browser: Browser, served: ServedSite
) -> None:
    page = await opened(browser, served)
    await page.goto("/sign-in#refused=call+4001&detail=call+4001")
    await expect(page.locator("#nobody")).to_be_visible()
    await expect(page.locator("#fault")).to_be_hidden()


async def sign_in(page: Page, name: str) -> None:
    await page.goto("/sign-in")
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url(re.compile("^(?!.*sign-in)"))


@pytest.mark.parametrize("locale", TITLES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_sign_in_by_keyboard_alone_in_every_language(
    served: ServedSite, browser: Browser, locale: str, scheme: str
) -> None:
    await served.account("chen", Role.QUALITY)
    page = await opened(browser, served, locale, scheme)
    await page.goto("/account")
    await expect(page).to_have_url(f"{served.url}/sign-in?next=/account")
    await expect(page.locator("h1")).to_contain_text(TITLES[locale])
    assert await page.locator("html").get_attribute("lang") == locale
    await assert_fit_for_all(page)

    await expect(page.locator("#name")).to_be_focused()
    await page.keyboard.type("chen")
    await page.keyboard.press("Tab")
    await page.keyboard.type("not the password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.locator("#password")).to_be_focused()
    await assert_fit_for_all(page)
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{served.url}/account")


async def test_the_language_is_switched_without_a_reload_and_kept(
    served: ServedSite, browser: Browser
) -> None:
    page = await opened(browser, served)
    await page.goto("/sign-in")
    await page.fill("#name", "half-typed")
    await page.locator("select.choice").first.select_option("zh-CN")
    await expect(page.locator("#go")).to_have_text("登录")
    assert await page.input_value("#name") == "half-typed"
    await page.reload()
    await expect(page.locator("#go")).to_have_text("登录")


async def test_a_password_can_be_looked_at(served: ServedSite, browser: Browser) -> None:
    page = await opened(browser, served)
    await page.goto("/sign-in")
    show = page.get_by_role("button", name="Show the password")
    await show.click()
    assert await page.locator("#password").get_attribute("type") == "text"
    await page.get_by_role("button", name="Hide the password").click()
    assert await page.locator("#password").get_attribute("type") == "password"


@pytest.mark.parametrize(
    "aim",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "/%09/evil.example",
        "/sign-in",
        "/account%0d%0aSet-Cookie:x=y",
    ],
)
async def test_after_the_sign_in_nobody_is_led_elsewhere(
    served: ServedSite, browser: Browser, aim: str
) -> None:
    await served.account("chen", Role.QUALITY)
    page = await opened(browser, served)
    await page.goto(f"/sign-in?next={aim}")
    await page.fill("#name", "chen")
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url(re.compile(f"^{served.url}/(?!sign-in)"))
    assert not [one for one in await page.context.cookies() if one.get("name") == "x"]


async def test_a_link_signs_in_once_and_does_not_stay_in_the_address(
    served: ServedSite, browser: Browser
) -> None:
    await served.account("root", Role.ADMIN)
    by = By(who="root", at=served.clock.utc)
    url = await link_for(served.database, served.settings, "root", by)
    path = url[url.index("/sign-in") :]
    page = await opened(browser, served)
    await page.goto(path)
    await page.wait_for_url(re.compile("^(?!.*sign-in)"))
    assert "link" not in page.url
    other = await opened(browser, served)
    await other.goto(path)
    await expect(other.get_by_role("alert")).to_contain_text("used already")
    assert "link" not in other.url


async def test_the_own_account_password_browsers_and_tokens(
    served: ServedSite, browser: Browser
) -> None:
    await served.account("chen", Role.QUALITY)
    other = await opened(browser, served)
    await sign_in(other, "chen")
    page = await opened(browser, served)
    await sign_in(page, "chen")
    await page.goto("/account")
    await expect(page.locator("#sessions tr")).to_have_count(2)
    await assert_fit_for_all(page)

    await page.fill("#old", PASSWORD)
    await page.fill("#new", "a new long password")
    await page.fill("#again", "a new long passwort")
    await page.press("#again", "Enter")
    await expect(page.locator("#password-told")).to_contain_text("not the same")
    await page.fill("#again", "a new long password")
    await page.press("#again", "Enter")
    await expect(page.locator("#password-told")).to_contain_text("is set")
    await expect(page.locator("#sessions tr")).to_have_count(1)
    await other.goto("/account")
    await expect(other).to_have_url(re.compile("sign-in"))

    await page.get_by_text("New token").click()
    await page.fill("#token-name", "crm")
    await page.get_by_label("See reports").check()
    await page.get_by_role("button", name="Make the token").click()
    await expect(page.locator("#secret")).to_have_value(re.compile("^wh_"))
    await expect(page.locator("#tokens tr")).to_have_count(1)
    await assert_fit_for_all(page)
    await page.get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.locator("#tokens tr")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_an_administrator_gives_changes_and_takes_back_accounts(
    served: ServedSite, browser: Browser, scheme: str
) -> None:
    await served.account("root", Role.ADMIN)
    page = await opened(browser, served, scheme=scheme)
    await sign_in(page, "root")
    await page.goto("/accounts")
    await page.fill("#name", "li.na")
    await page.fill("#full-name", "李娜")
    await page.select_option("#role", "supervisor")
    await page.press("#full-name", "Enter")
    await expect(page.locator("#all tr")).to_have_count(2)
    await assert_fit_for_all(page)

    await page.get_by_label("Role of li.na").select_option("quality")
    await expect(page.locator("#told")).to_contain_text("counts at once")
    await page.get_by_label("Phone of li.na").fill("8001")
    await page.get_by_label("Phone of li.na").press("Tab")
    await expect(page.get_by_label("Phone of li.na")).to_have_value("8001")
    await assert_fit_for_all(page)
    await page.get_by_role("button", name="Sign-in link: li.na").click()
    await expect(page.locator("#secret")).to_have_value(re.compile("#link="))
    await page.get_by_role("button", name="Suspend: li.na").click()
    await expect(page.locator("#all")).to_contain_text("Suspended")
    await page.get_by_role("button", name="Withdraw: li.na").click()
    await page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    await expect(page.locator("#all tr")).to_have_count(1)
    await page.get_by_role("button", name="Suspend: root").click()
    await expect(page.locator("#told")).to_contain_text("only administrator")
    found = await served.accounts.find("li.na")
    assert found is not None
    assert (found.full_name, found.role, found.state) == ("李娜", "quality", "withdrawn")


async def test_what_an_administrator_types_stays_while_an_earlier_change_is_answered(
    served: ServedSite, browser: Browser
) -> None:
    await served.account("root", Role.ADMIN)
    await served.account("li.na", Role.SUPERVISOR)
    page = await opened(browser, served)
    await sign_in(page, "root")
    await page.goto("/accounts")
    answer = asyncio.Event()

    async def late(route: Route) -> None:
        await answer.wait()
        await route.continue_()

    await page.route("**/accounts/all/*", late)
    await page.get_by_label("Role of li.na").select_option("quality")
    phone = page.get_by_label("Phone of li.na")
    await phone.press_sequentially("80")
    answer.set()
    await expect(page.locator("#told")).to_contain_text("counts at once")
    await page.wait_for_load_state("networkidle")
    await phone.press_sequentially("01")
    await phone.press("Tab")
    await expect(phone).to_have_value("8001")
    await page.reload()
    await expect(phone).to_have_value("8001")
    await expect(page.get_by_label("Role of li.na")).to_have_value("quality")


async def test_who_signs_out_is_out_and_the_header_names_the_pages_of_the_role(
    served: ServedSite, browser: Browser
) -> None:
    await served.account("chen", Role.AGENT, agent="1001")
    page = await opened(browser, served)
    await sign_in(page, "chen")
    await page.goto("/account")
    await expect(page.locator(".nav-link")).to_have_text(["Floor board", "Agent desk"])
    await page.goto("/accounts")
    await expect(page.locator("h1")).to_have_text("Your account may not see this page.")
    await assert_fit_for_all(page)
    await page.goto("/account")
    await page.get_by_role("button", name="Sign out", exact=True).first.click()
    await expect(page).to_have_url(re.compile("sign-in$"))
    await page.goto("/account")
    await expect(page).to_have_url(re.compile("sign-in"))


async def test_a_phone_in_portrait_shows_everything_without_scrolling_sideways(
    served: ServedSite, browser: Browser
) -> None:
    await served.account("root", Role.ADMIN)
    page = await opened(browser, served)
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto("/sign-in")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await sign_in(page, "root")
    for path in ("/account", "/accounts"):
        await page.goto(path)
        await page.wait_for_selector(".table td")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path
