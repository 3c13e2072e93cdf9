"""What the board's keys do to the floor: each act, and the sentence that tells what came of it.

Owns: which act belongs to a row as it stands, and its words. The acts themselves, and their trail,
are `dialer.acting`'s. Must not know keys or windows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from campaigns.campaign import CampaignState
from campaigns.ledger import By
from config.words import QUEUE_PREFIX
from dialer.acting_live import AskEngine, LiveActs
from dialer.effects import ListenMode
from dialer.wire import Do
from supervisor.snapshot import AgentLook, AgentView, AlarmView, CampaignView
from supervisor.words import Translate, campaign_state_word

if TYPE_CHECKING:
    from dialer.acting import Acts

FORCED_BREAK = "break"
"""The reason that queues and figures show of a break that a supervisor gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """The acts of whoever sits at the board. `by`: the person, at this moment.

    `acting`: opens the database for one act; `ask`: asks the engine. Each act gives a sentence,
    and raises what `dialer.acting` raises.
    """

    acting: Callable[[], AbstractAsyncContextManager[Acts]]
    ask: AskEngine
    by: Callable[[], By]
    _: Translate

    @property
    def live(self) -> LiveActs:
        """The acts on agents and calls as they live."""
        return LiveActs(ask=self.ask)

    # ── agents ───────────────────────────────────────────────────────────────────────────

    async def pause_or_ready(self, agent: AgentView) -> str:
        """Force a break, or end one."""
        ends = agent.look is AgentLook.PAUSED
        reason = None if ends else FORCED_BREAK
        await self.live.pause_agent(agent.agent, reason, self.by())
        said = self._("{agent} is ready.") if ends else self._("{agent} is on a break.")
        return said.format(agent=_name(agent))

    async def sign_out(self, agent: AgentView, why: str) -> str:
        """Sign an agent out; in a call, after it."""
        answer = await self.live.sign_out(agent.agent, replace(self.by(), why=why))
        after = answer.facts.get("when") == "after"
        later, done = self._("{agent} signs out after the call."), self._("{agent} is signed out.")
        return (later if after else done).format(agent=_name(agent))

    async def hear(self, agent: AgentView, mode: ListenMode, phone: str) -> str:
        """Ring the supervisor's phone, to hear an agent's talk."""
        answer = await self.live.listen(agent.agent, mode, phone, self.by())
        said = {
            "rings": self._("Your phone {phone} rings: {agent}."),
            "waits": self._("Your phone {phone} hears {agent} from the next talk on."),
            "hears": self._("Your phone {phone} hears {agent}."),
        }
        sentence = said.get(str(answer.facts.get("state")), said["rings"])
        return sentence.format(phone=phone, agent=_name(agent))

    async def hear_nobody(self, phone: str) -> str:
        """Hang the supervisor's phone up."""
        await self.live.unlisten(phone, self.by())
        return self._("You hear nobody any more.")

    async def record(self, agent: AgentView) -> str:
        """Record an agent's talk from now on."""
        await self.live.record(agent.agent, self.by())
        return self._("The talk of {agent} is recorded.").format(agent=_name(agent))

    async def hang_up(self, agent: AgentView, why: str) -> str:
        """End an agent's call."""
        await self.live.hang_up(replace(self.by(), why=why), agent=agent.agent)
        return self._("The call of {agent} is hung up.").format(agent=_name(agent))

    async def lend(self, agent: AgentView, queue: str) -> str:
        """Let an agent serve another queue until taken back."""
        async with self.acting() as acts:
            await acts.lend([agent.agent], queue, self.by())
        said = self._("{agent} serves {queue} until taken back.")
        return said.format(agent=_name(agent), queue=queue.removeprefix(QUEUE_PREFIX))

    async def take_back(self, agent: AgentView) -> str:
        """Let an agent serve the own queues again."""
        async with self.acting() as acts:
            await acts.take_back([agent.agent], self.by())
        return self._("{agent} serves the own queues again.").format(agent=_name(agent))

    async def lend_one(self, source: str, target: str) -> str:
        """Let one agent of a queue serve another; who is free goes first."""
        async with self.acting() as acts:
            chosen, _loan = await acts.lend_group(source, target, 1, self.by())
        said = self._("{agent} serves {queue} until taken back.")
        return said.format(agent=", ".join(chosen), queue=target.removeprefix(QUEUE_PREFIX))

    # ── campaigns ────────────────────────────────────────────────────────────────────────

    async def pause_or_resume(self, campaign: CampaignView) -> str:
        """Hold a campaign that runs, or let one go on that is held."""
        async with self.acting() as acts:
            runs = campaign.state == CampaignState.RUNNING
            act = acts.pause if runs else acts.resume
            record = (await act(campaign.name, self.by())).record
        state = campaign_state_word(record.state.value, self._)
        return self._("{name} is now: {state}.").format(name=campaign.name, state=state)

    async def steer(self, campaign: CampaignView, key: str, value: Any) -> str:
        """Change the cap of abandoned calls (percent) or the aggressiveness (0 to 1)."""
        from dialer.acting import Wish  # noqa: PLC0415  brings the database with it

        async with self.acting() as acts:
            await acts.steer(campaign.name, Wish(pacing={key: value}), self.by())
        return self._("{name} goes by it from now on.").format(name=campaign.name)

    # ── alarms ───────────────────────────────────────────────────────────────────────────

    async def acknowledge(self, alarm: AlarmView) -> str:
        """See to an alarm, under one's name, so that it is silent for all."""
        who = self.by().who
        answer = await self.ask(Do.ACKNOWLEDGE, alarm=alarm.id, by=who)
        if answer.code != "ok":
            return self._("That alarm is over already.")
        return self._("{name} sees to it.").format(name=answer.facts.get("by", who))


def _name(agent: AgentView) -> str:
    return f"{agent.agent} {agent.name}".strip()
