"""Loading a list into a campaign.

Owns: the order of things: inspect, check every row, tell duplicates, hand batches to the
store, write what was refused. One bad row never stops a load, and a load can be run again:
a campaign holds a number once. Must not know SQL, nor the words for a reason.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from campaigns.campaign import Campaign
from campaigns.column_names import ListField
from campaigns.columns import ColumnMap, map_columns
from campaigns.csv_rows import Row
from campaigns.encodings import Encoding
from campaigns.readers import ListShape, inspect_list
from campaigns.refused import RefusedFile
from campaigns.row_pipe import RowWork, checked_batches
from campaigns.rows import CheckedRow, GoodRow, Reason, RowRule
from store.lists import IMPORT_BATCH, ListImport, Lists, NewContact


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a list. `rows` are added, duplicates or refused, each counted once.

    In a dry run `added` would have been. `reasons` counts the refused rows by reason;
    `numbers_dropped` the bad numbers of rows that were loaded with another one. A CSV file has
    an `encoding`, a workbook a `sheet`.
    """

    path: Path
    encoding: Encoding | None
    sheet: str | None
    columns: ColumnMap
    headers: tuple[str, ...]
    dry_run: bool
    rows: int
    added: int
    duplicates_in_file: int
    duplicates_in_campaign: int
    refused: int
    reasons: Mapping[Reason, int]
    numbers_dropped: int
    refused_path: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row, or one of its numbers, that was not loaded; facts for the sentence.

    `other_line`: where a duplicate's number stood first; `contact_id`: who has it already.
    `row_loaded`: it was, without this number.
    """

    reason: Reason
    other_line: int | None = None
    contact_id: int | None = None
    row_loaded: bool = False


def reason_in_english(refusal: Refusal) -> str:
    """Return a bare sentence; the command line gives its own, in the operator's language."""
    words = refusal.reason.replace("_", " ")
    if refusal.other_line is not None:
        return f"{words}: the number stands in line {refusal.other_line}"
    if refusal.contact_id is not None:
        return f"{words}: contact {refusal.contact_id} has the number"
    return f"{words}; the row was loaded with its other number" if refusal.row_loaded else words


async def import_list(
    path: Path,
    campaign: Campaign,
    lists: Lists,
    now: Callable[[], datetime],
    *,
    column_map: Mapping[ListField, Sequence[str]] | None = None,
    reading: Reading | None = None,
    dry_run: bool = False,
    refused_path: Path | None = None,
    progress: Callable[[int, int], None] = lambda _line, _lines: None,
    sentence: Callable[[Refusal], str] = reason_in_english,
) -> ImportReport:
    """Load a list, or only say what loading it would do.

    `column_map` names columns by hand (`campaigns.columns.parse_column_flags`), `reading`
    says what need not be found out. `progress` is told the line reached and how many lines there
    are. `refused_path` is written anew.

    Raises:
        ListRefusedError: the file as a whole is no list; nothing was loaded.
        ColumnsRefusedError: no phone column, or a named one is not there; nothing was loaded.
        OSError: the file of refused rows cannot be written, or the list not read on.
        StoreError: the database refused; the batches before are loaded, loading again goes on.
    """
    shape = inspect_list(path)
    columns = map_columns(shape.headers, column_map)
    with RefusedFile(refused_path, shape.headers) as refused:
        load = _Load(shape, columns, refused, sentence)
        work = RowWork(
            shape=shape, columns=columns, rule=row_rule(campaign, now()), batch=IMPORT_BATCH
        )
        with checked_batches(work) as batches:
            for batch in batches:
                good = load.check(batch)
                known = await _hand_over(good, campaign, lists, None if dry_run else now())
                load.settle(batch, known)
                progress(batch[-1].line, shape.lines)
    progress(shape.lines, shape.lines)
    report = load.report(dry_run=dry_run, refused_path=refused_path)
    if not dry_run:
        await lists.note(_noted(report, campaign.id, now()))
    return report


async def _hand_over(
    good: Mapping[int, GoodRow], campaign: Campaign, lists: Lists, now: datetime | None
) -> dict[int, int]:
    """Give the good rows, by their place in the batch, to the store.

    Returns the places of those the campaign has already, with the contact. Without `now`
    (a dry run) the store is only asked.
    """
    places = list(good)
    if not places:
        return {}
    if now is None:
        held = await lists.known_numbers(
            campaign.id, chain.from_iterable(row.e164s for row in good.values())
        )
        return {
            place: held[number]
            for place, row in good.items()
            for number in reversed(row.e164s)
            if number in held
        }
    result = await lists.import_batch(campaign.id, [_contact(good[at]) for at in places], now)
    return {places[found.row]: found.contact_id for found in result.duplicates}


def row_rule(campaign: Campaign, now: datetime) -> RowRule:
    """Return how the campaign reads rows that come in now (aware UTC)."""
    return RowRule(
        country=campaign.country, check=campaign.number_check, zone=campaign.zone, now=now
    )


def _contact(row: GoodRow) -> NewContact:
    return NewContact(
        reference=row.reference,
        name=row.name,
        zone=row.zone,
        numbers=row.e164s,
        custom=row.custom,
    )


class _Load:
    """The state of one load: what was seen, the counts, the file of refused rows."""

    def __init__(
        self,
        shape: ListShape,
        columns: ColumnMap,
        refused: RefusedFile,
        sentence: Callable[[Refusal], str],
    ) -> None:
        self._shape = shape
        self._columns = columns
        self._refused = refused
        self._sentence = sentence
        self._lines_of_numbers: dict[int, int] = {}
        self._reasons: Counter[Reason] = Counter()
        self._checked: list[GoodRow | Refusal] = []
        self._rows = self._added = self._numbers_dropped = 0

    def check(self, batch: Sequence[CheckedRow]) -> dict[int, GoodRow]:
        """Judge a batch; return its good rows by their place in it."""
        self._checked = [self._judged(row) for row in batch]
        return {place: row for place, row in enumerate(self._checked) if isinstance(row, GoodRow)}

    def settle(self, batch: Sequence[CheckedRow], known: Mapping[int, int]) -> None:
        """Count the batch and write its refused rows, in the order of their lines."""
        self._rows += len(batch)
        for place, (row, checked) in enumerate(zip(batch, self._checked, strict=True)):
            if isinstance(checked, Refusal):
                self._refuse(row, checked)
            elif place in known:
                held = Refusal(reason=Reason.DUPLICATE_IN_CAMPAIGN, contact_id=known[place])
                self._refuse(row, held)
            else:
                self._count_added(row, checked)

    def report(self, *, dry_run: bool, refused_path: Path | None) -> ImportReport:
        """Sum up."""
        in_file = self._reasons.pop(Reason.DUPLICATE_IN_FILE, 0)
        in_campaign = self._reasons.pop(Reason.DUPLICATE_IN_CAMPAIGN, 0)
        return ImportReport(
            path=self._shape.path,
            encoding=self._shape.encoding,
            sheet=self._shape.sheet,
            columns=self._columns,
            headers=self._shape.headers,
            dry_run=dry_run,
            rows=self._rows,
            added=self._added,
            duplicates_in_file=in_file,
            duplicates_in_campaign=in_campaign,
            refused=self._reasons.total(),
            reasons=dict(self._reasons.most_common()),
            numbers_dropped=self._numbers_dropped,
            refused_path=refused_path,
        )

    def _judged(self, row: CheckedRow) -> GoodRow | Refusal:
        if isinstance(row.result, Reason):
            return Refusal(reason=row.result)
        return self._first_of_its_numbers(row, row.result)

    def _first_of_its_numbers(self, row: CheckedRow, good: GoodRow) -> GoodRow | Refusal:
        # As integers they take half the memory; a list may have millions of rows.
        numbers = [int(number) for number in good.e164s]
        for number in numbers:
            if (line := self._lines_of_numbers.get(number)) is not None:
                return Refusal(reason=Reason.DUPLICATE_IN_FILE, other_line=line)
        self._lines_of_numbers.update(dict.fromkeys(numbers, row.line))
        return good

    def _count_added(self, row: CheckedRow, good: GoodRow) -> None:
        self._added += 1
        self._numbers_dropped += len(good.dropped)
        for reason in good.dropped:
            self._write(row, Refusal(reason=reason, row_loaded=True))

    def _refuse(self, row: CheckedRow, refusal: Refusal) -> None:
        self._reasons[refusal.reason] += 1
        self._write(row, refusal)

    def _write(self, row: CheckedRow, refusal: Refusal) -> None:
        self._refused.add(row.line, refusal.reason.value, self._sentence(refusal), row.cells)


def _noted(report: ImportReport, campaign_id: int, at: datetime) -> ListImport:
    return ListImport(
        campaign_id=campaign_id,
        file_name=report.path.name,
        sha256=_sha256(report.path),
        rows_read=report.rows,
        added=report.added,
        duplicates=report.duplicates_in_file + report.duplicates_in_campaign,
        refused=report.refused,
        at=at,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
