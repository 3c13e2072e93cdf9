"""What every operation of the desk is given.

Owns: that record. Must not decide anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from config.settings import Settings
from dialer.effects import Reply
from dialer.loop import EngineLoop
from dialer.messages import Command
from dialer.popping import Card, Pops
from store.database import Database
from supervisor.web.desk.agent_desks import AgentDesks
from supervisor.web.desk.form_shelf import FormShelf
from supervisor.web.desk.places import Places

RingToSignIn = Callable[[str, str, str], Awaitable[str]]
"""Dial pattern, phone, login; gives why it could not be asked for, "" if it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """The parts of the engine's process that the desk works with."""

    settings: Callable[[], Settings]
    database: Database
    loop: EngineLoop
    pops: Pops
    desks: AgentDesks
    forms: FormShelf
    places: Places
    ring_to_sign_in: RingToSignIn
    hang_up: Callable[[str], Awaitable[None]]
    utc_now: Callable[[], datetime]


def desk_of(
    *,
    settings: Callable[[], Settings],
    database: Database,
    loop: EngineLoop,
    pops: Pops,
    ring_to_sign_in: RingToSignIn,
    hang_up: Callable[[str], Awaitable[None]],
    utc_now: Callable[[], datetime],
) -> DeskParts:
    """The desks of an engine, which are told of its agents from now on."""
    desks = AgentDesks(loop)
    pops.stirred = desks.stir
    return DeskParts(
        settings=settings,
        database=database,
        loop=loop,
        pops=pops,
        desks=desks,
        forms=FormShelf(),
        places=Places(),
        ring_to_sign_in=ring_to_sign_in,
        hang_up=hang_up,
        utc_now=utc_now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitter:
    """The agent at the desk. `sees_numbers`: whole ones; else they are masked."""

    parts: DeskParts
    agent: str
    account: str
    sees_numbers: bool
    now: datetime

    def card(self, call: str | None = None) -> Card | None:
        """The latest pop; of `call`, if it is that one's."""
        card = self.parts.pops.card(self.agent)
        return card if card is not None and call in {None, card.offer.call} else None

    async def command(self, make: Callable[[str], Command]) -> Reply:
        """Ask the engine."""
        return await self.parts.loop.command(make)
