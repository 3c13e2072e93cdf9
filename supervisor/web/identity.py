"""Who sends a request, and whether they may.

Owns: the `Caller` of a request, and the question that stands before every act. The door
(`supervisor.web.door`) finds the caller out once and leaves it in the request. Must not know how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from starlette.requests import HTTPConnection, Request

from supervisor.rights import Right, Role
from supervisor.web.problems import Problem

CALLER: Final = "waihu.caller"
KEY: Final = "waihu.key"
REGISTER: Final = "waihu.register"
"""Where the door leaves the caller in the request's scope, and by what it knew them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An account at work.

    `account` names it in the trail. `agent`: the login of the agent that it is, if it is one.
    `rights` are the role's, through a token no more than its scopes. `session`: the public number
    of the browser's session, None for a token; `csrf`: what its unsafe requests must bring along.
    `screen`: it is a television (`token` is its name), which changes nothing. `phone`: the only one
    that rings when the account listens; None: whichever it names.
    `ends_at`: when the session or token ends at the latest.
    """

    account: str
    role: Role
    rights: frozenset[Right]
    agent: str | None = None
    language: str | None = None
    session: str | None = None
    token: str | None = None
    screen: bool = False
    phone: str | None = None
    csrf: str = ""
    full_name: str = ""
    has_password: bool = True
    ends_at: datetime | None = None


def caller_of(request: HTTPConnection) -> Caller | None:
    """The caller, None before anybody has signed in."""
    found: Caller | None = request.scope.get(CALLER)
    return found


def needs(*rights: Right) -> Callable[[Request], Caller]:
    """The question whether the caller has all these rights; none: whether anybody is signed in.

    In a Starlette route: `caller = needs(Right.WATCH)(request)`; in FastAPI:
    `Annotated[Caller, Depends(needs(Right.WATCH))]`. It raises a
    Problem: 401 `sign_in`, 403 `no_right`.
    """

    def asked(request: Request) -> Caller:
        caller = caller_of(request)
        if caller is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, "sign_in", "sign in first")
        missing = sorted(right.value for right in rights if right not in caller.rights)
        if missing:
            said = f"this account lacks the right {missing[0]}"
            raise Problem(HTTPStatus.FORBIDDEN, "no_right", said, facts={"right": missing[0]})
        return caller

    return asked


@contextmanager
def still(request: HTTPConnection, *rights: Right) -> Iterator[Callable[[], bool]]:
    """For answers without an end: whether the caller, who was let in, may go on by now.

    A session that ended, an account that lost a right: within seconds it says no.

    Raises:
        Problem: 429 `too_many_streams`, before anything is answered.
    """
    caller, key = caller_of(request), request.scope.get(KEY)
    if caller is None or key is None:
        # Without a key it was no door that let the caller in: who did answers for it.
        yield lambda: caller is not None
        return
    with request.scope[REGISTER].watched(key, caller) as now:

        def may_go_on() -> bool:
            known = now()
            return known is not None and known.rights.issuperset(rights)

        yield may_go_on
