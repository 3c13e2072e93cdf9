"""A sample of `make fuzz`, and that it finds what it looks for."""

from __future__ import annotations

import json
from mmap import mmap
from pathlib import Path

import pytest

from asterisk.frames import Frames
from dialer.wire import WireError, decode_request
from tests.fuzz.__main__ import main
from tests.fuzz.codecs import CODECS, Codec, Input, make_ami
from tests.fuzz.running import kept_input, run

SAMPLE = 3_000


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_a_codec_survives_bent_input(codec: Codec, tmp_path: Path) -> None:
    inputs = int(SAMPLE * codec.share)
    found = run(codec, inputs, seed=20261122, folder=tmp_path)
    assert found.good, found.failure
    assert found.inputs == inputs
    assert len(found.endings) > 1  # it is bent enough to be refused, and not so much as always


def test_the_same_seed_makes_the_same_inputs(tmp_path: Path) -> None:
    ami = CODECS[0]
    first, second = (run(ami, 500, seed=3, folder=tmp_path).endings for _ in range(2))
    assert first == second


def test_a_crash_is_found_kept_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def breaks(chunks: Input) -> str:
        if sum(map(len, chunks)) > 800:
            raise ZeroDivisionError
        return "ok"

    codec = Codec(name="broken", make=make_ami, read=breaks)
    assert main(["--inputs", "500", "--folder", str(tmp_path)], [codec]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out
    (file,) = tmp_path.iterdir()
    name, chunks = kept_input(file)
    assert (name, sum(map(len, chunks)) > 800) == ("broken", True)
    with pytest.raises(ZeroDivisionError):
        main(["--replay", str(file)], [codec])


def test_an_input_that_hangs_is_found(tmp_path: Path) -> None:
    def hangs(_chunks: Input) -> str:
        while True:
            pass

    found = run(Codec(name="stuck", make=make_ami, read=hangs), 1, seed=1, folder=tmp_path)
    assert "StuckError" in found.failure


def test_memory_that_grows_is_found(tmp_path: Path) -> None:
    kept: list[mmap] = []

    def leaks(_chunks: Input) -> str:
        # Pages of its own: a list might only fill what other tests have left free.
        kept.append(mmap(-1, 1_000_000))
        kept[-1].write(b"x" * 1_000_000)
        return "ok"

    found = run(Codec(name="leaky", make=make_ami, read=leaks), 40, seed=1, folder=tmp_path)
    assert "memory grew" in found.failure


# ── what it has found ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_message_of_the_greatest_length_is_read_wherever_its_end_is_cut(cut: int) -> None:
    longest = b"Event: A\r\nText: " + b"x" * 84
    stream = b"Asterisk Call Manager/9\r\n" + longest + b"\r\n\r\n"
    frames = Frames(longest=len(longest))
    assert frames.feed(stream[:-cut]) + frames.feed(stream[-cut:]) == [longest]
    assert frames.dropped == 0


@pytest.mark.parametrize("odd", [{"id": "\ud800"}, {"\ud800": "1"}, {"\ud800": 1}])
def test_what_no_answer_could_carry_back_is_refused_in_words_that_one_can(
    odd: dict[str, object],
) -> None:
    line = json.dumps({"v": 1, "id": "7", "do": "snapshot", **odd}).encode()
    with pytest.raises(WireError, match="must be text") as refused:
        decode_request(line)
    str(refused.value).encode()
