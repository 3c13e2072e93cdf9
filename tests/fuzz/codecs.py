"""The codecs that are fuzzed: how an input for each is made, and what reading it must hold.

An input is the chunks in which its bytes arrive. `read` gives a word for how it ended (`ok`, or
the fault that the codec is there to tell); whatever it raises is a failure.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from agi.protocol import FastAgiProtocol, State
from agi.wire import Closed, Command, Limits, LocalProtocolError, RemoteProtocolError
from asterisk.frames import LONGEST_BANNER, LONGEST_MESSAGE, Frames, NotAsterisk
from asterisk.reader import Reader, Told
from asterisk.translate import TRANSLATORS
from campaigns.outcomes import Disposition
from dialer.wire import (
    Answer,
    Do,
    WireError,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
)
from tests.fuzz.lists import make_list, make_workbook, read_list
from tests.fuzz.mutations import in_chunks, mutated

Input = tuple[bytes, ...]

CORPUS = Path(__file__).parents[1] / "asterisk" / "data" / "five_calls.ami"
BANNER = b"Asterisk Call Manager/9.0.0\r\n"
END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One codec under fire. `share` of the inputs that are asked for is enough of a slow one."""

    name: str
    make: Callable[[Random], Input]
    read: Callable[[Input], str]
    share: float = 1.0


# ── AMI ──────────────────────────────────────────────────────────────────────────────────

_recorded = CORPUS.read_bytes()
AMI_MESSAGES = tuple(one for one in _recorded.split(END) if one.startswith((b"Event", b"Resp")))
EVENT_NAMES = tuple(name.encode() for name in TRANSLATORS)
HEADER_NAMES = tuple(
    sorted({line.split(b":")[0] for one in AMI_MESSAGES for line in one.split(b"\r\n")})
)
VALUES = (b"", b"7001", b"16", b"Up", b"-1", b"1e9", b"<null>", b"\xff", "张三".encode(), b"9" * 12)


def make_ami(random: Random) -> Input:
    """A banner and a few messages, recorded or put together, some of them bent."""
    banner = BANNER if random.random() < 0.92 else mutated(BANNER, random)
    parts = [_ami_message(random) for _ in range(random.randint(1, 3))]
    stream = banner + END.join(parts) + (END if random.random() < 0.9 else b"")
    return in_chunks(stream, random)


def _ami_message(random: Random) -> bytes:
    dice = random.random()
    if dice < 0.3:
        return _ami_made_up(random)
    message = random.choice(AMI_MESSAGES)
    return mutated(message, random) if dice < 0.9 else message


def _ami_made_up(random: Random) -> bytes:
    lines = [b"Event: " + random.choice(EVENT_NAMES)]
    lines += [
        random.choice(HEADER_NAMES) + b": " + random.choice(VALUES)
        for _ in range(random.randint(0, 8))
    ]
    return b"\r\n".join(lines)


def read_ami(chunks: Input) -> str:
    """Chunks must not matter, what is held is bounded, and only a bad greeting is a fault."""
    size = sum(map(len, chunks))
    longest = (LONGEST_MESSAGE, 120)[size % 4 == 0]
    try:
        told, dropped = _read_by(Reader(Frames(longest)), chunks, longest)
    except NotAsterisk:
        return "NotAsterisk"
    if size % 3 == 0:
        whole = _read_by(Reader(Frames(longest)), (b"".join(chunks),), longest)
        assert whole == (told, dropped), "the cuts changed what was read"
    return "dropped" if dropped else "ok"


def _read_by(reader: Reader, chunks: Input, longest: int) -> tuple[list[Told], int]:
    told: list[Told] = []
    for chunk in chunks:
        told += reader.feed(chunk)
        assert reader.held_bytes <= max(longest + len(END), LONGEST_BANNER), "held without bound"
    return told, reader.dropped


# ── FastAGI ──────────────────────────────────────────────────────────────────────────────

AGI_HEADER = (
    b"agi_network: yes",
    b"agi_network_script: login?agent=1001&x=%E5%BC%A0",
    b"agi_request: agi://127.0.0.1:4573/login?agent=1001",
    b"agi_channel: PJSIP/6001-00000001",
    b"agi_language: en",
    b"agi_uniqueid: 1700000000.1",
    b"agi_callerid: 13800000000",
    b"agi_calleridname: \xe5\xbc\xa0\xe4\xb8\x89",
    b"agi_context: waihu-login",
    b"agi_extension: s",
    b"agi_arg_1: 7001",
)
AGI_ANSWERS = (
    b"200 result=1",
    b"200 result=1 (some (nested) value)",
    b"200 result=-1",
    b"200 result=0 endpos=0",
    b"100 Trying...",
    b"510 Invalid or unknown command",
    b"511 Command Not Permitted on a dead channel or intercept routine",
    b"520-Invalid command syntax.  Proper usage follows:\nUsage: ANSWER\n520 End of proper usage.",
    b"520-Usage: 520 End of proper usage.",
    b"HANGUP",
)
SMALL = Limits(line_bytes=64, header_bytes=200, header_lines=6, usage_bytes=80, arguments=2)


def make_agi(random: Random) -> Input:
    """A header and a few answers, some lines of them bent."""
    lines = list(AGI_HEADER[: random.randint(1, len(AGI_HEADER))])
    if random.random() < 0.5:
        random.shuffle(lines)
    lines.append(b"")
    lines += [random.choice(AGI_ANSWERS) for _ in range(random.randint(0, 6))]
    for _ in range(random.choice((0, 1, 1, 2))):
        at = random.randrange(len(lines))
        lines[at] = mutated(lines[at], random)
    return in_chunks(b"\n".join(lines) + b"\n", random)


def read_agi(chunks: Input) -> str:
    """Commands are said whenever it is our turn; what is held is bounded; a fault stays one."""
    limits = SMALL if len(chunks) % 5 == 0 else Limits()
    protocol = FastAgiProtocol(limits)
    try:
        for chunk in (*chunks, b""):
            protocol.receive(chunk)
            _take_events(protocol, chunk)
            assert protocol.held_bytes <= limits.line_bytes, "held without bound"
    except RemoteProtocolError as error:
        _stays_broken(protocol, error)
        return str(error.fault)
    assert protocol.state is State.CLOSED
    assert protocol.next_event() is None
    return "ok"


def _take_events(protocol: FastAgiProtocol, chunk: bytes) -> None:
    most = chunk.count(b"\n") + 2
    events = 0
    while (event := protocol.next_event()) is not None:
        events += 1
        assert events <= most, "more events than lines"
        if protocol.state is State.READY:
            protocol.send(_command(chunk))
        elif isinstance(event, Closed):
            assert protocol.state is State.CLOSED


def _stays_broken(protocol: FastAgiProtocol, error: RemoteProtocolError) -> None:
    assert protocol.state is State.BROKEN
    again: RemoteProtocolError | None = None
    try:
        protocol.next_event()
    except RemoteProtocolError as raised:
        again = raised
    assert again is not None
    assert again.fault is error.fault, "a broken talk went on"


def _command(words: bytes) -> Command:
    """A command that says what was heard, unless no command can."""
    command = Command("VERBOSE", (words.decode("utf-8", "surrogateescape"), "1"))
    try:
        line = command.encode()
    except LocalProtocolError:
        return Command("NOOP")
    assert line.endswith(b"\n")
    assert not set(b"\r\n\0") & set(line[:-1]), "one command became two"
    return command


# ── the engine's socket ──────────────────────────────────────────────────────────────────

REQUESTS = tuple(
    json.dumps({"v": 1, "id": "7", "do": do.value, **fields}, ensure_ascii=ascii_only).encode()
    for do in Do
    for ascii_only in (False, True)
    for fields in (
        {},
        {"agent": "1001", "reason": "lunch"},
        {
            "agent": "1001",
            "disposition": Disposition.APPOINTMENT.value,
            "appointment_at": "2026-11-23T10:00:00+08:00",
            "note": "张三, 明天",
        },
    )
)
ODD = (
    None,
    True,
    0,
    -1,
    1e308,
    10**30,
    "",
    "\ud800",
    "张三",
    [],
    {},
    [[]],
    {"a": [{"b": None}]},
    "\0",
    "x" * 300,
)


def make_request(random: Random) -> Input:
    """A request, bent in its bytes or in its values; at times only depth."""
    dice = random.random()
    if dice < 0.6:
        return (mutated(random.choice(REQUESTS), random),)
    if dice < 0.61:
        return (b'{"v":1,"id":' + b"[" * random.choice((10, 900, 990, 1500, 9000)),)
    data = json.loads(random.choice(REQUESTS))
    for _ in range(random.randint(1, 3)):
        name = random.choice(("v", "id", "do", "agent", "reason", "note", "odd", ""))
        data[name] = random.choice(ODD)
    return (json.dumps(data).encode(),)


_KINDS = {
    "not": "no JSON, or no object",
    "unknown": "unknown request",
    "version": "another version",
    "id": "an id that is no text",
    "the": "a name that is no text",
}


def read_request(chunks: Input) -> str:
    """A request is understood whole, and can be answered, or it is refused in one sentence."""
    (line,) = chunks
    try:
        request = decode_request(line)
    except WireError as error:
        return _refused(str(error))
    assert decode_request(encode_request(request)) == request
    assert decode_answer(encode_answer(Answer(id=request.id, code="ok"))).id == request.id
    return "ok"


def _refused(sentence: str) -> str:
    answer = Answer(id="", code="bad_request", facts={"text": sentence})
    assert decode_answer(encode_answer(answer)).facts["text"] == sentence
    return _KINDS.get(sentence.split(maxsplit=1)[0], "a field that is no text")


CODECS = (
    Codec(name="ami", make=make_ami, read=read_ami),
    Codec(name="agi", make=make_agi, read=read_agi),
    Codec(name="socket", make=make_request, read=read_request),
    Codec(name="lists", make=make_list, read=read_list, share=0.3),
    Codec(name="workbooks", make=make_workbook, read=read_list, share=0.01),
)
