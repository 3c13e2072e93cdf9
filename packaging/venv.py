#!/usr/bin/env python3
"""Make the virtual environment, complete, also where Debian's python3 lacks venv and pip.

Owns: `.venv` beside the checkout's Makefile: its creation, the locked packages, this project in
it, and the compiled texts. Does nothing when all of that is there already. Standard library only.

    python3 packaging/venv.py
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import debs

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "ready"
PARTS = ROOT / ".parts"
OLDEST = (3, 11)
MADE_OF = ("requirements.lock", "pyproject.toml", "packaging/venv.py")


class VenvError(Exception):
    """The environment could not be made; the text says what failed and what to do."""


def main() -> int:
    """Make what is missing; exit status 1 with one clear line when that fails."""
    try:
        _make()
    except (VenvError, debs.DebsError) as fault:
        print(f"venv: {fault}", file=sys.stderr)
        return 1
    return 0


def _make() -> None:
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        raise VenvError(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; python3 is {found}")
    wanted = _fingerprint()
    if not (STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted):
        _install()
        STAMP.write_text(wanted, encoding="utf-8")
    _compile_texts()


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{ROOT}\n".encode())
    for name in MADE_OF:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _install() -> None:
    python = VENV / "bin" / "python"
    if not (VENV / "bin" / "pip").exists():
        print("venv: making .venv …", flush=True)
        _create(python)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-q"]
    print("venv: installing the locked Python packages (about half a minute) …", flush=True)
    lock = ["install", "--require-hashes", "-r", str(ROOT / "requirements.lock")]
    _run([*pip, *lock], "the Python packages could not be installed")
    project = ["install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    _run([*pip, *project], "this project could not be installed")


def _create(python: Path) -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if (
        subprocess.run(
            [sys.executable, "-m", "venv", str(VENV)], capture_output=True, check=False
        ).returncode
        == 0
    ):
        return
    # Debian's python3 without python3-venv: the module is there, what it lacks is pip's wheel.
    shutil.rmtree(VENV, ignore_errors=True)
    _run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], ".venv could not be made")
    wheels = debs.bring("pip", PARTS) / "usr/share/python-wheels"
    wheel = next(wheels.glob("pip-*.whl"))
    _run([str(python), f"{wheel}/pip", "install", "-q", "--no-index", str(wheel)], "no pip")


def _compile_texts() -> None:
    for source in (ROOT / "config" / "locale").glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            words = ["compile", "-i", str(source), "-o", str(target)]
            _run([str(VENV / "bin" / "pybabel"), *words], "the texts could not be compiled")


def _run(arguments: list[str], fault: str) -> None:
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-8:]
        raise VenvError(f"{fault}:\n  " + "\n  ".join(last))


if __name__ == "__main__":
    sys.exit(main())
