"""The place that a number's digits name (归属地): province and city, in Chinese and English.

Owns: the table of places in a form that is small and quickly asked, and how much of a place may be
told beside a masked number. Must not know where the table comes from: the library's own takes
100 MB, so another process makes this one of it (`supervisor.web.desk.places`).

A place is found by a number's first digits, and so says something of those that a mask hides. In
China the seven digits of a block (138 0013) name the city; of them a mask shows three and hides
four, one of 10,000 blocks. Beijing has hundreds of the blocks that begin with 138; a small city has
few, and its name beside 138****8000 would leave a handful of numbers to try. So a masked number's
place is told only where at least `LEFT` numbers remain that look the same and have the same place:
else the province alone, and where that too leaves fewer, nothing. The digits of an area code are
before a mask's eyes anyway, and the place that they alone name is always told.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from campaigns.phone.masked import HIDDEN, masked

DIGITS: Final = 9
"""So many digits of a number, its country's first, name its place at most."""

LEFT: Final = 100
"""So many numbers at least are left to guess among, where a masked number's place is told."""

_CHINA: Final = "+86"
_PROVINCE: Final = "省"
_REGIONS: Final = ("内蒙古", "广西", "西藏", "宁夏", "新疆")
_END: Final = 10**DIGITS


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceName:
    """A place as it is called in English, in China and in Taiwan."""

    en: str
    zh_cn: str
    zh_tw: str

    @property
    def coarser(self) -> PlaceName | None:
        """The province that it lies in; None: it is one, or nobody says."""
        if ", " not in self.en:
            return None
        english = self.en.rsplit(", ", maxsplit=1)[1]
        return PlaceName(
            en=english, zh_cn=_province(self.zh_cn, english), zh_tw=_province(self.zh_tw, english)
        )


def _province(place: str, english: str) -> str:
    """`江苏省` of `江苏省常州市`, `新疆` of `新疆喀什地区`."""
    head, sign, _ = place.partition(_PROVINCE)
    if sign:
        return head + sign
    return next((region for region in _REGIONS if place.startswith(region)), english)


class PlaceTable:
    """Which first digits name which place.

    `starts`: where a stretch of digits begins, in order, as numbers of `DIGITS` digits; it ends
    where the next begins. `named`: for each the place in `names`, of which the first is none.
    """

    def __init__(self, starts: array[int], named: array[int], names: list[str]) -> None:
        self._starts = starts
        self._named = named
        self._names = names
        self._known_widths: dict[str, dict[int, int]] = {}

    def place(self, e164: str, *, is_masked: bool) -> PlaceName | None:
        """The place of a number; None: its digits name none, or telling it would tell too much.

        A number of fewer than `DIGITS` digits has none.
        """
        digits = e164.removeprefix("+")
        if len(digits) < DIGITS or not (digits.isascii() and digits.isdecimal()):
            return None
        number = self._named[bisect_right(self._starts, _first(digits)) - 1]
        place = self._name(number)
        return self._beside_mask(e164, number, place) if place and is_masked else place

    def _name(self, number: int) -> PlaceName | None:
        text = self._names[number]
        return PlaceName(**dict(zip(_FIELDS, text.split("\t"), strict=True))) if text else None

    def _beside_mask(self, e164: str, number: int, place: PlaceName) -> PlaceName | None:
        """As much of it as enough others have that are shown as this number is.

        Who is told the province alone is of none of its cities that are told: these do not count.
        """
        shown, hidden = _shown(e164)
        if len(shown) >= DIGITS:
            return place
        widths = self._widths(shown)
        whole = sum(widths.values())

        def hides(alike: int) -> bool:
            return alike == whole or alike / whole * 10**hidden >= LEFT

        if hides(widths[number]):
            return place
        wider = place.coarser or place
        alike = (
            width
            for other, width in widths.items()
            if _english(self._names[other]) == wider.en
            or (_is_in(self._names[other], wider) and not hides(width))
        )
        return wider if hides(sum(alike)) else None

    def _widths(self, shown: str) -> Mapping[int, int]:
        """How many of the numbers that begin so have which place; reckoned once."""
        known = self._known_widths.get(shown)
        if known is None:
            low, high = _span(shown)
            first, last = bisect_right(self._starts, low) - 1, bisect_right(self._starts, high - 1)
            known = self._known_widths[shown] = {}
            begins = low
            for ends, number in zip(
                [*self._starts[first + 1 : last], high], self._named[first:last], strict=True
            ):
                known[number] = known.get(number, 0) + ends - begins
                begins = ends
        return known

    # ── on the way from the process that makes it ────────────────────────────────────────

    def to_bytes(self) -> bytes:
        """All of it, for a process of the same machine."""
        names = "\n".join(self._names).encode()
        head = f"{len(self._starts)} {len(names)}\n".encode()
        return b"".join([head, self._starts.tobytes(), self._named.tobytes(), names])

    @classmethod
    def from_bytes(cls, data: bytes) -> PlaceTable:
        """The table again. Raises ValueError for anything else."""
        head, sign, rest = data.partition(b"\n")
        stretches, length = (int(number) for number in head.split(b" ", maxsplit=1))
        starts, named = array("I"), array("I")
        size = stretches * starts.itemsize
        if not sign or not stretches or len(rest) != 2 * size + length:
            raise ValueError("this is no table of places")
        starts.frombytes(rest[:size])
        named.frombytes(rest[size : 2 * size])
        return cls(starts, named, rest[2 * size :].decode().split("\n"))


_FIELDS: Final = ("en", "zh_cn", "zh_tw")


def made_of(places: Mapping[str, Mapping[str, str]]) -> PlaceTable:
    """The table out of the library's: by the first digits of numbers, the names by language.

    Of several that fit a number the longest names its place. What has no name in Chinese is called
    as in English.
    """
    starts, named = array("I", [0]), array("I", [0])
    numbers: dict[str, int] = {"": 0}

    def begins(at: int, name: str) -> None:
        number = numbers.setdefault(name, len(numbers))
        if starts[-1] == at:
            starts.pop(), named.pop()
        if not named or named[-1] != number:
            starts.append(at)
            named.append(number)

    _sweep({prefix: _written(names) for prefix, names in places.items()}, begins)
    return PlaceTable(starts, named, list(numbers))


def _sweep(places: Mapping[str, str], begins: Callable[[int, str], None]) -> None:
    """Tell where each name begins, from the least number to the greatest."""
    open_: list[tuple[int, str]] = [(_END, "")]
    for prefix in sorted(places, key=lambda prefix: (_span(prefix)[0], len(prefix))):
        low, high = _span(prefix)
        _close(open_, low, begins)
        begins(low, places[prefix])
        open_.append((high, places[prefix]))
    _close(open_, _END - 1, begins)


def _close(open_: list[tuple[int, str]], until: int, begins: Callable[[int, str], None]) -> None:
    while open_[-1][0] <= until:
        end, _ = open_.pop()
        begins(end, open_[-1][1])


def _written(names: Mapping[str, str]) -> str:
    """One line: English, China's Chinese, Taiwan's; empty where the library has none of them."""
    english, chinese = names.get("en", ""), names.get("zh", "")
    said = english or chinese
    if not said:
        return ""
    return "\t".join([said, chinese or said, names.get("zh_Hant") or chinese or said])


def _english(name: str) -> str:
    return name.partition("\t")[0]


def _is_in(name: str, province: PlaceName) -> bool:
    return _english(name).endswith(f", {province.en}")


def _first(digits: str) -> int:
    return int(digits[:DIGITS].ljust(DIGITS, "0"))


def _span(prefix: str) -> tuple[int, int]:
    """From which number of `DIGITS` digits to which these digits stand at the beginning."""
    low = int(prefix.ljust(DIGITS, "0"))
    return low, low + 10 ** (DIGITS - len(prefix))


def _shown(e164: str) -> tuple[str, int]:
    """The first digits that a mask shows, with the country's; and how many it hides."""
    head, _, tail = masked(e164).partition(HIDDEN)
    if e164.startswith(_CHINA):
        head = _CHINA[1:] + head
    return head, len(e164.removeprefix("+")) - len(head) - len(tail)
