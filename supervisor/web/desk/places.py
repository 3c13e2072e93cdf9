"""Where a number is from, for the card of a call (归属地).

Owns: the table of places in this process, and the other one that makes it. Nobody waits for it:
the first desk that is opened has it made, and a card that comes before it is there, or where it
cannot be made, is without a place. Must not know how a card is shown.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import cache
from typing import Final

import structlog

from campaigns.phone.places import PlaceTable

log = structlog.get_logger()

_PROCESS: Final = "supervisor.web.desk.place_process"
WITHIN_S: Final = 60.0


class Places:
    """The places of numbers, once they are known."""

    def __init__(self) -> None:
        self._table: PlaceTable | None = None
        self._making: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Have the table made, unless that was asked before; it returns at once."""
        if self._making is None:
            self._making = asyncio.get_running_loop().create_task(self._make())

    async def _make(self) -> None:
        try:
            self._table = await asyncio.to_thread(_made)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            log.warning("places.not_known", fault=str(error))

    def told(self, e164: str, *, is_masked: bool) -> dict[str, str] | None:
        """The place by the language of the page; None: there is none to tell, or not yet."""
        self.begin()
        place = self._table.place(e164, is_masked=is_masked) if self._table is not None else None
        if place is None:
            return None
        return {"en": place.en, "zh-CN": place.zh_cn, "zh-TW": place.zh_tw}


@cache
def _made() -> PlaceTable:
    """The same for as long as the process lives: the library comes with the program."""
    # -P: what lies in the folder that somebody stands in is not run.
    command = [sys.executable, "-P", "-m", _PROCESS]
    ended = subprocess.run(  # noqa: S603  our own program
        command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=WITHIN_S
    )
    return PlaceTable.from_bytes(ended.stdout)
