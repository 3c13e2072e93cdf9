"""Callers by SIP who can be told what to do while they call: press a key, speak, hang up.

Owns: the caller's side of SIP and RTP, just as much of it as an answered call needs, for any number
of calls on one socket. `tests.lab.sip_callers` has sipp's callers, whose course is written before.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from random import Random
from typing import cast

from asterisk.lab.ports import LOOPBACK

KEYS = "0123456789*#"
PACKET_S = 0.02
KEY_PACKETS = 5
_EVENT, _ULAW, _VOLUME, _END = 101, 0, 10, 0x80
_SAMPLES = 160
_NUMBERS = count(1)


class SipCall:
    """One call. `answered` and `ended` are set when they happen."""

    def __init__(self, line: SipLine, dialed: str, caller: str) -> None:
        self.dialed = dialed
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()
        self.refused = ""
        self._line = line
        self._id = f"caller-{next(_NUMBERS)}"
        self._caller = caller
        self._to_tag = ""
        self._media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._media.bind((LOOPBACK, 0))
        self._media_to = 0
        self._sent, self._at = 0, 0

    @property
    def id(self) -> str:
        """The Call-ID."""
        return self._id

    def ring(self) -> None:
        """Call."""
        port = self._media.getsockname()[1]
        body = (
            f"v=0\r\no=caller 1 1 IN IP4 {LOOPBACK}\r\ns=-\r\nc=IN IP4 {LOOPBACK}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
        )
        self._say("INVITE", 1, body)

    async def press(self, keys: str) -> None:
        """Press these keys, one after the other (RFC 4733), once the call is answered."""
        await self.answered.wait()
        for key in keys:
            self._at += 8_000
            for packet in range(1, KEY_PACKETS + 1):
                end = _END if packet == KEY_PACKETS else 0
                event = struct.pack("!BBH", KEYS.index(key), end | _VOLUME, packet * _SAMPLES)
                for _again in range(3 if end else 1):
                    self._send(_EVENT, event)
                await asyncio.sleep(PACKET_S)
            await asyncio.sleep(2 * PACKET_S)

    async def speak(self, seconds: float) -> None:
        """Say something: noise is a voice to a mailbox."""
        random = Random(7)
        for _packet in range(round(seconds / PACKET_S)):
            self._at += _SAMPLES
            self._send(_ULAW, random.randbytes(_SAMPLES))
            await asyncio.sleep(PACKET_S)

    def hang_up(self) -> None:
        """End the call."""
        if self.answered.is_set() and not self.ended.is_set():
            self._say("BYE", 2)
        self.ended.set()

    def close(self) -> None:
        """Give the socket back."""
        self.hang_up()
        self._media.close()

    def hear(self, text: str) -> None:
        """Take a message of the switch that belongs to this call."""
        first = text.partition("\r\n")[0]
        if first.startswith("BYE "):
            self.ended.set()
            return
        code = first.split()[1]
        if not re.search(
            r"^CSeq: *\d+ INVITE", text, re.MULTILINE | re.IGNORECASE
        ) or code.startswith("1"):
            return
        self._to_tag = _header(text, "To").partition(";tag=")[2]
        self._say("ACK", 1)
        if code != "200":
            self.refused = code
            self.ended.set()
            return
        media = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
        self._media_to = int(media[1]) if media else 0
        self.answered.set()

    def _say(self, method: str, cseq: int, body: str = "") -> None:
        tag = f";tag={self._to_tag}" if self._to_tag else ""
        to = f"sip:{self.dialed}@{LOOPBACK}:{self._line.to_port}"
        here = f"{LOOPBACK}:{self._line.port}"
        lines = [
            f"{method} {to} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{self._id}-{method}",
            f"From: {self._caller.format(here=here)};tag={self._id}",
            f"To: <{to}>{tag}",
            f"Call-ID: {self._id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:caller@{here}>",
            "Max-Forwards: 70",
            f"Content-Length: {len(body)}",
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        self._line.send("\r\n".join(lines) + f"\r\n\r\n{body}")

    def _send(self, kind: int, payload: bytes) -> None:
        self._sent += 1
        head = struct.pack("!BBHII", 0x80, kind, self._sent, self._at, 7)
        self._media.sendto(head + payload, (LOOPBACK, self._media_to))


class SipLine(asyncio.DatagramProtocol):
    """The callers' side of the trunk: a socket for the SIP of all calls."""

    def __init__(self, to_port: int) -> None:
        self.to_port = to_port
        self.port = 0
        self._calls: dict[str, SipCall] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, _address: object) -> None:
        """Answer what is a request, and tell the call that it is for."""
        text = data.decode(errors="replace")
        if not text.startswith("SIP/2.0 ") and not text.startswith("ACK "):
            self.send(_ok(text))
        if (call := self._calls.get(_header(text, "Call-ID"))) is not None:
            call.hear(text)

    def call(self, dialed: str, caller: str = "13900000002") -> SipCall:
        """Ring `dialed`. `caller`: a number, or a whole From header with {here} for the host."""
        sender = caller if "<" in caller else f"<sip:{caller}@{{here}}>"
        call = SipCall(self, dialed, sender)
        self._calls[call.id] = call
        call.ring()
        return call

    def send(self, text: str) -> None:
        """To the switch."""
        assert self._transport is not None
        self._transport.sendto(text.encode(), (LOOPBACK, self.to_port))

    def close(self) -> None:
        """Hang up all, and be gone."""
        for call in self._calls.values():
            call.close()
        assert self._transport is not None
        self._transport.close()


@asynccontextmanager
async def sip_line(to_port: int) -> AsyncIterator[SipLine]:
    """A line to the switch whose SIP is at that port."""
    loop = asyncio.get_running_loop()
    where = (LOOPBACK, 0)
    _transport, line = await loop.create_datagram_endpoint(lambda: SipLine(to_port), where)
    try:
        yield line
    finally:
        line.close()


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}: *(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _ok(request: str) -> str:
    kept = [
        f"{name}: {_header(request, name)}" for name in ("Via", "From", "To", "Call-ID", "CSeq")
    ]
    return "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])
