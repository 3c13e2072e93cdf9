"""Tokens that programs sign in with (R25): each with a name, scopes, and perhaps an end.

Owns: those rows. A token is never more than its account: it is suspended with it, and its scopes
are cut by the account's role at each request. Must not know the token: only its SHA-256 comes here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.ledger import By, EntryKind
from store import schema
from store.accounts import account_of, enter, living_id
from store.database import Database
from store.errors import AccountSuspendedError, TokenExistsError, UnknownTokenError
from store.facts import AnyRow
from supervisor.accounts import AccountState, SignedIn, read_scopes, scopes_text
from supervisor.rights import Right

_account = schema.account
_token = schema.api_token


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token as its owner sees it. `ends_at` None: it holds until it is revoked.

    `screen`: it is a television's (`store.screens`), no program's.
    """

    account: str
    name: str
    scopes: frozenset[Right]
    created_at: datetime
    ends_at: datetime | None = None
    used_at: datetime | None = None
    screen: bool = False


class ApiTokens:
    """The tokens in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, token: TokenRow, hashed: str, by: By) -> None:
        """Keep a new token.

        Raises:
            UnknownAccountError, AccountWithdrawnError, AccountSuspendedError, TokenExistsError.
        """
        async with self._database.writing() as connection:
            account_id = await living_id(connection, token.account)
            await refuse_inactive(connection, token.account)
            same = (_token.c.account_id == account_id) & (_token.c.name == token.name)
            if await connection.scalar(select(_token.c.name).where(same)) is not None:
                raise TokenExistsError(token.name)
            kept = {
                "hash": hashed,
                "account_id": account_id,
                "name": token.name,
                "scopes": scopes_text(token.scopes),
                "created_at": by.at,
                "ends_at": token.ends_at,
            }
            await connection.execute(insert(_token).values(kept))
            body = {"what": token.name, "scopes": scopes_text(token.scopes)}
            await enter(connection, EntryKind.TOKEN_ADDED, token.account, body, by)

    async def revoke(self, account: str, name: str, by: By) -> None:
        """End a token.

        Raises:
            UnknownAccountError, AccountWithdrawnError, UnknownTokenError.
        """
        async with self._database.writing() as connection:
            account_id = await living_id(connection, account)
            same = (_token.c.account_id == account_id) & (_token.c.name == name)
            if not (await connection.execute(delete(_token).where(same))).rowcount:
                raise UnknownTokenError(name)
            await enter(connection, EntryKind.TOKEN_REVOKED, account, {"what": name}, by)

    async def all(self, account: str | None = None) -> tuple[TokenRow, ...]:
        """All tokens, or an account's, by account and name; those that are over, too."""
        query = _tokens().order_by(_account.c.name, _token.c.name)
        if account is not None:
            query = query.where(_account.c.name == account)
        async with self._database.reading() as connection:
            return tuple(map(_row_of, await connection.execute(query)))

    async def signed_in(self, hashed: str, now: datetime) -> SignedIn | None:
        """Who the token is now; None: it does not hold (any more)."""
        return (await self.all_signed_in([hashed], now)).get(hashed)

    async def all_signed_in(self, hashes: Iterable[str], now: datetime) -> dict[str, SignedIn]:
        """Of these tokens those that hold now."""
        query = _tokens().where(
            _token.c.hash.in_(list(hashes)),
            _account.c.state == AccountState.ACTIVE.value,
            or_(_token.c.ends_at.is_(None), _token.c.ends_at > now),
        )
        async with self._database.reading() as connection:
            return {row.hash: _signed_in(row) for row in await connection.execute(query)}

    async def used(self, hashes: Iterable[str], now: datetime) -> None:
        """These tokens were used now."""
        async with self._database.writing(durable=False) as connection:
            same = _token.c.hash.in_(list(hashes))
            await connection.execute(update(_token).where(same).values(used_at=now))


async def refuse_inactive(connection: AsyncConnection, account: str) -> None:
    """Raise AccountSuspendedError unless the account may sign in."""
    state = select(_account.c.state).where(_account.c.name == account)
    if await connection.scalar(state) != AccountState.ACTIVE:
        raise AccountSuspendedError(account)


def _tokens() -> Select[Any]:
    mine = (_token.c[name] for name in ("hash", "scopes", "ends_at", "used_at", "screen"))
    return select(
        _account,
        *mine,
        _token.c.name.label("token"),
        _token.c.created_at.label("made_at"),
    ).join(_account, _account.c.id == _token.c.account_id)


def _signed_in(row: AnyRow) -> SignedIn:
    return SignedIn(
        account=account_of(row),
        token=row.token,
        scopes=read_scopes(row.scopes),
        ends_at=row.ends_at,
        seen_at=row.used_at,
    )


def _row_of(row: AnyRow) -> TokenRow:
    return TokenRow(
        account=row.name,
        name=row.token,
        scopes=read_scopes(row.scopes),
        created_at=row.made_at,
        ends_at=row.ends_at,
        used_at=row.used_at,
        screen=row.screen,
    )
