"""A tap on FastAGI: everything that we say to the switch is told to the test, call by call.

Owns: passing on, and telling. With it a caller presses a key when it is listened for, and no test
has to guess how long the way there takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from asterisk.lab.ports import LOOPBACK

Heard = Callable[[dict[str, str], str], None]
"""`heard(env, line)`: the header of the connection, and a command of ours."""


@asynccontextmanager
async def agi_tap(at_port: int, to_port: int, heard: Heard) -> AsyncIterator[None]:
    """Listen for the switch at `at_port`, and pass on to our server at `to_port`."""
    passing: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_pass_on(reader, writer, to_port, heard))
        passing.add(task)
        task.add_done_callback(passing.discard)

    server = await asyncio.start_server(accept, LOOPBACK, at_port, backlog=500)
    try:
        yield
    finally:
        server.close()
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)


async def _pass_on(
    switch: asyncio.StreamReader, to_switch: asyncio.StreamWriter, port: int, heard: Heard
) -> None:
    ours, to_ours = await asyncio.open_connection(LOOPBACK, port)
    there: asyncio.Task[None] | None = None
    try:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await switch.readuntil(b"\n\n")
            lines = (line.partition(": ") for line in head.decode(errors="replace").splitlines())
            env = {name: value for name, _colon, value in lines}
            to_ours.write(head)
            there = asyncio.create_task(_pour(switch, to_ours))
            while line := await ours.readline():
                heard(env, line.decode())
                to_switch.write(line)
    finally:
        if there is not None:
            there.cancel()
        to_ours.close()
        to_switch.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(4096):
            writer.write(chunk)
        writer.close()
