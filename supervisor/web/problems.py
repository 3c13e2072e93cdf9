"""What a request is refused with: problem details (RFC 9457).

Owns: the one shape of every refusal. Must not know who refuses, nor why.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PROBLEM_JSON = "application/problem+json"
TYPE = "urn:waihu:problem:"


class Problem(HTTPException):
    """A refusal. Raise it anywhere below a route.

    Args:
        status: of HTTP.
        code: our word for it, by which programs and pages tell refusals apart.
        detail: a sentence for people, in English; pages word the code in their own language.
        facts: what else the answer holds, such as `wait_s`.
        headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code
        self.facts = dict(facts or {})


def problem_answer(error: HTTPException) -> Response:
    """The answer to a refusal of ours, or of the framework (404, 405)."""
    title = HTTPStatus(error.status_code).phrase
    detail, code, facts = "", title.lower().replace(" ", "_"), {}
    if isinstance(error, Problem):
        detail, code, facts = error.detail, error.code, error.facts
    body: dict[str, Any] = {
        "type": TYPE + code,
        "title": title,
        "status": error.status_code,
        "detail": detail,
        "code": code,
        **facts,
    }
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        # RFC 9110 wants it said how one may sign in; browsers ask nobody for this scheme.
        headers.setdefault("www-authenticate", "Bearer")
    return JSONResponse(body, error.status_code, headers, media_type=PROBLEM_JSON)


async def told_as_problem(request: Request, error: Exception) -> Response:
    """The exception handler of the applications, for HTTPException."""
    del request
    assert isinstance(error, HTTPException)  # noqa: S101  that is what it is registered for
    return problem_answer(error)
