"""The web application: which path leads where.

Owns: the routes, and what stands around all of them: the door that finds out who calls, and the
headers that bind browsers. Must not know how an answer is made.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from store.errors import StoreError
from supervisor.rights import Right
from supervisor.web.account_routes import AccountRoutes
from supervisor.web.api.application import PREFIX, api_site, make_api
from supervisor.web.desk.routes import desk_routes
from supervisor.web.door import Door
from supervisor.web.floor import floor_route
from supervisor.web.headers import ALWAYS, SafeHeaders
from supervisor.web.identity import needs, still
from supervisor.web.own_routes import OwnRoutes
from supervisor.web.page_words import words_answer
from supervisor.web.pages import FRESH, STATIC, not_found, page_routes
from supervisor.web.parts import AccountParts, parts_of
from supervisor.web.problems import Problem, problem_answer, told_as_problem
from supervisor.web.session_routes import SessionRoutes
from supervisor.web.site import WebSite
from supervisor.web.store_refusals import store_refused

log = structlog.get_logger()

NOT_FOUND: Final = 404


def make_app(site: WebSite, parts: AccountParts | None = None) -> Starlette:
    """The application of one engine's process; without `parts` they are made."""
    parts = parts or parts_of(site)
    routes: list[BaseRoute] = [
        *page_routes(),
        *SessionRoutes(site, parts.signing_in).routes(),
        *OwnRoutes(site, parts).routes(),
        *AccountRoutes(site, parts).routes(),
        Mount(PREFIX, make_api(api_site(site))),
        floor_route(site),
        Route("/live", _Live(site)),
        *desk_routes(site.desk),
        Route("/words/{language}.json", words_answer),
        Mount("/static", _Static(directory=STATIC)),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(SafeHeaders), Middleware(Door, register=parts.register)],
        exception_handlers={
            NOT_FOUND: not_found,
            HTTPException: told_as_problem,
            StoreError: store_refused,
            Exception: _fault_of_ours,
        },
    )


async def _fault_of_ours(request: Request, error: Exception) -> Response:
    """What is answered to a bug; the log has it, and the answer nothing of it.

    Made outside of all that stands around the routes, so it brings its headers itself.
    """
    if not isinstance(error, ClientDisconnect):
        log.error("web.fault", method=request.method, exc_info=error)
    fault = HTTPStatus.INTERNAL_SERVER_ERROR
    answer = problem_answer(Problem(fault, "fault", "a fault of ours; the log has it"))
    answer.headers.update({**dict(ALWAYS), "cache-control": "no-store"})
    return answer


class _Static(StaticFiles):
    """Styles, scripts and pictures: browsers keep them, and ask whether they still hold."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, or that the browser's copy still holds."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers.update(FRESH)
        return answer


class _Live:
    """The stream of frames (`supervisor.sinks.sse`)."""

    def __init__(self, site: WebSite) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the stream, for as long as the viewer may watch."""
        request = Request(scope)
        needs(Right.WATCH)(request)
        if self._site.streams.full:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "full", "too many watch already")
        hub = self._site.hub
        if hub.fell:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "no_picture", "the picture cannot be taken"
            )
        with still(request, Right.WATCH) as may_go_on:
            await self._site.streams.serve(receive, send, lambda: may_go_on() and not hub.fell)
