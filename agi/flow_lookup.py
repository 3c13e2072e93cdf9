"""Lookups of a flow: JSON over HTTP with a time limit, a cache, and a bound on how many at once.

Owns: asking a server and taking fields out of what it says. Must not know flows' steps.

The standard library's client in threads of our own: a lookup is one small GET now and then. When
the server hangs, all threads soon wait for it, and whoever comes then is told `Failed` at once:
its callers take the flow's other way instead of waiting behind each other. No redirect is
followed: the flow's file names whom we ask, nobody else.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Final

import structlog

from routing.flow_talk import Failed, Fetch, Found, NotFound

log: structlog.stdlib.BoundLogger = structlog.get_logger()

AT_ONCE: Final = 16
MOST_BYTES: Final = 65_536
MOST_CACHED: Final = 1_000
LONGEST_FIELD: Final = 200
_MISSING: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

Answer = Found | NotFound | Failed


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Gives the redirect itself, which is then an answer like any other that is not 200."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Follow nothing."""


class Lookups:
    """All lookups of one engine. `mono` reads the monotonic clock."""

    def __init__(self, mono: Callable[[], float] = time.monotonic) -> None:
        self._mono = mono
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lookup")
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._busy = 0
        self._cache: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    def close(self) -> None:
        """Take no more; a thread that waits for a server is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def fetch(self, wanted: Fetch) -> Answer:
        """Ask, or remember. Never raises for what a server does, and never takes much longer
        than `wanted.limit_s`.
        """  # noqa: D205  one sentence
        if (kept := self._kept(wanted.url)) is not None:
            return _taken(kept, wanted.take)
        try:
            said = await self._ask(wanted)
        except (TimeoutError, OSError, ValueError, HTTPException, RecursionError) as error:
            # HTTPError is an OSError, what is no HTTP at all an HTTPException, and JSON that is
            # nested without end a RecursionError. The address may hold a number: it is not logged.
            if isinstance(error, urllib.error.HTTPError) and error.code in _MISSING:
                return NotFound()
            log.warning("flow.lookup_failed", fault=type(error).__name__)
            return Failed()
        self._keep(wanted, said)
        return _taken(said, wanted.take)

    async def _ask(self, wanted: Fetch) -> Any:
        if self._busy >= AT_ONCE:
            raise TimeoutError
        self._busy += 1
        loop = asyncio.get_running_loop()
        asking = loop.run_in_executor(self._threads, self._get, wanted.url, wanted.limit_s)
        asking.add_done_callback(self._free)
        async with asyncio.timeout(wanted.limit_s):
            return await asyncio.shield(asking)

    def _free(self, asked: asyncio.Future[Any]) -> None:
        self._busy -= 1
        if not asked.cancelled():
            asked.exception()  # whoever waited for it has gone

    def _get(self, url: str, limit_s: float) -> Any:
        """In a thread: one GET, its body read in pieces so that a slow one ends in time too."""
        until = self._mono() + limit_s
        request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310  the loader takes http and https only
        with self._answer(request, limit_s) as answer:
            if answer.status != HTTPStatus.OK:
                raise ValueError("not 200")
            body = b""
            while piece := answer.read1(MOST_BYTES):
                body += piece
                if len(body) > MOST_BYTES or self._mono() > until:
                    raise ValueError("too long")
        return json.loads(body)

    def _answer(self, request: urllib.request.Request, limit_s: float) -> Any:
        try:
            return self._opener.open(request, timeout=limit_s)
        except urllib.error.HTTPError as error:
            error.close()  # it holds the connection
            raise

    def _kept(self, url: str) -> Any:
        good_until, said = self._cache.get(url, (0.0, None))
        return said if self._mono() < good_until else None

    def _keep(self, wanted: Fetch, said: Any) -> None:
        if wanted.cache_s > 0:
            self._cache[wanted.url] = (self._mono() + wanted.cache_s, said)
            self._cache.move_to_end(wanted.url)
            if len(self._cache) > MOST_CACHED:
                self._cache.popitem(last=False)


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
