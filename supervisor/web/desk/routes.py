"""The desk's paths: `/desk/live`, the stream, and `/desk/api/…`, what the page asks.

Owns: which path leads to which act, who may (right `desk`, and an account that is an agent), and
that every refusal is a problem. Everything that changes something is a POST, and no number or name
is ever in an address.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from campaigns.orders.order import ActRefusedError
from store.drafts import MOST_OPEN, Draft, DraftChangedError, Drafts, DraftsFullError
from store.errors import StoreError
from supervisor.rights import Right
from supervisor.web.desk import acts, booking, looking, saving
from supervisor.web.desk.bodies import (
    CallBody,
    DraftBody,
    NextBody,
    OrderBody,
    SearchBody,
    SignInBody,
    SkipBody,
    StatusBody,
    TimesBody,
    WordBody,
    read_body,
)
from supervisor.web.desk.card import Plain
from supervisor.web.desk.parts import DeskParts, Sitter
from supervisor.web.desk.refusals import conflict, problem_of, unfit
from supervisor.web.desk.seat import seat_json
from supervisor.web.desk.stream import SeatStream
from supervisor.web.identity import Caller, needs, still
from supervisor.web.problems import Problem

LARGEST_DRAFT: Final = 24_000
DONE: Final = HTTPStatus.NO_CONTENT

Act = Callable[[Sitter, Request], Awaitable[object]]


def desk_routes(parts: DeskParts) -> list[BaseRoute]:
    """All of them, to stand beside the pages."""
    looks = {
        "/card": _card,
        "/contacts/{contact:int}": _contact,
        "/today": _today,
        "/drafts": _drafts,
        "/choices": _choices,
    }
    does = {
        "/status": _status,
        "/sign-in": _sign_in,
        "/hang-up": _hang_up,
        "/sign-out": _sign_out,
        "/draft": _draft,
        "/draft/drop": _drop,
        "/word": _word,
        "/times": _times,
        "/order": _order,
        "/call-back": _call_back,
        "/customers": _customers,
        "/next": _next,
        "/dial": _dial,
        "/skip": _skip,
    }
    return [
        Route("/desk/live", _Live(parts)),
        Mount(
            "/desk/api",
            routes=[
                *(Route(path, _served(parts, act), methods=["GET"]) for path, act in looks.items()),
                *(Route(path, _served(parts, act), methods=["POST"]) for path, act in does.items()),
            ],
        ),
    ]


def _sitter(parts: DeskParts, request: Request) -> Sitter:
    caller = needs(Right.DESK)(request)
    return Sitter(
        parts=parts,
        agent=_agent_of(caller),
        account=caller.account,
        sees_numbers=Right.SEE_NUMBERS in caller.rights,
        now=parts.utc_now(),
    )


def _agent_of(caller: Caller) -> str:
    if caller.agent is None:
        raise Problem(HTTPStatus.CONFLICT, "no_agent", "this account is no agent's")
    return caller.agent


def _served(parts: DeskParts, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        sitter = _sitter(parts, request)
        try:
            told = await act(sitter, request)
        except (StoreError, ActRefusedError) as error:
            problem = problem_of(error)
            assert problem is not None  # noqa: S101  it has an answer for these
            raise problem from error
        return Response(status_code=DONE) if told is None else JSONResponse(told)

    return serve


class _Live:
    """The stream of one seat."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the seat until the page leaves, or the server ends."""
        parts = self._parts
        request = Request(scope)
        sitter = _sitter(parts, request)
        parts.places.begin()

        def look() -> Plain:
            card = parts.pops.card(sitter.agent)
            pop = None if card is None else f"{card.offer.call} {card.at.isoformat()}"
            seat = seat_json(parts.loop.engine, sitter.agent, parts.loop.clock())
            return {**seat, "pop": pop}

        followed = parts.desks.followed(sitter.agent)
        with followed as stirred, still(request, Right.DESK) as may_go_on:
            stream = SeatStream(look, parts.utc_now, lambda: may_go_on() and not parts.desks.closed)
            await stream.serve(receive, send, stirred)


# ── looks ────────────────────────────────────────────────────────────────────────────────


async def _card(sitter: Sitter, _request: Request) -> object:
    return {"card": await looking.card(sitter)}


async def _contact(sitter: Sitter, request: Request) -> object:
    return await looking.contact(sitter, request.path_params["contact"])


async def _today(sitter: Sitter, _request: Request) -> object:
    return await looking.today(sitter)


async def _choices(sitter: Sitter, _request: Request) -> object:
    """What the site has set for its agents to choose from."""
    settings = sitter.parts.settings()
    kinds = settings.orders.kinds.items()
    desks = sitter.parts.loop.engine.desks
    return {
        "agent": sitter.agent,
        "zone": settings.site.zone,
        "reasons": list(settings.agents.break_reasons),
        "order_kinds": [{"name": name, "title": kind.title} for name, kind in kinds],
        "call_back": settings.inbound.call_back is not None,
        "preview": [desk.campaign.name for desk in desks if desk.campaign.mode.value == "preview"],
    }


async def _customers(sitter: Sitter, request: Request) -> object:
    wanted = await read_body(request, SearchBody)
    return {"customers": await looking.customers(sitter, wanted.text)}


# ── drafts ───────────────────────────────────────────────────────────────────────────────


async def _drafts(sitter: Sitter, _request: Request) -> object:
    drafts = Drafts(sitter.parts.database)
    with suppress(StoreError):
        await drafts.forget_old(sitter.now)
    found = await drafts.of_agent(sitter.agent)
    return {"drafts": list(map(_draft_json, found))}


def _draft_json(draft: Draft) -> Plain:
    return {
        "call": draft.call,
        "version": draft.version,
        "at": draft.at.isoformat(),
        "body": json.loads(draft.body),
    }


async def _draft(sitter: Sitter, request: Request) -> object:
    given = await read_body(request, DraftBody)
    body = json.dumps(given.body, ensure_ascii=False)
    if len(body) > LARGEST_DRAFT:
        raise unfit("too_large", f"a draft has at most {LARGEST_DRAFT} characters")
    # Before it is committed: the clock of a wrap-up does not wait for a database.
    sitter.parts.desks.typed(sitter.agent, given.call)
    drafts = Drafts(sitter.parts.database)
    try:
        saved = await drafts.save(sitter.agent, given.call, body, sitter.now, seen=given.seen)
    except DraftChangedError as error:
        facts = {"draft": _draft_json(error.there)}
        raise conflict("draft_changed", "another page has saved this draft", facts) from error
    except DraftsFullError as error:
        said = f"save or discard others first: there may be {MOST_OPEN}"
        raise conflict("drafts_full", said) from error
    return {"version": saved.version}


async def _drop(sitter: Sitter, request: Request) -> None:
    given = await read_body(request, CallBody)
    await Drafts(sitter.parts.database).drop(sitter.agent, given.call)
    sitter.parts.desks.saved(sitter.agent, given.call)


# ── acts ─────────────────────────────────────────────────────────────────────────────────


async def _status(sitter: Sitter, request: Request) -> None:
    await acts.set_status(sitter, await read_body(request, StatusBody))


async def _sign_in(sitter: Sitter, request: Request) -> None:
    await acts.sign_in(sitter, (await read_body(request, SignInBody)).phone)


async def _sign_out(sitter: Sitter, _request: Request) -> None:
    await acts.sign_out(sitter)


async def _hang_up(sitter: Sitter, _request: Request) -> None:
    await acts.hang_up(sitter)


async def _word(sitter: Sitter, request: Request) -> object:
    await saving.save_word(sitter, await read_body(request, WordBody))
    return {"saved": True}


async def _times(sitter: Sitter, request: Request) -> object:
    asked = await read_body(request, TimesBody)
    record = await looking.contact_record(sitter, asked.contact)
    clock = booking.Clock.of(record, looking.reader_of(sitter).site, sitter.now)
    at = None if asked.at is None else saving.read_time(clock, asked.at)
    return await booking.times_json(sitter.parts.database, record, clock, at)


async def _order(sitter: Sitter, request: Request) -> object:
    return await acts.open_order(sitter, await read_body(request, OrderBody))


async def _call_back(sitter: Sitter, request: Request) -> None:
    await acts.call_back(sitter, (await read_body(request, CallBody)).call)


async def _next(sitter: Sitter, request: Request) -> object:
    return await acts.ask_next(sitter, await read_body(request, NextBody))


async def _dial(sitter: Sitter, _request: Request) -> object:
    return await acts.dial_now(sitter)


async def _skip(sitter: Sitter, request: Request) -> None:
    await acts.skip(sitter, await read_body(request, SkipBody))
