"""`python -m tests.fuzz`: bent input for AMI, FastAGI, the engine's socket and lists.

Prints, for each codec, the inputs a second, how they ended, the slowest one, and how much the
memory grew. Ends with 1 if one crashed, took longer than a second, or the memory grew; then the
input is in a file that `--replay` reads again.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.codecs import CODECS, Codec
from tests.fuzz.running import Findings, kept_input, peak_bytes, run

FOLDER = Path(".fuzz")


def main(arguments: Sequence[str] | None = None, codecs: Sequence[Codec] = CODECS) -> int:
    """Run the command; gives its exit code."""
    known = {codec.name: codec for codec in codecs}
    asked = _parser(list(known)).parse_args(arguments)
    if asked.replay:
        name, chunks = kept_input(asked.replay)
        print(f"{name}: {known[name].read(chunks)}")
        return 0
    print(f"seed {asked.seed}, {asked.inputs:,} inputs for each codec")
    found = [
        run(codec, math.ceil(asked.inputs * codec.share), asked.seed, asked.folder)
        for codec in (known[name] for name in asked.codec or known)
    ]
    for one in found:
        _tell(one)
    print(f"most memory held: {peak_bytes() / 2**20:.0f} MiB")
    return 0 if all(one.good for one in found) else 1


def _parser(names: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--codec", action="append", choices=names, help="only this one")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where a failure's input goes")
    parser.add_argument("--replay", type=Path, help="read one kept input again")
    return parser


def _tell(found: Findings) -> None:
    rate = found.inputs / found.took_s if found.took_s else 0.0
    print(
        f"{found.codec}: {found.inputs:,} inputs in {found.took_s:.0f} s, {rate:,.0f} a second, "
        f"slowest {found.slowest_s * 1000:.1f} ms, memory grew {found.grown_bytes / 2**20:.1f} MiB"
    )
    for ending, times in found.endings.most_common():
        print(f"    {times:>9,}  {ending}")
    if found.failure:
        print(f"FAILED: {found.failure}")
    if found.reproducer:
        print(f"its input: {found.reproducer} (python -m tests.fuzz --replay {found.reproducer})")


if __name__ == "__main__":
    sys.exit(main())
