"""`/session`: sign in (POST), out (DELETE), and who am I (GET).

Owns: these requests, the cookie, and the refusals in words of HTTP. The form of the sign-in page
is read as well, as the browser sends it by itself while the page's script is still on its way.
What signing in takes is `supervisor.web.signing_in`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from campaigns.ledger import By
from config.settings import Language
from store.screens import MAY
from supervisor.accounts import LONGEST_NAME, LONGEST_PASSWORD, Account
from supervisor.rights import rights_of
from supervisor.web.bodies import form_fields, json_body, text_of
from supervisor.web.identity import KEY, Caller, caller_of, needs
from supervisor.web.keys import KeyKind, cookie_name, is_secure, session_key
from supervisor.web.pages import SIGN_IN
from supervisor.web.passwords import TooManyError
from supervisor.web.problems import Problem
from supervisor.web.signing_in import (
    LinkOverError,
    SigningIn,
    TooOftenError,
    Visitor,
    WrongError,
)
from supervisor.web.site import WebSite

SCREEN_HOLDS_S: Final = 400 * 86_400
"""As long as a browser keeps a cookie (RFC 6265bis); told anew with each page that it opens."""
NO_STORE: Final = {"cache-control": "no-store"}


class SessionRoutes:
    """The requests, for one site."""

    def __init__(self, site: WebSite, signing_in: SigningIn) -> None:
        self._site = site
        self._signing_in = signing_in

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/session", self._who, methods=["GET"]),
            Route("/session", self._sign_in, methods=["POST"]),
            Route("/session", self._sign_out, methods=["DELETE"]),
            Route(SIGN_IN, self._sign_in_by_form, methods=["POST"]),
            Route("/session/language", self._speak, methods=["PUT"]),
        ]

    async def _who(self, request: Request) -> Response:
        caller = caller_of(request)
        if caller is not None:
            answer = JSONResponse(self._told(caller), headers=NO_STORE)
            kept = request.cookies.get(cookie_name(request))
            if caller.screen and kept is not None:
                _set_cookie(answer, request, kept, SCREEN_HOLDS_S)
            return answer
        exist = await self._signing_in.accounts.any()
        nobody = {"account": None, "accounts": exist, "site": self._named()}
        return JSONResponse(nobody, headers=NO_STORE)

    async def _sign_in(self, request: Request) -> Response:
        account, secret = await self._signed_in(request, await json_body(request))
        answer = JSONResponse(self._told(_new_caller(account, secret)), headers=NO_STORE)
        _set_cookie(answer, request, secret)
        return answer

    async def _sign_in_by_form(self, request: Request) -> Response:
        given = await form_fields(request)
        body = {"account": given.get("username", ""), "password": given.get("password", "")}
        try:
            _, secret = await self._signed_in(request, body)
        except Problem as problem:
            return _shown_again(request, problem)
        answer = _led(_inside(request.query_params.get("next", "")))
        _set_cookie(answer, request, secret)
        return answer

    async def _signed_in(self, request: Request, body: Mapping[str, Any]) -> tuple[Account, str]:
        """Sign in; the session that this browser had until now ends."""
        try:
            account, secret = await self._by(body, visitor_of(request))
        except (WrongError, LinkOverError, TooOftenError, TooManyError) as error:
            raise refusal_of(error) from None
        await self._leave(request)
        return account, secret

    async def _by(self, body: Mapping[str, Any], visitor: Visitor) -> tuple[Account, str]:
        given = dict(body)
        if "link" in given:
            return await self._signing_in.by_link(text_of(given, "link"), visitor)
        if "screen" in given:
            return await self._signing_in.as_screen(text_of(given, "screen"), visitor)
        name = text_of(given, "account")[: 2 * LONGEST_NAME]
        # A longer one is not compared: normalising and hashing it would be work for nothing.
        password = text_of(given, "password")[: LONGEST_PASSWORD + 1]
        return await self._signing_in.by_password(name, password, visitor)

    async def _sign_out(self, request: Request) -> Response:
        await self._leave(request)
        answer = Response(status_code=HTTPStatus.NO_CONTENT)
        answer.delete_cookie(
            cookie_name(request), secure=is_secure(request), httponly=True, samesite="strict"
        )
        return answer

    async def _leave(self, request: Request) -> None:
        """End the session that this browser had until now, or the television that it was."""
        caller = caller_of(request)
        if caller is None:
            return
        by = By(who=caller.account, at=self._site.utc_now())
        if caller.screen:
            await self._signing_in.screens.end(caller.account, request.scope[KEY].hash, by)
        elif caller.session is not None:
            await self._signing_in.sessions.end(caller.account, caller.session, by)

    async def _speak(self, request: Request) -> Response:
        caller = needs()(request)
        try:
            language = Language(text_of(await json_body(request), "language"))
        except ValueError:
            said = "that language is not spoken"
            raise Problem(HTTPStatus.BAD_REQUEST, "no_language", said) from None
        await self._signing_in.accounts.set_language(caller.account, language.value)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _told(self, caller: Caller) -> dict[str, Any]:
        return {
            "account": caller.account,
            "name": caller.full_name,
            "role": caller.role.value,
            "agent": caller.agent,
            "phone": caller.phone,
            "has_password": caller.has_password,
            "rights": sorted(right.value for right in caller.rights),
            "language": caller.language,
            "csrf": caller.csrf,
            "screen": caller.screen,
            "ends_at": None if caller.ends_at is None else caller.ends_at.isoformat(),
            "site": self._named(),
        }

    def _named(self) -> dict[str, str]:
        site = self._site.settings().site
        return {"name": site.name, "zone": site.zone}


def visitor_of(request: Request) -> Visitor:
    """Who stands at the door."""
    address = request.client.host if request.client else ""
    return Visitor(address=address, browser=request.headers.get("user-agent", ""))


def refusal_of(error: WrongError | LinkOverError | TooOftenError | TooManyError) -> Problem:
    """What is answered to who is not signed in."""
    match error:
        case WrongError():
            return Problem(HTTPStatus.UNAUTHORIZED, "wrong", "account or password is not right")
        case LinkOverError():
            return Problem(HTTPStatus.UNAUTHORIZED, "link_over", "the link was used, or is over")
        case TooOftenError():
            wait_s = math.ceil(error.wait_s)
            return Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_often",
                f"too many attempts; try again in {wait_s} s",
                facts={"wait_s": wait_s},
                headers={"retry-after": str(wait_s)},
            )
        case TooManyError():
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "many are signing in right now")


def _new_caller(account: Account, secret: str) -> Caller:
    key = session_key(secret)
    screen = key.kind is KeyKind.SCREEN
    return Caller(
        account=account.name,
        full_name=account.full_name,
        has_password=account.has_password,
        role=account.role,
        rights=rights_of(account.role, MAY if screen else None),
        agent=account.agent,
        language=account.language,
        phone=account.phone,
        screen=screen,
        csrf=key.csrf,
    )


def _shown_again(request: Request, problem: Problem) -> Response:
    """The sign-in page, which words the refusal that it finds behind the #."""
    refused = urlencode({"refused": problem.code, **problem.facts})
    query = f"?{request.url.query}" if request.url.query else ""
    return _led(f"{SIGN_IN}{query}#{refused}")


def _led(to: str) -> Response:
    return RedirectResponse(to, HTTPStatus.SEE_OTHER, headers=NO_STORE)


def _inside(path: str) -> str:
    """A page of ours, else that of the account: nobody is led elsewhere by a link of others."""
    leads_out = path.startswith(("//", "/\\")) or not path.startswith("/")
    return "/" if leads_out or path.startswith(SIGN_IN) else path


def _set_cookie(
    answer: Response, request: Request, secret: str, holds_s: int | None = None
) -> None:
    """Until the browser is closed, or for so long; at the longest it holds as the server says."""
    answer.set_cookie(
        cookie_name(request),
        secret,
        max_age=holds_s,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="strict",
    )
