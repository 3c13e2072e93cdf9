"""The contract of what other programs are told, `docs/asyncapi.json`, to hold messages against."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FILE = Path(__file__).parents[1] / "docs" / "asyncapi.json"


@cache
def contract() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{schema}", **contract()})


def faults_in(payload: object, schema: str) -> list[str]:
    """What of a message is otherwise than its schema says; empty: nothing."""
    return [
        f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"[:300]
        for fault in _validator(schema).iter_errors(payload)
    ]


def schema_at(address: str) -> str:
    """The schema of what is sent there; KeyError: the contract knows no such address."""
    for channel in contract()["channels"].values():
        if _pattern(channel["address"]).fullmatch(address):
            (message,) = channel["messages"]
            return str(message)
    raise KeyError(address)


def _pattern(address: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\}", address)
    return re.compile("[^/:]+".join(map(re.escape, parts)))


def references(part: object) -> set[str]:
    """Every `$ref` in it."""
    if isinstance(part, Mapping):
        own = {part["$ref"]} if "$ref" in part else set()
        return own.union(*(references(one) for one in part.values()))
    if isinstance(part, list):
        return set().union(*(references(one) for one in part))
    return set()
