"""Preview: an agent asks for a contact, looks at it, and dials or gives it back.

Owns: who looks at whom and until when, and what the agent is told of it (`dialer.wishes` finds
the contact). The reservation, the second judgement and the Originate are those of every mode
(`dialer.placing`): an agent who dials goes the same way as the engine does. Pure: returns
effects.

A look that ends without a call frees the contact, uncounted: skipped with a reason, out of time,
or taken back (pause, stop, lost link, agent gone). Who lets the time run out is most likely not
at the desk, and so takes a break: no customer is put through to an empty chair. Asking for the
next contact ends that break.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from campaigns.campaign import Mode
from campaigns.judge import Verdict
from campaigns.outcomes import NotSent, Outcome
from dialer.agents import TIMEOUT, Agent, State, Status
from dialer.board import Board
from dialer.calls import BEFORE_NETWORK, Call, CallState, Signal
from dialer.desks import Desk
from dialer.effects import Effect, EndAttempt, Reply, ReplyCode
from dialer.messages import AskNext, Claimed, DialNow, Now, SentJudged, SkipContact, StoreFailed
from dialer.pacing import Limit
from dialer.placing import RESERVE, Placing
from dialer.switch_events import ActionDone
from dialer.wishes import Look, Wishes, limit_facts


class Previewing:
    """Contacts that agents look at."""

    def __init__(self, board: Board, placing: Placing) -> None:
        self._board = board
        self._placing = placing
        self._looks: dict[str, Look] = {}
        self._wishes = Wishes(board, placing, self._looks)
        self._why: dict[str, Mapping[str, str]] = {}
        self._ended: dict[str, Mapping[str, str]] = {}

    # ── asking ───────────────────────────────────────────────────────────────────────────

    def ask(self, command: AskNext, now: Now) -> list[Effect]:
        """Give the agent a contact to look at; the one at hand, if there is one."""
        agent = self._board.floor.get(command.agent)
        if agent is None:
            return [Reply(ref=command.ref, code=ReplyCode.UNKNOWN_AGENT)]
        if agent.state is State.AWAY:
            return [Reply(ref=command.ref, code=ReplyCode.AGENT_NOT_LOGGED_IN)]
        at_hand = self._at_hand(agent)
        if at_hand is not None:
            return [_shown(command.ref, at_hand, now)]
        campaigns = self._campaigns(agent, command.campaign)
        if not campaigns:
            return [Reply(ref=command.ref, code=ReplyCode.NO_PREVIEW_CAMPAIGN)]
        effects = self._end_timeout(agent, now)
        return effects + self._wishes.claim(command.ref, agent.agent, campaigns, now)

    def _at_hand(self, agent: Agent) -> Call | None:
        call = self._board.get(agent.attempt or "")
        return call if call is not None and call.state is CallState.PREVIEWING else None

    def _campaigns(self, agent: Agent, name: str | None) -> tuple[int, ...]:
        return tuple(
            desk.campaign.id
            for desk in self._board.desks.in_turn()
            if desk.campaign.mode is Mode.PREVIEW
            and desk.campaign.queue in agent.queues
            and name in (None, desk.campaign.name)
        )

    def _end_timeout(self, agent: Agent, now: Now) -> list[Effect]:
        """Who asks is at the desk again."""
        if agent.status is not Status.ON_BREAK or agent.pause_reason != TIMEOUT:
            return []
        return self._board.floor.take_break(agent.agent, None, now)

    def claimed(self, answer: Claimed, now: Now) -> list[Effect]:
        """The hopper's answer to an agent's wish."""
        return self._wishes.claimed(answer, now)

    def store_failed(self, failure: StoreFailed) -> None:
        """Keep that the database refused the second judgement of a call, for the agent."""
        if failure.ref in self._looks:
            self._why[failure.ref] = {"why": NotSent.STORE.value}

    # ── looking ──────────────────────────────────────────────────────────────────────────

    def reserved(self, done: ActionDone, now: Now) -> None:
        """The agent is out of the queues: the look begins.

        Where it cannot, the call stays as it is, and `placing` takes it back.
        """
        attempt = done.ref.removeprefix(RESERVE)
        look, call = self._looks.get(attempt), self._board.get(attempt)
        if look is None or call is None or not done.ok or not self._placing.open:
            return
        desk = self._board.desks.get(call.campaign_id)
        if desk is not None:
            due = now.mono + desk.campaign.preview_limit_s
            self._board.step(call, Signal.SHOWN, due_mono=due)

    def tick(self, now: Now) -> list[Effect]:
        """Looks that are out of time end; the agent takes a break."""
        effects: list[Effect] = []
        for attempt in list(self._looks):
            call = self._board.get(attempt)
            if call is None or call.state is not CallState.PREVIEWING:
                continue
            if call.due_mono is not None and now.mono >= call.due_mono:
                effects += self._time_out(call, now)
        return effects

    def _time_out(self, call: Call, now: Now) -> list[Effect]:
        self._why[call.attempt] = {"why": NotSent.TIMEOUT.value}
        agent = self._board.floor.get(call.agent)
        effects: list[Effect] = []
        if agent is not None and agent.status is Status.AVAILABLE:
            effects += self._board.floor.take_break(call.agent, TIMEOUT, now)
        return effects + self._given_back(call, Outcome.NOT_SENT, NotSent.TIMEOUT, now)

    def _given_back(
        self, call: Call, outcome: Outcome, note: str, now: Now, reply: str = ""
    ) -> list[Effect]:
        self._board.drop(call)
        ended = EndAttempt(
            attempt=call.attempt,
            outcome=outcome,
            at=now.utc,
            note=note,
            agent=call.agent,
            reply=reply,
        )
        return [ended, *self._board.floor.release(call.agent, now)]

    def loaded(self, now: Now) -> list[Effect]:
        """Who looks at a contact of a campaign that is no longer wanted gives it back."""
        effects: list[Effect] = []
        for attempt in list(self._looks):
            call = self._board.get(attempt)
            desk = self._board.desks.get(call.campaign_id) if call else None
            if call is None or call.state not in (CallState.CLAIMED, CallState.PREVIEWING):
                continue
            if desk is None or not desk.running:
                effects += self._placing.withdraw(call, now)
        return effects

    # ── dialing and skipping ─────────────────────────────────────────────────────────────

    def dial(self, command: DialNow, now: Now) -> list[Effect]:
        """The agent wants the call: judged again, then placed like any other."""
        call = self._looked_at(command.agent)
        if call is None:
            return [self._no_look(command.ref, command.agent)]
        desk = self._board.desks.get(call.campaign_id)
        closed = self._closed(desk, now)
        if desk is not None and closed is not None:
            facts = limit_facts(desk, closed, now)
            return [Reply(ref=command.ref, code=ReplyCode.NOT_DIALED_YET, facts=facts)]
        look = self._looks[call.attempt]
        self._looks[call.attempt] = replace(look, dial_ref=command.ref)
        return self._placing.send(call, Signal.DIALED, now)

    def _closed(self, desk: Desk | None, now: Now) -> Limit | None:
        """What will pass by itself, so that the look goes on meanwhile."""
        if not self._placing.store_ok:
            return Limit.STORE
        return Limit.BREAKER if desk is not None and desk.breaker.is_open(now.mono) else None

    def skip(self, command: SkipContact, now: Now) -> list[Effect]:
        """The agent gives the contact back; told once it is committed."""
        call = self._looked_at(command.agent)
        if call is None:
            return [self._no_look(command.ref, command.agent)]
        del self._looks[call.attempt]
        return self._given_back(call, Outcome.SKIPPED, command.reason, now, command.ref)

    def _looked_at(self, login: str) -> Call | None:
        agent = self._board.floor.get(login)
        return None if agent is None else self._at_hand(agent)

    def _no_look(self, ref: str, login: str) -> Reply:
        if self._board.floor.get(login) is None:
            return Reply(ref=ref, code=ReplyCode.UNKNOWN_AGENT)
        why = self._ended.get(login)
        if why is None:
            return Reply(ref=ref, code=ReplyCode.NO_PREVIEW)
        code = ReplyCode.NOT_DIALED if "verdict" in why else ReplyCode.PREVIEW_ENDED
        return Reply(ref=ref, code=code, facts=dict(why))

    def judged(self, answer: SentJudged) -> None:
        """Keep why the second judgement said no, for the agent."""
        if answer.attempt in self._looks and not answer.verdict.dialable:
            self._why[answer.attempt] = _verdict_facts(answer.verdict)

    # ── what the agent is told ───────────────────────────────────────────────────────────

    def answers(self, now: Now) -> list[Effect]:
        """Answer those whose wish has come to something; called after each message."""
        effects = self._wishes.lapsed()
        for attempt, look in list(self._looks.items()):
            call = self._board.get(attempt)
            if call is None:
                effects += self._is_over(attempt, look)
            elif call.state is CallState.PREVIEWING and look.ask_ref:
                self._ended.pop(look.agent, None)
                self._looks[attempt] = replace(look, ask_ref="")
                effects.append(_shown(look.ask_ref, call, now))
            elif call.state not in BEFORE_NETWORK:
                del self._looks[attempt]
                effects.append(_placed(look.dial_ref, call))
        return effects

    def _is_over(self, attempt: str, look: Look) -> list[Effect]:
        """The call is gone before it reached the network, and nobody skipped it."""
        del self._looks[attempt]
        why = self._why.pop(attempt, None) or {
            "why": self._placing.why_gone(look.agent, look.campaign_id).value
        }
        self._ended[look.agent] = why
        ref = look.dial_ref or look.ask_ref
        return [self._no_look(ref, look.agent)] if ref else []


def _shown(ref: str, call: Call, now: Now) -> Reply:
    left_s = max(0.0, (call.due_mono or now.mono) - now.mono)
    facts = {
        "attempt": call.attempt,
        "contact": str(call.contact_id),
        "e164": call.e164,
        "left_s": f"{left_s:.0f}",
    }
    return Reply(ref=ref, code=ReplyCode.OK, facts=facts)


def _placed(ref: str, call: Call) -> Reply:
    return Reply(ref=ref, code=ReplyCode.OK, facts={"attempt": call.attempt, "e164": call.e164})


def _verdict_facts(verdict: Verdict) -> dict[str, str]:
    params = {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in verdict.params.items()
    }
    return {"verdict": verdict.code.value, **params}
