"""From a key to what is done: to whom, whether it is asked first, and what is told afterwards.

Owns: which key fits which row, and the questions before an act. An act whose row is not of its kind
says so. The acts are `supervisor.terminal_board.hands`'.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from textual.screen import Screen

from config.words import QUEUE_PREFIX
from dialer.effects import ListenMode
from supervisor.alarm_rules import Kind
from supervisor.snapshot import AgentView, AlarmView, CampaignView, Snapshot
from supervisor.terminal_board.hands import Hands
from supervisor.terminal_board.order import Subject
from supervisor.terminal_board.windows import Choice, Writing
from supervisor.words import Translate

_T = TypeVar("_T")


class Seat(Protocol):
    """What the keys need of the board."""

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest picture."""

    @property
    def subject(self) -> Subject | None:
        """What the cursor is on; of an alarm, what it is about."""

    @property
    def alarm(self) -> AlarmView | None:
        """The alarm that the cursor is on, or that is about what it is on."""

    def say(self, text: str) -> None:
        """Tell something in the last line."""

    async def ask(self, window: Screen[_T]) -> _T | None:
        """Open a window over the board, and wait for its answer."""


class Keys:
    """The acts of one board. `phone`: the supervisor's own; empty: it is asked for once."""

    def __init__(self, seat: Seat, hands: Hands, _: Translate, phone: str) -> None:
        self._seat = seat
        self._hands = hands
        self._ = _
        self._phone = phone
        self.hears = False

    # ── agents ───────────────────────────────────────────────────────────────────────────

    async def hear(self, mode: ListenMode) -> None:
        """Listen to an agent's talk, or take part in it."""
        agent = self._agent()
        if agent is None:
            return
        if not self._phone:
            asked = self._("Which phone is to ring? Its extension:")
            written = await self._seat.ask(Writing(asked))
            self._phone = written or ""
        if self._phone:
            self._seat.say(await self._hands.hear(agent, mode, self._phone))
            self.hears = True

    async def hear_nobody(self) -> None:
        """Hang one's phone up."""
        self.hears = False
        self._seat.say(await self._hands.hear_nobody(self._phone))

    async def hang_up(self) -> None:
        """Hang an agent's call up, once it is confirmed."""
        asked = self._("Hang up the call of {agent}?")
        await self._confirmed(asked, self._hands.hang_up)

    async def sign_out(self) -> None:
        """Sign an agent out, once it is confirmed."""
        await self._confirmed(self._("Sign {agent} out?"), self._hands.sign_out)

    async def record(self) -> None:
        """Record an agent's talk."""
        agent = self._agent()
        if agent is not None:
            self._seat.say(await self._hands.record(agent))

    async def _confirmed(
        self, question: str, act: Callable[[AgentView, str], Awaitable[str]]
    ) -> None:
        """Ask once, and for the reason, which the ledger keeps; it may be left empty."""
        agent = self._agent()
        if agent is None:
            return
        named = question.format(agent=f"{agent.agent} {agent.name}".strip())
        how = self._("Write why (the ledger keeps it). Enter: yes   Esc: no")
        why = await self._seat.ask(Writing(named, hint=how))
        if why is not None:
            self._seat.say(await act(agent, why))

    # ── agents and campaigns ─────────────────────────────────────────────────────────────

    async def pause(self) -> None:
        """An agent's break, or a campaign's rest, begins or ends."""
        campaign = self._found_campaign()
        if campaign is not None:
            self._seat.say(await self._hands.pause_or_resume(campaign))
            return
        agent = self._agent()
        if agent is not None:
            self._seat.say(await self._hands.pause_or_ready(agent))

    async def steer(self) -> None:
        """Ask what of a campaign is to be otherwise, and do it."""
        campaign = self._found_campaign()
        if campaign is None:
            self._seat.say(self._("Choose a campaign first: 2"))
            return
        options = [
            ("abandon_percent", self._("the cap of abandoned calls, in percent")),
            ("aggressiveness", self._("how boldly it dials, from 0 to 1")),
        ]
        key = await self._seat.ask(Choice(campaign.name, options))
        if key is not None:
            value = await self._seat.ask(Writing(dict(options)[key]))
            if value:
                self._seat.say(await self._hands.steer(campaign, key, value))

    async def lend(self) -> None:
        """Lend an agent to a queue, or take one back; to a queue, one agent of another."""
        subject = self._seat.subject
        if subject is not None and subject.kind is Kind.QUEUE:
            await self._lend_to(subject.name)
            return
        agent = self._agent()
        if agent is None:
            return
        if agent.lent_to is not None:
            self._seat.say(await self._hands.take_back(agent))
            return
        queue = await self._queue(
            self._("Lend {agent} to:").format(agent=agent.name or agent.agent)
        )
        if queue is not None:
            self._seat.say(await self._hands.lend(agent, queue))

    async def _lend_to(self, target: str) -> None:
        named = target.removeprefix(QUEUE_PREFIX)
        asked = self._("Lend one agent to {queue}, from:").format(queue=named)
        source = await self._queue(asked, but=target)
        if source is not None:
            self._seat.say(await self._hands.lend_one(source, target))

    async def _queue(self, question: str, *, but: str = "") -> str | None:
        """One of the queues of the picture, with how many are free for each."""
        snapshot = self._seat.snapshot
        queues = () if snapshot is None else snapshot.queues
        said = self._("{queue}   free {n}, waiting {waiting}")
        options = [
            (
                queue.name,
                said.format(
                    queue=queue.name.removeprefix(QUEUE_PREFIX),
                    n=queue.agents_available,
                    waiting=queue.waiting,
                ),
            )
            for queue in queues
            if queue.name != but
        ]
        return await self._seat.ask(Choice(question, options))

    # ── alarms ───────────────────────────────────────────────────────────────────────────

    async def acknowledge(self) -> None:
        """See to the alarm at the cursor; where it is on none, to the newest that is open."""
        alarm = self._seat.alarm or self._newest()
        if alarm is None:
            self._seat.say(self._("There is no open alarm."))
        else:
            self._seat.say(await self._hands.acknowledge(alarm))

    def _newest(self) -> AlarmView | None:
        snapshot = self._seat.snapshot
        alarms = () if snapshot is None else snapshot.alarms
        return next((alarm for alarm in alarms if not alarm.acknowledged_by), None)

    # ── what the cursor is on ────────────────────────────────────────────────────────────

    def _agent(self) -> AgentView | None:
        """The agent at the cursor; where it is on none, that is told."""
        snapshot, subject = self._seat.snapshot, self._seat.subject
        if snapshot is not None and subject is not None and subject.kind is Kind.AGENT:
            for agent in snapshot.agents:
                if agent.agent == subject.name:
                    return agent
        self._seat.say(self._("Choose an agent first: 3"))
        return None

    def _found_campaign(self) -> CampaignView | None:
        snapshot, subject = self._seat.snapshot, self._seat.subject
        if snapshot is None or subject is None or subject.kind is not Kind.CAMPAIGN:
            return None
        return next((one for one in snapshot.campaigns if one.name == subject.name), None)
