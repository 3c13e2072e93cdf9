"""Browsers that are signed in, and the links that sign one in once (R25).

Owns: those rows. A session holds while its account is active, and neither its longest time nor its
time without a request is over: all three are looked at in one query, each time. Must not know the
cookie: only its SHA-256 comes here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.ledger import By, EntryKind
from store import schema
from store.accounts import account_of, enter, living_id
from store.database import Database
from store.errors import AccountSuspendedError
from store.facts import AnyRow
from supervisor.accounts import Account, AccountState, SignedIn

MOST_SESSIONS: Final = 20
"""Of one account. The one that was silent for longest makes room."""

_account = schema.account
_session = schema.web_session
_link = schema.sign_in_link


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A browser that signs in. `number`: what screens call it; it opens nothing."""

    hash: str
    number: str
    ends_at: datetime
    address: str
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session as its owner sees it."""

    number: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    browser: str


class WebSessions:
    """The sessions in the database. `idle`: so long may one be silent."""

    def __init__(self, database: Database, idle: timedelta) -> None:
        self._database = database
        self._idle = idle

    async def begin(self, account: str, new: NewSession, by: By) -> None:
        """A browser is signed in.

        Raises:
            UnknownAccountError, AccountWithdrawnError: the account went meanwhile.
        """
        async with self._database.writing() as connection:
            account_id = await living_id(connection, account)
            await self._make_room(connection, account_id, by.at)
            kept = {
                "hash": new.hash,
                "number": new.number,
                "account_id": account_id,
                "created_at": by.at,
                "seen_at": by.at,
                "ends_at": new.ends_at,
                "address": new.address,
                "browser": new.browser,
            }
            await connection.execute(insert(_session).values(kept))
            body = {"address": new.address}
            await enter(connection, EntryKind.SIGNED_IN, account, body, by)

    async def _make_room(self, connection: AsyncConnection, account_id: int, now: datetime) -> None:
        over = (_session.c.ends_at <= now) | (_session.c.seen_at <= now - self._idle)
        await connection.execute(delete(_session).where(over))
        same = _session.c.account_id == account_id
        newest = select(_session.c.hash).where(same).order_by(_session.c.seen_at.desc())
        hashes = (await connection.execute(newest)).scalars().all()
        for surplus in hashes[MOST_SESSIONS - 1 :]:
            await connection.execute(delete(_session).where(_session.c.hash == surplus))

    async def signed_in(self, hashed: str, now: datetime) -> SignedIn | None:
        """Who the session is now; None: it does not hold (any more)."""
        return (await self.all_signed_in([hashed], now)).get(hashed)

    async def all_signed_in(self, hashes: Iterable[str], now: datetime) -> dict[str, SignedIn]:
        """Of these sessions those that hold now."""
        query = _holding(now, now - self._idle).where(_session.c.hash.in_(list(hashes)))
        async with self._database.reading() as connection:
            return {row.hash: _signed_in(row) for row in await connection.execute(query)}

    async def seen(self, hashes: Iterable[str], now: datetime) -> None:
        """These sessions were at work until now."""
        async with self._database.writing(durable=False) as connection:
            same = _session.c.hash.in_(list(hashes))
            await connection.execute(update(_session).where(same).values(seen_at=now))

    async def end(self, account: str, number: str, by: By) -> bool:
        """One of the account's own sessions ends; False: there was none of that number."""
        async with self._database.writing() as connection:
            account_id = await living_id(connection, account)
            same = (_session.c.account_id == account_id) & (_session.c.number == number)
            ended = await connection.execute(delete(_session).where(same))
            if not ended.rowcount:
                return False
            await enter(connection, EntryKind.SIGNED_OUT, account, {}, by)
        return True

    async def end_others(self, account: str, number: str | None, by: By) -> int:
        """All of the account's sessions end but this one; how many."""
        async with self._database.writing() as connection:
            account_id = await living_id(connection, account)
            others = _session.c.account_id == account_id
            if number is not None:
                others &= _session.c.number != number
            ended = (await connection.execute(delete(_session).where(others))).rowcount
            if ended:
                body = {"rows": ended}
                await enter(connection, EntryKind.SESSIONS_ENDED, account, body, by)
        return ended

    async def of(self, account: str, now: datetime) -> tuple[SessionRow, ...]:
        """The account's sessions that hold, the newest first."""
        query = _holding(now, now - self._idle).where(_account.c.name == account)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(_session.c.seen_at.desc()))
            return tuple(map(_row_of, rows))

    # ── links ────────────────────────────────────────────────────────────────────────────

    async def add_link(self, account: str, hashed: str, ends_at: datetime, by: By) -> None:
        """A link is made; the account's earlier ones hold no more.

        Raises:
            UnknownAccountError, AccountWithdrawnError, AccountSuspendedError.
        """
        async with self._database.writing() as connection:
            account_id = await living_id(connection, account)
            same = _account.c.id == account_id
            state = await connection.scalar(select(_account.c.state).where(same))
            if state != AccountState.ACTIVE:
                raise AccountSuspendedError(account)
            before = (_link.c.account_id == account_id) & _link.c.screen.is_(None)
            await connection.execute(delete(_link).where(before))
            kept = {"hash": hashed, "account_id": account_id, "ends_at": ends_at}
            await connection.execute(insert(_link).values(kept))
            await enter(connection, EntryKind.LINK_MADE, account, {}, by)

    async def use_link(self, hashed: str, now: datetime) -> Account | None:
        """Whom the link signs in, this once; None: it was used, is over, or never was."""
        this = (_link.c.hash == hashed) & _link.c.screen.is_(None)
        query = (
            select(_account, _link.c.ends_at)
            .join(_link, _link.c.account_id == _account.c.id)
            .where(this, _account.c.state == AccountState.ACTIVE.value)
        )
        async with self._database.writing() as connection:
            row = (await connection.execute(query)).one_or_none()
            used = await connection.execute(delete(_link).where(this))
            # Of two at once only one has deleted it.
            if row is None or not used.rowcount or row.ends_at <= now:
                return None
            return account_of(row)


def _holding(now: datetime, seen_after: datetime) -> Select[Any]:
    mine = (_session.c[name] for name in ("hash", "number", "seen_at", "ends_at"))
    more = (_session.c.address, _session.c.browser, _session.c.created_at.label("begun_at"))
    return (
        select(_account, *mine, *more)
        .join(_account, _account.c.id == _session.c.account_id)
        .where(
            _account.c.state == AccountState.ACTIVE.value,
            _session.c.ends_at > now,
            _session.c.seen_at > seen_after,
        )
    )


def _signed_in(row: AnyRow) -> SignedIn:
    return SignedIn(
        account=account_of(row), number=row.number, ends_at=row.ends_at, seen_at=row.seen_at
    )


def _row_of(row: AnyRow) -> SessionRow:
    return SessionRow(
        number=row.number,
        created_at=row.begun_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        address=row.address,
        browser=row.browser,
    )
