"""The engine's effects on the switch, carried out, and what there is to tell it of them.

Owns: which actions an effect is, and what an answer means to the engine. Must not decide
anything. Each effect is sent at most once; where the switch's answer is lost, nothing is said,
for nothing is known: LinkDown and the survey after it tell the engine. But an Originate that
found no link has certainly called nobody, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import structlog

from asterisk import actions
from asterisk.actions import Action
from asterisk.errors import ActionRejected, AnswerOverdue, LinkLost, PbxError, UnsafeValue
from asterisk.link import Link
from asterisk.resync import survey
from dialer.effects import (
    Connect,
    HangUp,
    JoinQueues,
    LeaveQueues,
    LetHear,
    Originate,
    PauseMember,
    PlayTone,
    PlayUnserved,
    RecordTalk,
    RingSupervisor,
    SetPenalties,
    Survey,
    SwitchEffect,
)
from dialer.switch_events import (
    ActionDone,
    CallBridged,
    CallOriginated,
    NotHeard,
    OriginateUnsent,
    SwitchSurveyed,
)

log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

SURVEY_CURE = (
    "our manager.conf user needs `write = originate,call,agent,reporting`, and Asterisk the "
    "modules app_agent_pool and app_queue; `waihu doctor` tells which"
)

ALREADY_THERE = "already there"
"""How Asterisk's refusal ends when a slot is a member of the queue since before."""

NOT_THERE = "not there"
"""How it ends when a slot that is to leave a queue is in it no more."""

NO_MEMBER = "interface not found"
"""How it ends when a slot that is to be paused is a member of no queue."""

Told = ActionDone | CallBridged | CallOriginated | NotHeard | OriginateUnsent | SwitchSurveyed


@dataclass(frozen=True, slots=True)
class Performer:
    """The switch as the engine's loop sees it: `perform` over one link."""

    link: Link

    async def perform(self, effect: SwitchEffect) -> Told | None:
        """See `perform`."""
        return await perform(self.link, effect)

    async def ring_to_sign_in(self, pattern: str, phone: str, agent: str) -> str:
        """Ring an agent's phone so that it signs in; "" when it was asked for, else why not."""
        return await _fault(self.link, lambda: actions.ring_to_sign_in(pattern, phone, agent))


async def perform(link: Link, effect: SwitchEffect) -> Told | None:  # noqa: C901, PLR0911, PLR0912  one line an effect
    """Carry out one effect; gives what the engine is to be told, if anything.

    An effect whose values may not go to a switch is not sent and counts as rejected. Raises
    nothing of the switch's.
    """
    match effect:
        case Originate():
            return await _originate(link, effect)
        case PauseMember():
            return await _pause(link, effect)
        case Survey():
            return await _survey(link)
        case Connect():
            _tell(effect.call, await _fault(link, lambda: actions.connect(effect)))
        case HangUp():
            await _end(link, effect)
        case PlayUnserved():
            return await _play_unserved(link, effect)
        case PlayTone():
            await _play(link, effect)
        case RingSupervisor():
            make = partial(actions.ring_supervisor, effect)
            return await _hear(link, effect.call, actions.SPY_CONTEXT, make)
        case RecordTalk():
            make = partial(actions.record_talk, effect)
            return await _hear(link, effect.call, actions.RECORD_CONTEXT, make)
        case LetHear():
            _tell(effect.call, await _fault(link, lambda: actions.let_hear(effect)))
        case JoinQueues():
            await _join(link, effect)
        case LeaveQueues():
            await _leave(link, effect)
        case SetPenalties():
            return await _set_penalties(link, effect)
        case _ as never:
            assert_never(never)
    return None


async def _originate(link: Link, effect: Originate) -> CallOriginated | OriginateUnsent | None:
    """A refusal at once is a failed call; an unknown fate is not, for it may be ringing."""
    try:
        await link.send(actions.originate(effect))
    except (ActionRejected, UnsafeValue) as refused:
        log.warning("originate.rejected", attempt=effect.attempt, fault=str(refused))
        return CallOriginated(call=effect.attempt, success=False, reason=0)
    except (LinkLost, AnswerOverdue) as unknown:
        if isinstance(unknown, LinkLost) and not unknown.written:
            log.warning("originate.unsent", attempt=effect.attempt, fault=str(unknown))
            return OriginateUnsent(call=effect.attempt)
        log.warning("originate.unanswered", attempt=effect.attempt, fault=str(unknown))
    return None


async def _pause(link: Link, effect: PauseMember) -> ActionDone | None:
    fault = await _fault(link, lambda: actions.queue_pause(effect.slot, effect.reason))
    if fault:
        log.warning("member.pause_failed", slot=effect.slot, reason=effect.reason, fault=fault)
    if not effect.ref:
        return None
    unknown = fault.lower().endswith(NO_MEMBER)
    return ActionDone(ref=effect.ref, ok=not fault, text=fault, unknown=unknown)


async def _survey(link: Link) -> SwitchSurveyed | None:
    """Where a list does not end, the connection is made anew: its LinkUp brings a new survey."""
    try:
        return await survey(link)
    except ActionRejected as refused:
        log.error("survey.refused", fault=str(refused), cure=SURVEY_CURE)  # noqa: TRY400 - the peer's fault: no traceback
    except AnswerOverdue as overdue:
        log.warning("survey.overdue", fault=str(overdue))
        link.drop(str(overdue))
    except LinkLost as lost:
        log.info("survey.lost", fault=str(lost))
    return None


async def _end(link: Link, effect: HangUp) -> None:
    """A channel that is gone already is what was wanted; its Hangup event says so."""
    _tell(effect.call, await _fault(link, lambda: actions.hang_up(effect.call)))


async def _play_unserved(link: Link, effect: PlayUnserved) -> CallBridged | None:
    """On a link that lags the word of the bridge is late: a talk must not be torn apart for it."""
    try:
        peer = await link.send(actions.bridge_peer(effect.call))
    except (PbxError, UnsafeValue) as fault:
        _tell(effect.call, str(fault))
        return None
    if peer.headers.get("Value"):
        log.warning("message.not_needed", call=effect.call, why="the link lags: somebody is there")
        return CallBridged(call=effect.call)
    _tell(effect.call, await _fault(link, lambda: actions.redirect(effect.call)))
    return None


def _tell(call: str, fault: str) -> None:
    if fault:
        log.info("channel.not_reached", call=call, fault=fault)


async def _play(link: Link, effect: PlayTone) -> None:
    """A tone that does not come is no harm to the word that it tells of."""
    fault = await _fault(link, lambda: actions.play_tone(effect))
    if fault:
        log.warning("tone.not_played", slot=effect.slot, tone=effect.tone, fault=fault)


async def _hear(link: Link, call: str, context: str, make: Callable[[], Action]) -> NotHeard | None:
    """Begin what hears a talk, unless an older dialplan of ours cannot do it."""
    try:
        known = await link.send(actions.has_context(context))
        if known.headers.get("Value") == "0":
            log.warning("hearing.dialplan_lacks", context=context)
            return NotHeard(call=call, lacks=True)
        await link.send(make())
    except (PbxError, UnsafeValue) as fault:
        log.warning("hearing.not_begun", call=call, fault=str(fault))
        return NotHeard(call=call)
    return None


async def _join(link: Link, effect: JoinQueues) -> None:
    for queue in effect.queues:
        fault = await _add(link, effect, queue)
        if fault.lower().endswith(ALREADY_THERE):
            await _fault(link, partial(actions.queue_remove, effect.slot, queue))
            fault = await _add(link, effect, queue)
        if fault:
            log.error("member.not_added", slot=effect.slot, queue=queue, fault=fault)


async def _add(link: Link, effect: JoinQueues, queue: str) -> str:
    """Add with the login as the member's name; who was there before may have been another."""
    penalty = effect.penalties.get(queue, 0)
    make = partial(actions.queue_add, effect.slot, effect.agent, queue, effect.reason, penalty)
    return await _fault(link, make)


async def _leave(link: Link, effect: LeaveQueues) -> None:
    for queue in effect.queues:
        fault = await _fault(link, partial(actions.queue_remove, effect.slot, queue))
        if fault and not fault.lower().endswith(NOT_THERE):
            log.warning("member.not_removed", slot=effect.slot, queue=queue, fault=fault)


async def _set_penalties(link: Link, effect: SetPenalties) -> ActionDone | None:
    """Who has left a queue meanwhile needs no number there."""
    fault = ""
    for queue, penalty in effect.penalties.items():
        refused = await _fault(link, partial(actions.queue_penalty, effect.slot, queue, penalty))
        if refused:
            log.info("member.penalty_not_set", slot=effect.slot, queue=queue, fault=refused)
        fault = fault or refused
    return ActionDone(ref=effect.ref, ok=not fault, text=fault) if effect.ref else None


async def _fault(link: Link, make: Callable[[], Action]) -> str:
    """Send what `make` gives; "" when it was done, else why not."""
    try:
        await link.send(make())
    except (PbxError, UnsafeValue) as fault:
        return str(fault)
    return ""
