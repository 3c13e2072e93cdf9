"""What an Asterisk says over AMI of what happens on the virtual switch.

Each event is the one message that our link makes it of, with the headers that Asterisk 22 sends.
What a real switch says besides, and our link passes over, is left out.
"""

from collections.abc import Callable, Mapping

from asterisk.translate import ORIGINATE_ID
from dialer.messages import Message
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
)
from tests.fake_asterisk import event


def words_of(said: Message) -> bytes | None:
    """The message as it travels; None: AMI does not tell of it."""
    speak = _WORDS.get(type(said))
    return speak(said) if speak else None


def channel(call: str, state: str = "6", described: str = "Up") -> dict[str, str]:
    """The headers that each event of a channel has."""
    return {
        "Privilege": "call,all",
        "Channel": f"PJSIP/trunk-{call[-8:]}",
        "ChannelState": state,
        "ChannelStateDesc": described,
        "CallerIDNum": "<unknown>",
        "CallerIDName": "<unknown>",
        "ConnectedLineNum": "<unknown>",
        "ConnectedLineName": "<unknown>",
        "Language": "en",
        "AccountCode": "",
        "Context": "waihu-answered",
        "Exten": "s",
        "Priority": "1",
        "Uniqueid": call,
        "Linkedid": call,
    }


def _ringing(said: CallRinging) -> bytes:
    return event("Newstate", **channel(said.call, "5", "Ringing"))


def _answered(said: CallAnswered) -> bytes:
    return event("Newstate", **channel(said.call))


def _originated(said: CallOriginated) -> bytes:
    return event(
        "OriginateResponse",
        Privilege="call,all",
        ActionID=f"{ORIGINATE_ID}{said.call}",
        Response="Success" if said.success else "Failure",
        Channel="PJSIP/trunk",
        Context="waihu-answered",
        Exten="s",
        Reason=str(said.reason),
        Uniqueid=said.call,
        CallerIDNum="<unknown>",
        CallerIDName="<unknown>",
    )


def _dial_ended(said: CallDialEnded) -> bytes:
    far = {f"Dest{name}": text for name, text in channel(said.call).items()}
    return event("DialEnd", **far, DialStatus=said.dial_status)


def _bridged(said: CallBridged) -> bytes:
    return event(
        "BridgeEnter",
        BridgeUniqueid=said.bridge,
        BridgeType="basic",
        BridgeTechnology="simple_bridge",
        BridgeCreator="<unknown>",
        BridgeName="<unknown>",
        BridgeNumChannels=str(said.channels),
        BridgeVideoSourceMode="none",
        **channel(said.call),
    )


def _hung_up(said: CallHungUp) -> bytes:
    why = {"Cause": str(said.cause), "Cause-txt": "Normal Clearing"}
    return event("Hangup", **channel(said.call), **why)


def _unserved(said: CallUnserved) -> bytes:
    ours = {"UserEvent": "WaihuUnserved", "Attempt": said.call}
    return event("UserEvent", **channel(said.call), **ours)


def _waiting(said: CallWaiting) -> bytes:
    ours = {"UserEvent": "WaihuWaiting", "Attempt": said.call, "Tried": said.tried}
    return event("UserEvent", **channel(said.call), **ours)


def _logged_in(said: AgentLoggedIn) -> bytes:
    return event("AgentLogin", **channel(said.channel), Agent=said.slot)


def _logged_out(said: AgentLoggedOut) -> bytes:
    return event("AgentLogoff", Agent=said.slot, Logintime="600")


def _joined(said: QueueJoined) -> bytes:
    return event("QueueCallerJoin", **_place(said))


def _left(said: QueueLeft) -> bytes:
    return event("QueueCallerLeave", **_place(said))


def _abandoned(said: QueueAbandoned) -> bytes:
    return event("QueueCallerAbandon", **_place(said))


def _connected(said: QueueConnected) -> bytes:
    return event("AgentConnect", **_place(said), MemberName=said.member)


def _place(said: QueueJoined | QueueLeft | QueueAbandoned | QueueConnected) -> dict[str, str]:
    return {**channel(said.call), "Queue": said.queue, "Position": "1", "Count": "1"}


_WORDS: Mapping[type, Callable[..., bytes]] = {
    CallRinging: _ringing,
    CallAnswered: _answered,
    CallOriginated: _originated,
    CallDialEnded: _dial_ended,
    CallBridged: _bridged,
    CallHungUp: _hung_up,
    CallUnserved: _unserved,
    CallWaiting: _waiting,
    AgentLoggedIn: _logged_in,
    AgentLoggedOut: _logged_out,
    QueueJoined: _joined,
    QueueLeft: _left,
    QueueAbandoned: _abandoned,
    QueueConnected: _connected,
}
