"""The figures for Prometheus, served where `[metrics]` says so.

Owns: which parts of the engine they are read from. Must not know the figures.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from config.errors import ConfigError
from config.settings import Settings
from dialer.loop import EngineLoop
from dialer.sinks import metrics_token
from supervisor.sinks.hub import Hub

if TYPE_CHECKING:
    from supervisor.sinks.metrics import Metrics


@asynccontextmanager
async def scraped(
    settings: Settings,
    loop: EngineLoop,
    hub: Hub,
    *,
    unwritten: Callable[[], int],
    viewers: Callable[[], int],
) -> AsyncIterator[None]:
    """Serve the figures for as long as the block runs, where they are wanted.

    Raises:
        ConfigError: they cannot be served there, or the token's file is not as it must be.
    """
    wanted = settings.metrics
    if not wanted.on:
        yield
        return
    # A site without figures need not load what they take.
    from supervisor.sinks.metrics import CONTENT_TYPE  # noqa: PLC0415
    from supervisor.web.metrics_page import make_metrics_app  # noqa: PLC0415
    from supervisor.web.server import Address, WebServerError, serving  # noqa: PLC0415

    metrics = _metrics(settings, loop, hub, unwritten, viewers)
    loop.on_took = metrics.handled
    app = make_metrics_app(metrics.text, CONTENT_TYPE, metrics_token(settings))
    address = Address(host=wanted.host, port=wanted.port, section="metrics")
    server = serving(app, address, lambda: None)
    try:
        await server.__aenter__()
    except WebServerError as error:
        raise ConfigError(str(error)) from error
    try:
        yield
    finally:
        await server.__aexit__(None, None, None)


def _metrics(
    settings: Settings,
    loop: EngineLoop,
    hub: Hub,
    unwritten: Callable[[], int],
    viewers: Callable[[], int],
) -> Metrics:
    from supervisor.sinks.metrics import Metrics, Vitals  # noqa: PLC0415  as above

    return Metrics(
        engine=settings.site.engine,
        version=version("waihu"),
        latest=lambda: hub.latest,
        vitals=lambda: Vitals(inbox=loop.waiting, unwritten=unwritten(), viewers=viewers()),
    )
