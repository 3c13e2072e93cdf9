"""The API as an application: every resource under one roof, and its description (OpenAPI 3.1).

Owns: which resources there are, and what the description says of all operations alike. Must not
know what an operation does.
"""

from __future__ import annotations

import json
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from config.language import _, speaking
from dialer.cli_session import ask
from dialer.wire import Answer, Do
from supervisor.web.api import (
    agents,
    alarms,
    audit,
    calls,
    campaigns,
    contacts,
    do_not_call,
    exports,
    lists,
    orders,
    queues,
    reports,
    seats,
    site,
)
from supervisor.web.api.described import description
from supervisor.web.api.guard import language_wanted, problem_response
from supervisor.web.api.long_work import LongWork
from supervisor.web.api.masks import MaskedJson
from supervisor.web.api.problems import problem
from supervisor.web.api.visit import Site
from supervisor.web.site import WebSite

PREFIX: Final = "/api/v1"
RESOURCES: Final = (
    site,
    campaigns,
    lists,
    contacts,
    do_not_call,
    agents,
    queues,
    calls,
    alarms,
    orders,
    reports,
    exports,
    seats,
    audit,
)


def api_site(site: WebSite) -> Site:
    """The parts of an engine that the API works with. It asks the engine by its socket, as all do.

    Long work ends when the site ends.
    """
    work = LongWork()
    site.at_end(work.close)

    async def ask_engine(do: Do, /, **fields: str | None) -> Answer:
        return await ask(site.settings(), do, **fields)

    return Site(
        settings=site.settings,
        database=site.database,
        ask=ask_engine,
        utc_now=site.utc_now,
        long_work=work,
    )


def make_api(parts: Site | None) -> FastAPI:
    """The application, to be mounted at PREFIX. `parts` None: only to be described."""
    api = FastAPI(
        title="Waihu",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        default_response_class=MaskedJson,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.site = parts
    for resource in RESOURCES:
        api.include_router(resource.router)
    api.openapi = lambda: description(api)  # type: ignore[method-assign]  # FastAPI's own way
    api.exception_handler(HTTPException)(_no_such_operation)
    api.router.add_route("/openapi.json", _describe)
    return api


async def _describe(request: Request) -> Response:
    """The description holds nothing of the site: whoever reaches the port may read it."""
    return Response(description_text(request.app), media_type="application/json")


def description_text(api: FastAPI) -> str:
    """The description as it is served, and kept in docs/openapi.json."""
    return json.dumps(description(api), ensure_ascii=False, indent=1) + "\n"


async def _no_such_operation(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  it is registered for these
    with speaking(language_wanted(request)):
        match error.status_code:
            case 405:
                found = problem(405, "method_not_allowed", _("this is not done by that method"))
            case 404:
                found = problem(404, "unknown_operation", _("there is no such operation"))
            case _:
                found = problem(400, "not_understood", _("the request could not be read"))
        return problem_response(found)
