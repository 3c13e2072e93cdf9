"""The web application: which path leads where.

Owns: the routes. Must not know how an answer is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from supervisor.web.site import WebSite

STATIC: Final = Path(__file__).parent / "static"


def make_app(site: WebSite) -> Starlette:
    """The application of one engine's process."""
    routes: list[BaseRoute] = [
        Route("/live", _Live(site)),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(routes=routes)


class _Live:
    """The stream of frames (`supervisor.sinks.sse`)."""

    def __init__(self, site: WebSite) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the stream."""
        Request(scope)
        await self._site.streams.serve(receive, send)
