"""The calling windows of a week as a table of day names and times.

Owns: the notation: `"mon-fri" = ["09:00-12:00", "14:00-20:00"]`, `"every day"`, `周一至周五`.
Must not know when a window is open (`campaigns.windows`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from campaigns.windows import CallingWindows, Window, parse

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GROUPS: Final[Mapping[str, range]] = {
    "every day": range(7),
    "weekdays": range(5),
    "weekend": range(5, 7),
    "每天": range(7),
    "工作日": range(5),
    "周末": range(5, 7),
    "週末": range(5, 7),
}
_CHINESE: Final = "一二三四五六日"
_CHINESE_DAY: Final = re.compile(r"(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])")
_HOW: Final = 'write "mon-fri", "sat", "sat,sun" or "every day"'


def week_of(table: Mapping[str, tuple[Window, ...]]) -> CallingWindows:
    """Lay the windows of day names over a week; a day that is not named has none.

    Raises:
        ValueError: a day named twice, or no window in the whole week.
    """
    week: list[tuple[Window, ...] | None] = [None] * len(_DAYS)
    for key, windows in table.items():
        for day in parse_days(key):
            if week[day] is not None:
                raise ValueError(f"{_DAYS[day]} is named twice")
            week[day] = windows
    if not any(week):
        raise ValueError("no window at all: nobody would ever be called")
    return CallingWindows(days=tuple(windows or () for windows in week))


def parse_days(key: str) -> list[int]:
    """Read the days a key names, Monday being 0: a day, a span, several, or a group.

    Raises:
        ValueError: the sentence names the key.
    """
    plain = _CHINESE_DAY.sub(_latin_day, key.strip().lower())
    if (group := _GROUPS.get(plain)) is not None:
        return list(group)
    days = [day for part in re.split(r"[,，、]", plain) for day in _span(part.strip(), key)]
    if len(set(days)) < len(days):
        raise ValueError(f'"{key}" names a day twice')
    return days


def parse_day(texts: object) -> tuple[Window, ...]:
    """Read one day's windows, in any order.

    Raises:
        ValueError: not a list of windows, or two that overlap.
    """
    if isinstance(texts, str) or not isinstance(texts, list | tuple):
        raise ValueError('is not a list of windows (write ["09:00-12:00", "14:00-20:00"])')  # noqa: TRY004 - pydantic collects ValueErrors
    windows = sorted((parse(str(text)) for text in texts), key=lambda window: window.open)
    for earlier, later in pairwise(windows):
        if later.open < earlier.close:
            raise ValueError(f"{earlier} and {later} overlap")
    return tuple(windows)


def _latin_day(match: re.Match[str]) -> str:
    return _DAYS[_CHINESE.index(match[1].replace("天", "日"))]


def _span(part: str, key: str) -> list[int]:
    ends = re.split(r"\s*(?:-|–|~|to|至|到)\s*", part)
    if len(ends) > 2 or any(_index(end) is None for end in ends):  # noqa: PLR2004 - both ends of a span
        raise ValueError(f'"{key}" is not a day ({_HOW})')
    first, last = (_index(end) or 0 for end in (ends[0], ends[-1]))
    count = (last - first) % len(_DAYS) + 1
    return [(first + step) % len(_DAYS) for step in range(count)]


def _index(day: str) -> int | None:
    name = day.strip()
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for index, (short, long) in enumerate(zip(_DAYS, full, strict=True)):
        if name in {short, long}:
            return index
    return None
