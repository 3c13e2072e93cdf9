"""Before and after every operation: who asks and may, in which language, and what is told.

Owns: the order of the checks (signed in, right, size) before a body is read, and that every
refusal is a problem in the caller's language. Must not know any operation.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from config.language import _, speaking, spoken
from supervisor.rights import Right
from supervisor.web.api.masks import MaskedJson, numbers_shown
from supervisor.web.api.problems import (
    MEDIA_TYPE,
    Problem,
    ProblemError,
    fault_of_ours,
    problem_of,
)
from supervisor.web.api.visit import Site, Visit
from supervisor.web.identity import caller_of

log = structlog.get_logger()

LARGEST_BODY: Final = 1 << 18
"""Bytes of JSON that are read; files go by operations that read them piece by piece."""

RIGHT: Final = "x-waihu-right"
"""Where an operation's description says which right it takes."""

SIGNED_IN: Final = "signed_in"
"""In the place of a right: it takes none."""

UPLOAD: Final = "x-waihu-upload"
"""An operation that reads its body itself, up to so many bytes."""

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """An operation that only those reach who may."""

    def get_route_handler(self) -> Handle:
        """The operation with its guard."""
        handle, told = super().get_route_handler(), self.openapi_extra or {}
        right = None if told[RIGHT] == SIGNED_IN else Right(told[RIGHT])
        largest = int(told.get(UPLOAD, LARGEST_BODY))

        async def guarded(request: Request) -> Response:
            with speaking(language_wanted(request)):
                try:
                    return await _admitted(request, right, largest, handle)
                except ClientDisconnect:
                    # Nobody is there to be told.
                    return Response(status_code=400)
                except Exception as error:  # noqa: BLE001  told as a problem, and logged if ours
                    return _told(error)

        return guarded


async def _admitted(
    request: Request, right: Right | None, largest: int, handle: Handle
) -> Response:
    site: Site = request.app.state.site
    caller = caller_of(request)
    if caller is None:
        raise ProblemError(401, "sign_in", _("sign in first"))
    if right is not None and right not in caller.rights:
        said = _("your account may not do this: it takes the right “{right}”")
        raise ProblemError(403, "no_right", said.format(right=right.value))
    _refuse_large(request, largest)
    request.state.visit = Visit(caller=caller, site=site, now=site.utc_now())
    with numbers_shown(whole=Right.SEE_NUMBERS in caller.rights):
        response = await handle(request)
    response.headers["Cache-Control"] = "no-store"
    return response


def _refuse_large(request: Request, largest: int) -> None:
    """A body says how long it is, so that no more is taken in than is read."""
    given = request.headers.get("content-length", "")
    if not given and "transfer-encoding" in request.headers:
        raise ProblemError(411, "length_required", _("say how long the body is: Content-Length"))
    if given.isdigit() and int(given[:18]) > largest:
        said = _("the body has more than {n} bytes").format(n=f"{largest:,}")
        raise ProblemError(413, "too_large", said)


def _told(error: Exception) -> Response:
    found = problem_of(error)
    if found is None:
        log.error("api.fault", fault=type(error).__name__, exc_info=error)
        found = fault_of_ours()
    return problem_response(found)


def problem_response(found: Problem) -> Response:
    """The problem as an answer."""
    headers = {"Content-Language": spoken().replace("_", "-"), "Cache-Control": "no-store"}
    if found.status == 429:  # noqa: PLR2004  HTTP's number
        headers["Retry-After"] = "10"
    if found.status == 401:  # noqa: PLR2004  HTTP's number
        headers["WWW-Authenticate"] = "Bearer"
    content = found.model_dump(exclude_none=True)
    return MaskedJson(content, found.status, headers=headers, media_type=MEDIA_TYPE)


def language_wanted(request: Request) -> str:
    """The one that the account has chosen, else the first of Accept-Language that we speak."""
    caller = caller_of(request)
    if caller is not None and caller.language is not None:
        return caller.language
    for part in request.headers.get("accept-language", "")[:200].split(","):
        wish = part.partition(";")[0].strip()
        if wish[:2].lower() in {"en", "zh"}:
            return wish
    return spoken()
