"""`GET /metrics`, on a port of its own: who reads it is a program, and has no account.

Owns: the answer and the token. Must not know what the figures are.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


def make_metrics_app(text: Callable[[], bytes], kind: str, token: str | None) -> Starlette:
    """The application that answers with `text`, of the media type `kind`.

    `token`: what a reader must show as `Authorization: Bearer …`; None: nothing.
    """

    async def metrics(request: Request) -> Response:
        if token is not None and not _shows(request, token):
            return PlainTextResponse(
                "This page takes a token.\n",
                status_code=401,
                headers={"WWW-Authenticate": "Bearer"},
            )
        return Response(text(), media_type=kind, headers={"Cache-Control": "no-store"})

    return Starlette(routes=[Route("/metrics", metrics)])


def _shows(request: Request, token: str) -> bool:
    shown = request.headers.get("authorization", "")
    return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
