"""`make test`: the whole suite in parts, at once.

Owns: starting them and telling what came of each. The tests on a real Asterisk mostly wait, for
phones to ring and talks to end; the others mostly work, and stand far back behind those whose
calls must be answered in time. So together they take little longer than the longest.

    python -m tests.side_by_side
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

ROOT = Path(__file__).parents[1]
ON_ASTERISK, OFF_ASTERISK = ("-m", "asterisk"), ("-m", "not asterisk")
LINE: Final = "tests/line"
SCREENS_ON_LINE: Final = frozenset({"acting", "api", "board", "desk", "told", "wallboard"})
"""Tests of the line for those who watch and those who talk: they take the second place there."""
STORE: Final = "tests/store"
DIALER: Final = ("tests/dialer", "tests/machines")
SCREENS: Final = ("tests/web", "tests/board", "tests/supervisor/sinks")
CALLS_ON_LINE: Final = frozenset(
    one.stem.removeprefix("test_") for one in (ROOT / LINE).glob("test_*.py")
).difference(SCREENS_ON_LINE)
LIVE: Final = "screens and sinks"
SHOWN: Final = "all others"


def _without(names: frozenset[str]) -> tuple[str, ...]:
    """The words by which these files of the line are left out."""
    return tuple(f"--ignore={LINE}/test_{name}.py" for name in sorted(names))


PARTS: Final = {
    "the line, on a real Asterisk": (*ON_ASTERISK, LINE, *_without(SCREENS_ON_LINE)),
    "others on a real Asterisk": (*ON_ASTERISK, *_without(CALLS_ON_LINE)),
    "the store": (*OFF_ASTERISK, STORE),
    "the dialer": (*OFF_ASTERISK, *DIALER),
    LIVE: (*OFF_ASTERISK, *SCREENS),
    SHOWN: (*OFF_ASTERISK, *(f"--ignore={folder}" for folder in (STORE, *DIALER, *SCREENS))),
}
STAND_BACK: Final = 15
"""Added to the niceness of the parts that work."""

LIVE_STANDS_BACK: Final = 5
"""What lives on fresh data is old to itself when it hardly ever has its turn."""


def main() -> int:
    """Run all; the words of those that are kept back come at the end. The worst result counts."""
    with ExitStack() as stack:
        words = {name: stack.enter_context(_kept_words()) for name in PARTS if name != SHOWN}
        started = {name: _started(name, words.get(name)) for name in PARTS}
        for one in started.values():
            stack.callback(one.wait)
            stack.callback(one.terminate)
        codes = {name: started[name].wait() for name in reversed(PARTS)}
        for name, kept in words.items():
            kept.seek(0)
            sys.stdout.write(f"\n== {name}\n{kept.read()}")
    print("\n== " + " · ".join(f"{name}: {_said(code)}" for name, code in codes.items()))  # noqa: T201
    return 0 if not any(codes.values()) else 1


def _kept_words() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")


def _started(name: str, words: IO[str] | None) -> subprocess.Popen[bytes]:
    """Start a part; without a place for its words they are shown at once."""
    stands_back = _stands_back(name)
    return subprocess.Popen(
        ["nice", "-n", str(stands_back), sys.executable, "-m", "pytest", *PARTS[name]],
        cwd=ROOT,
        stdout=words,
        stderr=None if words is None else subprocess.STDOUT,
    )


def _stands_back(name: str) -> int:
    if PARTS[name][:2] == ON_ASTERISK:
        return 0
    return LIVE_STANDS_BACK if name == LIVE else STAND_BACK


def _said(code: int) -> str:
    return "passed" if code == 0 else f"failed ({code})"


if __name__ == "__main__":
    sys.exit(main())
