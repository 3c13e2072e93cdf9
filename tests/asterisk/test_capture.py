"""Recorded streams read back: any packing, any size, and any damage."""

from __future__ import annotations

import gzip
import sys
import tracemalloc
import zlib
from pathlib import Path

import pytest
import zstandard

from asterisk.capture import Capture, ZstandardMissing
from asterisk.frames import event_name

FIVE_CALLS = Path(__file__).parent / "data" / "five_calls.ami"
PLAIN = FIVE_CALLS.read_bytes()
MESSAGES = list(Capture(FIVE_CALLS).messages())
BANNER = b"Asterisk Call Manager/9.0.0\r\n"


def read(folder: Path, data: bytes) -> tuple[list[bytes], Capture]:
    path = folder / "capture"
    path.write_bytes(data)
    capture = Capture(path)
    return list(capture.messages()), capture


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        BANNER + PLAIN,
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN.removesuffix(b"\r\n"),
        gzip.compress(PLAIN),
        gzip.compress(PLAIN[:1000]) + gzip.compress(PLAIN[1000:]),
        zstandard.compress(PLAIN),
        zstandard.compress(PLAIN[:1000]) + zstandard.compress(PLAIN[1000:]),
    ],
    ids=["plain", "banner", "lf", "no blank", "gzip", "two gzip", "zstd", "two zstd"],
)
def test_however_it_is_packed_the_messages_are_the_same(tmp_path: Path, data: bytes) -> None:
    messages, capture = read(tmp_path, data)
    assert messages == MESSAGES
    assert capture.breaks_off == ""
    assert capture.read_bytes == capture.size == len(data)


def test_it_can_be_read_again() -> None:
    capture = Capture(FIVE_CALLS)
    assert list(capture.messages()) == list(capture.messages()) == MESSAGES
    assert len(MESSAGES) == PLAIN.count(b"\r\n\r\n")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_what_a_cut_file_holds_is_read_and_where_it_ends_is_said(
    tmp_path: Path, pack: type[bytes]
) -> None:
    packed = pack(PLAIN)
    messages, capture = read(tmp_path, packed[: len(packed) - 20])
    assert messages == MESSAGES[: len(messages)]
    assert capture.breaks_off == f"byte {len(packed) - 20}: the compressed data ends too early"


def test_damage_in_the_middle_ends_it_there(tmp_path: Path) -> None:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    whole = packer.compress(PLAIN) + packer.flush(zlib.Z_SYNC_FLUSH)
    messages, capture = read(tmp_path, whole + b"\xff" * 1000)
    assert messages == MESSAGES[: len(messages)]
    assert len(messages) > len(MESSAGES) // 2
    assert capture.breaks_off.startswith("byte ")


@pytest.mark.parametrize("data", [b"", b"\x00" * 100_000, b"hello\n" * 1000, bytes(range(256))])
def test_what_is_no_stream_gives_no_event_and_no_error(tmp_path: Path, data: bytes) -> None:
    messages, _ = read(tmp_path, data)
    assert not any(event_name(message) for message in messages)


def test_a_half_message_at_the_end_is_none(tmp_path: Path) -> None:
    messages, _ = read(tmp_path, PLAIN + b"Event: Hangup\r\nUniq")
    assert messages == MESSAGES


def test_without_zstandard_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(ZstandardMissing):
        read(tmp_path, zstandard.compress(PLAIN))


def test_a_large_file_needs_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.ami.gz"
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        for _ in range(1000):
            file.write(packer.compress(PLAIN))
        file.write(packer.flush())
    tracemalloc.start()
    count = sum(1 for _ in Capture(path).messages())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 1000 * len(MESSAGES)
    assert most < 20_000_000
