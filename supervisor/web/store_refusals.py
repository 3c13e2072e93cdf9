"""What the database refuses, as problem details.

Owns: the status and the code of each refusal that concerns accounts, and what is said of a
database that is away. Must not know who asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from store.errors import (
    AccountExistsError,
    AccountSuspendedError,
    AccountWithdrawnError,
    AgentTakenError,
    LastAdminError,
    StoreError,
    TokenExistsError,
    UnknownAccountError,
    UnknownAgentError,
    UnknownTokenError,
)
from supervisor.web.problems import Problem, problem_answer

CODES: Final[Mapping[type[StoreError], tuple[HTTPStatus, str]]] = MappingProxyType(
    {
        AccountExistsError: (HTTPStatus.CONFLICT, "account_exists"),
        AccountSuspendedError: (HTTPStatus.CONFLICT, "account_suspended"),
        AccountWithdrawnError: (HTTPStatus.CONFLICT, "account_withdrawn"),
        AgentTakenError: (HTTPStatus.CONFLICT, "agent_taken"),
        LastAdminError: (HTTPStatus.CONFLICT, "last_admin"),
        TokenExistsError: (HTTPStatus.CONFLICT, "token_exists"),
        UnknownAccountError: (HTTPStatus.NOT_FOUND, "unknown_account"),
        UnknownAgentError: (HTTPStatus.NOT_FOUND, "unknown_agent"),
        UnknownTokenError: (HTTPStatus.NOT_FOUND, "unknown_token"),
    }
)


def problem_of(error: StoreError) -> Problem:
    """The problem; of what is none of these, only that the database is away: it may name files."""
    status, code = CODES.get(type(error), (HTTPStatus.SERVICE_UNAVAILABLE, "store_away"))
    detail = str(error) if type(error) in CODES else "the database is away"
    return Problem(status, code, detail)


async def store_refused(request: Request, error: Exception) -> Response:
    """The exception handler of the applications, for StoreError."""
    del request
    assert isinstance(error, StoreError)  # noqa: S101  that is what it is registered for
    return problem_answer(problem_of(error))
