"""Settings, database and Asterisk that are not as they should be: one clear line, never a trace."""

from __future__ import annotations

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from asterisk.doctor import Check
from tests.cli.terminal import SECRET, Terminal

CREATE = (
    *("campaign", "create", "--name", "hot", "--kind", "callback", "--queue", "callback"),
    *("--dial-string", "PJSIP/{number}@t", "--window", "every day=00:00-24:00"),
)


# ── the settings ─────────────────────────────────────────────────────────────────────────


def test_all_faults_of_the_settings_are_told_at_once_and_a_secret_is_not_repeated(
    waihu: Terminal,
) -> None:
    waihu.settings.write_text(
        '[site]\nzone = "Mars/Olympus"\ncolour = 1\n[ami]\nport = 99999\nsecret = 271127112711\n'
        '[[queues]]\nname = "A B"\n[agents]\nslots = 0\n',
        encoding="utf-8",
    )
    told = waihu.fails(2, "campaign", "list")
    lines = [line.removeprefix(f"waihu: {waihu.settings}:") for line in told.splitlines()]
    keys = [": ".join(line.split(": ")[:2]) for line in lines]
    assert keys == [
        "2: site.zone",
        "3: site.colour",
        "5: ami.port",
        "6: ami.secret",
        "8: queues[1].name",
        "10: agents.slots",
    ]
    assert "271127112711" not in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"garbage", "waihu.toml:1: is not TOML"),
        (b'[site]\nname = "x\n', "waihu.toml:2: is not TOML"),
        ("[site]\nname = '客服'\n".encode("gb18030"), "waihu.toml:2: is not UTF-8"),
        (b"\x00" * 4096, "waihu.toml:1: is not TOML"),
        (b"queues = 3\n", "queues: 3 is not a list in [ ]"),
        (b"paths = 3\n", "paths: 3 is not a table"),
    ],
)
def test_a_settings_file_that_cannot_be_read_is_told_with_its_line(
    waihu: Terminal, content: bytes, told: str
) -> None:
    waihu.settings.write_bytes(content)
    for command in (["campaign", "list"], ["doctor"], ["run"], ["watch"], ["asterisk", "render"]):
        assert told in waihu.fails(2, *command)


def test_a_settings_file_that_is_named_must_be_there(
    waihu: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "nowhere.toml: cannot be read" in waihu.fails(
        2, "--config", "nowhere.toml", "campaign", "list"
    )
    assert "cannot be read" in waihu.fails(2, "--config", str(waihu.folder), "campaign", "list")
    monkeypatch.setenv("WAIHU_CONFIG", "nowhere.toml")
    assert "WAIHU_CONFIG names nowhere.toml" in waihu.fails(2, "campaign", "list")


def test_a_variable_that_does_not_fit_is_told_by_its_name(
    waihu: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAIHU_AMI_PORT", "abc")
    told = waihu.fails(2, "campaign", "list")
    assert told == 'waihu: WAIHU_AMI_PORT: "abc" is not a whole number\n'


# ── the database ─────────────────────────────────────────────────────────────────────────

READS = (
    ["campaign", "list"],
    ["why", "1"],
    ["report", "outcomes"],
    ["dnc", "check", "13812345678"],
)


def test_before_anything_was_created_the_way_to_begin_is_told(waihu: Terminal) -> None:
    for command in READS:
        assert "waihu campaign create" in waihu.fails(2, *command)
    assert not waihu.database.exists(), "looking makes no file"


def test_an_empty_file_is_as_good_as_no_database(waihu: Terminal) -> None:
    waihu.database.touch()
    assert "there is no database yet" in waihu.fails(2, "campaign", "list")
    waihu.well(*CREATE)
    assert "hot" in waihu.well("campaign", "list").out


def test_agents_may_be_put_on_file_first(waihu: Terminal) -> None:
    waihu.well("agent", "add", "1001", "--queue", "callback")
    assert "There is no campaign yet" in waihu.well("campaign", "list").out


def test_a_file_that_is_no_database_is_left_alone(waihu: Terminal) -> None:
    letter = b"Dear Sir or Madam, this is no database.\n" * 100
    waihu.database.write_bytes(letter)
    for command in (*READS, list(CREATE), ["agent", "add", "1", "--queue", "callback"]):
        (line,) = waihu.fails(1, *command).splitlines()
        assert line == (
            f"waihu: the database {waihu.database} cannot be used: file is not a database"
        )
    assert waihu.database.read_bytes() == letter


def test_a_folder_is_no_database(waihu: Terminal) -> None:
    waihu.database.mkdir()
    assert "cannot be used" in waihu.fails(1, "campaign", "list")


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_a_database_of_another_version_is_neither_read_nor_changed(
    waihu: Terminal, revision: str
) -> None:
    waihu.campaign()
    with sqlite3.connect(waihu.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    for command in (*READS, list(CREATE), ["campaign", "start", "hot"]):
        told = waihu.fails(2, *command)
        assert "of different versions" in told
        assert revision in told
    with sqlite3.connect(waihu.database) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (
            revision,
        )
        assert connection.execute("SELECT state FROM campaign").fetchone() == ("ready",)
    connection.close()


# ── Asterisk ─────────────────────────────────────────────────────────────────────────────


def test_the_doctor_without_asterisk_tells_all_else_and_exits_3(waihu: Terminal) -> None:
    waihu.campaign()
    said = waihu("doctor")
    assert said.code == 3
    assert f"{waihu.settings} is used" in said.out
    assert "database: " in said.out
    assert "no engine runs" in said.out
    fault, cure = (said.out.partition("■ ")[2]).splitlines()[:2]
    assert fault.startswith("AMI login: no Asterisk at 127.0.0.1:1")
    assert cure.strip().startswith("→ start Asterisk")


def test_the_doctor_tells_a_program_every_check_with_its_cure(waihu: Terminal) -> None:
    said = waihu("doctor", "--json")
    assert said.code == 3
    assert set(said.json) == {"v", "findings"}
    findings = said.json["findings"]
    assert {one["check"] for one in findings} == {check.value for check in Check}
    for one in findings:
        assert set(one) == {"check", "level", "code", "params", "text", "cure"}
    (ami,) = [one for one in findings if one["check"] == "ami"]
    assert (ami["level"], ami["code"]) == ("fault", "ami_unreachable")


def test_the_doctor_without_a_secret_has_a_finding_and_exits_1(waihu: Terminal) -> None:
    text = waihu.settings.read_text("utf-8")
    waihu.settings.write_text(text.replace(f'secret = "{SECRET}"\n', ""), encoding="utf-8")
    said = waihu("doctor")
    assert said.code == 1
    assert "WAIHU_AMI_SECRET" in said.out


def test_the_doctor_names_the_file_that_was_named_to_it(waihu: Terminal) -> None:
    other = waihu.folder / "other.toml"
    other.write_text(waihu.settings.read_text("utf-8"), encoding="utf-8")
    said = waihu("--config", str(other), "doctor", "--json")
    (first, *_) = said.json["findings"]
    assert first["params"]["path"] == str(other)


def test_a_secret_that_others_may_read_is_a_warning(waihu: Terminal) -> None:
    waihu.settings.chmod(0o644)
    out = waihu("doctor").out
    assert "▲" in out
    assert f"chmod 0600 {waihu.settings}" in out


def test_the_doctor_examines_a_broken_database_like_everything_else(waihu: Terminal) -> None:
    waihu.database.write_text("no database\n" * 100, encoding="utf-8")
    said = waihu("doctor", "--json")
    (database,) = [one for one in said.json["findings"] if one["check"] == "database"]
    assert (database["level"], database["code"]) == ("fault", "database_unusable")


def test_rendered_files_say_how_to_undo_them_and_keep_the_secret_from_others(
    waihu: Terminal,
) -> None:
    folder = waihu.folder / "etc"
    written = waihu.well("asterisk", "render", str(folder)).out.splitlines()[:-1]
    paths = [Path(line) for line in written]
    assert sorted(paths) == sorted(folder.iterdir())
    for path in paths:
        assert "Undo:" in path.read_text("utf-8")
        assert not stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO
    manager = (folder / "waihu-manager.conf").read_text("utf-8")
    assert f"\nsecret = {SECRET}\n" in manager


def test_files_that_are_only_shown_lack_the_secret_and_let_nobody_in(waihu: Terminal) -> None:
    shown = waihu.well("asterisk", "render").out
    for text in (
        shown,
        waihu.well("asterisk", "render", "--json").json["files"]["waihu-manager.conf"],
    ):
        lines = text.splitlines()
        assert "[waihu]" in lines
        assert not [line for line in lines if line.startswith("secret")]


def test_a_secret_that_asterisk_would_misread_is_refused_without_repeating_it(
    waihu: Terminal,
) -> None:
    text = waihu.settings.read_text("utf-8")
    odd = "semi;colon#and space"
    waihu.settings.write_text(text.replace(SECRET, odd), encoding="utf-8")
    told = waihu.fails(2, "asterisk", "render")
    assert "secret" in told
    assert odd not in told


def test_what_is_rendered_twice_is_the_same(waihu: Terminal) -> None:
    first, again = (waihu.well("asterisk", "render", "--json").json for _ in range(2))
    assert json.dumps(first) == json.dumps(again)
