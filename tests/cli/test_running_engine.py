"""Commands beside a real engine in a process of its own. Its Asterisk is away."""

from __future__ import annotations

import itertools
import signal
import socket
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta

from asterisk.lab.ports import free_port
from campaigns.outcomes import Outcome
from campaigns.phone.numbers import read_number
from campaigns.row.rows import GoodRow
from dialer.effects import EndAttempt
from store.list_rows import LoadRow
from store.loading import begin
from store.sorting import OnDuplicate
from tests.cli.terminal import NUMBER, SECRET, Engine, Terminal, start_engine, utc_now
from tests.cli.test_orders import late_order
from tests.store.room import Room
from tests.store.test_loads import order
from tests.store.test_updates import shown_and_killed

MORNINGS = "every day=09:00-12:00"


def undisposed(waihu: Terminal, campaign: str) -> str:
    """A talk of agent 1001 in the morning two days ago, without a word; returns the attempt."""
    at = (utc_now() - timedelta(days=2)).replace(hour=2, minute=0, second=0, microsecond=0)
    shown = waihu.well("campaign", "start", campaign, "--json").json["campaign"]
    waihu.contact_since(at, campaign_id=shown["id"])

    async def write(room: Room) -> str:
        room.ids = itertools.count(1000 * shown["id"])
        await room.hopper.recover(at)
        claims, _ = await room.hopper.claim(shown["id"], 1, at)
        attempt = claims[0].attempt
        assert (await room.hopper.mark_sent(attempt, "1001", at)).dialable
        await room.write(EndAttempt(attempt=attempt, outcome=Outcome.UNDISPOSED, at=at))
        return attempt

    return waihu.on_file(write)


def comes(waihu: Terminal, text: str, *command: str) -> None:
    """Wait until a command prints the text."""
    until = time.monotonic() + 20
    while text not in (said := waihu.well(*command).out):
        assert time.monotonic() < until, said


def outcome_of(waihu: Terminal, campaign: str) -> str:
    shown = waihu.well("contact", "show", NUMBER, "--campaign", campaign, "--json").json
    found: str = shown["contacts"][0]["attempts"][0]["outcome"]
    return found


def fails_to_start(waihu: Terminal) -> tuple[int, str]:
    """`waihu run` that must end by itself; its exit code and its one line."""
    process = start_engine(waihu.folder, {"WAIHU_CONFIG": str(waihu.settings)})
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert out == ""
    (line,) = err.splitlines()
    return process.returncode, line


# ── the agent's word ─────────────────────────────────────────────────────────────────────


def test_the_late_word_is_in_the_database_when_the_command_returns(beside: Terminal) -> None:
    beside.campaign("late")
    attempt = undisposed(beside, "late")
    late = ("agent", "disposition", "1001", "success-proxy", "--attempt", attempt)
    assert beside.well(*late, "--note", "女儿接的").out == "Saved: by proxy.\n"
    assert outcome_of(beside, "late") == "success_proxy"
    assert "has its disposition already" in beside.fails(1, *late)


def test_a_word_that_a_sales_campaign_does_not_know_is_told_so(beside: Terminal) -> None:  # R3
    beside.campaign("pitch", "--kind", "sales")
    attempt = undisposed(beside, "pitch")
    word = ("agent", "disposition", "1001")
    told = beside.fails(1, *word, "success_proxy", "--attempt", attempt)
    assert told == (
        "waihu: that disposition is not for a sales campaign: only a call-back succeeds by proxy\n"
    )
    assert outcome_of(beside, "pitch") == "undisposed"
    beside.well(*word, "success", "--attempt", attempt)
    assert outcome_of(beside, "pitch") == "success"


def test_an_appointment_given_late_is_refused_with_the_nearest_times_or_kept(  # R4
    beside: Terminal,
) -> None:
    beside.campaign("mornings", window=MORNINGS)
    attempt = undisposed(beside, "mornings")
    word = ("agent", "disposition", "1001", "appointment", "--attempt", attempt)
    assert "needs its time" in beside.fails(1, *word)
    outside = beside.fails(1, *word, "--at", "2036-11-25 13:00")
    assert "outside the calling window; nearest allowed: 2036-11-25 Tue 11:59" in outside
    assert "2036-11-26 Wed 09:00 (Asia/Shanghai)" in outside
    assert "lies in the past" in beside.fails(1, *word, "--at", "2020-01-01 10:00")
    saved = beside.well(*word, "--at", "2036-11-25 10:00", "--json").json
    assert saved["appointment_at"] == "2036-11-25T02:00:00+00:00"
    who = (NUMBER, "--campaign", "mornings", "--json")
    (shown,) = beside.well("contact", "show", *who).json["contacts"]
    assert shown["appointment_at"] == saved["appointment_at"]


def test_r14_a_late_work_order_goes_up_by_itself_and_screens_wait_for_calls(
    beside: Terminal,
) -> None:
    number = beside.on_file(lambda room: late_order(room, beside))
    comes(beside, "overdue: escalated by the clock", "order", "show", number)
    assert beside.well("order", "overdue", "--escalate", "--json").json["orders"] == []
    assert beside.well("agent", "pop").out == "No call has been offered yet.\n"
    assert beside.well("agent", "pop", "1001", "--json").json == {"v": 1, "pops": []}


def test_a_time_is_for_appointments_only_and_a_call_is_one_that_exists(beside: Terminal) -> None:
    word = ("agent", "disposition", "1001", "success")
    assert "--at" in beside.fails(2, *word, "--at", "10:00")
    assert "no call that waits" in beside.fails(1, *word, "--attempt", "z" * 26)


def test_a_word_that_a_locked_database_cannot_take_is_kept_and_said_to_be(
    beside: Terminal,
) -> None:  # I6
    beside.campaign("locked")
    attempt = undisposed(beside, "locked")
    word = ("agent", "disposition", "1001", "unsuccessful", "--attempt", attempt, "--json")
    with closing(sqlite3.connect(beside.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert beside.well(*word).json["kept"] == "journal"
        comes(beside, "no new calls, living ones are served: ", "watch", "--once")
        assert outcome_of(beside, "locked") == "undisposed"
        other.execute("ROLLBACK")
    comes(
        beside,
        '"outcome": "unsuccessful"',
        "contact",
        "show",
        NUMBER,
        "--campaign",
        "locked",
        "--json",
    )


# ── what the engine knows ────────────────────────────────────────────────────────────────


def test_what_is_changed_on_file_is_known_to_the_engine_at_once(beside: Terminal) -> None:
    beside.campaign("third")
    beside.well("agent", "add", "1002", "--queue", "sales")
    beside.well("list", "import", beside.list_of(f"电话\n{NUMBER}\n"), "--campaign", "third")

    def seen() -> dict[str, object]:
        picture = beside.well("watch", "--once", "--json").json
        assert "1002" in {one["agent"] for one in picture["agents"]}
        (third,) = [one for one in picture["campaigns"] if one["name"] == "third"]
        assert isinstance(third, dict)
        return third

    assert (seen()["state"], seen()["contacts"]) == ("ready", 1)
    for verb, state in (("start", "running"), ("pause", "paused"), ("stop", "stopped")):
        assert beside.well("campaign", verb, "third", "--json").json["engine_running"] is True
        assert seen()["state"] == state


def test_why_rests_on_what_the_engine_says_of_itself(beside: Terminal) -> None:
    beside.campaign("ready")
    beside.contact(campaign="ready")
    beside.well("campaign", "start", "ready")
    said = beside.well("why", NUMBER, "--campaign", "ready")
    assert said.first_line.endswith("waits: the link to Asterisk is down")
    assert "link down, 0 of 0 agents free, 0 calls under way" in said.out
    (found,) = beside.well("why", NUMBER, "--campaign", "ready", "--json").json["answers"]
    assert (found["code"], found["engine_running"], found["will_be_dialed"]) == (
        "link_down",
        True,
        False,
    )


def test_a_break_of_somebody_who_is_not_there_is_refused_by_name(beside: Terminal) -> None:
    beside.well("agent", "add", "1003", "--queue", "callback")
    assert beside.fails(1, "agent", "pause", "1003") == "waihu: agent 1003 is not signed in\n"
    unknown = beside.fails(1, "agent", "pause", "4711")
    assert "there is no agent 4711; add one with: waihu agent add" in unknown


def test_a_picture_tells_a_program_all_that_a_person_sees(beside: Terminal) -> None:
    picture = beside.well("watch", "--once", "--json").json
    assert picture["v"] == 1
    assert datetime.fromisoformat(picture["ts"]).tzinfo is not None
    assert picture["link_up"] is False
    assert {"agents", "agent_counts", "calls", "queues", "outcomes_today"} <= set(picture)
    assert beside.well("watch", "--once").out.count("\n") == 1
    assert set(beside.well("agent", "list", "--json").json) == {"v", "ts", "agents", "counts"}
    assert set(beside.well("queue", "show", "--json").json) == {"v", "ts", "queues"}


def test_the_doctor_sees_the_engine_and_that_its_link_is_down(
    beside: Terminal, engine: Engine
) -> None:
    said = beside("doctor", "--json")
    assert said.code == 3
    (found,) = [one for one in said.json["findings"] if one["check"] == "engine"]
    assert found["code"] == "engine_link_down"
    assert f"pid {engine.process.pid} " in found["params"]["holder"]


def test_a_second_engine_is_refused_and_names_the_first_which_goes_on(
    beside: Terminal, engine: Engine
) -> None:
    code, line = fails_to_start(beside)
    assert code == 1
    assert f"an engine already works on this database: pid {engine.process.pid} on " in line
    beside.well("agent", "list")


def test_the_log_holds_no_number_and_no_secret(beside: Terminal) -> None:
    beside.campaign("quiet")
    attempt = undisposed(beside, "quiet")
    beside.well("agent", "disposition", "1001", "unsuccessful", "--attempt", attempt)
    beside.fails(1, "agent", "disposition", "1001", "success", "--attempt", attempt)
    log = (beside.folder / "waihu.log").read_text("utf-8")
    assert "engine.started" in log
    assert NUMBER.removeprefix("+") not in log
    assert SECRET not in log
    assert not (beside.folder / "waihu.log").stat().st_mode & 0o077


def test_an_engine_carries_out_what_a_killed_load_has_left(waihu: Terminal) -> None:
    waihu.campaign()
    waihu.contact(name="张三")
    who = ("contact", "show", NUMBER, "--json")

    async def load_and_be_killed(room: Room) -> None:
        (known,) = await room.campaigns.records(utc_now())
        numbers = (read_number(NUMBER, "CN"),)
        row = GoodRow(reference="C-1", name="李四", zone=None, numbers=numbers, fields="{}")
        how = order(known.campaign, duplicates=OnDuplicate.UPDATE)
        under_way = await begin(room.database, how, utc_now())
        await under_way.add([LoadRow(2, row)], utc_now())
        await shown_and_killed(room, under_way)

    waihu.on_file(load_and_be_killed)
    assert "张三" in waihu.well(*who).out
    text = waihu.settings.read_text("utf-8") + f"[agi]\nport = {free_port()}\n"
    waihu.settings.write_text(text, encoding="utf-8")
    process = start_engine(waihu.folder, {"WAIHU_CONFIG": str(waihu.settings)})
    try:
        comes(waihu, "李四", *who)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


# ── engines that cannot start ────────────────────────────────────────────────────────────


def test_a_port_that_is_taken_is_told_in_one_line(waihu: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = waihu.settings.read_text("utf-8")
        waihu.settings.write_text(f"{text}[agi]\nport = {port}\n", encoding="utf-8")
        code, line = fails_to_start(waihu)
    assert code in {1, 2}
    assert line.startswith("waihu: ")
    assert str(port) in line


def test_an_engine_does_not_touch_a_database_of_a_newer_version(waihu: Terminal) -> None:
    waihu.campaign()
    with sqlite3.connect(waihu.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    code, line = fails_to_start(waihu)
    assert code == 2
    assert "of different versions" in line


def test_an_engine_does_not_start_on_what_is_no_database(waihu: Terminal) -> None:
    waihu.database.write_text("no database\n" * 100, encoding="utf-8")
    code, line = fails_to_start(waihu)
    assert code == 1
    assert line.endswith("cannot be used: file is not a database")
