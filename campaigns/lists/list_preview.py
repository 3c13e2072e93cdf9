"""The first rows of a list as they would be understood, before anything is loaded.

Owns: which rows, and that a broken one is among them. Must not know the words for it, nor whether
a number is good.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from campaigns.lists.readers import ListShape, read_rows
from campaigns.row.columns import ColumnMap, RowFacts, row_facts
from campaigns.row.csv_rows import Row, RowFault


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """A row's line and what it says; with a `fault` it could not be taken apart."""

    line: int
    facts: RowFacts | None
    fault: RowFault | None = None


def preview(shape: ListShape, columns: ColumnMap, rows: int) -> tuple[PreviewRow, ...]:
    """Return the first rows under the header, as they would be understood."""
    return tuple(_understood(row, columns) for row in islice(read_rows(shape), rows))


def _understood(row: Row, columns: ColumnMap) -> PreviewRow:
    if row.fault is not None:
        return PreviewRow(line=row.line, facts=None, fault=row.fault)
    return PreviewRow(line=row.line, facts=row_facts(row.cells, columns))
