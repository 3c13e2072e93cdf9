"""The hub beside the engine: whatever a picture does, the calls go on (I10)."""

import asyncio

import pytest

from dialer.messages import Now
from supervisor.sinks import hub as hubs
from supervisor.sinks.hub import Hub
from supervisor.snapshot import Snapshot
from tests.supervisor.floor_example import NOW, snapshot


async def test_a_picture_that_cannot_be_taken_does_not_end_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hubs, "FRAME_EVERY_S", 0.0)
    monkeypatch.setattr(hubs, "BEAT_EVERY_S", 0.001)
    broken, asked = True, asyncio.Event()

    def take(_now: Now) -> Snapshot:
        asked.set()
        if broken:
            raise KeyError("a call that has gone")
        return snapshot()

    hub = Hub(take, lambda: Now(utc=NOW, mono=0.0), [])
    running = asyncio.create_task(hub.run())
    async with asyncio.timeout(20):
        for _ in range(2):
            await asked.wait()
            asked.clear()
        assert hub.fell, "nobody may take the last picture for the newest"
        broken = False
        while hub.latest is None:
            asked.clear()
            await asked.wait()
    assert not hub.fell
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
