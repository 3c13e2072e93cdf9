"""`waihu init`: from nothing to a site, and back to nothing where a step fails."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.render import fits_as_secret
from config.loading import load_settings
from config.new_site import LANGUAGES, Answers, places_for, settings_text
from config.settings import Language
from tests.commands.one_site import WAIHU, Site


@pytest.fixture
def new(site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working one."""
    folder = site.folder / "new"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("WAIHU_CONFIG")
    return folder


def test_from_nothing_to_a_site_whose_commands_work(site: Site, new: Path) -> None:
    said = site.ok("init", "--yes").out
    settings = load_settings(new / "waihu.toml")
    for path in (new / "waihu.toml", settings.paths.database):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = settings.ami.secret
    assert secret is not None
    assert fits_as_secret(secret.get_secret_value())
    assert secret.get_secret_value() not in said
    steps = ("asterisk diff", "asterisk install", "doctor", "agent add", "campaign create", "run")
    assert [said.index(f"waihu {step}") for step in steps] == sorted(
        said.index(f"waihu {step}") for step in steps
    )
    site.ok("agent", "add", "1001", "--queue", "inbound")
    site.ok("campaign", "list")
    assert "waihu-inbound" in site.ok("asterisk", "render").out


def test_two_sites_have_two_secrets(site: Site, new: Path) -> None:
    secrets = set()
    for name in ("one", "two"):
        site.ok("init", str(new / name), "--yes")
        secrets.add(load_settings(new / name / "waihu.toml").ami.secret)
    assert len(secrets) == 2


def test_what_is_given_is_in_the_settings(site: Site, new: Path) -> None:
    site.ok(
        *("init", "--yes", "--site", "上海", "--zone", "Europe/Berlin", "--language", "zh-CN"),
        *("--host", "pbx.example.com", "--port", "5039", "--agi-port", "4574", "--slots", "7"),
        *("--queue", "hotline", "--queue", "sales", "--database", "data/site.db"),
    )
    settings = load_settings(new / "waihu.toml")
    assert (settings.site.name, settings.site.zone) == ("上海", "Europe/Berlin")
    assert (settings.ami.host, settings.ami.port, settings.agi.port) == (
        "pbx.example.com",
        5039,
        4574,
    )
    assert [queue.name for queue in settings.queues] == ["waihu-hotline", "waihu-sales"]
    assert (settings.inbound.queue, settings.agents.slots) == ("waihu-hotline", 7)
    assert settings.paths.database == new / "data" / "site.db"
    assert settings.paths.database.exists()


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
def test_a_site_speaks_the_language_of_the_terminal_it_is_made_in(
    site: Site, new: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("WAIHU_LANG", language)
    site.ok("init", "--yes", "--zone", "Asia/Taipei")
    assert load_settings(new / "waihu.toml").site.language is Language(language)


def test_every_language_is_offered(site: Site) -> None:
    assert {str(language) for language in Language} == set(LANGUAGES)
    offered = site.ok("init", "--help").out
    assert all(language in offered for language in LANGUAGES)


def test_what_is_there_is_not_overwritten_unless_forced_and_then_kept(
    site: Site, new: Path
) -> None:
    site.ok("init", "--yes")
    site.ok("agent", "add", "1001", "--queue", "inbound")
    before = (new / "waihu.toml").read_bytes()
    refused = site("init", "--yes")
    assert refused.code == 1
    assert "--force" in refused.err
    assert (new / "waihu.toml").read_bytes() == before
    site.ok("init", "--yes", "--force", "--site", "again")
    (copy,) = new.glob("waihu.toml.waihu-*Z")
    assert (copy.read_bytes(), stat.S_IMODE(copy.stat().st_mode)) == (before, 0o600)
    again = site.ok("agent", "add", "1001", "--queue", "inbound").out
    assert "is changed" in again  # the database is the same one


def test_a_database_that_is_there_is_named(site: Site, new: Path) -> None:
    (new / "waihu.db").write_text("", "utf-8")
    refused = site("init", "--yes")
    assert refused.code == 1
    assert "waihu.db is there already" in refused.err
    assert not (new / "waihu.toml").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("--language", "fr"), "fr is not spoken here"),
        (("--port", "70000"), "65535"),
        (("--slots", "0"), "999"),
        (("--queue", "Sales!"), "Sales!"),
        (("--queue", "a", "--queue", "waihu-a"), "only once"),
        (("--site", "two\nlines"), "one line"),
    ],
)
def test_an_answer_that_does_not_fit_is_told_and_nothing_is_made(
    site: Site, new: Path, words: tuple[str, ...], named: str
) -> None:
    refused = site("init", "--yes", *words)
    assert refused.code == 2
    assert named in refused.err
    assert list(new.iterdir()) == []


def test_half_done_is_undone(site: Site, new: Path) -> None:
    """The database cannot be made: its folder is a file."""
    (new / "data").write_text("no folder", "utf-8")
    refused = site("init", "deep/site", "--yes", "--database", str(new / "data" / "waihu.db"))
    assert refused.code == 1
    assert "nothing is left behind" in refused.err
    assert [path.name for path in new.iterdir()] == ["data"]


def test_half_done_over_settings_that_were_there_leaves_those(site: Site, new: Path) -> None:
    site.ok("init", "--yes")
    before = {path.name: path.read_bytes() for path in new.iterdir() if path.name != "waihu.db"}
    (new / "waihu.toml").chmod(0o640)
    (new / "broken.db").write_text("no database\n" * 100, "utf-8")
    refused = site("init", "--yes", "--force", "--database", "broken.db")
    assert refused.code == 1
    assert (new / "broken.db").read_text("utf-8").startswith("no database")
    (new / "broken.db").unlink()
    after = {path.name: path.read_bytes() for path in new.iterdir() if path.name != "waihu.db"}
    assert after == before
    assert (new / "waihu.toml").stat().st_mode & 0o777 == 0o640


def test_where_nobody_can_be_asked_it_says_so(new: Path) -> None:
    done = subprocess.run(
        [WAIHU, "init"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=new,
        env={**os.environ, "WAIHU_LANG": "en"},
        check=False,
    )
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert list(new.iterdir()) == []


def test_on_a_terminal_it_asks_and_asks_again_where_an_answer_does_not_fit(new: Path) -> None:
    here, there = pty.openpty()
    os.write(here, "客服\nMars\nAsia/Shanghai\nen\n\n5040\ninbound，sales\n\n".encode())
    done = subprocess.run(
        [WAIHU, "init"],
        stdin=there,
        capture_output=True,
        text=True,
        cwd=new,
        env={**os.environ, "WAIHU_LANG": "en", "LC_ALL": "C.UTF-8"},
        check=False,
        timeout=30,
    )
    os.close(here)
    os.close(there)
    assert done.returncode == 0, done.stderr
    settings = load_settings(new / "waihu.toml")
    assert (settings.site.name, settings.ami.port, settings.agents.slots) == ("客服", 5040, 50)
    assert [queue.name for queue in settings.queues] == ["waihu-inbound", "waihu-sales"]
    assert "Mars" in done.stdout


@given(
    name=st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60),
    host=st.from_regex(r"[a-z0-9.\-\"'\\#:]{1,40}", fullmatch=True),
)
def test_whatever_is_answered_stands_in_the_file_as_it_was_said(name: str, host: str) -> None:
    answers = Answers(name=name, ami_host=host)
    places = places_for(Path("/srv/site/waihu.toml"), answers)
    found = tomllib.loads(settings_text(answers, places, "s" * 32))
    assert (found["site"]["name"], found["ami"]["host"]) == (name, host)
    assert found["paths"]["database"] == "waihu.db"


def test_a_service_has_its_files_where_a_service_has_them() -> None:
    places = places_for(Path("/etc/waihu/waihu.toml"), Answers())
    found = tomllib.loads(settings_text(Answers(), places, "s" * 32))
    assert found["paths"] == {
        "database": "/var/lib/waihu/waihu.db",
        "run": "/run/waihu",
        "log": "/var/log/waihu/waihu.log",
        "recordings": "/var/lib/waihu/recordings",
    }
