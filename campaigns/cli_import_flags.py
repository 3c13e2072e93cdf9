"""The flags that say how lists are read and loaded, for every command that loads them.

Owns: those flags, and what a saved profile adds to them: a flag goes before the profile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from campaigns.campaign import Campaign
from campaigns.column_names import ListField
from campaigns.columns import parse_column_flags
from campaigns.delimiters import parse_delimiter
from campaigns.encodings import parse_encoding
from campaigns.importing import ImportOrder
from campaigns.load_report import ImportReport
from campaigns.readers import Reading
from campaigns.serving import HIGHEST_PRIORITY, LOWEST_PRIORITY
from config.language import _, mark
from config.list_profile import ListProfile, profile_text
from dialer.cli_errors import CommandError, ExitCode
from store.sorting import OnDuplicate

Column = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help=mark("Which column holds what: phone=手机; reference, name, priority and others."),
    ),
]
Profile = Annotated[
    Path | None, typer.Option(help=mark("A saved mapping of columns (--save-profile)."))
]
Delimiter = Annotated[
    str | None, typer.Option(help=mark("The sign between cells: , ; | tab; else found out."))
]
EncodingName = Annotated[
    str | None,
    typer.Option("--encoding", help=mark("utf-8, utf-16, gb18030 or big5; else found out.")),
]
Sheet = Annotated[
    str | None, typer.Option(help=mark("A workbook's sheet, by name or number; else the first."))
]
Priority = Annotated[
    int,
    typer.Option(
        min=HIGHEST_PRIORITY,
        max=LOWEST_PRIORITY,
        help=mark("Of rows that name none: 1 first, 9 last."),
    ),
]
Duplicates = Annotated[
    OnDuplicate,
    typer.Option(help=mark("Numbers that the campaign has: skip the row, or update who is there.")),
]
Elsewhere = Annotated[
    OnDuplicate,
    typer.Option(help=mark("Numbers of other running campaigns: allow, skip, or update there.")),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What was typed."""

    campaign: str
    columns: Sequence[str]
    profile: Path | None
    delimiter: str | None
    encoding: str | None
    sheet: str | None
    priority: int
    duplicates: OnDuplicate
    elsewhere: OnDuplicate


def wanted(flags: Flags, path: Path, campaign: Campaign) -> ImportOrder:
    """What is to be loaded by these flags.

    Raises:
        ConfigError: the profile has faults.
        ColumnsRefusedError: a --map is none.
        CommandError: another flag cannot be.
    """
    if flags.duplicates is OnDuplicate.ALLOW:
        said = _("a campaign holds a number once: --duplicates is skip or update")
        raise CommandError(said, ExitCode.USAGE)
    profile = ListProfile.load(flags.profile) if flags.profile is not None else ListProfile()
    country = profile.country or campaign.country
    return ImportOrder(
        path=path,
        campaign=replace(campaign, country=country),
        priority=flags.priority,
        duplicates=flags.duplicates,
        elsewhere=flags.elsewhere,
        columns={**profile.columns, **parse_column_flags(flags.columns)},
        reading=_reading(flags, profile.reading()),
    )


def _reading(flags: Flags, by_profile: Reading) -> Reading:
    try:
        return Reading(
            delimiter=parse_delimiter(flags.delimiter) if flags.delimiter else by_profile.delimiter,
            encoding=parse_encoding(flags.encoding) if flags.encoding else by_profile.encoding,
            sheet=flags.sheet or by_profile.sheet,
        )
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None


def saved_profile(path: Path, report: ImportReport, flags: Flags) -> None:
    """Keep how this list was understood, for the next of its kind.

    Raises OSError: the file cannot be written.
    """
    taken: Mapping[ListField, Sequence[str]] = {
        field: [report.headers[position] for position in positions]
        for field, positions in report.columns.positions().items()
    }
    path.write_text(profile_text(taken, _reading(flags, Reading())), encoding="utf-8")
