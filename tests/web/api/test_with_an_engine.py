"""The API of a running engine, over a real port, with real tokens (R25)."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from supervisor.rights import Right, Role
from tests.commands.one_site import CALLBACK, LIST
from tests.web.api.engine_served import ServedEngine, engine_served

TOML = {"content-type": "application/toml"}
ROWS = 30_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedEngine]:
    with engine_served(tmp_path_factory.mktemp("site")) as served:
        yield served


def long_list() -> bytes:
    rows = (f"A{n},{n},1380{n:07},x" for n in range(ROWS))
    return "\n".join(("编号,姓名,电话,小区", *rows)).encode()


def test_a_day_of_a_program_with_a_token(engine: ServedEngine) -> None:
    with engine.client(engine.token()) as program:
        assert program.get("/me").json()["role"] == "admin"
        made = program.post("/campaigns", content=CALLBACK.encode(), headers=TOML)
        assert made.json()["added"], made.text
        loaded = program.post(
            "/campaigns/回访一/lists/import", params={"file": "a.csv"}, content=LIST.encode()
        )
        assert loaded.json()["import"]["added"] == 2
        started = program.post("/campaigns/回访一/start", json={"why": "the list is in"}).json()
        assert started["engine_running"]
        # The engine knows it: the one thing that is missing is the switch.
        shown = program.get("/campaigns/回访一").json()["campaign"]
        assert (shown["dials"], shown["code"]) == (False, "link_down")
        picture = program.get("/snapshot").json()
        assert [one["name"] for one in picture["campaigns"]] == ["回访一"]
        trail = program.post("/audit/find", json={"campaign": "回访一"}).json()["entries"]
        assert trail[-1]["body"]["by"] == "importer"
        assert trail[-1]["body"]["why"] == "the list is in"


def test_agents_and_queues_are_the_engines(engine: ServedEngine) -> None:
    with engine.client(engine.token()) as program:
        put = program.put("/agents/1001", json={"name": "李", "queues": ["callback"]})
        assert put.json()["added"], put.text
        agents = program.get("/agents").json()["agents"]
        assert [one["agent"] for one in agents] == ["1001"]
        refused = program.put("/agents/1001/pause", json={"reason": "lunch"})
        assert (refused.status_code, refused.json()["code"]) == (409, "agent_not_logged_in")
        unknown = program.put("/agents/4004/pause")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_agent")
        assert program.get("/queues").json()["queues"]
        assert program.get("/queues/callback/next").json()["order"] == []
        assert program.post("/settings/reload").json()["applied"] == []


def test_a_token_is_no_more_than_its_scopes_and_its_account(engine: ServedEngine) -> None:
    with engine.client(engine.token(scopes={Right.WATCH})) as narrow:
        assert narrow.get("/campaigns").status_code == 200
        assert narrow.post("/contacts/find", json={"who": "1"}).json()["code"] == "no_right"
    with engine.client(engine.token("quality", Role.QUALITY)) as wide:
        assert wide.post("/campaigns/回访一/stop").status_code == 403
    for nobody in (None, "wh_nobody"):
        with engine.client(nobody) as client:
            assert client.get("/campaigns").json()["code"] == "sign_in"
            assert client.get("/openapi.json").json()["openapi"] == "3.1.0"


def test_the_engine_answers_while_a_long_list_is_loaded(engine: ServedEngine) -> None:
    with engine.client(engine.token()) as program, ThreadPoolExecutor(1) as aside:
        program.post("/campaigns", content=CALLBACK.replace("一", "二").encode(), headers=TOML)
        load = aside.submit(
            program.post,
            "/campaigns/回访二/lists/import",
            params={"file": "long.csv"},
            content=long_list(),
        )
        answered = 0
        while not load.done():
            assert program.get("/snapshot").status_code == 200
            answered += 1
        assert load.result().json()["import"]["added"] == ROWS
        assert answered > 1


def test_two_long_works_are_enough(engine: ServedEngine) -> None:
    with engine.client(engine.token()) as program, ThreadPoolExecutor(8) as aside:
        asked = [aside.submit(program.get, "/audit/verify") for _ in range(8)]
        found = [one.result() for one in asked]
    assert {one.status_code for one in found} <= {200, 429}
    assert any(one.status_code == 200 for one in found)
    for one in found:
        if one.status_code == 429:
            assert (one.json()["code"], one.headers["retry-after"]) == ("too_much_at_once", "10")


def test_who_leaves_amid_an_upload_leaves_nothing(engine: ServedEngine) -> None:
    with engine.client(engine.token()) as program:
        program.post("/campaigns", content=CALLBACK.replace("一", "三").encode(), headers=TOML)
    head = (
        "POST /api/v1/campaigns/回访三/lists/import?file=half.csv HTTP/1.1\r\n".replace(
            "回访三", quote("回访三")
        )
        + f"Host: 127.0.0.1\r\nAuthorization: Bearer {engine.token()}\r\n"
        "Content-Length: 1000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", engine.port)) as half:
        half.sendall(head.encode() + b"phone\n13800138000\n")
    with engine.client(engine.token()) as program:
        loads = program.get("/campaigns/回访三/lists").json()["loads"]
    assert "half.csv" not in {one["file"] for one in loads}
    assert "api.fault" not in (engine.folder / "waihu.log").read_text("utf-8")


def test_an_engine_that_stops_leaves_nothing_of_a_load(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with engine_served(tmp_path_factory.mktemp("ends")) as served:
        token = served.token()
        with served.client(token) as program, ThreadPoolExecutor(1) as aside:
            program.post("/campaigns", content=CALLBACK.encode(), headers=TOML)
            load = aside.submit(
                program.post,
                "/campaigns/回访一/lists/import",
                params={"file": "long.csv"},
                content=long_list(),
            )
            # Asked after it, so that it is under way; a load of so many rows takes seconds.
            assert program.get("/snapshot").status_code == 200
            served.process.send_signal(signal.SIGTERM)
            _out, err = served.process.communicate(timeout=30)
            assert (served.process.returncode, err) == (0, "")
            answer = load.result()
        assert (answer.status_code, answer.json()["code"]) == (503, "engine_stopping")
        assert served.count("contact") == 0
