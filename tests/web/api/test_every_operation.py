"""What holds for every operation of the API: who may, what is told, and that nothing breaks it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from supervisor.rights import Right, Role
from supervisor.web.api.application import make_api
from supervisor.web.api.described import description
from supervisor.web.api.guard import RIGHT, SIGNED_IN, UPLOAD
from tests.web.api.conftest import ALL_BUT_NUMBERS, Api, Door, api_of, fill, settled

TOLD = description(make_api(None))
OPERATIONS = [(method, path) for path, operations in TOLD["paths"].items() for method in operations]


def operation_of(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = TOLD["paths"][path][method]
    return found


def address(path: str) -> str:
    return path.replace("{campaign}", "回访一").replace("{contact}", "1").format_map(Ones())


class Ones(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "1"


async def test_every_operation_takes_to_be_signed_in(api: Api) -> None:
    for method, path in OPERATIONS:
        said = await api(None).ask(method, address(path), b"{never read")
        assert (said.status, said.code) == (401, "sign_in"), (method, path)
        assert said.headers["content-type"] == "application/problem+json"


async def test_every_operation_takes_its_right(api: Api) -> None:
    for method, path in OPERATIONS:
        right = operation_of(method, path)[RIGHT]
        if right == SIGNED_IN:
            continue
        lacking = frozenset(Right) - {Right(right)}
        said = await api(rights=lacking).ask(method, address(path), b"{never read")
        assert (said.status, said.code) == (403, "no_right"), (method, path)
        assert right in said.json["detail"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_it_says_what_it_does_and_what_may_go_wrong(method: str, path: str) -> None:
    operation = operation_of(method, path)
    assert operation["summary"].endswith((".", "?"))
    assert {"401", "403", "422", "503"} <= set(operation["responses"])
    assert operation["responses"]["200"]["content"]
    assert operation["tags"]


async def test_a_body_that_is_too_large_is_not_read(api: Api) -> None:
    said = await api().ask("POST", "/contacts/find", b" " * (1 << 19))
    assert (said.status, said.code) == (413, "too_large")


async def test_refusals_are_in_the_language_of_who_asks(api: Api) -> None:
    in_chinese = {"accept-language": "zh-TW,en;q=0.5"}
    said = await api().ask("GET", "/campaigns/nobody", headers=in_chinese)
    assert (said.status, said.code) == (404, "unknown_campaign")
    assert said.json["title"] == "找不到"
    assert said.headers["content-language"] == "zh-TW"
    chosen = await api(language="zh_CN").ask("GET", "/campaigns/nobody", headers=in_chinese)
    assert chosen.json["title"] == "未找到"
    plain = await api().ask("GET", "/campaigns/nobody")
    assert plain.json["title"] == "Not found"


async def test_faulty_fields_are_named_by_where_they_are(api: Api) -> None:
    said = await api().ask("PUT", "/agents/1001", {"name": 3, "skills": {"repairs": 12}, "x": 1})
    assert said.status == 422
    assert {one["pointer"]: one["detail"] for one in said.json["errors"]} == {
        "/name": "must be text",
        "/skills/repairs": "must be 9 or less",
        "/x": "is not known here",
    }
    said = await api().ask("PUT", "/agents/1001/listen", {"phone": "2001\r\nAction: Command"})
    (found,) = said.json["errors"]
    assert found == {"pointer": "/phone", "detail": "may not hold control characters"}


async def test_a_campaign_is_refused_with_the_places_of_its_faults(api: Api) -> None:
    said = await api().ask("POST", "/campaigns", {"name": "x", "retry": {"delay": "4 hors"}})
    assert said.status == 422
    assert "/retry/delay" in {one["pointer"] for one in said.json["errors"]}


async def test_paths_and_methods_that_are_none_are_problems_too(api: Api) -> None:
    assert (await api().ask("GET", "/nothing")).code == "unknown_operation"
    assert (await api().ask("DELETE", "/snapshot")).code == "method_not_allowed"


# ── nothing breaks it ────────────────────────────────────────────────────────────────────

ODD: list[Any] = [
    *("", " ", "x", "回访一", "1", "0", "-1", "1001", "waihu-callback", "callback", "123456782"),
    *("13800138000", "+8613800138000", "+8610*", "021-62881234", "*", "+86138?????000"),
    *("2026-11-25", "2026-11-25 15:00", "25:99", "0001-01-01", "9999-12-31T23:59:59-14:00"),
    *("\x00", "a\r\nAction: Originate", "'; drop table contact; --", "%00", "../../etc/passwd"),
    *("x" * 5000, "é\u0301", "\U0001f4de", "\u202e", "{number}", "{0.__class__}", "${X}"),
    *(0, 1, -1, 2**31, 2**63, 2**70, 1.5, -0.0, 1e308, True, False, None, [], {}, ["x"], {"a": 1}),
]
ROUNDS = 8


def guesses(random: Random, operation: dict[str, Any]) -> tuple[str, Any]:
    """A query and a body; most fields are known ones, with values of any kind."""
    asked = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    pairs = [
        f"{quote(name)}={quote(str(random.choice(ODD))[:200], errors='replace')}"
        for name in asked
        if random.random() < 0.5
    ]
    return "&".join(pairs), body_of(random, operation)


def body_of(random: Random, operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/octet-stream" in content:
        return random.choice([b"", b"\xff\xfe\x00", b"phone\n13800138000\n", b'"', b"a,b\n" * 99])
    if "application/json" not in content or random.random() < 0.05:
        return random.choice([None, b"{", b"[]", b'"\\ud800"', b"\xff", b"[" * 100_000])
    known = names_in(content["application/json"]["schema"])
    return {name: value_for(random, known[name]) for name in known if random.random() < 0.7}


def names_in(schema: dict[str, Any]) -> dict[str, Any]:
    found = [resolved(one) for one in (schema, *schema.get("anyOf", []))]
    return next((dict(one["properties"]) for one in found if "properties" in one), {})


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = TOLD["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def value_for(random: Random, schema: dict[str, Any]) -> Any:
    """Of the kind that is wanted in three of four cases, so that what lies behind is reached."""
    kinds = {schema.get("type")} | {one.get("type") for one in schema.get("anyOf", [])}
    schema = resolved(schema)
    if "enum" in schema and random.random() < 0.75:
        return random.choice(schema["enum"])
    fit = [one for one in ODD if kind_of(one) in kinds]
    return random.choice(fit if fit and random.random() < 0.75 else ODD)


KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}


def kind_of(value: object) -> str:
    return KINDS.get(type(value), "null" if value is None else "object")


def odd_requests(seed: int) -> Iterator[tuple[str, str, Any]]:
    random = Random(seed)
    for method, path in OPERATIONS:
        for _round in range(ROUNDS):
            operation = operation_of(method, path)
            query, body = guesses(random, operation)
            names = Parts(random)
            where = path.format_map(names)
            yield method, f"{where}?{query}" if query else where, body


class Parts(dict[str, str]):
    """What stands in an address."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def __missing__(self, key: str) -> str:
        likely = {"campaign": "回访一", "agent": "1001", "contact": "1", "number": "123456782"}
        if key in likely and self._random.random() < 0.6:
            return quote(likely[key])
        odd = str(self._random.choice(ODD))[:100] or "-"
        return quote(odd, safe="", errors="replace")


@pytest.mark.parametrize("seed", range(3))
async def test_odd_input_is_refused_and_never_a_fault_of_ours(filled: Api, seed: int) -> None:
    await ask_oddly(filled, seed)


async def test_nor_is_it_one_where_the_database_is_a_postgresql(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAIHU_DATABASE_URL", postgres_url)
    async with settled(tmp_path, monkeypatch) as base:
        api = api_of(base)
        await fill(api)
        await ask_oddly(api, 4)


async def ask_oddly(filled: Api, seed: int) -> None:
    admin, answered = filled(agent="1001"), Counter[int]()
    for method, path, body in odd_requests(seed):
        said = await admin.ask(method, path, as_sent(body))
        assert said.status < 500 or said.code == "engine_away", (method, path, body, said)
        answered[said.status // 100] += 1
    # It reaches what lies behind the checks, too.
    assert answered[2] > len(OPERATIONS) // 3


def as_sent(body: Any) -> Any:
    if body is None or isinstance(body, bytes):
        return body
    return json.dumps(body).encode()


async def test_no_answer_holds_a_number_for_who_need_not_see_it(filled: Api) -> None:
    await seeded(filled())
    other = filled(rights=ALL_BUT_NUMBERS, agent="1001")
    bodies: dict[str, Any] = {
        "/contacts/find": {"who": "13800138000"},
        "/contacts/why": {"who": "+8613800138000"},
        "/dnc/check": {"number": "13800138000"},
        "/dnc": {"number": "13800138000"},
        "/audit/find": {"number": "13800138000"},
        "/orders/find": {"phone": "13800138000"},
    }
    seen = 0
    for method, path in OPERATIONS:
        if method in {"put", "delete", "patch"} or UPLOAD in operation_of(method, path):
            continue
        said = await other.ask(method, address(path), bodies.get(path))
        assert b"13800138000" not in said.content, (path, said)
        seen += b"138****8000" in said.content
    assert seen >= 7


async def seeded(admin: Door) -> None:
    """The number in every kind of record."""
    number = "13800138000"
    await admin.ok("PUT", "/contacts/1/consent", {"basis": "consent", "proof": f"call {number}"})
    await admin.ok("POST", "/dnc", {"number": number, "reason": f"asked by {number}"})
    await admin.ok(
        "POST",
        "/orders",
        {"kind": "repair", "phone": number, "text": f"call me at {number}", "subject": "lift"},
    )


async def test_exports_are_for_those_who_see_numbers(filled: Api) -> None:
    for path in ("/dnc/export", "/campaigns/回访一/results/export", "/audit/export"):
        refused = await filled(rights=ALL_BUT_NUMBERS).ask("GET", path)
        assert (refused.status, refused.code) == (403, "no_right")
        given = await filled(Role.ADMIN).ask("GET", path)
        assert given.status == 200
        assert given.headers["content-disposition"].endswith('.csv"')
