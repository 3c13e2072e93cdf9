"""R25: once an account has a phone, that one alone rings when it listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from dialer.wire import Answer, Do
from supervisor.rights import Role
from supervisor.web.api.application import make_api
from tests.web.api.conftest import Api

LISTEN = "/agents/1001/listen"


class Line:
    """The engine's end of the line: takes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, str | None]]] = []

    async def __call__(self, do: Do, /, **fields: str | None) -> Answer:
        self.asked.append((do.value, fields))
        return Answer(id="1", code="ok", facts={"state": "rings"})

    @property
    def phones(self) -> list[str | None]:
        return [fields["phone"] for _do, fields in self.asked]


@pytest.fixture
def line(filled: Api) -> Line:
    line = Line()
    filled.app = make_api(replace(filled.site, ask=line))
    return line


async def test_an_accounts_own_phone_rings_without_being_named_and_no_other_does(
    filled: Api, line: Line
) -> None:
    chen = filled(Role.SUPERVISOR, phone="8001")
    told = await chen.ok("PUT", LISTEN, {"mode": "whisper"})
    assert (told["listening"], told["mode"]) == ("8001", "whisper")
    await chen.ok("PUT", LISTEN, {"phone": "8001"})
    refused = await chen.ask("PUT", LISTEN, {"phone": "8002", "mode": "barge"})
    assert (refused.status, refused.code) == (403, "another_phone")
    await chen.ok("POST", "/listening/end", {})
    assert line.phones == ["8001", "8001", "8001"]


async def test_who_has_none_names_one(filled: Api, line: Line) -> None:
    chen = filled(Role.SUPERVISOR, language="zh-CN")
    for method, path in (("PUT", LISTEN), ("POST", "/listening/end")):
        refused = await chen.ask(method, path, {})
        assert (refused.status, refused.code) == (422, "no_phone")
        assert "话机" in refused.json["detail"]
    await chen.ok("PUT", LISTEN, {"phone": "8002"})
    assert line.phones == ["8002"]
