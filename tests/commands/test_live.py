"""Live commands: exit 3 without an engine; with one, what it says is what is shown."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.commands.one_site import START, Place, Site


@pytest.mark.parametrize(
    "arguments",
    [
        ("watch",),
        ("watch", "--once", "--json"),
        ("agent", "list"),
        ("agent", "pause", "1001"),
        ("agent", "disposition", "1001", "success"),
        ("agent", "next", "1001"),
        ("agent", "dial", "1001"),
        ("agent", "skip", "1001", "--reason", "刚通过话"),
        ("queue", "show"),
        ("queue", "next", "callback"),
    ],
    ids=" ".join,
)
def test_without_an_engine_a_live_command_says_how_to_start_one(
    arguments: tuple[str, ...], started: Site
) -> None:
    done = started(*arguments)
    assert done.code == 3
    assert done.err.endswith("start one with: waihu run\n")
    assert not done.out


def test_the_keys_are_shown_as_a_table_for_the_desk(
    site: Site, speaking: Callable[[str | None], None]
) -> None:
    shown = site.ok("agent", "keypad").out
    assert [line.split()[0] for line in shown.splitlines() if "refused" in line] == ["90"]
    assert site.ok("agent", "keypad", "--json").json["keypad"]["1"] == "success"
    speaking("zh-CN")
    assert "按键" in site.ok("agent", "keypad").out


def test_a_word_that_is_no_disposition_lists_them_all(started: Site) -> None:
    done = started("agent", "disposition", "1001", "wonderful")
    assert done.code == 2
    assert "success_proxy" in done.err
    assert "appointment" in done.err


def test_an_agent_is_put_on_file_without_an_engine(site: Site) -> None:
    made = site.ok("agent", "add", "1001", "--name", "王芳", "--queue", "callback", "--json").json
    assert made["agent"] == {
        "agent": "1001",
        "name": "王芳",
        "queues": ["waihu-callback"],
        "skills": {},
    }
    assert made["added"] is True
    assert "changed" in site.ok("agent", "add", "1001", "--queue", "inbound").out


@pytest.mark.parametrize(
    "arguments", [("10a1", "--queue", "callback"), ("1001",), ("1001", "--queue", "elsewhere")]
)
def test_an_agent_that_could_never_sign_in_is_refused(
    arguments: tuple[str, ...], site: Site
) -> None:
    done = site("agent", "add", *arguments)
    assert done.code == 2
    assert len(done.err.splitlines()) == 1


def test_a_second_engine_names_the_first(running: Site) -> None:
    done = running.subprocess("run")
    assert done.code == 1
    assert "an engine already works on this database: pid" in done.err


def test_an_engine_without_its_secret_does_not_start(site: Site) -> None:
    path = site.folder / "waihu.toml"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if "secret" not in line), "utf-8")
    done = site("run")
    assert done.code == 2
    assert "secret" in done.err


# ── with an engine; its Asterisk is away ─────────────────────────────────────────────────


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A real engine for all these tests on one started site, in a process of its own."""
    place = Place(folder=tmp_path_factory.mktemp("live"))
    place.settle()
    place.brings_files()
    for command in (*START, ("agent", "add", "1001", "--name", "王芳", "--queue", "callback")):
        assert place.subprocess(*command).code == 0
    with place.spawn("run") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "is running" in line, process.communicate(timeout=10)
        yield place
        end(process)


@pytest.fixture
def running(
    engine: Place,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    speaking: Callable[[str | None], None],
) -> Site:
    """The site of the running engine, in English."""
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(engine.folder)
    speaking(None)
    return Site(folder=engine.folder, environment=engine.environment, capsys=capsys)


def end(process: subprocess.Popen[str]) -> None:
    """Stop it as a service manager does, and see that it went without a word of complaint."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "has stopped" in out
    assert "Traceback" not in err


def test_what_the_engine_shows_is_shown(running: Site) -> None:
    agents = running.ok("agent", "list", "--json").json
    assert [(one["agent"], one["status"]) for one in agents["agents"]] == [("1001", "logged_out")]
    assert "No agent is signed in." in running.ok("agent", "list").out
    assert "王芳" in running.ok("agent", "list", "--all").out
    queues = running.ok("queue", "show", "--json").json["queues"]
    assert {queue["name"] for queue in queues} >= {"waihu-inbound"}
    assert "waihu-inbound" in running.ok("queue", "show").out
    picture = running.ok("watch", "--once", "--json").json
    assert picture["link_up"] is False
    assert picture["campaigns"][0]["name"] == "回访一"


def test_a_pause_is_true_in_the_engine_when_the_command_returns(running: Site) -> None:
    def state() -> str:
        shown = running.ok("watch", "--once", "--json").json
        found: str = shown["campaigns"][0]["state"]
        return found

    assert state() == "running"
    paused = running.ok("campaign", "pause", "回访一", "--json").json
    assert paused["engine_running"] is True
    assert state() == "paused"
    assert "No new calls" in running.ok("campaign", "pause", "回访一").out
    running.ok("campaign", "resume", "回访一")
    assert state() == "running"


def test_why_asks_the_engine(running: Site) -> None:
    line = running.ok("why", "A1").out.splitlines()[0]
    assert line == "No: #1 张三 · 回访一 waits: the link to Asterisk is down"
    answer = running.ok("why", "A1", "--json").json["answers"][0]
    assert (answer["code"], answer["engine_running"]) == ("link_down", True)


def test_what_the_engine_refuses_is_told(running: Site) -> None:
    away = running("agent", "pause", "1001", "--reason", "lunch")
    assert (away.code, away.err) == (1, "waihu: agent 1001 is not signed in\n")
    unknown = running("agent", "pause", "4711")
    assert unknown.code == 1
    assert "there is no agent 4711" in unknown.err
    nothing = running("agent", "disposition", "1001", "success")
    assert nothing.code == 1
    assert "no call that waits" in nothing.err
    timeless = running("agent", "disposition", "1001", "appointment")
    assert timeless.code == 1


def test_who_is_not_there_is_shown_nobody(running: Site) -> None:
    asked = running("agent", "next", "1001", "--json")
    assert (asked.code, asked.err) == (1, "waihu: agent 1001 is not signed in\n")
    dialed = running("agent", "dial", "1001")
    assert dialed.err == (
        "waihu: agent 1001 has no contact at hand; ask for one: waihu agent next 1001\n"
    )
    assert running("agent", "skip", "4711", "--reason", "x").err.startswith(
        "waihu: there is no agent 4711"
    )


def test_a_skip_without_a_reason_is_no_skip(started: Site) -> None:
    assert started("agent", "skip", "1001").code == 2
    blank = started("agent", "skip", "1001", "--reason", "  ")
    assert (blank.code, blank.err) == (2, "waihu: a reason is 1 to 200 characters\n")


def test_watching_ends_with_the_engine(started: Site) -> None:
    with started.spawn("run") as engine:
        assert engine.stdout is not None
        engine.stdout.readline()
        with started.spawn("watch", "--json") as watcher:
            assert watcher.stdout is not None
            assert json.loads(watcher.stdout.readline())["v"] == 1
            end(engine)
            _, err = watcher.communicate(timeout=20)
            assert watcher.returncode == 3
            assert err == "waihu: the engine has gone\n"


def test_ctrl_c_leaves_the_view_and_not_the_engine(running: Site) -> None:
    with running.spawn("watch") as watcher:
        assert watcher.stdout is not None
        assert "回访一" in watcher.stdout.readline()
        watcher.send_signal(signal.SIGINT)
        _, err = watcher.communicate(timeout=20)
        assert (watcher.returncode, err) == (0, "")
    running.ok("agent", "list")
