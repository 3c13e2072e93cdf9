"""When a menu listens: the switch tells of each command of FastAGI on a call, and when it is over.

Owns: which call listens to keys now, in silence or while it speaks, and how often one has begun to.
A key that is pressed between two commands is heard by nobody: whoever means to be heard on a busy
machine waits for the ear.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from asterisk.lab.phones import AmiWire
from tests.lab.sip_callers import KEYS

USER = "waihu-lab-ear"
"""The lab's AMI user for it."""


def _listens(command: str) -> bool:
    """Whether the command collects keys, or is cut short by any."""
    return command.startswith("GET DATA") or f'"{KEYS}"' in command


class MenuEars:
    """Calls by the name that their callers show."""

    def __init__(self, wire: AmiWire) -> None:
        self.calls: dict[str, str] = {}
        self.channels: dict[str, str] = {}
        self._wire = wire
        self._begun: Counter[str] = Counter()
        self._open: set[str] = set()
        self._is_over = False

    async def follow(self) -> None:
        """Hear, as long as the connection lives."""
        try:
            while True:
                self._take(await self._wire.receive())
        finally:
            self._is_over = True

    def _take(self, heard: dict[str, str]) -> None:
        name = heard.get("CallerIDName", "")
        self.calls[name] = heard.get("Uniqueid", "")
        self.channels[name] = heard.get("Channel", "")
        if not _listens(heard.get("Command", "")):
            return
        if heard.get("Event") == "AGIExecStart":
            self._begun[name] += 1
            self._open.add(name)
        else:
            self._open.discard(name)

    def of(self, name: str) -> Callable[[], Awaitable[None]]:
        """What waits until the call listens, each time anew."""
        answered = 0

        async def is_heard() -> None:
            nonlocal answered
            while name not in self._open or self._begun[name] <= answered:
                assert not self._is_over, "the ear's connection to Asterisk has ended"
                await asyncio.sleep(0.01)
            answered = self._begun[name]

        return is_heard
