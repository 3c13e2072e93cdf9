"""`waihu queue import-log`: what nobody saw live, out of Asterisk's queue_log.

Owns: the command and what it says. What is on file already is found by the store
(`store.queue_log_import`); queue_log itself is only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asterisk.queue_log import Stays
from asterisk.queue_log_files import BadLine, in_order, lines_of
from config.language import _
from config.settings import Settings
from dialer.cli_print import facts, print_json, say
from dialer.cli_progress import progress
from dialer.cli_session import opened, utc_now
from dialer.parts import number_reader

if TYPE_CHECKING:
    from store.queue_log_import import LogImport

MOST_SHOWN: Final = 20
"""So many unreadable lines are named one by one."""

MOST_KEPT: Final = 1_000
"""So many are kept for a program; of a file that is none each line is one."""

_TOLD_EVERY: Final = 1_000


@dataclass(slots=True)
class Read:
    """What the files were made of. `bad`: the first of the `bad_lines` that cannot be read."""

    lines: int = 0
    bad_lines: int = 0
    bad: list[BadLine] = field(default_factory=list)
    still_open: int = 0

    def cannot_read(self, line: BadLine) -> None:
        """Count a line that tells nothing."""
        self.bad_lines += 1
        if len(self.bad) < MOST_KEPT:
            self.bad.append(line)


async def import_log(
    settings: Settings, files: Sequence[Path], *, dry_run: bool, json: bool
) -> None:
    """Read the files in the order of time, and add what is not on file.

    Raises:
        OSError: a file cannot be read. What was added before stays, and is not added again.
        StoreError: the database does not take it; the same holds.
    """
    from store.queue_log_import import LogImport  # noqa: PLC0415  SQLAlchemy is slow to load

    async with opened(settings) as database:
        taking = LogImport(
            database=database,
            read_number=number_reader(settings),
            now=utc_now(),
            dry_run=dry_run,
        )
        read = await take_files(in_order(files), taking)
    if json:
        print_json({"import": _json(files, read, taking)})
    else:
        _say(read, taking)


async def take_files(files: Sequence[Path], taking: LogImport) -> Read:
    """Read the files one after the other, and hand their stays on. Raises as `import_log`."""
    read, stays = Read(), Stays()
    with progress(_("reading")) as told:
        for file in files:
            for number, line in lines_of(file):
                if isinstance(line, BadLine):
                    read.cannot_read(line)
                    continue
                read.lines += 1
                try:
                    known = list(stays.take(line))
                except ValueError as error:
                    read.cannot_read(BadLine(file=file, number=number, why=str(error)))
                    continue
                for stay in known:
                    await taking.take(stay)
                if read.lines % _TOLD_EVERY == 0:
                    told(read.lines, None)
    for stay in stays.rest():
        await taking.take(stay)
    read.still_open = stays.still_open
    await taking.finish()
    return read


def _json(files: Sequence[Path], read: Read, taking: LogImport) -> dict[str, object]:
    return {
        "files": [str(file) for file in files],
        "dry_run": taking.dry_run,
        "lines": read.lines,
        **asdict(taking.done),
        "still_open": read.still_open,
        "unreadable_lines": read.bad_lines,
        "unreadable": [
            {"file": str(bad.file), "line": bad.number, "why": bad.why} for bad in read.bad
        ],
    }


def _say(read: Read, taking: LogImport) -> None:
    done = taking.done
    if taking.dry_run:
        head = _("would add {added} stays, complete {completed}; {known} are on file")
    else:
        head = _("added {added} stays, completed {completed}; {known} were on file")
    say(head.format(added=done.added, completed=done.completed, known=done.known))
    facts(
        [
            (_("still going on"), str(read.still_open or "")),
            (_("left to the next import"), str(done.too_young or "")),
            (_("unreadable lines"), str(read.bad_lines or "")),
        ]
    )
    for bad in read.bad[:MOST_SHOWN]:
        say(f"  {bad.file}:{bad.number}: {bad.why}")
    if read.bad_lines > MOST_SHOWN:
        say(_("  and {n} more").format(n=read.bad_lines - MOST_SHOWN))
