"""Who may be dialed next, in the order of serving: the judge's word on each candidate.

Owns: one look at a campaign's list. Appointments come first (R4), then priorities; within one, the
lists that keep a part of the calls in turn, then all others; in each of them the smallest rank.
Must not know the rules (`campaigns.judge` answers), nor write anything: a claim writes what it
picked, a preview shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign_hours import due_in
from campaigns.contact import Contact
from campaigns.judge import Code, Facts, Verdict, judge
from campaigns.serving import next_turn
from store.call_backs import kept_by
from store.cases import load_cases
from store.pools import Pool, of_active_lists, open_pools, pools_of
from store.prepared import together
from store.shelf import STRIDE, Ranked, Shelf, by_appointment, ranked, waited_enough
from store.standing import Standing, standing_of

# At most so many candidates are judged in one claim, which keeps the transaction short.
MOST_CANDIDATES = 256
# Those that a claim makes ready though it does not take them: so nobody of a high priority stays
# behind a long row of others who have waited long enough.
MADE_READY = 32


# A list that was paused a moment ago: its contacts stand where they stood when it goes on.
_LIST_RESTS: Final = frozenset({Code.LIST_PAUSED, Code.LIST_WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for: up to `count` contacts that a running campaign may dial at `now`.

    `agents`: who is there to make the calls; None: everybody. `without`: contacts that are passed
    over. `most`: so many are judged. `holds`: they are locked, to be claimed. `turns`: nobody but
    these numbers, whose places in a queue have come to their turn. `engine`: who asks.
    """

    campaign: Campaign
    count: int
    now: datetime
    agents: frozenset[str] | None
    without: AbstractSet[int] = frozenset()
    most: int = MOST_CANDIDATES
    holds: bool = True
    turns: frozenset[str] = frozenset()
    engine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What one look at the list found.

    `dialable`: who may be dialed now, in the order of serving; `agents`: who alone is to make the
    call, of those contacts where somebody is. `refused`: who may not, by which rule, and when to
    look again (None: not by itself). `exhausted`: who became so while waiting; nothing but this
    look would have noticed. `ready`: whose time has come while nobody looked, with their ranks.
    `credit`: by how much each list's credit has changed. `more`: others are ready at once.
    """

    dialable: tuple[Contact, ...]
    agents: Mapping[int, str]
    refused: Mapping[int, Standing]
    exhausted: tuple[int, ...]
    ready: tuple[tuple[int, int], ...]
    credit: Mapping[int, int]
    more: bool


async def pick(connection: AsyncConnection, asked: Asked) -> Picked:
    """Look for contacts that may be dialed now."""
    look = _Look(connection, asked)
    campaign, now = asked.campaign, asked.now
    if asked.turns:
        kept = await kept_by(connection, campaign.id, asked.turns, asked.engine, now)
        await look.at_appointments(kept)
        return look.picked((), {}, more=False)
    promised, listed, waited = await together(
        connection,
        by_appointment(campaign.id, asked.agents, now, asked.most),
        of_active_lists(campaign.id),
        waited_enough(campaign, asked.count, now, holds=asked.holds),
    )
    await look.at_appointments([row.id for row in promised])
    pools, due = pools_of(listed), ranked(campaign, waited)
    credit = {pool.list_id: pool.credit for pool in pools}
    look.credit = dict(credit)
    are_open = open_pools(campaign, pools, now)
    for level in _levels(are_open):
        if look.is_served:
            break
        await look.along(level, due)
    more = sum(pool.ready for pool in are_open) > look.judged
    return look.picked(due, credit, more=more)


class _Look:
    """One look under way: whom the judge was asked about, and what it said."""

    def __init__(self, connection: AsyncConnection, asked: Asked) -> None:
        self._connection = connection
        self._asked = asked
        self._seen: set[int] = set(asked.without)
        self._yes: list[Contact] = []
        self._promised: dict[int, str] = {}
        self._refused: dict[int, Standing] = {}
        self._exhausted: list[int] = []
        self.credit: dict[int, int] = {}

    @property
    def is_served(self) -> bool:
        """Whether as many are found as were asked for."""
        return len(self._yes) >= self._asked.count

    @property
    def judged(self) -> int:
        """How many were looked at."""
        return len(self._seen) - len(self._asked.without)

    async def judge(self, ids: Sequence[int]) -> list[Contact] | None:
        """Those of `ids` that may be dialed; the others are noted with the reason.

        None: as many are judged as one look may. However many stand behind them are not read.
        """
        asked = self._asked
        left = asked.most - self.judged
        if left <= 0:
            return None
        fresh = [contact_id for contact_id in ids if contact_id not in self._seen][:left]
        self._seen.update(fresh)
        running = CampaignState.RUNNING
        cases = await load_cases(
            self._connection, asked.campaign, running, fresh, asked.now, holds=asked.holds
        )
        # Whom another engine holds just now is not among them.
        return [
            cases[contact_id].contact
            for contact_id in fresh
            if contact_id in cases and self._may_be_dialed(cases[contact_id])
        ]

    def _may_be_dialed(self, facts: Facts) -> bool:
        if self._asked.turns:
            facts = replace(facts, its_turn=True)
        verdict = judge(facts, self._asked.now)
        contact = facts.contact
        if verdict.dialable:
            return self._is_for_us(contact, verdict)
        if verdict.code is Code.CONTACT_EXHAUSTED:
            self._exhausted.append(contact.id)
        elif verdict.code not in _LIST_RESTS:
            self._refused[contact.id] = standing_of(verdict, self._asked.now)
        return False

    def _is_for_us(self, contact: Contact, verdict: Verdict) -> bool:
        """Whom one agent was promised waits for that one until the promise is missed (R4)."""
        agent = _promised_to(contact, self._asked)
        if agent is None:
            return True
        if self._asked.agents is None:
            self._promised[contact.id] = agent
            return True
        if agent not in self._asked.agents:
            self._refused[contact.id] = (Code.APPOINTMENT.value, verdict.until)
            return False
        if agent in self._promised.values():
            return False
        self._promised[contact.id] = agent
        return True

    # ── the order of serving ─────────────────────────────────────────────────────────────

    async def at_appointments(self, ids: Sequence[int]) -> None:
        """Whom somebody promised a call at a time comes before those who merely fell due."""
        asked = self._asked
        while ids and not self.is_served:
            step = self._step
            found = await self.judge(ids[:step]) or []
            self._yes += found[: asked.count - len(self._yes)]
            ids = ids[step:]

    async def along(self, level: Sequence[Pool], due: Sequence[Ranked]) -> None:
        """Serve the pools of one priority."""
        parts = {pool.list_id: pool.share for pool in level if pool.share}
        shelves = {
            name: self._shelf([p for p in level if p.list_id == name], due) for name in parts
        }
        while shelves and not self.is_served:
            parts = {name: parts[name] for name in shelves}
            for name in parts:
                step = self._step * parts[name] // sum(parts.values()) + 1
                if await shelves[name].head(step) is None:
                    del shelves[name]
            if len(shelves) == len(parts):
                name, self.credit = next_turn(parts, self.credit)
                self._yes.append(shelves[name].take())
        rest = self._shelf([pool for pool in level if not pool.share], due)
        while not self.is_served and await rest.head(self._step) is not None:
            self._yes.append(rest.take())

    def _shelf(self, pools: Sequence[Pool], due: Sequence[Ranked]) -> Shelf:
        return Shelf(self._connection, pools, due, self.judge, holds=self._asked.holds)

    @property
    def _step(self) -> int:
        """All that are missing, and a few for those who may not; after that, a stride at least."""
        missing = self._asked.count - len(self._yes)
        return max(missing, STRIDE) if self._refused or self._exhausted else missing + missing // 16

    # ── what was found ───────────────────────────────────────────────────────────────────

    def picked(self, due: Sequence[Ranked], before: Mapping[int, int], *, more: bool) -> Picked:
        """What is to be written of it, or shown."""
        dialable = {contact.id for contact in self._yes}
        settled = dialable | self._refused.keys() | {*self._exhausted} | self._asked.without
        ready = [(one.id, one.rank) for one in due if one.id not in settled]
        changed = {name: self.credit[name] - credit for name, credit in before.items()}
        return Picked(
            dialable=tuple(self._yes),
            agents={one: agent for one, agent in self._promised.items() if one in dialable},
            refused=self._refused,
            exhausted=tuple(self._exhausted),
            ready=tuple(ready[:MADE_READY]),
            credit={name: change for name, change in changed.items() if change},
            more=more,
        )


def _levels(pools: Sequence[Pool]) -> list[list[Pool]]:
    """The pools by priority, the first to be served first."""
    levels: defaultdict[int, list[Pool]] = defaultdict(list)
    for pool in pools:
        levels[pool.priority].append(pool)
    return [levels[priority] for priority in sorted(levels)]


def _promised_to(contact: Contact, asked: Asked) -> str | None:
    """Who alone is to call the contact now, by an appointment that still holds.

    Who is called before its time, as they wished, may be called by anybody.
    """
    appointment = contact.appointment
    if appointment is None or appointment.agent is None or appointment.at > asked.now:
        return None
    due = due_in(asked.campaign, contact, asked.now)
    return appointment.agent if due.keeps_appointment else None
