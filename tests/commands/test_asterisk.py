"""`waihu asterisk render`: the files, and who may read them."""

from __future__ import annotations

import stat

import pytest

from asterisk.render import PRODUCTION_FILES
from tests.commands.one_site import Site


def test_the_files_are_written_with_the_settings_and_not_for_everybody(site: Site) -> None:
    written = site.ok("asterisk", "render", "conf", "--json").json["written"]
    folder = site.folder / "conf"
    assert {path.rpartition("/")[2] for path in written} == set(PRODUCTION_FILES)
    manager = folder / "waihu-manager.conf"
    assert "not-a-real-secret" in manager.read_text("utf-8")
    assert stat.S_IMODE(manager.stat().st_mode) & 0o007 == 0


def test_without_a_folder_they_are_shown_and_the_secret_is_not(site: Site) -> None:
    shown = site.ok("asterisk", "render").out
    assert all(name in shown for name in PRODUCTION_FILES)
    assert "not-a-real-secret" not in shown


def test_without_a_secret_it_is_told_where_to_put_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = site.folder / "waihu.toml"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if "secret" not in line), "utf-8")
    monkeypatch.delenv("WAIHU_AMI_SECRET", raising=False)
    done = site("asterisk", "render", "conf")
    assert done.code == 2
    assert "WAIHU_AMI_SECRET" in done.err


def test_a_strategy_that_does_not_fit_is_told(site: Site) -> None:
    path = site.folder / "waihu.toml"
    queue = '[[queues]]\nname = "inbound"\nstrategy = "ringall"\n'
    path.write_text(path.read_text("utf-8") + queue, "utf-8")
    done = site("asterisk", "render")
    assert done.code == 2
    assert "ringall" in done.err


def test_a_folder_that_is_a_file_is_told(site: Site) -> None:
    site.write("conf", "")
    done = site("asterisk", "render", "conf")
    assert done.code == 1
    assert "conf" in done.err
