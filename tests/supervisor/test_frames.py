"""R18: one picture, told wholly once and then by what differs."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from supervisor.frames import Frames, Picture, applied, picture_of
from supervisor.snapshot import AgentView, CallerView, Snapshot
from tests.supervisor.floor_example import NOW, agents, queue, snapshot


def told(frames: Frames, shown: Snapshot, before: Picture) -> Picture:
    frame = frames.next(shown)
    return before if frame is None else applied(before, json.loads(frame.delta_json))


def with_agent(shown: Snapshot, **changes: object) -> Snapshot:
    first, *others = shown.agents
    return replace(shown, agents=(replace(first, **changes), *others))  # type: ignore[arg-type]


def test_the_first_frame_tells_everything() -> None:
    frame = Frames().next(snapshot())
    assert frame is not None
    assert frame.seq == 1
    assert applied({}, json.loads(frame.delta_json)) == picture_of(snapshot())
    assert applied({}, json.loads(frame.full_json)) == picture_of(snapshot())


def test_later_ones_tell_only_what_differs() -> None:
    frames, shown = Frames(), snapshot()
    frames.next(shown)
    frame = frames.next(with_agent(shown, state="talking", number="138****5678"))
    assert frame is not None
    assert dict(frame.changes) == {
        "agents": {"1001": {"state": "talking", "number": "138****5678", "look": "talking"}}
    }


def test_time_that_passes_is_no_change() -> None:
    frames, shown = Frames(), snapshot()
    frames.next(shown)
    waits = (replace(shown.queues[0], longest_wait_s=64.0),)
    later = replace(shown, ts=NOW + timedelta(seconds=60), queues=waits)
    assert frames.next(later) is None


def test_who_is_gone_is_told_as_null() -> None:
    frames, shown = Frames(), snapshot()
    picture = told(frames, shown, {})
    fewer = replace(shown, agents=agents()[1:])
    frame = frames.next(fewer)
    assert frame is not None
    assert frame.changes["agents"] == {"1001": None}
    assert applied(picture, json.loads(frame.delta_json)) == picture_of(fewer)


def test_a_picture_followed_by_deltas_is_the_picture() -> None:
    frames, shown, picture = Frames(), snapshot(), {}
    waiting = CallerView(call="1.1", joined_at=NOW, number="138****5678")
    steps = [
        shown,
        with_agent(shown, since=NOW),
        replace(shown, queues=(replace(queue(), waiting=2, callers=(waiting,)),)),
        replace(shown, link_up=False, link_fault="gone", campaigns=()),
        shown,
        replace(shown, agents=(AgentView(agent="9", name="", status="x", state="y"),)),
    ]
    for step in steps:
        picture = told(frames, step, picture)
        assert picture == picture_of(step)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        applied({}, {"v": 2})
