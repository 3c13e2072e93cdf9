"""Placing calls: from the claim to the Originate.

Owns: claims under way, the reservation of the agent, the wait for a place in the second, and the
second judgement. Each step may fail or come too late; whatever does frees the agent and the
contact. Pure: returns effects.

The wait comes before the judgement, and a call that is being judged has its place: so as many
yeses as may come fit into the second (I7), and none of them grows old while it waits (I3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.outcomes import NotSent, Outcome
from dialer.agents import State
from dialer.board import Board
from dialer.calls import BEFORE_NETWORK, Call, CallState, Signal
from dialer.desks import Desk
from dialer.effects import ClaimContacts, Effect, EndAttempt, MarkSent, Originate, ReleaseClaim
from dialer.messages import Claim, Claimed, Now, SentJudged, StoreFailed
from dialer.pacing import PacingFacts
from dialer.switch_events import ActionDone, OriginateUnsent

RESERVE = "reserve:"
LOST_TRACK_S = 15.0
"""A sent call of which the switch says nothing for its ring time-out and this is given up."""
CLAIM_PATIENCE_S = 3.0
"""So long agents are kept for contacts that the database still owes us."""
JUDGING_PATIENCE_S = 5.0
"""A yes of the second judgement that comes later than this is no yes any more (I3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingClaim:
    """Contacts asked of the hopper, with an agent kept for each until `due_mono`.

    Of a predictive campaign nobody is kept. `for_turn`: one contact was meant, and the answer says
    nothing of the list.
    """

    campaign_id: int
    count: int
    agents: tuple[str, ...]
    due_mono: float
    for_turn: bool = False


class Placing:
    """Calls on their way to the network.

    The engine sets `link_ready`, `store_ok`, `stopping`, and which contexts of our dialplan the
    switch is `lacking`.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._pending: dict[str, PendingClaim] = {}
        self._claims_made = 0
        self._too_late: set[str] = set()
        self.link_ready = False
        self.store_ok = True
        self.stopping = False
        self.lacking: frozenset[str] = frozenset()

    @property
    def busy(self) -> bool:
        """Whether an answer of the hopper is still to come that somebody waits for."""
        return bool(self._pending or self._too_late)

    def tick(self, now: Now) -> list[Effect]:
        """Lose patience with the database, and let those go who wait for their place."""
        effects = self._lose_patience(now)
        for call in self._board.in_state(CallState.WAITING):
            effects += self._take_turn(call, now)
        return effects

    # ── what pacers are told ─────────────────────────────────────────────────────────────

    def facts(self, desk: Desk, free_agents: int, now: Now) -> PacingFacts:
        """What the campaign's pacer is told, with so many agents for it."""
        campaign = desk.campaign
        claiming = self.claiming(campaign.id)
        under_way = claiming + self._board.count(campaign.id, BEFORE_NETWORK)
        return PacingFacts(
            running=desk.running,
            stopping=self.stopping,
            dialable=self.link_ready,
            store_ok=self.store_ok and not desk.store_rests(now),
            breaker_open=desk.is_broken(now),
            list_dry=desk.list_dry(now),
            free_agents=free_agents,
            calls_alive=self._board.alive(campaign.id) + claiming,
            max_calls=campaign.max_calls,
            cps_room=desk.throttle.room(now.mono) - under_way,
            dialplan_lacks=self.dialplan_lacks(desk),
        )

    def dialplan_lacks(self, desk: Desk) -> bool:
        """Whether whoever answers would be cut off: the switch has an older dialplan of ours."""
        return desk.pace is not None and bool(self.lacking)

    def claiming(self, campaign_id: int, *, unkept: bool = False) -> int:
        """Contacts that the hopper still owes the campaign; `unkept`: those without an agent."""
        return sum(
            one.count
            for one in self._pending.values()
            if one.campaign_id == campaign_id and not (unkept and one.agents)
        )

    # ── claim ────────────────────────────────────────────────────────────────────────────

    def claim(self, desk: Desk, agents: Sequence[str], now: Now) -> ClaimContacts:
        """Ask for a contact for each of these free agents, who are kept until it is here.

        While the answer is waited for, `awaits` its ref; `claimed` or patience ends that.
        """
        for agent in agents:
            self._board.floor.reserve(agent, None, now)
        return self.ask(desk, len(agents), agents, agents, now)

    def ask(
        self,
        desk: Desk,
        count: int,
        there: Sequence[str],
        kept: Sequence[str],
        now: Now,
        *,
        turns: tuple[str, ...] = (),
    ) -> ClaimContacts:
        """Ask for so many contacts, of agents who are `there`, for those of them who are `kept`.

        Whoever was promised to one of those who are there is asked for as well. `turns`: nobody
        but these numbers.
        """
        self._claims_made += 1
        ref = f"claim:{self._claims_made}"
        self._pending[ref] = PendingClaim(
            campaign_id=desk.campaign.id,
            count=count,
            agents=tuple(kept),
            due_mono=now.mono + CLAIM_PATIENCE_S,
            for_turn=bool(turns),
        )
        return ClaimContacts(
            ref=ref, campaign=desk.campaign, count=count, agents=tuple(there), turns=turns
        )

    def awaits(self, ref: str) -> bool:
        """Whether agents are still kept for the answer with this `ref`."""
        return ref in self._pending

    def claimed(self, answer: Claimed, now: Now) -> list[Effect]:
        """Give each claimed contact its agent; agents that are left over are free again."""
        pending = self._pending.pop(answer.ref, None)
        if pending is None:
            late = NotSent.STORE
            return [ReleaseClaim(attempt=claim.attempt, why=late) for claim in answer.claims]
        desk = self._board.desks.get(pending.campaign_id)
        if desk is not None and not pending.for_turn:
            desk.claimed(pending.count, len(answer.claims), answer.next_due_at, now)
        if not pending.agents:
            return self._begin_unkept(answer.claims, desk, now)
        present = [agent for agent in pending.agents if self._still_kept(agent)]
        gone = [agent for agent in pending.agents if agent not in present]
        effects: list[Effect] = []
        # Those of one agent first: nobody else may have taken that agent.
        for claim in sorted(answer.claims, key=lambda claim: claim.agent is None):
            if self._board.talks_to(claim):
                effects.append(ReleaseClaim(attempt=claim.attempt, why=NotSent.IN_CALL))
            elif (agent := _take(present, claim.agent)) is not None:
                effects += self._begin(claim, agent)
            else:
                why = self.why_gone(_take(gone, claim.agent) or "", claim.campaign_id)
                effects.append(ReleaseClaim(attempt=claim.attempt, why=why))
        for agent in present:
            effects += self._board.floor.release(agent, now)
        return effects

    def _begin_unkept(self, claims: Sequence[Claim], desk: Desk | None, now: Now) -> list[Effect]:
        """Calls for whoever is free when they are answered; who was promised one has one kept."""
        effects: list[Effect] = []
        for claim in claims:
            if self._board.talks_to(claim) or desk is None:
                why = NotSent.CAMPAIGN if desk is None else NotSent.IN_CALL
                effects.append(ReleaseClaim(attempt=claim.attempt, why=why))
            elif claim.agent is None:
                call = _call_for(claim, "", reserved=False, screened=desk.campaign.pacing.amd)
                self._board.put(call)
                effects += self.send(call, Signal.UNRESERVED, now)
            else:
                effects += self._keep_promise(claim, claim.agent, now)
        return effects

    def _keep_promise(self, claim: Claim, login: str, now: Now) -> list[Effect]:
        agent = self._board.floor.get(login)
        if agent is None or not agent.free:
            why = self.why_gone(login, claim.campaign_id)
            return [ReleaseClaim(attempt=claim.attempt, why=why)]
        self._board.floor.reserve(login, None, now)
        return self._begin(claim, login)

    def _begin(self, claim: Claim, agent: str) -> list[Effect]:
        """Put a claimed contact on the board; the switch is asked to keep its agent."""
        self._board.put(_call_for(claim, agent))
        return self._board.floor.confirm(agent, claim.attempt, RESERVE + claim.attempt)

    def _still_kept(self, login: str) -> bool:
        """Whether the agent is kept for a claim that is still to come."""
        agent = self._board.floor.get(login)
        return agent is not None and agent.state is State.RESERVED and agent.attempt is None

    def store_failed(self, failure: StoreFailed, now: Now) -> list[Effect]:
        """The database refused a claim or a second judgement: nothing is sent."""
        pending = self._pending.pop(failure.ref, None)
        if pending is not None:
            return self._claim_refused(pending, now)
        if failure.ref in self._too_late:
            return [self._ended_late(failure.ref, now)]
        call = self._board.get(failure.ref)
        if call is None or call.state is not CallState.JUDGING:
            return []
        return self._board.not_sent(call, NotSent.STORE, now)

    def _claim_refused(self, pending: PendingClaim, now: Now) -> list[Effect]:
        desk = self._board.desks.get(pending.campaign_id)
        if desk is not None:
            desk.store_refused(now)
        effects: list[Effect] = []
        for agent in pending.agents:
            if self._still_kept(agent):
                effects += self._board.floor.release(agent, now)
        return effects

    # ── judge again, send ────────────────────────────────────────────────────────────────

    def reserved(self, done: ActionDone, now: Now) -> list[Effect]:
        """The switch has taken the agent out of the queues, or does not know the agent."""
        call = self._board.get(done.ref.removeprefix(RESERVE))
        if call is None or call.state is not CallState.CLAIMED:
            return []
        if not done.ok:
            return [*self.withdraw(call, now), *self._board.floor.rejoin(call.agent, now)]
        return self.send(call, Signal.RESERVED, now)

    @property
    def open(self) -> bool:
        """Whether calls may go out at all."""
        return self.link_ready and not self.stopping

    def send(self, call: Call, signal: Signal, now: Now) -> list[Effect]:
        """Let a call take its turn; the one way from a kept agent to the network."""
        waiting = self._board.step(call, signal)
        return [] if waiting is None else self._take_turn(waiting, now)

    def _take_turn(self, call: Call, now: Now) -> list[Effect]:
        """Ask for the second judgement if there is a place left in this second."""
        desk = self._board.desks.get(call.campaign_id)
        if desk is None or not (desk.running and self.open and self.store_ok):
            return self.withdraw(call, now)
        if desk.throttle.room(now.mono) <= self._board.count(desk.campaign.id, {CallState.JUDGING}):
            return []
        self._board.step(call, Signal.TURN, due_mono=now.mono + JUDGING_PATIENCE_S)
        return [MarkSent(attempt=call.attempt, campaign=desk.campaign, agent=call.agent)]

    def judged(self, answer: SentJudged, now: Now) -> list[Effect]:
        """The second judgement says yes and nothing has changed since: the call goes out."""
        if answer.attempt in self._too_late:
            ended = self._ended_late(answer.attempt, now)
            return [ended] if answer.verdict.dialable else []
        call = self._board.get(answer.attempt)
        if call is None or call.state is not CallState.JUDGING:
            return []
        if not answer.verdict.dialable:
            return self._let_go(call, now)
        desk = self._board.desks.get(call.campaign_id)
        if call.stopping or not self.open or desk is None:
            return self._board.not_sent(call, self.why_not(call), now)
        why = _changed(call, desk, answer.verdict.until, now)
        if why is not None:
            return self._board.not_sent(call, why, now)
        return [self._place(call, desk, now)]

    def _ended_late(self, attempt: str, now: Now) -> EndAttempt:
        """The end on file of a call whose judgement nobody waits for any more."""
        self._too_late.discard(attempt)
        late = NotSent.STORE.value
        return EndAttempt(attempt=attempt, outcome=Outcome.NOT_SENT, at=now.utc, note=late)

    def _place(self, call: Call, desk: Desk, now: Now) -> Originate:
        campaign = desk.campaign
        agent = self._board.floor.get(call.agent)
        due = now.mono + campaign.ring_timeout_s + LOST_TRACK_S
        self._board.step(call, Signal.SENT, due_mono=due)
        desk.throttle.take(now.mono)
        self._board.statistics.call_placed(call.attempt, campaign=campaign.name, now=now)
        return Originate(
            attempt=call.attempt,
            dial_string=campaign.dial_string,
            e164=call.e164 if campaign.number_format == "e164" else call.e164.removeprefix("+"),
            caller_id=campaign.caller_id,
            ring_timeout_s=campaign.ring_timeout_s,
            slot=(agent.slot if agent else None) or "",
            queue=campaign.queue,
            screened=call.screened,
        )

    # ── a database that lets us wait ─────────────────────────────────────────────────────

    def _lose_patience(self, now: Now) -> list[Effect]:
        """Nobody is kept for an answer that does not come; when it comes, it is taken back."""
        effects: list[Effect] = []
        for ref in [ref for ref, one in self._pending.items() if now.mono >= one.due_mono]:
            effects += self._claim_refused(self._pending.pop(ref), now)
        for call in self._board.overdue(now):
            if call.state is CallState.JUDGING:
                self._too_late.add(call.attempt)
                effects += self._let_go(call, now)
        return effects

    def _let_go(self, call: Call, now: Now) -> list[Effect]:
        """Forget a call that is not placed; its agent is free, unless another call has them."""
        self._board.drop(call)
        agent = self._board.floor.get(call.agent)
        if agent is None or agent.attempt != call.attempt:
            return []
        return self._board.floor.release(call.agent, now)

    def unsent(self, word: OriginateUnsent, now: Now) -> list[Effect]:
        """There was no link to place the call with: nobody was called, and it does not count."""
        call = self._board.get(word.call)
        if call is None or call.state is not CallState.SENT:
            return []
        return self._board.not_sent(call, NotSent.LINK, now)

    # ── take back ────────────────────────────────────────────────────────────────────────

    def withdraw(self, call: Call, now: Now) -> list[Effect]:
        """Take a call back that has not reached the network; it does not count.

        A call whose second judgement is under way is only marked: the answer decides.
        """
        match call.state:
            case CallState.CLAIMED | CallState.PREVIEWING | CallState.WAITING:
                self._board.drop(call)
                return [
                    ReleaseClaim(attempt=call.attempt, why=self.why_not(call)),
                    *self._board.floor.release(call.agent, now),
                ]
            case CallState.JUDGING:
                self._board.mark_stopping(call)
                return []
            case _:
                return []

    def withdraw_all(self, now: Now) -> list[Effect]:
        """Take back every call that has not reached the network (stop, lost link)."""
        effects: list[Effect] = []
        for call in self._board:
            effects += self.withdraw(call, now)
        return effects

    def why_not(self, call: Call) -> NotSent:
        """Why a call that has not reached the network is taken back, as things stand."""
        return self.why_gone(call.agent, call.campaign_id)

    def why_gone(self, login: str, campaign_id: int) -> NotSent:
        """Why no call is placed for this agent and this campaign, as things stand."""
        agent, desk = self._board.floor.get(login), self._board.desks.get(campaign_id)
        reasons = (
            (self.stopping, NotSent.STOPPING),
            (not self.link_ready, NotSent.LINK),
            (not self.store_ok, NotSent.STORE),
            (bool(login) and (agent is None or agent.state is State.AWAY), NotSent.AGENT_LEFT),
            (desk is None or not desk.running, NotSent.CAMPAIGN),
            (agent is not None and agent.inbound is not None, NotSent.OTHER_CALL),
        )
        return next((why for true, why in reasons if true), NotSent.SWITCH)


def _call_for(claim: Claim, agent: str, *, reserved: bool = True, screened: bool = False) -> Call:
    return Call(
        attempt=claim.attempt,
        campaign_id=claim.campaign_id,
        contact_id=claim.contact_id,
        e164=claim.e164,
        zone=claim.zone,
        agent=agent,
        reserved=reserved,
        screened=screened,
    )


def _take(agents: list[str], only: str | None) -> str | None:
    """One of `agents`, `only` that one if it is given, who is then no longer among them."""
    found = next((agent for agent in agents if only in (None, agent)), None)
    if found is not None:
        agents.remove(found)
    return found


def _changed(call: Call, desk: Desk, until: datetime | None, now: Now) -> NotSent | None:
    """What has changed on file while the call was judged, so that the yes is none any more.

    A place in the second is missing only where calls a second were lowered meanwhile.
    """
    if not desk.running or not desk.throttle.room(now.mono):
        return NotSent.CAMPAIGN
    closed = until is not None and now.utc >= until
    return NotSent.WINDOW if closed or not desk.is_open(_zone_of(call), now) else None


def _zone_of(call: Call) -> ZoneInfo | None:
    return ZoneInfo(call.zone) if call.zone else None
