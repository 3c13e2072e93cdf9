"""Wishes: contacts that agents ask to look at, from the asking to the claim.

Owns: the wishes under way, which campaign is asked for one, and in which order. What becomes of a
contact that is shown is `dialer.previewing`'s. Pure: returns effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from campaigns.outcomes import NotSent
from dialer.board import Board
from dialer.desks import Desk
from dialer.effects import ClaimContacts, Effect, ReleaseClaim, Reply, ReplyCode
from dialer.messages import Claimed, Now, StoreFailed
from dialer.pacing import Decision, Limit, preview
from dialer.placing import Placing

WISH = "preview:"


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
        self._made = 0

    def __len__(self) -> int:
        return len(self._wishes)

    def __contains__(self, ref: str) -> bool:
        """Whether the hopper's answer with this `ref` is for a wish."""
        return ref in self._wishes

    def claim(self, ref: str, agent: str, campaigns: Sequence[int], now: Now) -> list[Effect]:
        """Ask the first campaign that may show one; the agent is told if none does."""
        refusal: tuple[Desk, Limit] | None = None
        for at, campaign_id in enumerate(campaigns):
            desk = self._board.desks.get(campaign_id)
            if desk is None:
                continue
            decision = self._decide(desk, now)
            if decision.place:
                others = tuple(campaigns[at + 1 :])
                wish = Wish(ref=ref, agent=agent, campaign_id=campaign_id, others=others)
                return [self._wished(wish, desk)]
            refusal = refusal or (desk, decision.limit)
        facts = {"limit": Limit.LIST.value} if refusal is None else limit_facts(*refusal, now)
        nothing = Reply(ref=ref, code=ReplyCode.NOTHING_TO_PREVIEW, facts=facts)
        return [*self._board.floor.release(agent, now), nothing]

    def _decide(self, desk: Desk, now: Now) -> Decision:
        facts = self._placing.facts(desk, 1, now)
        wished = sum(wish.campaign_id == desk.campaign.id for wish in self._wishes.values())
        return preview.decide(replace(facts, calls_alive=facts.calls_alive + wished))

    def _wished(self, wish: Wish, desk: Desk) -> ClaimContacts:
        self._made += 1
        ref = f"{WISH}{self._made}"
        self._wishes[ref] = wish
        return ClaimContacts(ref=ref, campaign=desk.campaign, count=1)

    def claimed(self, answer: Claimed, now: Now) -> list[Effect]:
        """The hopper's answer to a wish; an answer to something else is not looked at."""
        wish = self._wishes.pop(answer.ref, None)
        if wish is None:
            return []
        desk = self._board.desks.get(wish.campaign_id)
        if desk is not None:
            desk.claimed(1, len(answer.claims), answer.next_due_at, now)
        kept = self._placing.still_kept(wish.agent)
        effects: list[Effect] = []
        for claim in answer.claims:
            in_call = self._board.talks_to(claim)
            if kept and not in_call:
                look = Look(agent=wish.agent, campaign_id=wish.campaign_id, ask_ref=wish.ref)
                self._looks[claim.attempt] = look
                return effects + self._placing.begin(claim, wish.agent)
            gone = self._placing.why_gone(wish.agent, wish.campaign_id)
            why = NotSent.IN_CALL if in_call else gone
            effects.append(ReleaseClaim(attempt=claim.attempt, why=why))
        if not kept:
            return [*effects, Reply(ref=wish.ref, code=ReplyCode.AGENT_NOT_FREE)]
        return effects + self.claim(wish.ref, wish.agent, wish.others, now)

    def refused(self, failure: StoreFailed, now: Now) -> list[Effect]:
        """The database refused a claim: the agent is told, and free again."""
        wish = self._wishes.pop(failure.ref, None)
        if wish is None:
            return []
        desk = self._board.desks.get(wish.campaign_id)
        if desk is not None:
            desk.store_refused(now)
        freed: list[Effect] = []
        if self._placing.still_kept(wish.agent):
            freed = self._board.floor.release(wish.agent, now)
        return [*freed, Reply(ref=wish.ref, code=ReplyCode.STORE_FAILED)]


def limit_facts(desk: Desk, limit: Limit, now: Now) -> dict[str, str]:
    """Why no call of the campaign goes out now, for the sentence that the agent is told."""
    facts = {"limit": limit.value, "campaign": desk.campaign.name}
    if limit is Limit.BREAKER:
        facts["for_s"] = f"{max(0.0, (desk.breaker.open_until or 0.0) - now.mono):.0f}"
    return facts
