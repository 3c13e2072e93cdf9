"""Logs: events in the past tense, as JSON lines, without a person's number in them.

Owns: the chain of processors and the mask (I9). Must not know what is logged.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

from dialer.log_file import LogFile, open_log

NUMBER = re.compile(r"(?<![0-9A-Za-z.])(\+?\d{3})\d{2,}(\d{2})(?![0-9A-Za-z.])")
_LONGEST_CODE = 6
IDS = frozenset({"attempt", "call", "order", "ref", "timestamp", "event", "pid"})
"""Fields that hold ids of ours or the switch's, never a number of a person's."""


class _Log:
    """The file that this process logs to; None: standard error."""

    file: LogFile | None = None


def mask(text: str) -> str:
    """`text` with the middle of everything that may be a phone number taken out."""
    return NUMBER.sub(_stars, text)


def _stars(found: re.Match[str]) -> str:
    digits = found[0].lstrip("+")
    return found[0] if len(digits) <= _LONGEST_CODE else f"{found[1]}****{found[2]}"


def mask_numbers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor: masks every text that is not an id."""
    for key, value in event.items():
        if key not in IDS:
            event[key] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    match value:
        case str():
            return mask(value)
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case list() | tuple():
            return [_masked(item) for item in value]
        case _:
            return value


def set_up(path: Path | None = None, *, level: str = "info") -> None:
    """Send logs to the file at `path` (appended, mode 0600), or to standard error."""
    file = LogFile(sys.stderr.fileno() if path is None else open_log(path), _lost_line)
    _Log.file = None if path is None else file
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_numbers,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", file)),
        cache_logger_on_first_use=False,
    )


def reopen(path: Path) -> None:
    """Go on in the file that is at `path` now: the old one may have been moved away (logrotate).

    Raises:
        OSError: it cannot be opened; the old one is kept.
    """
    if _Log.file is not None:
        _Log.file.reopen(path)


def _lost_line(lines: int) -> str:
    said = {"lines": lines, "event": "log.lines_lost", "level": "error", "cure": "see the disk"}
    return json.dumps({**said, "timestamp": datetime.now(UTC).isoformat()}) + "\n"  # noqa: TID251  the edge
