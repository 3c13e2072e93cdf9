"""The rows of a workbook (XLSX, XLS, XLSB, ODS), unpacked by a process of its own.

Owns: that process, what its end means, and the private file that holds the rows meanwhile: it
has no name, so that nothing is left of it whatever happens. Must not know what a row means.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from campaigns.row.csv_rows import Row
from campaigns.row.list_faults import ListFault, ListRefusedError

_SIGNS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
_PROCESS: Final = "campaigns.lists.workbook_process"
MOST_MEGABYTES: Final = 1536
MOST_SECONDS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """The sheet that was taken, the row of its last line, and the file with its rows."""

    sheet: str
    rows: int
    file: IO[bytes]


def is_workbook(path: Path) -> bool:
    """Say whether the file begins as workbooks do, whatever its name; an unreadable one is none."""
    try:
        with path.open("rb") as file:
            return file.read(4).startswith(_SIGNS)
    except OSError:
        return False


def unpacked_sheet(path: Path, wanted: str | None) -> Unpacked:
    """Unpack a sheet, by name or number; else the first that has rows. The caller closes its file.

    Raises:
        ListRefusedError: damaged, encrypted, a bomb, or without the sheet.
    """
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115  the caller's
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        facts = _run(path, wanted or "", file)
    except OSError as error:
        file.close()
        raise _unreadable(path, error) from error
    except BaseException:
        file.close()
        raise
    return Unpacked(sheet=facts["sheet"], rows=facts["rows"], file=file)


def unpacked_rows(file: IO[bytes]) -> Iterator[Row]:
    """Yield the rows of an unpacked sheet from the first; `line` is the sheet's own number."""
    file.seek(0)
    for written in file:
        line, *cells = json.loads(written)
        yield Row(line=line, cells=tuple(cells))


def _unreadable(path: Path, error: OSError) -> ListRefusedError:
    reason = error.strerror or str(error)
    return ListRefusedError(path, ListFault.UNREADABLE, reason=reason)


def _run(path: Path, wanted: str, file: IO[bytes]) -> dict[str, Any]:
    # -P: what lies in the folder that somebody stands in is not run.
    command = [sys.executable, "-P", "-m", _PROCESS, str(path.resolve()), wanted]
    ended = subprocess.run(  # noqa: S603  our own program
        command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, check=False
    )
    facts = _facts(ended.stderr)
    if ended.returncode == 0 and "sheet" in facts:
        return facts
    raise _refused(path, ended.returncode, facts)


def _facts(said: bytes) -> dict[str, Any]:
    """The last line, if it is JSON: the library may have complained before."""
    lines = said.decode("utf-8", "replace").splitlines() or [""]
    try:
        facts = json.loads(lines[-1])
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _refused(path: Path, code: int, facts: dict[str, Any]) -> ListRefusedError:
    fault = ListFault(facts.pop("fault", ListFault.DAMAGED_WORKBOOK))
    # Killed by a signal: the limits of memory or time, or the library's own way to give up.
    if code < 0 or fault is ListFault.HUGE_WORKBOOK:
        facts = {"megabytes": MOST_MEGABYTES, "seconds": MOST_SECONDS}
        return ListRefusedError(path, ListFault.HUGE_WORKBOOK, **facts)
    if fault is ListFault.DAMAGED_WORKBOOK:
        facts.setdefault("reason", "it cannot be taken apart")
    return ListRefusedError(path, fault, **facts)
