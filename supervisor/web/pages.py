"""The pages: which path shows which file, and which right opens it.

Owns: the table of pages, where a person who opens `/` is sent, and the pages that tell of
faults. The files are in `static/`; they hold no data, a script asks for that. Must not know what
is on them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from supervisor.rights import Right
from supervisor.web.identity import Caller, caller_of
from supervisor.web.problems import told_as_problem

STATIC: Final = Path(__file__).parent / "static"
SIGN_IN: Final = "/sign-in"
FRESH: Final = {"cache-control": "no-cache"}
"""The browser asks each time whether its copy still holds (an ETag says so)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. `right`: what it takes; None: to be signed in is enough.

    `own`: it is of a person; a television is none.
    """

    path: str
    file: str
    right: Right | None = None
    public: bool = False
    own: bool = False


PAGES: Final = (
    Page(path=SIGN_IN, file="sign-in.html", public=True),
    Page(path="/tv", file="tv.html", public=True),
    Page(path="/wall", file="wall.html", right=Right.WATCH),
    Page(path="/floor", file="floor.html"),
    Page(path="/desk", file="desk.html", right=Right.DESK),
    Page(path="/account", file="account.html", own=True),
    Page(path="/accounts", file="accounts.html", right=Right.ACCOUNTS),
)
HOME: Final = ((Right.WATCH, "/wall"), (Right.DESK, "/desk"))
"""Where `/` leads, by the first right that the account has."""


def page_routes() -> list[Route]:
    """The routes of all pages, and of `/`."""
    return [Route("/", _home), *(Route(page.path, _shown(page)) for page in PAGES)]


def home_of(caller: Caller) -> str:
    """The page that this account works at."""
    found = (path for right, path in HOME if right in caller.rights)
    return next(found, "/floor" if caller.screen else "/account")


async def _home(request: Request) -> Response:
    caller = caller_of(request)
    return RedirectResponse(SIGN_IN if caller is None else home_of(caller))


def _shown(page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        caller = caller_of(request)
        if caller is None and not page.public:
            return RedirectResponse(f"{SIGN_IN}?next={quote(page.path)}")
        if caller is not None and not _may_see(caller, page):
            return _told("no-right.html", HTTPStatus.FORBIDDEN)
        return FileResponse(STATIC / page.file, headers=FRESH)

    return show


def _may_see(caller: Caller, page: Page) -> bool:
    lacks = page.right is not None and page.right not in caller.rights
    return not (lacks or (page.own and caller.screen))


def _told(file: str, status: HTTPStatus) -> Response:
    return FileResponse(STATIC / file, status, headers={"cache-control": "no-store"})


async def not_found(request: Request, error: Exception) -> Response:
    """What a browser is shown for an address that leads nowhere; programs get problem details."""
    if "text/html" in request.headers.get("accept", ""):
        return _told("not-found.html", HTTPStatus.NOT_FOUND)
    return await told_as_problem(request, error)
