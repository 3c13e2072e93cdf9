"""The switch's side of FastAGI, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Coroutine, Iterable, Mapping

import pytest

HeaderOf = Callable[..., bytes]
CallIn = Callable[..., Coroutine[None, None, list[str]]]


def _header(route: str, env: Mapping[str, str] | None = None) -> bytes:
    facts = {
        "agi_network": "yes",
        "agi_network_script": route,
        "agi_request": f"agi://127.0.0.1/{route}",
        "agi_uniqueid": "1795319876.1",
        "agi_callerid": "unknown",
        "agi_extension": "s",
        **(env or {}),
    }
    return "".join(f"{name}: {value}\n" for name, value in facts.items()).encode() + b"\n"


async def _call_in(
    port: int,
    route: str,
    *,
    env: Mapping[str, str] | None = None,
    replies: Iterable[bytes] = (),
) -> list[str]:
    """Call in as the switch does, answer what is said, and give it when the other side closes.

    `replies` go out in turn, one for each command; when they are used up, all is well.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_header(route, env))
    answers = itertools.chain(replies, itertools.repeat(b"200 result=1\n"))
    said: list[str] = []
    try:
        while line := await reader.readline():
            said.append(line.decode().removesuffix("\n"))
            writer.write(next(answers))
    except ConnectionError:
        pass
    finally:
        await _close(writer)
    return said


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@pytest.fixture
def header() -> HeaderOf:
    return _header


@pytest.fixture
def call_in() -> CallIn:
    return _call_in
