"""The web server, in the engine's event loop.

Owns: the listening socket, TLS, and an end that no open stream holds up. Must not know what is
served. Signals are the engine's.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from starlette.types import ASGIApp

from supervisor.web.connection import BoundedConnection

log = structlog.get_logger()

END_S: Final = 1
"""Answers under way at the end have so long."""
BACKLOG: Final = 512
SEND_BUFFER: Final = 256 * 1024
"""Bytes that wait in the system for one viewer who does not read."""


class WebServerError(Exception):
    """The server cannot listen; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen, and by which certificate; port 0 takes any that is free.

    `section`: of the settings that say so. `proxies`: whose word on who asks is taken
    (X-Forwarded-For, X-Forwarded-Proto).
    """

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[str, ...] = ()
    section: str = "web"


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers of its own: the engine has the better ones."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp, address: Address, stop_streams: Callable[[], None]
) -> AsyncIterator[int]:
    """Serve for as long as the block runs; gives the port. `stop_streams`: ends what has no end.

    Raises:
        WebServerError: the address is taken or not ours, or the certificate cannot be read.
    """
    listening = _listening(address)
    config = uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        loop="none",
        access_log=False,
        log_config=None,
        log_level="critical",
        server_header=False,
        proxy_headers=bool(address.proxies),
        forwarded_allow_ips=list(address.proxies),
        timeout_graceful_shutdown=END_S,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
    )
    try:
        config.load()
    except (OSError, ValueError) as error:
        listening.close()
        raise WebServerError(f"the certificate cannot be used: {error}") from error
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    port = int(listening.getsockname()[1])
    log.info("web.serving", host=address.host, port=port, tls=address.certificate is not None)
    try:
        yield port
    finally:
        stop_streams()
        server.should_exit = True
        await task


def _listening(address: Address) -> socket.socket:
    try:
        family, *_rest, where = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listening.bind(where)
        listening.listen(BACKLOG)
    except OSError as error:
        raise WebServerError(
            f"cannot serve pages at {address.host} port {address.port}: {error.strerror}; "
            f"set another [{address.section}] port, or end the program that listens there"
        ) from error
    listening.setblocking(False)
    return listening
