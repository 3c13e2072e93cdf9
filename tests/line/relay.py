"""A door before the switch that a test opens and shuts: "Asterisk is not there (yet)"."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from asterisk.lab.ports import LOOPBACK, free_port

_CHUNK = 65536


class Relay:
    """Passes connections at `port` on to `target_port` while it is open, and counts them."""

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self.connections = 0
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def shut(self) -> None:
        """Nobody listens any more, and every connection is cut."""
        if self._server is not None:
            self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._pass_on(reader, writer))
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(LOOPBACK, self._target_port)
        ways = [
            asyncio.create_task(self.to_asterisk(reader, there_writer)),
            asyncio.create_task(self.to_engine(there_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.close()
            there_writer.close()

    async def to_asterisk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what the engine says, until it says no more."""
        await _pour(reader, writer)

    async def to_engine(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what Asterisk says, until it says no more."""
        await _pour(reader, writer)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.shut()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
