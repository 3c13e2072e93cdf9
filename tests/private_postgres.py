"""A PostgreSQL of our own: unpacked, not installed; on a Unix socket in a folder that goes with it.

Owns: the process, its folder, and that both end with whoever asked for them, however that one
ends: a guard process waits for the end of its own standard input. Must not know any table.

By hand: `python tests/private_postgres.py`; it prints a URL and serves until its input ends.

`fsync` is off: what is killed here is a process, never the machine, so nothing is lost by it,
and a commit costs what it costs on a disk with a cache. `--fsync` puts it on, for benchmarks.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from asterisk.lab.program import load_debs

PARTS = Path(__file__).parents[1] / ".parts"
BIN = "usr/lib/postgresql/15/bin"
USER = "waihu"
NOBODY = 65534
BOOT_S = 30.0
LOOK_S = 0.02
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# What a server never opens, and is the larger part of the bundle.
NOT_SERVED = shutil.ignore_patterns("libLLVM*", "libz3*", "bitcode", "perl*", "doc", "man", "i18n")


class PostgresFailed(Exception):  # noqa: N818  named for what happened, as the house does
    """The private PostgreSQL did not start; the text holds its log's last lines."""


class Server:
    """One server, its files in `folder`, which is made ready at once.

    PostgreSQL refuses to run as root: then it runs as `nobody`, with a copy of its files where
    those of the checkout may be hidden from others.
    """

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._settings = {**SETTINGS, **settings, "unix_socket_directories": str(folder)}
        self._process: subprocess.Popen[bytes] | None = None
        bundle = load_debs().bring("postgresql", PARTS)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            bundle = _reachable(bundle, folder)
        self._bin = _wrapped(bundle, folder)
        self._make()

    @property
    def url(self) -> str:
        """The URL of its maintenance database."""
        return f"postgresql://{USER}@/postgres?host={self._folder}"

    def _make(self) -> None:
        made = self._spawn(
            "initdb",
            *("--pgdata", str(self._data), "--username", USER, "--auth", "trust"),
            *("--encoding", "UTF8", "--no-locale", "--no-sync", "--no-instructions"),
        )
        if made.wait():
            raise PostgresFailed(self._said())

    def start(self) -> None:
        """Start it and return once it takes connections. Raises PostgresFailed."""
        options = (word for item in self._settings.items() for word in ("-c", "=".join(item)))
        self._process = self._spawn("postgres", "-D", str(self._data), *options)
        give_up_at = time.monotonic() + BOOT_S
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise PostgresFailed(self._said())
            time.sleep(LOOK_S)

    def _is_ready(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and lines[0] == str(self._pid)

    @property
    def _pid(self) -> int | None:
        return self._process.pid if self._process else None

    def end(self, sign: signal.Signals) -> None:
        """SIGINT: cut all connections off and stop; SIGQUIT: fall where it stands."""
        if self._process is not None:
            self._process.send_signal(sign)
            self._process.wait()
            self._process = None

    def _spawn(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        root = os.geteuid() == 0
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self._bin / program), *words],
                cwd=self._folder,
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=NOBODY if root else None,
                group=NOBODY if root else None,
                extra_groups=[] if root else None,
            )

    def _said(self) -> str:
        return "\n".join((self._folder / "log").read_text(errors="replace").splitlines()[-12:])


def _reachable(bundle: Path, folder: Path) -> Path:
    """The bundle, or a copy of it where a user without rights cannot get at it (`/root`, say)."""
    if all(path.stat().st_mode & 1 for path in (bundle, *bundle.parents)):
        return bundle
    copy = folder / "bundle"
    shutil.copytree(bundle, copy, symlinks=True, ignore=NOT_SERVED)
    return copy


def _wrapped(bundle: Path, folder: Path) -> Path:
    """A folder of commands that start the bundle's programs through its own loader.

    PostgreSQL looks for its other files and programs from where it was called, so those lie
    around here as they do in the package.
    """
    commands = folder / "root" / BIN
    commands.mkdir(parents=True)
    (commands.parent / "lib").symlink_to(bundle / BIN / "../lib")
    (folder / "root/usr/share").symlink_to(bundle / "usr/share")
    for name in ("initdb", "postgres"):
        loader, *words = load_debs().command(bundle, f"{BIN}/{name}")
        script = commands / name
        line = f'exec {shlex.join([loader, "--argv0", str(script), *words])} "$@"'
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
    return commands


def main() -> None:
    """Serve until the input ends. A line `fall` or `stop` ends the server, `start` starts it."""
    settings = {} if "--fsync" in sys.argv else FAST
    settings |= dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.SIG_IGN)  # who asked for us is told as well, and ends us
    with tempfile.TemporaryDirectory(prefix="waihu-postgres-") as folder:
        server = Server(Path(folder), settings)
        server.start()
        try:
            print(server.url, flush=True)  # noqa: T201  a command that prints
            for line in sys.stdin:
                _obey(server, line.strip())
                print("done", flush=True)  # noqa: T201  as above
        finally:
            server.end(signal.SIGQUIT)


def _obey(server: Server, order: str) -> None:
    match order:
        case "fall":
            server.end(signal.SIGQUIT)
        case "stop":
            server.end(signal.SIGINT)
        case "start":
            server.start()
        case _:
            raise ValueError(order)


class PrivatePostgres:
    """A server with its guard; use it in a `with` block. `words` go on the guard's command line."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self.url = ""

    def __enter__(self) -> Self:
        self._guard = subprocess.Popen(
            [sys.executable, __file__, *self._words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self._hears()
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:  # closes its input, and waits for it
            pass

    def _hears(self) -> str:
        assert self._guard.stdout is not None
        said = self._guard.stdout.readline().strip()
        if not said:
            raise PostgresFailed("the guard of PostgreSQL fell; it has said why")
        return said

    def order(self, what: str) -> None:
        """`fall`, `stop` or `start`; done on return."""
        assert self._guard.stdin is not None
        self._guard.stdin.write(what + "\n")
        self._guard.stdin.flush()
        self._hears()


if __name__ == "__main__":
    main()
