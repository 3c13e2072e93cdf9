"""Links that sign an account in, or make a television of a browser, once (R25).

Owns: how one is made for a person to open. The secret is behind the #: browsers send that part to
nobody, so it is in no log and no Referer. Must not know who asked for it.
"""

from __future__ import annotations

from datetime import timedelta

from campaigns.ledger import By
from config.settings import Settings
from store.accounts import Accounts
from store.database import Database
from store.screens import Screens
from store.web_sessions import WebSessions
from supervisor.web.keys import hashed, new_secret
from supervisor.web_address import LINK_HOLDS, Board, page_url


async def link_for(database: Database, settings: Settings, account: str, by: By) -> str:
    """The address to open; earlier links of the account hold no more.

    Raises:
        UnknownAccountError, AccountWithdrawnError, AccountSuspendedError.
    """
    secret = new_secret()
    sessions = WebSessions(database, timedelta(minutes=settings.web.idle_minutes))
    await sessions.add_link(account, hashed(secret), by.at + LINK_HOLDS, by)
    has_admin = await Accounts(database).has_admin()
    return page_url(settings.web, f"/sign-in#link={secret}", has_admin=has_admin)


async def screen_link_for(
    database: Database, settings: Settings, account: str, screen: str, *, board: Board, by: By
) -> str:
    """The address to open at the television, which is called `screen` among the tokens.

    Raises:
        UnknownAccountError, AccountWithdrawnError, AccountSuspendedError, TokenExistsError.
    """
    secret = new_secret()
    await Screens(database).offer(account, screen, hashed(secret), by.at + LINK_HOLDS, by)
    has_admin = await Accounts(database).has_admin()
    return page_url(settings.web, screen_path(board, secret), has_admin=has_admin)


def screen_path(board: Board, secret: str) -> str:
    """The page that makes a television of the browser that opens it."""
    return f"/tv#{board}={secret}"
