"""Both clocks of a live engine, which nothing but its edge reads.

Owns: the reading. What decides is handed a `Now`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from dialer.messages import Now


def clock() -> Now:
    """Both clocks, read once."""
    return Now(utc=utc_now(), mono=time.monotonic())


def utc_now() -> datetime:
    """The clock on the wall, aware UTC."""
    return datetime.now(UTC)  # noqa: TID251  the edge
