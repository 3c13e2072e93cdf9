"""AMI events, as headers, turned into what the engine is told.

Owns: which events the engine needs, which headers carry what, and the wire names by which the
switch speaks of our calls, slots and messages. Must not know the socket, the library or the
engine. Nothing that the switch sends raises here: a header that is missing or no number is
taken for "not said", and an event that names no call is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

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
    SupervisorThere,
    SwitchEvent,
)

Headers = Mapping[str, str | list[str]]

ORIGINATE_ID = "waihu/originate/"
"""What the ActionID of an Originate begins with; the attempt id follows."""

WAITING = "WaihuWaiting"
"""The UserEvent of our dialplan when a person who answered waits for an agent."""

MESSAGE_LEFT = "WaihuMessageLeft"
"""The UserEvent of our dialplan when a caller has left a message."""

QUEUE_LEFT = "WaihuQueueLeft"
"""The UserEvent of our dialplan when a caller is back from a queue."""

_SAID: Mapping[str, type[CallUnserved | CallScreenedOut | SupervisorThere]] = MappingProxyType(
    {
        "WaihuSupervisor": SupervisorThere,
        "WaihuUnserved": CallUnserved,
        "WaihuMachine": CallScreenedOut,
    }
)
"""What others of its UserEvents say of a call."""

HOLDING = "holding_bridge"
"""Where a logged-in agent waits, and parked calls: nobody is heard there."""

_MEMBER = re.compile(r"Local/([\w-]+)@waihu-agent/n")
_NO_NUMBER = frozenset({"<unknown>", "<null>", "unknown", "anonymous"})
_KEYS = frozenset("0123456789*#ABCD")
_NO_ID = frozenset({"", "<null>", "<none>"})


def member_interface(slot: str) -> str:
    """The queue member's interface that rings the agent in `slot`."""
    return f"Local/{slot}@waihu-agent/n"


def slot_of(interface: str) -> str | None:
    """The slot behind a queue member's interface, or None if the member is not ours."""
    found = _MEMBER.fullmatch(interface)
    return found and found[1]


def event_of(headers: Headers) -> SwitchEvent | None:
    """What an AMI event means to the engine, or None when it means nothing to it."""
    translator = TRANSLATORS.get(text_of(headers, "Event"))
    return translator and translator(headers)


def text_of(headers: Headers, name: str) -> str:
    """A header's value; the first where it is repeated, "" where it is missing."""
    value = headers.get(name, "")
    if isinstance(value, str):
        return value
    return value[0] if value else ""


def number_of(headers: Headers, name: str) -> int:
    """A header's value as a small number; 0 where it is missing or none."""
    value = text_of(headers, name).strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0  # noqa: PLR2004 - a code, not a quantity


def channel_of(headers: Headers) -> str:
    """The id of the channel that the headers describe, its name where they give no id."""
    return _id(headers, "Uniqueid") or text_of(headers, "Channel")


def _id(headers: Headers, name: str) -> str:
    value = text_of(headers, name)
    return "" if value in _NO_ID else value


def _newstate(headers: Headers) -> SwitchEvent | None:
    call = _id(headers, "Uniqueid")
    match text_of(headers, "ChannelStateDesc") if call else "":
        case "Ringing":
            return CallRinging(call=call)
        case "Up":
            return CallAnswered(call=call)
        case _:
            return None


def _dial_state(headers: Headers) -> SwitchEvent | None:
    """Early media (183) leaves the channel Down: only the dial's progress tells of it."""
    call = _id(headers, "DestUniqueid")
    progress = text_of(headers, "DialStatus") == "PROGRESS"
    return CallRinging(call=call) if call and progress else None


def _originate_response(headers: Headers) -> SwitchEvent | None:
    action = text_of(headers, "ActionID")
    named = action.removeprefix(ORIGINATE_ID) if action.startswith(ORIGINATE_ID) else ""
    call = named or _id(headers, "Uniqueid")
    if not call:
        return None
    success = text_of(headers, "Response") == "Success"
    return CallOriginated(call=call, success=success, reason=number_of(headers, "Reason"))


def _dial_end(headers: Headers) -> SwitchEvent | None:
    call = _id(headers, "DestUniqueid")
    status = text_of(headers, "DialStatus")
    return CallDialEnded(call=call, dial_status=status) if call else None


def _bridge_enter(headers: Headers) -> SwitchEvent | None:
    call = _id(headers, "Uniqueid")
    held = text_of(headers, "BridgeTechnology") == HOLDING
    if not call or held:
        return None
    channels = number_of(headers, "BridgeNumChannels")
    return CallBridged(call=call, bridge=text_of(headers, "BridgeUniqueid"), channels=channels)


def _hangup(headers: Headers) -> SwitchEvent | None:
    call = _id(headers, "Uniqueid")
    if not call:
        return None
    tech_cause = text_of(headers, "TechCause")
    return CallHungUp(call=call, cause=number_of(headers, "Cause"), tech_cause=tech_cause)


def _user_event(headers: Headers) -> SwitchEvent | None:
    name = text_of(headers, "UserEvent")
    call = _id(headers, "Attempt") or _id(headers, "Uniqueid")
    if call and name == WAITING:
        return CallWaiting(call=call, tried=text_of(headers, "Tried"))
    if name == QUEUE_LEFT:
        return _queue_exited(headers)
    if name == MESSAGE_LEFT:
        return _message_left(headers)
    said = _SAID.get(name)
    return said(call=call) if said and call else None


def _message_left(headers: Headers) -> SwitchEvent | None:
    call = _id(headers, "Uniqueid")
    number = caller_number(headers)
    queue = text_of(headers, "Queue")
    return MessageLeft(call=call, queue=queue, caller_number=number) if call else None


def _agent_login(headers: Headers) -> SwitchEvent | None:
    slot = text_of(headers, "Agent")
    return AgentLoggedIn(slot=slot, channel=channel_of(headers)) if slot else None


def _agent_logoff(headers: Headers) -> SwitchEvent | None:
    slot = text_of(headers, "Agent")
    return AgentLoggedOut(slot=slot) if slot else None


def _dtmf_end(headers: Headers) -> SwitchEvent | None:
    """What came from the channel's far end; the same key, sent on to others, is "Sent" there."""
    channel, key = _id(headers, "Uniqueid"), text_of(headers, "Digit")
    pressed = text_of(headers, "Direction") == "Received" and key in _KEYS
    return KeyPressed(channel=channel, key=key) if channel and pressed else None


def _queue_join(headers: Headers) -> SwitchEvent | None:
    call, queue = _id(headers, "Uniqueid"), text_of(headers, "Queue")
    shown = caller_number(headers)
    return QueueJoined(call=call, queue=queue, caller_number=shown) if call and queue else None


def _agent_called(headers: Headers) -> SwitchEvent | None:
    call, queue = _id(headers, "Uniqueid"), text_of(headers, "Queue")
    member, shown = text_of(headers, "MemberName"), caller_number(headers)
    if not call or not queue:
        return None
    return QueueOffered(call=call, queue=queue, member=member, caller_number=shown)


def _agent_unanswered(headers: Headers) -> SwitchEvent | None:
    call, queue = _id(headers, "Uniqueid"), text_of(headers, "Queue")
    member = text_of(headers, "MemberName")
    if not (call and queue and member):
        return None
    return QueueUnanswered(call=call, queue=queue, member=member)


def caller_number(headers: Headers) -> str:
    """Who calls, as the network shows it; "" where it shows none."""
    number = text_of(headers, "CallerIDNum")
    return "" if number.lower() in _NO_NUMBER else number


def _queue_abandon(headers: Headers) -> SwitchEvent | None:
    call, queue = _id(headers, "Uniqueid"), text_of(headers, "Queue")
    return QueueAbandoned(call=call, queue=queue) if call and queue else None


def _queue_leave(headers: Headers) -> SwitchEvent | None:
    call, queue = _id(headers, "Uniqueid"), text_of(headers, "Queue")
    return QueueLeft(call=call, queue=queue) if call and queue else None


def _agent_connect(headers: Headers) -> SwitchEvent | None:
    call, queue = _id(headers, "Uniqueid"), text_of(headers, "Queue")
    if not call or not queue:
        return None
    member, leg = text_of(headers, "MemberName"), _id(headers, "DestUniqueid")
    return QueueConnected(call=call, queue=queue, member=member, leg=leg)


def _queue_exited(headers: Headers) -> SwitchEvent | None:
    call, queue = _id(headers, "Uniqueid"), text_of(headers, "Queue")
    status = text_of(headers, "Status")
    return QueueExited(call=call, queue=queue, status=status) if call and queue else None


def _agent_complete(headers: Headers) -> SwitchEvent | None:
    call, queue = _id(headers, "Uniqueid"), text_of(headers, "Queue")
    if not call or not queue:
        return None
    member, reason = text_of(headers, "MemberName"), text_of(headers, "Reason")
    return QueueTalkEnded(call=call, queue=queue, member=member, reason=reason)


def _blind_transfer(headers: Headers) -> SwitchEvent | None:
    return _transferred(headers, "Transferee", "Transferer")


def _attended_transfer(headers: Headers) -> SwitchEvent | None:
    return _transferred(headers, "Transferee", "OrigTransferer")


def _transferred(headers: Headers, *people: str) -> SwitchEvent | None:
    """An agent who waits for calls is heard over a Local leg: only what it is linked to tells."""
    if text_of(headers, "Result") not in {"", "Success"}:
        return None
    ids = (_id(headers, f"{who}{which}") for who in people for which in ("Uniqueid", "Linkedid"))
    calls = tuple(dict.fromkeys(one for one in ids if one))
    return CallTransferred(calls=calls) if calls else None


def _hold(headers: Headers) -> SwitchEvent | None:
    channel = _id(headers, "Uniqueid")
    held = text_of(headers, "Event") == "Hold"
    return CallHeld(channel=channel, held=held) if channel else None


TRANSLATORS: Mapping[str, Callable[[Headers], SwitchEvent | None]] = MappingProxyType(
    {
        "Newstate": _newstate,
        "DialState": _dial_state,
        "DialEnd": _dial_end,
        "OriginateResponse": _originate_response,
        "BridgeEnter": _bridge_enter,
        "Hangup": _hangup,
        "UserEvent": _user_event,
        "AgentLogin": _agent_login,
        "AgentLogoff": _agent_logoff,
        "DTMFEnd": _dtmf_end,
        "QueueCallerJoin": _queue_join,
        "QueueCallerAbandon": _queue_abandon,
        "QueueCallerLeave": _queue_leave,
        "AgentCalled": _agent_called,
        "AgentRingNoAnswer": _agent_unanswered,
        "AgentConnect": _agent_connect,
        "AgentComplete": _agent_complete,
        "BlindTransfer": _blind_transfer,
        "AttendedTransfer": _attended_transfer,
        "Hold": _hold,
        "Unhold": _hold,
    },
)
"""Every event that the engine needs; all others are dropped unread."""

UNREAD_EVENTS = (
    "BridgeCreate",
    "BridgeDestroy",
    "BridgeVideoSourceUpdate",
    "DTMFBegin",
    "DeviceStateChange",
    "DialBegin",
    "ExtensionStatus",
    "HangupRequest",
    "LocalBridge",
    "LocalOptimizationBegin",
    "LocalOptimizationEnd",
    "MusicOnHoldStart",
    "MusicOnHoldStop",
    "NewAccountCode",
    "NewCallerid",
    "NewConnectedLine",
    "Newchannel",
    "PresenceStateChange",
    "QueueMemberPenalty",
    "Newexten",
    "SoftHangupRequest",
    "VarSet",
)
"""Events that nobody of ours reads: Asterisk is told not to send them, and none is recorded."""
