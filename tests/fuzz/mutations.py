"""Bytes bent at random: cut out, doubled, swapped, spliced, with words that codecs care about.

Owns: the mutations, none of which knows a protocol. All chance comes from the Random given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

WORDS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\0",
    b": ",
    b":",
    b"\xff\xfe",
    b"\xe5\xbc",
    "张三".encode(),
    b"\xed\xa0\x80",
    b"-1",
    b"9" * 40,
    b" " * 60,
    b"%0d%0a",
    b"{",
    b"[[[[[[[[",
    b'"',
    b"\\ud800",
    b"x" * 400,
)


def mutated(data: bytes, random: Random) -> bytes:
    """`data` after one to three mutations."""
    for _ in range(random.choice((1, 1, 2, 3))):
        data = random.choice(_MUTATIONS)(data, random)
    return data


def in_chunks(data: bytes, random: Random) -> tuple[bytes, ...]:
    """`data` as TCP may bring it: mostly whole or in a few pieces, at times byte by byte."""
    dice = random.random()
    if dice < 0.4 or len(data) < 2:
        return (data,)
    if dice < 0.45 and len(data) < 600:
        return tuple(data[at : at + 1] for at in range(len(data)))
    cuts = sorted(random.randrange(len(data)) for _ in range(random.randint(1, 5)))
    edges = [0, *cuts, len(data)]
    return tuple(data[a:b] for a, b in pairwise(edges))


def _place(data: bytes, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _span(data: bytes, random: Random) -> tuple[int, int]:
    start = _place(data, random)
    return start, min(len(data), start + random.choice((1, 2, 4, 16, 64)))


def _insert_word(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    return data[:at] + random.choice(WORDS) + data[at:]


def _cut_out(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + data[end:]


def _double(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:end] + data[start:end] * random.choice((1, 2, 20)) + data[end:]


def _noise(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + random.randbytes(end - start) + data[end:]


def _swap(data: bytes, random: Random) -> bytes:
    one, other = sorted((_span(data, random), _span(data, random)))
    if one[1] > other[0]:
        return data
    middle = data[one[1] : other[0]]
    first, second = data[one[0] : one[1]], data[other[0] : other[1]]
    return data[: one[0]] + second + middle + first + data[other[1] :]


def _end_early(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)]


def _flip(data: bytes, random: Random) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes((data[at] ^ (1 << random.randrange(8)),)) + data[at + 1 :]


_MUTATIONS: Sequence[Callable[[bytes, Random], bytes]] = (
    _insert_word,
    _insert_word,
    _cut_out,
    _double,
    _noise,
    _swap,
    _end_early,
    _flip,
    _flip,
)
