"""Settings brought together from file and environment.

Owns: which file, which value wins, and on which line or in which variable a fault stands.
Must not know what the settings are for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import SettingsError

from config.errors import ConfigError, Fault
from config.faults import faults_of
from config.locations import find_config, state_folder
from config.settings import ENV_PREFIX, Settings
from config.toml_file import Location, read_toml

_DEFAULT_PATHS: Final = {
    "database": "waihu.db",
    "run": "run",
    "log": "waihu.log",
    "recordings": "recordings",
    "calendars": "calendars",
    "regulations": "regulations",
    "flows": "flows",
    "forms": "forms",
}
_BESIDE_THE_FILE: Final = frozenset({"calendars", "regulations", "flows", "forms"})
"""What an operator writes stands by the settings; the rest is the program's."""


_FILES: Final = {
    "database": ("password_file",),
    "redis": ("password_file", "ca_file"),
    "mqtt": ("password_file", "ca_file", "certificate", "key"),
    "metrics": ("token_file",),
    "web": ("certificate", "key"),
}
"""Files that other sections name."""


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file (`path`, else the first found) and lay the environment over it.

    Relative paths in the file start at the file's folder.

    Raises:
        ConfigError: all faults at once, with file and line or the variable's name.
    """
    home = Path.home()
    file_path = path or find_config(os.environ, Path.cwd(), home)
    data, line_of = _read(file_path)
    _place_paths(data, file_path, state_folder(file_path, home))
    try:
        return Settings(**data)
    except ValidationError as error:
        faults = [_in_environment(fault) for fault in faults_of(error, Settings, line_of)]
        raise ConfigError.of(faults, file=file_path) from error
    except SettingsError as error:
        raise ConfigError(f"a variable {ENV_PREFIX}… cannot be read: {error}") from error


def _read(path: Path | None) -> tuple[dict[str, Any], Callable[[Location], int | None]]:
    if path is None:
        return {}, lambda _: None
    file = read_toml(path)
    return file.data, file.line_of


def _place_paths(data: dict[str, Any], file_path: Path | None, state: Path) -> None:
    """Fill in the paths that are left out, and root those that are relative."""
    folder = file_path.resolve().parent if file_path is not None else Path.cwd()
    for section, keys in _FILES.items():
        _root_files(data.get(section), keys, folder)
    paths = data.setdefault("paths", {})
    if not isinstance(paths, dict):
        return
    for key, name in _DEFAULT_PATHS.items():
        given = paths.get(key)
        if given is None:
            paths[key] = (folder if key in _BESIDE_THE_FILE else state) / name
        elif isinstance(given, str):
            paths[key] = folder / Path(given).expanduser()


def _root_files(table: object, keys: Iterable[str], folder: Path) -> None:
    """Files of one section that are named relative to the settings."""
    if not isinstance(table, dict):
        return
    for key in keys:
        if isinstance(name := table.get(key), str):
            table[key] = folder / Path(name).expanduser()


def _in_environment(fault: Fault) -> Fault:
    """Name the variable instead of the key when it is the variable that is wrong."""
    variable = ENV_PREFIX + (fault.key or "").replace(".", "_").upper()
    if variable not in os.environ:
        return fault
    return replace(fault, key=variable, line=None, elsewhere=True)
