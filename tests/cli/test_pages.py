"""R25: `waihu run` with pages: who reaches them, and what is said of it."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from asterisk.lab.ports import free_port
from tests.cli.conftest import move_in, settings_in
from tests.cli.terminal import Terminal, start_engine


class Site:
    """A site whose pages shall be reached from everywhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        web = f'[web]\non = true\nhost = "0.0.0.0"\nport = {self.port}\n'
        self.environment = settings_in(folder, f"[agi]\nport = {free_port()}\n{web}")

    @contextmanager
    def engine(self) -> Iterator[list[str]]:
        """A running engine, and what it has said."""
        process = start_engine(self.folder, self.environment)
        try:
            yield list(_said(process))
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)

    def is_served_at(self, host: str) -> bool:
        try:
            return httpx.get(f"http://{host}:{self.port}/session", timeout=10).status_code == 200
        except httpx.ConnectError:
            return False


def _said(process: subprocess.Popen[str]) -> Iterator[str]:
    """Up to the line that tells that it runs."""
    assert process.stdout is not None
    for line in process.stdout:
        yield line.rstrip("\n")
        if line.startswith("The engine of test is running"):
            return


def other_address() -> str | None:
    """An address of this machine that is not loopback; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    return None if found.startswith("127.") else found


def test_only_this_machine_is_served_until_there_is_an_administrator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site, beside = Site(tmp_path), other_address()
    with site.engine() as said:
        assert said[0] == f"Pages: http://127.0.0.1:{site.port}/"
        assert "Only this machine" in said[1]
        assert "waihu account add" in said[2]
        assert site.is_served_at("127.0.0.1")
        assert beside is None or not site.is_served_at(beside)
        nobody = httpx.get(f"http://127.0.0.1:{site.port}/session", timeout=10).json()
        assert (nobody["account"], nobody["accounts"]) == (None, False)
    move_in(tmp_path, site.environment, monkeypatch)
    waihu = Terminal(tmp_path, capsys)
    waihu.well("account", "add", "root", "--role", "admin", "--no-password")
    with site.engine() as said:
        assert said[0].startswith("Pages: ")
        assert said[1].startswith("The engine of test is running")
        assert site.is_served_at("127.0.0.1")
        assert beside is None or site.is_served_at(beside)
        link = waihu.well("account", "link", "root", "--json").json["link"]
        with httpx.Client(base_url=f"http://127.0.0.1:{site.port}", timeout=10) as client:
            told = client.post("/session", json={"link": link.partition("#link=")[2]}).json()
            assert told["account"] == "root"
            page = client.get("/accounts")
            assert page.status_code == 200
