"""How the desk says no: the engine's words, the store's and the rules' as problems of HTTP.

Owns: the turning. The page words the code; nothing of a number is in it. Must not know why.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from campaigns.orders.order import ActRefusedError
from dialer.effects import Reply, ReplyCode
from store.errors import (
    AppointmentRefusedError,
    StoreConflictError,
    StoreError,
    UnknownContactError,
)
from supervisor.web.problems import Problem

_HIDDEN = frozenset({"e164", "number"})


def conflict(code: str, detail: str, facts: Mapping[str, object] | None = None) -> Problem:
    """It cannot be done as things stand."""
    return Problem(HTTPStatus.CONFLICT, code, detail, facts=facts)


def unfit(code: str, detail: str, facts: Mapping[str, object] | None = None) -> Problem:
    """What was asked makes no sense, now or ever."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, facts=facts)


def refuse_unless_done(reply: Reply) -> Reply:
    """The reply, if the engine did it.

    Raises:
        Problem: 503 where nothing could be saved, else 409 with the engine's code.
    """
    match reply.code:
        case ReplyCode.OK:
            return reply
        case ReplyCode.STORE_FAILED | ReplyCode.NOT_SAVED_YET:
            raise away(reply.code.value)
        case _:
            facts = {name: value for name, value in reply.facts.items() if name not in _HIDDEN}
            raise conflict(reply.code.value, "the engine does not do that now", facts)


def away(code: str = "store_failed") -> Problem:
    """Nothing is saved; it may be in a moment."""
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, code, "nothing is saved; the database does not answer"
    )


def problem_of(error: Exception) -> Problem | None:
    """The problem that a fault of the store or of the rules is; None: it is none of theirs."""
    match error:
        case AppointmentRefusedError():
            return conflict("appointment_refused", "that time is not allowed")
        case UnknownContactError():
            return Problem(HTTPStatus.NOT_FOUND, "unknown_contact", "there is no such contact")
        case ActRefusedError():
            return conflict("act_refused", "that does not belong there")
        case StoreConflictError():
            return conflict("not_taken", "the database does not take that")
        case StoreError():
            return away()
        case _:
            return None
