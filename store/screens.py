"""Televisions: browsers that may watch and nothing else, until they are ended (R25).

Owns: the link that makes a browser one, once, and the television's row among the tokens
(`store.api_tokens`), where it is listed and revoked as any other. Must not know the cookie: only
its SHA-256 comes here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.ledger import By, EntryKind
from store import schema
from store.accounts import account_of, enter, living_id
from store.api_tokens import refuse_inactive
from store.database import Database
from store.errors import TokenExistsError
from supervisor.accounts import Account, AccountState, scopes_text
from supervisor.rights import Right

MAY: Final = frozenset({Right.WATCH})
"""What a television may, of what its account's role may."""

_account = schema.account
_link = schema.sign_in_link
_token = schema.api_token


class Screens:
    """The televisions in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def offer(
        self, account: str, screen: str, hashed: str, ends_at: datetime, by: By
    ) -> None:
        """Make the link; an earlier one for the same television holds no more.

        Raises:
            UnknownAccountError, AccountWithdrawnError, AccountSuspendedError.
            TokenExistsError: a program has a token of that name.
        """
        async with self._database.writing() as connection:
            account_id = await living_id(connection, account)
            await refuse_inactive(connection, account)
            if await _is_a_programs(connection, account_id, screen):
                raise TokenExistsError(screen)
            same = (_link.c.account_id == account_id) & (_link.c.screen == screen)
            over = _link.c.ends_at <= by.at
            await connection.execute(delete(_link).where(same | over))
            kept = {"hash": hashed, "account_id": account_id, "ends_at": ends_at, "screen": screen}
            await connection.execute(insert(_link).values(kept))
            await enter(connection, EntryKind.LINK_MADE, account, {"what": screen}, by)

    async def offered(self, account: str, now: datetime) -> int:
        """How many links for televisions of the account are still to be opened."""
        query = (
            select(func.count())
            .select_from(_link.join(_account, _link.c.account_id == _account.c.id))
            .where(_account.c.name == account, _link.c.screen.is_not(None), _link.c.ends_at > now)
        )
        async with self._database.reading() as connection:
            return int(await connection.scalar(query) or 0)

    async def begin(self, link: str, hashed: str, now: datetime) -> Account | None:
        """The browser that opened the link is a television now; None: the link holds no more.

        A television of that name makes room: it is the same one with a new browser.
        """
        query = (
            select(_account, _link.c.ends_at, _link.c.screen)
            .join(_link, _link.c.account_id == _account.c.id)
            .where(
                _link.c.hash == link,
                _link.c.screen.is_not(None),
                _account.c.state == AccountState.ACTIVE.value,
            )
        )
        async with self._database.writing() as connection:
            row = (await connection.execute(query)).one_or_none()
            used = await connection.execute(delete(_link).where(_link.c.hash == link))
            # Of two at once only one has deleted it.
            if row is None or not used.rowcount or row.ends_at <= now:
                return None
            if await _is_a_programs(connection, row.id, row.screen):
                return None
            same = (_token.c.account_id == row.id) & (_token.c.name == row.screen)
            await connection.execute(delete(_token).where(same))
            kept = {
                "hash": hashed,
                "account_id": row.id,
                "name": row.screen,
                "scopes": scopes_text(MAY),
                "screen": True,
                "created_at": now,
            }
            await connection.execute(insert(_token).values(kept))
            body = {"what": row.screen, "scopes": scopes_text(MAY)}
            by = By(who=row.name, at=now)
            await enter(connection, EntryKind.TOKEN_ADDED, row.name, body, by)
            return account_of(row)

    async def end(self, account: str, hashed: str, by: By) -> None:
        """Somebody at the television has signed it out."""
        same = (_token.c.hash == hashed) & _token.c.screen
        async with self._database.writing() as connection:
            name = await connection.scalar(select(_token.c.name).where(same))
            if (await connection.execute(delete(_token).where(same))).rowcount:
                await enter(connection, EntryKind.TOKEN_REVOKED, account, {"what": name}, by)


async def _is_a_programs(connection: AsyncConnection, account_id: int, name: str) -> bool:
    same = (_token.c.account_id == account_id) & (_token.c.name == name) & ~_token.c.screen
    return await connection.scalar(select(_token.c.name).where(same)) is not None
