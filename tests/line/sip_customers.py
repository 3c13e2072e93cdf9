"""Customers behind SIP: one sipp process that does what a number's last three digits say.

200 rings, answers and hangs up after a talk; 180 rings until it is cancelled; every other code
is given as the final answer, as a real network would.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from asterisk.lab.ports import LOOPBACK, free_port

REFUSALS = (404, 410, 480, 484, 486, 503, 603)
ANSWERS = 200
RINGS_ON = 180
TALK_MS = 600

_HEAD = """\
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
"""
_CONTACT = "Contact: <sip:[local_ip]:[local_port]>\n"
_EMPTY = "Content-Length: 0\n"
_SDP = """\
Content-Type: application/sdp
Content-Length: [len]

v=0
o=customer 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""


@asynccontextmanager
async def sip_customers(sipp: list[str], folder: Path) -> AsyncIterator[int]:
    """Run them for as long as the block; gives their port."""
    scenario = folder / "customers.xml"
    scenario.write_text(_scenario(), encoding="utf-8")
    port = free_port(socket.SOCK_DGRAM)
    words = ["-sf", str(scenario), "-i", LOOPBACK, "-p", str(port), "-nostdin"]
    peer = await asyncio.create_subprocess_exec(
        *sipp,
        *words,
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        peer.terminate()
        await peer.wait()


def _scenario() -> str:
    blocks = [
        _invite((*REFUSALS, ANSWERS, RINGS_ON)),
        *(_refuses(status) for status in REFUSALS),
        _answers(),
        _rings_on(),
        '<label id="1"/>\n<timewait milliseconds="10"/>',
    ]
    return (
        '<?xml version="1.0"?>\n<scenario name="customers">\n' + "\n".join(blocks) + "\n</scenario>"
    )


def _invite(codes: Iterable[int]) -> str:
    looks = [
        f'<ereg regexp="{code}@" search_in="hdr" header="To:" assign_to="is{code}"/>'
        for code in codes
    ]
    jumps = [f'<nop next="{code}" test="is{code}"/>' for code in codes]
    cseq = '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>'
    at = '<ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="contact"/>'
    return "\n".join(
        ['<recv request="INVITE"><action>', cseq, at, *looks, "</action></recv>", *jumps]
    )


def _refuses(status: int) -> str:
    return "\n".join(
        [
            f'<label id="{status}"/>',
            _send(f"SIP/2.0 {status} Refused", "[last_CSeq:]\n" + _EMPTY),
            '<recv request="ACK" next="1"/>',
        ]
    )


def _answers() -> str:
    bye = """\
BYE [$contact] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From:[$us]
To:[$them]
[last_Call-ID:]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0
"""
    people = [
        '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="us"/>',
        '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="them"/>',
    ]
    return "\n".join(
        [
            f'<label id="{ANSWERS}"/>',
            _send("SIP/2.0 180 Ringing", "[last_CSeq:]\n" + _CONTACT + _EMPTY),
            '<pause milliseconds="100"/>',
            _send("SIP/2.0 200 OK", "[last_CSeq:]\n" + _CONTACT + _SDP),
            '<recv request="ACK"><action>',
            *people,
            "</action></recv>",
            f'<pause milliseconds="{TALK_MS}"/>',
            f'<send retrans="500"><![CDATA[\n{bye}\n]]></send>',
            '<recv response="200" next="1"/>',
        ]
    )


def _rings_on() -> str:
    return "\n".join(
        [
            f'<label id="{RINGS_ON}"/>',
            _send("SIP/2.0 180 Ringing", "[last_CSeq:]\n" + _CONTACT + _EMPTY),
            '<recv request="CANCEL"/>',
            _send("SIP/2.0 200 OK", "[last_CSeq:]\n" + _EMPTY),
            _send("SIP/2.0 487 Request Terminated", "CSeq: [$cseq] INVITE\n" + _EMPTY),
            '<recv request="ACK" next="1"/>',
        ]
    )


def _send(status_line: str, rest: str) -> str:
    return f"<send><![CDATA[\n{status_line}\n{_HEAD}{rest}\n]]></send>"
