"""What a command works with: settings, the database, the clock, and the running engine.

Owns: opening and closing them around one command, and telling the engine of a change. Must not
know what a command wants of them.
"""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import typer

from campaigns.ledger import By
from config.books import load_books
from config.language import VARIABLES, _, speak
from config.loading import load_settings
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.client import EngineClient, EngineNotRunningError
from dialer.wire import Answer, Do

if TYPE_CHECKING:
    from dialer.acting import Acts
    from dialer.acting_live import LiveActs
    from store.database import Database
    from supervisor.snapshot import Snapshot

_T = TypeVar("_T")

ANSWER_WITHIN_S: Final = 10.0
OK: Final = "ok"


def utc_now() -> datetime:
    """The time. Commands read it once."""
    return datetime.now(UTC)  # noqa: TID251  the edge


def operator() -> str:
    """Who gives the command: the account on this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def by_operator(why: str = "") -> By:
    """The same, with this moment and the reason that was given."""
    return By(who=operator(), at=utc_now(), why=why)


def settings_of(ctx: typer.Context) -> Settings:
    """The settings, from the file that the root's `--config` named; their language is spoken.

    Raises:
        ConfigError: all faults at once.
    """
    given = ctx.find_root().obj
    settings = load_settings(given if isinstance(given, Path) else None)
    if settings.site.language is not None and not os.environ.get(VARIABLES[0]):
        speak(settings.site.language.value)
    return settings


def carry_out(work: Coroutine[Any, Any, _T]) -> _T:
    """Run a command's work to its end."""
    return asyncio.run(work)


@asynccontextmanager
async def opened(settings: Settings, *, create: bool = False) -> AsyncIterator[Database]:
    """The database, for as long as the block runs. `create`: make its tables if it has none.

    Raises:
        SchemaMissingError, SchemaMismatchError: its tables are not this program's.
    """
    from dialer.opening import database_of  # noqa: PLC0415  SQLAlchemy is slow to load
    from store.errors import SchemaMissingError  # noqa: PLC0415  as above

    books = load_books(settings, utc_now().date())
    async with database_of(settings, books=books) as database:
        try:
            await database.check()
        except SchemaMissingError:
            if not create:
                raise
            folder = settings.paths.database.parent
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            await database.upgrade()
        yield database


async def ask(settings: Settings, do: Do, **fields: str | None) -> Answer:
    """Ask the running engine.

    Raises:
        EngineNotRunningError: there is none.
        CommandError: it does not answer in time.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S), EngineClient(settings.paths.socket) as engine:
            return await engine.ask(do, **fields)
    except TimeoutError:
        said = _("the engine does not answer within {n} s").format(n=f"{ANSWER_WITHIN_S:g}")
        raise CommandError(said, ExitCode.UNREACHABLE) from None


async def snapshot_of(settings: Settings) -> Snapshot:
    """The picture of the moment.

    Raises:
        EngineNotRunningError: no engine runs.
    """
    from supervisor.snapshot import from_json  # noqa: PLC0415  only live commands need it

    return from_json((await ask(settings, Do.SNAPSHOT)).facts)


@asynccontextmanager
async def acting(settings: Settings) -> AsyncIterator[Acts]:
    """What supervisors do, over the database and the running engine, while the block runs."""
    from dialer.acting import Acts  # noqa: PLC0415  only those commands need it

    async with opened(settings) as database:
        yield Acts(database=database, ask=partial(ask, settings), settings=settings)


def acting_live(settings: Settings) -> LiveActs:
    """What they do to agents and calls as they live."""
    from dialer.acting_live import LiveActs  # noqa: PLC0415  as above

    return LiveActs(ask=partial(ask, settings))


async def tell_engine(settings: Settings) -> bool:
    """Let a running engine look at the database again, and wait until it has; False: none runs.

    Raises:
        CommandError: the engine could not. What was changed is saved all the same.
    """
    try:
        answer = await ask(settings, Do.REFRESH)
    except EngineNotRunningError:
        return False
    if answer.code != OK:
        text = str(answer.facts.get("text", answer.code))
        raise CommandError(_("saved, but the engine could not take it: {why}").format(why=text))
    return True
