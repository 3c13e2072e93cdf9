"""What the product counts on in every Asterisk from 16 on, and what the older ones do not say."""

from __future__ import annotations

from typing import Any

from asterisk.translate import UNREAD_EVENTS

SLOT = "7003"
MEMBER = f"Local/{SLOT}@waihu-agent/n"
QUEUE = "waihu-callback"
KEEPS_THE_REASON_OF_A_QUEUE_ADD = 17


async def test_events_that_nobody_reads_are_not_sent(board: Any) -> None:
    call = board.dial("Local/rejected@waihu-lab-behaviours/n")
    await board.event("OriginateResponse", Uniqueid=call)
    await board.event("Hangup", Uniqueid=call)
    told = {message["Event"] for message in board.messages if "Event" in message}
    assert told & set(UNREAD_EVENTS) == set()
    assert {"Newstate", "DialEnd"} <= told


async def test_a_member_joins_paused_and_the_next_pause_names_its_reason(
    board: Any, main_version: int
) -> None:
    """The reason of a QueueAdd is lost on 16: there `queue show` names none until the next pause.

    The engine never counts on it: after a survey each pause that is not as it should be is set.
    """
    join = {"Action": "QueueAdd", "Queue": QUEUE, "Interface": MEMBER}
    await _done(board, {**join, "MemberName": "8003", "Paused": "true", "Reason": "login"})
    kept = main_version >= KEEPS_THE_REASON_OF_A_QUEUE_ADD
    assert await _pause_of(board, "first") == ("1", "login" if kept else "")
    pause = {"Action": "QueuePause", "Interface": MEMBER, "Paused": "true"}
    await _done(board, {**pause, "Reason": "wrapup"})
    assert await _pause_of(board, "second") == ("1", "wrapup")
    await _done(board, {"Action": "QueueRemove", "Queue": QUEUE, "Interface": MEMBER})


async def _done(board: Any, action: dict[str, str]) -> None:
    board.wire.send({**action, "ActionID": action["Action"]})
    answer = await board.until(lambda message: message.get("ActionID") == action["Action"])
    assert answer["Response"] == "Success"


async def _pause_of(board: Any, asked: str) -> tuple[str, str]:
    board.wire.send({"Action": "QueueStatus", "Queue": QUEUE, "ActionID": asked})
    member = await board.event("QueueMember", ActionID=asked, Location=MEMBER)
    return member["Paused"], member.get("PausedReason", "")
