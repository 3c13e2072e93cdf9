"""Where a program named Asterisk is: unpacked below the parts folder, or installed.

Owns: the command line that starts it, its folders of modules and sounds, and the choice between
versions (`WAIHU_TEST_ASTERISK=16`: the tests on the oldest that we support). Must not know what
it is configured to do.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

DEBS = Path(__file__).parents[2] / "packaging" / "debs.py"
CHOICE = "WAIHU_TEST_ASTERISK"
"""The environment variable that names another main version than the newest."""

_INSTALLED = Path("/usr/sbin/asterisk")


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskProgram:
    """An Asterisk on disk: `command` starts it, `modules` holds its .so files.

    `sounds` holds the English recordings, `documentation` the XML from which it knows its own
    options.
    """

    command: tuple[str, ...]
    modules: Path
    sounds: Path
    documentation: Path


def chosen_bundle() -> str:
    """The bundle of `packaging/debs.py` that holds the Asterisk which `CHOICE` names."""
    return f"asterisk{os.environ.get(CHOICE, '')}"


def find_asterisk(parts: Path) -> AsteriskProgram:
    """The unpacked Asterisk of `parts` if it has been brought, else the installed one.

    One that was chosen by its version is never replaced by the installed one.

    Raises:
        FileNotFoundError: there is neither.
    """
    bundle = chosen_bundle()
    root = parts / bundle
    if (root / "usr/sbin/asterisk").exists():
        return _program(root, tuple(load_debs().command(root, "usr/sbin/asterisk")))
    if _INSTALLED.exists() and CHOICE not in os.environ:
        return _program(Path("/"), (str(_INSTALLED),))
    raise FileNotFoundError(
        f"no {bundle} in {parts} and none installed; "
        f"`python3 packaging/debs.py {parts} {bundle}` brings one",
    )


def load_debs() -> ModuleType:
    """The tool that brings Debian packages; a script beside the product, loaded by its path.

    Raises:
        FileNotFoundError: this is no checkout, so the tool is not here.
    """
    if not DEBS.exists():
        raise FileNotFoundError(f"{DEBS} is missing: the tool is part of a checkout only")
    spec = importlib.util.spec_from_file_location("waihu_debs", DEBS)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{DEBS} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def _program(root: Path, command: tuple[str, ...]) -> AsteriskProgram:
    library = root / "usr/lib"
    private = sorted(library.glob("*-linux-gnu*/asterisk/modules"))
    modules = _first([*private, library / "asterisk/modules"], "modules")
    return AsteriskProgram(
        command=command,
        modules=modules,
        sounds=_first(_named(root, "sounds/en", "sounds/en_US_f_Allison"), "English sounds"),
        documentation=_first(_named(root, "documentation"), "documentation"),
    )


def _named(root: Path, *names: str) -> list[Path]:
    data = (root / "usr/share/asterisk", root / "var/lib/asterisk")
    return [folder / name for folder in data for name in names]


def _first(folders: list[Path], what: str) -> Path:
    for folder in folders:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"this Asterisk has no {what}: looked for {folders[0]}")
