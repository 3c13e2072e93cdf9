"""What Asterisk itself says of each simulated customer, and of a SIP peer that says the same.

The rows are those of 22. Asterisk 16 tells less: no SIP status, and no cause for a ring time-out.
"""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from asterisk.lab.customers import DEFAULT_MIX, Behaviour, behaviour_of
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk

Row = tuple[str, str, str | None, str, str | None]
OLDEST = 16
RING_TIME_OUT = "3"

ROWS: dict[str, Row] = {
    "answers": ("Success", "4", "ANSWER", "16", None),
    "hangs_up_early": ("Success", "4", "ANSWER", "16", None),
    "fax": ("Success", "4", "ANSWER", "16", None),
    "machine": ("Success", "4", "ANSWER", "16", None),
    "busy_tone": ("Failure", "5", "BUSY", "0", None),
    "congestion_tone": ("Failure", "8", "CONGESTION", "0", None),
    "vacant": ("Failure", "0", "NOANSWER", "1", None),
    "number_changed": ("Failure", "0", "NOANSWER", "22", None),
    "rejected": ("Failure", "0", "NOANSWER", "21", None),
    "switched_off": ("Failure", "0", "CHANUNAVAIL", "20", None),
    "no_answer": ("Failure", "3", None, "19", None),
}
EITHER: dict[str, tuple[Row, Row]] = {
    "busy": (("Failure", "0", "BUSY", "17", None), ROWS["busy_tone"]),
    "congestion": (("Failure", "0", "CONGESTION", "34", None), ROWS["congestion_tone"]),
}
SIP_ROWS: dict[int, Row] = {
    404: ("Failure", "0", "NOANSWER", "1", "404"),
    410: ("Failure", "0", "NOANSWER", "22", "410"),
    480: ("Failure", "0", "NOANSWER", "19", "480"),
    484: ("Failure", "0", "NOANSWER", "28", "484"),
    486: ("Failure", "0", "BUSY", "17", "486"),
    503: ("Failure", "0", "CONGESTION", "34", "503"),
    603: ("Failure", "0", "NOANSWER", "21", "603"),
}
REFUSAL = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="refuses">
  <recv request="INVITE"/>
  <send><![CDATA[
SIP/2.0 {status} Refused
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

  ]]></send>
  <recv request="ACK"/>
</scenario>
"""


def as_told_by(main_version: int, row: Row) -> Row:
    """The row of 22, as this version tells it."""
    response, reason, status, cause, _sip = row
    if main_version > OLDEST:
        return row
    return response, reason, status, "0" if reason == RING_TIME_OUT else cause, None


async def row_of(board: Any, call: str) -> Row:
    response = await board.event("OriginateResponse", Uniqueid=call)
    hangup = await board.event("Hangup", Uniqueid=call)
    ends = [
        m for m in board.messages if (m.get("Event"), m.get("DestUniqueid")) == ("DialEnd", call)
    ]
    status = ends[0]["DialStatus"] if ends else None
    sip = hangup.get("TechCause") or None
    return response["Response"], response["Reason"], status, hangup["Cause"], sip


@pytest.mark.parametrize("name", ROWS)
async def test_each_behaviour_ends_as_the_switch_ends_it(
    board: Any, name: str, main_version: int
) -> None:
    call = board.dial(f"Local/{name}@waihu-lab-behaviours/n", timeout_ms=1500)
    assert await row_of(board, call) == as_told_by(main_version, ROWS[name])


@pytest.mark.parametrize("name", EITHER)
async def test_busy_and_congestion_come_by_cause_or_by_tone(board: Any, name: str) -> None:
    call = board.dial(f"Local/{name}@waihu-lab-behaviours/n")
    assert await row_of(board, call) in EITHER[name]


@pytest.mark.parametrize("behaviour", [Behaviour.VACANT, Behaviour.REJECTED])
async def test_a_customer_acts_as_the_last_two_digits_say(board: Any, behaviour: Behaviour) -> None:
    digits = DEFAULT_MIX.by_digits.index(behaviour)
    number = f"+86105555{digits:04}"
    assert behaviour_of(number, DEFAULT_MIX) is behaviour
    call = board.dial(f"Local/{number}@waihu-lab-customers/n")
    assert await row_of(board, call) == ROWS[behaviour]


@pytest.mark.parametrize("status", SIP_ROWS)
async def test_a_sip_peer_that_refuses_ends_by_its_status(
    board: Any, sipp: list[str], tmp_path: Path, status: int, main_version: int
) -> None:
    port = free_port(socket.SOCK_DGRAM)
    scenario = tmp_path / "refuses.xml"
    scenario.write_text(REFUSAL.format(status=status))
    words = ["-sf", str(scenario), "-i", "127.0.0.1", "-p", str(port), "-m", "1", "-nostdin"]
    peer = await asyncio.create_subprocess_exec(
        *sipp,
        *words,
        cwd=tmp_path,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    call = board.dial(f"PJSIP/waihu-lab-sipp/sip:1000@127.0.0.1:{port}")
    assert await row_of(board, call) == as_told_by(main_version, SIP_ROWS[status])
    assert await peer.wait() == 0


async def test_an_answered_call_that_nobody_takes_hears_the_message(
    board: Any, lab_asterisk: LabAsterisk
) -> None:
    call = board.dial("Local/far@waihu-probe/n")
    event = await board.event("UserEvent", UserEvent="WaihuUnserved", Uniqueid=call)
    assert event["Attempt"] == "test"
    await board.event("Hangup", Uniqueid=call)
    assert lab_asterisk.pid is not None
