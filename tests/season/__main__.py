"""`make season`: ninety days with a million contacts under all rules, and the umpire's word on it.

python -m tests.season [--contacts N] [--days N] [--calls-a-day N] [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.season.umpire import Umpire
from tests.season.whole import LAWS, a_season

SHOWN = 10


def main() -> int:
    """Run a season and print what came of it; exit status 1 where a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.season")
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--calls-a-day", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "season.sqlite3"
        began = time.monotonic()
        season = asyncio.run(
            a_season(
                file,
                contacts=asked.contacts,
                days=asked.days,
                calls_a_day=asked.calls_a_day,
                seed=asked.seed,
                said=_say,
            )
        )
        lasted_s = time.monotonic() - began
        umpire = Umpire(file, season.houses, LAWS)
        broken = list(umpire.violations())
    for violation in broken[:SHOWN]:
        _say(str(violation))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    _say(
        f"{asked.contacts:,} contacts, {asked.days} days, {len(umpire.calls):,} calls, "
        f"{sum(season.refusals.values()):,} refused at the moment of sending, "
        f"{season.counts['appointments']:,} appointments: {len(broken)} violations; "
        f"{lasted_s / 60:.1f} min, {peak_mb} MB"
    )
    return 1 if broken else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  a command that prints


if __name__ == "__main__":
    sys.exit(main())
