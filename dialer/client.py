"""A client of the engine's socket, for the CLI, the demo and tests.

Owns: connecting, asking, and following a stream. Errors name the cure.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from dialer.wire import (
    LINE_LIMIT,
    Answer,
    Do,
    Request,
    decode_answer,
    encode_request,
    path_for_socket,
)


class EngineNotRunningError(Exception):
    """No engine answers at this socket; start one with `waihu run`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"no engine answers at {path}; start one with: waihu run")
        self.path = path


class EngineClient:
    """One connection to the engine: requests one after the other, or one stream."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids = count(1)

    async def __aenter__(self) -> Self:
        try:
            self._reader, self._writer = await asyncio.open_unix_connection(
                path_for_socket(self._path), limit=LINE_LIMIT
            )
        except OSError as error:
            raise EngineNotRunningError(self._path) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    async def ask(self, do: Do, **fields: str | None) -> Answer:
        """Send one request and wait for its answer.

        Raises:
            EngineNotRunningError: the engine went away before it answered.
        """
        await self._send(do, fields)
        return await self._next()

    async def follow(self, do: Do, **fields: str | None) -> AsyncIterator[Answer]:
        """Follow a stream (`Do.WATCH`, `Do.AGENTS`, `Do.POPS`) until the engine goes away."""
        await self._send(do, fields)
        while True:
            try:
                yield await self._next()
            except EngineNotRunningError:
                return

    async def _send(self, do: Do, fields: dict[str, str | None]) -> None:
        request = Request(id=str(next(self._ids)), do=do, fields=fields)
        self._writer.write(encode_request(request))
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise EngineNotRunningError(self._path) from error

    async def _next(self) -> Answer:
        try:
            line = await self._reader.readline()
        except ConnectionError as error:
            raise EngineNotRunningError(self._path) from error
        if not line:
            raise EngineNotRunningError(self._path)
        return decode_answer(line)
