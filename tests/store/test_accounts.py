"""Accounts on file: who has one, what ends at once, and what the ledger says of it (R25)."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from campaigns.ledger import By
from dialer.messages import AgentRecord
from store.accounts import Accounts
from store.agents import Agents
from store.api_tokens import ApiTokens, TokenRow
from store.errors import (
    AccountExistsError,
    AccountSuspendedError,
    AccountWithdrawnError,
    AgentTakenError,
    LastAdminError,
    TokenExistsError,
    UnknownAccountError,
    UnknownAgentError,
    UnknownTokenError,
)
from store.ledger import Ledger, Wanted
from store.ledger_check import check_ledger
from store.screens import Screens
from store.web_sessions import MOST_SESSIONS, NewSession, WebSessions
from supervisor.accounts import Account, AccountState
from supervisor.rights import Right, Role
from tests.store.room import MONDAY_9, Room

IDLE = timedelta(hours=2)
SHIFT = timedelta(hours=12)
BY = By(who="root", at=MONDAY_9)
LI = Account(name="li", role=Role.SUPERVISOR, full_name="李娜")
ADMIN = Account(name="wang", role=Role.ADMIN)


def later(**span: float) -> By:
    return By(who="root", at=MONDAY_9 + timedelta(**span))


def a_session(number: str) -> NewSession:
    return NewSession(
        hash=f"hash of {number}",
        number=number,
        ends_at=MONDAY_9 + SHIFT,
        address="10.0.0.7",
        browser="Firefox",
    )


async def told(room: Room) -> list[tuple[str, str]]:
    """The kinds and subjects of what the ledger says of accounts."""
    entries = await Ledger(room.database).entries(Wanted())
    return [(e.kind.removeprefix("account."), e.subject) for e in entries if "account" in e.kind]


async def test_an_account_is_added_once_and_keeps_its_name(room: Room) -> None:
    accounts = Accounts(room.database)
    assert not await accounts.any()
    await accounts.add(LI, BY, "hash")
    with pytest.raises(AccountExistsError):
        await accounts.add(LI, BY)
    found = await accounts.find("li")
    assert found is not None
    assert (found.role, found.full_name, found.has_password) == (Role.SUPERVISOR, "李娜", True)
    await accounts.set_state("li", AccountState.WITHDRAWN, BY)
    with pytest.raises(AccountExistsError):
        await accounts.add(LI, BY)
    with pytest.raises(AccountWithdrawnError):
        await accounts.set_state("li", AccountState.ACTIVE, BY)
    with pytest.raises(UnknownAccountError):
        await accounts.change("nobody", BY, role=Role.AGENT)
    assert await told(room) == [("added", "account li"), ("withdrawn", "account li")]


async def test_one_administrator_stays(room: Room) -> None:
    accounts = Accounts(room.database)
    await accounts.add(ADMIN, BY)
    assert await accounts.has_admin()
    for lose in (
        accounts.change("wang", BY, role=Role.AGENT),
        accounts.set_state("wang", AccountState.SUSPENDED, BY),
        accounts.set_state("wang", AccountState.WITHDRAWN, BY),
    ):
        with pytest.raises(LastAdminError):
            await lose
    await accounts.add(Account(name="zhao", role=Role.ADMIN), BY)
    await accounts.set_state("wang", AccountState.SUSPENDED, BY)
    with pytest.raises(LastAdminError):
        await accounts.change("zhao", BY, role=Role.QUALITY)


async def test_two_administrators_do_not_withdraw_each_other(room: Room) -> None:
    accounts = Accounts(room.database)
    await accounts.add(ADMIN, BY)
    await accounts.add(Account(name="zhao", role=Role.ADMIN), BY)
    done = await asyncio.gather(
        accounts.set_state("wang", AccountState.WITHDRAWN, BY),
        accounts.set_state("zhao", AccountState.WITHDRAWN, BY),
        return_exceptions=True,
    )
    assert [type(one) for one in done].count(LastAdminError) == 1


async def test_an_agent_is_one_account(room: Room) -> None:
    await Agents(room.database).save(AgentRecord(agent="1001", name="陈", queues=()))
    accounts = Accounts(room.database)
    with pytest.raises(UnknownAgentError):
        await accounts.add(Account(name="chen", role=Role.AGENT, agent="1009"), BY)
    await accounts.add(Account(name="chen", role=Role.AGENT, agent="1001"), BY)
    await accounts.add(LI, BY)
    with pytest.raises(AgentTakenError):
        await accounts.change("li", BY, agent="1001")
    await accounts.set_state("chen", AccountState.WITHDRAWN, BY)
    assert (await accounts.change("li", BY, agent="1001")).agent == "1001"
    assert (await accounts.change("li", BY, agent="")).agent is None


async def test_a_session_ends_by_time_and_by_silence(room: Room) -> None:
    await Accounts(room.database).add(LI, BY)
    sessions = WebSessions(room.database, IDLE)
    await sessions.begin("li", a_session("1"), BY)

    async def holds(**span: float) -> bool:
        return await sessions.signed_in("hash of 1", MONDAY_9 + timedelta(**span)) is not None

    assert await holds(hours=1, minutes=59)
    assert not await holds(hours=2)
    for hour in range(1, 12):
        await sessions.seen(["hash of 1"], MONDAY_9 + timedelta(hours=hour))
    assert await holds(hours=11, minutes=59)
    assert not await holds(hours=12), "a shift at the longest, however busy"


async def test_what_an_account_loses_it_loses_at_once(room: Room) -> None:
    accounts, sessions = Accounts(room.database), WebSessions(room.database, IDLE)
    await accounts.add(LI, BY)
    await sessions.begin("li", a_session("1"), BY)
    await accounts.change("li", BY, role=Role.AGENT)
    found = await sessions.signed_in("hash of 1", MONDAY_9)
    assert found is not None
    assert found.account.role is Role.AGENT
    await sessions.add_link("li", "hash of link", MONDAY_9 + SHIFT, BY)
    await accounts.set_state("li", AccountState.SUSPENDED, BY)
    assert await sessions.signed_in("hash of 1", MONDAY_9) is None
    assert await sessions.use_link("hash of link", MONDAY_9) is None
    with pytest.raises(AccountSuspendedError):
        await sessions.add_link("li", "hash of another", MONDAY_9 + SHIFT, BY)
    await accounts.set_state("li", AccountState.ACTIVE, BY)
    assert await sessions.signed_in("hash of 1", MONDAY_9) is None, "signed in anew, or not at all"


async def test_a_new_password_signs_the_other_browsers_out(room: Room) -> None:
    accounts, sessions = Accounts(room.database), WebSessions(room.database, IDLE)
    await accounts.add(LI, BY, "before")
    for number in "123":
        await sessions.begin("li", a_session(number), BY)
    await accounts.set_password("li", "after", BY, keeping="2")
    assert [one.number for one in await sessions.of("li", MONDAY_9)] == ["2"]
    known = await accounts.password_of("li")
    assert known is not None
    assert known[1] == "after"
    await accounts.renew_password("li", "before", "stale")
    assert (await accounts.password_of("li")) == known, "it was set anew meanwhile"


async def test_sessions_end_one_by_one_or_all_but_one(room: Room) -> None:
    accounts, sessions = Accounts(room.database), WebSessions(room.database, IDLE)
    await accounts.add(LI, BY)
    await accounts.add(ADMIN, BY)
    for number in "123":
        await sessions.begin("li", a_session(number), BY)
    assert not await sessions.end("wang", "1", BY), "another's is not theirs to end"
    assert await sessions.end("li", "1", BY)
    assert await sessions.end_others("li", "2", BY) == 1
    assert [one.number for one in await sessions.of("li", MONDAY_9)] == ["2"]


async def test_an_account_has_so_many_sessions_and_no_more(room: Room) -> None:
    accounts, sessions = Accounts(room.database), WebSessions(room.database, IDLE)
    await accounts.add(LI, BY)
    for n in range(MOST_SESSIONS + 3):
        await sessions.begin("li", a_session(str(n)), later(seconds=n))
    held = [one.number for one in await sessions.of("li", MONDAY_9)]
    assert len(held) == MOST_SESSIONS
    assert "2" not in held, "the longest silent made room"


async def test_a_link_holds_once_and_not_for_long(room: Room) -> None:
    accounts, sessions = Accounts(room.database), WebSessions(room.database, IDLE)
    await accounts.add(LI, BY)
    ends_at = MONDAY_9 + timedelta(minutes=10)
    await sessions.add_link("li", "first", ends_at, BY)
    await sessions.add_link("li", "second", ends_at, BY)
    assert await sessions.use_link("first", MONDAY_9) is None, "a later one took its place"
    at_once = (sessions.use_link("second", MONDAY_9) for _ in range(2))
    used = await asyncio.gather(*at_once)
    assert [one.name for one in used if one is not None] == ["li"]
    await sessions.add_link("li", "third", ends_at, BY)
    assert await sessions.use_link("third", ends_at) is None
    assert ("link_made", "account li") in await told(room)


async def test_of_two_who_open_a_televisions_link_one_is_it(room: Room) -> None:
    accounts, screens = Accounts(room.database), Screens(room.database)
    sessions, tokens = WebSessions(room.database, IDLE), ApiTokens(room.database)
    await accounts.add(LI, BY)
    ends_at = MONDAY_9 + timedelta(minutes=10)
    await screens.offer("li", "hall", "link", ends_at, BY)
    await sessions.add_link("li", "a person's", ends_at, BY)
    assert await sessions.use_link("link", MONDAY_9) is None, "it is no person's"
    assert await screens.begin("a person's", "x", MONDAY_9) is None
    at_once = (screens.begin("link", secret, MONDAY_9) for secret in ("a", "b"))
    assert [one is not None for one in await asyncio.gather(*at_once)].count(True) == 1
    (kept,) = await tokens.all("li")
    assert (kept.name, kept.screen, kept.scopes) == ("hall", True, {Right.WATCH})
    await screens.offer("li", "lobby", "late", ends_at, BY)
    await accounts.set_password("li", "after", BY)
    assert await screens.begin("late", "c", MONDAY_9) is None, "no link outlives a new password"
    for secret in ("a", "b"):
        await screens.end("li", secret, BY)
    assert await tokens.all("li") == ()


async def test_a_token_is_its_account_within_its_scopes(room: Room) -> None:
    accounts, tokens = Accounts(room.database), ApiTokens(room.database)
    await accounts.add(LI, BY)
    token = TokenRow(
        account="li",
        name="crm",
        scopes=frozenset({Right.REPORTS, Right.WATCH}),
        created_at=MONDAY_9,
        ends_at=MONDAY_9 + SHIFT,
    )
    await tokens.add(token, "hash of token", BY)
    with pytest.raises(TokenExistsError):
        await tokens.add(token, "hash of another", BY)
    found = await tokens.signed_in("hash of token", MONDAY_9)
    assert found is not None
    assert (found.account.name, found.token, found.scopes) == ("li", "crm", token.scopes)
    assert await tokens.signed_in("hash of token", MONDAY_9 + SHIFT) is None
    await tokens.used(["hash of token"], MONDAY_9)
    assert [one.used_at for one in await tokens.all("li")] == [MONDAY_9]
    await accounts.set_state("li", AccountState.SUSPENDED, BY)
    assert await tokens.signed_in("hash of token", MONDAY_9) is None
    await accounts.set_state("li", AccountState.ACTIVE, BY)
    assert await tokens.signed_in("hash of token", MONDAY_9) is not None
    await tokens.revoke("li", "crm", BY)
    assert await tokens.signed_in("hash of token", MONDAY_9) is None
    with pytest.raises(UnknownTokenError):
        await tokens.revoke("li", "crm", BY)


async def test_the_ledger_names_who_did_it_and_holds_no_secret(room: Room) -> None:
    accounts, sessions = Accounts(room.database), WebSessions(room.database, IDLE)
    await accounts.add(LI, By(who="wang", at=MONDAY_9, why="new team"), "a hash of a password")
    await sessions.begin("li", a_session("1"), By(who="li", at=MONDAY_9))
    await accounts.set_password("li", "another hash", By(who="li", at=MONDAY_9))
    entries = await Ledger(room.database).entries(Wanted())
    added = json.loads(next(e.body for e in entries if e.kind == "account.added"))
    assert added == {"role": "supervisor", "agent": None, "by": "wang", "why": "new team"}
    assert "hash" not in "".join(entry.body for entry in entries)
    assert (await check_ledger(room.database, lambda _done, _all: None)).fault is None
