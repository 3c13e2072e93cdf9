"""What the switch says to the engine.

Owns: the events of calls, agents, keys and queues, and what is found when all of it is asked:
`SwitchEvent`, one part of `dialer.messages`. The translation of AMI makes them. Must not know how
they travel.

`call` is always a channel's Uniqueid; on a call that we placed it is the attempt id.
`slot` is an agent slot of agents.conf; `agent` is a person's login.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUp:
    """Logged in to AMI and fully booted; everything known of the switch is to be learnt anew."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDown:
    """The AMI connection is gone; nothing may be sent until the next LinkUp."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRinging:
    """The far end signalled ringing (180) or progress (183)."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """The channel is Up: somebody or something answered."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOriginated:
    """OriginateResponse: the verdict of the switch on a call that we asked for."""

    call: str
    success: bool
    reason: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginateUnsent:
    """The Originate of this call has certainly not left us: there was no link to write it to."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDialEnded:
    """DialEnd: one word on the far end, e.g. ANSWER, BUSY, CONGESTION, NOANSWER."""

    call: str
    dial_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBridged:
    """A channel entered a bridge, in which there are `channels` now, itself among them.

    AgentRequest puts the customer into an empty bridge first, and the agent only when the
    agent's tone is over: from 2 on, two people hear each other.
    """

    call: str
    bridge: str = ""
    channels: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWaiting:
    """A person who answered waits for an agent: again, where `tried` could not be had.

    `tried`: the slot of the agent who was named last; empty: nobody was.
    """

    call: str
    tried: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScreenedOut:
    """A machine answered, as far as the switch could tell; it is being hung up."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUnserved:
    """Our dialplan has begun to play the message: nobody took the answered call."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHungUp:
    """The channel is gone. `tech_cause` is the SIP status where the switch tells it."""

    call: str
    cause: int
    tech_cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedIn:
    """A slot's channel sits in AgentLogin; it takes calls from 6 s later."""

    slot: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOut:
    """A slot's channel has gone."""

    slot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    """Whoever is at the far end of `channel` pressed a key: 0-9, `*`, `#` or A-D."""

    channel: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueJoined:
    """A caller waits in a queue; `caller_number` as the network gave it."""

    call: str
    queue: str
    caller_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOffered:
    """A queue rings a member for a waiting caller. `member` is the agent's login."""

    call: str
    queue: str
    member: str
    caller_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueUnanswered:
    """A member who was rung has not taken the caller: the queue goes on to another."""

    call: str
    queue: str
    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConnected:
    """A waiting caller and a queue member hear each other. `member` is the agent's login.

    `leg`: the channel by which the queue has reached the agent.
    """

    call: str
    queue: str
    member: str
    leg: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAbandoned:
    """The switch gave a waiting caller up: at the hang-up, or because nobody came in time.

    The hang-up, or our dialplan's word that the caller is back from the queue, tells which.
    """

    call: str
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLeft:
    """A caller left the queue, by whatever way (follows Connected and Abandoned as well)."""

    call: str
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueExited:
    """Our dialplan has a caller back from a queue; `status` is its QUEUESTATUS, perhaps empty."""

    call: str
    queue: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft:
    """A caller has left a message in a mailbox. `queue`: the last one of the call, if any."""

    call: str
    queue: str
    caller_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTalkEnded:
    """The talk of a queue's caller with a member is over; `reason`: agent, caller or transfer."""

    call: str
    queue: str
    member: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTransferred:
    """A talk goes on with somebody else. `calls`: who may be the caller whom it is about."""

    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorThere:
    """A supervisor's phone was answered, and waits in our dialplan to hear somebody."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHeard:
    """The switch lets nobody hear a talk on `call`. `lacks`: its dialplan lacks what it takes."""

    call: str
    lacks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld:
    """The phone at the far end of `channel` put its talk on hold, or took it up again."""

    channel: str
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A caller in a queue, and for how long already. `number`: "" where none is shown."""

    queue: str
    waited_s: float
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSurveyed:
    """What a resync found after LinkUp.

    `agents` maps slots that are logged in to their channel; `paused` maps slots that are paused
    in a queue to the reason; `calls` maps living channel ids to whether they are up; `talking`
    maps slots to the call that their agent hears, whoever placed it; `members` maps slots to the
    queues that they are in, and to the login under which; `waiting` maps callers to their queue.
    `penalties` maps slots to the number that each has in each queue.
    `at_message`: calls whose customer hears the message; `unmet`: the last attempts whose customer
    answered and met nobody, whether they live or not. `lacking`: contexts of our dialplan that
    calls without a kept agent need, and that the switch does not have.
    """

    agents: dict[str, str]
    paused: dict[str, str]
    calls: dict[str, bool]
    talking: dict[str, str] = field(default_factory=dict)
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    penalties: dict[str, dict[str, int]] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    at_message: frozenset[str] = frozenset()
    unmet: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDone:
    """The switch's answer to an effect that carried this `ref`.

    `unknown`: it was refused because the queues do not know the member.
    """

    ref: str
    ok: bool
    text: str = ""
    unknown: bool = False


SwitchEvent = (
    LinkUp
    | LinkDown
    | CallRinging
    | CallAnswered
    | CallOriginated
    | OriginateUnsent
    | CallDialEnded
    | CallBridged
    | CallWaiting
    | CallScreenedOut
    | CallUnserved
    | CallHungUp
    | AgentLoggedIn
    | AgentLoggedOut
    | KeyPressed
    | QueueJoined
    | QueueOffered
    | QueueUnanswered
    | QueueConnected
    | QueueAbandoned
    | QueueLeft
    | QueueExited
    | MessageLeft
    | QueueTalkEnded
    | CallTransferred
    | CallHeld
    | SupervisorThere
    | NotHeard
    | SwitchSurveyed
    | ActionDone
)
