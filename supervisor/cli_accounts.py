"""`waihu account`: who may use pages and API (R25).

Owns: these commands and their sentences. They work on the database, so they need no engine; one
that runs heeds them from the next request on. Tokens: `supervisor.cli_tokens`.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from campaigns.ledger import By
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say, table
from dialer.cli_session import carry_out, opened, operator, settings_of, utc_now
from dialer.cli_times import iso
from supervisor.account_words import role_words, state_words
from supervisor.accounts import LONGEST_TOKEN_NAME, Account, AccountState, account_name, own_phone
from supervisor.cli_tokens import token_app
from supervisor.rights import RIGHTS, Right, Role
from supervisor.typed_password import new_password
from supervisor.web_address import LINK_HOLDS, Board

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(token_app, name="token")

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Name = Annotated[str, typer.Argument(metavar="NAME", help=mark("The account's name."))]
RoleName = Annotated[
    Role,
    typer.Option("--role", help=mark("agent, supervisor, campaign_manager, quality or admin.")),
]
Reason = Annotated[str, typer.Option(help=mark("Why; it is kept in the ledger."))]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help=mark("Read the password from this file; else it is asked for.")),
]


def named(text: str) -> str:
    """An account's name as it is kept.

    Raises:
        CommandError: it is none.
    """
    try:
        return account_name(text)
    except ValueError:
        said = _("“{text}” is no name for an account: letters, digits, . _ - @, no blanks")
        raise CommandError(said.format(text=text), ExitCode.USAGE) from None


def by_operator(why: str = "") -> By:
    """Who gives the command, now."""
    return By(who=operator(), at=utc_now(), why=why)


# ── commands ─────────────────────────────────────────────────────────────────────────────


@app.command(help=mark("Add an account; its password is asked for."))
def add(
    ctx: typer.Context,
    name: Name,
    role: RoleName,
    full_name: Annotated[str, typer.Option(help=mark("The person's name."))] = "",
    agent: Annotated[
        str | None, typer.Option(help=mark("The agent that it is, by the agent's number."))
    ] = None,
    password_file: PasswordFile = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help=mark("It signs in by links only, at first."))
    ] = False,
    json: Json = False,
) -> None:
    """The password comes from the terminal, standard input or a file, never the command line."""
    settings = settings_of(ctx)
    account = Account(name=named(name), role=role, full_name=full_name.strip(), agent=agent)
    password = None if no_password else new_password(account.name, password_file)
    carry_out(_add(settings, account, password, json=json))


async def _add(settings: Settings, account: Account, password: str | None, *, json: bool) -> None:
    from store.accounts import Accounts  # noqa: PLC0415  SQLAlchemy is slow to load
    from supervisor.web.passwords import Passwords  # noqa: PLC0415  argon2 as well

    kept = None if password is None else await Passwords().hash(password)
    async with opened(settings, create=True) as database:
        await Accounts(database).add(account, by_operator(), kept)
        found = await Accounts(database).find(account.name)
    assert found is not None  # noqa: S101  accounts are never deleted
    if json:
        print_json({"account": account_json(found)})
        return
    role = role_words()[account.role]
    say(_("{name} may sign in now; role: {role}.").format(name=account.name, role=role))
    if not settings.web.on:
        say(_("The pages are off: set [web] on = true, and start the engine anew."))


@app.command("list", help=mark("Show all accounts."))
def list_accounts(ctx: typer.Context, json: Json = False) -> None:
    """Withdrawn ones, too: their names are never given again."""
    found = carry_out(_all(settings_of(ctx)))
    if json:
        print_json({"accounts": [account_json(account) for account in found]})
    elif not found:
        say(_("There is no account yet: waihu account add NAME --role admin"))
    else:
        roles, states = role_words(), state_words()
        columns = [_("account"), _("name"), _("role"), _("state"), _("agent")]
        table(
            columns,
            [
                (one.name, one.full_name, roles[one.role], states[one.state], one.agent or "")
                for one in found
            ],
        )


async def _all(settings: Settings) -> tuple[Account, ...]:
    from store.accounts import Accounts  # noqa: PLC0415  SQLAlchemy is slow to load

    async with opened(settings) as database:
        return await Accounts(database).all()


@app.command(help=mark("Give an account another role."))
def role(
    ctx: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Argument(metavar="ROLE", help=mark("As for waihu account add."))],
    reason: Reason = "",
    json: Json = False,
) -> None:
    """It counts from the next request on, at open pages as well."""
    changed = carry_out(_change(settings_of(ctx), named(name), by_operator(reason), role=role))
    said = _("{name}: {role}.").format(name=changed.name, role=role_words()[changed.role])
    _told(changed, said, json=json)


@app.command(help=mark("Say which agent an account is."))
def agent(
    ctx: typer.Context,
    name: Name,
    agent: Annotated[
        str | None, typer.Argument(metavar="AGENT", help=mark("The agent's number."))
    ] = None,
    none: Annotated[bool, typer.Option("--none", help=mark("It is no agent any more."))] = False,
    json: Json = False,
) -> None:
    """An agent's account works at the agent's own desk."""
    if none is (agent is not None):
        raise CommandError(_("say either AGENT or --none"), ExitCode.USAGE)
    changed = carry_out(_change(settings_of(ctx), named(name), by_operator(), agent=agent or ""))
    if changed.agent is None:
        said = _("{name} is no agent.").format(name=changed.name)
    else:
        said = _("{name} is agent {agent}.").format(name=changed.name, agent=changed.agent)
    _told(changed, said, json=json)


@app.command(help=mark("Say by which phone an account listens; no other rings then."))
def phone(
    ctx: typer.Context,
    name: Name,
    phone: Annotated[
        str | None, typer.Argument(metavar="PHONE", help=mark("The phone's extension."))
    ] = None,
    none: Annotated[
        bool, typer.Option("--none", help=mark("It names the phone each time, as before."))
    ] = False,
    json: Json = False,
) -> None:
    """Browser, API and board ring it without asking."""
    if none is (phone is not None):
        raise CommandError(_("say either PHONE or --none"), ExitCode.USAGE)
    try:
        kept = own_phone(phone or "")
    except ValueError:
        said = _("a phone is an extension of up to 20 letters or digits")
        raise CommandError(said, ExitCode.USAGE) from None
    changed = carry_out(_change(settings_of(ctx), named(name), by_operator(), phone=kept))
    if changed.phone is None:
        said = _("{name} names the phone that it listens by.").format(name=changed.name)
    else:
        said = _("{name} listens by phone {phone}, and by no other.")
        said = said.format(name=changed.name, phone=changed.phone)
    _told(changed, said, json=json)


async def _change(settings: Settings, name: str, by: By, **changes: Any) -> Account:
    from store.accounts import Accounts  # noqa: PLC0415  SQLAlchemy is slow to load

    async with opened(settings) as database:
        return await Accounts(database).change(name, by, **changes)


@app.command(help=mark("Set a new password; every browser is signed out."))
def password(
    ctx: typer.Context, name: Name, password_file: PasswordFile = None, json: Json = False
) -> None:
    """The password comes from the terminal, standard input or a file, never the command line."""
    settings, plain = settings_of(ctx), named(name)
    carry_out(_known(settings, plain))
    found = carry_out(_set_password(settings, plain, new_password(plain, password_file)))
    said = _("{name} has a new password, and is signed out everywhere.")
    _told(found, said.format(name=plain), json=json)


async def _known(settings: Settings, name: str) -> None:
    """Nobody types a password twice for an account that does not exist."""
    from store.accounts import Accounts  # noqa: PLC0415  SQLAlchemy is slow to load
    from store.errors import UnknownAccountError  # noqa: PLC0415  as above

    async with opened(settings) as database:
        if await Accounts(database).find(name) is None:
            raise UnknownAccountError(name)


async def _set_password(settings: Settings, name: str, password: str) -> Account:
    from store.accounts import Accounts  # noqa: PLC0415  SQLAlchemy is slow to load
    from supervisor.web.passwords import Passwords  # noqa: PLC0415  argon2 as well

    kept = await Passwords().hash(password)
    async with opened(settings) as database:
        accounts = Accounts(database)
        await accounts.set_password(name, kept, by_operator())
        found = await accounts.find(name)
    assert found is not None  # noqa: S101  accounts are never deleted
    return found


@app.command(help=mark("Shut an account for now; it is signed out at once."))
def suspend(ctx: typer.Context, name: Name, reason: Reason = "", json: Json = False) -> None:
    """Its tokens do not hold meanwhile."""
    changed = _set_state(ctx, name, AccountState.SUSPENDED, reason)
    said = _("{name} is suspended, and signed out everywhere.").format(name=changed.name)
    _told(changed, said, json=json)


@app.command(help=mark("Open a suspended account again."))
def restore(ctx: typer.Context, name: Name, reason: Reason = "", json: Json = False) -> None:
    """Its tokens hold again."""
    changed = _set_state(ctx, name, AccountState.ACTIVE, reason)
    _told(changed, _("{name} may sign in again.").format(name=changed.name), json=json)


@app.command(help=mark("Take an account back for good; its name is never given again."))
def withdraw(ctx: typer.Context, name: Name, reason: Reason = "", json: Json = False) -> None:
    """What it did stays in the ledger."""
    changed = _set_state(ctx, name, AccountState.WITHDRAWN, reason)
    said = _("{name} is withdrawn, with all its tokens.").format(name=changed.name)
    _told(changed, said, json=json)


def _set_state(ctx: typer.Context, name: str, state: AccountState, why: str) -> Account:
    return carry_out(_state(settings_of(ctx), named(name), state, by_operator(why)))


async def _state(settings: Settings, name: str, state: AccountState, by: By) -> Account:
    from store.accounts import Accounts  # noqa: PLC0415  SQLAlchemy is slow to load

    async with opened(settings) as database:
        return await Accounts(database).set_state(name, state, by)


@app.command(help=mark("Make a link that signs an account in, once, within 10 minutes."))
def link(ctx: typer.Context, name: Name, json: Json = False) -> None:
    """For who has no password yet, or has forgotten it."""
    settings = settings_of(ctx)
    url, by = carry_out(_link(settings, named(name)))
    if json:
        print_json({"link": url, "ends_at": iso(by.at + LINK_HOLDS)})
        return
    say(_("Open this within {n} minutes; it works once:").format(n=LINK_HOLDS.seconds // 60))
    say(url)
    if not settings.web.on:
        say(_("The pages are off: set [web] on = true, and start the engine anew."))


@app.command(help=mark("Make a link by which a browser shows a board, for good: a television."))
def tv(
    ctx: typer.Context,
    name: Name,
    screen: Annotated[
        str, typer.Argument(metavar="TELEVISION", help=mark("What it is called, e.g. hall."))
    ],
    board: Annotated[
        Board, typer.Option(help=mark("wall (the wallboard) or floor (for agents)."))
    ] = Board.WALL,
    json: Json = False,
) -> None:
    """It watches with the account's right and can do nothing else, until its token is revoked."""
    settings, called = settings_of(ctx), " ".join(screen.split())
    if not called or "/" in called or not called.isprintable() or len(called) > LONGEST_TOKEN_NAME:
        raise CommandError(_("give the television a short name, without /"), ExitCode.USAGE)
    url, by = carry_out(_tv(settings, named(name), called, board))
    if json:
        print_json({"link": url, "ends_at": iso(by.at + LINK_HOLDS)})
        return
    said = _("Open this at the television within {n} minutes; it works once:")
    say(said.format(n=LINK_HOLDS.seconds // 60))
    say(url)
    said = _("It shows the board until: waihu account token revoke {name} {screen}")
    say(said.format(name=named(name), screen=shlex.quote(called)))
    if not settings.web.on:
        say(_("The pages are off: set [web] on = true, and start the engine anew."))


async def _tv(settings: Settings, name: str, screen: str, board: Board) -> tuple[str, By]:
    from store.accounts import Accounts  # noqa: PLC0415  as above
    from supervisor.sign_in_links import screen_link_for  # noqa: PLC0415  SQLAlchemy is slow

    by = by_operator()
    async with opened(settings) as database:
        found = await Accounts(database).find(name)
        if found is not None and board is Board.WALL and Right.WATCH not in RIGHTS[found.role]:
            said = _(
                "{name} may not watch the wallboard; say --board floor, or take another account"
            )
            raise CommandError(said.format(name=name))
        return await screen_link_for(database, settings, name, screen, board=board, by=by), by


async def _link(settings: Settings, name: str) -> tuple[str, By]:
    from supervisor.sign_in_links import link_for  # noqa: PLC0415  SQLAlchemy is slow to load

    by = by_operator()
    async with opened(settings) as database:
        return await link_for(database, settings, name, by), by


def _told(account: Account, said: str, *, json: bool) -> None:
    if json:
        print_json({"account": account_json(account)})
    else:
        say(said)


def account_json(account: Account) -> dict[str, object]:
    """An account, for a program."""
    return {
        "name": account.name,
        "full_name": account.full_name,
        "role": account.role.value,
        "state": account.state.value,
        "agent": account.agent,
        "phone": account.phone,
        "has_password": account.has_password,
        "created_at": iso(account.created_at),
    }
