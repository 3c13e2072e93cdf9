"""`waihu list watch`: load what comes into a folder, each content once, until Ctrl-C.

Owns: the loop and what is told of each file. Must not know when a file is complete
(`campaigns.lists.watched_folder`) nor how it is loaded (`campaigns.lists.importing`).

A file whose content was loaded into the campaign before is put away and not loaded again, so a
crash between the load and the move does no harm. While the database takes nothing the file stays
and is tried again.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from campaigns.cli.find import find_campaign
from campaigns.cli.list_import import load_list
from campaigns.cli.list_import_flags import Flags, wanted, with_flags
from campaigns.cli.list_import_report import report_json
from campaigns.cli.sentences import columns_refused, list_refused, store_refused
from campaigns.lists.importing import content_hash
from campaigns.lists.list_file import Stamp, readable_name, stamp_of
from campaigns.lists.load_report import ImportReport
from campaigns.lists.watched_folder import WatchedFolder, put_away
from campaigns.row.columns import ColumnsRefusedError
from campaigns.row.list_faults import ListFault, ListRefusedError
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode, say_error
from dialer.cli_print import say
from dialer.cli_session import carry_out, opened, operator, settings_of, tell_engine, utc_now
from store.database import Database
from store.errors import ListWithdrawnError, StoreError, is_of_the_database
from store.lists import Lists

_LOOK_EVERY_S: Final = 1.0


@with_flags
def watch(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help=mark("Where lists are dropped."))],
    flags: Flags,
    still: Annotated[
        float, typer.Option(min=0, help=mark("Seconds without a change until a file is complete."))
    ] = 5.0,
) -> None:
    """Poll the folder; done files go to done/, others to failed/, each with its report."""
    if not folder.is_dir():
        raise CommandError(_("{folder} is no folder").format(folder=folder), ExitCode.USAGE)
    watched = WatchedFolder(folder, still)
    carry_out(_watch(settings_of(ctx), flags, watched))


class StoreTold:
    """What is told of the database while files wait for it: a fault once, and that it is over."""

    def __init__(self) -> None:
        self._said = ""
        self._is_away = False

    def refused(self, name: str, error: StoreError) -> None:
        """It did not take the file of that name; each look may find so again."""
        said = store_refused(error)
        if said != self._said:
            say_error(f"{name}: {said}")
        self._said, self._is_away = said, is_of_the_database(error)

    def answered(self) -> None:
        """It did what was asked."""
        if self._is_away:
            say(_("the database takes lists again"))
        self._said, self._is_away = "", False


async def _watch(settings: Settings, flags: Flags, folder: WatchedFolder) -> None:
    """Until Ctrl-C or a TERM, which wait for the file at hand."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    async with opened(settings) as database:
        # A name that is wrong is told now, not with the first file.
        await find_campaign(database, flags.campaign, utc_now())
        told = StoreTold()
        while not over.is_set():
            for path in folder.complete(utc_now().timestamp()):
                if over.is_set():
                    return
                await _take(settings, database, flags, folder, path, told)
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _LOOK_EVERY_S)


async def _take(
    settings: Settings,
    database: Database,
    flags: Flags,
    folder: WatchedFolder,
    path: Path,
    told: StoreTold,
) -> None:
    """Load one file and put it away; what cannot be done now is told, and tried again."""
    name, stamp = readable_name(path.name), stamp_of(path)
    try:
        await _load(settings, database, flags, folder, path, stamp)
        told.answered()
    except (ListRefusedError, ColumnsRefusedError, ListWithdrawnError) as error:
        said = _sentence(error)
        say_error(f"{name}: {said}")
        if not (isinstance(error, ListRefusedError) and error.fault is ListFault.CHANGED):
            _put_away(folder, path, {"file": name, "error": said}, stamp, done=False)
    except StoreError as error:
        told.refused(name, error)
    except OSError as error:
        folder.leave_alone(path)
        say_error(f"{name}: {error.strerror or error}")
    finally:
        with suppress(OSError):
            _refused_rows(path).unlink(missing_ok=True)


def _refused_rows(path: Path) -> Path:
    """Where they are written until the file is put away."""
    return path.with_name(f".{path.name}.refused.csv")


async def _load(
    settings: Settings,
    database: Database,
    flags: Flags,
    folder: WatchedFolder,
    path: Path,
    stamp: Stamp | None,
) -> None:
    name = readable_name(path.name)
    record = await find_campaign(database, flags.campaign, utc_now())
    sha256 = await asyncio.to_thread(content_hash, path)
    if await Lists(database).was_loaded(record.campaign.id, sha256):
        say(_("{file}: the same content was loaded before").format(file=name))
        report: Mapping[str, object] = {"file": name, "loaded_before": True}
        _put_away(folder, path, report, stamp, done=True)
        return
    order = wanted(flags, path, record.campaign)
    order = replace(order, refused_path=_refused_rows(path))
    done = await load_list(order, database, operator())
    _keep(folder, path, done, stamp)
    await tell_engine(settings)


def _keep(folder: WatchedFolder, path: Path, done: ImportReport, stamp: Stamp | None) -> None:
    """Put the file away, with its report and its refused rows."""
    place = folder.place_for(path, done=True)
    rows: Path | None = None
    if done.has_remarks:
        rows = _refused_rows(path).rename(place.with_name(f"{place.name}.refused.csv"))
    put_away(path, place, report_json(done, rows), stamp)
    told = _("{file}: {n} of {rows} rows are loaded")
    say(told.format(file=readable_name(path.name), n=done.added, rows=done.rows))


def _put_away(
    folder: WatchedFolder,
    path: Path,
    report: Mapping[str, object],
    stamp: Stamp | None,
    *,
    done: bool,
) -> None:
    put_away(path, folder.place_for(path, done=done), report, stamp)


def _sentence(error: ListRefusedError | ColumnsRefusedError | StoreError) -> str:
    match error:
        case ListRefusedError():
            return list_refused(error)
        case ColumnsRefusedError():
            return columns_refused(error)
        case _:
            return store_refused(error)
