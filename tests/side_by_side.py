"""`make test`: the whole suite in two halves at once.

Owns: starting them and telling what came of each. The tests on a real Asterisk mostly wait, for
phones to ring and talks to end; the others mostly work. So together they take little longer than
the longer half.

    python -m tests.side_by_side
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHOWN, KEPT_BACK = "not asterisk", "asterisk"


def main() -> int:
    """Run both; the second one's words come when the first is through. The worse result counts."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as words:
        behind = subprocess.Popen(
            _pytest(KEPT_BACK), cwd=ROOT, stdout=words, stderr=subprocess.STDOUT
        )
        try:
            shown = subprocess.run(_pytest(SHOWN), cwd=ROOT, check=False).returncode
            kept_back = behind.wait()
        finally:
            behind.terminate()
            behind.wait()
        words.seek(0)
        sys.stdout.write(f"\n== {KEPT_BACK}\n{words.read()}")
    print(f"\n== {SHOWN}: {_said(shown)} · {KEPT_BACK}: {_said(kept_back)}")  # noqa: T201
    return 0 if shown == kept_back == 0 else 1


def _pytest(mark: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-m", mark]


def _said(code: int) -> str:
    return "passed" if code == 0 else f"failed ({code})"


if __name__ == "__main__":
    sys.exit(main())
