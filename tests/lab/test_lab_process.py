"""The private Asterisk starts anywhere, starts again, and leaves nothing behind."""

import os
import re
import stat
from pathlib import Path

import pytest

from asterisk.lab.customers import DEFAULT_MIX
from asterisk.lab.process import LabAsterisk, LabFailed
from asterisk.lab.program import CHOICE, AsteriskProgram, find_asterisk
from asterisk.render import PbxFacts

REPLACED_AT_THE_START = "0" * 12
FACTS = PbxFacts(ami_secret=REPLACED_AT_THE_START, slots=3)
FAULT = re.compile(r"^.*(?:WARNING|ERROR)\[.*$", re.MULTILINE)


def faults_in(log: Path) -> list[str]:
    return FAULT.findall(log.read_text())


async def test_every_file_loads_without_a_warning_even_from_a_deep_folder(
    parts: Path, tmp_path: Path
) -> None:
    run = tmp_path / ("deep-" * 20) / "run"
    lab = LabAsterisk(find_asterisk(parts), run, FACTS, mix=DEFAULT_MIX)
    await lab.start()
    assert faults_in(lab.log) == []
    await lab.stop()
    assert lab.pid is None


async def test_what_a_killed_run_left_behind_is_ended_by_the_next_start(
    parts: Path, tmp_path: Path
) -> None:
    first = LabAsterisk(find_asterisk(parts), tmp_path, FACTS)
    await first.start()
    second = LabAsterisk(find_asterisk(parts), tmp_path, FACTS)
    await second.start()
    assert first.pid is None
    assert second.pid is not None
    assert second.ami_secret != first.ami_secret
    await second.stop()
    await first.stop()


async def test_secrets_are_for_the_owner_only(lab_asterisk: LabAsterisk) -> None:
    etc = lab_asterisk.run / "etc"
    for name in ("manager.conf", "waihu-manager.conf"):
        assert stat.S_IMODE((etc / name).stat().st_mode) == 0o600


async def test_it_lives_in_a_session_of_its_own(lab_asterisk: LabAsterisk) -> None:
    assert lab_asterisk.pid is not None
    assert os.getsid(lab_asterisk.pid) != os.getsid(0)


async def test_a_start_that_fails_says_why_in_the_words_of_the_program(tmp_path: Path) -> None:
    false = AsteriskProgram(
        command=("/bin/sh", "-c", "echo no luck today; exit 1"),
        modules=tmp_path,
        sounds=tmp_path,
        documentation=tmp_path,
    )
    with pytest.raises(LabFailed, match="no luck today"):
        await LabAsterisk(false, tmp_path / "run", FACTS).start()


def test_without_any_asterisk_the_cure_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"debs\.py"):
        find_asterisk(tmp_path / "nothing")


def test_one_that_was_chosen_is_never_replaced_by_the_installed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHOICE, "16")
    with pytest.raises(FileNotFoundError, match=r"debs\.py .* asterisk16"):
        find_asterisk(tmp_path)


def test_the_unpacked_program_runs_by_its_own_loader_and_is_the_one_that_was_chosen(
    main_version: int,
) -> None:
    assert main_version == int(os.environ.get(CHOICE, main_version))
