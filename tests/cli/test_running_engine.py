"""Commands beside a real engine in a process of its own. Its Asterisk is away."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from campaigns.outcomes import Outcome
from dialer.messages import EndAttempt
from tests.cli.terminal import NUMBER, Terminal, utc_now
from tests.store.room import Room

PROGRAM = Path(sys.executable).with_name("waihu")


@contextmanager
def engine(waihu: Terminal, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`waihu run`, once it says that it runs; afterwards a service manager stops it."""
    process = start(waihu, *options)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("The engine of test is running"), process.communicate(timeout=20)
        yield process
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (0, "")
        assert out == "The engine has stopped; nothing is lost.\n"
    finally:
        process.kill()
        process.communicate()


def start(waihu: Terminal, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PROGRAM, "run", *options],
        cwd=waihu.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )


def fails_to_start(waihu: Terminal) -> tuple[int, str]:
    """`waihu run` that must end by itself; its exit code and its one line."""
    process = start(waihu)
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert out == ""
    (line,) = err.splitlines()
    return process.returncode, line


@pytest.fixture
def ready(waihu: Terminal) -> Terminal:
    """Settings with free ports, a call-back and a sales campaign, an agent, a contact in each."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = waihu.settings.read_text("utf-8")
    waihu.settings.write_text(f"{text}[agi]\nport = {port}\n", encoding="utf-8")
    waihu.campaign("hot")
    waihu.campaign("pitch", "--kind", "sales", window="every day=09:00-12:00")
    waihu.well("agent", "add", "1001", "--name", "王芳", "--queue", "callback")
    return waihu


def undisposed(waihu: Terminal, campaign: str) -> str:
    """A talk of agent 1001 that ended two days ago without a word; returns the attempt."""
    at = (utc_now() - timedelta(days=2)).replace(hour=2, minute=0, second=0, microsecond=0)

    async def write(room: Room) -> str:
        found = (await room.campaigns.get(campaign, at)).campaign
        await room.hopper.recover(at)
        claim = await room.sent(found, at)
        ended = EndAttempt(attempt=claim.attempt, outcome=Outcome.UNDISPOSED, at=at)
        await room.write(ended)
        return claim.attempt

    waihu.contact_since(at, campaign_id=1 if campaign == "hot" else 2)
    waihu.well("campaign", "start", campaign)
    return waihu.on_file(write)


def outcome_of(waihu: Terminal, campaign: str) -> str:
    shown = waihu.well("contact", "show", NUMBER, "--campaign", campaign, "--json").json
    found: str = shown["contacts"][0]["attempts"][0]["outcome"]
    return found


def test_the_late_word_is_in_the_database_when_the_command_returns(ready: Terminal) -> None:
    attempt = undisposed(ready, "hot")
    late = ("agent", "disposition", "1001", "success-proxy", "--attempt", attempt)
    with engine(ready):
        assert ready.well(*late, "--note", "女儿接的").out == "Saved: by proxy.\n"
        assert outcome_of(ready, "hot") == "success_proxy"
        assert "has its disposition already" in ready.fails(1, *late)
        unknown = ("agent", "disposition", "1001", "success", "--attempt", "z" * 26)
        assert "no call that waits" in ready.fails(1, *unknown)


def test_a_word_that_a_sales_campaign_does_not_know_is_told_so(ready: Terminal) -> None:  # R3
    attempt = undisposed(ready, "pitch")
    with engine(ready):
        told = ready.fails(1, "agent", "disposition", "1001", "success_proxy", "--attempt", attempt)
        assert told == (
            "waihu: that disposition is not for a sales campaign: "
            "only a call-back succeeds by proxy\n"
        )
        assert outcome_of(ready, "pitch") == "undisposed"
        ready.well("agent", "disposition", "1001", "success", "--attempt", attempt)
        assert outcome_of(ready, "pitch") == "success"


def test_an_appointment_given_late_is_refused_with_the_nearest_times_or_kept(  # R4
    ready: Terminal,
) -> None:
    attempt = undisposed(ready, "pitch")
    word = ("agent", "disposition", "1001", "appointment", "--attempt", attempt)
    with engine(ready):
        assert "needs its time" in ready.fails(1, *word)
        outside = ready.fails(1, *word, "--at", "2036-11-25 13:00")
        assert "outside the calling window; nearest allowed: " in outside
        assert "2036-11-25 Tue 11:59" in outside
        assert "2036-11-26 Wed 09:00 (Asia/Shanghai)" in outside
        assert "lies in the past" in ready.fails(1, *word, "--at", "2020-01-01 10:00")
        saved = ready.well(*word, "--at", "2036-11-25 10:00", "--json").json
        assert saved["appointment_at"] == "2036-11-25T02:00:00+00:00"
    shown = ready.well("contact", "show", NUMBER, "--json").json["contacts"][0]
    assert shown["appointment_at"] == saved["appointment_at"]


def test_what_is_changed_on_file_is_known_to_the_engine_at_once(ready: Terminal) -> None:
    with engine(ready):
        ready.campaign("third")
        ready.well("agent", "add", "1002", "--queue", "sales")
        ready.well("list", "import", ready.list_of(f"电话\n{NUMBER}\n"), "--campaign", "third")
        picture = ready.well("watch", "--once", "--json").json
        (third,) = [one for one in picture["campaigns"] if one["name"] == "third"]
        assert (third["state"], third["contacts"]) == ("ready", 1)
        assert {one["agent"] for one in picture["agents"]} == {"1001", "1002"}


def test_a_picture_tells_a_program_all_that_a_person_sees(ready: Terminal) -> None:
    with engine(ready):
        picture = ready.well("watch", "--once", "--json").json
        assert picture["v"] == 1
        assert datetime.fromisoformat(picture["ts"]).tzinfo is not None
        assert picture["link_up"] is False
        assert {one["name"] for one in picture["campaigns"]} == {"hot", "pitch"}
        assert {"agents", "agent_counts", "calls", "queues", "outcomes_today"} <= set(picture)
        line = ready.well("watch", "--once").out
        assert line.count("\n") == 1
        agents = ready.well("agent", "list", "--json").json
        assert set(agents) == {"v", "ts", "agents", "counts"}
        queues = ready.well("queue", "show", "--json").json
        assert set(queues) == {"v", "ts", "queues"}


def test_the_doctor_sees_the_engine_and_that_its_link_is_down(ready: Terminal) -> None:
    with engine(ready) as process:
        said = ready("doctor", "--json")
        assert said.code == 3
        (found,) = [one for one in said.json["findings"] if one["check"] == "engine"]
        assert found["code"] == "engine_link_down"
        assert f"pid {process.pid} " in found["params"]["holder"]


def test_a_second_engine_is_refused_and_names_the_first_which_goes_on(ready: Terminal) -> None:
    with engine(ready) as first:
        code, line = fails_to_start(ready)
        assert code == 1
        assert f"an engine already works on this database: pid {first.pid} on " in line
        ready.well("agent", "list")
    with engine(ready):
        pass


def test_the_log_holds_no_number_and_no_secret(ready: Terminal) -> None:
    attempt = undisposed(ready, "hot")
    with engine(ready):
        ready.well("agent", "disposition", "1001", "success", "--attempt", attempt)
        ready.well("dnc", "add", NUMBER)
    log = (ready.folder / "waihu.log").read_text("utf-8")
    assert "engine.started" in log
    assert "engine.stopped" in log
    assert NUMBER.removeprefix("+") not in log
    assert "not-for-any-screen" not in log


def test_a_port_that_is_taken_is_told_in_one_line(ready: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = ready.settings.read_text("utf-8").partition("[agi]")[0]
        ready.settings.write_text(f"{text}[agi]\nport = {port}\n", encoding="utf-8")
        code, line = fails_to_start(ready)
    assert code in {1, 2}
    assert line.startswith("waihu: ")
    assert str(port) in line


def test_an_engine_does_not_touch_a_database_of_a_newer_version(ready: Terminal) -> None:
    with sqlite3.connect(ready.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    code, line = fails_to_start(ready)
    assert code == 2
    assert "of different versions" in line


def test_an_engine_does_not_start_on_what_is_no_database(ready: Terminal) -> None:
    ready.database.write_text("no database\n" * 100, encoding="utf-8")
    code, line = fails_to_start(ready)
    assert code == 1
    assert line.endswith("cannot be used: file is not a database")
