"""A password or token in a file of its own, so that it stands on no screen.

Owns: reading it, and that nobody else may. Must not know what it opens.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from config.errors import ConfigError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_secret(path: Path, key: str) -> str:
    """The first line of the file that the setting `key` names.

    Raises:
        ConfigError: it cannot be read, is empty, or others may read it.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"{key}: {path}: {why}") from error
    if mode & _OTHERS:
        raise ConfigError(f"{key}: others may read {path} (mode {mode:04o}); chmod 600 {path}")
    if not lines or not lines[0]:
        raise ConfigError(f"{key}: {path} is empty")
    return lines[0]
