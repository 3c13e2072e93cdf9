"""What a request brings: a small JSON object, or the few fields of a form.

Owns: how much is read, and of what kind. Must not know what it means.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from supervisor.web.problems import Problem

MOST_BYTES: Final = 16 * 1024
_MOST_FIELDS: Final = 16


async def json_body(request: Request) -> dict[str, Any]:
    """The object in the request's body.

    Raises:
        Problem: it is none, or longer than MOST_BYTES.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        # A form of another site can send text, never this kind without asking first.
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "send application/json")
    try:
        found = json.loads(await _read(request))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "not_json", "the body is no JSON object")
    return found


async def form_fields(request: Request) -> dict[str, Any]:
    """The fields of a form that the browser sent by itself; of those with one name, the last.

    Raises:
        Problem: it is none, or longer than MOST_BYTES.
    """
    try:
        return dict(parse_qsl((await _read(request)).decode(), max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, "not_a_form", "the body is no form") from None


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_long", "the body is too long")
    return bytes(body)


def text_of(body: dict[str, Any], name: str) -> str:
    """A text in the body.

    Raises:
        Problem: it is missing, or no text.
    """
    value = body.get(name)
    if not isinstance(value, str):
        raise Problem(HTTPStatus.BAD_REQUEST, "missing", f"{name} is missing", facts={"name": name})
    if not _is_text(value):
        raise Problem(HTTPStatus.BAD_REQUEST, "not_text", f"{name} is no text")
    return value


def maybe_text(body: dict[str, Any], name: str) -> str | None:
    """A text in the body, None if it is not there.

    Raises:
        Problem: it is no text.
    """
    return None if body.get(name) is None else text_of(body, name)


def _is_text(value: str) -> bool:
    """Whether it has no half characters, which JSON can bring, and no zero, which ends a text."""
    return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)
