"""Accounts on file (R25): added, changed, suspended, withdrawn, each with its entry in the ledger.

Owns: those rows, and that one administrator at least stays. Must not know what a role may do, nor
how a password becomes its hash.

What an account loses it loses at once: sessions and links go in the same transaction, and every
request looks the account up anew (`store.web_sessions`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.ledger import SITE, By, EntryKind
from store import schema
from store.database import Database
from store.errors import (
    AccountExistsError,
    AccountWithdrawnError,
    AgentTakenError,
    LastAdminError,
    UnknownAccountError,
    UnknownAgentError,
)
from store.facts import AnyRow
from store.ledger import enter_act
from store.locks import lock_chain
from supervisor.accounts import Account, AccountState
from supervisor.rights import Role

_account = schema.account
_session = schema.web_session
_link = schema.sign_in_link
_token = schema.api_token

_ENTRY_OF: Final = {
    AccountState.ACTIVE: EntryKind.ACCOUNT_RESTORED,
    AccountState.SUSPENDED: EntryKind.ACCOUNT_SUSPENDED,
    AccountState.WITHDRAWN: EntryKind.ACCOUNT_WITHDRAWN,
}


class Accounts:
    """The accounts in the database. Names are given as `supervisor.accounts.account_name` reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[Account, ...]:
        """All that there ever were, by name."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(_account).order_by(_account.c.name))
            return tuple(map(account_of, rows))

    async def find(self, name: str) -> Account | None:
        """The account of that name, whatever its state."""
        async with self._database.reading() as connection:
            row = await _row(connection, name)
        return None if row is None else account_of(row)

    async def password_of(self, name: str) -> tuple[Account, str] | None:
        """An active account and its password's hash; None: there is no such, or it has none."""
        async with self._database.reading() as connection:
            row = await _row(connection, name)
        if row is None or row.password is None or row.state != AccountState.ACTIVE:
            return None
        return account_of(row), row.password

    async def any(self) -> bool:
        """Whether there is any account at all."""
        async with self._database.reading() as connection:
            return await connection.scalar(select(_account.c.id).limit(1)) is not None

    async def has_admin(self) -> bool:
        """Whether somebody can administer."""
        async with self._database.reading() as connection:
            return bool(await _admins(connection))

    async def add(self, account: Account, by: By, password: str | None = None) -> None:
        """Add an account; `password` is the hash of one.

        Raises:
            AccountExistsError: the name is taken, or was.
            UnknownAgentError, AgentTakenError: that agent is nobody, or another account's.
        """
        async with self._changing() as connection:
            if await _row(connection, account.name) is not None:
                raise AccountExistsError(account.name)
            await _check_agent(connection, account.agent, account.name)
            kept = {
                "name": account.name,
                "full_name": account.full_name,
                "role": account.role.value,
                "state": AccountState.ACTIVE.value,
                "agent": account.agent,
                "password": password,
                "language": account.language,
                "phone": account.phone,
                "created_at": by.at,
            }
            await connection.execute(insert(_account).values(kept))
            body = {"role": account.role.value, "agent": account.agent}
            await enter(connection, EntryKind.ACCOUNT_ADDED, account.name, body, by)

    async def change(
        self,
        name: str,
        by: By,
        *,
        role: Role | None = None,
        full_name: str | None = None,
        agent: str | None = None,
        phone: str | None = None,
    ) -> Account:
        """Change what is given; an empty `agent` unlinks it, an empty `phone` frees the choice.

        Raises:
            UnknownAccountError, AccountWithdrawnError, LastAdminError, UnknownAgentError,
            AgentTakenError.
        """
        async with self._changing() as connection:
            before = account_of(await _living(connection, name))
            if role is not None and role is not Role.ADMIN:
                await _keep_one_admin(connection, name)
            if agent:
                await _check_agent(connection, agent, name)
            changes: dict[str, str | None] = {}
            if role is not None:
                changes["role"] = role.value
            if full_name is not None:
                changes["full_name"] = full_name
            if agent is not None:
                changes["agent"] = agent or None
            if phone is not None:
                changes["phone"] = phone or None
            differs = {k: v for k, v in changes.items() if getattr(before, k) != v}
            if differs:
                await _update(connection, name, **differs)
                # A person's own name is no news worth keeping for ever.
                body: dict[str, Any] = {
                    key: differs[key] for key in ("role", "agent") if key in differs
                }
                if "phone" in differs:
                    body["what"] = f"phone {phone}" if phone else "no phone"
                await enter(connection, EntryKind.ACCOUNT_CHANGED, name, body, by)
            row = await _row(connection, name)
            assert row is not None  # noqa: S101  it was there in this transaction
            return account_of(row)

    async def set_language(self, name: str, language: str) -> None:
        """Note which language its pages speak."""
        async with self._database.writing(durable=False) as connection:
            await _update(connection, name, language=language)

    async def set_password(
        self, name: str, password: str, by: By, *, keeping: str | None = None
    ) -> None:
        """Set a new password's hash; every browser but the session `keeping` is signed out.

        Raises:
            UnknownAccountError, AccountWithdrawnError.
        """
        async with self._changing() as connection:
            row = await _living(connection, name)
            await _update(connection, name, password=password)
            await _sign_out(connection, row.id, keeping=keeping)
            await enter(connection, EntryKind.PASSWORD_SET, name, {}, by)

    async def renew_password(self, name: str, before: str, after: str) -> None:
        """The same password under stronger parameters, unless another was set meanwhile."""
        async with self._database.writing() as connection:
            same = (_account.c.name == name) & (_account.c.password == before)
            await connection.execute(update(_account).where(same).values(password=after))

    async def set_state(self, name: str, state: AccountState, by: By) -> Account:
        """Suspend, restore or withdraw.

        Raises:
            UnknownAccountError, AccountWithdrawnError, LastAdminError.
        """
        async with self._changing() as connection:
            row = await _living(connection, name)
            if state is not AccountState.ACTIVE:
                await _keep_one_admin(connection, name)
                await _sign_out(connection, row.id)
            if state is AccountState.WITHDRAWN:
                await connection.execute(delete(_token).where(_token.c.account_id == row.id))
                await _update(connection, name, agent=None, password=None, phone=None)
            if row.state != state:
                await _update(connection, name, state=state.value)
                await enter(connection, _ENTRY_OF[state], name, {}, by)
            after = await _row(connection, name)
            assert after is not None  # noqa: S101  it was there in this transaction
            return account_of(after)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction in which nobody else changes accounts: one administrator must stay."""
        async with self._database.writing() as connection:
            await lock_chain(connection, SITE)
            yield connection


async def enter(
    connection: AsyncConnection, kind: EntryKind, name: str, body: Mapping[str, Any], by: By
) -> None:
    """The ledger's entry on what was done to an account, by whom, and why."""
    told = {**body, "by": by.who, **({"why": by.why} if by.why else {})}
    await enter_act(connection, kind, f"account {name}", told, by.at)


async def living_id(connection: AsyncConnection, name: str) -> int:
    """The row of an account that is not withdrawn.

    Raises:
        UnknownAccountError, AccountWithdrawnError.
    """
    found: int = (await _living(connection, name)).id
    return found


def account_of(row: AnyRow) -> Account:
    """The account of a row."""
    return Account(
        name=row.name,
        full_name=row.full_name,
        role=Role(row.role),
        state=AccountState(row.state),
        agent=row.agent,
        language=row.language,
        has_password=row.password is not None,
        phone=row.phone,
        created_at=row.created_at,
    )


async def _row(connection: AsyncConnection, name: str) -> AnyRow | None:
    found = await connection.execute(select(_account).where(_account.c.name == name))
    return found.one_or_none()


async def _living(connection: AsyncConnection, name: str) -> AnyRow:
    row = await _row(connection, name)
    if row is None:
        raise UnknownAccountError(name)
    if row.state == AccountState.WITHDRAWN:
        raise AccountWithdrawnError(name)
    return row


async def _update(connection: AsyncConnection, name: str, **values: Any) -> None:
    await connection.execute(update(_account).where(_account.c.name == name).values(values))


async def _check_agent(connection: AsyncConnection, agent: str | None, name: str) -> None:
    if not agent:
        return
    login = schema.agent.c.login
    if await connection.scalar(select(login).where(login == agent)) is None:
        raise UnknownAgentError(agent)
    owner = await connection.scalar(select(_account.c.name).where(_account.c.agent == agent))
    if owner not in {None, name}:
        raise AgentTakenError(agent, str(owner))


async def _admins(connection: AsyncConnection) -> set[str]:
    wanted = (_account.c.role == Role.ADMIN.value) & (_account.c.state == AccountState.ACTIVE.value)
    return set((await connection.execute(select(_account.c.name).where(wanted))).scalars())


async def _keep_one_admin(connection: AsyncConnection, name: str) -> None:
    if await _admins(connection) == {name}:
        raise LastAdminError(name)


async def _sign_out(
    connection: AsyncConnection, account_id: int, *, keeping: str | None = None
) -> None:
    """End the account's sessions, and the links that would begin new ones."""
    others = _session.c.account_id == account_id
    if keeping is not None:
        others &= _session.c.number != keeping
    await connection.execute(delete(_session).where(others))
    await connection.execute(delete(_link).where(_link.c.account_id == account_id))
