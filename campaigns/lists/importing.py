"""Loading a list into a campaign.

Owns: the order of things: inspect, check every row, hand batches to the store, write what was
refused; and that a list is loaded wholly or not at all. One bad row never stops a load, and a
load can be run again: a campaign holds a number once. Must not know SQL, nor the words for a
reason.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from campaigns.campaign import Campaign
from campaigns.lists.list_file import Stamp, readable_name, stamp_of
from campaigns.lists.load_report import ImportReport, Refusal, Tally, reason_in_english
from campaigns.lists.readers import ListShape, Reading, inspect_list
from campaigns.lists.refused import RefusedFile
from campaigns.lists.row_pipe import RowWork, checked_batches
from campaigns.row.column_names import ListField
from campaigns.row.columns import ColumnMap, map_columns
from campaigns.row.list_faults import ListFault, ListRefusedError
from campaigns.row.rows import GoodRow, RowRule
from campaigns.serving import USUAL_PRIORITY
from store.database import Database
from store.dead_loads import wait_for_others
from store.dry_run import DryRun, rehearse
from store.errors import StoreError
from store.list_rows import LoadRow
from store.loading import BATCH, Load, LoadCounts, LoadOrder, begin_alone
from store.schema import NAME_LENGTH
from store.sorting import OnDuplicate


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """What is to be loaded, and how.

    `list_name`: the list that gets the contacts, by itself named as the file; `swap`: the one
    that it takes the place of. `columns` names columns by hand. `refused_path` is written anew;
    None: what was refused is only counted.
    """

    path: Path
    campaign: Campaign
    list_name: str | None = None
    swap: str | None = None
    priority: int = USUAL_PRIORITY
    duplicates: OnDuplicate = OnDuplicate.SKIP
    elsewhere: OnDuplicate = OnDuplicate.ALLOW
    columns: Mapping[ListField, Sequence[str]] | None = None
    reading: Reading | None = None
    dry_run: bool = False
    refused_path: Path | None = None


async def import_list(
    order: ImportOrder,
    database: Database,
    now: Callable[[], datetime],
    *,
    progress: Callable[[int, int], None] = lambda _line, _lines: None,
    sentence: Callable[[Refusal], str] = reason_in_english,
) -> ImportReport:
    """Load a list, or only say what loading it would do.

    `progress` is told the line reached and how many lines there are.

    Raises:
        ListRefusedError: the file as a whole is no list; nothing was loaded.
        ColumnsRefusedError: no phone column, or a named one is not there; nothing was loaded.
        OSError: the file of refused rows cannot be written, or the list not read on.
        StoreError: the database refused; nothing was loaded.
    """
    stamp = stamp_of(order.path)
    with ExitStack() as open_files:
        shape = open_files.enter_context(inspect_list(order.path, order.reading))
        columns = map_columns(shape.headers, order.columns)
        refused = open_files.enter_context(RefusedFile(order.refused_path, shape.headers))
        tally = Tally(refused, sentence)
        work = _work(shape, columns, order.campaign, now())
        if order.dry_run:
            with await rehearse(database, _load_order(order, "")) as trial:
                await _run(trial, work, tally, now=now, progress=progress)
            _refuse_another(order.path, stamp)
        else:
            await _load(order, work, database, tally, stamp, now=now, progress=progress)
    return tally.report(order.path, columns, shape, dry_run=order.dry_run)


async def _load(
    order: ImportOrder,
    work: RowWork,
    database: Database,
    tally: Tally,
    stamp: Stamp | None,
    *,
    now: Callable[[], datetime],
    progress: Callable[[int, int], None],
) -> None:
    sha256 = await asyncio.to_thread(content_hash, order.path)
    load = await _begun(database, _load_order(order, sha256), now)
    try:
        await _run(load, work, tally, now=now, progress=progress)
        _refuse_another(order.path, stamp)
        # What is not loaded must be there to be corrected, before the rest is shown.
        tally.flush()
        await load.finish(_counts(tally), now())
    except Exception:
        # The database may be what fails; then the next load throws this one away.
        with suppress(StoreError):
            await load.give_up()
        raise
    except BaseException:
        with suppress(StoreError):
            await load.abandon()
        raise


async def _begun(database: Database, order: LoadOrder, now: Callable[[], datetime]) -> Load:
    """Begin when it is this load's turn: those into one campaign come one after the other."""
    while True:
        await wait_for_others(database, order.campaign_id, now)
        load = await begin_alone(database, order, now())
        if load is not None:
            return load


def _refuse_another(path: Path, stamp: Stamp | None) -> None:
    """Rows of one file and rows of its next edition are no list; nor is half of a longer one."""
    if stamp_of(path) != stamp:
        raise ListRefusedError(path, ListFault.CHANGED)


async def _run(
    load: Load | DryRun,
    work: RowWork,
    tally: Tally,
    *,
    now: Callable[[], datetime],
    progress: Callable[[int, int], None],
) -> None:
    with checked_batches(work) as batches:
        for batch in batches:
            good = [
                LoadRow(row.line, row.result) for row in batch if isinstance(row.result, GoodRow)
            ]
            result = await load.add(good, now())
            tally.settle(batch, result)
            progress(batch[-1].line, work.shape.lines)
    progress(work.shape.lines, work.shape.lines)


def _work(shape: ListShape, columns: ColumnMap, campaign: Campaign, now: datetime) -> RowWork:
    return RowWork(shape=shape, columns=columns, rule=row_rule(campaign, now), batch=BATCH)


def row_rule(campaign: Campaign, now: datetime) -> RowRule:
    """Return how the campaign reads rows that come in now (aware UTC)."""
    return RowRule(
        country=campaign.country, check=campaign.number_check, zone=campaign.zone, now=now
    )


def _load_order(order: ImportOrder, sha256: str) -> LoadOrder:
    return LoadOrder(
        campaign_id=order.campaign.id,
        file_name=readable_name(order.path.name),
        sha256=sha256,
        list_name=(order.list_name or readable_name(order.path.stem))[:NAME_LENGTH],
        swap=order.swap,
        priority=order.priority,
        duplicates=order.duplicates,
        elsewhere=order.elsewhere,
    )


def _counts(tally: Tally) -> LoadCounts:
    return LoadCounts(
        rows_read=tally.rows,
        added=tally.added,
        duplicates=tally.duplicates + tally.updated,
        refused=tally.refused,
    )


def content_hash(path: Path) -> str:
    """Return the SHA-256 of the file, by which a list is known again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
