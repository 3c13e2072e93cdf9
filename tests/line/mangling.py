"""A relay before the AMI port that mangles what Asterisk says, or goes half open, as a test asks.

Owns: what is done to the bytes on their way to the engine. Whole messages are doubled, change
places, come late, or stand among strange and huge ones; the stream is cut into small pieces,
falls silent both ways, or ends in the midst of a message. Answers, and what belongs to a list,
keep their order: no wire changes that, for Asterisk writes them in one breath.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections import Counter
from dataclasses import dataclass
from random import Random

from asterisk.frames import event_name
from asterisk.reader import EVENTS
from tests.line.relay import Relay

_END = b"\r\n\r\n"
_CHUNK = 65536
_HUGE = (990_000, 1_200_000)
_RESET = struct.pack("ii", 1, 0)
_STRANGE = b"Event: WaihuNeverHeardOfThis\r\nUniqueid: \xe5\xbc\xa0\xff\r\n:\r\n\r\n"
_KEEPS_ORDER = re.compile(rb"\r\nActionID: (?!waihu/originate/)|\AEvent: Agent(?:Login|Logoff)\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mangling:
    """How often (0 to 1) a message is doubled, changes places with its neighbours, or is late.

    `neighbours_s`: how near two events are that may change places. `late_s`: the longest that one
    event is held back. `strange`: how often an unknown event is put in. `huge_every`: after so many
    messages one of a megabyte comes, in turn just short of the longest that is read and longer;
    0 for none. `piece`: the most bytes that are passed on at once, 0 for all.
    """

    doubled: float = 0.0
    shuffled: float = 0.0
    neighbours_s: float = 0.04
    late: float = 0.0
    late_s: float = 0.7
    strange: float = 0.0
    huge_every: int = 0
    piece: int = 0


CLEAN = Mangling()


class ManglingRelay(Relay):
    """A `Relay` whose way from Asterisk obeys `mangling`, which may be changed at any time.

    `told`: how many messages were passed on; `mangled`: how often each kind of harm was done, by
    the name of its field in `Mangling`.
    """

    def __init__(self, target_port: int, random: Random) -> None:
        super().__init__(target_port)
        self.mangling = CLEAN
        self.told = 0
        self.mangled: Counter[str] = Counter()
        self._random = random
        self._taken = 0
        self._flows = asyncio.Event()
        self._flows.set()
        self._break_next = False

    def goes_half_open(self) -> None:
        """Pass nothing on any more, in either way, and close nothing."""
        self._flows.clear()

    def flows_again(self) -> None:
        """End of that, for connections that are made from now on."""
        self._flows.set()

    def breaks_off(self) -> None:
        """Pass only a half of the next message on, and reset the connection."""
        self._break_next = True

    # ── the two ways ─────────────────────────────────────────────────────────────────────

    async def to_asterisk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK):
            await self._stands_still()
            writer.write(chunk)
            await writer.drain()

    async def to_engine(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readuntil(b"\r\n"))
        out: asyncio.PriorityQueue[tuple[float, int, bytes]] = asyncio.PriorityQueue()
        async with asyncio.TaskGroup() as tasks:
            saying = tasks.create_task(self._say(out, writer))
            try:
                while True:
                    self._take(await reader.readuntil(_END), out)
            except asyncio.IncompleteReadError:
                saying.cancel()

    def _take(self, message: bytes, out: asyncio.PriorityQueue[tuple[float, int, bytes]]) -> None:
        """Plan when a message, and what comes with it, goes on."""
        at, how = asyncio.get_running_loop().time(), self.mangling
        moves = self._may_move(message)
        if moves and self._happens("shuffled", how.shuffled):
            at += self._random.uniform(0.0, how.neighbours_s)
        if moves and self._happens("late", how.late):
            at += self._random.uniform(0.0, how.late_s)
        self._plan(at, message, out)
        if self._happens("doubled", how.doubled):
            self._plan(at + (self._random.uniform(0.0, how.late_s) if moves else 0.0), message, out)
        if self._happens("strange", how.strange):
            self._plan(at, _STRANGE, out)
        self._taken += 1
        if how.huge_every and self._taken % how.huge_every == 0:
            size = _HUGE[self.mangled["huge"] % len(_HUGE)]
            self.mangled["huge"] += 1
            self._plan(at, b"Event: Huge\r\nText: " + b"x" * size + _END, out)

    def _happens(self, harm: str, how_often: float) -> bool:
        happens = self._random.random() < how_often
        self.mangled[harm] += happens
        return happens

    def _plan(
        self, at: float, message: bytes, out: asyncio.PriorityQueue[tuple[float, int, bytes]]
    ) -> None:
        self.told += 1
        out.put_nowait((at, self.told, message))

    @staticmethod
    def _may_move(message: bytes) -> bool:
        return event_name(message) in EVENTS and not _KEEPS_ORDER.search(message)

    async def _say(
        self,
        out: asyncio.PriorityQueue[tuple[float, int, bytes]],
        writer: asyncio.StreamWriter,
    ) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            at, nth, message = await out.get()
            if at > clock():
                out.put_nowait((at, nth, message))
                await asyncio.sleep(min(at - clock(), 0.005))
                continue
            await self._stands_still()
            if self._break_next:
                self._break_next = False
                _reset(writer, message[: len(message) // 2])
                return
            await self._pass_on_in_pieces(message, writer)

    async def _pass_on_in_pieces(self, message: bytes, writer: asyncio.StreamWriter) -> None:
        start, most = 0, self.mangling.piece
        while start < len(message):
            size = self._random.randint(1, most) if most and len(message) < _CHUNK else len(message)
            writer.write(message[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)
            start += size

    async def _stands_still(self) -> None:
        """While the connection is half open, for ever: it is not this one that flows again."""
        if not self._flows.is_set():
            await asyncio.Event().wait()


def _reset(writer: asyncio.StreamWriter, last_words: bytes) -> None:
    """Say something and cut the connection by a reset, not an end."""
    writer.write(last_words)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
