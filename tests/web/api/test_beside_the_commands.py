"""The HTTP API covers what the command line does (R25), and its description is kept in docs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command

from dialer.cli import app
from supervisor.web.api.application import description_text, make_api
from supervisor.web.api.described import description
from supervisor.web.api.examples import EXAMPLES

ROOT = Path(__file__).parents[3]

OPERATIONS_OF = {
    "reload": ["POST /settings/reload"],
    "campaign create": ["POST /campaigns", "PUT /campaigns/{campaign}"],
    "campaign list": ["GET /campaigns"],
    "campaign show": ["GET /campaigns/{campaign}"],
    "campaign next": ["GET /campaigns/{campaign}/next"],
    "campaign pace": ["GET /campaigns/{campaign}/pace", "PATCH /campaigns/{campaign}/pace"],
    "campaign start": ["POST /campaigns/{campaign}/start"],
    "campaign pause": ["POST /campaigns/{campaign}/pause"],
    "campaign resume": ["POST /campaigns/{campaign}/resume"],
    "campaign stop": ["POST /campaigns/{campaign}/stop"],
    "campaign delete": ["DELETE /campaigns/{campaign}"],
    "list import": ["POST /campaigns/{campaign}/lists/import"],
    "list show": ["GET /campaigns/{campaign}/lists"],
    "list pause": ["PATCH /campaigns/{campaign}/lists/{name}"],
    "list resume": ["PATCH /campaigns/{campaign}/lists/{name}"],
    "list withdraw": ["PATCH /campaigns/{campaign}/lists/{name}"],
    "list share": ["PATCH /campaigns/{campaign}/lists/{name}"],
    "list discard": ["POST /lists/discard"],
    "contact correct": ["POST /contacts/{contact}/correct"],
    "contact withdraw": ["POST /contacts/{contact}/withdraw"],
    "contact consent": [
        "PUT /contacts/{contact}/consent",
        "POST /contacts/{contact}/consent/withdraw",
    ],
    "contact show": ["POST /contacts/find", "GET /contacts/{contact}"],
    "contact appoint": ["PUT /contacts/{contact}/appointment"],
    "contact reopen": ["POST /contacts/{contact}/reopen"],
    "why": ["POST /contacts/why"],
    "dnc import": ["POST /dnc/import"],
    "dnc export": ["GET /dnc/export"],
    "dnc add": ["POST /dnc"],
    "dnc remove": ["POST /dnc/remove"],
    "dnc check": ["POST /dnc/check"],
    "dnc list": ["GET /dnc"],
    "watch": ["GET /snapshot"],
    "board": ["GET /snapshot", "POST /alarms/{alarm}/acknowledge"],
    "agent add": ["PUT /agents/{agent}", "GET /agents/on-file"],
    "agent list": ["GET /agents"],
    "agent keypad": ["GET /keypad"],
    "agent pause": ["PUT /agents/{agent}/pause", "DELETE /agents/{agent}/pause"],
    "agent disposition": ["POST /agents/{agent}/disposition"],
    "agent next": ["POST /agents/{agent}/preview"],
    "agent dial": ["POST /agents/{agent}/preview/dial"],
    "agent skip": ["POST /agents/{agent}/preview/skip"],
    "agent undisposed": ["GET /undisposed"],
    "agent pop": ["GET /pops"],
    "agent lend": ["PUT /agents/{agent}/loan", "DELETE /agents/{agent}/loan"],
    "agent sign-out": ["POST /agents/{agent}/sign-out"],
    "agent listen": ["PUT /agents/{agent}/listen", "POST /listening/end"],
    "agent listeners": ["GET /listening"],
    "agent record": ["PUT /agents/{agent}/recording"],
    "agent hang-up": ["POST /calls/hang-up"],
    "queue show": ["GET /queues"],
    "queue lend": ["POST /queues/{queue}/lend", "POST /queues/{queue}/take-back"],
    "queue next": ["GET /queues/{queue}/next"],
    "calls behind": ["GET /calls/behind/{figure}"],
    "order open": ["POST /orders"],
    "order show": ["GET /orders/{number}"],
    "order list": ["GET /orders", "POST /orders/find"],
    "order overdue": ["GET /orders/overdue"],
    "order report": ["GET /orders/report"],
    **{
        f"order {act}": ["POST /orders/{number}/acts"]
        for act in (
            *("take", "investigated", "escalate", "insist", "solve", "answer", "accept"),
            *("reject", "close", "reopen", "note"),
        )
    },
    "order hand-over": ["POST /orders/{number}/hand-over"],
    "order refer": ["POST /orders/{number}/refer"],
    "order promise": ["POST /orders/{number}/promise"],
    "report outcomes": ["GET /reports/outcomes"],
    "report queues": ["GET /reports/queues", "GET /reports/queues/export"],
    "report survey": ["GET /reports/survey"],
    "export results": ["GET /campaigns/{campaign}/results/export"],
    "export faulty": ["GET /faulty/export"],
    "seats": ["POST /seats"],
    "audit verify": ["GET /audit/verify"],
    "audit show": ["POST /audit/find"],
    "audit export": ["GET /audit/export"],
}

LOCAL = {
    "init": "makes the settings from which an API could be served",
    "run": "starts the engine that serves the API",
    "demo": "an Asterisk of its own on this machine",
    "list watch": "a folder of this machine; programs send each file to lists/import",
    "queue import-log": "Asterisk's files on this machine",
    "flow check": "files of this machine, before they are in force",
    "flow show": "files of this machine, before they are in force",
    "flow try": "a conversation on a terminal",
    "form check": "files of this machine, before they are in force",
    "doctor": "examines this machine: files, ports, Asterisk",
    "replay": "recordings on this machine, minutes of work",
    "simulate": "minutes of work on all processors, which the engine needs",
    "asterisk diff": "Asterisk's files on this machine",
    "asterisk install": "Asterisk's files on this machine",
    "asterisk render": "Asterisk's files on this machine",
}
BY_SESSION = "accounts are given by whoever sits at a browser (/accounts/all) or at the machine"
"""A token that may make accounts would be worth more than any account."""

TOLD = description(make_api(None))
KNOWN = {f"{method.upper()} {path}" for path, found in TOLD["paths"].items() for method in found}


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not hasattr(command, "list_commands"):
        yield " ".join(path)
        return
    context = command.make_context(" ".join(path), [], resilient_parsing=True)
    for name in command.list_commands(context):
        yield from commands(command.get_command(context, name), (*path, name))


COMMANDS = list(commands(get_command(app)))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_its_operations_or_a_reason_why_it_is_local(command: str) -> None:
    if command.startswith("account "):
        assert BY_SESSION
        return
    assert (command in OPERATIONS_OF) is not (command in LOCAL), command
    assert set(OPERATIONS_OF.get(command, ())) <= KNOWN


def test_every_operation_is_some_commands_or_tells_who_asks() -> None:
    of_commands = {one for found in OPERATIONS_OF.values() for one in found}
    assert KNOWN - of_commands == {"GET /me"}


def test_the_description_in_docs_is_the_one_that_is_served() -> None:
    kept = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    told = "run .venv/bin/python docs/openapi.py docs/openapi.json"
    assert kept == description_text(make_api(None)), told


def test_every_reference_in_the_description_leads_somewhere() -> None:
    for reference in references(TOLD):
        found: Any = TOLD
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
        assert found


def references(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        if isinstance(told.get("$ref"), str):
            yield told["$ref"]
        for one in told.values():
            yield from references(one)
    elif isinstance(told, list):
        for one in told:
            yield from references(one)


def test_operations_have_names_of_their_own() -> None:
    names = [one["operationId"] for found in TOLD["paths"].values() for one in found.values()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)
    assert not [name for name in names if "__" in name]


def test_every_body_has_an_example_that_fits() -> None:
    schemas = TOLD["components"]["schemas"]
    bodies = {
        name.rsplit("/", 1)[1]
        for found in TOLD["paths"].values()
        for one in found.values()
        for name in references(one.get("requestBody", {}))
    }
    assert bodies == set(EXAMPLES)
    for name in bodies:
        (example,) = schemas[name]["examples"]
        Draft202012Validator({**schemas[name], "components": TOLD["components"]}).validate(example)
