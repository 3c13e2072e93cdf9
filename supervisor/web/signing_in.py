"""Signing in and out: what a password or a link is worth, how often one may try, what is noted.

Owns: the steps, in an order that tells a stranger nothing: for an account that does not exist the
same work is done, and the same is said. Must not know HTTP's ways (they are
`supervisor.web.session_routes`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

import structlog

from campaigns.ledger import By, EntryKind
from store.accounts import Accounts
from store.ledger import Ledger
from store.screens import Screens
from store.web_sessions import NewSession, WebSessions
from supervisor.accounts import Account, account_name
from supervisor.sign_in_failures import SignInFailures
from supervisor.sign_in_rule import SignInRule
from supervisor.web.keys import SCREEN_PREFIX, hashed, new_number, new_secret
from supervisor.web.passwords import Passwords

log = structlog.get_logger()

_Use = Callable[[str, "Visitor"], Awaitable[tuple[Account, str] | None]]

_NO_ACCOUNT_IS_CALLED = "-"
_SHOWN_BROWSER = 200


class WrongError(Exception):
    """Account or password is not right; which one is nobody's business."""


class LinkOverError(Exception):
    """The link was used, is over, or never was."""


class TooOftenError(Exception):
    """There is a wait before the next try."""

    def __init__(self, wait_s: float) -> None:
        super().__init__()
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who stands at the door: the address, and what the browser says it is."""

    address: str
    browser: str = ""

    @property
    def network(self) -> str:
        """Whose tries count together: an IPv6 line has 64 bits of addresses to itself."""
        try:
            address = ip_address(self.address)
        except ValueError:
            return self.address
        if not isinstance(address, IPv6Address):
            return self.address
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return address.exploded[:19]


@dataclass(slots=True, kw_only=True)
class SigningIn:
    """The steps. `mono` in seconds; `longest`: how long a session may last."""

    accounts: Accounts
    sessions: WebSessions
    screens: Screens
    ledger: Ledger
    passwords: Passwords
    utc_now: Callable[[], datetime]
    mono: Callable[[], float]
    longest: timedelta
    rule: SignInRule = field(default_factory=SignInRule)
    failures: SignInFailures = field(default_factory=SignInFailures)

    async def by_password(self, name: str, password: str, visitor: Visitor) -> tuple[Account, str]:
        """Sign in; gives the account and the session's secret, for the cookie.

        Raises:
            WrongError, TooOftenError, TooManyError.
        """
        plain = _plain(name)
        wait_s = self.rule.begin(plain, visitor.network, self.mono())
        if wait_s > 0.0:
            raise TooOftenError(wait_s)
        account = await self._right(plain, password)
        if account is None:
            await self._failed(plain, visitor)
            raise WrongError
        self.rule.was_right(plain, visitor.network)
        return account, await self._begin(account, visitor)

    async def by_link(self, secret: str, visitor: Visitor) -> tuple[Account, str]:
        """Sign in by a link, which holds once.

        Raises:
            LinkOverError, TooOftenError.
        """
        return await self._once(self._link_used, secret, visitor)

    async def as_screen(self, secret: str, visitor: Visitor) -> tuple[Account, str]:
        """The same for a television: its link signs nobody in, and no person's makes it one.

        Raises:
            LinkOverError, TooOftenError.
        """
        return await self._once(self._screen_begun, secret, visitor)

    async def _once(self, use: _Use, secret: str, visitor: Visitor) -> tuple[Account, str]:
        own = f"link {visitor.network}"
        wait_s = self.rule.begin(own, visitor.network, self.mono())
        if wait_s > 0.0:
            raise TooOftenError(wait_s)
        found = await use(hashed(secret), visitor)
        if found is None:
            raise LinkOverError
        self.rule.was_right(own, visitor.network)
        return found

    async def _link_used(self, link: str, visitor: Visitor) -> tuple[Account, str] | None:
        account = await self.sessions.use_link(link, self.utc_now())
        return None if account is None else (account, await self._begin(account, visitor))

    async def _screen_begun(self, link: str, _visitor: Visitor) -> tuple[Account, str] | None:
        secret = new_secret(SCREEN_PREFIX)
        account = await self.screens.begin(link, hashed(secret), self.utc_now())
        if account is None:
            return None
        log.info("screen.began", account=account.name)
        return account, secret

    async def is_right(self, name: str, password: str, visitor: Visitor) -> bool:
        """Whether it is the password of who is signed in already; tries count as at the door.

        Raises:
            TooOftenError, TooManyError.
        """
        wait_s = self.rule.begin(name, visitor.network, self.mono())
        if wait_s > 0.0:
            raise TooOftenError(wait_s)
        if await self._right(name, password) is None:
            await self._failed(name, visitor)
            return False
        self.rule.was_right(name, visitor.network)
        return True

    async def _right(self, name: str, password: str) -> Account | None:
        found = await self.accounts.password_of(name)
        kept = None if found is None else found[1]
        compared = await self.passwords.compare(kept, password)
        if found is None or kept is None or not compared.right:
            return None
        if compared.renewed is not None:
            await self.accounts.renew_password(name, kept, compared.renewed)
        return found[0]

    async def _begin(self, account: Account, visitor: Visitor) -> str:
        secret, now = new_secret(), self.utc_now()
        new = NewSession(
            hash=hashed(secret),
            number=new_number(),
            ends_at=now + self.longest,
            address=visitor.address,
            browser=visitor.browser[:_SHOWN_BROWSER],
        )
        await self.sessions.begin(account.name, new, By(who=account.name, at=now))
        log.info("session.began", account=account.name, session=new.number)
        return secret

    async def _failed(self, name: str, visitor: Visitor) -> None:
        known = await self.accounts.find(name)
        self.failures.add(None if known is None else name, visitor.network)
        body = self.failures.due(self.mono())
        if body is None:
            return
        log.warning("sign_in.failed", times=body["rows"])
        await self.ledger.note(EntryKind.SIGN_IN_FAILED, "accounts", body, self.utc_now())


def _plain(name: str) -> str:
    try:
        return account_name(name)
    except ValueError:
        return _NO_ACCOUNT_IS_CALLED
