"""What a load did, or would do, as people and programs read it.

Owns: the summary, its JSON, and the preview of a dry run: each column of the file, what it is
taken for, and the first rows as they are understood. Must not load anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from rich.cells import cell_len, set_cell_size

from campaigns.cli.sentences import list_field_words, reason_sentences
from campaigns.lists.importing import ImportOrder
from campaigns.lists.list_file import readable_name
from campaigns.lists.load_report import ImportReport
from campaigns.lists.readers import ListShape, inspect_list, read_rows
from campaigns.phone.numbers import NumberRefusal, read_number
from campaigns.row.columns import ColumnMap, map_columns
from campaigns.row.csv_rows import Row
from config.language import _
from dialer.cli_print import facts, heading, say, table

_ROWS_SHOWN: Final = 3
# Three of them, with the column's name and meaning, fit a terminal of 80 columns.
_WIDEST_CELL: Final = 16


def report_json(report: ImportReport, refused_path: Path | None) -> dict[str, object]:
    """The report for a program."""
    return {
        "file": readable_name(str(report.path)),
        "encoding": report.encoding,
        "sheet": report.sheet,
        "columns": _columns(report),
        "dry_run": report.dry_run,
        "rows": report.rows,
        "added": report.added,
        "updated": report.updated,
        "duplicates_in_file": report.duplicates_in_file,
        "duplicates_in_campaign": report.duplicates_in_campaign,
        "duplicates_elsewhere": report.duplicates_elsewhere,
        "refused": report.refused,
        "reasons": {reason.value: count for reason, count in report.reasons.items()},
        "numbers_dropped": report.numbers_dropped,
        "appointments_refused": report.appointments_refused,
        "refused_path": str(refused_path) if refused_path else None,
    }


def _columns(report: ImportReport) -> dict[str, list[str]]:
    """Which of the file's columns was taken for what."""
    return {
        field.value: [report.headers[position] for position in positions]
        for field, positions in report.columns.positions().items()
    }


def _columns_text(report: ImportReport) -> str:
    words = {field.value: word for field, word in list_field_words().items()}
    named = _columns(report).items()
    return ", ".join(f"{words[field]} = {' + '.join(names)}" for field, names in named)


def print_report(report: ImportReport, refused_path: Path | None) -> None:
    """The report for people."""
    name = report.path.name
    if report.dry_run:
        head = _("{file}: {n} of {rows} rows would be loaded (dry run, nothing is changed)")
    else:
        head = _("{file}: {n} of {rows} rows are loaded")
    say(head.format(file=name, n=report.added, rows=report.rows), style="bold")
    how = report.encoding.called if report.encoding else report.sheet
    facts(
        [
            (_("read as"), str(how or "")),
            (_("columns"), "" if report.dry_run else _columns_text(report)),
            (_("brought up to date"), str(report.updated or "")),
            (_("twice in the file"), str(report.duplicates_in_file or "")),
            (_("in the campaign already"), str(report.duplicates_in_campaign or "")),
            (_("in other running campaigns"), str(report.duplicates_elsewhere or "")),
            (_("not loaded"), str(report.refused or "")),
            *_reasons(report),
            (_("numbers left out"), str(report.numbers_dropped or "")),
            (_("appointments refused"), str(report.appointments_refused or "")),
            (_("rows with reasons"), str(refused_path or "")),
        ]
    )


def _reasons(report: ImportReport) -> Iterator[tuple[str, str]]:
    said = reason_sentences()
    for reason, count in report.reasons.items():
        yield "", f"{count:>6}  {said[reason]}"


def print_preview(order: ImportOrder) -> None:
    """How the file's columns and its first rows are understood.

    Raises:
        ListRefusedError, ColumnsRefusedError: as `import_list` does.
    """
    with inspect_list(order.path, order.reading) as shape:
        columns = map_columns(shape.headers, order.columns)
        rows = list(islice(read_rows(shape), _ROWS_SHOWN))
        heading(_("How {file} is understood").format(file=order.path.name))
        table(
            [
                _("column"),
                _("taken as"),
                *(_("line {n}").format(n=row.line) for row in rows),
            ],
            list(_preview_rows(shape, columns, rows, order)),
        )


def _preview_rows(
    shape: ListShape, columns: ColumnMap, rows: Sequence[Row], order: ImportOrder
) -> Iterator[tuple[str, ...]]:
    words = list_field_words()
    taken = {
        position: words[field]
        for field, positions in columns.positions().items()
        for position in positions
    }
    phones = {position for position, _kind in columns.phones}
    custom = {position for _name, position in columns.custom}
    for position, header in enumerate(shape.headers):
        left_out = _("left out")
        meaning = taken.get(position) or (_("field") if position in custom else left_out)
        cells = (_cell(row, position) for row in rows)
        if position in phones:
            cells = (_phone(cell, order) for cell in cells)
        yield (_short(header or "-"), meaning, *map(_short, cells))


def _cell(row: Row, position: int) -> str:
    return row.cells[position].strip() if position < len(row.cells) else ""


def _phone(text: str, order: ImportOrder) -> str:
    """The number as it would be dialed, or as it was written with a cross, if it is none."""
    if not text:
        return ""
    number = read_number(text, order.campaign.country, order.campaign.number_check)
    if isinstance(number, NumberRefusal):
        return f"✗ {text}"
    return number.e164


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if cell_len(line) <= _WIDEST_CELL else f"{set_cell_size(line, _WIDEST_CELL - 1)}…"
