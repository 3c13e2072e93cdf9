"""Lookups of a flow: JSON over HTTP with a time limit, a cache, and a bound on how many at once.

Owns: asking a server and taking fields out of what it says. Must not know flows' steps.

The standard library's client in threads of our own: a lookup is one small GET now and then. When
the limit is over the connection is cut, so that a server that hangs, or drips, has no thread for
longer; while all are taken, whoever comes is told `Failed` at once: its callers take the flow's
other way instead of waiting behind each other. No redirect is followed and no proxy of the
environment is asked: the flow's file names whom we ask, nobody else.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from routing.flow_talk import Failed, Fetch, Found, NotFound

log: structlog.stdlib.BoundLogger = structlog.get_logger()

AT_ONCE: Final = 16
MOST_BYTES: Final = 65_536
MOST_CACHED: Final = 1_000
"""Answers; of each only the fields are kept that were asked for."""
LONGEST_FIELD: Final = 200
_MISSING: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

Answer = Found | NotFound | Failed
_Asked = tuple[str, tuple[tuple[str, str], ...]]


class Lookups:
    """All lookups of one engine. `mono` reads the monotonic clock."""

    def __init__(self, mono: Callable[[], float] = time.monotonic) -> None:
        self._mono = mono
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lookup")
        self._tls = ssl.create_default_context()
        self._busy = 0
        self._cache: OrderedDict[_Asked, tuple[float, Answer]] = OrderedDict()

    def close(self) -> None:
        """Take no more; a thread that waits for a server is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def busy(self) -> int:
        """Threads that ask a server now."""
        return self._busy

    async def fetch(self, wanted: Fetch) -> Answer:
        """Ask, or remember. Never raises for what a server does, and never takes much longer
        than `wanted.limit_s`.
        """  # noqa: D205  one sentence
        if (kept := self._kept(wanted)) is not None:
            return kept
        try:
            status, body = await self._ask(wanted)
            if status in _MISSING:
                return NotFound()
            answer = _taken(_read(status, body), wanted.take)
        except (TimeoutError, OSError, ValueError, HTTPException, RecursionError) as error:
            # What is no HTTP at all is an HTTPException, and JSON that is nested without end a
            # RecursionError. The address may hold a number: it is not logged.
            log.warning("flow.lookup_failed", fault=type(error).__name__)
            return Failed()
        self._keep(wanted, answer)
        return answer

    async def _ask(self, wanted: Fetch) -> tuple[int, bytes]:
        if self._busy >= AT_ONCE:
            raise TimeoutError
        self._busy += 1
        loop = asyncio.get_running_loop()
        server = _Server(wanted.url, wanted.limit_s, self._tls)
        asking = loop.run_in_executor(self._threads, server.get)
        asking.add_done_callback(self._free)
        try:
            async with asyncio.timeout(wanted.limit_s):
                return await asyncio.shield(asking)
        finally:
            server.cut()

    def _free(self, asked: asyncio.Future[Any]) -> None:
        self._busy -= 1
        if not asked.cancelled():
            asked.exception()  # whoever waited for it has gone

    def _kept(self, wanted: Fetch) -> Answer | None:
        good_until, said = self._cache.get(_asked(wanted), (0.0, None))
        return said if self._mono() < good_until else None

    def _keep(self, wanted: Fetch, said: Answer) -> None:
        if wanted.cache_s > 0:
            self._cache[_asked(wanted)] = (self._mono() + wanted.cache_s, said)
            self._cache.move_to_end(_asked(wanted))
            if len(self._cache) > MOST_CACHED:
                self._cache.popitem(last=False)


class _Server(HTTPConnection):
    """One GET. `cut` ends it from another thread, whatever it waits for.

    The time limit of a socket is for each piece that comes: one that drips never meets it.
    """

    def __init__(self, url: str, limit_s: float, tls: ssl.SSLContext) -> None:
        self._url = urlsplit(url)
        self._tls = tls if self._url.scheme == "https" else None
        self.default_port = 443 if self._tls else 80
        super().__init__(self._url.netloc, timeout=limit_s)
        self._line: socket.socket | None = None
        self._is_cut = False

    def connect(self) -> None:
        """Take up the connection, so that it can be cut from here on."""
        self._line = self.sock = socket.create_connection((self.host, self.port), self.timeout)
        if self._tls is None:
            self._go_on()
            return
        line = self._tls.wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        self._line = self.sock = line
        self._go_on()
        line.do_handshake()

    def get(self) -> tuple[int, bytes]:
        """Ask, in a thread; the status and the body."""
        url = self._url
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        try:
            headers = {"Accept": "application/json", "Connection": "close"}
            self.request("GET", target, headers=headers)
            with self.getresponse() as answer:
                return answer.status, answer.read(MOST_BYTES + 1)
        finally:
            self.close()

    def cut(self) -> None:
        """End it, from another thread."""
        self._is_cut = True
        if self._line is not None:
            with suppress(OSError):
                # That of TLS would take it from under the thread's feet.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)

    def _go_on(self) -> None:
        if self._is_cut:
            raise TimeoutError


def _asked(wanted: Fetch) -> _Asked:
    return wanted.url, tuple(sorted(wanted.take.items()))


def _read(status: int, body: bytes) -> Any:
    if status != HTTPStatus.OK:
        raise ValueError("not 200")
    if len(body) > MOST_BYTES:
        raise ValueError("too long")
    return json.loads(body)


def _taken(said: Any, take: Mapping[str, str]) -> Found | NotFound:
    """The fields; one that is not there means that the server does not know it."""
    values = {name: _text(_at(said, path)) for name, path in take.items()}
    if any(value is None for value in values.values()):
        return NotFound()
    return Found({name: value for name, value in values.items() if value is not None})


def _at(said: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(said, dict):
            said = said.get(part)
        elif isinstance(said, list) and part.isdigit() and int(part) < len(said):
            said = said[int(part)]
        else:
            return None
    return said


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, str | int | float):
        # JSON may spell half a character (\ud800), which can be written nowhere.
        return str(value)[:LONGEST_FIELD].encode(errors="replace").decode()
    return None
