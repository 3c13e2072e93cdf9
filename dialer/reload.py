"""A reload: the settings are read again while the engine runs.

Owns: when they are read (SIGHUP, or `waihu reload` over the socket), one at a time, and who is
told what came of it. The calendars are read again with them, and campaigns by the new ones; the
IVR flows too, and a broken one counts as settings that cannot be read.
What cannot be read changes nothing. What may change and what needs
a restart is `dialer.settings_anew`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog

from config.errors import ConfigError
from config.settings import Settings
from dialer.hotline import Hotline
from dialer.loop import EngineLoop
from dialer.messages import Refresh
from dialer.service_manager import ServiceManager
from dialer.settings_anew import Changes, changes_between, reconfigure, taken_over

log = structlog.get_logger()

OK = "ok"
SETTINGS_REFUSED = "settings_refused"


class Reloader:
    """Knows what the engine runs with (`settings`), and takes over what is set anew."""

    def __init__(
        self,
        settings: Settings,
        loop: EngineLoop,
        service: ServiceManager,
        *,
        read_again: Callable[[], Settings] | None,
        read_books: Callable[[Settings], Awaitable[None]],
        hotline: Hotline,
    ) -> None:
        self.settings = settings
        self._loop = loop
        self._service = service
        self._read_again = read_again or (lambda: settings)
        self._read_books = read_books
        self._hotline = hotline
        self._one_at_a_time = asyncio.Lock()
        self._by_signal: set[asyncio.Task[None]] = set()

    def by_signal(self) -> None:
        """SIGHUP has come; what comes of it stands in the log."""
        task = asyncio.get_running_loop().create_task(self._and_forget())
        self._by_signal.add(task)
        task.add_done_callback(self._by_signal.discard)

    async def _and_forget(self) -> None:
        await self.by_request()

    async def by_request(self) -> tuple[str, Mapping[str, object]]:
        """Read, take over what can be, and say what was: a code and its facts."""
        async with self._one_at_a_time:
            self._service.reloading(self._loop.clock())
            try:
                changes = await self._take_over()
            except (ConfigError, OSError) as error:
                log.error("settings.refused", fault=str(error))  # noqa: TRY400  the text is all
                return SETTINGS_REFUSED, {"text": str(error)}
            finally:
                self._service.ready()
        log.info("settings.reloaded", applied=changes.applied, restart=changes.restart)
        return OK, {
            "applied": list(changes.applied),
            "restart": list(changes.restart),
            "asterisk": list(changes.asterisks),
        }

    async def _take_over(self) -> Changes:
        read = await asyncio.to_thread(self._read_again)
        changes = changes_between(self.settings, read)
        wanted = taken_over(self.settings, read)
        flows = await asyncio.to_thread(self._hotline.read, wanted)
        await self._read_books(wanted)
        await self._loop.command(lambda ref: reconfigure(wanted, ref))
        await self._loop.command(lambda ref: Refresh(ref=ref))
        self.settings = wanted
        changed = self._hotline.take(wanted, flows)
        applied = changes.applied + tuple(f"flows.{name}" for name in changed)
        return replace(changes, applied=applied)
