"""How a command ends: the exit codes, and the one clear line for each kind of failure.

Owns: which error means which code, and that no operator is shown a traceback for what is no
fault of the program's. Must not know what any command does. A fault of the program's own is
never caught: it ends the process, and is told in one line with the way to its details.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import TracebackType
from typing import Final

from config.language import _
from dialer.cli_text import harmless

DEBUG: Final = "WAIHU_DEBUG"


class ExitCode(IntEnum):
    """What the shell is told. 130: the operator pressed Ctrl-C."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot do what it was asked; the text is a whole sentence for the operator.

    `reason` says it in one word to programs that go by the HTTP API; it stays as it is.
    """

    def __init__(
        self, text: str, code: ExitCode = ExitCode.FAILED, *, reason: str | None = None
    ) -> None:
        super().__init__(text)
        self.code = code
        self.reason = reason


def say_error(text: str) -> None:
    """Write the line (or several, if several things are wrong) to standard error."""
    for line in harmless(text).splitlines():
        sys.stderr.write(f"waihu: {line}\n")


class _Terminated(SystemExit):
    """A SIGTERM came."""


@contextmanager
def terminated_cleanly() -> Iterator[None]:
    """Let a SIGTERM end the block as an exception, then the process as the signal would.

    Else half a list from a pipe, or half an export, would stay on the disk.
    """

    def end(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise _Terminated

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    except _Terminated:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn every failure that is not the program's fault into its line and its exit code."""
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        # The reader (`head`, say) has gone; Python would complain again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(ExitCode.FAILED) from None
    except Exception as error:
        known = known_error(error)
        if known is None or os.environ.get(DEBUG):
            raise
        text, code = known
        say_error(text)
        raise SystemExit(code) from None


def known_error(error: BaseException) -> tuple[str, ExitCode] | None:
    """The sentence and the code; None for a fault of the program's own."""
    if isinstance(error, BaseExceptionGroup):
        first = [known_error(inner) for inner in error.exceptions]
        return first[0] if all(first) else None
    if isinstance(error, CommandError):
        return str(error), error.code
    found = _of_settings(error) or _of_peers(error) or _of_lists(error) or _of_store(error)
    return found or _of_acts(error)


def _of_acts(error: BaseException) -> tuple[str, ExitCode] | None:
    from dialer.acting_live import ActRefused  # noqa: PLC0415  loaded only when it is needed

    if not isinstance(error, ActRefused):
        return None
    from dialer.acting_words import misspelt, refusal_text  # noqa: PLC0415  as above

    return refusal_text(error), ExitCode.USAGE if misspelt(error) else ExitCode.FAILED


def _of_settings(error: BaseException) -> tuple[str, ExitCode] | None:
    from config.errors import ConfigError  # noqa: PLC0415  loaded only when it is needed

    return (str(error), ExitCode.USAGE) if isinstance(error, ConfigError) else None


def _of_peers(error: BaseException) -> tuple[str, ExitCode] | None:
    from asterisk.errors import LoginRefused, PbxError  # noqa: PLC0415  as above
    from dialer.client import EngineNotRunningError  # noqa: PLC0415  as above
    from dialer.wire import WireError  # noqa: PLC0415  as above

    match error:
        case EngineNotRunningError():
            said = _("no engine answers at {path}; start one with: waihu run")
            return said.format(path=error.path), ExitCode.UNREACHABLE
        case LoginRefused():
            return f"{error}\n{error.cure}", ExitCode.UNREACHABLE
        case WireError() | PbxError():
            return str(error), ExitCode.UNREACHABLE
        case _:
            return None


def _of_lists(error: BaseException) -> tuple[str, ExitCode] | None:
    if not isinstance(error, Exception):
        return None
    from campaigns.cli.sentences import columns_refused, list_refused  # noqa: PLC0415  as above
    from campaigns.row.columns import ColumnsRefusedError  # noqa: PLC0415  as above
    from campaigns.row.list_faults import ListRefusedError  # noqa: PLC0415  as above

    match error:
        case ListRefusedError():
            return list_refused(error), ExitCode.USAGE
        case ColumnsRefusedError():
            return columns_refused(error), ExitCode.USAGE
        case OSError():
            reason = error.strerror or str(error)
            return (f"{error.filename}: {reason}" if error.filename else reason), ExitCode.FAILED
        case _:
            return None


def _of_store(error: BaseException) -> tuple[str, ExitCode] | None:
    from campaigns.cli.sentences import store_refused  # noqa: PLC0415  as above
    from store.errors import (  # noqa: PLC0415  as above
        SchemaMismatchError,
        SchemaMissingError,
        StoreError,
    )

    match error:
        case SchemaMissingError() | SchemaMismatchError():
            return store_refused(error), ExitCode.USAGE
        case StoreError():
            return store_refused(error), ExitCode.FAILED
        case _:
            return None


def show_fault_in_one_line(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """`sys.excepthook` for commands: a bug of ours, told so that it can be reported."""
    if os.environ.get(DEBUG):
        sys.__excepthook__(kind, error, trace)
        return
    said = _("this is a fault in Waihu itself: {what}; {variable}=1 before the command shows where")
    say_error(said.format(what=f"{kind.__name__}: {error}", variable=DEBUG))
