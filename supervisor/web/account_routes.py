"""`/accounts/all…`: what an administrator does with everybody's accounts.

Owns: these requests. Must not know what a change brings about (`store.accounts`).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from campaigns.ledger import By
from supervisor.accounts import Account, AccountState, account_name, own_phone
from supervisor.rights import RIGHTS, Right, Role
from supervisor.web.bodies import json_body, maybe_text, text_of
from supervisor.web.identity import Caller, needs
from supervisor.web.keys import hashed, new_secret
from supervisor.web.own_routes import check_password
from supervisor.web.parts import AccountParts
from supervisor.web.problems import Problem
from supervisor.web.site import WebSite
from supervisor.web_address import LINK_HOLDS

LONGEST_FULL_NAME: Final = 100
LONGEST_WHY: Final = 200


class AccountRoutes:
    """The requests, for one site."""

    def __init__(self, site: WebSite, parts: AccountParts) -> None:
        self._site = site
        self._parts = parts

    def routes(self) -> list[Route]:
        """Where they stand."""
        one = "/accounts/all/{name}"
        return [
            Route("/accounts/all", self._all, methods=["GET"]),
            Route("/accounts/all", self._add, methods=["POST"]),
            Route(one, self._change, methods=["PATCH"]),
            Route(f"{one}/password", self._set_password, methods=["PUT"]),
            Route(f"{one}/link", self._link, methods=["POST"]),
        ]

    async def _all(self, request: Request) -> Response:
        administrator(request)
        found = await self._parts.accounts.all()
        rights = {role.value: sorted(RIGHTS[role]) for role in Role}
        return JSONResponse({"accounts": [account_json(one) for one in found], "roles": rights})

    async def _add(self, request: Request) -> Response:
        caller = administrator(request)
        body = await json_body(request)
        account = Account(
            name=_name(text_of(body, "name")),
            full_name=_line(maybe_text(body, "full_name") or "", LONGEST_FULL_NAME),
            role=_role(text_of(body, "role")),
            agent=maybe_text(body, "agent") or None,
        )
        password = maybe_text(body, "password")
        kept = None
        if password is not None:
            check_password(password, account.name)
            kept = await self._parts.passwords.hash(password)
        await self._parts.accounts.add(account, self._by(caller, body), kept)
        return await self._told(account.name, HTTPStatus.CREATED)

    async def _change(self, request: Request) -> Response:
        caller = administrator(request)
        name, body = _named(request), await json_body(request)
        by = self._by(caller, body)
        role, full_name = maybe_text(body, "role"), maybe_text(body, "full_name")
        await self._parts.accounts.change(
            name,
            by,
            role=None if role is None else _role(role),
            full_name=None if full_name is None else _line(full_name, LONGEST_FULL_NAME),
            agent=maybe_text(body, "agent"),
            phone=_phone(maybe_text(body, "phone")),
        )
        state = maybe_text(body, "state")
        if state is not None:
            await self._parts.accounts.set_state(name, _state(state), by)
        return await self._told(name)

    async def _set_password(self, request: Request) -> Response:
        """For somebody else; the own one takes the old one, too."""
        caller = administrator(request)
        name, body = _named(request), await json_body(request)
        if name == caller.account:
            raise Problem(HTTPStatus.CONFLICT, "own_password", "change your own at /account")
        new = text_of(body, "new")
        check_password(new, name)
        kept = await self._parts.passwords.hash(new)
        await self._parts.accounts.set_password(name, kept, self._by(caller, body))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _link(self, request: Request) -> Response:
        """A link that signs this account in, once; it is told this once."""
        caller = administrator(request)
        name, body = _named(request), await json_body(request)
        secret, by = new_secret(), self._by(caller, body)
        ends_at = by.at + LINK_HOLDS
        await self._parts.sessions.add_link(name, hashed(secret), ends_at, by)
        told = {"path": f"/sign-in#link={secret}", "ends_at": ends_at.isoformat()}
        return JSONResponse(told, HTTPStatus.CREATED)

    async def _told(self, name: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
        account = await self._parts.accounts.find(name)
        assert account is not None  # noqa: S101  accounts are never deleted
        return JSONResponse({"account": account_json(account)}, status)

    def _by(self, caller: Caller, body: dict[str, Any]) -> By:
        why = _line(maybe_text(body, "why") or "", LONGEST_WHY)
        return By(who=caller.account, at=self._site.utc_now(), why=why)


def administrator(request: Request) -> Caller:
    """The caller, who may administer accounts and sits at a browser.

    Raises:
        Problem: 401, 403.
    """
    caller = needs(Right.ACCOUNTS)(request)
    if caller.session is None:
        raise Problem(HTTPStatus.FORBIDDEN, "not_by_token", "a token may not do this")
    return caller


def account_json(account: Account) -> dict[str, Any]:
    """An account as pages and programs are told of it."""
    return {
        "name": account.name,
        "full_name": account.full_name,
        "role": account.role.value,
        "state": account.state.value,
        "agent": account.agent,
        "phone": account.phone,
        "has_password": account.has_password,
        "created_at": None if account.created_at is None else account.created_at.isoformat(),
    }


def _name(text: str) -> str:
    try:
        return account_name(text)
    except ValueError:
        raise _unfit("account_name") from None


def _named(request: Request) -> str:
    """The account that the path names: what is no name is nobody's."""
    try:
        return account_name(request.path_params["name"])
    except ValueError:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_account", "there is no such account") from None


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise _unfit("role") from None


def _phone(text: str | None) -> str | None:
    try:
        return None if text is None else own_phone(text)
    except ValueError:
        raise _unfit("bad_phone") from None


def _state(text: str) -> AccountState:
    try:
        return AccountState(text)
    except ValueError:
        raise _unfit("state") from None


def _line(text: str, longest: int) -> str:
    plain = " ".join(text.split())
    if len(plain) > longest or not plain.isprintable():
        raise _unfit("text")
    return plain


def _unfit(code: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, f"that is no {code.replace('_', ' ')}")
