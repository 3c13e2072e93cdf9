"""One request of somebody who is signed in: who it is, when, and what it works with.

Owns: `Site`, the parts of the running engine that the API needs, and `Visit`, made for each
request by `supervisor.web.api.guard`. Must not know any resource.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from campaigns.ledger import By
from config.settings import Settings
from dialer.acting import Acts
from dialer.acting_live import AskEngine
from dialer.cli_errors import CommandError
from dialer.cli_replies import reply_text
from dialer.wire import Answer, Do
from store.database import Database
from supervisor.rights import Right
from supervisor.web.api.long_work import LongWork
from supervisor.web.identity import Caller

OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The engine's parts. `settings`: as they are now, for they may be read anew."""

    settings: Callable[[], Settings]
    database: Database
    ask: AskEngine
    utc_now: Callable[[], datetime]
    long_work: LongWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who asks, at which moment, and what for."""

    caller: Caller
    site: Site
    now: datetime

    @property
    def who(self) -> str:
        """The account, for the trail."""
        return self.caller.account

    @property
    def settings(self) -> Settings:
        """The site's settings."""
        return self.site.settings()

    @property
    def database(self) -> Database:
        """The engine's own."""
        return self.site.database

    @property
    def zone(self) -> ZoneInfo:
        """The site's clock."""
        return ZoneInfo(self.settings.site.zone)

    @property
    def sees_numbers(self) -> bool:
        """Whether numbers are shown whole."""
        return Right.SEE_NUMBERS in self.caller.rights

    @property
    def acts(self) -> Acts:
        """What supervisors do to campaigns, agents and calls."""
        return Acts(database=self.database, ask=self.site.ask, settings=self.settings)

    def by(self, why: str = "") -> By:
        """Who does it, when, and why."""
        return By(who=self.who, at=self.now, why=why)

    async def ask(self, do: Do, **fields: str | None) -> Answer:
        """Ask the engine; the answer may be a no."""
        return await self.site.ask(do, **fields)

    async def well(self, do: Do, agent: str = "", **fields: str | None) -> Answer:
        """Ask the engine for something about an agent that must be done.

        Raises:
            CommandError: it says no; its reason is the engine's code.
        """
        named = {"agent": agent, **fields} if agent else fields
        answer = await self.ask(do, **named)
        if answer.code != OK:
            said = reply_text(answer, agent, zone=self.zone, now=self.now)
            raise CommandError(said, reason=answer.code)
        return answer

    async def tell_engine(self) -> None:
        """Let the engine look at the database again, before the answer says that it is done."""
        await self.acts.tell_engine()


def visit_of(request: Request) -> Visit:
    """The visit that the guard has made."""
    visit: Visit = request.state.visit
    return visit


Visiting = Annotated[Visit, Depends(visit_of)]
"""A handler's parameter."""
