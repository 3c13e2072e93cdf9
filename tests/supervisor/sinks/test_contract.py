"""The contract is what the code says, holds together, and is met by every event that there is."""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from types import ModuleType

import pytest

from dialer.popping import Offer, pop_json
from supervisor.call_events import CallEvent, What
from supervisor.frames import Frames
from tests.contract import FILE, contract, faults_in, references, schema_at
from tests.supervisor.floor_example import NOW, snapshot

ROOT = Path(__file__).parents[3]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("asyncapi", ROOT / "docs" / "asyncapi.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_is_what_the_types_in_the_code_say() -> None:
    assert FILE.read_text(encoding="utf-8") == generator().text(), "run docs/asyncapi.py"


def test_all_that_it_refers_to_is_in_it() -> None:
    for reference in references(contract()):
        reduce(lambda part, name: part[name], reference.removeprefix("#/").split("/"), contract())
    used = references([contract()["channels"], contract()["components"]["messages"]])
    for name in contract()["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in used, name


@pytest.mark.parametrize("what", What)
def test_an_event_of_each_kind_fits_and_one_with_more_does_not(what: What) -> None:
    told = CallEvent(id="e-1", ts=NOW, event=what, call="c", number="138****8000").told()
    assert faults_in(told, "event") == []
    assert faults_in({**told, "name": "王芳"}, "event")
    assert faults_in({**told, "event": "unheard_of"}, "event")


def test_whole_frames_deltas_and_gone_entities_fit() -> None:
    frames = Frames()
    first, second = frames.next(snapshot()), frames.next(snapshot(1))
    assert first is not None
    assert second is not None
    for text in (first.full_json, first.delta_json, second.delta_json, second.full_json):
        assert faults_in(json.loads(text), "frame") == []
    assert None in json.loads(second.delta_json)["agents"].values()


def test_a_beat_fits_and_a_whole_frame_that_lacks_a_section_does_not() -> None:
    beat = {"v": 1, "seq": 3, "ts": NOW.isoformat(), "full": False}
    assert faults_in(beat, "frame") == []
    assert faults_in({**beat, "full": True}, "frame")


def test_a_pop_of_a_stranger_fits() -> None:
    offer = Offer(agent="1001", call="c", inbound=True, number="13800138000")
    pop = pop_json(offer, None, "", datetime(2026, 11, 23, tzinfo=UTC))
    assert faults_in({"v": 1, **pop}, "pop") == []


@pytest.mark.parametrize(
    ("address", "schema"),
    [
        ("waihu/hotline/status", "status"),
        ("waihu/hotline/agent/1001", "mqtt_agent"),
        ("waihu/热线/campaign/spring%2F2", "mqtt_campaign"),
        ("waihu/hotline/call/placed", "event"),
        ("waihu:hotline:frames", "frame"),
    ],
)
def test_each_address_has_its_schema(address: str, schema: str) -> None:
    assert schema_at(address) == schema


def test_no_other_address_is_in_it() -> None:
    with pytest.raises(KeyError):
        schema_at("waihu/hotline/agent/1001/secret")
