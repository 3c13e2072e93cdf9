"""`waihu asterisk diff` and `install`, on a folder like /etc/asterisk."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asterisk.installing import INCLUDED_BY, compare, put_in_place
from asterisk.render import PbxFacts, render
from config.errors import ConfigError
from tests.commands.one_site import WAIHU, Site

SECRET = "not-a-real-secret"  # noqa: S105  made up, to be looked for
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OTHERS = "an-operators-own"
MANAGER = f"[general]\nenabled = yes\nport = 5038\n\n[admin]\nsecret = {OTHERS}\n"


@pytest.fixture
def etc(site: Site) -> Path:
    folder = site.folder / "etc"
    folder.mkdir()
    for name in INCLUDED_BY.values():
        (folder / name).write_text(MANAGER if name == "manager.conf" else "[general]\n", "utf-8")
        (folder / name).chmod(0o644)
    return folder


def all_of(etc: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in etc.iterdir()}


def copies_in(etc: Path) -> list[str]:
    return sorted(path.name for path in etc.glob("*.conf.waihu-*Z"))


def drop_copies(etc: Path) -> None:
    """So that the next command of the same second has its names."""
    for name in copies_in(etc):
        (etc / name).unlink()


def test_what_differs_is_shown_and_nothing_is_touched(site: Site, etc: Path) -> None:
    before = all_of(etc)
    done = site("asterisk", "diff", str(etc))
    assert (done.code, all_of(etc)) == (1, before)
    for ours, name in INCLUDED_BY.items():
        assert f"+++ {etc / name}" in done.out
        assert f"+++ {etc / ours}" in done.out
        assert f'+#include "{ours}"' in done.out
    assert SECRET not in done.out + done.err
    assert OTHERS not in done.out + done.err


def test_installed_once_nothing_differs_and_a_second_time_changes_nothing(
    site: Site, etc: Path
) -> None:
    said = site.ok("asterisk", "install", str(etc), "--yes").out
    for command in ("dialplan reload", "queue reload all", "manager reload"):
        assert f'asterisk -rx "{command}"' in said
    assert "--undo" in said
    assert SECRET not in said
    assert SECRET in (etc / "waihu-manager.conf").read_text("utf-8")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in etc.iterdir()}
    assert modes["waihu-manager.conf"] == 0o640
    assert (modes["waihu-queues.conf"], modes["manager.conf"]) == (0o644, 0o644)
    assert len(copies_in(etc)) == len(INCLUDED_BY)
    before = all_of(etc)
    assert site.ok("asterisk", "diff", str(etc)).out.startswith("Nothing differs")
    assert "Nothing to do" in site.ok("asterisk", "install", str(etc), "--yes").out
    assert all_of(etc) == before


def test_undone_asterisks_own_files_are_what_they_were(site: Site, etc: Path) -> None:
    before = all_of(etc)
    site.ok("asterisk", "install", str(etc), "--yes")
    for copy in etc.glob("*.waihu-*Z"):
        assert copy.read_bytes() == before[copy.name.partition(".waihu-")[0]]
        copy.unlink()
    site.ok("asterisk", "install", str(etc), "--undo", "--yes")
    left = {name: text for name, text in all_of(etc).items() if ".waihu-" not in name}
    assert left == before
    assert "Nothing to do" in site.ok("asterisk", "install", str(etc), "--undo", "--yes").out


def _by_a_nested_file(etc: Path) -> str:
    (etc / "custom.conf").write_text('; ours\n#include "waihu-extensions.conf"\n', "utf-8")
    (etc / "extensions.conf").write_text('[general]\n#include "custom.conf"\n', "utf-8")
    return "custom.conf:2"


def _by_a_link_of_another_name(etc: Path) -> str:
    (etc / "dialer.conf").symlink_to("waihu-extensions.conf")
    (etc / "extensions.conf").write_text("#include dialer.conf\n", "utf-8")
    return "extensions.conf:1"


def _by_a_pattern_that_matches_nothing_else(etc: Path) -> str:
    with (etc / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write("#include waihu-ext*.conf\n")
    return "extensions.conf:2"


@pytest.mark.parametrize(
    "include",
    [_by_a_nested_file, _by_a_link_of_another_name, _by_a_pattern_that_matches_nothing_else],
)
def test_what_is_included_by_a_line_that_is_not_ours_is_not_taken_away(
    site: Site, etc: Path, include: Callable[[Path], str]
) -> None:
    """Asterisk loads no dialplan at all when one file that is included is missing (config.c)."""
    site.ok("asterisk", "install", str(etc), "--yes")
    drop_copies(etc)
    (etc / "extensions.conf").write_text("[general]\n", "utf-8")
    place = include(etc)
    before = all_of(etc)
    refused = site("asterisk", "install", str(etc), "--undo", "--yes")
    assert refused.code == 2
    assert f"{etc / place}: " in refused.err
    assert "waihu-extensions.conf" in refused.err
    assert all_of(etc) == before


@pytest.mark.parametrize(
    "line", ["#tryinclude waihu-ext*.conf", '#include "[ew]*-*.conf"', "; #include waihu-*.conf"]
)
def test_what_asterisk_does_without_is_taken_away(site: Site, etc: Path, line: str) -> None:
    site.ok("asterisk", "install", str(etc), "--yes")
    drop_copies(etc)
    (etc / "extra-1.conf").write_text("[extra]\n", "utf-8")
    with (etc / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    site.ok("asterisk", "install", str(etc), "--undo", "--yes")
    assert not (etc / "waihu-extensions.conf").exists()
    assert line in (etc / "extensions.conf").read_text("utf-8")


@pytest.mark.parametrize("spelled", ["{etc}/{ours}", "./{ours}", "{link}/{ours}"])
def test_our_line_is_known_by_every_spelling_of_its_path(
    site: Site, etc: Path, spelled: str
) -> None:
    ours, link = "waihu-queues.conf", etc.with_name("link")
    link.symlink_to(etc)
    line = f'#include "{spelled.format(etc=etc, ours=ours, link=link)}"\n'
    (etc / "queues.conf").write_text(f"[general]\n{line}", "utf-8")
    site.ok("asterisk", "install", str(etc), "--yes")
    assert (etc / "queues.conf").read_text("utf-8") == f"[general]\n{line}"
    drop_copies(etc)
    site.ok("asterisk", "install", str(etc), "--undo", "--yes")
    assert (etc / "queues.conf").read_text("utf-8") == "[general]\n"


@pytest.mark.parametrize(
    "name",
    ['""', '"/"', "**foo/x.conf", "a\0b.conf", "/**/a\0/*.conf", "loop.conf", "ext*.conf", '"*"'],
)
def test_an_include_that_names_nothing_to_read_is_passed_over(etc: Path, name: str) -> None:
    (etc / "loop.conf").symlink_to("loop.conf")
    for number in range(6):
        (etc / f"ext{number}.conf").write_text("#include ext*.conf\n", "utf-8")
    (etc / "extensions.conf").write_text(f"#include {name}\n", "utf-8")
    comparison = compare(render(PbxFacts(ami_secret=SECRET)), etc)
    put_in_place(comparison, NOON)
    assert compare(render(PbxFacts(ami_secret=SECRET)), etc).nothing


def test_an_included_file_that_cannot_be_read_is_named(site: Site, etc: Path) -> None:
    unreadable = "/proc/self/mem"  # for root neither
    (etc / "extensions.conf").write_text(f"#include {unreadable}\n", "utf-8")
    for command in (("diff", str(etc)), ("install", str(etc), "--undo", "--yes")):
        refused = site("asterisk", *command)
        assert refused.code == 2
        assert "/mem cannot be read" in refused.err


def test_an_include_that_is_commented_out_is_missing_and_one_by_another_file_is_not(
    site: Site, etc: Path
) -> None:
    site.ok("asterisk", "install", str(etc), "--yes")
    queues = etc / "queues.conf"
    queues.write_text(queues.read_text("utf-8").replace("#include", ";#include"), "utf-8")
    done = site("asterisk", "diff", str(etc))
    assert done.code == 1
    assert '+#include "waihu-queues.conf"' in done.out
    (etc / "queues.d").mkdir()
    (etc / "queues.d" / "all.conf").write_text('#include "waihu-queues.conf"\n', "utf-8")
    queues.write_text('[general]\n#include "queues.d/*.conf"\n', "utf-8")
    site.ok("asterisk", "diff", str(etc))


def test_another_secret_is_a_difference_that_is_told_without_telling_it(
    site: Site, etc: Path
) -> None:
    site.ok("asterisk", "install", str(etc), "--yes")
    settings = site.folder / "waihu.toml"
    settings.write_text(settings.read_text("utf-8").replace(SECRET, SECRET[::-1]), "utf-8")
    done = site("asterisk", "diff", str(etc))
    assert done.code == 1
    assert "another secret" in done.out
    assert SECRET[::-1] not in done.out
    assert SECRET not in done.out


def test_a_file_of_ours_that_was_edited_by_hand_is_not_replaced_unasked(
    site: Site, etc: Path
) -> None:
    site.ok("asterisk", "install", str(etc), "--yes")
    ours = etc / "waihu-queues.conf"
    ours.write_text(ours.read_text("utf-8").replace("retry = 1", "retry = 9"), "utf-8")
    before = all_of(etc)
    for more in ((), ("--undo",)):
        refused = site("asterisk", "install", str(etc), "--yes", *more)
        assert refused.code == 1
        assert "edited by hand" in refused.err
        assert "waihu-queues.conf" in refused.err
        assert all_of(etc) == before
    site.ok("asterisk", "install", str(etc), "--yes", "--overwrite")
    assert "retry = 1" in ours.read_text("utf-8")
    (copy,) = etc.glob("waihu-queues.conf.waihu-*Z")
    assert "retry = 9" in copy.read_text("utf-8")


def test_a_manager_that_is_off_is_told_and_switched_on_only_by_its_flag(
    site: Site, etc: Path
) -> None:
    manager = etc / "manager.conf"
    manager.write_text(MANAGER.replace("enabled = yes", "enabled = no"), "utf-8")
    assert "enabled = yes" in site.ok("asterisk", "install", str(etc), "--yes").out
    assert "enabled = no" in manager.read_text("utf-8")
    assert site("asterisk", "diff", str(etc)).code == 1
    for copy in etc.glob("*.waihu-*Z"):
        copy.unlink()
    site.ok("asterisk", "install", str(etc), "--yes", "--enable-manager")
    assert "enabled = yes" in manager.read_text("utf-8")
    site.ok("asterisk", "diff", str(etc))


def test_a_manager_that_is_off_within_a_comments_line_is_switched_on_by_hand(
    site: Site, etc: Path
) -> None:
    (etc / "manager.conf").write_text("[general]\nenabled = no ;-- why\nport = 1\n--;\n", "utf-8")
    before = all_of(etc)
    refused = site("asterisk", "install", str(etc), "--yes", "--enable-manager")
    assert refused.code == 2
    assert f"{etc / 'manager.conf'}:2: " in refused.err
    assert "by hand" in refused.err
    assert all_of(etc) == before


def test_a_manager_that_is_on_in_capitals_is_on(site: Site, etc: Path) -> None:
    (etc / "manager.conf").write_text(MANAGER.replace("enabled = yes", "Enabled = Yes"), "utf-8")
    assert "--enable-manager" not in site("asterisk", "diff", str(etc)).out


@pytest.mark.parametrize(
    "line",
    [
        ";--\n--; secret = {}",
        "Secret=>{}",
        "secret += {}",
        "a = b ; secret={}",
        "secret ;-- x --; = {}",
    ],
)
def test_a_secret_is_not_shown_however_its_line_begins(site: Site, etc: Path, line: str) -> None:
    text = f"[general]\nenabled = yes\n{line.format(OTHERS)}\n"
    (etc / "manager.conf").write_text(text, "utf-8")
    done = site("asterisk", "diff", str(etc))
    assert "manager.conf" in done.out
    assert "secret" in done.out.lower()
    assert OTHERS not in done.out + done.err


def _no_folder(etc: Path) -> None:
    etc.rename(etc.with_name("elsewhere"))


def _no_queues(etc: Path) -> None:
    (etc / "queues.conf").unlink()


def _a_link(etc: Path) -> None:
    (etc / "agents.conf").rename(etc / "real.conf")
    (etc / "agents.conf").symlink_to("real.conf")


def _a_link_of_ours(etc: Path) -> None:
    (etc / "waihu-agents.conf").symlink_to("/dev/null")


def _a_folder(etc: Path) -> None:
    (etc / "waihu-queues.conf").mkdir()


def _an_open_comment(etc: Path) -> None:
    (etc / "extensions.conf").write_text("[general]\n;-- for later\n", "utf-8")


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_no_folder, "is no folder"),
        (_no_queues, "queues.conf is not there"),
        (_a_link, "agents.conf is a link to real.conf"),
        (_a_link_of_ours, "waihu-agents.conf is a link to /dev/null"),
        (_a_folder, "waihu-queues.conf is not a plain file"),
        (_an_open_comment, "extensions.conf ends inside a comment"),
    ],
)
def test_what_it_may_not_touch_it_names_and_leaves_all_as_it_is(
    site: Site, etc: Path, spoil: object, named: str
) -> None:
    assert callable(spoil)
    spoil(etc)
    refused = site("asterisk", "install", str(etc), "--yes")
    assert refused.code == 2
    assert named in refused.err
    assert not (etc / "waihu-extensions.conf").exists()
    assert copies_in(etc) == []


def test_when_the_last_step_fails_all_is_as_it_was(etc: Path) -> None:
    """The last file's copy is there already: what was placed before it is taken back."""
    (etc / f"manager.conf.waihu-{NOON:%Y%m%dT%H%M%SZ}").write_text("of somebody's", "utf-8")
    before = all_of(etc)
    comparison = compare(render(PbxFacts(ami_secret=SECRET)), etc)
    with pytest.raises(FileExistsError, match=r"manager\.conf\.waihu"):
        put_in_place(comparison, NOON)
    assert all_of(etc) == before


def test_where_nobody_can_be_asked_it_does_nothing(site: Site, etc: Path) -> None:
    before = all_of(etc)
    done = site.subprocess("asterisk", "install", str(etc))
    assert (done.code, all_of(etc)) == (2, before)
    assert "--yes" in done.err


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 1), (b"y\n", 0)])
def test_on_a_terminal_it_shows_and_asks(site: Site, etc: Path, answer: bytes, code: int) -> None:
    before = all_of(etc)
    here, there = pty.openpty()
    os.write(here, answer)
    done = subprocess.run(
        [WAIHU, "asterisk", "install", str(etc)],
        stdin=there,
        capture_output=True,
        cwd=site.folder,
        env={**os.environ, **site.environment},
        check=False,
        timeout=30,
    )
    os.close(here)
    os.close(there)
    assert done.returncode == code, done.stderr
    assert b'+#include "waihu-queues.conf"' in done.stdout
    assert (all_of(etc) == before) is (code == 1)


def test_what_somebody_edits_while_the_question_is_open_is_not_written_over(etc: Path) -> None:
    files = render(PbxFacts(ami_secret=SECRET))
    shown = compare(files, etc)
    with (etc / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write("[of-a-colleague]\n")
    before = all_of(etc)
    with pytest.raises(ConfigError, match=r"extensions\.conf was changed meanwhile"):
        put_in_place(shown, NOON)
    assert all_of(etc) == before
