"""Screen pop: who is calling, told at the moment an agent is offered the call (R11).

Owns: when a pop is due, and who follows. What is on file is read beside the engine, within a time
limit: neither the engine nor the call ever waits for it, and a database that is away only makes a
pop that says so. Must not know what is on file (`store.screen_pop`) nor the socket.

An agent is offered a call when a queue rings him, when he is kept for a call that is about to be
placed, or when he is given one that was answered. Whoever was rung by a queue and has not taken
the call sees it no longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import structlog

from dialer.agents import Agent
from dialer.engine import Engine
from dialer.messages import Message
from dialer.switch_events import (
    CallHungUp,
    QueueAbandoned,
    QueueConnected,
    QueueExited,
    QueueOffered,
    QueueUnanswered,
)
from store.database import Database
from store.errors import StoreError
from store.screen_pop import OnFile, Past, Person, on_file

log = structlog.get_logger()

WITHIN_S: Final = 2.0
"""A pop that comes later than the first words is of no use."""
AT_ONCE: Final = 16
"""Reads at once: the engine reads from the same few connections."""
KEPT_AGENTS: Final = 1_000
KEPT_FILES: Final = 200
"""Calls whose file is kept for whoever is rung next."""
BEHIND: Final = 100
"""Who is further behind is sent away: pops of calls that are over would mislead."""

WITHDRAWN: Final = "withdrawn"
"""Of a pop that is taken back: the agent was rung and has not taken the call."""

Pop = Mapping[str, object]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A call that an agent is offered. `number`: as the network gave it, or E.164.

    `call`: the Uniqueid, of a call of ours the attempt.
    """

    agent: str
    call: str
    inbound: bool
    number: str
    queue: str = ""
    campaign: str = ""
    contact: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PopPolicy:
    """What is set now: texts by queue or campaign, and how a caller's number is read in E.164."""

    scripts: Mapping[str, str]
    read_number: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What an agent is shown of a call, in this process. `found` None: the database was away."""

    offer: Offer
    found: OnFile | None
    script: str
    at: datetime


class Pops:
    """The pops of one engine: the latest of each agent, and whoever follows.

    `policy` gives what is set now; `utc_now` reads the clock. `stirred` is told of every agent who
    has changed or has a new pop; it must return at once.
    """

    def __init__(
        self,
        database: Database,
        policy: Callable[[], PopPolicy],
        utc_now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._policy = policy
        self._utc_now = utc_now
        self._latest: dict[str, Pop] = {}
        self._cards: dict[str, Card] = {}
        self.stirred: Callable[[str], None] = lambda _agent: None
        self._shown: dict[str, str] = {}
        self._rung: dict[str, set[str]] = {}
        self._reading: set[asyncio.Task[Any]] = set()
        self._files: dict[str, asyncio.Task[OnFile | None]] = {}
        self._followers: dict[asyncio.Queue[Pop | None], str | None] = {}
        self.on_pop: Callable[[Pop], None] = lambda _pop: None

    # ── when ─────────────────────────────────────────────────────────────────────────────

    def heard(self, message: Message) -> None:
        """A message for the engine: a queue may ring an agent, who takes the call or does not."""
        match message:
            case QueueOffered() if message.member:
                self._rings(message)
            case QueueUnanswered():
                self._rung.get(message.call, set()).discard(message.member)
                self._withdraw(message.member, message.call)
            case QueueConnected():
                self._withdraw_all(message.call, but=message.member)
            case QueueAbandoned() | QueueExited() | CallHungUp():
                # A caller leaves the queue a moment before the agent has them: that says nothing.
                self._withdraw_all(message.call)
            case _:
                pass

    def _rings(self, offered: QueueOffered) -> None:
        self._rung.setdefault(offered.call, set()).add(offered.member)
        if len(self._rung) > KEPT_AGENTS:
            del self._rung[next(iter(self._rung))]
        self.show(
            Offer(
                agent=offered.member,
                call=offered.call,
                inbound=True,
                number=offered.caller_number,
                queue=offered.queue,
            )
        )

    def _withdraw_all(self, call: str, but: str = "") -> None:
        """Nobody else who was rung for the call will have it."""
        for agent in self._rung.pop(call, set()) - {but}:
            self._withdraw(agent, call)

    def _withdraw(self, agent: str, call: str) -> None:
        """Take back the pop of an agent who was rung and has not taken the call."""
        if self._shown.get(agent) != call:
            return
        for kept in (self._shown, self._latest, self._cards):
            kept.pop(agent, None)
        self.stirred(agent)
        now = self._utc_now().isoformat()
        self._send({"agent": agent, "call": call, "at": now, WITHDRAWN: True})

    def changed(self, agent: Agent, engine: Engine) -> None:
        """An agent has changed: a call of ours may be on the way to him."""
        self.stirred(agent.agent)
        call = engine.board.get(agent.attempt or "")
        if call is None:
            return
        desk = engine.desks.get(call.campaign_id)
        self.show(
            Offer(
                agent=agent.agent,
                call=call.attempt,
                inbound=False,
                number=call.e164,
                campaign=desk.campaign.name if desk else "",
                queue=desk.campaign.queue if desk else "",
                contact=call.contact_id,
            )
        )

    def show(self, offer: Offer) -> None:
        """Begin a pop, once for each call that an agent is offered."""
        if self._shown.get(offer.agent) == offer.call:
            return
        if len(self._shown) >= KEPT_AGENTS and offer.agent not in self._shown:
            gone = next(iter(self._shown))
            del self._shown[gone]
            self._latest.pop(gone, None)
            self._cards.pop(gone, None)
        self._shown[offer.agent] = offer.call
        policy = self._policy()
        file = self._files.get(offer.call)
        if file is None:
            if sum(not one.done() for one in self._files.values()) >= AT_ONCE:
                self._publish(offer, policy, None)
                return
            file = self._begin(self._read(offer, policy))
            self._files[offer.call] = file
            if len(self._files) > KEPT_FILES:
                del self._files[next(iter(self._files))]
        self._begin(self._tell(offer, policy, file))

    def _begin(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.get_running_loop().create_task(work)
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)
        return task

    async def _tell(
        self, offer: Offer, policy: PopPolicy, file: asyncio.Task[OnFile | None]
    ) -> None:
        """A queue may ring fifty agents for one caller: what is on file is read once."""
        self._publish(offer, policy, await asyncio.shield(file))

    async def _read(self, offer: Offer, policy: PopPolicy) -> OnFile | None:
        e164 = offer.number if not offer.inbound else policy.read_number(offer.number)
        try:
            async with asyncio.timeout(WITHIN_S):
                return await on_file(
                    self._database, e164, self._utc_now(), contact=offer.contact, call=offer.call
                )
        except (TimeoutError, StoreError) as error:
            log.warning("pop.nothing_on_file", fault=type(error).__name__)
            self._files.pop(offer.call, None)
            return None

    # ── who follows ──────────────────────────────────────────────────────────────────────

    def card(self, agent: str) -> Card | None:
        """The latest one of an agent, with the number as it is: for this process alone."""
        return self._cards.get(agent)

    def latest(self, agent: str | None) -> list[Pop]:
        """The latest pop of an agent, or of each."""
        return [pop for login, pop in self._latest.items() if agent in {None, login}]

    @contextmanager
    def followed(self, agent: str | None) -> Iterator[asyncio.Queue[Pop | None]]:
        """Pops as they come, for as long as the block runs; None: too many were not read."""
        queue: asyncio.Queue[Pop | None] = asyncio.Queue()
        self._followers[queue] = agent
        try:
            yield queue
        finally:
            self._followers.pop(queue, None)

    def close(self) -> None:
        """Read nothing more."""
        for task in self._reading:
            task.cancel()

    def _publish(self, offer: Offer, policy: PopPolicy, found: OnFile | None) -> None:
        script, now = _script(offer, policy), self._utc_now()
        pop = pop_json(offer, found, script, now)
        if self._shown.get(offer.agent) != offer.call:
            return  # withdrawn, or of a call before the one that is shown
        self._latest[offer.agent] = pop
        self._cards[offer.agent] = Card(offer=offer, found=found, script=script, at=now)
        self.stirred(offer.agent)
        self.on_pop(pop)
        self._send(pop)

    def _send(self, pop: Pop) -> None:
        for queue, wanted in list(self._followers.items()):
            if wanted not in {None, pop["agent"]}:
                continue
            if queue.qsize() >= BEHIND:
                log.warning("pop.follower_behind", pops=queue.qsize())
                del self._followers[queue]
                queue.put_nowait(None)
            else:
                queue.put_nowait(pop)


def _script(offer: Offer, policy: PopPolicy) -> str:
    return policy.scripts.get(offer.campaign) or policy.scripts.get(offer.queue, "")


# ── what is told ─────────────────────────────────────────────────────────────────────────


def pop_json(offer: Offer, found: OnFile | None, script: str, now: datetime) -> dict[str, Any]:
    """A pop in plain values. The number is told by its last two digits, as everywhere here.

    `on_file` False: the database did not answer in time, so nobody knows whether more is known.
    """
    known = found or OnFile()
    return {
        "agent": offer.agent,
        "call": offer.call,
        "at": now.isoformat(),
        "direction": "inbound" if offer.inbound else "outbound",
        "number_end": offer.number[-2:] or None,
        "queue": offer.queue or None,
        "campaign": offer.campaign or None,
        "subject": known.subject or None,
        "script": script or None,
        "on_file": found is not None,
        "people": [_person_json(one) for one in known.people],
        "history": [_past_json(one) for one in known.history],
        "work_orders": [
            {
                "number": one.number,
                "kind": one.kind,
                "subject": one.subject,
                "state": one.state.value,
                "owner": one.owner,
                "due_at": one.due_at.isoformat() if one.due_at else None,
                "overdue": one.is_overdue(now),
            }
            for one in known.orders
        ],
        "do_not_call": known.barred,
    }


def _person_json(person: Person) -> dict[str, object]:
    return {
        "contact": person.contact,
        "campaign": person.campaign,
        "name": person.name,
        "reference": person.reference,
        "custom": dict(person.custom),
    }


def _past_json(past: Past) -> dict[str, object]:
    return {
        "at": past.at.isoformat(),
        "direction": "inbound" if past.inbound else "outbound",
        "where": past.where,
        "what": past.what,
        "agent": past.agent or None,
        "note": past.note,
    }
