"""What went wrong, for programs: problem details (RFC 9457) with a code that stays.

Owns: which error is which status, its code and its sentence, in the language spoken now. A fault
of our own is none of these: it is told as one, without details. Must not know any resource.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from campaigns.cli.order_words import refusal
from campaigns.cli.sentences import columns_refused, list_refused, store_refused
from campaigns.lists.dnc_file import NoNumberColumnError
from campaigns.orders.order import ActRefusedError
from campaigns.row.columns import ColumnsRefusedError
from campaigns.row.list_faults import ListRefusedError
from config.errors import ConfigError
from config.language import _
from dialer.acting_live import ActRefused
from dialer.acting_words import misspelt, refusal_text
from dialer.cli_errors import CommandError, ExitCode
from dialer.client import EngineNotRunningError
from dialer.wire import WireError
from store import errors as refused
from supervisor.web.api.field_words import field_sentence
from supervisor.web.api.long_work import EngineStoppingError, TooMuchWorkError

MEDIA_TYPE: Final = "application/problem+json"
TYPE: Final = "urn:waihu:problem:"


class FieldFault(BaseModel):
    """One thing in the body or the query that is not as it must be."""

    pointer: str = Field(
        description="Where it is: a JSON pointer into the body, or the name of a parameter.",
        examples=["/retry/delay"],
    )
    detail: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457). `code` is for programs and stays."""

    type: str = Field(examples=["urn:waihu:problem:unknown_campaign"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no such campaign"])
    code: str = Field(examples=["unknown_campaign"])
    errors: list[FieldFault] | None = None
    nearest: list[str] | None = Field(
        default=None, description="The nearest times at which an appointment may be made."
    )


class ProblemError(Exception):
    """A request is refused by the API itself."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


def problem(status: int, code: str, detail: str, **more: Any) -> Problem:
    """A problem with its title."""
    return Problem(
        type=TYPE + code, title=_titles()[status], status=status, detail=detail, code=code, **more
    )


def _titles() -> Mapping[int, str]:
    return {
        400: _("Not understood"),
        401: _("Not signed in"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Not done this way"),
        409: _("Not possible now"),
        411: _("Length missing"),
        413: _("Too large"),
        415: _("Not in this form"),
        422: _("Not valid"),
        429: _("Too much at once"),
        500: _("A fault of ours"),
        503: _("Away just now"),
    }


def problem_of(error: Exception) -> Problem | None:  # noqa: C901, PLR0911  one line a family
    """The problem that an error is; None: it is a fault of our own."""
    match error:
        case ProblemError():
            return problem(error.status, error.code, str(error))
        case RequestValidationError():
            return _of_fields(error)
        case CommandError():
            return _of_command(error)
        case refused.StoreError():
            return _of_store(error)
        case ConfigError():
            return _of_settings(error)
        case ActRefused():
            return _of_act(error)
        case ActRefusedError():
            return problem(409, "act_refused", refusal(error))
        case EngineNotRunningError():
            return problem(503, "engine_away", _("the engine does not answer just now"))
        case EngineStoppingError():
            return problem(503, "engine_stopping", _("the engine is stopping; ask again later"))
        case TooMuchWorkError():
            said = _("other long work is under way; ask again in a while")
            return problem(429, "too_much_at_once", said)
        case WireError():
            return problem(422, "not_understood", str(error))
        case _:
            return _of_lists(error)


def _of_lists(error: Exception) -> Problem | None:
    match error:
        case ListRefusedError():
            return problem(422, "list_refused", list_refused(error))
        case ColumnsRefusedError():
            return problem(422, "columns_refused", columns_refused(error))
        case NoNumberColumnError():
            said = _("which column holds the numbers? one of: {columns}")
            text = said.format(columns=", ".join(error.headers))
            return problem(422, "no_number_column", text)
        case _:
            return None


def _of_fields(error: RequestValidationError) -> Problem:
    found = [
        FieldFault(pointer=_pointer(one["loc"]), detail=field_sentence(one))
        for one in error.errors()
    ]
    return problem(422, "not_valid", _("what was sent is not valid: see errors"), errors=found)


def _pointer(where: tuple[str | int, ...]) -> str:
    """`/retry/delay` of a body, `limit` of a query."""
    place, *names = where
    if place != "body":
        return ".".join(map(str, names))
    return "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in names)


def _of_act(error: ActRefused) -> Problem:
    text = refusal_text(error)
    if error.code in _AWAY:
        return problem(503, error.code, text)
    if error.code.startswith("unknown_"):
        return problem(404, error.code, text)
    return problem(422 if misspelt(error) else 409, error.code, text)


_AWAY: Final = frozenset({"store_failed", "link_down", "stopping"})
"""Answers of the engine that pass."""


def _of_command(error: CommandError) -> Problem:
    text, reason = str(error), error.reason
    if error.code is ExitCode.UNREACHABLE or reason in _AWAY:
        return problem(503, reason or "engine_away", text)
    if reason is not None and reason.startswith("unknown_"):
        return problem(404, reason, text)
    if error.code is ExitCode.USAGE:
        return problem(422, reason or "not_valid", text)
    return problem(409, reason or "refused", text)


_STORE_AWAY: Final = (
    refused.StoreBusyError,
    refused.StoreUnusableError,
    refused.NotKeptError,
    refused.SchemaMissingError,
    refused.SchemaMismatchError,
)
_INVALID: Final = (
    refused.AppointmentRefusedError,
    refused.AppointmentBarredError,
    refused.DispositionNotOfKindError,
    refused.WhichNumberError,
)


def _of_store(error: refused.StoreError) -> Problem:
    code, text = code_of(error), store_refused(error)
    if isinstance(error, _STORE_AWAY):
        return problem(503, code, text)
    if isinstance(error, refused.AppointmentRefusedError):
        return problem(422, code, text, nearest=list(error.nearest))
    if isinstance(error, _INVALID):
        return problem(422, code, text)
    is_unknown = code.startswith("unknown_") or isinstance(error, refused.NotListedError)
    return problem(404 if is_unknown else 409, code, text)


def code_of(error: refused.StoreError) -> str:
    """`unknown_campaign` of an UnknownCampaignError."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).lower()


def _of_settings(error: ConfigError) -> Problem:
    found = [
        FieldFault(pointer=f"/{(one.key or '').replace('.', '/')}", detail=one.text)
        for one in error.faults
    ]
    return problem(422, "not_valid", str(error), errors=found)


def fault_of_ours() -> Problem:
    """What is told of a fault of our own: that it is one."""
    said = _("this is a fault in Waihu itself; the log has more")
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "fault", said)
