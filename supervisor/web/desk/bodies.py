"""What the desk page may ask, and how long each text may be.

Owns: the shapes of requests, and that a body is one of them. Must not know what comes of it.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from campaigns.forms import LONGEST_ANSWER
from dialer.wire import LONGEST_SKIP_REASON
from supervisor.web.problems import Problem

LARGEST: Final = 64 * 1024
LONGEST_NOTE: Final = 4_000
UNFIT: Final = 422
TOO_LARGE: Final = 413

Call = Annotated[str, Field(min_length=1, max_length=150)]
Name = Annotated[str, Field(max_length=100)]
Reason = Annotated[str, Field(max_length=40)]
Answer = Annotated[str, Field(max_length=LONGEST_ANSWER)]


class Body(BaseModel):
    """A body that holds nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StatusBody(Body):
    """Ready, or on a break for a reason; in a call it takes effect after it."""

    want: Literal["ready", "not_ready"]
    reason: Reason = ""


class SignInBody(Body):
    """The phone to be rung."""

    phone: Annotated[str, Field(pattern=r"^[0-9]{2,20}$")]


class DraftBody(Body):
    """What is typed so far. `seen`: the version that the page has, 0 for none."""

    call: Call
    seen: Annotated[int, Field(ge=0)]
    body: dict[str, Any]


class CallBody(Body):
    """A call, by its id."""

    call: Call


class WordBody(Body):
    """What came of a call. `who`: by whom a proxy's word was given; `then`: what comes after it.

    `mine`: the promised call is the agent's own. `contact`, `name`: who it was.
    """

    call: Call
    direction: Literal["inbound", "outbound"]
    outcome: Annotated[str, Field(max_length=32)]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    form: Name = ""
    answers: dict[Annotated[str, Field(max_length=40)], Answer] = Field(
        default_factory=dict, max_length=40
    )
    appointment_at: Annotated[str, Field(max_length=40)] | None = None
    mine: bool = False
    who: Name = ""
    contact: int | None = None
    name: Name = ""
    then: Literal["ready", "not_ready", "stay"] = "ready"
    reason: Reason = ""


class TimesBody(Body):
    """Whom a call is to be promised, and maybe when: by the contact's clock, or with an offset."""

    contact: int
    at: Annotated[str, Field(max_length=40)] | None = None


class OrderBody(Body):
    """A work order out of a call."""

    kind: Annotated[str, Field(min_length=1, max_length=32)]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    text: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    call: Annotated[str, Field(max_length=150)] = ""
    contact: int | None = None
    name: Name = ""


class SearchBody(Body):
    """A name's beginning, a reference or a number."""

    text: Annotated[str, Field(min_length=1, max_length=100)]


class NextBody(Body):
    """A contact to look at: of any preview campaign, or of this one."""

    campaign: Annotated[str, Field(max_length=200)] | None = None


class SkipBody(Body):
    """Why a contact is given back."""

    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_SKIP_REASON)]


_B = TypeVar("_B", bound=Body)


async def read_body(request: Request, kind: type[_B]) -> _B:
    """The request's body.

    Raises:
        Problem: it is none of that kind, or larger than any.
    """
    raw = bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > LARGEST:
            raise Problem(TOO_LARGE, "too_large", f"a body has at most {LARGEST} bytes")
    try:
        return kind.model_validate_json(bytes(raw))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        said = f"this is no such request: {where}"
        raise Problem(UNFIT, "unfit", said, facts={"field": where}) from None
