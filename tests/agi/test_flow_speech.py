"""Texts spoken by the operator's program: once, in a form that Asterisk plays, or not at all."""

from __future__ import annotations

import asyncio
import os
import sys
import wave
from pathlib import Path

import pytest

from agi.flow_speech import AT_ONCE, Speech
from asterisk.lab.program import load_debs

ROOT = Path(__file__).parents[2]

OF_NO_RATE = (
    "import struct, sys; open(sys.argv[1], 'wb').write("
    "b'RIFF' + struct.pack('<I', 40) + b'WAVEfmt ' + struct.pack('<IHHIIHH', 16, 1, 1, 0, 0, 2, 16)"
    " + b'data' + struct.pack('<I', 4) + b'1111')"
)


@pytest.fixture(scope="module")
def espeak() -> tuple[str, ...]:
    debs = load_debs()
    folder = debs.bring("espeak", ROOT / ".parts")
    (data,) = (folder / "usr/lib").glob("*/espeak-ng-data")
    program = debs.command(folder, "usr/bin/espeak-ng")
    spoken = ("-v", "{language}", "-w", "{file}", "--", "{text}")
    return (*program, f"--path={data.parent}", *spoken)


def names_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "欢迎致电，业务咨询请按一。"), ("en", '-v "$(id)" welcome')]
)
async def test_espeak_speaks_chinese_and_english_at_the_rate_of_the_line(
    espeak: tuple[str, ...], tmp_path: Path, language: str, text: str
) -> None:
    path = await Speech(espeak, tmp_path).sound_of(text, language)
    assert path is not None
    with wave.open(f"{path}.wav") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
        assert file.getnframes() > 8_000
    assert names_in(tmp_path) == [f"{Path(path).name}.wav"]


async def test_a_text_is_spoken_once_in_each_language(tmp_path: Path) -> None:
    program = (
        "import sys, wave; f = wave.open(sys.argv[1], 'wb'); "
        "f.setparams((1, 2, 8000, 0, 'NONE', '')); f.writeframes(b'11'); "
        "open(sys.argv[2], 'a').write('x')"
    )
    told = tmp_path / "told"
    words = (sys.executable, "-c", program, "{file}", str(told), "{text}")
    speech = Speech(words, tmp_path / "speech")
    first = await speech.sound_of("hello", "en")
    assert await speech.sound_of("hello", "en") == first
    assert await speech.sound_of("hello", "zh") != first
    assert told.read_text() == "xx"


@pytest.mark.parametrize("bound", ["MOST_FILES", "MOST_BYTES"])
async def test_what_was_heard_longest_ago_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    program = (
        "import sys, wave; f = wave.open(sys.argv[1], 'wb'); "
        "f.setparams((1, 2, 8000, 0, 'NONE', '')); f.writeframes(b'11' * 478)"
    )
    monkeypatch.setattr(f"agi.flow_speech.{bound}", {"MOST_FILES": 4, "MOST_BYTES": 4_000}[bound])
    speech = Speech((sys.executable, "-c", program, "{file}", "{text}"), tmp_path)
    paths = {text: await speech.sound_of(text, "en") for text in "abcd"}
    for age, text in enumerate("acdb"):  # the first is the oldest, and heard again
        os.utime(f"{paths[text]}.wav", (age, age))
    assert await speech.sound_of("a", "en") == paths["a"]
    paths["e"] = await speech.sound_of("e", "en")
    left = {
        text for text, path in paths.items() if f"{Path(path or '').name}.wav" in names_in(tmp_path)
    }
    assert left == {"a", "b", "d", "e"}


async def test_callers_who_come_together_each_hear_the_whole_text(tmp_path: Path) -> None:
    program = (
        "import sys, time, wave; f = wave.open(sys.argv[1], 'wb'); "
        "f.setparams((1, 2, 8000, 0, 'NONE', '')); f.writeframes(b'11' * 4000); "
        "time.sleep(0.2); f.writeframes(b'11' * 4000); f.close(); "
        "open(sys.argv[2], 'a').write('x')"
    )
    told = tmp_path / "told"
    words = (sys.executable, "-c", program, "{file}", str(told), "{text}")
    speech = Speech(words, tmp_path / "speech")
    text = "hello"
    heard = await asyncio.gather(*(speech.sound_of(text, "en") for _caller in range(12)))
    (path,) = set(heard)
    assert path is not None
    with wave.open(f"{path}.wav") as file:
        assert file.getnframes() == 8_000
    assert len(told.read_text()) <= AT_ONCE


async def test_behind_a_program_that_hangs_nobody_waits_for_the_others_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agi.flow_speech.SPEAK_WITHIN_S", 0.3)
    words = (sys.executable, "-c", "import time; time.sleep(60)", "{file}", "{text}")
    speech = Speech(words, tmp_path)
    async with asyncio.timeout(3):
        said = (speech.sound_of(f"text {nth}", "en") for nth in range(AT_ONCE * 20))
        assert set(await asyncio.gather(*said)) == {None}


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("/no/such/program", "{file}", "{text}"),
        (sys.executable, "-c", "raise SystemExit(3)", "{file}", "{text}"),
        (sys.executable, "-c", "", "{file}", "{text}"),
        (
            sys.executable,
            "-c",
            "import sys; open(sys.argv[1], 'w').write('no sound')",
            "{file}",
            "{text}",
        ),
        (sys.executable, "-c", OF_NO_RATE, "{file}", "{text}"),
    ],
    ids=["none", "missing", "fails", "writes nothing", "writes no sound", "of no rate"],
)
async def test_what_cannot_be_spoken_is_passed_over(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert await Speech(words, tmp_path).sound_of("hello", "en") is None
    assert names_in(tmp_path) == []
