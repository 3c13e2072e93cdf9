"""AMI events become what the engine is told; everything else is nothing."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.frames import BANNER
from asterisk.reader import Reader
from asterisk.translate import TRANSLATORS, UNREAD_EVENTS, event_of, member_interface, slot_of
from dialer.switch_events import (
    AgentLoggedIn,
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallDialEnded,
    CallHeld,
    CallHungUp,
    CallOriginated,
    CallRinging,
    CallScreenedOut,
    CallTransferred,
    CallUnserved,
    CallWaiting,
    KeyPressed,
    MessageLeft,
    QueueAbandoned,
    QueueConnected,
    QueueExited,
    QueueJoined,
    QueueLeft,
    QueueOffered,
    QueueTalkEnded,
    QueueUnanswered,
    SwitchEvent,
)

FIVE_CALLS = (Path(__file__).parent / "data" / "five_calls.ami").read_bytes()
ATTEMPT = "01k9xg3v5m0000000000000000"


def told_of_the_capture() -> list[SwitchEvent]:
    reader = Reader()
    reader.feed(BANNER + b"9.0.0\r\n")
    events = reader.feed(FIVE_CALLS)
    return [event for event in events if isinstance(event, SwitchEvent)]


def told_of(call: str) -> list[SwitchEvent]:
    return [event for event in told_of_the_capture() if getattr(event, "call", None) == call]


def test_an_answered_call_of_the_capture_is_told_in_order() -> None:
    call = "8125d-000005"
    assert told_of(call) == [
        CallRinging(call=call),
        CallAnswered(call=call),
        CallDialEnded(call=call, dial_status="ANSWER"),
        CallOriginated(call=call, success=True, reason=4),
        QueueJoined(call=call, queue="load", caller_number="5550100"),
        QueueOffered(call=call, queue="load", member="Agent 94", caller_number="5550100"),
        QueueLeft(call=call, queue="load"),
        QueueConnected(call=call, queue="load", member="Agent 94", leg="rig-1795311436.22436"),
        CallBridged(call=call, bridge="39cf7899-9271-438a-a84e-91c5b3eb032d", channels=2),
        QueueTalkEnded(call=call, queue="load", member="Agent 94", reason="agent"),
        CallHungUp(call=call, cause=16),
    ]


def test_a_member_who_does_not_take_a_caller_is_named() -> None:
    """As Asterisk tells it where the ring time of a queue runs out."""
    told = {
        "Event": "AgentRingNoAnswer",
        "Uniqueid": "rig-1795311436.7",
        "DestUniqueid": "rig-1795311436.9",
        "Queue": "waihu-inbound",
        "MemberName": "1001",
        "RingTime": "15000",
    }
    event = QueueUnanswered(call="rig-1795311436.7", queue="waihu-inbound", member="1001")
    assert event_of(told) == event
    assert event_of({**told, "MemberName": ""}) is None


@pytest.mark.parametrize(
    ("call", "dial_status", "reason", "cause"),
    [
        ("8125d-000033", "BUSY", 0, 17),
        ("8125d-000118", "CONGESTION", 0, 34),
        ("8125d-000119", "NOANSWER", 0, 1),
        ("8125d-000035", None, 3, 19),
    ],
)
def test_a_failed_call_of_the_capture_gives_every_word_that_decides(
    call: str, dial_status: str | None, reason: int, cause: int
) -> None:  # R2
    told = told_of(call)
    ends = [event for event in told if isinstance(event, CallDialEnded)]
    assert [end.dial_status for end in ends] == ([dial_status] if dial_status else [])
    assert CallOriginated(call=call, success=False, reason=reason) in told
    assert CallHungUp(call=call, cause=cause) in told


def test_most_of_the_capture_means_nothing_to_the_engine() -> None:
    assert len(told_of_the_capture()) < FIVE_CALLS.count(b"\r\n\r\n") / 2
    assert Counter(type(event) for event in told_of_the_capture())[CallOriginated] == 5


SAYINGS: list[tuple[dict[str, str], SwitchEvent | None]] = [
    (
        {
            "Event": "UserEvent",
            "UserEvent": "WaihuQueueLeft",
            "Uniqueid": "in-1",
            "Queue": "waihu-inbound",
            "Status": "TIMEOUT",
        },
        QueueExited(call="in-1", queue="waihu-inbound", status="TIMEOUT"),
    ),
    ({"Event": "UserEvent", "UserEvent": "WaihuQueueLeft", "Uniqueid": "in-1"}, None),
    # The caller of an agent who waits for calls is known by what the Local leg is linked to.
    (
        {
            "Event": "BlindTransfer",
            "Result": "Success",
            "TransfererUniqueid": "phone",
            "TransfererLinkedid": "phone",
            "TransfereeUniqueid": "leg",
            "TransfereeLinkedid": "in-1",
        },
        CallTransferred(calls=("leg", "in-1", "phone")),
    ),
    (
        {"Event": "AttendedTransfer", "Result": "Success", "OrigTransfererLinkedid": "in-1"},
        CallTransferred(calls=("in-1",)),
    ),
    ({"Event": "BlindTransfer", "Result": "Invalid", "TransfereeUniqueid": "in-1"}, None),
    ({"Event": "Hold", "Uniqueid": "phone"}, CallHeld(channel="phone", held=True)),
    ({"Event": "Unhold", "Uniqueid": "phone"}, CallHeld(channel="phone", held=False)),
    ({"Event": "AgentComplete", "Uniqueid": "in-1"}, None),
    (
        {"Event": "Newstate", "ChannelStateDesc": "Ringing", "Uniqueid": ATTEMPT},
        CallRinging(call=ATTEMPT),
    ),
    (
        {"Event": "Newstate", "ChannelStateDesc": "Up", "Uniqueid": ATTEMPT},
        CallAnswered(call=ATTEMPT),
    ),
    ({"Event": "Newstate", "ChannelStateDesc": "Down", "Uniqueid": ATTEMPT}, None),
    (
        {"Event": "DialState", "DestUniqueid": ATTEMPT, "DialStatus": "PROGRESS"},
        CallRinging(call=ATTEMPT),
    ),
    ({"Event": "DialState", "DestUniqueid": ATTEMPT, "DialStatus": "PROCEEDING"}, None),
    (
        {"Event": "Hangup", "Uniqueid": ATTEMPT, "Cause": "22", "TechCause": "410"},
        CallHungUp(call=ATTEMPT, cause=22, tech_cause="410"),
    ),
    (
        {"Event": "UserEvent", "UserEvent": "WaihuUnserved", "Uniqueid": "x", "Attempt": ATTEMPT},
        CallUnserved(call=ATTEMPT),
    ),
    (
        {"Event": "UserEvent", "UserEvent": "WaihuUnserved", "Uniqueid": "1795.7", "Attempt": ""},
        CallUnserved(call="1795.7"),
    ),
    (
        {"Event": "UserEvent", "UserEvent": "WaihuWaiting", "Attempt": ATTEMPT, "Tried": ""},
        CallWaiting(call=ATTEMPT),
    ),
    (
        {"Event": "UserEvent", "UserEvent": "WaihuWaiting", "Attempt": ATTEMPT, "Tried": "7001"},
        CallWaiting(call=ATTEMPT, tried="7001"),
    ),
    (
        {"Event": "UserEvent", "UserEvent": "WaihuWaiting", "Uniqueid": "1795.7"},
        CallWaiting(call="1795.7"),
    ),
    ({"Event": "UserEvent", "UserEvent": "WaihuWaiting", "Tried": "7001"}, None),
    (
        {"Event": "UserEvent", "UserEvent": "WaihuMachine", "Attempt": ATTEMPT},
        CallScreenedOut(call=ATTEMPT),
    ),
    ({"Event": "UserEvent", "UserEvent": "SomebodyElse", "Uniqueid": ATTEMPT}, None),
    (
        {"Event": "AgentLogin", "Agent": "7001", "Channel": "PJSIP/a-1", "Uniqueid": "1795.8"},
        AgentLoggedIn(slot="7001", channel="1795.8"),
    ),
    (
        {"Event": "AgentLogoff", "Agent": "7001", "Logintime": "12"},
        AgentLoggedOut(slot="7001"),
    ),
    (
        {"Event": "QueueCallerJoin", "Uniqueid": "1.2", "Queue": "q", "CallerIDNum": "<unknown>"},
        QueueJoined(call="1.2", queue="q", caller_number=""),
    ),
    (
        {"Event": "QueueCallerAbandon", "Uniqueid": "1.2", "Queue": "q"},
        QueueAbandoned(call="1.2", queue="q"),
    ),
    (
        {
            "Event": "UserEvent",
            "UserEvent": "WaihuMessageLeft",
            "Uniqueid": "1.2",
            "Queue": "q",
            "CallerIDNum": "13900000002",
        },
        MessageLeft(call="1.2", queue="q", caller_number="13900000002"),
    ),
    ({"Event": "DeviceStateChange", "Device": "Agent:7001", "State": "INUSE"}, None),
]


@pytest.mark.parametrize(("headers", "told"), SAYINGS)
def test_each_event_says_what_it_means(headers: dict[str, str], told: SwitchEvent | None) -> None:
    assert event_of(headers) == told


def test_a_call_without_a_channel_is_named_by_the_action_that_asked_for_it() -> None:
    headers = {
        "Event": "OriginateResponse",
        "Response": "Failure",
        "ActionID": f"waihu/originate/{ATTEMPT}",
        "Reason": "0",
        "Uniqueid": "<null>",
    }
    assert event_of(headers) == CallOriginated(call=ATTEMPT, success=False, reason=0)


def test_a_foreign_originate_is_named_by_its_channel_or_not_at_all() -> None:
    headers = {"Event": "OriginateResponse", "Response": "Success", "Reason": "4"}
    assert event_of({**headers, "ActionID": "a1", "Uniqueid": "1795.1"}) == CallOriginated(
        call="1795.1", success=True, reason=4
    )
    assert event_of({**headers, "ActionID": "a1", "Uniqueid": "<null>"}) is None


def test_an_agent_who_waits_in_the_holding_bridge_hears_nobody() -> None:
    headers = {"Event": "BridgeEnter", "Uniqueid": "1.2", "BridgeTechnology": "holding_bridge"}
    assert event_of(headers) is None
    here = {"BridgeTechnology": "simple_bridge", "BridgeUniqueid": "b", "BridgeNumChannels": "1"}
    alone = CallBridged(call="1.2", bridge="b", channels=1)
    assert event_of({**headers, **here}) == alone


@pytest.mark.parametrize("cause", ["", "abc", "-1", "1e3", "１７", "9" * 5_000, " "])
def test_a_cause_that_is_no_number_is_none(cause: str) -> None:
    assert event_of({"Event": "Hangup", "Uniqueid": "1.2", "Cause": cause}) == CallHungUp(
        call="1.2", cause=0
    )


def test_a_repeated_header_is_taken_by_its_first_value() -> None:
    headers: dict[str, str | list[str]] = {"Event": "Hangup", "Uniqueid": ["1.2", "9"], "Cause": []}
    assert event_of(headers) == CallHungUp(call="1.2", cause=0)


NAMES = ["Uniqueid", "DestUniqueid", "Queue", "Agent", "Cause", "Reason", "UserEvent", "ActionID"]


@given(
    event=st.sampled_from([*TRANSLATORS, "Unknown", ""]),
    headers=st.dictionaries(st.sampled_from(NAMES), st.text() | st.lists(st.text(), max_size=2)),
)
def test_no_event_however_malformed_raises(event: str, headers: dict[str, str | list[str]]) -> None:
    event_of({**headers, "Event": event})


def test_asterisk_is_not_told_to_withhold_an_event_that_is_read() -> None:
    assert not set(UNREAD_EVENTS) & set(TRANSLATORS)


def test_a_slot_and_its_queue_member_name_each_other() -> None:
    assert slot_of(member_interface("7001")) == "7001"
    assert slot_of("PJSIP/7001") is None


@pytest.mark.parametrize(
    ("direction", "digit", "told"),
    [
        ("Received", "1", KeyPressed(channel="1795330143.2", key="1")),
        ("Received", "*", KeyPressed(channel="1795330143.2", key="*")),
        ("Sent", "1", None),  # the customer's key, as it is passed on to the agent
        ("Received", "", None),
        ("Received", "12", None),
        ("", "1", None),
    ],
)
def test_a_key_is_told_where_it_was_pressed_and_not_where_it_is_passed_on(
    direction: str, digit: str, told: SwitchEvent | None
) -> None:
    headers = {
        "Event": "DTMFEnd",
        "Channel": "PJSIP/1001-00000000",
        "Uniqueid": "1795330143.2",
        "Digit": digit,
        "DurationMs": "100",
        "Direction": direction,
    }
    assert event_of(headers) == told
