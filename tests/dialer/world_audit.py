"""What must always hold in the virtual world: I1 to I7, liveness, and rest.

It looks from outside: at the simulated switch, at the database file through a connection of its
own, and at what the engine shows. Every breach is an AssertionError that names the rule.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from campaigns.campaign import CampaignState, Mode
from campaigns.judge import Facts, judge
from dialer import picture
from dialer.agents import TIMEOUT, State, Status
from dialer.board import Board
from dialer.calls import CallState
from dialer.desks import Desk
from dialer.effects import AmendAttempt, Effect, EndAttempt, Originate, Reply, ReplyCode
from dialer.floor import Floor
from dialer.messages import Command, Dispose, Message, SkipContact, Tick
from dialer.pace import Pace
from dialer.sim.channels import Channel
from store.barring import load_entries
from store.errors import AttemptEndedError
from store.facts import load_known
from store.health import LONGEST_REST_S
from store.outcomes import WriteEffect
from tests.dialer.world_placing import PlacingRules, as_text
from tests.dialer.world_rest import RestRules

if TYPE_CHECKING:
    from tests.dialer.world import World

LONGEST_CALL_S = 15 + 60 + 20 + 30
SETTLED_S = LONGEST_CALL_S + 60.0
TOLD_AFTER_S = 0.5
"""After this the engine has heard of what happened on the switch."""
DIALS_WITHIN_S = 35.0
LOOKS_EVERY_S = 5.0
LONGEST_LOCK_S = 30.0


class Audit:
    """The rules, and what is needed to see them broken."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._file = sqlite3.connect(world.file)
        self._placing = PlacingRules(world, self.rows)
        self._asked: dict[str, tuple[float, Command]] = {}
        self._kept: dict[str, str] = {}
        self._could_dial_since = math.inf
        self._looks = 0
        self.unserved_in_time = 0
        self.words_kept = 0
        self.bridged = 0
        self.skips = 0
        self.rest = RestRules(world, self.rows)
        world.switch.on_answered = self._answered

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def story(self, broken: str) -> str:
        """A breach with the last things that happened."""
        world = self._world
        head = f"seed {world.seed}, t={world.time.t:.3f}, life {world.lives}: {broken}"
        trace = world.process.trace if world.process is not None else ()
        return "\n".join([head, *(f"  {t:.3f} {what}" for t, what in trace)])

    def some_number(self, random: Random) -> str:
        """Any number on file."""
        rows = self.rows("SELECT e164 FROM contact_number ORDER BY id")
        return str(random.choice(rows)[0])

    def some_contact(self, random: Random) -> int:
        """Any contact on file."""
        return int(random.choice(self.rows("SELECT id FROM contact ORDER BY id"))[0])

    def rows(self, query: str, *given: object) -> list[Any]:
        """What the file says."""
        return self._file.execute(query, given).fetchall()

    @property
    def placed(self) -> int:
        """How many calls were placed."""
        return self._placing.placed

    @property
    def previews_dialed(self) -> int:
        """How many of them an agent had looked at first."""
        return self._placing.previews

    @property
    def _calm_since(self) -> float:
        """Since when an engine has been running with its link up."""
        world = self._world
        if world.process is None or not world.process.alive or not world.wire.up:
            return math.inf
        return max(world.process.started_at, world.wire.up_since)

    def effect(self, effect: Effect) -> None:
        """The engine wants something done."""
        if isinstance(effect, Originate):
            self._placing.places(effect)

    # ── the switch ───────────────────────────────────────────────────────────────────────

    def _answered(self, channel: Channel) -> None:
        self._world.time.after(2.0, lambda: self._served(channel))

    def _served(self, channel: Channel) -> None:
        """I4, where an engine with a link was there all the time."""
        asked_at = channel.answered_at
        assert asked_at is not None
        if channel.bridged_at is not None:
            self.bridged += 1
            return
        if channel.message_at is not None or not channel.alive:
            self.unserved_in_time += 1
            return
        calm = self._calm_since + TOLD_AFTER_S <= asked_at
        assert not calm, f"I4: {channel.call} has neither agent nor message after 2 s"

    # ── after each message ───────────────────────────────────────────────────────────────

    def handled(self, message: Message) -> None:
        """The engine has taken a message: its own books must agree."""
        world = self._world
        assert world.process is not None
        board, floor = world.process.engine.board, world.process.engine.floor
        for agent in floor:
            assert not (agent.attempt and agent.inbound), f"I5: {agent} in two calls"
            if agent.attempt is None:
                continue
            call = board.get(agent.attempt)
            assert call is not None, f"{agent.agent} is kept by a call that ended: {message}"
            assert call.agent == agent.agent, f"{agent.agent} is kept by another one's call"
        holders = [call.agent for call in board if call.state is CallState.TALKING]
        assert len(holders) == len(set(holders)), f"I5: an agent talks twice after {message}"
        if isinstance(message, Tick):
            for desk in world.process.engine.desks:
                if desk.pace is not None and not desk.pace.wants_all(desk.campaign.queue):
                    _sees_what_is(desk, desk.pace, board, floor)

    async def look(self) -> None:
        """Now and then: what takes longer to see."""
        self._nobody_who_talks_is_free()
        self._every_attempt_ends()
        self._looks += 1
        if self._looks % 6 == 0:
            self._counts_are_counts()
        self._replies_come()
        self._one_outcome()
        await self._dialing_goes_on()

    def _nobody_who_talks_is_free(self) -> None:
        world = self._world
        t = world.time.t
        if self._calm_since + 10.0 > t or world.process is None:
            return
        for seat, channel in world.switch.talking():
            if channel.bridged_at is None or t - channel.bridged_at < TOLD_AFTER_S:
                continue
            agent = world.process.engine.floor.get(seat.login)
            shown = agent is not None and agent.free
            assert not shown, f"I5: {seat.login} is shown free while talking on {channel.call}"

    def _every_attempt_ends(self) -> None:
        """I2: none is open longer than the longest call and a minute."""
        world = self._world
        patience_s = SETTLED_S + world.plan.slowest_store_s + 10 * (world.database.busy > 0)
        patience_s += 3 * LONGEST_LOCK_S * (world.plan.locks_s > 0)
        if max(self._calm_since, world.stepped_at) + patience_s > world.time.t:
            return
        since = as_text(world.time.now.utc - timedelta(seconds=patience_s))
        left = self.rows(
            "SELECT id, state FROM attempt WHERE outcome IS NULL AND "
            "coalesce(sent_at, claimed_at) < ?",
            since,
        )
        assert not left, f"I2: open for too long: {left}"

    def _counts_are_counts(self) -> None:
        world = self._world
        if world.process is None or not world.process.ready:
            return
        shown = picture.take(world.process.engine, world.time.now, site="s", zone="Asia/Shanghai")
        for path, number in _numbers(shown, "snapshot"):
            overdrawn = path.endswith(".pace.left")  # that is what it says
            assert number >= 0 or overdrawn, f"a negative figure: {path} = {number}"
        for view in shown.campaigns:
            assert view.placed >= view.answered >= view.abandoned, f"figures disagree: {view}"

    def _one_outcome(self) -> None:
        """I2: the engine has not decided twice, differently, what came of an attempt."""
        process = self._world.process
        assert process is not None
        for effect, error in process.refused_writes:
            twice = isinstance(effect, EndAttempt) and isinstance(error, AttemptEndedError)
            assert not twice, f"I2: a second outcome: {effect}: {error}"
            late_word = isinstance(effect, AmendAttempt)
            assert late_word, f"the store refused for good: {effect}: {error}"
        process.refused_writes.clear()

    # ── replies (I6) ─────────────────────────────────────────────────────────────────────

    def asked(self, command: Command) -> None:
        """A command went to the engine."""
        self._asked[command.ref] = (self._world.time.t, command)

    def replied(self, reply: Reply) -> None:
        """It was answered; a word that is told to be saved is on file now."""
        _, command = self._asked.pop(reply.ref, (0.0, None))
        assert command is not None, f"a reply to nobody, or a second one: {reply}"
        if reply.facts.get("kept"):
            return
        if isinstance(command, Dispose) and reply.code is ReplyCode.OK:
            given = self.rows(
                "SELECT id FROM attempt WHERE disposition = ? AND (? IS NULL OR id = ?)",
                command.disposition.value,
                command.attempt,
                command.attempt,
            )
            assert given, f"I6: told that it is saved, and it is not: {command}"
        if isinstance(command, SkipContact) and reply.code is ReplyCode.OK:
            kept = self.rows(
                "SELECT id FROM attempt WHERE outcome = 'skipped' AND agent = ? AND note = ?",
                command.agent,
                command.reason,
            )
            self.skips += 1
            assert kept, f"I6: told that it is skipped, and it is not on file: {command}"

    def kept(self, effect: WriteEffect) -> None:
        """A word is told to be kept: it will be on file when all is well (`words_arrive`)."""
        assert isinstance(effect, EndAttempt | AmendAttempt)
        assert effect.disposition is not None
        self._kept[effect.attempt] = effect.disposition.value

    def words_arrive(self) -> None:
        """I6: what was kept in the journal is on file; what could not be is set aside."""
        process = self._world.process
        assert process is not None
        aside = {one.write.get("attempt") for one in process.aside.kept}
        for attempt, word in self._kept.items():
            ((found,),) = self.rows("SELECT disposition FROM attempt WHERE id = ?", attempt)
            assert found == word or attempt in aside, f"I6: {word} of {attempt} was kept: {found}"
        self.words_kept += len(self._kept)
        self._kept.clear()

    def process_ends(self) -> None:
        """Whoever waits for an answer sees the socket close."""
        self._asked.clear()

    def _replies_come(self) -> None:
        world = self._world
        # A wish may ask one campaign after the other, and a call wait for its place in the second.
        store_s = world.plan.slowest_store_s * (1 + world.plan.campaigns)
        second_s = world.plan.agents * (1.0 / world.plan.cps + world.plan.slowest_store_s)
        limit_s = 5.0 + store_s + second_s + 30 * (world.database.busy > 0)
        waiting = [c for t, c in self._asked.values() if world.time.t - t > limit_s]
        assert not waiting, f"no reply: {waiting}"

    # ── liveness ─────────────────────────────────────────────────────────────────────────

    async def _dialing_goes_on(self) -> None:
        t = self._world.time.t
        if not self._could_dial():
            self._could_dial_since = math.inf
            return
        self._could_dial_since = min(self._could_dial_since, t)
        idle_since = max(self._could_dial_since, self._placing.last_at)
        if t - idle_since < DIALS_WITHIN_S + LOOKS_EVERY_S:
            return
        self._could_dial_since = t
        due = await self._due_all_along(t - idle_since)
        assert not due, f"nothing placed since {idle_since:.1f} though contacts {due} are due"

    def _could_dial(self) -> bool:
        world = self._world
        process = world.process
        if process is None or process.engine.stopping or self._calm_since + 10.0 > world.time.t:
            return False
        if not process.health.ok or world.time.t - world.database.locked_until < LONGEST_REST_S:
            return False
        running = [c for c in world.campaigns if world.states[c.id] is CampaignState.RUNNING]
        if len(running) < len(world.campaigns) or world.time.t - world.changed_at < DIALS_WITHIN_S:
            return False
        now = world.time.now.mono
        if any(desk.breaker.is_open(now) for desk in process.engine.desks):
            return False
        alive = len(world.switch.channels)
        return alive < world.plan.max_calls and any(self._is_free(p.login) for p in world.people)

    def _is_free(self, login: str) -> bool:
        """Free by the truth of the switch, whatever the engine thinks."""
        world, t = self._world, self._world.time.t
        person = next(p for p in world.people if p.login == login)
        seat = world.switch.seats.get(person.slot or "")
        if seat is None or not person.seated or seat.call or person.on_break:
            return False
        rested = t - max(seat.since, seat.freed_at, person.break_changed_at) > 30.0
        asked_for = any(c.slot == seat.slot for c in world.switch.channels.values())
        return rested and not asked_for and not self._looks_at_a_contact(login)

    def _looks_at_a_contact(self, login: str) -> bool:
        """In preview, or on the break of who looked too long: the engine's doing, not a fault."""
        assert self._world.process is not None
        engine = self._world.process.engine
        agent = engine.floor.get(login)
        call = engine.board.get(agent.attempt or "") if agent is not None else None
        looks = call is not None and call.state is CallState.PREVIEWING
        return looks or (agent is not None and agent.pause_reason == TIMEOUT)

    async def _due_all_along(self, stretch_s: float) -> list[int]:
        world = self._world
        now = world.time.now.utc
        ids = [row[0] for row in self.rows("SELECT id FROM contact WHERE state = 'open'")]
        busy, world.database.busy = world.database.busy, 0.0
        async with world.database.reading() as connection:
            known = await load_known(connection, ids)
            barred = {one: await load_entries(connection, known[one].contact) for one in known}
        world.database.busy = busy
        due = []
        for one in known.values():
            contact = one.contact
            campaign = next(c for c in world.campaigns if c.id == contact.campaign_id)
            if campaign.mode is Mode.PREVIEW:
                continue
            facts = Facts(
                campaign=campaign,
                campaign_state=CampaignState.RUNNING,
                contact=contact,
                do_not_call=next((entry.reason for entry in barred[contact.id]), None),
                in_call=one.in_call,
                engine=None,
            )
            moments = (now - timedelta(seconds=stretch_s), now)
            if all(judge(facts, moment).dialable for moment in moments):
                due.append(contact.id)
        return due


def _sees_what_is(desk: Desk, pace: Pace, board: Board, floor: Floor) -> None:
    """A pacer that is told of what has changed knows all that is there."""
    talking = [
        agent.agent
        for agent in floor
        if desk.campaign.queue in agent.queues
        if (agent.status, agent.state) == (Status.AVAILABLE, State.TALKING)
    ]
    number, known = desk.campaign.id, pace.pacer.standing
    dialing = board.count_unkept(number, {CallState.SENT, CallState.RINGING})
    aloft = known["in_flight"] - known["judged"] + known["silent"]
    seen = (known["talking"], aloft)
    assert seen == (len(talking), dialing), f"the pacer knows {known}, but {talking}, {dialing}"


def _numbers(value: object, path: str) -> Iterator[tuple[str, float]]:
    """Every figure in a value, with its path."""
    if isinstance(value, int | float):
        yield path, value
    elif is_dataclass(value):
        for each in fields(value):
            yield from _numbers(getattr(value, each.name), f"{path}.{each.name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _numbers(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from _numbers(item, f"{path}[{n}]")
