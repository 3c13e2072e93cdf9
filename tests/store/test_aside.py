"""What is set aside is on the disk whole, or stays where it was until it is."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import AmendAttempt, EndAttempt
from store.aside import CLAIM, MOST, Aside, aside_path, read_aside
from store.database import Database
from store.effect_codec import decode_effect
from tests.store.desk import at_work
from tests.store.faults import locked
from tests.store.room import MONDAY_9, Room

ENDED_AT = MONDAY_9 + timedelta(minutes=1)


@pytest.fixture
async def room(target: Path | str, side_files: Path) -> AsyncIterator[Room]:
    """As everywhere, but that another program keeps writing is told after 0.3 s, not 10."""
    async with Database(target, busy_timeout_s=0.3) as database:
        yield Room(database, beside=side_files)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "waihu.db.aside.jsonl"


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """A disk that takes the beginning of a line and no more; nothing is logged to a file then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with capture_logs():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def contacts_in(path: Path) -> list[int | None]:
    return [one.write.get("contact") for one in read_aside(path)]


def with_file(path: Path, text: str) -> Aside:
    path.write_text(text, encoding="utf-8")
    return Aside(path)


def claim_of(contact: int) -> dict[str, object]:
    return {"kind": CLAIM, "contact": contact}


async def test_a_line_of_which_the_disk_takes_half_is_not_there_and_comes_later(
    path: Path,
) -> None:
    aside = Aside(path)
    aside.put(claim_of(1), "no")
    await aside.save()
    with no_file_beyond(70):
        aside.put(claim_of(2), "no")
        await aside.save()
        assert not aside.saved
        assert contacts_in(path) == [1]
    aside.put(claim_of(3), "no")
    await aside.save()
    assert aside.saved
    assert contacts_in(path) == [1, 2, 3]


async def test_of_several_lines_the_disk_has_those_for_which_there_is_room(path: Path) -> None:
    aside = Aside(path)
    for contact in (1, 2, 3):
        aside.put(claim_of(contact), "no")
    with no_file_beyond(150):
        await aside.save()
    assert contacts_in(path) == [1, 2]
    await aside.save()
    assert contacts_in(path) == [1, 2, 3]


async def test_the_half_line_of_a_crash_does_not_spoil_the_next_one(path: Path) -> None:
    aside = with_file(path, '{"fault": "no", "wri')
    aside.put(claim_of(7), "no")
    await aside.save()
    assert contacts_in(path) == [None, 7]


async def test_a_fault_that_fills_the_file_costs_no_memory_and_no_word(path: Path) -> None:
    aside = with_file(path, "x" * MOST + "\n")
    for contact in range(20):
        aside.put(claim_of(contact), "no")
    assert len(aside) == 1
    assert aside.saved
    aside.put({"kind": "AmendAttempt", "attempt": "a", "disposition": "refused"}, "no")
    await aside.save()
    assert [one.write.get("attempt") for one in read_aside(path)] == [None, "a"]


async def test_many_that_are_done_are_forgotten_in_a_moment(path: Path) -> None:
    lines = (
        json.dumps({"fault": "no", "write": {"kind": "EndAttempt", "attempt": f"{n:026d}"}})
        for n in range(8000)
    )
    aside = with_file(path, "\n".join(lines))
    began_at = time.process_time()
    await aside.forget(aside.kept[1:])
    assert time.process_time() - began_at < 2.0
    assert [one.write["attempt"] for one in read_aside(path)] == [f"{0:026d}"]


async def test_the_name_of_a_new_file_is_on_the_disk_as_well(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    aside = Aside(path)
    for contact in (1, 2):
        aside.put(claim_of(contact), "no")
        await aside.save()
    assert synced == [path.name, path.parent.name, path.name]


AT = "2026-11-23T10:00:00+00:00"
END = {"kind": "EndAttempt", "attempt": "a", "outcome": "success", "at": AT}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"at": "2026-11-23T10:00:00"}, id="a time without a zone"),
        pytest.param({"at": "2026-11-23"}, id="a day"),
        pytest.param({"at": 7}, id="a number for a time"),
        pytest.param({"at": "0001-01-01T00:00:00+14:00"}, id="a time before all times"),
        pytest.param({"appointment_at": "2026-11-24T10:00:00"}, id="an appointment without a zone"),
        pytest.param({"attempt": ["a"]}, id="a list for an attempt"),
        pytest.param({"attempt": None}, id="no attempt"),
        pytest.param({"note": ["x"]}, id="a list for a note"),
        pytest.param({"cause": [1]}, id="a list for a cause"),
        pytest.param({"cause": True}, id="a truth for a cause"),
        pytest.param({"cause": 1 << 64}, id="a cause beyond all causes"),
        pytest.param({"outcome": {"x": 1}}, id="an object for an outcome"),
        pytest.param({"disposition": "great"}, id="an unknown word"),
    ],
)
async def test_a_line_that_an_operator_has_spoilt_is_counted_and_not_tried(
    room: Room, side_files: Path, changes: dict[str, object]
) -> None:
    """Doctor tells operators to look at this file: whatever they leave in it, the engine starts."""
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    write = {**END, "attempt": claim.attempt, **changes}
    with_file(aside_path(side_files), json.dumps({"fault": "", "write": write}) + "\n")
    with pytest.raises(ValueError, match=r"."):
        decode_effect(write)
    async with at_work(room.database, beside=room.beside) as desk:
        assert len(desk.aside) == 1


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"fault": "", "write": [[1, 2], ["a", 1]]}', "7", "null", '"x"']
)
async def test_what_is_no_line_of_ours_is_counted_too(path: Path, text: str) -> None:
    aside = with_file(path, text)
    aside.put(claim_of(1), "no")
    assert len(aside) == 2


async def test_a_file_that_cannot_be_read_is_an_alarm_and_the_engine_starts(
    room: Room, side_files: Path
) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    path = aside_path(side_files)
    path.mkdir()
    with capture_logs() as logs:
        async with at_work(room.database, beside=room.beside) as desk:
            desk.writer.submit(
                EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=ENDED_AT, note="\ud800")
            )
            assert await desk.hears() == ("failed", claim.attempt)
            await desk.aside.forget(desk.aside.kept)
    (alarm,) = [line for line in logs if line["event"] == "aside.unreadable"]
    assert (alarm["log_level"], alarm["file"]) == ("error", str(path))
    assert path.is_dir()


async def test_a_file_that_could_not_be_read_is_never_written_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may come back: what it holds is words of agents."""
    with_file(path, json.dumps({"fault": "no", "write": claim_of(1)}) + "\n")

    def refuses(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as closed:
        closed.setattr(Path, "read_text", refuses)
        aside = Aside(path)
    aside.put(claim_of(2), "no")
    await aside.save()
    await aside.forget(aside.kept)
    assert contacts_in(path) == [1, 2]


async def test_a_word_stays_in_the_journal_until_it_is_set_aside_on_the_disk(
    room: Room, side_files: Path
) -> None:
    """Its agent was told that it is kept; the file of the set-aside cannot be made just now."""
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=ENDED_AT))
    aside = aside_path(side_files)
    async with at_work(room.database, beside=room.beside) as desk:
        aside.mkdir()
        async with locked(room.database):
            desk.writer.submit(
                AmendAttempt(attempt=claim.attempt, disposition=Disposition.REFUSED, at=ENDED_AT)
            )
            assert await desk.hears() == ("kept", claim.attempt)
        await desk.writer.flush()
        await desk.writer.keep()
        assert desk.journal.used
        aside.rmdir()
        await desk.rests()
    assert [one.write["attempt"] for one in read_aside(aside)] == [claim.attempt]
