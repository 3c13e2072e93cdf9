"""Words that several settings share: queue names, zones, number formats.

Owns: what such a word may look like. Must not know where it is written.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

QUEUE_PREFIX: Final = "waihu-"
_QUEUE: Final = re.compile(r"waihu-[a-z0-9][a-z0-9-]{0,39}")


class NumberFormat(StrEnum):
    """How a number goes into the dial string: +8621… or 8621…."""

    E164 = "e164"
    DIGITS = "digits"


def queue_name(name: str) -> str:
    """Return the queue's full name; `callback` means `waihu-callback`.

    Raises:
        ValueError: other characters than a-z, 0-9 and dashes.
    """
    full = name if name.startswith(QUEUE_PREFIX) else QUEUE_PREFIX + name
    if not _QUEUE.fullmatch(full):
        raise ValueError(f'"{name}" is no queue: a name is a-z, 0-9 and dashes')
    return full


def zone_name(name: str) -> str:
    """Return the name if it is an IANA zone.

    Raises:
        ValueError: it is none.
    """
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder, a path, a name that is not there
        raise ValueError(f'"{name}" is not a time zone (write Asia/Shanghai)') from None
    return name
