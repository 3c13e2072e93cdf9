"""`waihu account token`: what programs sign in with (R25).

Owns: these commands and their sentences. A token is shown once, when it is made.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.ledger import By
from config.language import _, mark
from config.settings import Settings
from dialer.cli_print import print_json, say, table
from dialer.cli_session import carry_out, opened, operator, settings_of, utc_now
from dialer.cli_times import iso, stamp
from store.api_tokens import ApiTokens, TokenRow
from supervisor.accounts import scopes_text
from supervisor.rights import Right

token_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help=mark("The account's name."))]
Token = Annotated[str, typer.Argument(metavar="TOKEN", help=mark("The token's name."))]


@token_app.command("add", help=mark("Make a token for a program; it is shown once."))
def add(
    ctx: typer.Context,
    account: Account,
    token: Token,
    scope: Annotated[list[Right], typer.Option(help=mark("A right that it has; may be repeated."))],
    days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help=mark("For how many days; else until revoked.")),
    ] = None,
    json: Json = False,
) -> None:
    """It may what its account may, and of that no more than its scopes."""
    now = utc_now()
    row = TokenRow(
        account=account.casefold(),
        name=" ".join(token.split()),
        scopes=frozenset(scope),
        created_at=now,
        ends_at=None if days is None else now + timedelta(days=days),
    )
    secret = carry_out(_add(settings_of(ctx), row))
    if json:
        print_json({"token": token_json(row), "secret": secret})
        return
    say(_("Keep it now; it is not shown again:"))
    say(secret)
    say(_("A program sends it as: Authorization: Bearer TOKEN"))


async def _add(settings: Settings, row: TokenRow) -> str:
    from supervisor.web.keys import TOKEN_PREFIX, hashed, new_secret  # noqa: PLC0415  Starlette

    secret = new_secret(TOKEN_PREFIX)
    async with opened(settings) as database:
        by = By(who=operator(), at=row.created_at)
        await ApiTokens(database).add(row, hashed(secret), by)
    return secret


@token_app.command("list", help=mark("Show the tokens, and when each was used last."))
def list_tokens(
    ctx: typer.Context,
    account: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT", help=mark("Of this account only."))
    ] = None,
    json: Json = False,
) -> None:
    """What they open is kept as a hash: nobody can show them again."""
    settings = settings_of(ctx)
    found = carry_out(_all(settings, account and account.casefold()))
    if json:
        print_json({"tokens": [token_json(row) for row in found]})
    elif not found:
        say(_("There is no token."))
    else:
        zone = ZoneInfo(settings.site.zone)
        columns = [_("account"), _("token"), _("scopes"), _("until"), _("last used")]
        table(columns, [_row(row, zone) for row in found])


def _row(row: TokenRow, zone: ZoneInfo) -> tuple[str, ...]:
    until = "" if row.ends_at is None else stamp(row.ends_at, zone)
    used = _("never") if row.used_at is None else stamp(row.used_at, zone)
    scopes = _("television") if row.screen else scopes_text(row.scopes)
    return row.account, row.name, scopes, until, used


async def _all(settings: Settings, account: str | None) -> tuple[TokenRow, ...]:
    async with opened(settings) as database:
        return await ApiTokens(database).all(account)


@token_app.command("revoke", help=mark("End a token at once."))
def revoke(ctx: typer.Context, account: Account, token: Token, json: Json = False) -> None:
    """Programs that use it are signed out."""
    carry_out(_revoke(settings_of(ctx), account.casefold(), token))
    if json:
        print_json({"account": account.casefold(), "revoked": token})
    else:
        say(_("The token {name} is revoked.").format(name=token))


async def _revoke(settings: Settings, account: str, token: str) -> None:
    async with opened(settings) as database:
        await ApiTokens(database).revoke(account, token, By(who=operator(), at=utc_now()))


def token_json(row: TokenRow) -> dict[str, object]:
    """A token, for a program; without what it opens."""
    return {
        "account": row.account,
        "name": row.name,
        "screen": row.screen,
        "scopes": sorted(right.value for right in row.scopes),
        "created_at": iso(row.created_at),
        "ends_at": iso(row.ends_at),
        "used_at": iso(row.used_at),
    }
