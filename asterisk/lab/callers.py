"""Simulated callers: now and then somebody rings the hotline, and presses keys.

Owns: how often they call, from which made-up numbers, and what they want. What they do once they
are heard is the lab dialplan's.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Final

from asterisk.lab.phones import Phones

THINKS: Final = "wwww"
"""Two seconds, by which a menu has been heard."""
LANGUAGES: Final = {"1": 80, "2": 15, "": 5}
"""What callers press in the first menu of the example hotline, in percent; some nothing."""
NEEDS: Final = {
    "1": 25,  # 咨询
    "2": 20,  # 报修
    "3": 10,  # 投诉
    "4wwww202611#": 15,  # 工单查询
    "5": 10,  # 新业务
    "0": 12,
    "9www1": 5,
    "": 3,
}
"""And in the second one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """`number`: what callers dial. `every_s`: shortest and longest pause between two calls."""

    number: str
    every_s: tuple[float, float] = (5.0, 12.0)


async def keep_calling(phones: Phones, hotline: Hotline, random: Random) -> None:
    """Call the hotline, again and again, until cancelled. `Phones.listen` must run meanwhile."""
    while True:
        await asyncio.sleep(random.uniform(*hotline.every_s))
        caller = f"2100009{random.randrange(10_000):04}"
        phones.ring_in(hotline.number, caller, keys_of_a_caller(random))


def keys_of_a_caller(random: Random) -> str:
    """Through both menus; who presses nothing in one waits until it is told again."""
    language, need = (
        random.choices(list(keys), weights=list(keys.values()))[0] for keys in (LANGUAGES, NEEDS)
    )
    return f"{language}{THINKS}{need}" if language and need else language or need
