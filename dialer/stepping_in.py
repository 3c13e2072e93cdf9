"""Stepping in: somebody makes an agent (not) ready, signs one out, or ends a call.

Owns: what that means in each state of agent and call, who is to be signed out once the call is
over, and the entry in the ledger. Must not know who may do it. Pure: returns effects.
"""

from __future__ import annotations

from campaigns.ledger import EntryKind
from dialer.agents import Agent, State
from dialer.board import Board
from dialer.calls import Call, CallState
from dialer.effects import Effect, HangUp, ReplyCode
from dialer.following import Following
from dialer.interventions import answer, entry, talk_of, who
from dialer.messages import EndCall, Now, PauseAgent, SignOutAgent
from supervisor.statistics import Statistics

SIGNING_OUT = "sign_out"
"""The break of who is to be signed out after the call at hand."""
_LIVE = frozenset(
    {
        CallState.SENT,
        CallState.RINGING,
        CallState.ANSWERED,
        CallState.TALKING,
        CallState.UNSERVED,
    }
)


class SteppingIn:
    """The acts on agents and on their calls."""

    def __init__(self, board: Board, following: Following, statistics: Statistics) -> None:
        self._board = board
        self._floor = board.floor
        self._following = following
        self._statistics = statistics
        self._leaving: dict[str, None] = {}

    # ── agents ───────────────────────────────────────────────────────────────────────────

    def pause(self, command: PauseAgent, now: Now) -> list[Effect]:
        """A break begins or ends; where another person wants it, the ledger says so."""
        agent = who(self._floor, command.agent)
        if isinstance(agent, ReplyCode):
            return [answer(command, agent, agent=command.agent)]
        if command.reason is None:
            self._leaving.pop(command.agent, None)
        effects = self._floor.take_break(command.agent, command.reason, now)
        if command.by and command.by != command.agent:
            kind = EntryKind.AGENT_RESUMED if command.reason is None else EntryKind.AGENT_PAUSED
            what = command.reason or ""
            effects.append(entry(kind, command.agent, command, now, what=what))
        return [*effects, answer(command)]

    def sign_out(self, command: SignOutAgent, now: Now) -> list[Effect]:
        """At once where there is no call, or where it is said; else after the call's wrap-up."""
        agent = who(self._floor, command.agent)
        if isinstance(agent, ReplyCode):
            return [answer(command, agent, agent=command.agent)]
        when = "now" if command.at_once or _has_no_call(agent) else "after"
        kind, talk = EntryKind.AGENT_SIGNED_OUT, talk_of(agent)
        noted = entry(kind, command.agent, command, now, what=when, call=talk)
        done: list[Effect] = [noted, answer(command, when=when, agent=command.agent)]
        if when == "now":
            self._leaving.pop(command.agent, None)
            return [*self._hang_up_phone(agent), *done]
        self._leaving[command.agent] = None
        return [*self._floor.take_break(command.agent, SIGNING_OUT, now), *done]

    def _hang_up_phone(self, agent: Agent) -> list[Effect]:
        channel = self._floor.channel_of(agent.slot or "")
        return [HangUp(call=channel)] if channel else []

    def follow(self) -> list[Effect]:
        """After each message: whose call is over goes now."""
        effects: list[Effect] = []
        for login in list(self._leaving):
            agent = self._floor.get(login)
            if agent is not None and not _has_no_call(agent):
                continue
            del self._leaving[login]
            if agent is not None and agent.state is not State.AWAY:
                effects += self._hang_up_phone(agent)
        return effects

    # ── calls ────────────────────────────────────────────────────────────────────────────

    def end_call(self, command: EndCall, now: Now) -> list[Effect]:
        """Hang it up. Who has talked owes the word on it as ever; who has not, ends as stopped."""
        login, call = command.agent or "", command.call or ""
        if command.agent is not None:
            agent = who(self._floor, login)
            if isinstance(agent, ReplyCode):
                return [answer(command, agent, agent=login)]
            call = agent.attempt or agent.inbound or ""
        ended = self._end(call, now)
        if not ended:
            code = ReplyCode.AGENT_NOT_IN_CALL if login else ReplyCode.UNKNOWN_CALL
            return [answer(command, code, agent=login, call=call)]
        noted = entry(EntryKind.CALL_HUNG_UP, login, command, now, call=call)
        return [*ended, noted, answer(command, call=call, agent=login)]

    def _end(self, call: str, now: Now) -> list[Effect]:
        ours = self._board.get(call)
        if ours is not None:
            return self._end_ours(ours, now)
        talks = any(talk_of(agent) == call for agent in self._floor) if call else False
        waits = bool(call) and self._statistics.waits(call)
        return [HangUp(call=call)] if talks or waits else []

    def _end_ours(self, call: Call, now: Now) -> list[Effect]:
        if call.state not in _LIVE:
            return []
        if call.state is CallState.TALKING:
            # Not marked as stopped by us: the agent says what came of the talk.
            return [HangUp(call=call.attempt)]
        # Told twice, it is stuck: the hang-up is sent again.
        return self._following.hang_up(call, now) or [HangUp(call=call.attempt)]


def _has_no_call(agent: Agent) -> bool:
    return agent.state in {State.AWAY, State.READYING, State.IDLE}
