"""Somebody who signs in to the pages of a site, in a Chromium."""

from __future__ import annotations

from argon2 import PasswordHasher
from playwright.async_api import Page

from campaigns.ledger import By
from store.accounts import Accounts
from supervisor.accounts import Account
from supervisor.rights import Role
from tests.line.site import Site, utc_now

PASSWORD = "correct horse battery"  # noqa: S105  of a made-up person


async def signed_in(page: Page, site: Site) -> None:
    kept = PasswordHasher().hash(PASSWORD)
    by = By(who="root", at=utc_now())
    await Accounts(site.database).add(Account(name="li.na", role=Role.SUPERVISOR), by, kept)
    await page.goto(f"http://127.0.0.1:{site.settings.web.port}/")
    await page.fill("input[name=username]", "li.na")
    await page.fill("input[type=password]", PASSWORD)
    await page.keyboard.press("Enter")
