"""Which encoding a list is in, or why it is no list.

Owns: the detection, by decoding the whole file strictly: UTF-16 if it is marked so, else UTF-8,
else GB18030 or Big5, whichever gives the commoner characters. A file that changes its encoding
on the way is refused. It reads in pieces, so a file of any size takes little memory. Must not
know what a row is.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

from campaigns.row.common_characters import commonness
from campaigns.row.list_faults import ListFault, ListRefusedError

_PIECE: Final = 1 << 20
_MARKS: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_MARKUP: Final = re.compile(rb"\s*<(!doctype|html|\?xml|table|meta|head|body)\b", re.IGNORECASE)
# Real lists score 0.5 to 1; the same bytes in the wrong encoding 0 to 0.4.
_LEAST_SCORE: Final = 0.3
_LEAST_LEAD: Final = 0.15
# Two or three names may well be odd ones: of so few characters more is asked.
_FEW: Final = 4
_LEAST_LEAD_OF_FEW: Final = 0.26
# Two bytes of UTF-8, which are a character of GB 2312 as well, by themselves: `κ־` is 魏志.
_ALONE: Final = re.compile(r"(?<![A-Za-z\u0080-\uffff])[\u0080-\u07ff]+(?![A-Za-z\u0080-\uffff])")
_WEIGHT_OF_A_WORD: Final = 0.5
_MOST_BY_CHANCE: Final = 10
_SMALL_FILE: Final = 1 << 16
# So many characters of a piece are scored, and of fewer than the second nothing is concluded.
_SAMPLE: Final = 20_000
_TELLING: Final = 40
# Two Chinese characters of UTF-8 behind one another: the place is looked at closely.
_UTF8_RUN: Final = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2}")


class Encoding(StrEnum):
    """The encodings that are read; the value is Python's name of it."""

    UTF_8 = "utf-8-sig"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    GB18030 = "gb18030"
    BIG5 = "cp950"
    BIG5_HKSCS = "big5hkscs"

    @property
    def called(self) -> str:
        """The name that people know it by."""
        return _TITLES[self]


_TITLES: Final = {
    Encoding.UTF_8: "UTF-8",
    Encoding.UTF_16_LE: "UTF-16 LE",
    Encoding.UTF_16_BE: "UTF-16 BE",
    Encoding.GB18030: "GB18030",
    Encoding.BIG5: "Big5",
    Encoding.BIG5_HKSCS: "Big5-HKSCS",
}
_NAMES: Final = {
    **{encoding.value: encoding for encoding in Encoding},
    **{_TITLES[encoding].lower().replace(" ", "-"): encoding for encoding in Encoding},
    **dict.fromkeys(("utf8", "utf-8-bom"), Encoding.UTF_8),
    **dict.fromkeys(("utf-16", "utf16", "unicode"), Encoding.UTF_16_LE),
    **dict.fromkeys(("gbk", "gb2312", "cp936", "gb"), Encoding.GB18030),
    **dict.fromkeys(("big-5", "ms950"), Encoding.BIG5),
}
ENCODING_NAMES: Final = ("utf-8", "utf-16", "utf-16-be", "gb18030", "big5", "big5-hkscs")
_CHINESE: Final = (Encoding.GB18030, Encoding.BIG5, Encoding.BIG5_HKSCS)


def parse_encoding(name: str) -> Encoding:
    """Return the encoding that people call so; `gbk` is GB18030, which holds it.

    Raises:
        ValueError: it is none that is read.
    """
    known = _NAMES.get(name.strip().lower().replace("_", "-"))
    if known is None:
        raise ValueError(f'"{name}" is no encoding; known are {", ".join(ENCODING_NAMES)}')
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Decodable:
    """An encoding that decodes every byte of a file, and how many line ends there are."""

    encoding: Encoding
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undecodable:
    """Where decoding stopped: byte offset from 0, line from 1."""

    offset: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """A reading of the whole file. `odd`: where a piece of it gives odd characters."""

    decodable: Decodable
    score: float
    odd: _Undecodable | None
    characters: int = 0

    @property
    def encoding(self) -> Encoding:
        return self.decodable.encoding


def detect_encoding(path: Path, wanted: Encoding | None = None) -> Decodable:
    """Return the encoding that decodes every byte of the file; `wanted` is only checked.

    Raises:
        ListRefusedError: empty, unreadable, no text, of mixed or of unsure encoding, or in
            none that is read.
    """
    try:
        head = _head(path)
        marked = next((Encoding(name) for mark, name in _MARKS if head.startswith(mark)), None)
        if (asked := wanted or marked) is not None:
            return _checked(path, asked)
        utf8 = _decoded(path, Encoding.UTF_8)
        if isinstance(utf8, _Scored):
            _refuse_chance(path, head)
            return utf8.decodable
        if head.startswith(_UTF8_MARK):
            raise _wrong_byte(path, Encoding.UTF_8, utf8)
        return _chinese(path, utf8)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ListRefusedError(path, ListFault.UNREADABLE, reason=reason) from error


def _refuse_chance(path: Path, head: bytes) -> None:
    """One or two names of GB18030 may happen to be UTF-8, though of no language."""
    if head.startswith(_UTF8_MARK) or path.stat().st_size > _SMALL_FILE:
        return
    written = path.read_bytes()
    text = written.decode("utf-8")
    beyond = sum(not sign.isascii() for sign in text)
    if not 0 < beyond < _MOST_BY_CHANCE or beyond != sum(map(len, _ALONE.findall(text))):
        return
    if commonness(written.decode("gb18030", "replace"))[0] >= _WEIGHT_OF_A_WORD:
        names = f"{Encoding.UTF_8.called}, {Encoding.GB18030.called}"
        raise ListRefusedError(path, ListFault.UNSURE_ENCODING, encodings=names)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise ListRefusedError(path, ListFault.EMPTY)
    if _MARKUP.match(head.removeprefix(_UTF8_MARK)):
        raise ListRefusedError(path, ListFault.WEB_PAGE)
    return head


def _checked(path: Path, encoding: Encoding) -> Decodable:
    found = _decoded(path, encoding)
    if isinstance(found, _Undecodable):
        raise _wrong_byte(path, encoding, found)
    return found.decodable


def _wrong_byte(
    path: Path, encoding: Encoding, at: _Undecodable, fault: ListFault = ListFault.WRONG_BYTE
) -> ListRefusedError:
    return ListRefusedError(path, fault, encoding=encoding.called, offset=at.offset, line=at.line)


def _chinese(path: Path, utf8: _Undecodable) -> Decodable:
    """Choose among the encodings of which one decodes nearly what the other does."""
    readings = [_decoded(path, encoding) for encoding in _CHINESE]
    scored = [reading for reading in readings if isinstance(reading, _Scored)]
    if not scored:
        failed = (reading for reading in readings if isinstance(reading, _Undecodable))
        raise _unknown(path, utf8, next(failed))
    best = max(scored, key=lambda reading: reading.score)
    # Big5 and its Hong Kong variety are the same bytes for the same characters, mostly.
    rivals = [one.score for one in scored if (one.encoding is _CHINESE[0]) != _is_gb(best)]
    least_lead = _LEAST_LEAD_OF_FEW if best.characters < _FEW else _LEAST_LEAD
    if best.score < _LEAST_SCORE or best.score - max(rivals, default=0.0) < least_lead:
        names = ", ".join(reading.encoding.called for reading in scored)
        raise ListRefusedError(path, ListFault.UNSURE_ENCODING, encodings=names)
    odd = best.odd or _first_utf8_line(path, best.encoding)
    if odd is not None:
        raise _wrong_byte(path, best.encoding, odd, ListFault.MIXED_ENCODINGS)
    return best.decodable


def _is_gb(reading: _Scored) -> bool:
    return reading.encoding is Encoding.GB18030


def _unknown(path: Path, utf8: _Undecodable, gb18030: _Undecodable) -> ListRefusedError:
    return ListRefusedError(
        path,
        ListFault.UNKNOWN_ENCODING,
        utf8_offset=utf8.offset,
        utf8_line=utf8.line,
        offset=gb18030.offset,
        line=gb18030.line,
    )


def _decoded(path: Path, encoding: Encoding) -> _Scored | _Undecodable:
    """Decode the whole file. For the Chinese encodings its characters are scored."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    tally = _Tally(scores=encoding in _CHINESE)
    done = 0
    for piece in _pieces(path):
        _refuse_zero(path, piece, done, encoding)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            # The decoder puts what it held back in front of the piece.
            start = done + len(piece) - len(error.object) + error.start
            good = bytes(error.object[: error.start]).decode(encoding, "ignore")
            return _Undecodable(offset=start, line=1 + tally.lines + good.count("\n"))
        tally.add(text, done)
        done += len(piece)
    decodable = Decodable(encoding=encoding, lines=tally.lines)
    scored = _Scored(decodable=decodable, score=tally.score, odd=tally.odd)
    return replace(scored, characters=tally.characters)


def _pieces(path: Path) -> Iterator[bytes]:
    """The file in pieces, and an empty one at its end."""
    with path.open("rb") as file:
        yield from iter(partial(file.read, _PIECE), b"")
    yield b""


def _refuse_zero(path: Path, piece: bytes, done: int, encoding: Encoding) -> None:
    wide = encoding in {Encoding.UTF_16_LE, Encoding.UTF_16_BE}
    zero = piece.find(b"\0\0" if wide else b"\0")
    while wide and zero > 0 and zero % 2:
        # Two halves of neighbours; only a pair that begins evenly is a character.
        zero = piece.find(b"\0\0", zero + 1)
    if zero >= 0:
        raise ListRefusedError(path, ListFault.BINARY, offset=done + zero)


class _Tally:
    """Counts lines, and scores the pieces of a text."""

    def __init__(self, *, scores: bool) -> None:
        self.lines = 0
        self.odd: _Undecodable | None = None
        self._scores = scores
        self._sum = 0.0
        self.characters = 0

    def add(self, text: str, offset: int) -> None:
        """Take the text of a piece that began at the byte `offset`."""
        if self._scores:
            self._add_score(text[:_SAMPLE], offset)
        self.lines += text.count("\n")

    def _add_score(self, text: str, offset: int) -> None:
        score, characters = commonness(text)
        self._sum += score * characters
        self.characters += characters
        if characters >= _TELLING and score < _LEAST_SCORE and self.odd is None:
            self.odd = _Undecodable(offset=offset, line=self.lines + 1)

    @property
    def score(self) -> float:
        return self._sum / self.characters if self.characters else 0.0


def _first_utf8_line(path: Path, encoding: Encoding) -> _Undecodable | None:
    """Find a line that is UTF-8 and says more in it than in the encoding of the others."""
    line = 1
    offset = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE) + file.readline(_PIECE):
            for start, end in _suspicious_lines(piece):
                if _is_utf8(piece[start:end], encoding):
                    line += piece.count(b"\n", 0, start)
                    return _Undecodable(offset=offset + start, line=line)
            line += piece.count(b"\n")
            offset += len(piece)
    return None


def _suspicious_lines(piece: bytes) -> Iterator[tuple[int, int]]:
    end = 0
    for match in _UTF8_RUN.finditer(piece):
        if match.start() < end:
            continue
        start = piece.rfind(b"\n", 0, match.start()) + 1
        found = piece.find(b"\n", match.end())
        end = found if found >= 0 else len(piece)
        yield start, end


def _is_utf8(line: bytes, encoding: Encoding) -> bool:
    try:
        in_utf8 = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return commonness(in_utf8)[0] > commonness(line.decode(encoding, "replace"))[0]
