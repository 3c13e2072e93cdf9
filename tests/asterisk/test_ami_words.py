"""The words that the benchmarks' switch speaks are those that our link understands."""

import pytest

from asterisk.frames import headers_of
from asterisk.translate import event_of
from dialer.switch_events import (
    AgentLoggedIn,
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallDialEnded,
    CallHungUp,
    CallOriginated,
    CallRinging,
    CallUnserved,
    CallWaiting,
    QueueAbandoned,
    QueueConnected,
    QueueJoined,
    QueueLeft,
    SwitchEvent,
)
from tests.ami_words import words_of

CALL, QUEUE = "01k9xg3v5m0000000000000001", "waihu-a"


@pytest.mark.parametrize(
    "said",
    [
        CallRinging(call=CALL),
        CallAnswered(call=CALL),
        CallOriginated(call=CALL, success=True, reason=4),
        CallDialEnded(call=CALL, dial_status="BUSY"),
        CallBridged(call=CALL),
        CallHungUp(call=CALL, cause=16),
        CallUnserved(call=CALL),
        CallWaiting(call=CALL, tried="7001"),
        AgentLoggedIn(slot="7001", channel="phone-1001"),
        AgentLoggedOut(slot="7001"),
        QueueJoined(call=CALL, queue=QUEUE, caller_number=""),
        QueueLeft(call=CALL, queue=QUEUE),
        QueueAbandoned(call=CALL, queue=QUEUE),
        QueueConnected(call=CALL, queue=QUEUE, member="1001"),
    ],
    ids=lambda said: type(said).__name__,
)
def test_what_is_said_is_understood_as_it_was_meant(said: SwitchEvent) -> None:
    words = words_of(said)
    assert words is not None
    assert event_of(headers_of(words.removesuffix(b"\r\n\r\n"))) == said
