"""Simulated callers: now and then somebody rings the hotline.

Owns: how often they call and from which made-up numbers. What they do once they are heard is
the lab dialplan's.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from asterisk.lab.phones import Phones


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """`number`: what callers dial. `every_s`: shortest and longest pause between two calls."""

    number: str
    every_s: tuple[float, float] = (12.0, 25.0)


async def keep_calling(phones: Phones, hotline: Hotline, random: Random) -> None:
    """Call the hotline, again and again, until cancelled. `Phones.listen` must run meanwhile."""
    while True:
        await asyncio.sleep(random.uniform(*hotline.every_s))
        phones.ring_in(hotline.number, f"2100009{random.randrange(10_000):04}")
