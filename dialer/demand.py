"""Demand: how many calls each campaign wants now.

Owns: the round over the desks at each tick, what predictive pacers are shown of the world before
they are asked, and whom progressive keeps free for calls of before. Must not know how a claim
becomes a call (`dialer.placing`), nor how many calls are right (`dialer.pacing`). Pure: returns
effects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from campaigns.campaign import Mode
from dialer.agents import Agent, State
from dialer.board import Board
from dialer.calls import BEFORE_NETWORK, Call, CallState
from dialer.desks import Desk
from dialer.effects import Effect
from dialer.messages import Now
from dialer.pace import Pace, Rival
from dialer.pacing import Limit, closed_gate, preview, progressive
from dialer.placing import Placing

UNBRIDGED = BEFORE_NETWORK | {CallState.SENT, CallState.RINGING, CallState.ANSWERED}


class Demand:
    """What campaigns want of the hopper."""

    def __init__(self, board: Board, placing: Placing) -> None:
        self._board = board
        self._placing = placing

    def tick(self, now: Now) -> list[Effect]:
        """Ask each campaign's pacer, and claim what it says."""
        gone = list(self._board.gone)
        self._board.gone.clear()
        effects: list[Effect] = []
        # Who decides first is to know of the calls of those who decide later.
        if any(desk.pace is not None for desk in self._board.desks):
            self._observe_all(gone, now)
        self._board.stirred.clear()
        self._board.floor.stirred.clear()
        for desk in self._board.desks.in_turn():
            effects += self._pace(desk, now)
        return effects

    def _pace(self, desk: Desk, now: Now) -> list[Effect]:
        if desk.campaign.mode is Mode.PREVIEW:
            # Nobody asks at a tick: `dialer.previewing` claims when an agent does.
            desk.limit = preview.decide(self._placing.facts(desk, 0, now)).limit
            return []
        if desk.pace is not None:
            return self._foresee(desk, desk.pace, now)
        free = self._board.free_for(desk.campaign.queue)
        # Calls from before the campaign was made progressive have nobody kept for them.
        free = free[
            self._placing.claiming(desk.campaign.id, unkept=True)
            + self._board.count_unkept(desk.campaign.id, UNBRIDGED) :
        ]
        decision = progressive.decide(self._placing.facts(desk, len(free), now))
        desk.limit = decision.limit
        if not decision.place:
            return []
        return [self._placing.claim(desk, [agent.agent for agent in free[: decision.place]], now)]

    def _observe_all(self, gone: Sequence[Call], now: Now) -> None:
        """Have the pacers see what is, as long as the switch can be heard."""
        board, floor = self._board, self._board.floor
        stirred = [call for one in sorted(board.stirred) if (call := board.get(one)) is not None]
        ours, left = _by_campaign(stirred), _by_campaign(gone)
        for desk in board.desks:
            number, queue, pace = desk.campaign.id, desk.campaign.queue, desk.pace
            if pace is None:
                continue
            if not self._placing.link_ready:
                pace.blinded(now)
            elif self._rests(desk) and number not in left:
                pace.blinded(now, Limit.PAUSED)
            else:
                calls, agents = ours.get(number, []), self._stirred_agents(pace)
                if pace.wants_all(queue):
                    calls = [call for call in board if call.campaign_id == number]
                    agents = {agent.agent: agent for agent in floor}
                pace.observe(
                    calls,
                    left.get(number, ()),
                    agents,
                    queue=queue,
                    free=self._free_logins(queue),
                    handed=self._handed(agents),
                    now=now,
                )

    def _stirred_agents(self, pace: Pace) -> dict[str, Agent | None]:
        floor = self._board.floor
        return {login: floor.get(login) for login in sorted(floor.stirred.union(pace.unsettled))}

    def _handed(self, agents: Mapping[str, Agent | None]) -> set[str]:
        """The calls, for which nobody was kept, that one of these is on the way to."""
        calls = (self._board.get(agent.attempt or "") for agent in agents.values() if agent)
        return {
            call.attempt
            for call in calls
            if call is not None and not call.reserved and call.state is CallState.ANSWERED
        }

    def _rests(self, desk: Desk) -> bool:
        """Whether the campaign does not run, and has no call: there may be many of these."""
        number = desk.campaign.id
        return not (desk.running or self._board.alive(number) or self._placing.claiming(number))

    def _serving(self, queue: str) -> list[Agent]:
        return [agent for agent in self._board.floor if queue in agent.queues]

    def _free_logins(self, queue: str) -> list[str]:
        return [agent.agent for agent in self._board.free_for(queue)]

    def _foresee(self, desk: Desk, pace: Pace, now: Now) -> list[Effect]:
        """More calls than agents are free; nobody is kept for them (`dialer.handing`)."""
        if not self._placing.link_ready:
            desk.limit = Limit.STOPPING if self._placing.stopping else Limit.LINK
            return []
        if self._rests(desk):
            desk.limit = closed_gate(self._placing.facts(desk, 0, now))
            return []
        campaign = desk.campaign
        free = self._free_logins(campaign.queue)
        beside = {
            other.pace: Rival(under_way=self._under_way(other.campaign.id), part=part)
            for other in self._board.desks
            if other is not desk and other.pace is not None and not self._rests(other)
            if (part := self._shared_part(other.campaign.queue, campaign.queue)) > 0
        }
        under_way = self._under_way(campaign.id)
        decision = pace.decide(
            self._placing.facts(desk, len(free), now),
            under_way,
            beside,
            now,
            callers=self._board.callers_ahead(campaign.queue),
        )
        desk.limit = decision.limit
        if not decision.place:
            return []
        if desk.dialplan.pauses:
            # One call shows whether our dialplan is there by now, and drops one person if not.
            if self._placing.claiming(campaign.id) or self._board.alive(campaign.id):
                return []
            return [self._placing.ask(desk, 1, free, (), now)]
        return [self._placing.ask(desk, decision.place, free, (), now)]

    def _shared_part(self, queue: str, ours: str) -> float:
        """Of the agents who are there for a queue, the part that serves ours as well."""
        if queue == ours:
            return 1.0
        there = [one for one in self._serving(queue) if one.state is not State.AWAY]
        return sum(ours in one.queues for one in there) / len(there) if there else 0.0

    def _under_way(self, campaign_id: int) -> int:
        """Calls of a predictive campaign that are wanted and not on the network yet."""
        return self._placing.claiming(campaign_id) + self._board.count_unkept(
            campaign_id, BEFORE_NETWORK
        )


def _by_campaign(calls: Iterable[Call]) -> dict[int, list[Call]]:
    found = defaultdict(list)
    for call in calls:
        found[call.campaign_id].append(call)
    return found
