"""The language of the engine's socket: one JSON object a line, each way.

Owns: the requests, the answers, their version and their limits, for server and client alike.
Pure. A request is `{"v": 1, "id": "7", "do": "pause", …}`; its answer has the same `id`, a
`code` and `facts`. A stream sends lines with the request's `id` and `snapshot` or `agent`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

VERSION = 1
LINE_LIMIT = 1 << 20
LONGEST_SKIP_REASON = 200
BAD_REQUEST = "bad_request"
"""The code of an answer to what is no request, or lacks a field; its facts have the `text`."""


class Do(StrEnum):
    """What can be asked of a running engine."""

    SNAPSHOT = "snapshot"
    WATCH = "watch"
    AGENTS = "agents"
    POP = "pop"
    POPS = "pops"
    FACTS = "facts"
    PACE = "pace"
    CHOICE = "choice"
    VITALS = "vitals"
    ACKNOWLEDGE = "acknowledge"
    REFRESH = "refresh"
    RELOAD = "reload"
    PAUSE = "pause"
    SIGN_OUT = "sign_out"
    LISTEN = "listen"
    UNLISTEN = "unlisten"
    RECORD = "record"
    HANG_UP = "hang_up"
    HEARS = "hears"
    NEXT = "next"
    DIAL = "dial"
    SKIP = "skip"
    DISPOSE = "dispose"
    STOP = "stop"


class WireError(ValueError):
    """The line is not of this language; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request with its fields."""

    id: str
    do: Do
    fields: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `facts` are values for a sentence, or a whole object (`snapshot`)."""

    id: str
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


def encode_request(request: Request) -> bytes:
    """The request as a line."""
    return _line({"v": VERSION, "id": request.id, "do": request.do.value, **request.fields})


def decode_request(line: bytes) -> Request:
    """The request in a line. Raises WireError."""
    data = _object(line)
    try:
        do = Do(str(data.get("do")))
    except ValueError as error:
        raise WireError(f"unknown request {data.get('do')!r}") from error
    rest = {key: value for key, value in data.items() if key not in ("v", "id", "do")}
    for key, value in rest.items():
        if not _is_text(key):
            raise WireError("the name of a field must be text")
        if not _is_text(value):
            raise WireError(f"{key} must be text")
    identity = str(data.get("id", ""))
    if not _is_text(identity):
        raise WireError("id must be text")
    return Request(id=identity, do=do, fields=rest)


def encode_answer(answer: Answer) -> bytes:
    """The answer as a line."""
    return _line({"v": VERSION, "id": answer.id, "code": answer.code, "facts": answer.facts})


def decode_answer(line: bytes) -> Answer:
    """The answer in a line. Raises WireError."""
    data = _object(line)
    facts = data.get("facts")
    if not isinstance(facts, dict):
        raise WireError("an answer has facts")
    return Answer(id=str(data.get("id", "")), code=str(data.get("code", "")), facts=facts)


def _line(data: Mapping[str, object]) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _is_text(value: object) -> bool:
    """Whether it is text that can be kept. JSON can spell half a character, which nothing can."""
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    return value is None


def _object(line: bytes) -> dict[str, str | None]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError("not a line of JSON") from error
    if not isinstance(data, dict):
        raise WireError("not a JSON object")
    if data.get("v") != VERSION:
        raise WireError(f"version {data.get('v')!r} is not understood here, only {VERSION}")
    return data


def path_for_socket(path: Path) -> str:
    """`path`, relative to the working folder where that is shorter.

    Raises ValueError when neither fits.
    """
    forms = (str(path), os.path.relpath(path))
    for form in forms:
        if len(os.fsencode(form)) < 108:  # noqa: PLR2004  sun_path's size
            return form
    raise ValueError(f"the path of the socket is too long: {path}; set a shorter run folder")
