"""R25: `waihu account`: given, changed and taken back, without a secret on any command line."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.cli_session import operator
from store.accounts import Accounts
from store.api_tokens import ApiTokens
from store.screens import Screens
from store.web_sessions import WebSessions
from supervisor.accounts import Account
from supervisor.rights import Right
from supervisor.web.keys import hashed
from supervisor.web.passwords import Passwords
from tests.cli.terminal import Terminal, utc_now
from tests.store.room import Room

PASSWORD = "correct horse battery"  # noqa: S105  of made-up people


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is the password, as a pipe brings it."""
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))


def password_file(folder: Path, text: str = PASSWORD) -> str:
    path = folder / "password"
    path.write_text(text + "\n", encoding="utf-8")
    return str(path)


def add(waihu: Terminal, name: str, role: str = "supervisor", *more: str) -> None:
    file = password_file(waihu.folder)
    waihu.well("account", "add", name, "--role", role, "--password-file", file, *more)


@pytest.mark.usefixtures("typed")
def test_the_first_command_of_a_site_makes_its_administrator(waihu: Terminal) -> None:
    said = waihu.well("account", "add", "Wang", "--role", "admin", "--full-name", "王芳")
    assert said.out.splitlines() == [
        "wang may sign in now; role: Administrator.",
        "The pages are off: set [web] on = true, and start the engine anew.",
    ]
    found = waihu.on_file(lambda room: Accounts(room.database).password_of("wang"))
    assert found is not None
    assert found[1].startswith("$argon2id$")
    assert PASSWORD not in found[1]


def test_a_password_is_read_from_a_file_and_must_be_fit(waihu: Terminal) -> None:
    for text, fault in (
        ("short", "needs 10 characters"),
        ("aaaaaaaaaaaa", "guessed"),
        ("wang-wang-w", "account's name"),
    ):
        file = password_file(waihu.folder, text)
        said = waihu.fails(
            2, "account", "add", "wang-wang", "--role", "admin", "--password-file", file
        )
        assert fault in said
        assert text not in said
    missing = waihu.fails(2, "account", "add", "wang", "--role", "admin", "--password-file", "none")
    assert "cannot be read" in missing
    assert "no name for an account" in waihu.fails(2, "account", "add", "a b", "--role", "admin")


def test_roles_states_and_agents_are_changed(waihu: Terminal) -> None:
    waihu.well("account", "add", "root", "--role", "admin", "--no-password")
    waihu.well("agent", "add", "1001", "--name", "陈静", "--queue", "callback")
    add(waihu, "chen")
    for command, out in (
        (("role", "chen", "agent"), "chen: Agent."),
        (("agent", "chen", "1001"), "chen is agent 1001."),
        (("agent", "chen", "--none"), "chen is no agent."),
        (("suspend", "chen", "--reason", "on leave"), "chen is suspended"),
        (("restore", "chen"), "chen may sign in again."),
        (("withdraw", "chen"), "chen is withdrawn"),
    ):
        assert waihu.well("account", *command).out.startswith(out)
    listed = waihu.well("account", "list", "--json").json["accounts"]
    assert [(one["name"], one["role"], one["state"]) for one in listed] == [
        ("chen", "agent", "withdrawn"),
        ("root", "admin", "active"),
    ]
    assert "chen" in waihu.well("account", "list").out


def test_refusals_name_their_cure(waihu: Terminal) -> None:
    waihu.well("account", "add", "root", "--role", "admin", "--no-password")
    assert "only administrator" in waihu.fails(1, "account", "withdraw", "root")
    assert "only administrator" in waihu.fails(1, "account", "role", "root", "quality")
    assert "waihu account list" in waihu.fails(1, "account", "role", "nobody", "quality")
    assert "waihu account list" in waihu.fails(1, "account", "password", "nobody")
    assert "take another name" in waihu.fails(
        1, "account", "add", "ROOT", "--role", "admin", "--no-password"
    )
    assert "waihu agent add" in waihu.fails(1, "account", "agent", "root", "1009")
    assert "either AGENT or --none" in waihu.fails(2, "account", "agent", "root")


def test_a_link_signs_in_once_and_its_secret_is_kept_as_a_hash(waihu: Terminal) -> None:
    waihu.well("account", "add", "root", "--role", "admin", "--no-password")
    said = waihu.well("account", "link", "root", "--json").json
    url, secret = said["link"].split("#link=")
    assert url == "http://127.0.0.1:8480/sign-in"

    async def used(room: Room) -> Account | None:
        sessions = WebSessions(room.database, timedelta(hours=1))
        return await sessions.use_link(hashed(secret), utc_now())

    def use() -> str | None:
        found = waihu.on_file(used)
        return None if found is None else found.name

    assert use() == "root"
    assert use() is None
    assert re.search(r"it works once:\nhttp://127", waihu.well("account", "link", "root").out)


def test_a_television_is_listed_and_ended_among_the_tokens(waihu: Terminal) -> None:
    waihu.well("account", "add", "root", "--role", "admin", "--no-password")
    said = waihu.well("account", "tv", "root", "the hall", "--board", "floor", "--json").json
    url, secret = said["link"].split("#floor=")
    assert url == "http://127.0.0.1:8480/tv"
    told = waihu.well("account", "tv", "root", "lobby").out
    assert "waihu account token revoke root lobby" in told
    assert "#wall=" in told

    async def opened(room: Room) -> Account | None:
        return await Screens(room.database).begin(hashed(secret), hashed("tv.x"), utc_now())

    assert waihu.on_file(opened) is not None
    assert waihu.on_file(opened) is None
    (listed,) = waihu.well("account", "token", "list", "--json").json["tokens"]
    assert (listed["name"], listed["screen"], listed["ends_at"]) == ("the hall", True, None)
    assert "television" in waihu.well("account", "token", "list").out
    waihu.well("account", "token", "revoke", "root", "the hall")
    assert "short name" in waihu.fails(2, "account", "tv", "root", "a/b")
    waihu.well("account", "add", "chen", "--role", "agent", "--no-password")
    assert "--board floor" in waihu.fails(1, "account", "tv", "chen", "hall")
    waihu.well("account", "tv", "chen", "hall", "--board", "floor")
    assert "waihu account list" in waihu.fails(1, "account", "tv", "nobody", "hall")


def test_the_phone_of_an_account_is_set_and_freed_and_stands_in_the_ledger(
    waihu: Terminal,
) -> None:
    waihu.well("account", "add", "root", "--role", "admin", "--no-password")
    assert "by no other" in waihu.well("account", "phone", "root", "8001").out
    (listed,) = waihu.well("account", "list", "--json").json["accounts"]
    assert listed["phone"] == "8001"
    assert "phone 8001" in waihu.well("audit", "show").out
    assert (
        waihu.well("account", "phone", "root", "--none", "--json").json["account"]["phone"] is None
    )
    assert "no phone" in waihu.well("audit", "show").out
    assert "letters or digits" in waihu.fails(2, "account", "phone", "root", "8001@evil")
    assert "either PHONE or --none" in waihu.fails(2, "account", "phone", "root")
    assert "waihu account list" in waihu.fails(1, "account", "phone", "nobody", "8001")


def test_who_gives_a_command_listens_by_the_phone_of_the_account_of_that_name(
    waihu: Terminal,
) -> None:
    name = operator()
    waihu.well("account", "add", name, "--role", "admin", "--no-password")
    assert "--phone PHONE" in waihu.fails(2, "agent", "listen", "1001")
    waihu.well("account", "phone", name, "8001")
    assert "no engine answers" in waihu.fails(3, "agent", "listen", "1001"), (
        "it has a phone to ring"
    )
    assert "no engine answers" in waihu.fails(3, "agent", "listen", "--off")


def test_a_token_is_shown_once_and_holds_what_was_asked(waihu: Terminal) -> None:
    waihu.well("account", "add", "root", "--role", "admin", "--no-password")
    scopes = ("--scope", "watch", "--scope", "reports")
    made = waihu.well(
        "account", "token", "add", "root", "crm", *scopes, "--days", "30", "--json"
    ).json
    assert made["secret"].startswith("wh_")
    assert made["token"]["scopes"] == ["reports", "watch"]
    listed = waihu.well("account", "token", "list", "--json")
    assert made["secret"] not in listed.out
    assert [one["name"] for one in listed.json["tokens"]] == ["crm"]
    found = waihu.on_file(
        lambda room: ApiTokens(room.database).signed_in(hashed(made["secret"]), utc_now())
    )
    assert found is not None
    assert found.scopes == {Right.WATCH, Right.REPORTS}
    assert "never" in waihu.well("account", "token", "list", "root").out
    waihu.well("account", "token", "revoke", "root", "crm")
    assert "token list" in waihu.fails(1, "account", "token", "revoke", "root", "crm")


@pytest.mark.usefixtures("typed")
def test_a_new_password_takes_the_place_of_the_old_one(waihu: Terminal) -> None:
    waihu.well("account", "add", "root", "--role", "admin", "--no-password")
    waihu.well("account", "password", "root")

    async def check(room: Room) -> bool:
        found = await Accounts(room.database).password_of("root")
        return found is not None and (await Passwords().compare(found[1], PASSWORD)).right

    assert waihu.on_file(check)


def test_who_did_what_is_in_the_ledger(waihu: Terminal) -> None:
    waihu.well("account", "add", "root", "--role", "admin", "--no-password")
    add(waihu, "chen")
    waihu.well("account", "suspend", "chen", "--reason", "left the team")
    told = waihu.well("audit", "show").out
    assert "account suspended" in told
    assert "left the team" in told
    assert "admin" in told
    assert PASSWORD not in told
