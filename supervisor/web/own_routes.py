"""`/account/…`: what everybody does for the own account: password, browsers, tokens.

Owns: these requests. A token may not do any of it: who has stolen one must not make more of them.
Must not know other people's accounts (`supervisor.web.account_routes`).
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from campaigns.ledger import By
from store.api_tokens import TokenRow
from store.web_sessions import SessionRow
from supervisor.accounts import LONGEST_PASSWORD, LONGEST_TOKEN_NAME, password_fault
from supervisor.rights import Right
from supervisor.sign_in_links import screen_path
from supervisor.web.bodies import json_body, text_of
from supervisor.web.identity import Caller, needs
from supervisor.web.keys import TOKEN_PREFIX, hashed, new_secret
from supervisor.web.parts import AccountParts
from supervisor.web.passwords import TooManyError
from supervisor.web.problems import Problem
from supervisor.web.session_routes import refusal_of, visitor_of
from supervisor.web.signing_in import TooOftenError
from supervisor.web.site import WebSite
from supervisor.web_address import LINK_HOLDS, Board

MOST_TOKEN_DAYS: Final = 3650
MOST_TOKENS: Final = 50


class OwnRoutes:
    """The requests, for one site."""

    def __init__(self, site: WebSite, parts: AccountParts) -> None:
        self._site = site
        self._parts = parts

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/account/password", self._set_password, methods=["PUT"]),
            Route("/account/sessions", self._sessions, methods=["GET"]),
            Route("/account/sessions", self._end_others, methods=["DELETE"]),
            Route("/account/sessions/{number}", self._end_one, methods=["DELETE"]),
            Route("/account/tokens", self._tokens, methods=["GET"]),
            Route("/account/tokens", self._add_token, methods=["POST"]),
            Route("/account/tokens/{name}", self._revoke_token, methods=["DELETE"]),
            Route("/account/screens", self._offer_screen, methods=["POST"]),
        ]

    # ── password ─────────────────────────────────────────────────────────────────────────

    async def _set_password(self, request: Request) -> Response:
        caller = own(request)
        body = await json_body(request)
        new = text_of(body, "new")
        check_password(new, caller.account)
        await self._check_old(caller, body, request)
        kept = await self._parts.passwords.hash(new)
        await self._parts.accounts.set_password(
            caller.account, kept, self._by(caller), keeping=caller.session
        )
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _check_old(self, caller: Caller, body: dict[str, Any], request: Request) -> None:
        """Who finds a browser open must not take the account over. The first has none before."""
        account = await self._parts.accounts.find(caller.account)
        if account is not None and not account.has_password:
            return
        old = text_of(body, "old")[: LONGEST_PASSWORD + 1]
        try:
            right = await self._parts.signing_in.is_right(caller.account, old, visitor_of(request))
        except (TooOftenError, TooManyError) as error:
            raise refusal_of(error) from None
        if not right:
            raise Problem(HTTPStatus.FORBIDDEN, "wrong_password", "the password is not right")

    # ── browsers ─────────────────────────────────────────────────────────────────────────

    async def _sessions(self, request: Request) -> Response:
        caller = own(request)
        found = await self._parts.sessions.of(caller.account, self._site.utc_now())
        told = [session_json(one, this=one.number == caller.session) for one in found]
        return JSONResponse({"sessions": told})

    async def _end_others(self, request: Request) -> Response:
        caller = own(request)
        by = self._by(caller)
        ended = await self._parts.sessions.end_others(caller.account, caller.session, by)
        return JSONResponse({"ended": ended})

    async def _end_one(self, request: Request) -> Response:
        caller = own(request)
        number = request.path_params["number"]
        if not await self._parts.sessions.end(caller.account, number, self._by(caller)):
            raise Problem(HTTPStatus.NOT_FOUND, "unknown_session", "there is no such session")
        return Response(status_code=HTTPStatus.NO_CONTENT)

    # ── tokens ───────────────────────────────────────────────────────────────────────────

    async def _tokens(self, request: Request) -> Response:
        found = await self._parts.tokens.all(own(request).account)
        return JSONResponse({"tokens": [token_json(one) for one in found]})

    async def _add_token(self, request: Request) -> Response:
        caller = own(request)
        body = await json_body(request)
        now = self._site.utc_now()
        await self._check_room(caller)
        days = days_of(body)
        row = TokenRow(
            account=caller.account,
            name=token_name(text_of(body, "name")),
            scopes=scopes_of(body, caller.rights),
            created_at=now,
            ends_at=None if days is None else now + timedelta(days=days),
        )
        secret = new_secret(TOKEN_PREFIX)
        await self._parts.tokens.add(row, hashed(secret), self._by(caller))
        # This once: what is kept is its hash.
        return JSONResponse({"token": token_json(row), "secret": secret}, HTTPStatus.CREATED)

    async def _check_room(self, caller: Caller) -> None:
        held = len(await self._parts.tokens.all(caller.account))
        # Nobody opens a hundred links at once to have a hundred tokens.
        held += await self._parts.screens.offered(caller.account, self._site.utc_now())
        if held >= MOST_TOKENS:
            raise Problem(HTTPStatus.CONFLICT, "too_many_tokens", "revoke one first")

    async def _offer_screen(self, request: Request) -> Response:
        """A link that makes a television of the browser in which it is opened; told this once."""
        caller = own(request)
        body = await json_body(request)
        name, secret, by = token_name(text_of(body, "name")), new_secret(), self._by(caller)
        board = _board(text_of(body, "board"))
        if board is Board.WALL:
            needs(Right.WATCH)(request)
        await self._check_room(caller)
        ends_at = by.at + LINK_HOLDS
        await self._parts.screens.offer(caller.account, name, hashed(secret), ends_at, by)
        told = {"path": screen_path(board, secret), "ends_at": ends_at.isoformat()}
        return JSONResponse(told, HTTPStatus.CREATED)

    async def _revoke_token(self, request: Request) -> Response:
        caller = own(request)
        name = token_name(request.path_params["name"])
        await self._parts.tokens.revoke(caller.account, name, self._by(caller))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _by(self, caller: Caller) -> By:
        return By(who=caller.account, at=self._site.utc_now())


def own(request: Request) -> Caller:
    """The caller, at a browser.

    Raises:
        Problem: nobody is signed in, or a program asks.
    """
    caller = needs()(request)
    if caller.session is None:
        raise Problem(HTTPStatus.FORBIDDEN, "not_by_token", "a token may not do this")
    return caller


def check_password(text: str, name: str) -> None:
    """Refuse a password that is not fit.

    Raises:
        Problem: its code is the PasswordFault.
    """
    fault = password_fault(text, name)
    if fault is not None:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, fault.value, "choose another password")


def token_name(text: str) -> str:
    """A token's name: one short line.

    Raises:
        Problem: it is none.
    """
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST_TOKEN_NAME or not plain.isprintable() or "/" in plain:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "token_name", "give the token a short name")
    return plain


def scopes_of(body: dict[str, Any], held: frozenset[Right]) -> frozenset[Right]:
    """The rights that a token shall have: some, and none that its maker lacks.

    Raises:
        Problem: there are none, or others.
    """
    asked = body.get("scopes")
    words = asked if isinstance(asked, list) else []
    known = {right.value: right for right in held}
    if not words or not all(isinstance(word, str) and word in known for word in words):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "scopes", "name rights that you have")
    return frozenset(known[word] for word in words)


def _board(text: str) -> Board:
    try:
        return Board(text)
    except ValueError:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "board", "wall or floor") from None


def days_of(body: dict[str, Any]) -> int | None:
    """For how many days a token shall hold; None: until it is revoked.

    Raises:
        Problem: it is no number of days.
    """
    days = body.get("days")
    if days is None:
        return None
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_TOKEN_DAYS:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "days", "1 to 3650 days, or none")
    return days


def session_json(row: SessionRow, *, this: bool) -> dict[str, Any]:
    """A session as pages are told of it."""
    return {
        "number": row.number,
        "this": this,
        "created_at": row.created_at.isoformat(),
        "seen_at": row.seen_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "address": row.address,
        "browser": row.browser,
    }


def token_json(row: TokenRow) -> dict[str, Any]:
    """A token as pages are told of it."""
    return {
        "account": row.account,
        "name": row.name,
        "screen": row.screen,
        "scopes": sorted(row.scopes),
        "created_at": row.created_at.isoformat(),
        "ends_at": None if row.ends_at is None else row.ends_at.isoformat(),
        "used_at": None if row.used_at is None else row.used_at.isoformat(),
    }
