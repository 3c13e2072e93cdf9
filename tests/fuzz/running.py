"""Runs a codec under many inputs and measures: crashes, time, memory.

Owns: the clock on each input, the failure's reproducer, and the report. Must not know what a
codec does.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType

from tests.fuzz.codecs import Codec, Input

LONGEST_S = 1.0
"""Processor seconds that one input may take."""

MOST_GROWTH_BYTES = 16 * 1024 * 1024
"""Growth of the resident memory after the warm-up that is no leak yet."""

WARM_UP = 0.1
"""The part of the inputs after which the memory is first looked at."""


class StuckError(Exception):
    """An input took longer than `LONGEST_S`."""


@dataclass(slots=True, kw_only=True)
class Findings:
    """What a run over one codec has shown."""

    codec: str
    inputs: int = 0
    took_s: float = 0.0
    slowest_s: float = 0.0
    grown_bytes: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    failure: str = ""
    reproducer: Path | None = None

    @property
    def good(self) -> bool:
        """Nothing crashed, hung or grew."""
        return not self.failure


def run(codec: Codec, inputs: int, seed: int, folder: Path) -> Findings:
    """Read `inputs` inputs; stops at the first failure and keeps its input in `folder`."""
    found = Findings(codec=codec.name)
    random, started = Random(f"{codec.name} {seed}"), time.perf_counter()
    resident = 0
    with _alarm():
        for n in range(inputs):
            if n == int(inputs * WARM_UP):
                resident = _resident_bytes()
            if not _read_one(codec, codec.make(random), found):
                _keep(found, folder, seed, n)
                break
    found.took_s = time.perf_counter() - started
    found.grown_bytes = max(0, _resident_bytes() - resident)
    if found.good and found.grown_bytes > MOST_GROWTH_BYTES:
        found.failure = f"the memory grew by {found.grown_bytes / 2**20:.1f} MiB"
    return found


_last: list[Input] = [()]


def _read_one(codec: Codec, given: Input, found: Findings) -> bool:
    _last[0] = given
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
    began = time.process_time()
    try:
        ending = codec.read(given)
    except Exception:  # noqa: BLE001  whatever it is, it is the find
        found.failure = traceback.format_exc()
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    found.slowest_s = max(found.slowest_s, time.process_time() - began)
    found.endings[ending] += 1
    found.inputs += 1
    return True


def _keep(found: Findings, folder: Path, seed: int, nth: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{found.codec}-{seed}-{nth}.json"
    chunks = [chunk.hex() for chunk in _last[0]]
    file.write_text(json.dumps({"codec": found.codec, "chunks": chunks}), "utf-8")
    found.reproducer = file


def kept_input(file: Path) -> tuple[str, Input]:
    """The codec's name and the input of a reproducer."""
    kept = json.loads(file.read_text("utf-8"))
    return kept["codec"], tuple(bytes.fromhex(chunk) for chunk in kept["chunks"])


@contextmanager
def _alarm() -> Iterator[None]:
    def stuck(_signal: int, _frame: FrameType | None) -> None:
        raise StuckError(f"more than {LONGEST_S:g} s of processor time for one input")

    before = signal.signal(signal.SIGVTALRM, stuck)
    try:
        yield
    finally:
        signal.signal(signal.SIGVTALRM, before)


def _resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_bytes() -> int:
    """The most memory that this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
