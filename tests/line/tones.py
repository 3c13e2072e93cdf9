"""Tones: what simulated people sing, and how strongly a file of what was heard holds one.

Owns: the sound files of single tones, and the measuring of them (Goertzel). Who sings what, and
where it was heard, is the test's.
"""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Sequence
from pathlib import Path
from statistics import median

RATE = 8000
WINDOW = 800
LOUD = 6000
FULL_S = 5


def write_tone(path: Path, hz: int) -> None:
    """Five seconds of one tone."""
    waves = (LOUD * math.sin(2 * math.pi * hz * n / RATE) for n in range(RATE * FULL_S))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", int(one)) for one in waves))


def length_s(path: Path) -> float:
    """How long the file is by now; 0.0 where there is none yet. Its header may not be written."""
    return max(path.stat().st_size - 44, 0) / (2 * RATE) if path.exists() else 0.0


def strength(path: Path, hz: int, begin_s: float, end_s: float) -> float:
    """How much of the tone was heard between two moments of a file: 0 nothing, 1 all of it.

    The median of tenths of a second: a tone that begins anew disturbs only one of them.
    """
    data = path.read_bytes()[44:]
    part = data[int(begin_s * RATE) * 2 : int(end_s * RATE) * 2]
    samples = struct.unpack(f"<{len(part) // 2}h", part)
    spans = [samples[at : at + WINDOW] for at in range(0, len(samples) - WINDOW + 1, WINDOW)]
    return median(_power(span, hz) for span in spans)


def _power(samples: Sequence[int], hz: int) -> float:
    turn, last, before = 2 * math.cos(2 * math.pi * hz / RATE), 0.0, 0.0
    for sample in samples:
        last, before = sample + turn * last - before, last
    power = max(last * last + before * before - turn * last * before, 0.0)
    return 2 * math.sqrt(power) / len(samples) / LOUD
