"""The pages and the API of a live engine, served where `[web]` says so.

Owns: where they are served before somebody can administer (R25), and which parts of the engine
they work with. Must not know a page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog

from asterisk.perform import Performer
from config.errors import ConfigError
from config.settings import Settings, WebSettings
from dialer.clock import utc_now
from dialer.effects import HangUp
from dialer.loop import EngineLoop
from dialer.popping import Pops
from store.accounts import Accounts
from store.database import Database
from supervisor.sinks.hub import Hub
from supervisor.sinks.sse import Streams

log = structlog.get_logger()

OnPages = Callable[[str, bool], None]
"""Is told where the pages are, and whether that is where the settings want them."""


@asynccontextmanager
async def pages_served(
    wanted: WebSettings,
    in_force: Callable[[], Settings],
    *,
    database: Database,
    loop: EngineLoop,
    switch: Performer,
    hub: Hub,
    streams: Streams,
    pops: Pops,
    on_pages: OnPages,
) -> AsyncIterator[None]:
    """Serve the pages and the API for as long as the block runs, where they are wanted.

    Raises:
        ConfigError: they cannot be served there.
    """
    if not wanted.on:
        yield
        return
    # A site without pages need not load what they take.
    from supervisor.web.app import make_app  # noqa: PLC0415
    from supervisor.web.desk.parts import desk_of  # noqa: PLC0415
    from supervisor.web.server import Address, WebServerError, serving  # noqa: PLC0415
    from supervisor.web.site import WebSite  # noqa: PLC0415
    from supervisor.web_address import host_for, page_url  # noqa: PLC0415

    async def hang_up(call: str) -> None:
        """An agent ends a call of his own; the engine hears of it from the switch."""
        await switch.perform(HangUp(call=call))

    desk = desk_of(
        settings=in_force,
        database=database,
        loop=loop,
        pops=pops,
        ring_to_sign_in=switch.ring_to_sign_in,
        hang_up=hang_up,
        utc_now=utc_now,
    )
    ends: list[Callable[[], None]] = [streams.stop, desk.desks.close]
    site = WebSite(
        settings=in_force,
        database=database,
        loop=loop,
        hub=hub,
        streams=streams,
        pops=pops,
        utc_now=utc_now,
        at_end=ends.append,
        desk=desk,
    )
    has_admin = await Accounts(database).has_admin()
    host = host_for(wanted, has_admin=has_admin)
    address = Address(
        host=host,
        port=wanted.port,
        certificate=wanted.certificate,
        key=wanted.key,
        proxies=wanted.proxies,
    )
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(serving(make_app(site), address, partial(_each, ends)))
        except WebServerError as error:
            raise ConfigError(str(error)) from error
        if host != wanted.host:
            log.warning("web.loopback_only", wanted=wanted.host, lacks="administrator")
        on_pages(page_url(wanted, has_admin=has_admin), host == wanted.host)
        yield


def _each(ends: Sequence[Callable[[], None]]) -> None:
    for end in ends:
        end()
