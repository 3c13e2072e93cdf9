"""The door before all routes: who calls, and whether the request comes from a page of ours.

Owns: the checks that no route can forget. A request that changes something and comes with a
cookie must bring the session's CSRF token, and must not come from another site (Fetch Metadata,
Origin). Programs with a token send no cookie, so nobody can borrow it. A television, which is a
token in a cookie, changes nothing but who it is. Must not know the routes.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from store.errors import StoreError
from supervisor.web.identity import CALLER, KEY, REGISTER, Caller
from supervisor.web.keys import Key, KeyKind, key_of
from supervisor.web.problems import Problem, problem_answer
from supervisor.web.register import Register

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER: Final = "x-waihu-csrf"
SESSION: Final = "/session"
"""Where a television may be signed out, or somebody in, and that is all that it may do."""
OPEN: Final = ("/static/", "/words/")
"""Below these paths nobody is asked who he is."""


class Door:
    """Wraps an application."""

    def __init__(self, app: ASGIApp, register: Register) -> None:
        self._app = app
        self._register = register

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or refuse with problem details."""
        request = Request(scope)
        # Not `request.url`: the Host header, which anybody writes, is part of that.
        if scope["path"].startswith(OPEN):
            await self._app(scope, receive, send)
            return
        try:
            key = key_of(request)
            caller = None if key is None else await self._register.caller(key)
            _check_origin(request, key)
            _check_csrf(request, key, caller)
            _check_screen(request, caller)
        except StoreError:
            away = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "store_away", "the database is away")
            await problem_answer(away)(scope, receive, send)
            return
        except Problem as problem:
            await problem_answer(problem)(scope, receive, send)
            return
        scope[CALLER], scope[KEY], scope[REGISTER] = caller, key, self._register
        await self._app(scope, receive, send)


def _check_origin(request: Request, key: Key | None) -> None:
    if request.method in SAFE or (key is not None and key.kind is KeyKind.TOKEN):
        return
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    # Not parsed as an address: what is none raises, and anybody may send it.
    other = origin is not None and origin.partition("://")[2] != request.headers.get("host")
    if site != "same-origin" or other:
        raise Problem(HTTPStatus.FORBIDDEN, "cross_site", "the request comes from another site")


def _check_csrf(request: Request, key: Key | None, caller: Caller | None) -> None:
    if request.method in SAFE or caller is None or key is None or key.kind is KeyKind.TOKEN:
        return
    shown = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(shown.encode(), key.csrf.encode()):
        raise Problem(HTTPStatus.FORBIDDEN, "csrf", f"the header {CSRF_HEADER} is missing or wrong")


def _check_screen(request: Request, caller: Caller | None) -> None:
    if caller is None or not caller.screen or request.method in SAFE:
        return
    if request.scope["path"] != SESSION:
        raise Problem(HTTPStatus.FORBIDDEN, "only_watches", "a television only watches")
