"""The description of the API: OpenAPI 3.1, made from the operations themselves.

Owns: what each operation says of itself (`says`), and what all of them have alike: how one signs
in, and the problems that may be answered. Must not know a single operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from supervisor.rights import Right
from supervisor.web.api.examples import EXAMPLES
from supervisor.web.api.guard import RIGHT, SIGNED_IN, UPLOAD
from supervisor.web.api.problems import MEDIA_TYPE, Problem

OPENAPI: Final = "3.1.0"
SUMMARY: Final = "What the command line of Waihu does, for programs."
DESCRIPTION: Final = """\
Whoever may do something in the pages may do it here: with the session's cookie (and its token in
`X-Waihu-CSRF` where something is changed), or with an API token in `Authorization: Bearer`.
Times are ISO 8601 with an offset. Numbers are masked (`138****5678`) without the right
`see_numbers`, and never stand in an address. Sentences are in the language of `Accept-Language`:
en, zh-CN or zh-TW; codes stay as they are. What goes wrong is told as a problem (RFC 9457).
"""
CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PROBLEMS: Final[Mapping[str, str]] = {
    "401": "Nobody is signed in, or the token is not valid any more.",
    "403": "The account may not do this, or the page that asks is not ours.",
    "404": "There is no such thing.",
    "409": "It is not possible as things stand.",
    "413": "The body is too large.",
    "422": "What was sent is not valid; `errors` says where.",
    "429": "Too much at once; ask again after `Retry-After` seconds.",
    "500": "A fault of ours; the log has more.",
    "503": "The database or the engine is away just now.",
}


def says(
    summary: str,
    right: Right | None,
    model: type[BaseModel] | None = None,
    *,
    upload: int | None = None,
    file: bool = False,
) -> dict[str, Any]:
    """What an operation says of itself, for the decorator of its route.

    `right`: what it takes; None: to be signed in. `model`: what it answers. `upload`: it reads a
    file of so many bytes at most. `file`: it answers with one.
    """
    extra: dict[str, Any] = {RIGHT: SIGNED_IN if right is None else right.value}
    if upload is not None:
        extra[UPLOAD] = upload
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        extra["requestBody"] = {"required": True, "content": content}
    answer: dict[str, Any] = {"description": "Done."}
    if model is not None:
        answer["model"] = model
    if file:
        schema = {"schema": {"type": "string", "format": "binary"}}
        answer["content"] = dict.fromkeys((CSV, XLSX), schema)
    return {
        "summary": summary,
        "openapi_extra": extra,
        "responses": {200: answer},
        "response_model": None,
    }


def description(api: FastAPI) -> dict[str, Any]:
    """The whole of it; made once."""
    if api.openapi_schema is None:
        told = get_openapi(
            title="Waihu",
            version="1",
            openapi_version=OPENAPI,
            summary=SUMMARY,
            description=DESCRIPTION,
            routes=api.routes,
            servers=[{"url": "/api/v1"}],
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        api.openapi_schema = _completed(told)
    return api.openapi_schema


def _completed(told: dict[str, Any]) -> dict[str, Any]:
    parts = told.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    parts["responses"] = {code: _problem(text) for code, text in _PROBLEMS.items()}
    parts["securitySchemes"] = _SIGNED_IN
    told["security"] = [{"session": [], "csrf": []}, {"token": []}]
    for path in told["paths"].values():
        for operation in path.values():
            _complete(operation)
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    told["components"]["schemas"] = dict(sorted(schemas.items()))
    return told


def _complete(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if "content" not in answers["200"]:
        answers["200"]["content"] = {"application/json": {"schema": {"type": "object"}}}
    for code in _PROBLEMS:
        answers[code] = {"$ref": f"#/components/responses/{code}"}
    needed = operation[RIGHT]
    told = operation.get("description", "")
    right = "none but to be signed in" if needed == SIGNED_IN else f"`{needed}`"
    operation["description"] = f"{told}\n\nRight: {right}.".strip()


def _problem(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}}


_SIGNED_IN: Final = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "waihu-8480",
        "description": "Who has signed in on the page, by the port; over TLS `__Host-waihu-443`.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Waihu-CSRF",
        "description": "The session's token, for everything that changes something.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of an account: `waihu account token add`.",
    },
}
