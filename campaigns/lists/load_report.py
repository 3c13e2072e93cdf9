"""What became of the rows of a list: counted, and those that were not loaded written down.

Owns: the counts, and which reason is told for which row. Must not decide what becomes of a row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from campaigns.lists.encodings import Encoding
from campaigns.lists.readers import ListShape
from campaigns.lists.refused import RefusedFile
from campaigns.outcomes import Outcome
from campaigns.row.columns import ColumnMap
from campaigns.row.rows import CheckedRow, GoodRow, Reason
from store.loading import BatchResult
from store.sorting import Finding

_DUPLICATES: Final = (
    Reason.DUPLICATE_IN_FILE,
    Reason.DUPLICATE_IN_CAMPAIGN,
    Reason.DUPLICATE_ELSEWHERE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a list. Each of `rows` is added, updated, a duplicate or refused.

    In a dry run they would have been. `reasons` counts the refused rows by reason;
    `numbers_dropped` the numbers, `appointments_refused` the appointments that were left out of
    rows that were loaded.
    """

    path: Path
    encoding: Encoding | None
    sheet: str | None
    columns: ColumnMap
    headers: tuple[str, ...]
    dry_run: bool
    rows: int
    added: int
    updated: int
    duplicates_in_file: int
    duplicates_in_campaign: int
    duplicates_elsewhere: int
    refused: int
    reasons: Mapping[Reason, int]
    numbers_dropped: int
    appointments_refused: int

    @property
    def duplicates(self) -> int:
        """All of them."""
        return self.duplicates_in_file + self.duplicates_in_campaign + self.duplicates_elsewhere

    @property
    def has_remarks(self) -> bool:
        """Whether anything of the list was not loaded."""
        left_out = self.numbers_dropped + self.appointments_refused
        return bool(self.refused + self.duplicates + left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row, or a part of it, that was not loaded; facts for the sentence.

    `other_line`: where a duplicate's number stood first; `contact_id`: who has it already;
    `outcome`, `since`: what the number was found to be (R6), and when. `row_loaded`: it was,
    without this part.
    """

    reason: Reason
    other_line: int | None = None
    contact_id: int | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    row_loaded: bool = False


def reason_in_english(refusal: Refusal) -> str:
    """Return a bare sentence; the command line gives its own, in the operator's language."""
    words = refusal.reason.replace("_", " ")
    if refusal.other_line is not None:
        return f"{words}: the number stands in line {refusal.other_line}"
    if refusal.contact_id is not None:
        words = f"{words}: contact {refusal.contact_id} has the number"
    if refusal.outcome is not None:
        words = f"{words}: {refusal.outcome}"
    return f"{words}; the row was loaded without it" if refusal.row_loaded else words


class Tally:
    """The counts of one load, and its file of refused rows."""

    def __init__(self, refused: RefusedFile, sentence: Callable[[Refusal], str]) -> None:
        self._file = refused
        self._sentence = sentence
        self._reasons: Counter[Reason] = Counter()
        self._left_out: Counter[bool] = Counter()
        self.rows = self.added = self.updated = 0

    @property
    def duplicates(self) -> int:
        """Rows whose number somebody has already."""
        return sum(self._reasons[reason] for reason in _DUPLICATES)

    @property
    def refused(self) -> int:
        """Rows that were not loaded for another reason."""
        return self._reasons.total() - self.duplicates

    def settle(self, batch: Sequence[CheckedRow], result: BatchResult) -> None:
        """Count a batch, and write its refused rows in the order of their lines.

        The findings' places are those among the batch's good rows.
        """
        self.rows += len(batch)
        self.added += result.added
        self.updated += result.updated
        if not result.findings and not any(map(_has_remark, batch)):
            return
        told: defaultdict[int, list[Finding]] = defaultdict(list)
        for finding in result.findings:
            told[finding.place].append(finding)
        place = 0
        for row in batch:
            if isinstance(row.result, GoodRow):
                self._settle_good(row, row.result, told[place])
                place += 1
            else:
                self._refuse(row, Refusal(reason=row.result))

    def flush(self) -> None:
        """Make sure that the refused rows are written. Raises OSError: they cannot be."""
        self._file.flush()

    def report(
        self, path: Path, columns: ColumnMap, shape: ListShape, *, dry_run: bool
    ) -> ImportReport:
        """Sum up."""
        others: dict[Reason, int] = {
            reason: count
            for reason, count in self._reasons.most_common()
            if reason not in _DUPLICATES
        }
        in_file, in_campaign, elsewhere = (self._reasons[reason] for reason in _DUPLICATES)
        return ImportReport(
            path=path,
            encoding=shape.encoding,
            sheet=shape.sheet,
            columns=columns,
            headers=shape.headers,
            dry_run=dry_run,
            rows=self.rows,
            added=self.added,
            updated=self.updated,
            duplicates_in_file=in_file,
            duplicates_in_campaign=in_campaign,
            duplicates_elsewhere=elsewhere,
            refused=self.refused,
            reasons=others,
            numbers_dropped=self._left_out[False],
            appointments_refused=self._left_out[True],
        )

    def _settle_good(self, row: CheckedRow, good: GoodRow, findings: Sequence[Finding]) -> None:
        refusals = [_refusal(finding) for finding in findings]
        for refusal in refusals:
            if not refusal.row_loaded:
                self._refuse(row, refusal)
                return
        for refusal in (*(Refusal(reason=one, row_loaded=True) for one in good.dropped), *refusals):
            self._left_out[refusal.reason.value.startswith("appointment")] += 1
            self._write(row, refusal)

    def _refuse(self, row: CheckedRow, refusal: Refusal) -> None:
        self._reasons[refusal.reason] += 1
        self._write(row, refusal)

    def _write(self, row: CheckedRow, refusal: Refusal) -> None:
        if self._file.is_kept:
            self._file.add(row.line, refusal.reason.value, self._sentence(refusal), row.cells)


def _has_remark(row: CheckedRow) -> bool:
    return not isinstance(row.result, GoodRow) or bool(row.result.dropped)


def _refusal(finding: Finding) -> Refusal:
    fault = finding.fault
    return Refusal(
        reason=finding.reason,
        other_line=finding.line,
        contact_id=finding.contact_id,
        outcome=fault.outcome if fault is not None else None,
        since=fault.since if fault is not None else None,
        row_loaded=finding.row_loaded,
    )
