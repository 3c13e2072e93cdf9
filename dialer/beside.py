"""What is only shown or told must not end what is done.

Owns: that a bug in it is in the log, and the calls go on. What decides is never guarded: there a
bug ends the engine, and a new one takes the living calls over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

log = structlog.get_logger()

TELL_EVERY_S: Final = 60.0
"""The same part falls with each message, mostly: so often is it told again."""


class BesideTheCalls:
    """Guards the parts that only show. `mono`: reads the monotonic clock."""

    def __init__(self, mono: Callable[[], float]) -> None:
        self._mono = mono
        self._told_at: dict[str, float] = {}

    @contextmanager
    def guarded(self, part: str) -> Iterator[None]:
        """Run what is only shown; whatever it raises is logged, now and then."""
        try:
            yield
        except Exception:
            now_s = self._mono()
            if now_s - self._told_at.get(part, -TELL_EVERY_S) >= TELL_EVERY_S:
                self._told_at[part] = now_s
                log.exception("showing.fell", part=part)
