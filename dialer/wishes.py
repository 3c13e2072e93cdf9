"""Wishes: contacts that agents ask to look at, from the asking to the claim.

Owns: the wishes under way, which campaign is asked for one, and in which order. The claim is made
by `dialer.placing`, for every mode; what becomes of a contact that is shown is
`dialer.previewing`'s. Pure: returns effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dialer.board import Board
from dialer.desks import Desk
from dialer.effects import Effect, Reply, ReplyCode
from dialer.messages import Claimed, Now
from dialer.pacing import Limit, preview
from dialer.placing import Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A contact asked of the hopper for `agent`; `others`: campaigns to ask after this one."""

    ref: str
    agent: str
    campaign_id: int
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An agent with a contact at hand. The refs are of commands that wait for their answer."""

    agent: str
    campaign_id: int
    ask_ref: str = ""
    dial_ref: str = ""


class Wishes:
    """Wishes under way; the contact that one comes to is put into `looks`, by its attempt."""

    def __init__(self, board: Board, placing: Placing, looks: dict[str, Look]) -> None:
        self._board = board
        self._placing = placing
        self._looks = looks
        self._wishes: dict[str, Wish] = {}

    def claim(self, ref: str, login: str, campaigns: Sequence[int], now: Now) -> list[Effect]:
        """Ask the first campaign that may show one; the agent is told if none does."""
        agent = self._board.floor.get(login)
        if agent is None or not agent.free:
            return [Reply(ref=ref, code=ReplyCode.AGENT_NOT_FREE)]
        refusal: tuple[Desk, Limit] | None = None
        for at, campaign_id in enumerate(campaigns):
            desk = self._board.desks.get(campaign_id)
            if desk is None:
                continue
            decision = preview.decide(self._placing.facts(desk, 1, now))
            if decision.place:
                asked = self._placing.claim(desk, [login], now)
                self._wishes[asked.ref] = Wish(
                    ref=ref, agent=login, campaign_id=campaign_id, others=tuple(campaigns[at + 1 :])
                )
                return [asked]
            refusal = refusal or (desk, decision.limit)
        facts = {"limit": Limit.LIST.value} if refusal is None else limit_facts(*refusal, now)
        return [Reply(ref=ref, code=ReplyCode.NOTHING_TO_PREVIEW, facts=facts)]

    def claimed(self, answer: Claimed, now: Now) -> list[Effect]:
        """What `placing` has made of the hopper's answer: a contact at hand, or none yet."""
        wish = self._wishes.pop(answer.ref, None)
        if wish is None:
            return []
        for claim in answer.claims:
            if self._board.get(claim.attempt) is not None:
                look = Look(agent=wish.agent, campaign_id=wish.campaign_id, ask_ref=wish.ref)
                self._looks[claim.attempt] = look
                return []
        return self.claim(wish.ref, wish.agent, wish.others, now)

    def lapsed(self) -> list[Effect]:
        """Tell those whose claim was refused, or not answered in time."""
        gone = [ref for ref in self._wishes if not self._placing.awaits(ref)]
        wishes = [self._wishes.pop(ref) for ref in gone]
        return [Reply(ref=wish.ref, code=ReplyCode.STORE_FAILED) for wish in wishes]


def limit_facts(desk: Desk, limit: Limit, now: Now) -> dict[str, str]:
    """Why no call of the campaign goes out now, for the sentence that the agent is told."""
    facts = {"limit": limit.value, "campaign": desk.campaign.name}
    if limit is Limit.BREAKER:
        facts["for_s"] = f"{max(0.0, desk.broken_until_mono - now.mono):.0f}"
    return facts
