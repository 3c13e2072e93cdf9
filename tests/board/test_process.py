"""`waihu board` as a person starts it: a process on a terminal, which is left as it was."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.commands.one_site import WAIHU, Place

PATIENCE_S = 120.0


@dataclass(kw_only=True)
class Tty:
    """A process on a terminal of its own, and all that it has written there."""

    process: subprocess.Popen[bytes]
    master: int
    written: bytearray = field(default_factory=bytearray)

    def until(self, words: bytes) -> None:
        give_up_at = time.monotonic() + PATIENCE_S
        while words not in self.written:
            assert time.monotonic() < give_up_at, self.written[-2000:]
            self._read()

    def ended(self) -> int:
        give_up_at = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < give_up_at:
            self._read()
        return self.process.wait(timeout=1)

    def _read(self) -> None:
        if select.select([self.master], [], [], 0.1)[0]:
            try:
                self.written += os.read(self.master, 65_536)
            except OSError:
                return


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(folder=tmp_path)
    place.settle()
    return place


@pytest.fixture
def tty(place: Place, request: pytest.FixtureRequest) -> Iterator[Tty]:
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [str(WAIHU), "board"],
        cwd=place.folder,
        env={**os.environ, "TERM": "xterm-256color", **place.environment, **request.param},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    yield Tty(process=process, master=master)
    process.kill()
    process.wait()
    os.close(master)


@pytest.mark.parametrize(
    ("tty", "key"),
    [({}, b"q"), ({"NO_COLOR": "1"}, b"q"), ({"TERM": "linux"}, b"\x03")],
    indirect=["tty"],
    ids=["colours", "greys", "a console, Ctrl-C"],
)
def test_it_comes_up_and_goes_by_q_and_by_ctrl_c(tty: Tty, key: bytes) -> None:
    tty.until(b"waihu run")
    os.write(tty.master, key)
    assert tty.ended() == 0
    assert b"\x1b[?1049l" in tty.written, "the terminal's own screen is back"
    assert b"Traceback" not in tty.written
