"""The engine of the drill: a real process, started again and again, killed at a named place.

Owns: the process, its settings file, what it wrote, and how its recovery is timed: from the
process's start until every call that lives on the switch is on its board.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from asterisk.lab.process import LabAsterisk
from dialer.client import EngineClient, EngineNotRunningError
from dialer.wire import Do
from supervisor.snapshot import Snapshot, from_json
from tests.drill.witness import SeenCall, Witness

PROGRAM = Path(sys.executable).with_name("waihu")
LOOK_EVERY_S = 0.05
KILLED = -signal.SIGKILL


class EngineProcess:
    """One engine at work on `folder`'s database, beside `switch`.

    `kept`: an agent is kept for each call before it is placed.
    """

    def __init__(self, switch: LabAsterisk, folder: Path, *, kept: bool = True) -> None:
        self.database = folder / "waihu.db"
        self.socket = folder / "run" / "waihu.sock"
        self.log = folder / "waihu.log"
        self.started_at = 0.0
        self.died_at = 0.0
        self.kept = kept
        self.missing: list[str] = []
        """Calls that live and were not on the board when it was looked at last."""
        self._switch = switch
        self._settings = folder / "waihu.toml"
        self._errors = folder / "engine.err"
        self._process: asyncio.subprocess.Process | None = None
        self._read: dict[Path, int] = {}

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self, kill_at: str = "") -> None:
        """Start it; `kill_at`: the passage at which it kills itself, e.g. `call.in_bridge:3`."""
        self._settings.write_text(self._toml(), encoding="utf-8")
        with self._errors.open("ab") as errors:
            self.started_at = time.time()
            self._process = await asyncio.create_subprocess_exec(
                PROGRAM,
                *("--config", str(self._settings), "run"),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
                env={
                    **os.environ,
                    "WAIHU_AMI_SECRET": self._switch.ami_secret,
                    "WAIHU_KILL_AT": kill_at,
                },
            )

    async def dies(self, within_s: float) -> int | None:
        """Wait for its end; the exit code, None where it lives on."""
        assert self._process is not None
        try:
            async with asyncio.timeout(within_s):
                code = await self._process.wait()
        except TimeoutError:
            return None
        self.died_at = time.time()
        return code

    async def kill(self) -> None:
        """End it from outside, without a word."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
            self.died_at = time.time()

    async def stop(self, within_s: float = 60.0) -> int | None:
        """End it as a service manager does; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return await self.dies(within_s)

    async def snapshot(self) -> Snapshot | None:
        """The live picture; None while nobody answers."""
        try:
            async with asyncio.timeout(5.0), EngineClient(self.socket) as engine:
                return from_json((await engine.ask(Do.SNAPSHOT)).facts)
        except (EngineNotRunningError, TimeoutError):
            return None

    async def refresh(self) -> None:
        """Let it look at the database now."""
        async with EngineClient(self.socket) as engine:
            assert (await engine.ask(Do.REFRESH)).code == "ok"

    async def takes_over(self, witness: Witness) -> tuple[float, int]:
        """Wait until the link is up and every older call that lives is on the board.

        Gives the seconds since the process was started, and how many calls those are that still
        live. Cancel it when the engine dies.
        """
        older = [call for call in witness.alive.values() if call.made_at < self.started_at]
        while True:
            seen = await self.snapshot()
            linked = seen is not None and seen.link_up
            self.missing = _missing(seen, older, kept=self.kept) if linked else []
            if linked and not self.missing:
                alive = sum(call.ended_at is None for call in older)
                return time.time() - self.started_at, alive
            await asyncio.sleep(LOOK_EVERY_S)

    def tail(self, attempt: str = "", lines: int = 12) -> str:
        """The end of the log, of one attempt's lines where there are any, and of its errors."""
        said = _lines(self.log)
        about = [line for line in said if attempt in line] if attempt else []
        return "\n".join([*(about or said)[-lines:], *_lines(self._errors)[-lines:]])

    def new_lines(self) -> list[str]:
        """What it wrote, to its log and its errors, since this was asked last."""
        return [line for path in (self.log, self._errors) for line in self._new_of(path)]

    def _new_of(self, path: Path) -> list[str]:
        if not path.exists():
            return []
        with path.open("rb") as file:
            file.seek(self._read.get(path, 0))
            whole, end, _begun = file.read().rpartition(b"\n")
        self._read[path] = self._read.get(path, 0) + len(whole + end)
        return whole.decode(errors="replace").splitlines()

    def _toml(self) -> str:
        facts = self._switch.facts
        queues = "".join(f'[[queues]]\nname = "{queue.name}"\n' for queue in facts.queues)
        return f"""\
[site]
name = "drill"
[ami]
host = "{facts.ami_bind}"
port = {facts.ami_port}
user = "{facts.ami_user}"
[agi]
host = "{facts.agi_host}"
port = {facts.agi_port}
[paths]
database = "{self.database}"
run = "{self.socket.parent}"
log = "{self.log}"
[inbound]
queue = "{facts.inbound_queue}"
[agents]
slots = {facts.slots}
{queues}"""


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def _missing(seen: Snapshot, older: Iterable[SeenCall], *, kept: bool) -> list[str]:
    """Who lives on the switch and is no agent's call. A customer at the message is nobody's.

    Where nobody is kept for a call it is an agent's from the talk on; until then it is one of the
    campaign's calls, which are counted.
    """
    held = {agent.attempt for agent in seen.agents}
    living = [call for call in older if call.ended_at is None and call.message_at is None]
    if not kept and sum(one.in_calls for one in seen.campaigns) < len(living):
        return [call.attempt for call in living]
    ours = living if kept else [call for call in living if call.bridged_at is not None]
    return [call.attempt for call in ours if call.attempt not in held]
