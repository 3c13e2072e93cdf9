"""The words of FastAGI: what either side can say, and how one line of it is written or read.

Owns: requests, responses, commands, the two errors, the limits, quoting, and the reading of a
single line. Must not know in which order they may come (`agi.protocol`), nor any socket.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl


class Fault(StrEnum):
    """What the other side did wrong: a word for counters and logs."""

    LINE_TOO_LONG = "line_too_long"
    HEADER_TOO_LONG = "header_too_long"
    HEADER_UNREADABLE = "header_unreadable"
    HEADER_TWICE = "header_twice"
    REQUEST_MISSING = "request_missing"
    ARGUMENTS_UNREADABLE = "arguments_unreadable"
    RESPONSE_UNREADABLE = "response_unreadable"
    USAGE_TOO_LONG = "usage_too_long"
    OUT_OF_TURN = "out_of_turn"
    AFTER_END = "after_end"


class LocalProtocolError(Exception):
    """We tried to say what may not be said (now, or at all); nothing has changed."""


class RemoteProtocolError(Exception):
    """The other side does not speak FastAGI; `fault` says in what way."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"the FastAGI client broke the protocol: {fault}")
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken from the other side, in bytes, lines and query arguments.

    A real header has about 25 lines and 700 bytes; a usage text up to 2,000 bytes.
    """

    line_bytes: int = 8192
    header_bytes: int = 16384
    header_lines: int = 128
    usage_bytes: int = 16384
    arguments: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The whole header. `agi://host/login?agent=1001` has route `login`, args `agent`: `1001`."""

    env: Mapping[str, str]
    route: str
    args: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer to a command.

    `result` is text, since the switch puts digits that were dialed there too; empty where none
    was given. `data` is what stood in the outer brackets, else the rest of the line; for 520 the
    usage text.
    """

    code: int
    result: str
    data: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller has gone; the connection has not."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection has ended."""


Event = Request | Response | HangUp | Closed


@dataclass(frozen=True, slots=True)
class Command:
    """A verb in capitals, e.g. `SET VARIABLE`, and its arguments as they shall arrive."""

    verb: str
    arguments: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Write the line, every argument quoted.

        Raises:
            LocalProtocolError: it would hold CR, LF or NUL, be no UTF-8, be longer than the
                switch reads in one piece (2,048 bytes with its NUL), or the verb is none.
        """
        if not _VERB.fullmatch(self.verb):
            raise LocalProtocolError("a verb is words of capital letters")
        text = " ".join((self.verb, *map(_quoted, self.arguments)))
        if _LINE_BREAKERS.search(text):
            raise LocalProtocolError("a command may not hold CR, LF or NUL")
        try:
            line = text.encode() + b"\n"
        except UnicodeEncodeError:
            raise LocalProtocolError("a command must be valid Unicode") from None
        if len(line) > COMMAND_BYTES:
            raise LocalProtocolError(f"a command may have {COMMAND_BYTES} bytes at most")
        return line


COMMAND_BYTES: Final = 2000
USAGE_CODE: Final = 520
USAGE_BEGIN: Final = "520-"
USAGE_END: Final = "520 End of proper usage."
HANGUP_LINE: Final = "HANGUP"

_VERB = re.compile(r"[A-Z]+(?: [A-Z]+)*")
_LINE_BREAKERS = re.compile(r"[\r\n\0]")
_RESPONSE = re.compile(r"([0-9]{3}) (?:result=(\S*) ?)?(.*)")
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\ufffd")


def read_line(raw: bytes) -> str:
    """Decode one whole line without its end; whatever is broken or invisible becomes U+FFFD."""
    return _printable(raw.removesuffix(b"\r").decode("utf-8", "replace"))


def read_header(line: str) -> tuple[str, str]:
    """Split `agi_name: value`.

    Raises:
        RemoteProtocolError: it is no such line.
    """
    name, colon, value = line.partition(":")
    if not (colon and name.startswith("agi_")):
        raise RemoteProtocolError(Fault.HEADER_UNREADABLE)
    return name, value.removeprefix(" ")


def read_request(env: Mapping[str, str], *, most_arguments: int) -> Request:
    """Find route and arguments: what the switch split off for us, else from the whole address.

    Raises:
        RemoteProtocolError: no address, or arguments that are too many or told twice.
    """
    script = env.get("agi_network_script")
    if script is None:
        if "agi_request" not in env:
            raise RemoteProtocolError(Fault.REQUEST_MISSING)
        script = env["agi_request"].partition("://")[2].partition("/")[2]
    path, _, query = script.partition("?")
    return Request(env=env, route=path.strip("/"), args=_arguments(query, most_arguments))


def read_response(line: str) -> Response:
    """Read a response of one line.

    Raises:
        RemoteProtocolError: it has no code, or is a 200 without a result.
    """
    match = _RESPONSE.fullmatch(line)
    if match is None or (match[1] == "200" and match[2] is None):
        raise RemoteProtocolError(Fault.RESPONSE_UNREADABLE)
    return Response(code=int(match[1]), result=match[2] or "", data=_unbracketed(match[3]))


def _arguments(query: str, most: int) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise RemoteProtocolError(Fault.ARGUMENTS_UNREADABLE) from None
    args = {_printable(name): _printable(value) for name, value in pairs}
    if len(args) < len(pairs):
        raise RemoteProtocolError(Fault.ARGUMENTS_UNREADABLE)
    return args


def _quoted(argument: str) -> str:
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _printable(text: str) -> str:
    """Percent-decoding, too, can bring control characters. Most lines have none: look first."""
    return text if text.isprintable() else text.translate(_CONTROLS)


def _unbracketed(text: str) -> str:
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text
