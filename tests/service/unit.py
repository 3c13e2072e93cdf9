"""The shipped unit as a service manager reads it, and a small manager that obeys it.

Owns: the keys of `packaging/waihu.service` that say when the engine is started again, and doing
so. It stands in for systemd where none can be started (a container, an ordinary user); what it
obeys is read from the file, never written here.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

UNIT = Path(__file__).parents[2] / "packaging" / "waihu.service"
_MOST = 4096
Start = Callable[..., Awaitable[asyncio.subprocess.Process]]


def settings_of_unit(path: Path = UNIT) -> dict[str, list[str]]:
    """Every key with its values, in their order."""
    found: dict[str, list[str]] = {}
    for line in path.read_text("utf-8").splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith(("#", ";")):
            found.setdefault(key, []).append(value)
    return found


def seconds(value: str) -> float:
    """`20s` as a number."""
    return float(value.removesuffix("s"))


class Ear:
    """A notify socket: at a path, or in the abstract namespace (`@…`)."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    async def hear(self, within_s: float = 10.0) -> list[str]:
        """The words of the next message. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            loop = asyncio.get_running_loop()
            return (await loop.sock_recv(self._socket, _MOST)).decode().split("\n")

    async def until(self, word: str, within_s: float = 10.0) -> list[str]:
        """All words up to the message that has one beginning so."""
        heard: list[str] = []
        async with asyncio.timeout(within_s):
            while not any(one.startswith(word) for one in heard):
                heard += await self.hear(within_s)
        return heard

    def drain(self) -> None:
        """Forget what has come so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(_MOST)

    def close(self) -> None:
        self._socket.close()


class Manager:
    """Runs `start` as the unit says. `watchdog_s` stands in for WatchdogSec where a test is short.

    `start` takes the environment and returns the process once it is ready.
    """

    def __init__(self, start: Start, ear: Ear, *, watchdog_s: float | None = None) -> None:
        unit = settings_of_unit()
        self._start = start
        self._ear = ear
        (self._restart,) = unit["Restart"]
        self._pause_s = seconds(unit["RestartSec"][0])
        self._final = {int(status) for status in unit["RestartPreventExitStatus"][0].split()}
        self._watchdog_s = watchdog_s or seconds(unit["WatchdogSec"][0])
        self.process: asyncio.subprocess.Process | None = None
        self.exits: list[int] = []
        self.starts = 0
        self.bites = 0

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self.run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def run(self) -> None:
        """Start it, and again for as long as the unit wants that."""
        while True:
            usec = round(self._watchdog_s * 1_000_000)
            self.process = await self._start(
                NOTIFY_SOCKET=self._ear.address, WATCHDOG_USEC=str(usec)
            )
            self.starts += 1
            watching = asyncio.create_task(self._watch(self.process))
            status = await self.process.wait()
            watching.cancel()
            self.exits.append(status)
            if not self.wants_again(status):
                return
            await asyncio.sleep(self._pause_s)

    def wants_again(self, status: int) -> bool:
        """What Restart= and RestartPreventExitStatus= say to this end."""
        assert self._restart == "on-failure"
        return status not in {0, *self._final}

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        limit_s, alive = self._watchdog_s, asyncio.get_running_loop().time()
        while True:
            left_s = alive + limit_s - asyncio.get_running_loop().time()
            try:
                words = await self._ear.hear(max(left_s, 0.0))
            except TimeoutError:
                self.bites += 1
                process.kill()
                return
            for word in words:
                if word == "WATCHDOG=1":
                    alive = asyncio.get_running_loop().time()
                if word.startswith("WATCHDOG_USEC="):
                    limit_s = int(word.partition("=")[2]) / 1_000_000
