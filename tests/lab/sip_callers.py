"""Somebody who calls the hotline by SIP and presses keys (RFC 4733).

One sipp process a call speaks SIP; the keys are sent from here, as sipp's own need root and bear
a time stamp for each packet.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path

from asterisk.lab.ports import LOOPBACK, free_port
from asterisk.lab.process import LabAsterisk

KEYS = "0123456789*#"
PAUSE_S = 0.5
_EVENT, _PACKET_S, _PACKETS, _VOLUME, _END = 101, 0.02, 5, 10, 0x80
_SDP = """\
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio MEDIA_PORT RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
"""


async def sip_call(
    sipp: list[str],
    folder: Path,
    lab: LabAsterisk,
    keys: Sequence[str],
    *,
    caller: str = "13900000002",
    name: str = "",
    stay_ms: int = 300,
    is_heard: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Call, press `keys` one group after the other, stay, hang up (or be hung up).

    `name` is shown beside the number. Each group waits for `is_heard`; without it the keys keep
    time, and one that comes between two commands of a flow is heard by nobody.
    """
    port = free_port(socket.SOCK_DGRAM)
    scenario, told = folder / f"caller{port}.xml", folder / f"caller{port}.log"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media:
        media.bind((LOOPBACK, 0))
        pause_s = (len("".join(keys)) + 1) * PAUSE_S + stay_ms / 1000
        text = _scenario(f'"{name}" <sip:{caller}', round(pause_s * 1000), media.getsockname()[1])
        scenario.write_text(text, encoding="utf-8")
        words = ["-sf", str(scenario), "-i", LOOPBACK, "-p", str(port), "-m", "1", "-nostdin"]
        peer = await asyncio.create_subprocess_exec(
            *sipp,
            *(*words, "-trace_logs", "-log_file", str(told), "-s", "4008000000"),
            f"{LOOPBACK}:{lab.sip_port}",
            cwd=folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(30):
                await _press(media, told, keys, is_heard)
                await peer.wait()
        finally:
            if peer.returncode is None:
                peer.kill()
                await peer.wait()


async def _press(
    media: socket.socket,
    told: Path,
    keys: Sequence[str],
    is_heard: Callable[[], Awaitable[None]] | None,
) -> None:
    """Wait for the answer, then press one key after the other."""
    while not (port := _said(told)):  # noqa: ASYNC110  another process writes it
        await asyncio.sleep(0.02)
    numbers = count(1)
    for nth, (place, key) in enumerate(
        ((place, key) for group in keys for place, key in enumerate(group)), start=1
    ):
        await asyncio.sleep(PAUSE_S - _PACKETS * _PACKET_S)
        if is_heard is not None and place == 0:
            await is_heard()
        if key == " ":
            continue  # a moment of thought
        for packet in range(1, _PACKETS + 1):
            end = _END if packet == _PACKETS else 0
            for _again in range(3 if end else 1):
                head = struct.pack("!BBHII", 0x80, _EVENT, next(numbers), nth * 8_000, 7)
                event = struct.pack("!BBH", KEYS.index(key), end | _VOLUME, packet * 160)
                media.sendto(head + event, (LOOPBACK, int(port)))
            await asyncio.sleep(_PACKET_S)


def _said(told: Path) -> str:
    return told.read_text("ascii").strip() if told.exists() else ""


def _head(method: str, caller: str, to_tag: str, cseq: int) -> str:
    return (
        f"{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n"
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        f"From: {caller}@[local_ip]:[local_port]>;tag=[call_number]\n"
        f"To: <sip:[service]@[remote_ip]:[remote_port]>{to_tag}\n"
        f"Call-ID: [call_id]\nCSeq: {cseq} {method}\n"
        f"Contact: <sip:caller@[local_ip]:[local_port]>\nMax-Forwards: 70\n"
    )


def _scenario(caller: str, pause_ms: int, media_port: int) -> str:
    invite = _head("INVITE", caller, "", 1) + _SDP.replace("MEDIA_PORT", str(media_port))
    ack = _head("ACK", caller, "[peer_tag_param]", 1) + "Content-Length: 0\n"
    bye = _head("BYE", caller, "[peer_tag_param]", 2) + "Content-Length: 0\n"
    return f"""<?xml version="1.0"?>
<scenario name="caller">
<send retrans="500"><![CDATA[
{invite}
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true"><action>
<ereg regexp="m=audio ([0-9]+)" search_in="body" assign_to="line,port"/>
<strcmp assign_to="unused" variable="line" value=""/>
<log message="[$port]"/>
</action></recv>
<send><![CDATA[
{ack}
]]></send>
<pause milliseconds="{pause_ms}"/>
<send retrans="500"><![CDATA[
{bye}
]]></send>
<recv response="200" timeout="2000" ontimeout="1" next="1"/>
<label id="1"/>
<Reference variables="unused"/>
</scenario>
"""
