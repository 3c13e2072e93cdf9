"""Texts of a flow as sound: the operator's own program speaks them into a file, once.

Owns: running that program, a file a text, and the form that Asterisk plays (8,000 Hz, 16 bits,
one channel). Must not know flows. No shell is involved: the text is one argument, or part of one.
"""

from __future__ import annotations

import array
import asyncio
import os
import sys
import wave
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Final

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger()

RATE: Final = 8_000
RATES: Final = range(4_000, 192_001)
"""What a program may speak at, in Hz."""
AT_ONCE: Final = 4
MOST_FILES: Final = 2_000
MOST_BYTES: Final = 512 << 20
SPEAK_WITHIN_S: Final = 5.0
LONGEST_TEXT: Final = 500
LONGEST_S: Final = 120
_SAMPLE_BYTES: Final = 2


class Speech:
    """Speaks into `folder`, by `words`: `{text}`, `{language}` and `{file}` are filled in."""

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self._words = tuple(words)
        self._folder = folder.resolve()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._numbers = count(1)

    def speak_by(self, words: Sequence[str]) -> None:
        """Use another program from now on."""
        self._words = tuple(words)

    async def sound_of(self, text: str, language: str) -> str | None:
        """The sound's path without its ending, as Asterisk is told it; None: it is passed over."""
        if not self._words:
            return None
        text = text[:LONGEST_TEXT]
        name = sha256("\0".join((*self._words, language, text)).encode()).hexdigest()[:32]
        path = self._folder / f"{name}.wav"
        if not _used(path) and not await self._spoken(text, language, path):
            return None
        return str(path.with_suffix(""))

    async def _spoken(self, text: str, language: str, path: Path) -> bool:
        raw = path.with_suffix(f".{next(self._numbers)}.tmp")
        values = {"{text}": text, "{language}": language, "{file}": str(raw)}
        try:
            async with asyncio.timeout(SPEAK_WITHIN_S), self._at_once:
                if await asyncio.to_thread(path.exists):
                    return True  # another caller's was spoken meanwhile
                await asyncio.to_thread(self._room)
                await _run([_filled(word, values) for word in self._words])
                await asyncio.to_thread(_convert, raw, path)
        except (OSError, TimeoutError, ValueError, EOFError, wave.Error) as error:
            log.warning("flow.text_not_spoken", program=self._words[0], fault=repr(error)[:200])
            return False
        finally:
            with suppress(OSError):
                raw.unlink(missing_ok=True)
        return True

    def _room(self) -> None:
        """Texts with facts in them are without number: those heard longest ago make room."""
        self._folder.mkdir(parents=True, exist_ok=True)
        files = sorted(self._files())
        size = sum(bytes_ for _heard, bytes_, _file in files)
        if len(files) < MOST_FILES and size < MOST_BYTES:
            return
        for nth, (_heard, bytes_, file) in enumerate(files):
            if len(files) - nth <= MOST_FILES * 3 // 4 and size <= MOST_BYTES * 3 // 4:
                break
            file.unlink(missing_ok=True)
            size -= bytes_

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for file in self._folder.glob("*.wav"):
            with suppress(FileNotFoundError):  # somebody else is making room
                stat = file.stat()
                yield stat.st_mtime, stat.st_size, file


def _used(path: Path) -> bool:
    """Whether it is there; if so it is heard now, which its time tells."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True


def _filled(word: str, values: dict[str, str]) -> str:
    """A text that has a place's name in it is not filled again."""
    return values.get(word) or word.replace("{language}", values["{language}"])


async def _run(words: list[str]) -> None:
    program = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        if await program.wait() != 0:
            raise ValueError(f"exit status {program.returncode}")
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


def _convert(raw: Path, path: Path) -> None:
    """Any WAV of 16 bits as Asterisk's `wav`; it is there as a whole or not at all."""
    with wave.open(str(raw), "rb") as spoken:
        if spoken.getsampwidth() != _SAMPLE_BYTES or not spoken.getnframes():
            raise ValueError("not 16 bits, or empty")
        channels, rate = spoken.getnchannels(), spoken.getframerate()
        if rate not in RATES:
            raise ValueError(f"{rate} Hz")
        if spoken.getnframes() > LONGEST_S * rate:
            raise ValueError("too long")
        samples = array.array("h", spoken.readframes(spoken.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    ready = raw.with_suffix(".ready")
    with wave.open(str(ready), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(_at_rate(samples[::channels], rate).tobytes())
    ready.replace(path)


def _at_rate(samples: array.array[int], rate: int) -> array.array[int]:
    """The mean of what falls into each new sample: what is too high for the line is dampened."""
    if rate == RATE:
        return samples
    made = array.array("h")
    for nth in range(len(samples) * RATE // rate):
        begin = nth * rate // RATE
        part = samples[begin : max(begin + 1, (nth + 1) * rate // RATE)]
        made.append(sum(part) // len(part))
    return made
