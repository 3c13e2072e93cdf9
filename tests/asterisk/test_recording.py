"""The recording of the AMI stream: whole to the last second, bounded, and never in the way."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from structlog.testing import capture_logs

from asterisk import actions, recording
from asterisk.actions import Action
from asterisk.capture import Capture
from asterisk.frames import event_name, headers_of
from asterisk.link import Link
from asterisk.recording import Recording, RecordingPolicy
from dialer.switch_events import CallHungUp, LinkUp, SwitchEvent
from tests.fake_asterisk import FakeAsterisk, event
from tests.line.waiting import wait_for

KEY = bytes(16)
HANGUP = b"Event: Hangup\r\nUniqueid: 1795331097.%d\r\nCallerIDNum: %s\r\nCause: 16"
WRITER = """
import sys, time
from pathlib import Path
from asterisk.recording import Recording, RecordingPolicy
policy = RecordingPolicy(folder=Path(sys.argv[1]), max_file_bytes=10_000_000, files=3)
recording = Recording(policy, key=bytes(16))
recording.start()
for n in range(10_000_000):
    recording.heard(b"Event: Hangup\\r\\nUniqueid: 1795331097.%d\\r\\nCause: 16" % n)
    if n == 2_000:
        time.sleep(1.5)
        print("written", flush=True)
    time.sleep(0 if n < 2_000 else 0.001)
"""


def policy(folder: Path, **changes: float) -> RecordingPolicy:
    size, files = int(changes.get("size", 10_000_000)), int(changes.get("files", 3))
    again = changes.get("try_again_s", 0.05)
    return RecordingPolicy(folder=folder, max_file_bytes=size, files=files, try_again_s=again)


@contextmanager
def recorded(wanted: RecordingPolicy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    monkeypatch.setattr(recording, "WRITE_EVERY_S", 0.01)
    taken = Recording(wanted, key=KEY)
    taken.start()
    try:
        yield taken
    finally:
        taken.close()


def noisy(random: Random, n: int) -> bytes:
    """A message that hardly gets smaller."""
    noise = "".join(random.choices("ghijklmnopqrstuvwxyz", k=400))
    return b"Event: Hangup\r\nUniqueid: %d\r\nNoise: %b" % (n, noise.encode())


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.gz"))


def messages_in(folder: Path) -> list[bytes]:
    return [message for file in files_in(folder) for message in Capture(file).messages()]


def wait_until_written(taken: Recording) -> None:
    """The thread has taken all that was put."""
    patience = 5_000
    while taken._buffer and patience:  # noqa: SLF001  the test's own view of the buffer
        threading.Event().wait(0.001)
        patience -= 1
    assert patience


def test_a_message_is_there_with_the_time_when_it_was_heard_and_a_masked_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(policy(tmp_path), monkeypatch) as taken:
        taken.heard(HANGUP % (1, b"13800138000"))
    file = files_in(tmp_path)[0]
    assert file.stat().st_mode & 0o777 == 0o600
    about, hangup = messages_in(tmp_path)
    assert headers_of(about)["Note"] == "started"
    assert event_name(hangup) == b"Hangup"
    assert headers_of(hangup)["Uniqueid"] == "1795331097.1"
    assert float(headers_of(hangup)["Timestamp"]) > 1.7e9
    assert headers_of(hangup)["CallerIDNum"].startswith("138")
    assert b"13800138000" not in zlib.decompress(file.read_bytes(), 31)  # I9


def test_our_time_goes_before_asterisks_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(policy(tmp_path), monkeypatch) as taken:
        taken.heard(b"Event: Hangup\r\nTimestamp: 12.5\r\nUniqueid: 1795331097.1")
    hangup = messages_in(tmp_path)[-1]
    assert headers_of(hangup)["Timestamp"] != "12.5"
    assert b"\r\nTimestamp: 12.5" in hangup


def test_what_nothing_of_ours_reads_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(policy(tmp_path), monkeypatch) as taken:
        taken.heard(b"Event: VarSet\r\nVariable: NAME\r\nValue: secret")
        taken.heard(b"Event: UserEvent\r\nUserEvent: Others\r\nName: secret")
        taken.heard(b"Event: UserEvent\r\nUserEvent: WaihuUnserved\r\nAttempt: 1")
    assert [event_name(one) for one in messages_in(tmp_path)] == [b"WaihuRecording", b"UserEvent"]


async def test_the_link_records_both_directions_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(policy(tmp_path), monkeypatch) as taken:
        async with FakeAsterisk() as asterisk:
            told = await _one_pause(asterisk, taken)
    assert told == [LinkUp(version="22.10.0"), CallHungUp(call="1.1", cause=16)]
    said = messages_in(tmp_path)
    firsts = [message.partition(b"\r\n")[0] for message in said]
    assert firsts.index(b"Action: Login") < firsts.index(b"Event: FullyBooted")
    assert b"Event: Hangup" in firsts
    pause = next(headers_of(one) for one in said if one.startswith(b"Action: QueuePause"))
    assert (pause["Interface"], pause["Paused"]) == ("Local/7001@waihu-agent/n", "true")
    assert b"s3cret" not in b"".join(said)


async def _true(seen: bool) -> bool:  # noqa: FBT001  what was seen
    return seen


async def _one_pause(asterisk: FakeAsterisk, taken: Recording) -> list[SwitchEvent]:
    told: list[SwitchEvent] = []
    link = Link(
        host="127.0.0.1",
        port=asterisk.port,
        username="waihu",
        secret="s3cret",  # noqa: S106 - the fake takes any
        deliver=told.append,
        random=Random(7),
        tap=taken,
    )
    running = asyncio.create_task(link.run())
    try:
        await asterisk.arrived("CoreSettings")
        await wait_for(lambda: _true(link.is_up), within_s=5.0, what="the link")
        await link.send(actions.queue_pause("7001", "break"))
        await asterisk.say(event("Hangup", Uniqueid="1.1", Cause="16"))
        await wait_for(lambda: _true(len(told) == 2), within_s=5.0, what="the event")
    finally:
        running.cancel()
    return told


def test_the_bound_holds_and_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random, size, files = Random(7), 120_000, 3
    with recorded(policy(tmp_path, size=size, files=files), monkeypatch) as taken:
        for n in range(3_000):
            taken.heard(noisy(random, n))
            if n % 100 == 0:
                wait_until_written(taken)
                assert len(files_in(tmp_path)) <= files
    kept = files_in(tmp_path)
    assert len(kept) == files
    assert all(file.stat().st_size <= size for file in kept)
    said = messages_in(tmp_path)
    assert headers_of(said[0])["Note"] == "continued"
    assert headers_of(said[-1])["Uniqueid"] == "2999"
    found = [headers_of(one)["Uniqueid"] for one in said if event_name(one) == b"Hangup"]
    assert found == [str(n) for n in range(3_000 - len(found), 3_000)]


def test_what_holds_is_said_again_in_each_file_and_only_once_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(7)
    with recorded(policy(tmp_path, size=100_000, files=9), monkeypatch) as taken:
        for n in range(2_000):
            taken.note("WaihuAgent", {"Agent": "1001"}, at=1_795_331_097.0, standing="agent/1001")
            taken.heard(noisy(random, n))
            if n % 100 == 0:
                wait_until_written(taken)
    assert len(files_in(tmp_path)) > 2
    for file in files_in(tmp_path):
        names = [event_name(one) for one in Capture(file).messages()]
        assert names.count(b"WaihuAgent") == 1


def test_what_the_buffer_cannot_hold_is_counted_in_the_recording_and_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_BUFFERED", 500)
    taken = Recording(policy(tmp_path), key=KEY)
    for n in range(100):
        taken.heard(HANGUP % (n, b"1"))
    with capture_logs() as logs:
        taken.start()
        taken.close()
    kept = [one for one in messages_in(tmp_path) if event_name(one) == b"Hangup"]
    told = [headers_of(one) for one in messages_in(tmp_path)]
    (left_out,) = [int(one["Messages"]) for one in told if one.get("Note") == "left out"]
    assert 0 < len(kept) < 10
    assert left_out == 100 - len(kept)
    assert [line["messages"] for line in logs if line["event"] == "recording.left_out"] == [
        left_out
    ]


def test_after_kill_9_all_is_readable_but_the_last_second(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)
    capture = Capture(files_in(tmp_path)[0])
    found = [headers_of(one).get("Uniqueid") for one in capture.messages()]
    assert found[1:2_001] == [f"1795331097.{n}" for n in range(2_000)]
    assert "ends too early" in capture.breaks_off


def test_on_a_full_disk_it_stops_with_one_line_and_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = Random(7)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with capture_logs() as logs, recorded(policy(tmp_path), monkeypatch) as taken:
        taken.heard(HANGUP % (1, b"1"))
        wait_until_written(taken)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
        try:
            for n in range(40):
                for _ in range(20):
                    taken.heard(noisy(noise, n))
                wait_until_written(taken)
                threading.Event().wait(0.01 if n < 39 else 0.1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        for _ in range(100):
            threading.Event().wait(0.1)
            taken.heard(HANGUP % (2, b"1"))
            wait_until_written(taken)
            if any(line["event"] == "recording.resumed" for line in logs):
                break
        taken.heard(HANGUP % (2, b"1"))
    said = [line["event"] for line in logs]
    assert said.count("recording.stopped") == said.count("recording.resumed") == 1
    last = [headers_of(one) for one in Capture(files_in(tmp_path)[-1]).messages()]
    assert last[0]["Note"] == "continued"
    assert int(last[1]["Messages"]) > 0
    assert last[-1]["Uniqueid"] == "1795331097.2"
    first = [headers_of(one) for one in Capture(files_in(tmp_path)[0]).messages()]
    assert first[1]["Uniqueid"] == "1795331097.1"


def test_a_folder_that_cannot_be_made_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with (
        capture_logs() as logs,
        recorded(policy(tmp_path / "file" / "under"), monkeypatch) as taken,
    ):
        for n in range(5):
            taken.heard(HANGUP % (n, b"1"))
            wait_until_written(taken)
    assert [line["event"] for line in logs] == ["recording.stopped"]
    assert "[recording]" in logs[0]["cure"]


def test_two_that_begin_in_the_same_second_have_files_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WRITE_EVERY_S", 0.01)
    for _ in range(2):
        taken = Recording(policy(tmp_path), key=os.urandom(16), now=lambda: 1_795_331_097.0)
        taken.start()
        taken.heard(HANGUP % (1, b"1"))
        taken.close()
    assert [file.name for file in files_in(tmp_path)] == [
        "waihu-20261122T070457Z-00001.ami.gz",
        "waihu-20261122T070457Z-00002.ami.gz",
    ]


def test_nothing_that_is_asked_is_recorded_of_a_login() -> None:
    login = actions.login("waihu", "s3cret", "call")
    assert isinstance(login, Action)
    taken = Recording(policy(Path("nowhere")), key=KEY)
    taken.asked(login, "1")
    assert taken._buffer[0].message == b"Action: Login\r\nActionID: 1"  # noqa: SLF001  before any masking


def test_keys_are_kept_of_agents_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a customer keys in, or hears from the agent's side, may be the number of a bank card."""
    key = b"Event: DTMFEnd\r\nUniqueid: %b\r\nContext: %b\r\nDigit: 1\r\nDirection: %b"
    with recorded(policy(tmp_path), monkeypatch) as taken:
        taken.heard(key % (b"agent", b"waihu-login", b"Received"))
        taken.heard(key % (b"agent-hears", b"waihu-login", b"Sent"))
        taken.heard(key % (b"customer", b"waihu-answered", b"Received"))
        taken.heard(key % (b"caller", b"waihu-inbound", b"Received"))
    kept = [headers_of(message) for message in messages_in(tmp_path)]
    assert [one["Uniqueid"] for one in kept if one.get("Event") == "DTMFEnd"] == ["agent"]
