"""Agents on the floor in any order: never in two calls, never shown free while talking, and the
queues' pause is the wanted one whenever all has been answered (I5).

The floor is the real one. The switch is a plain account: who sits where, whom a member's pause
keeps back; it may refuse a pause, and it outlives a floor that is started anew.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dialer.agents import State, Status, wanted_pause
from dialer.effects import AnswerAsk, Effect, JoinQueues, LeaveQueues, PauseMember, SaveSlot
from dialer.floor import Floor
from dialer.messages import AgentRecord, LoginAgent, Now, SlotSaved
from dialer.placing import RESERVE
from dialer.queue_members import PAUSE_AGAIN_S
from dialer.switch_events import ActionDone
from supervisor.statistics import Statistics
from tests.machines.patience import patience

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SITE = ZoneInfo("Asia/Shanghai")
LOGINS = ("1001", "1002", "1003")
SLOTS = ("7001", "7002", "7003", "7004")
QUEUES = ("waihu-a", "waihu-b")
logins = st.sampled_from(LOGINS)


class FloorMachine(RuleBasedStateMachine):
    """`seats`: who sits in AgentLogin. `members`: the pause that the queues show for a slot."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Now(utc=START, mono=1000.0)
        self.calls = 0
        self.refusals = 0
        self.let_in: str | None = None
        self.seats: dict[str, str] = {}
        self.members: dict[str, str | None] = {}
        self.on_file: dict[str, str | None] = dict.fromkeys(LOGINS)
        self.starts_anew()

    @initialize()
    def everybody_comes(self) -> None:
        for login in LOGINS:
            self.logs_in(login)
        self.time_passes(6.1)

    # ── the switch ───────────────────────────────────────────────────────────────────────

    def performs(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case SaveSlot():
                    self.on_file[effect.agent] = effect.slot
                    self.performs(self.floor.slot_saved(SlotSaved(ref=effect.ref)))
                case AnswerAsk():
                    self.let_in = effect.variables.get("WAIHU_SLOT")
                case JoinQueues():
                    self.members[effect.slot] = effect.reason
                case LeaveQueues():
                    self.members.pop(effect.slot, None)
                case PauseMember():
                    self._pauses(effect)
                case _:
                    pass

    def _pauses(self, effect: PauseMember) -> None:
        ok = effect.slot in self.members and not self.refusals
        self.refusals = max(0, self.refusals - 1)
        if ok:
            self.members[effect.slot] = effect.reason
        self.floor.queue_members.pause_answered(ActionDone(ref=effect.ref, ok=ok), self.now)
        agent = self.floor.by_slot(effect.slot)
        if effect.ref.startswith(RESERVE) and not ok and agent is not None:
            # As `dialer.placing` does with whom the switch does not take out of the queues.
            self.performs(self.floor.release(agent.agent, self.now))
            self.performs(self.floor.rejoin(agent.agent, self.now))

    @rule(times=st.integers(1, 3))
    def switch_refuses(self, times: int) -> None:
        """The next pauses are refused."""
        self.refusals = times

    # ── coming, going, starting anew ─────────────────────────────────────────────────────

    @rule(login=logins)
    def logs_in(self, login: str) -> None:
        """A phone asks for a slot and sits down there."""
        if login in self.seats.values():
            return
        self.let_in = None
        ask = LoginAgent(ask="a", call=f"phone-{login}", agent=login)
        self.performs(self.floor.ask_login(ask, self.now))
        slot = self.let_in
        if slot is None or slot in self.seats:
            return
        self.seats[slot] = login
        self.performs(self.floor.logs_in(slot, f"phone-{login}", self.now))

    @rule(login=logins)
    def logs_out(self, login: str) -> None:
        """A phone is hung up, whatever its agent was doing."""
        for slot in [slot for slot, who in self.seats.items() if who == login]:
            del self.seats[slot]
            self.performs(self.floor.logs_out(slot, self.now))

    @rule()
    def starts_anew(self) -> None:
        """The engine is started again and asks the switch."""
        self.floor = Floor(SLOTS, Statistics(SITE))
        records = [
            AgentRecord(agent=login, name=login, queues=QUEUES, slot=slot)
            for login, slot in self.on_file.items()
        ]
        self.performs(self.floor.load(records, self.now))
        self.is_surveyed()

    @rule()
    def is_surveyed(self) -> None:
        """The switch tells who sits where and who is paused."""
        self.floor.blind = False
        paused = {slot: reason for slot, reason in self.members.items() if reason is not None}
        seated = {slot: f"phone-{login}" for slot, login in self.seats.items()}
        self.performs(self.floor.survey(seated, paused, self.now))

    # ── working ──────────────────────────────────────────────────────────────────────────

    @rule(login=logins)
    def is_reserved(self, login: str) -> None:
        """A free agent is kept for a call, and the switch is told so."""
        agent = self.floor.get(login)
        assert agent is not None
        if not agent.free:
            return
        self.calls += 1
        attempt = f"call {self.calls}"
        self.floor.reserve(login, attempt, self.now)
        self.performs(self.floor.confirm(login, attempt, RESERVE + attempt))

    @rule(login=logins, inbound=st.booleans())
    def is_connected(self, login: str, inbound: bool) -> None:  # noqa: FBT001  drawn
        """Agent and somebody hear each other; the queue may have been quicker than we."""
        self.calls += 1
        caller = f"in {self.calls}" if inbound else None
        self.performs(self.floor.connect(login, self.now, inbound=caller))

    @rule(login=logins, inbound=st.booleans(), leaves=st.booleans())
    def has_a_call(self, login: str, inbound: bool, leaves: bool) -> None:  # noqa: FBT001  drawn
        """A call in its usual course, whose agent may leave in the midst of it."""
        self.logs_in(login)
        self.time_passes(6.1)
        self.declares(login, None)
        if not inbound:
            self.is_reserved(login)
        self.is_connected(login, inbound)
        if leaves:
            self.logs_out(login)
        self.comes_to_an_end(login, "disconnect")

    @rule(login=logins, how=st.sampled_from(("release", "finish", "disconnect", "rejoin")))
    def comes_to_an_end(self, login: str, how: str) -> None:
        """A reservation, a talk or a wrap-up is over; also where there was none."""
        match how:
            case "release":
                self.performs(self.floor.release(login, self.now))
            case "finish":
                self.performs(self.floor.finish(login, self.now))
            case "disconnect":
                self.performs(self.floor.disconnect(login, 5.0, self.now))
            case _:
                self.performs(self.floor.rejoin(login, self.now))

    @rule(login=logins, reason=st.sampled_from((None, "lunch", "training")))
    def declares(self, login: str, reason: str | None) -> None:
        """A break, another one, or its end."""
        agent = self.floor.get(login)
        assert agent is not None
        if agent.state is not State.AWAY:
            self.performs(self.floor.take_break(login, reason, self.now))

    @rule(seconds=st.sampled_from((0.1, 3.0, 6.1)))
    def time_passes(self, seconds: float) -> None:
        """Clocks ring."""
        later = timedelta(seconds=seconds)
        self.now = Now(utc=self.now.utc + later, mono=self.now.mono + seconds)
        self.performs(self.floor.queue_members.pause_again(self.now))
        self.performs(self.floor.tick(self.now))

    # ── what must hold ───────────────────────────────────────────────────────────────────

    @invariant()
    def nobody_is_in_two_calls_or_free_in_one(self) -> None:  # I5
        for agent in self.floor:
            assert not (agent.attempt and agent.inbound), agent
            if agent.free:
                assert agent.state is State.IDLE, agent
                assert agent.status is Status.AVAILABLE, agent
                assert not agent.attempt, agent
                assert not agent.inbound, agent

    @invariant()
    def who_sits_is_known_to_sit_there(self) -> None:
        known = {a.slot: a.agent for a in self.floor if a.state is not State.AWAY}
        assert known == self.seats

    @invariant()
    def pauses_are_the_wanted_ones_once_all_is_answered(self) -> None:
        """Without a refusal at once; after refusals, when they have been asked for again."""
        if self.refusals:
            return
        if self._strayed():
            self.time_passes(PAUSE_AGAIN_S + 0.1)
        assert not self._strayed()

    def _strayed(self) -> list[tuple[str, str | None, str | None]]:
        sitting = [a for a in self.floor if a.state is not State.AWAY and a.slot]
        shown = [
            (a.agent, self.members.get(a.slot or "", "no member"), wanted_pause(a)) for a in sitting
        ]
        return [one for one in shown if one[1] != one[2]]


TestFloor = FloorMachine.TestCase
TestFloor.settings = patience(examples=80, steps=40)
