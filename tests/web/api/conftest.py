"""A site with settings and a database, and its API as a client of a certain role sees it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.types import Receive, Scope, Send

from config.books import load_books
from config.loading import load_settings
from config.settings import Settings
from dialer.cli_session import ask, utc_now
from dialer.opening import database_of
from store.database import Database
from supervisor.rights import RIGHTS, Right, Role
from supervisor.web.api.application import make_api
from supervisor.web.api.described import description
from supervisor.web.api.long_work import LongWork
from supervisor.web.api.visit import Site
from supervisor.web.identity import CALLER, Caller
from tests.commands.one_site import CALLBACK, LIST, Place

NUMBER = "13800138000"
"""Of the first contact of LIST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the API answered; it is of the form that its description promises."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        """The problem's."""
        return str(self.json["code"])


class Api:
    """The API of one site. Every answer is held against the description."""

    def __init__(self, site: Site) -> None:
        self.app = make_api(site)
        self.site = site
        self.told = description(self.app)

    def __call__(
        self, role: Role | None = Role.ADMIN, agent: str | None = None, **more: Any
    ) -> Door:
        rights = more.get("rights")
        if role is None:
            return Door(self, None)
        caller = Caller(
            account=f"{role.value}.one",
            role=role,
            rights=RIGHTS[role] if rights is None else rights,
            agent=agent,
            language=more.get("language"),
            phone=more.get("phone"),
        )
        return Door(self, caller)

    def holds_to(self, method: str, path: str, said: Said) -> None:
        """The answer is one that the description has, of the form that it says."""
        found = [
            operations[method]
            for known, operations in self.told["paths"].items()
            if method in operations and _fits(known, path)
        ]
        if not found:
            return
        answers = [one["responses"].get(str(said.status)) for one in found]
        assert any(answers), (method, path, said)
        kind = said.headers["content-type"].partition(";")[0]
        if not kind.endswith("json"):
            return
        schemas = [
            self._resolved(one)["content"][kind]["schema"]
            for one in answers
            if one is not None and kind in self._resolved(one).get("content", {})
        ]
        assert schemas, (method, path, said)
        checks = [
            Draft202012Validator({**one, "components": self.told["components"]}) for one in schemas
        ]
        assert any(check.is_valid(said.json) for check in checks), [
            fault.message for fault in checks[0].iter_errors(said.json)
        ]

    def _resolved(self, one: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in one:
            return one
        name = one["$ref"].rsplit("/", 1)[1]
        found: dict[str, Any] = self.told["components"]["responses"][name]
        return found


def _fits(known: str, path: str) -> bool:
    parts, given = known.split("/"), path.partition("?")[0].split("/")
    return len(parts) == len(given) and all(
        a == b or a.startswith("{") for a, b in zip(parts, given, strict=True)
    )


class Door:
    """The API as one caller reaches it."""

    def __init__(self, api: Api, caller: Caller | None) -> None:
        self._api = api
        self._caller = caller

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._caller is not None:
            scope[CALLER] = self._caller
        await self._api.app(scope, receive, send)

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Said:
        """One request."""
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://waihu") as client:
            given = {"content": body} if isinstance(body, bytes) else {"json": body}
            answer = await client.request(method, path, **({} if body is None else given), **more)
        said = Said(status=answer.status_code, headers=answer.headers, content=answer.content)
        self._api.holds_to(method.lower(), path, said)
        return said

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """One that must be carried out; its JSON."""
        said = await self.ask(method, path, body, **more)
        assert said.status == 200, said
        return said.json


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The site's folder and parts."""

    place: Place
    settings: Settings
    database: Database


@pytest.fixture
async def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Base]:
    """An empty site, in a file."""
    async with settled(tmp_path, monkeypatch) as found:
        yield found


@asynccontextmanager
async def settled(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Base]:
    """An empty site, in the database that the environment names."""
    place = Place(folder=folder)
    place.settle()
    for name, value in place.environment.items():
        patch.setenv(name, value)
    patch.chdir(folder)
    settings = load_settings(None)
    books = load_books(settings, utc_now().date())
    async with database_of(settings, books=books) as database:
        await database.upgrade()
        yield Base(place=place, settings=settings, database=database)


@pytest.fixture
def api(base: Base) -> Api:
    """Its API; no engine runs."""
    return api_of(base)


def api_of(base: Base) -> Api:
    """The API of a site where no engine runs."""
    return Api(
        Site(
            settings=lambda: base.settings,
            database=base.database,
            ask=partial(ask, base.settings),
            utc_now=utc_now,
            long_work=LongWork(),
        )
    )


@pytest.fixture
async def filled(api: Api) -> Api:
    """With a started campaign and two contacts."""
    await fill(api)
    return api


async def fill(api: Api) -> None:
    """Make a campaign with two contacts and start it, all by the API itself."""
    admin = api()
    toml = {"content-type": "application/toml"}
    await admin.ok("POST", "/campaigns", CALLBACK.encode(), headers=toml)
    loaded = await admin.ok("POST", "/campaigns/回访一/lists/import?file=list.csv", LIST.encode())
    assert loaded["import"]["added"] == 2
    await admin.ok("POST", "/campaigns/回访一/start")


ALL_BUT_NUMBERS = frozenset(Right) - {Right.SEE_NUMBERS}
