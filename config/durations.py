"""Durations as operators write them: `4h`, `10m`, `90s`, `1h30m`.

Owns: the notation. Must not know what is being measured.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_DURATION: Final = re.compile(
    r"\s*(?:(?P<days>\d{1,4})d)?\s*(?:(?P<hours>\d{1,5})h)?"
    r"\s*(?:(?P<minutes>\d{1,6})m)?\s*(?:(?P<seconds>\d{1,8})s)?\s*",
    re.ASCII | re.IGNORECASE,
)


def parse_duration(text: object) -> timedelta:
    """Read a duration. A bare 0 is one; another bare number lacks its unit.

    Raises:
        ValueError: the sentence says what to write.
    """
    if isinstance(text, timedelta):
        return text
    if text == 0 and not isinstance(text, bool):
        return timedelta(0)
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None or not any(match.groups()):
        shown = f'"{text}"' if isinstance(text, str) else text
        raise ValueError(f"{shown} is not a duration (write 4h, 10m, 90s)")
    return timedelta(**{unit: int(count) for unit, count in match.groupdict(default="0").items()})
