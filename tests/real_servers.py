"""Small real servers for the tests: started on a free port, killed and started again at will.

Owns: the process, its end with whoever asked for it, and certificates made for a test. Which
server it is, its caller says.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from asterisk.lab.program import load_debs

PARTS = Path(__file__).parents[1] / ".parts"
BOOT_S = 10.0
LOOK_S = 0.01
LOOPBACK = "127.0.0.1"


class ServerFailed(Exception):  # noqa: N818  named for what happened, as the house does
    """A server did not start; the text holds its last lines."""


class RealServer:
    """A server that listens at `port` of the loopback address; use it in a `with` block."""

    def __init__(self, words: list[str], port: int, folder: Path) -> None:
        self.port = port
        self._words = words
        self._folder = folder
        self._log = folder / f"{port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, if it does not run, and return once it takes connections."""
        if self._process is not None:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._words,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        give_up_at = time.monotonic() + BOOT_S
        while not listens(self.port):
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise ServerFailed("\n".join(self._log.read_text().splitlines()[-8:]))
            time.sleep(LOOK_S)

    def kill(self) -> None:
        """End it where it stands."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """Its connections stay, and nothing is answered any more."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again."""
        self._signal(signal.SIGCONT)

    def _signal(self, sign: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(sign)


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """An authority of the test's own, and the server's certificate by it; all are PEM files."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    """Certificates for 127.0.0.1 that are good for a day."""
    made = Certificates(
        authority=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server.key"
    )
    authority_key, request = folder / "ca.key", folder / "server.csr"
    names = folder / "names"
    names.write_text(f"subjectAltName = IP:{LOOPBACK}\n")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    _openssl(
        *("req", "-x509", *new_key, "-days", "1", "-subj", "/CN=tests"),
        *("-addext", "keyUsage=critical,keyCertSign"),
        *("-keyout", authority_key, "-out", made.authority),
    )
    _openssl("req", *new_key, "-subj", "/CN=server", "-keyout", made.key, "-out", request)
    _openssl(
        *("x509", "-req", "-in", request, "-CA", made.authority, "-CAkey", authority_key),
        *("-CAcreateserial", "-days", "1", "-extfile", names, "-out", made.certificate),
    )
    made.key.chmod(0o644)
    return made


def _openssl(*words: str | Path) -> None:
    debs = load_debs()
    root = debs.bring("openssl", PARTS)
    settings = {**os.environ, "OPENSSL_CONF": str(root / "etc/ssl/openssl.cnf")}
    command = debs.command(root, "usr/bin/openssl")
    subprocess.run([*command, *words], check=True, capture_output=True, env=settings)
