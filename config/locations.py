"""Where settings are looked for, and where files go that no setting places.

Owns: the order of places. Must not know what is in them. The environment is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from config.errors import ConfigError

CONFIG_VARIABLE: Final = "WAIHU_CONFIG"
FILE_NAME: Final = "waihu.toml"
SYSTEM_CONFIG: Final = Path("/etc/waihu") / FILE_NAME
SYSTEM_STATE: Final = Path("/var/lib/waihu")


def find_config(environment: Mapping[str, str], folder: Path, home: Path) -> Path | None:
    """Return the settings file: WAIHU_CONFIG, else ./, else ~/.config/waihu, else /etc/waihu.

    None where there is none: the defaults hold.

    Raises:
        ConfigError: WAIHU_CONFIG names a file that is not there.
    """
    if named := environment.get(CONFIG_VARIABLE):
        if not (path := folder / named).is_file():
            raise ConfigError(f"{CONFIG_VARIABLE} names {named}, which is not a file")
        return path
    places = (folder / FILE_NAME, home / ".config" / "waihu" / FILE_NAME, SYSTEM_CONFIG)
    return next((place for place in places if place.is_file()), None)


def state_folder(config: Path | None, home: Path) -> Path:
    """Return the folder of database, socket and log where the settings name none."""
    if config == SYSTEM_CONFIG:
        return SYSTEM_STATE
    return home / ".local" / "state" / "waihu"
