"""In which order those who may be dialed are served.

Owns: the rank of a contact in its pool, and whose turn it is where lists keep parts of the calls.
Must not know where contacts are kept nor who may be dialed (`campaigns.judge`). Appointments come
before all of it, then priorities, then the parts of lists, then ranks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

HIGHEST_PRIORITY: Final = 1
LOWEST_PRIORITY: Final = 9
USUAL_PRIORITY: Final = 5

_ID_BITS: Final = 30
_MINUTE_BITS: Final = 26
_MOST_TRIES: Final = 127
_IDS: Final = (1 << _ID_BITS) - 1
_64_BITS: Final = (1 << 64) - 1


class ServingOrder(StrEnum):
    """Who of a pool is dialed first.

    `waiting`: who has been due longest. `oldest`: who came first onto the list; `newest`: who came
    last. `least_tried`: who was called least, and of these who has been due longest. `random`: in
    an order that means nothing, but stays the same for a campaign.
    """

    WAITING = "waiting"
    OLDEST = "oldest"
    NEWEST = "newest"
    LEAST_TRIED = "least_tried"
    RANDOM = "random"


def rank_of(
    order: ServingOrder, campaign_id: int, contact_id: int, tries: int, due: datetime
) -> int:
    """The place of a contact in its pool, smallest first; it fits 64 bits with a sign.

    `tries`: attempts that counted; `due`: since when it may be dialed. The id goes into each
    rank, so that hardly two are the same: an index of ranks needs no second key.
    """
    last = contact_id & _IDS
    match order:
        case ServingOrder.WAITING:
            return int(due.timestamp()) << _ID_BITS | last
        case ServingOrder.OLDEST:
            return contact_id
        case ServingOrder.NEWEST:
            return -contact_id
        case ServingOrder.LEAST_TRIED:
            times = min(tries, _MOST_TRIES) << _MINUTE_BITS | int(due.timestamp()) // 60
            return times << _ID_BITS | last
        case ServingOrder.RANDOM:
            return _shuffled(campaign_id, contact_id)
        case never:
            assert_never(never)


def next_turn(parts: Mapping[int, int], credit: Mapping[int, int]) -> tuple[int, dict[int, int]]:
    """Whose turn it is of the lists in `parts`, and the credits after it.

    Each list's credit grows by its part, the largest is served and pays for all. So no list is
    ever a whole round behind its part, and one that had nobody to serve takes nothing with it.
    """
    grown = {name: credit.get(name, 0) + part for name, part in parts.items()}
    served = min(grown, key=lambda name: (-grown[name], name))
    grown[served] -= sum(parts.values())
    return served, {**credit, **grown}


def _shuffled(campaign_id: int, contact_id: int) -> int:
    """The id, mixed with the campaign's as splitmix64 does it; two ids are never the same."""
    mixed = (contact_id + campaign_id * 0x9E3779B97F4A7C15) & _64_BITS
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & _64_BITS
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _64_BITS
    return (mixed ^ mixed >> 31) - (1 << 63)
