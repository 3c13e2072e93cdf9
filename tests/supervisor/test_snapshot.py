from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from dialer.agents import State, Status
from supervisor.snapshot import AgentLook, Snapshot, Why, from_json, look_of, to_json
from tests.supervisor.floor_example import NOW, snapshot


def wire() -> dict[str, Any]:
    travelled: dict[str, Any] = json.loads(json.dumps(to_json(snapshot())))
    return travelled


def test_a_snapshot_survives_its_journey_as_json() -> None:
    assert from_json(wire()) == snapshot()


def test_the_json_carries_its_version_and_its_time() -> None:
    assert wire()["v"] == 1
    assert datetime.fromisoformat(wire()["ts"]) == NOW


def test_fields_of_a_newer_engine_are_passed_over() -> None:
    data = wire()
    data["weather"] = "rain"
    data["agents"][0]["mood"] = {"now": "calm"}
    assert from_json(data) == snapshot()


def test_fields_that_an_older_engine_did_not_know_take_their_default() -> None:
    assert from_json({"v": 1, "ts": NOW.isoformat()}) == Snapshot(ts=NOW)


def test_the_reason_for_not_dialing_keeps_its_facts() -> None:
    data = wire()
    data["campaigns"][0]["why"] = {"code": "agents_busy", "params": {"agents": "9"}}
    assert from_json(data).campaigns[0].why == Why(code="agents_busy", params={"agents": "9"})


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"v": 2, "ts": NOW.isoformat()},
        {"v": 1},
        {"v": 1, "ts": "yesterday"},
        {"v": 1, "ts": "2026-11-22T06:05:09"},
        {"v": 1, "ts": NOW.isoformat(), "agents": 3},
        {"v": 1, "ts": NOW.isoformat(), "agents": [{"agent": "1001"}]},
        {"v": 1, "ts": NOW.isoformat(), "agent_counts": {"ready": "many"}},
        {"v": 1, "ts": NOW.isoformat(), "calls": {"talking": None}},
    ],
)
def test_what_is_no_snapshot_is_refused_in_one_way(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        from_json(data)


@pytest.mark.parametrize(
    ("status", "state", "look"),
    [
        (Status.AVAILABLE, State.IDLE, AgentLook.READY),
        (Status.ON_BREAK, State.IDLE, AgentLook.PAUSED),
        (Status.ON_BREAK, State.TALKING, AgentLook.TALKING),
        (Status.AVAILABLE, State.READYING, AgentLook.SIGNING_IN),
        (Status.LOGGED_OUT, State.AWAY, AgentLook.SIGNED_OUT),
        ("available", "teleporting", AgentLook.UNKNOWN),
    ],
)
def test_status_and_state_make_one_word(status: str, state: str, look: AgentLook) -> None:
    assert look_of(status, state) is look


def test_every_state_of_an_agent_has_a_word() -> None:
    assert all(look_of(Status.AVAILABLE, state) is not AgentLook.UNKNOWN for state in State)
