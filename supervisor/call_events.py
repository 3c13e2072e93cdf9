"""What happens to calls, one event after the other, for programs beside us (R18).

Owns: the closed set of events, what each tells, and how they follow from what the engine is told
and does. Must not know who listens nor how an event travels. Pure.

Numbers are masked (R25); names and notes of customers are in no event. An event may come twice to
a consumer, never to us: by its `id` it is known again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, Final

from campaigns.phone.masked import masked
from dialer.effects import AmendAttempt, EndAttempt, MarkSent, NoteProgress, Originate, ReleaseClaim
from dialer.messages import Claimed, Loaded, Unfinished
from dialer.queue_effects import NoteQueueCall, NoteQueueTalk, QueueEnd
from dialer.switch_events import (
    CallHungUp,
    CallRinging,
    CallUnserved,
    QueueConnected,
    QueueJoined,
    QueueOffered,
)
from supervisor.snapshot import look_of

if TYPE_CHECKING:
    from dialer.agents import Agent
    from dialer.effects import Effect
    from dialer.messages import Message, Now

VERSION: Final = 1
MOST_CALLS: Final = 10_000
"""More calls than any switch carries: the oldest can only be one whose end was lost."""

Told = Callable[["CallEvent"], None]


class What(StrEnum):
    """The events. The first eight are of outbound calls, `agent_changed` of no call."""

    PLACED = "placed"
    RINGING = "ringing"
    ANSWERED = "answered"
    CONNECTED = "connected"
    UNSERVED = "unserved"
    HUNG_UP = "hung_up"
    ENDED = "ended"
    AMENDED = "amended"
    QUEUE_JOINED = "queue_joined"
    QUEUE_OFFERED = "queue_offered"
    QUEUE_CONNECTED = "queue_connected"
    QUEUE_ABANDONED = "queue_abandoned"
    QUEUE_LEFT = "queue_left"
    QUEUE_ENDED = "queue_ended"
    AGENT_CHANGED = "agent_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One event. What does not belong to it is None, and is not told.

    `call`: the Uniqueid, of a call of ours the attempt. `number`: masked; empty: withheld.
    `waited_s`: in the queue. `how`: an end of a wait (QueueEnd). `look`: of an agent (AgentLook).
    `cause`: of a hang-up, by Q.850.
    """

    id: str
    ts: datetime
    event: What
    call: str | None = None
    number: str | None = None
    campaign: str | None = None
    contact: int | None = None
    queue: str | None = None
    agent: str | None = None
    outcome: str | None = None
    disposition: str | None = None
    appointment_at: datetime | None = None
    cause: int | None = None
    waited_s: float | None = None
    talk_s: float | None = None
    how: str | None = None
    look: str | None = None
    pause_reason: str | None = None

    def told(self) -> dict[str, object]:
        """The event in plain values that `json.dumps` takes, with its version."""
        plain: dict[str, object] = {"v": VERSION}
        for name in _NAMES:
            value = getattr(self, name)
            if value is not None:
                plain[name] = value.isoformat() if isinstance(value, datetime) else value
        return plain


_NAMES: Final = tuple(one.name for one in fields(CallEvent))


@dataclass(slots=True, kw_only=True)
class _Call:
    """What is remembered of an outbound call, and which of its events have been told.

    `gone`: it was hung up.
    """

    campaign_id: int
    contact: int
    number: str
    agent: str = ""
    queue: str | None = None
    told: set[What]
    gone: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        return What.ENDED in self.told and (self.gone or What.ANSWERED not in self.told)


class CallEvents:
    """Makes the events of one run of the engine and hands each to `tell`.

    `run`: differs from that of every other run; ids begin with it.
    """

    def __init__(self, run: str, tell: Told) -> None:
        self._run = run
        self._tell = tell
        self._numbers = count(1)
        self._campaigns: dict[int, str] = {}
        self._calls: dict[str, _Call] = {}
        self._waiting: dict[str, QueueJoined] = {}
        self._agents: dict[str, tuple[str, str | None, str | None]] = {}
        self._heard: Mapping[type, Callable[..., None]] = {
            Loaded: self._loaded,
            Claimed: self._claimed,
            Unfinished: self._unfinished,
            MarkSent: self._marked,
            ReleaseClaim: self._released,
            Originate: self._originates,
            CallRinging: self._rings,
            NoteProgress: self._progresses,
            CallUnserved: self._unserved,
            CallHungUp: self._hung_up,
            EndAttempt: self._ended,
            AmendAttempt: self._amended,
            QueueJoined: self._joined,
            QueueOffered: self._offered,
            QueueConnected: self._connected,
            NoteQueueCall: self._waited,
            NoteQueueTalk: self._talked,
        }

    def hears(self, said: Message | Effect) -> bool:
        """Whether an event may follow from it: of most of what is said none does."""
        return type(said) in self._heard

    def witness(self, said: Message | Effect, now: Now) -> None:
        """Something that the engine is told, or does."""
        heard = self._heard.get(type(said))
        if heard is not None:
            heard(said, now)

    def agent_changed(self, agent: Agent, now: Now) -> None:
        """Something of an agent has changed: told where it is what supervisors see."""
        look = look_of(agent.status, agent.state).value
        call, reason = agent.attempt or agent.inbound, agent.pause_reason or None
        if self._agents.get(agent.agent) == (look, reason, call):
            return
        self._agents[agent.agent] = look, reason, call
        self._say(
            What.AGENT_CHANGED, now, agent=agent.agent, look=look, pause_reason=reason, call=call
        )

    def _say(self, what: What, now: Now, **facts: object) -> None:
        number = f"{self._run}-{next(self._numbers)}"
        self._tell(CallEvent(id=number, ts=now.utc, event=what, **facts))  # type: ignore[arg-type]  # named by its fields

    # ── what is on file ──────────────────────────────────────────────────────────────────

    def _loaded(self, said: Loaded, _now: Now) -> None:
        self._campaigns = {one.campaign.id: one.campaign.name for one in said.campaigns}

    def _claimed(self, said: Claimed, _now: Now) -> None:
        for claim in said.claims:
            self._remember(claim.attempt, claim.campaign_id, claim.contact_id, claim.e164, set())

    def _unfinished(self, said: Unfinished, _now: Now) -> None:
        """Calls of an earlier run: what they had come to was told by that one."""
        for left in said.attempts:
            told = set(_told_before(left.answered_at, left.bridged_at))
            self._remember(left.attempt, left.campaign_id, left.contact_id, left.e164, told)

    def _remember(
        self, attempt: str, campaign: int, contact: int, number: str, told: set[What]
    ) -> None:
        self._calls[attempt] = _Call(
            campaign_id=campaign, contact=contact, number=masked(number), told=told
        )
        if len(self._calls) > MOST_CALLS:
            del self._calls[next(iter(self._calls))]

    # ── outbound calls ───────────────────────────────────────────────────────────────────

    def _of_call(self, what: What, attempt: str, now: Now, **facts: object) -> None:
        """Tell an event of a call of ours, once; strangers are passed over."""
        call = self._calls.get(attempt)
        if call is None or what in call.told:
            return
        call.told.add(what)
        known = {
            "call": attempt,
            "number": call.number,
            "campaign": self._campaigns.get(call.campaign_id),
            "contact": call.contact,
            "queue": call.queue,
            "agent": call.agent or None,
        }
        self._say(what, now, **(known | facts))
        if call.over:
            del self._calls[attempt]

    def _marked(self, said: MarkSent, _now: Now) -> None:
        if call := self._calls.get(said.attempt):
            call.agent = said.agent

    def _released(self, said: ReleaseClaim, _now: Now) -> None:
        self._calls.pop(said.attempt, None)

    def _originates(self, said: Originate, now: Now) -> None:
        if call := self._calls.get(said.attempt):
            call.queue = said.queue
        self._of_call(What.PLACED, said.attempt, now)

    def _rings(self, said: CallRinging, now: Now) -> None:
        self._of_call(What.RINGING, said.call, now)

    def _progresses(self, said: NoteProgress, now: Now) -> None:
        if said.answered_at is not None:
            self._of_call(What.ANSWERED, said.attempt, now)
        if said.bridged_at is not None:
            if call := self._calls.get(said.attempt):
                call.agent = said.agent
            self._of_call(What.CONNECTED, said.attempt, now)

    def _unserved(self, said: CallUnserved, now: Now) -> None:
        call = self._calls.get(said.call)
        if call is not None and What.CONNECTED not in call.told:
            self._of_call(What.UNSERVED, said.call, now, agent=None)

    def _hung_up(self, said: CallHungUp, now: Now) -> None:
        """Of a call that nobody answered the outcome is the end."""
        call = self._calls.get(said.call)
        if call is None:
            return
        call.gone = True
        if What.ANSWERED in call.told:
            self._of_call(What.HUNG_UP, said.call, now, cause=said.cause)

    def _ended(self, said: EndAttempt, now: Now) -> None:
        self._of_call(
            What.ENDED,
            said.attempt,
            now,
            outcome=said.outcome.value,
            disposition=said.disposition.value if said.disposition else None,
            appointment_at=said.appointment_at,
            **({"agent": said.agent} if said.agent else {}),
        )

    def _amended(self, said: AmendAttempt, now: Now) -> None:
        self._say(
            What.AMENDED,
            now,
            call=said.attempt,
            disposition=said.disposition.value,
            appointment_at=said.appointment_at,
        )

    # ── queues ───────────────────────────────────────────────────────────────────────────

    def _joined(self, said: QueueJoined, now: Now) -> None:
        before = self._waiting.pop(said.call, None)
        self._waiting[said.call] = said
        if len(self._waiting) > MOST_CALLS:
            del self._waiting[next(iter(self._waiting))]
        if before is None or before.queue != said.queue:
            self._of_queue(What.QUEUE_JOINED, said, now, number=masked(said.caller_number))

    def _offered(self, said: QueueOffered, now: Now) -> None:
        number = masked(said.caller_number)
        self._of_queue(What.QUEUE_OFFERED, said, now, agent=said.member, number=number)

    def _connected(self, said: QueueConnected, now: Now) -> None:
        waited = self._waiting.pop(said.call, None)
        number = masked(waited.caller_number) if waited else None
        self._of_queue(What.QUEUE_CONNECTED, said, now, agent=said.member, number=number)

    def _waited(self, said: NoteQueueCall, now: Now) -> None:
        """A wait is over, as the engine counts it: one that an agent ended was told before."""
        self._waiting.pop(said.call, None)
        if said.how is QueueEnd.ANSWERED:
            return
        gave_up = said.how is QueueEnd.ABANDONED
        what = What.QUEUE_ABANDONED if gave_up else What.QUEUE_LEFT
        how = None if gave_up else said.how.value
        number = masked(said.number or "")
        waited_s = said.waited_ms / 1000
        self._of_queue(what, said, now, number=number, waited_s=waited_s, how=how)

    def _talked(self, said: NoteQueueTalk, now: Now) -> None:
        if said.talk_ms is not None:
            self._of_queue(What.QUEUE_ENDED, said, now, talk_s=said.talk_ms / 1000)

    def _of_queue(
        self,
        what: What,
        said: QueueJoined | QueueOffered | QueueConnected | NoteQueueCall | NoteQueueTalk,
        now: Now,
        **facts: object,
    ) -> None:
        self._say(what, now, call=said.call, queue=said.queue, **facts)


def _told_before(answered_at: datetime | None, bridged_at: datetime | None) -> Iterator[What]:
    yield What.PLACED
    if answered_at is not None:
        yield from (What.RINGING, What.ANSWERED)
    if bridged_at is not None:
        yield What.CONNECTED
