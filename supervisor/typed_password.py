"""A password for a command: typed at the terminal, or read from standard input or a file.

Owns: where it comes from. Never from the command line, which every program on the machine can read.
Must not know what it is for.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from config.language import _
from dialer.cli_errors import CommandError, ExitCode
from supervisor.account_words import password_sentences
from supervisor.accounts import LONGEST_PASSWORD, password_fault


def new_password(name: str, file: Path | None) -> str:
    """A fit password for the account `name`.

    Raises:
        CommandError: it is not fit, was not typed the same twice, or cannot be read.
    """
    text = _from_file(file) if file is not None else _typed(name)
    fault = password_fault(text, name)
    if fault is not None:
        raise CommandError(password_sentences()[fault], ExitCode.USAGE)
    return text


def _typed(name: str) -> str:
    if not sys.stdin.isatty():
        return _first_line(sys.stdin.readline(4 * LONGEST_PASSWORD))
    first = getpass.getpass(_("New password of {name}: ").format(name=name))
    if getpass.getpass(_("The same again: ")) != first:
        raise CommandError(_("that was not the same twice"), ExitCode.USAGE)
    return first


def _from_file(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as lines:
            return _first_line(lines.readline(4 * LONGEST_PASSWORD))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        said = _("{path} cannot be read: {why}")
        raise CommandError(said.format(path=file, why=why), ExitCode.USAGE) from None


def _first_line(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
