"""Who serves which queue, and by which number app_queue takes them: skills, the longest idle,
loans (R9, R17).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from dialer.effects import Effect, JoinQueues, LeaveQueues, PauseMember, SetPenalties
from dialer.engine import Engine, EnginePolicy
from dialer.messages import AgentRecord, Loaded, Loan, StopEngine
from dialer.switch_events import CallHungUp, QueueConnected
from routing.inbound import InboundRoutes
from routing.skills import Need, Wider, band
from supervisor.statistics import Statistics
from tests.dialer.stage import SHANGHAI, Stage

REPAIRS = Need(queue="waihu-repairs", skill="repairs", least=3, wider=(Wider(after_s=30, least=1),))
SALES = Need(queue="waihu-sales")


class Floor(Stage):
    """A stage whose agents are on file with these `records`, and which dials nobody."""

    def __init__(self, *records: AgentRecord) -> None:
        super().__init__(agents=0)
        policy = EnginePolicy(
            slots=tuple(str(7001 + n) for n in range(20)),
            routes=InboundRoutes(default="waihu-sales"),
            inbound_wrap_up_s=5.0,
            needs=(REPAIRS, SALES),
        )
        self.engine = Engine(policy, Statistics(SHANGHAI))
        self.records = records
        self.logins = [record.agent for record in records]

    def load(self, *_args: object, **_more: object) -> None:
        self.tell(Loaded(campaigns=(), agents=self.records))

    def changed(self, login: str, **changes: object) -> list[Effect]:
        """The agent is on file otherwise."""
        self.records = tuple(
            replace(one, **changes) if one.agent == login else one  # type: ignore[arg-type]
            for one in self.records
        )
        return self.tell(Loaded(campaigns=(), agents=self.records))

    def numbers(self, queue: str) -> dict[str, int]:
        """What the switch was told of the agents in a queue, by login."""
        told: dict[str, int] = {}
        for effect in self.effects:
            match effect:
                case JoinQueues() | SetPenalties():
                    agent = self.engine.floor.by_slot(effect.slot)
                    if agent is not None and queue in effect.penalties:
                        told[agent.agent] = effect.penalties[queue]
                case _:
                    pass
        return told

    def talks(self, login: str, call: str, queue: str = "waihu-sales", for_s: float = 1.0) -> None:
        """A caller of a queue talks with an agent, who is free again afterwards."""
        self.tell(QueueConnected(call=call, queue=queue, member=login))
        self.passes(for_s)
        self.tell(CallHungUp(call=call, cause=16))
        self.passes(6)


def person(login: str, *queues: str, skills: Mapping[str, int] | None = None) -> AgentRecord:
    return AgentRecord(agent=login, name=login, queues=queues, skills=skills or {})


def order(numbers: Mapping[str, int]) -> list[str]:
    return sorted(numbers, key=lambda login: numbers[login])


def queues_of(stage: Floor, login: str) -> tuple[str, ...]:
    agent = stage.engine.floor.get(login)
    assert agent is not None
    return agent.queues


def test_a_skill_makes_a_member_and_its_level_the_order() -> None:
    stage = Floor(
        person("1001", skills={"repairs": 1}),
        person("1002", skills={"repairs": 9}),
        person("1003", "waihu-sales"),
    )
    stage.opens().passes(7)
    assert queues_of(stage, "1001") == ("waihu-repairs",)
    assert queues_of(stage, "1003") == ("waihu-sales",)
    numbers = stage.numbers("waihu-repairs")
    assert order(numbers) == ["1002", "1001"]
    assert (numbers["1002"] // 200, numbers["1001"] // 200) == (band(9) // 200, band(1) // 200)


def test_the_longest_idle_is_first_and_outbound_calls_count_as_work() -> None:
    stage = Floor(*(person(login, "waihu-sales") for login in ("1001", "1002", "1003")))
    stage.opens().passes(7)
    stage.talks("1001", "1.1")
    assert order(stage.numbers("waihu-sales")) == ["1002", "1003", "1001"]
    stage.engine.floor.hand("1002", "attempt", stage.now)  # one of our own calls, of no queue
    stage.engine.floor.connect("1002", stage.now)
    stage.engine.floor.disconnect("1002", 0.0, stage.now)
    stage.passes(0.2)
    stage.effects += stage.engine.floor.finish("1002", stage.now)
    assert order(stage.numbers("waihu-sales")) == ["1003", "1001", "1002"]


def test_the_number_is_told_before_the_pause_ends() -> None:
    stage = Floor(person("1001", "waihu-sales"), person("1002", "waihu-sales")).opens()
    stage.passes(7)
    stage.effects.clear()
    stage.talks("1001", "1.1")
    back = [one for one in stage.effects if isinstance(one, SetPenalties | PauseMember)][-2:]
    assert [type(one) for one in back] == [SetPenalties, PauseMember]


def test_a_loan_is_the_other_queue_alone_and_ends_by_itself() -> None:  # R17
    stage = Floor(person("1001", "waihu-sales"), person("1002", "waihu-sales")).opens()
    stage.passes(7)
    until = stage.now.utc + timedelta(seconds=20)
    loan = Loan(queue="waihu-repairs", since=stage.now.utc, until=until, by="wang")
    stage.changed("1001", loan=loan)
    assert queues_of(stage, "1001") == ("waihu-repairs",)
    assert stage.last(LeaveQueues).queues == ("waihu-sales",)
    assert stage.last(JoinQueues).queues == ("waihu-repairs",)
    assert [one.agent for one in stage.engine.floor.free("waihu-sales")] == ["1002"], "for pacing"
    assert stage.numbers("waihu-repairs")["1001"] // 200 == band(REPAIRS.least) // 200
    stage.passes(19)
    assert queues_of(stage, "1001") == ("waihu-repairs",)
    stage.passes(2)
    assert queues_of(stage, "1001") == ("waihu-sales",)
    assert stage.last(LeaveQueues).queues == ("waihu-repairs",)


def test_a_loan_that_ended_while_we_were_away_leaves_nobody_in_the_other_queue() -> None:  # R17
    over = Loan(queue="waihu-repairs", since=Stage().now.utc, until=Stage().now.utc)
    record = replace(person("1001", "waihu-sales"), slot="7001", loan=over)
    stage = Floor(record)
    stage.logins = []
    stage.opens()
    stage.sees(agents={"7001": "Local/7001"}, members={"7001": {"waihu-repairs": "1001"}})
    assert LeaveQueues(slot="7001", queues=("waihu-repairs",)) in stage.effects
    assert stage.last(JoinQueues).queues == ("waihu-sales",)


def test_after_a_restart_the_order_is_the_one_that_the_switch_has() -> None:
    records = [replace(person(f"100{n}", "waihu-sales"), slot=f"700{n}") for n in (1, 2, 3)]
    stage = Floor(*records)
    stage.logins = []
    stage.opens()
    members = {f"700{n}": {"waihu-sales": f"100{n}"} for n in (1, 2, 3)}
    numbers = {"7001": 1640, "7002": 1609, "7003": 1622}
    stage.sees(
        agents={slot: f"Local/{slot}" for slot in members},
        members=members,
        penalties={slot: {"waihu-sales": number} for slot, number in numbers.items()},
    )
    stage.passes(1)
    stage.sees(
        agents={slot: f"Local/{slot}" for slot in members},
        members=members,
        penalties={slot: {"waihu-sales": number} for slot, number in numbers.items()},
    )
    assert order(stage.numbers("waihu-sales")) == ["1002", "1003", "1001"]


def test_when_we_stop_app_queue_chooses_among_equals() -> None:
    stage = Floor(person("1001", "waihu-sales"), person("1002", "waihu-sales")).opens()
    stage.passes(7)
    stage.tell(StopEngine(grace_s=0.0))
    assert set(stage.numbers("waihu-sales").values()) == {band(1)}
