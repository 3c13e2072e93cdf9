"""R25: what is typed into a form stands in no address, also where the page's script is not there.

A form without a method is sent as an address. Ours are sent by their scripts: method="dialog" has
the browser itself send nothing, and what was typed stays. Only the sign-in is a POST of its own.
https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#form-submission-algorithm
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from supervisor.rights import Role
from supervisor.web.pages import STATIC
from tests.real_chromium import chromium, new_context
from tests.web.served_site import PASSWORD, ServedSite

FORM_MADE = re.compile(r'make\(\s*["`]form\b')
WITH_METHOD = re.compile(r'make\(\s*["`]form[.\w-]*["`],\s*\{\s*method: "dialog"')
ELSEWHERE = {"action", "formaction", "formmethod"}


class Forms(HTMLParser):
    """How the forms of a page are sent; `elsewhere`: what would have it sent in another way."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.methods: list[str | None] = []
        self.elsewhere: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        self.elsewhere += ELSEWHERE & facts.keys()
        if tag == "form":
            self.methods.append(facts.get("method"))


@pytest.mark.parametrize("file", sorted(STATIC.glob("**/*.html")), ids=lambda file: file.name)
def test_no_form_of_a_page_is_sent_as_an_address(file: Path) -> None:
    forms = Forms(file.read_text("utf-8"))
    meant = "post" if file.name == "sign-in.html" else "dialog"
    assert forms.elsewhere == []
    assert set(forms.methods) <= {meant}


def test_no_form_made_by_script_is_sent_as_an_address() -> None:
    made = 0
    for file in STATIC.glob("**/*.js"):
        script = file.read_text("utf-8")
        made += len(FORM_MADE.findall(script))
        assert len(FORM_MADE.findall(script)) == len(WITH_METHOD.findall(script)), file.name
    assert made


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with chromium(tmp_path) as found:
        yield found


@pytest.mark.parametrize("path", ["/account", "/accounts"])
async def test_who_is_quicker_than_the_script_loses_nothing_and_tells_nobody(
    browser: Browser, served: ServedSite, path: str
) -> None:
    await served.account("root", Role.ADMIN)
    page = await _signed_in(browser, served)
    await page.route(f"**/static{path}.js", lambda route: route.abort())
    await page.goto(path)
    asked: list[str] = []
    own = "/static/"  # the page's icon may come late
    page.on("request", lambda sent: None if own in sent.url else asked.append(sent.url))
    for details in await page.locator("summary").all():
        await details.click()
    fields = await page.locator("form input:visible").all()
    for number, field in enumerate(fields):
        await field.fill(f"typed {number}")
    for field in fields:
        await field.press("Enter")
    await page.evaluate("new Promise((done) => setTimeout(done))")  # a form is sent before
    assert fields
    assert page.url == f"{served.url}{path}"
    # The browser asks for the page's icon when it likes.
    assert [url for url in asked if "/static/" not in url] == []
    for number, field in enumerate(fields):
        assert await field.input_value() == f"typed {number}"


async def _signed_in(browser: Browser, served: ServedSite) -> Page:
    context = await new_context(browser, base_url=served.url)
    page = await context.new_page()
    sent = await context.request.post("/session", data={"account": "root", "password": PASSWORD})
    assert sent.ok
    return page
