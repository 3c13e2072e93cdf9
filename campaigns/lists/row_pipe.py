"""The rows of a list, read and checked, for the process that loads them.

Owns: where that work is done. Of a short list here, row by row; a long one is read and checked
in a process of its own, so that the other core does it while this one inserts. The rows come
in their order, in batches; a pipe of fixed size lies between, so the memory stays flat however
slow the database is. Must not know the rules of a row (`campaigns.row.row_check`).

That process ends with this one, whatever ends it: nobody reads its pipe any more. It does not
hear Ctrl-C, which this one answers.
"""

from __future__ import annotations

import fcntl
import gc
import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Final, Protocol

from campaigns.lists.readers import ListShape, read_rows
from campaigns.row.columns import ColumnMap
from campaigns.row.csv_rows import Row
from campaigns.row.row_check import check_row
from campaigns.row.rows import CheckedRow, Reason, RowRule

# A process takes a third of a second to start; so many rows are checked here in that time.
LONG_LIST: Final = 20_000
# What is checked ahead of the insert; the most that Linux gives to everyone.
_PIPE_BYTES: Final = 1 << 20
# Rows are no cycles: to look for some after every 700 objects costs a good part of the time.
_SELDOM: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RowWork:
    """What is to be read, how, and how many rows make a batch."""

    shape: ListShape
    columns: ColumnMap
    rule: RowRule
    batch: int


class _File(Protocol):
    """An open file on its way to the other process, where it is taken out."""

    def detach(self) -> int: ...


@contextmanager
def checked_batches(
    work: RowWork, *, long_list: int = LONG_LIST
) -> Iterator[Iterator[list[CheckedRow]]]:
    """Give the batches of a list; leaving the context ends the work, done or not.

    A list of `long_list` lines or more is read in another process.

    Raises:
        OSError: the file cannot be read any more, or the process that reads it was ended.
    """
    if work.shape.lines < long_list:
        yield _batches(work)
        return
    process, out = _started(work)
    ahead = ThreadPoolExecutor(1, thread_name_prefix="waihu-rows")
    usual = gc.get_threshold()
    try:
        gc.set_threshold(_SELDOM)
        yield _received(out, ahead)
    finally:
        process.kill()
        # Nobody writes any more: who waits for the next batch hears so.
        ahead.shutdown()
        gc.set_threshold(*usual)
        out.close()
        process.join()
        process.close()


def _started(work: RowWork) -> tuple[SpawnProcess, Connection]:
    """Start the other process; return it with the end of the pipe that is read here."""
    spawn = multiprocessing.get_context("spawn")
    out, into = spawn.Pipe(duplex=False)
    with suppress(OSError):
        fcntl.fcntl(into.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    # A workbook's unpacked rows are in a file that has no name: its descriptor goes along.
    unpacked = work.shape.unpacked
    file = DupFd(unpacked.fileno()) if unpacked is not None else None
    named = replace(work, shape=replace(work.shape, unpacked=None))
    process = spawn.Process(target=_send, args=(into, named, file), name="waihu-rows", daemon=True)
    with _ctrl_c_withheld():
        process.start()
    # Now the other alone can write: when it ends, that is seen here.
    into.close()
    return process, out


@contextmanager
def _ctrl_c_withheld() -> Iterator[None]:
    """What is started in here never hears of Ctrl-C; here it comes through a moment later."""
    # Started with the first process, else, and then it would let the signal through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _batches(work: RowWork) -> Iterator[list[CheckedRow]]:
    rows = (_checked(row, work) for row in read_rows(work.shape))
    while batch := list(islice(rows, work.batch)):
        yield batch


def _checked(row: Row, work: RowWork) -> CheckedRow:
    if row.fault is not None:
        return CheckedRow(row.line, Reason(row.fault.value), row.cells)
    width = len(work.shape.headers)
    return CheckedRow(row.line, check_row(row.cells, width, work.columns, work.rule), row.cells)


def _send(into: Connection, named: RowWork, file: _File | None) -> None:
    """Run in the other process: send every batch, then an empty one, or what went wrong."""
    gc.set_threshold(_SELDOM)
    work = replace(named, shape=replace(named.shape, unpacked=_opened(file)))
    with suppress(BrokenPipeError):
        try:
            for batch in _batches(work):
                into.send_bytes(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL))
            into.send([])
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001  it is raised where the batches are taken
            into.send(Failure.of(error))


def _opened(file: _File | None) -> IO[bytes] | None:
    """Open the file anew: what the other process reads must not move its place in it."""
    if file is None:
        return None
    descriptor = file.detach()
    try:
        return Path(f"/dev/fd/{descriptor}").open("rb")
    finally:
        os.close(descriptor)


def _received(out: Connection, ahead: ThreadPoolExecutor) -> Iterator[list[CheckedRow]]:
    """Give each batch; while the database is waited for, the next one is unpacked."""
    coming: Future[list[CheckedRow] | Failure] = ahead.submit(out.recv)
    while True:
        try:
            sent = coming.result()
        except EOFError:
            raise ChildProcessError("the process that reads the list was ended") from None
        if isinstance(sent, Failure):
            raise sent.error()
        if not sent:
            return
        coming = ahead.submit(out.recv)
        yield sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An exception on its way to this process: not all can be pickled by themselves."""

    kind: type[Exception]
    arguments: tuple[object, ...]
    facts: dict[str, object]
    trace: str

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Take an error apart, with its trace as a note."""
        trace = "".join(traceback.format_exception(error))
        # What an error is made of anew: an OSError's file name is not among its args.
        arguments = tuple(error.__reduce__()[1])
        return cls(kind=type(error), arguments=arguments, facts=vars(error), trace=trace)

    def error(self) -> Exception:
        """Return the error put together again."""
        error = self.kind.__new__(self.kind, *self.arguments)
        vars(error).update(self.facts)
        error.add_note(self.trace)
        return error
