"""`waihu asterisk install` on a real Asterisk that knows nothing of us: installed, well, undone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import AsteriskProgram, find_asterisk
from asterisk.render import PbxFacts

WAIHU = Path(sys.executable).with_name("waihu")


class Operator:
    """Somebody at the machine of that Asterisk."""

    def __init__(self, lab: LabAsterisk, program: AsteriskProgram, folder: Path) -> None:
        self.lab = lab
        self.etc = lab.run / "etc"
        self._program = program
        self._folder = folder

    def waihu(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "WAIHU_LANG": "en", "WAIHU_AMI_SECRET": self.lab.ami_secret}
        return subprocess.run(
            [WAIHU, *words],
            cwd=self._folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def asterisk(self, command: str) -> None:
        words = ["-C", str(self.etc / "asterisk.conf"), "-rx", command]
        subprocess.run(
            [*self._program.command, *words], check=True, capture_output=True, timeout=10
        )

    def follow(self, said: str) -> None:
        """Have Asterisk do what was printed."""
        commands = [line.split('"')[1] for line in said.splitlines() if " -rx " in line]
        assert commands
        for command in commands:
            self.asterisk(command)


def _init(operator: Operator) -> None:
    lab = operator.lab
    made = operator.waihu(
        *("init", "--yes", "--host", lab.ami_host, "--port", str(lab.ami_port)),
        *("--agi-port", str(lab.facts.agi_port), "--queue", "inbound", "--slots", "3"),
    )
    assert made.returncode == 0, made.stderr


@pytest.fixture
async def operator(parts: Path, tmp_path: Path) -> AsyncIterator[Operator]:
    program = find_asterisk(parts)
    facts = PbxFacts(ami_secret="0" * 12, agi_port=free_port(), agi_patience_s=1, slots=3)
    lab = LabAsterisk(program, tmp_path / "pbx", facts)
    await lab.start()
    site = tmp_path / "site"
    site.mkdir()
    yield Operator(lab, program, site)
    await lab.stop()


async def test_installed_it_is_well_and_undone_it_is_gone(operator: Operator) -> None:
    def story() -> None:
        _init(operator)
        etc = str(operator.etc)
        # The lab has our files already: first an Asterisk is made that knows nothing of us.
        operator.follow(operator.waihu("asterisk", "install", etc, "--undo", "--yes").stdout)
        assert not list(operator.etc.glob("waihu-queues.conf"))
        assert operator.waihu("asterisk", "diff", etc).returncode == 1
        assert operator.waihu("doctor").returncode == 1

        installed = operator.waihu("asterisk", "install", etc, "--yes")
        assert installed.returncode == 0, installed.stderr
        assert operator.lab.ami_secret not in installed.stdout
        operator.follow(installed.stdout)
        assert operator.waihu("asterisk", "diff", etc).returncode == 0
        examined = operator.waihu("doctor")
        assert examined.returncode == 0, examined.stdout + examined.stderr

    await asyncio.to_thread(story)
