"""The flags that say how lists are read and loaded, for every command that loads them.

Owns: those flags, each declared once, and what a saved profile adds to them: a flag goes before
the profile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from campaigns.campaign import Campaign
from campaigns.lists.encodings import Encoding, parse_encoding
from campaigns.lists.importing import ImportOrder
from campaigns.lists.load_report import ImportReport
from campaigns.lists.readers import Reading
from campaigns.row.column_names import ListField
from campaigns.row.columns import parse_column_flags
from campaigns.row.delimiters import parse_delimiter
from campaigns.serving import HIGHEST_PRIORITY, LOWEST_PRIORITY, USUAL_PRIORITY
from config.language import _, mark
from config.list_profile import ListProfile, profile_text
from dialer.cli_errors import CommandError, ExitCode
from store.sorting import OnDuplicate

EncodingName = Annotated[
    str | None,
    typer.Option("--encoding", help=mark("utf-8, utf-16, gb18030 or big5; else found out.")),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What was typed. Each field is an option of a command that takes them (`with_flags`)."""

    campaign: Annotated[str, typer.Option(help=mark("The campaign that gets the contacts."))]
    into: Annotated[
        str | None,
        typer.Option("--list", help=mark("The list that gets them; else named as the file.")),
    ] = None
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help=mark("Which column holds what: phone=手机; reference, name, priority and others."),
        ),
    ] = None
    profile: Annotated[
        Path | None, typer.Option(help=mark("A saved mapping of columns (--save-profile)."))
    ] = None
    delimiter: Annotated[
        str | None, typer.Option(help=mark("The sign between cells: , ; | tab; else found out."))
    ] = None
    encoding: EncodingName = None
    sheet: Annotated[
        str | None,
        typer.Option(help=mark("A workbook's sheet, by name or number; else the first.")),
    ] = None
    priority: Annotated[
        int,
        typer.Option(
            min=HIGHEST_PRIORITY,
            max=LOWEST_PRIORITY,
            help=mark("Of rows that name none: 1 first, 9 last."),
        ),
    ] = USUAL_PRIORITY
    duplicates: Annotated[
        OnDuplicate,
        typer.Option(
            help=mark("Numbers that the campaign has: skip the row, or update who is there.")
        ),
    ] = OnDuplicate.SKIP
    elsewhere: Annotated[
        OnDuplicate,
        typer.Option(
            help=mark("Numbers of other running campaigns: allow, skip, or update there.")
        ),
    ] = OnDuplicate.ALLOW


def with_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Make each field of `Flags` an option of the command, which gets them as its `flags`."""
    hints = get_type_hints(Flags, include_extras=True)
    options = [
        Parameter(
            one.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if one.default is MISSING else one.default,
            annotation=hints[one.name],
        )
        for one in fields(Flags)
    ]

    @wraps(command)
    def taken(**given: Any) -> None:
        flags = Flags(**{one.name: given.pop(one.name) for one in options})
        command(flags=flags, **given)

    own = get_type_hints(command, include_extras=True)
    parameters: list[Parameter] = []
    for one in signature(command).parameters.values():
        plain = one.replace(kind=Parameter.KEYWORD_ONLY, annotation=own[one.name])
        parameters += options if one.name == "flags" else [plain]
    # Typer looks at both.
    taken.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # a function may have one
    taken.__annotations__ = {one.name: one.annotation for one in parameters}
    return taken


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
        list_name=flags.into,
        campaign=replace(campaign, country=country),
        priority=flags.priority,
        duplicates=flags.duplicates,
        elsewhere=flags.elsewhere,
        columns={**profile.columns, **parse_column_flags(flags.column or [])},
        reading=_reading(flags, profile.reading()),
    )


def encoding_of(named: str | None) -> Encoding | None:
    """What --encoding names; None: it is to be found out.

    Raises:
        CommandError: it is none that is read.
    """
    try:
        return parse_encoding(named) if named else None
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None


def _reading(flags: Flags, by_profile: Reading) -> Reading:
    try:
        delimiter = parse_delimiter(flags.delimiter) if flags.delimiter else by_profile.delimiter
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    return Reading(
        delimiter=delimiter,
        encoding=encoding_of(flags.encoding) or by_profile.encoding,
        sheet=flags.sheet or by_profile.sheet,
    )


def saved_profile(path: Path, report: ImportReport, flags: Flags) -> None:
    """Keep how this list was understood, for the next of its kind.

    Raises OSError: the file cannot be written.
    """
    taken: Mapping[ListField, Sequence[str]] = {
        field: [report.headers[position] for position in positions]
        for field, positions in report.columns.positions().items()
    }
    path.write_text(profile_text(taken, _reading(flags, Reading())), encoding="utf-8")
