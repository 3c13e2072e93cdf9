"""What the routes of accounts share: made once for a site.

Owns: how these parts are joined. Must not decide anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from store.accounts import Accounts
from store.api_tokens import ApiTokens
from store.ledger import Ledger
from store.screens import Screens
from store.web_sessions import WebSessions
from supervisor.web.passwords import Passwords
from supervisor.web.register import Register
from supervisor.web.signing_in import SigningIn
from supervisor.web.site import WebSite


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParts:
    """The parts."""

    accounts: Accounts
    sessions: WebSessions
    tokens: ApiTokens
    screens: Screens
    passwords: Passwords
    register: Register
    signing_in: SigningIn


def parts_of(site: WebSite, passwords: Passwords | None = None) -> AccountParts:
    """The parts for this site, by the settings of its start."""
    web = site.settings().web
    accounts, passwords = Accounts(site.database), passwords or Passwords()
    sessions = WebSessions(site.database, timedelta(minutes=web.idle_minutes))
    tokens, screens = ApiTokens(site.database), Screens(site.database)
    return AccountParts(
        accounts=accounts,
        sessions=sessions,
        tokens=tokens,
        screens=screens,
        passwords=passwords,
        register=Register(sessions, tokens, site.utc_now, web.account_streams),
        signing_in=SigningIn(
            accounts=accounts,
            sessions=sessions,
            screens=screens,
            ledger=Ledger(site.database),
            passwords=passwords,
            utc_now=site.utc_now,
            mono=lambda: site.loop.clock().mono,
            longest=timedelta(hours=web.session_hours),
        ),
    )
