"""A private Asterisk: started on free loopback ports, stopped with us, nothing shared.

Owns: the process, its ports and its passwords, which are new at every start. Must not know
what is dialed on it, and never touches the system's Asterisk.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import structlog

from asterisk.errors import LinkLost, PbxError
from asterisk.lab.customers import DEFAULT_MIX, Mix, Pace
from asterisk.lab.layout import Layout, give_back, lay_out, write_configuration
from asterisk.lab.phones import AmiWire
from asterisk.lab.ports import LOOPBACK, free_port
from asterisk.lab.program import AsteriskProgram
from asterisk.render import PbxFacts

log = structlog.get_logger()

LAB_USER = "waihu-lab"
WITNESS_USER = "waihu-lab-witness"
_BOOT_S = 5.0
_LOOK_EVERY_S = 0.02


class LabFailed(PbxError):  # noqa: N818 - named for what happened, as the house does
    """The private Asterisk did not start."""


class LabAsterisk:
    """One private Asterisk in the folder `run`.

    `facts` gives the queues, slots and the FastAGI's address; addresses and secrets for AMI in it
    are replaced by fresh ones, which `facts` holds after `start`.
    """

    def __init__(
        self,
        program: AsteriskProgram,
        run: Path,
        facts: PbxFacts,
        *,
        mix: Mix = DEFAULT_MIX,
        pace: Pace | None = None,
    ) -> None:
        self.facts = facts
        self.lab_user = LAB_USER
        self.witness_user = WITNESS_USER
        self.lab_secret = ""
        self.sip_port = 0
        self._program = program
        self._run = run
        self._mix = mix
        self._pace = pace or Pace()
        self._layout: Layout | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ami_host(self) -> str:
        """Where AMI listens."""
        return self.facts.ami_bind

    @property
    def ami_port(self) -> int:
        """The port of AMI, chosen at the start."""
        return self.facts.ami_port

    @property
    def ami_user(self) -> str:
        """The product's own AMI user, with the rights of the production template."""
        return self.facts.ami_user

    @property
    def ami_secret(self) -> str:
        """Password of `ami_user`, new at every start."""
        return self.facts.ami_secret

    @property
    def run(self) -> Path:
        """The folder that holds all of it."""
        return self._run

    @property
    def log(self) -> Path:
        """Asterisk's log: notices, warnings, errors."""
        return self._run / "log" / "asterisk.log"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and running else None

    async def start(self, *, within_s: float = 20.0) -> None:
        """Write the configuration, start, and return once it is fully booted.

        Raises:
            LabFailed: it ended, or did not boot in time; the log's last lines say why.
        """
        self._run.mkdir(parents=True, exist_ok=True)
        await _end_leftover(self._run.resolve())
        self._configure()
        await self._boot(within_s)

    async def fall(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """End it where it stands, as a crash (SIGKILL) or a careless operator (SIGTERM) does."""
        if self._process is not None:
            self._process.send_signal(sign)
            await asyncio.to_thread(self._process.wait)

    async def rise(self, *, within_s: float = 20.0) -> None:
        """Start it anew after `fall`, on the same configuration, ports and passwords.

        Raises:
            LabFailed: as for `start`.
        """
        await self._boot(within_s)

    def halt(self) -> None:
        """Let it stand still (SIGSTOP): its connections stay, and nobody answers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `halt`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    async def _boot(self, within_s: float) -> None:
        began = time.monotonic()
        self._process = self._spawn()
        try:
            await self._booted(began + within_s)
        except BaseException:
            await self.stop()
            raise
        log.info("lab.started", ami_port=self.ami_port, took_s=round(time.monotonic() - began, 2))

    async def stop(self, *, grace_s: float = 5.0) -> None:
        """End it: SIGTERM, and SIGKILL after the grace. Does nothing when it does not run."""
        process, layout = self._process, self._layout
        self._process = self._layout = None
        if process is not None:
            await _end(process, grace_s)
        if layout is not None:
            layout.pid_file.unlink(missing_ok=True)
            give_back(layout)

    def tail(self, lines: int = 12) -> str:
        """The last lines of log and console, for a person who asks what went wrong."""
        console = self._run / "console.log"
        texts = [p.read_text(errors="replace") for p in (console, self.log) if p.exists()]
        return "\n".join("".join(texts).splitlines()[-lines:])

    def _configure(self) -> None:
        layout = self._layout = lay_out(self._run, self._program)
        self.facts = replace(
            self.facts,
            ami_bind=LOOPBACK,
            ami_port=free_port(),
            ami_secret=secrets.token_urlsafe(24),
        )
        self.sip_port = free_port(socket.SOCK_DGRAM)
        self.lab_secret = secrets.token_urlsafe(24)
        self.log.unlink(missing_ok=True)
        write_configuration(
            layout,
            self.facts,
            mix=self._mix,
            pace=self._pace,
            sip_port=self.sip_port,
            lab_secret=self.lab_secret,
        )

    def _spawn(self) -> subprocess.Popen[bytes]:
        layout = self._layout
        if layout is None:
            raise AssertionError("configured before it is spawned")
        with (layout.run / "console.log").open("wb") as console:
            # In its own session, or Ctrl-C would reach it before us.
            process = subprocess.Popen(  # noqa: S603  the words are ours, no shell
                [*self._program.command, "-C", str(layout.configuration), "-f"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                cwd=layout.run,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        layout.pid_file.write_text(str(process.pid), encoding="ascii")
        return process

    async def _booted(self, until_mono: float) -> None:
        while not await self._says_booted():
            if self._process is None or self._process.poll() is not None:
                raise LabFailed(f"Asterisk ended at its start:\n{self.tail()}")
            if time.monotonic() > until_mono:
                raise LabFailed(f"Asterisk does not boot:\n{self.tail()}")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _says_booted(self) -> bool:
        """Whether FullyBooted has come: AMI greets before the dialplan is loaded."""
        try:
            async with asyncio.timeout(_BOOT_S):
                wire = await AmiWire.open(LOOPBACK, self.ami_port, self.ami_user, self.ami_secret)
                try:
                    while (await wire.receive()).get("Event") != "FullyBooted":
                        pass
                finally:
                    await wire.close()
        except (LinkLost, TimeoutError):
            return False
        return True


async def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    until = time.monotonic() + grace_s
    process.terminate()
    while process.poll() is None:
        if time.monotonic() > until:
            process.kill()
            process.wait()
        await asyncio.sleep(_LOOK_EVERY_S)


async def _end_leftover(run: Path) -> None:
    """End the Asterisk that a killed run of ours left behind in this very folder."""
    try:
        pid = int((run / "asterisk.pid").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not _runs_here(pid, run):
            return
        log.info("lab.leftover_ended", pid=pid, signal=sign.name)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        await _gone(pid, run, time.monotonic() + 5.0)


async def _gone(pid: int, run: Path, until_mono: float) -> None:
    while _runs_here(pid, run) and time.monotonic() < until_mono:  # noqa: ASYNC110 - no child of ours
        await asyncio.sleep(_LOOK_EVERY_S)


def _runs_here(pid: int, run: Path) -> bool:
    """Whether `pid` is still an Asterisk with this run folder's configuration."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return os.fsencode(run / "etc" / "asterisk.conf") in words
