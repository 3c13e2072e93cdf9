"""The wallboard's own pages and stream over a real server, showing the pictures of a test.

Who is signed in is fixed, and what the page asks of the API is only written down: both have tests
of their own. Streams, frames, pages, words and headers are the program's.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from asterisk.lab.ports import free_port
from dialer.cli_session import utc_now
from dialer.messages import Now
from supervisor.rights import RIGHTS, Role
from supervisor.sinks.hub import Hub
from supervisor.sinks.sse import Streams
from supervisor.snapshot import Snapshot
from supervisor.web.headers import SafeHeaders
from supervisor.web.identity import CALLER, Caller
from supervisor.web.page_words import words_answer
from supervisor.web.pages import STATIC, page_routes
from supervisor.web.server import Address, serving
from tests.real_chromium import chromium, new_context
from tests.web.board_pictures import picture

NO_CALLS = {
    "figure": "service-level",
    "window": "today",
    "of": None,
    "since": "2026-11-22T16:00:00+00:00",
    "run_since": None,
    "told": None,
    "listed": {"numerator": 0, "denominator": 0},
    "parts": {"numerator": 0, "against": 0, "excluded": 0},
    "differs": None,
    "calls": [],
    "older": None,
}


class Stage:
    """Shows what it is given. `asked`: what the page asked of the API, `streams_begun`: of us.

    `looked`: which calls it asked for, and `behind` what it is answered.
    """

    def __init__(self, role: Role = Role.ADMIN) -> None:
        self.role = role
        self.phone: str | None = None
        self.shown = picture(utc_now())
        self.asked: list[tuple[str, str, Any]] = []
        self.streams_begun = 0
        self.signed_in = True
        self.silent = False  # answers no stream, and ends those that there are
        self.answer = 200
        self.looked: list[tuple[str, dict[str, str]]] = []
        self.behind: dict[str, Any] = NO_CALLS
        self.port = free_port()
        self.begin()

    def begin(self, clock: Callable[[], datetime] = utc_now) -> None:
        """A new life of the engine: streams and numbers of frames begin anew."""
        self.streams = Streams(clock)
        self.hub = Hub(self._take, lambda: Now(utc=clock(), mono=0.0), [self.streams])

    def _take(self, _now: Now) -> Snapshot:
        return self.shown

    def show(self, shown: Snapshot) -> None:
        self.shown = shown
        self.hub.show()

    @property
    def app(self) -> ASGIApp:
        routes = [
            *page_routes(),
            Route("/live", _Live(self)),
            Route("/session", self._session),
            Route("/words/{language}.json", words_answer),
            Route("/api/v1/calls/behind/{figure}", self._behind),
            Route("/api/v1/{path:path}", self._act, methods=["POST", "PUT", "PATCH", "DELETE"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
        return _SignedIn(Starlette(routes=routes, middleware=[Middleware(SafeHeaders)]), self)

    async def _session(self, _request: Request) -> Response:
        rights = sorted(RIGHTS[self.role])
        return JSONResponse(
            {
                "account": "li.na" if self.signed_in else None,
                "name": "李娜",
                "role": self.role,
                "rights": rights,
                "phone": self.phone,
                "language": None,
                "csrf": "token",
                "site": {"name": "演示"},
            }
        )

    async def _behind(self, request: Request) -> Response:
        self.looked.append((request.path_params["figure"], dict(request.query_params)))
        return JSONResponse(self.behind, self.answer)

    async def _act(self, request: Request) -> Response:
        body = json.loads(await request.body() or b"null")
        self.asked.append((request.method, request.url.path.removeprefix("/api/v1"), body))
        if self.answer >= 400:
            told = {"code": "agent_away", "detail": "the agent is not signed in"}
            return JSONResponse(told, self.answer)
        return JSONResponse({})


class _SignedIn:
    """The door: everybody is one and the same account."""

    def __init__(self, app: ASGIApp, stage: Stage) -> None:
        self._app = app
        self._stage = stage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        role = self._stage.role
        if self._stage.signed_in:
            scope[CALLER] = Caller(account="li.na", role=role, rights=RIGHTS[role])
        await self._app(scope, receive, send)


class _Live:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stage = self._stage
        if stage.silent:
            await JSONResponse({"code": "away"}, 503)(scope, receive, send)
            return
        if not stage.signed_in:
            await JSONResponse({"code": "sign_in"}, 401)(scope, receive, send)
            return
        stage.streams_begun += 1
        await stage.streams.serve(receive, send, lambda: stage.signed_in and not stage.silent)


@asynccontextmanager
async def staged(stage: Stage | None = None) -> AsyncIterator[Stage]:
    """The stage on its port, in a later life as well."""
    stage = stage or Stage()
    address = Address(host="127.0.0.1", port=stage.port)
    async with serving(stage.app, address, stage.streams.stop) as port:
        stage.port = port
        stage.hub.show()
        yield stage


class Visitor:
    """A browser of its own, that opens the board; whatever its console says is a fault."""

    def __init__(self, browser: Browser, stage: Stage) -> None:
        self._browser = browser
        self._stage = stage
        self.faults: list[str] = []

    def _heard(self, said: str) -> None:
        if "Content Security Policy" in said:
            self.faults.append(said)

    async def context(self, **more: Any) -> BrowserContext:
        return await new_context(self._browser, **more)

    async def open(self, path: str = "/wall", **more: Any) -> Page:
        context = await self.context(**more)
        return await self.tab(context, path)

    async def tab(self, context: BrowserContext, path: str = "/wall") -> Page:
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self._heard(said.text))
        await page.goto(f"http://127.0.0.1:{self._stage.port}{path}")
        if path.startswith("/wall"):
            await page.wait_for_selector(
                "html:not([data-waiting]) :is(#agents li, #nobody:not([hidden]))"
            )
        return page


@asynccontextmanager
async def visited(folder: Path, stage: Stage | None = None) -> AsyncIterator[tuple[Stage, Visitor]]:
    async with AsyncExitStack() as both:
        shown = await both.enter_async_context(staged(stage))
        browser = await both.enter_async_context(chromium(folder))
        visitor = Visitor(browser, shown)
        yield shown, visitor
        assert visitor.faults == []
