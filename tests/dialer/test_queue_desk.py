"""Before a queue: the agent of last time, the place of who has waited elsewhere, and how long it
may take (R9, R10).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.effects import AnswerAsk, SetPenalties
from dialer.messages import EnterQueue, LookAtQueue
from dialer.switch_events import ActionDone, CallHungUp, QueueConnected, QueueJoined, QueueLeft
from routing.expected_wait import expected_wait_s
from routing.skills import FIRST_MARK, Need
from tests.dialer.test_memberships import Floor, person

QUEUE = "waihu-sales"
CALLER = "1700000000.1"


@pytest.fixture
def stage() -> Floor:
    """Two agents, both free; the queue keeps the last one for 10 s."""
    stage = Floor(person("1001", QUEUE), person("1002", QUEUE))
    stage.engine.floor.members.take_needs([Need(queue=QUEUE, last_agent_s=10)])
    stage.opens().passes(7)
    return stage


def enters(stage: Floor, last_agent: str = "", waited_s: float = 0.0) -> dict[str, str] | None:
    """What the caller enters by; None: the switch is to be told first."""
    ask = EnterQueue(ask="a", call=CALLER, queue=QUEUE, last_agent=last_agent, waited_s=waited_s)
    answers = [one for one in stage.tell(ask) if isinstance(one, AnswerAsk)]
    return answers[0].variables if answers else None


def joins(stage: Floor, call: str, queue: str = QUEUE) -> None:
    stage.tell(QueueJoined(call=call, queue=queue, caller_number=""))


def test_a_free_last_agent_is_kept_before_the_caller_enters(stage: Floor) -> None:
    assert enters(stage, "1002") is None
    told = stage.last(SetPenalties)
    mark = told.penalties[QUEUE]
    assert mark > FIRST_MARK
    assert [one.agent for one in stage.engine.floor.free(QUEUE)] == ["1001"], "of no other call"
    (answer,) = stage.tell(ActionDone(ref=told.ref, ok=True))
    assert isinstance(answer, AnswerAsk)
    assert answer.variables == {"WAIHU_MARK": str(mark), "WAIHU_POSITION": ""}


def test_a_busy_last_agent_gets_the_mark_when_free(stage: Floor) -> None:
    stage.tell(QueueConnected(call="1.9", queue=QUEUE, member="1002"))
    variables = enters(stage, "1002")
    assert variables is not None
    joins(stage, CALLER)
    stage.tell(CallHungUp(call="1.9", cause=16))
    stage.passes(6)
    assert stage.numbers(QUEUE)["1002"] == int(variables["WAIHU_MARK"])
    stage.tell(QueueLeft(call=CALLER, queue=QUEUE))
    assert stage.numbers(QUEUE)["1002"] < FIRST_MARK
    assert stage.engine.floor.members.kept("1002") is None


def test_who_hangs_up_before_the_queue_keeps_nobody(stage: Floor) -> None:
    enters(stage, "1002")
    stage.tell(CallHungUp(call=CALLER, cause=16))
    assert stage.engine.floor.members.kept("1002") is None
    assert stage.numbers(QUEUE)["1002"] < FIRST_MARK


def test_who_is_waited_for_in_vain_is_let_go(stage: Floor) -> None:
    enters(stage, "1002")
    stage.passes(11)
    assert stage.engine.floor.members.kept("1002") is not None
    stage.passes(2)
    assert stage.engine.floor.members.kept("1002") is None
    assert stage.numbers(QUEUE)["1002"] < FIRST_MARK


@pytest.mark.parametrize("last_agent", ["", "1009"])
def test_without_a_last_agent_the_caller_waits_for_all(stage: Floor, last_agent: str) -> None:
    assert enters(stage, last_agent) == {"WAIHU_MARK": "", "WAIHU_POSITION": ""}


def test_a_last_agent_on_a_break_or_kept_already_is_not_waited_for(stage: Floor) -> None:
    stage.engine.floor.take_break("1001", "lunch", stage.now)
    assert enters(stage, "1001") == {"WAIHU_MARK": "", "WAIHU_POSITION": ""}
    enters(stage, "1002")
    assert enters(stage, "1002") == {"WAIHU_MARK": "", "WAIHU_POSITION": ""}


def test_who_has_waited_elsewhere_is_before_those_who_came_later(stage: Floor) -> None:
    for call in ("1.1", "1.2", "1.3"):
        joins(stage, call)
        stage.passes(10)
    places = {waited_s: enters(stage, waited_s=waited_s) for waited_s in (5, 15, 25, 40)}
    told = {waited_s: one and one["WAIHU_POSITION"] for waited_s, one in places.items()}
    assert told == {5: "", 15: "3", 25: "2", 40: "1"}


def test_how_the_queue_stands_is_known_from_its_calls_of_today(stage: Floor) -> None:
    def looks() -> dict[str, str]:
        (answer,) = stage.tell(LookAtQueue(ask="a", call=CALLER, queue=QUEUE))
        assert isinstance(answer, AnswerAsk)
        return answer.variables

    assert looks() == {"waiting": "0", "agents_free": "2", "expected_wait_s": "0"}
    for call, login in (("1.1", "1001"), ("1.2", "1002")):
        joins(stage, call)
        stage.tell(QueueConnected(call=call, queue=QUEUE, member=login))
        stage.tell(QueueLeft(call=call, queue=QUEUE))
    joins(stage, "1.3")
    assert looks() == {"waiting": "1", "agents_free": "0", "expected_wait_s": ""}, "no data"


@given(st.integers(0, 50), st.integers(0, 20), st.integers(0, 20), st.floats(1, 1000))
def test_the_expected_wait_grows_with_callers_and_falls_with_agents(
    waiting: int, free: int, more: int, handle_s: float
) -> None:
    serving = free + more
    wait_s = expected_wait_s(waiting=waiting, free=free, serving=serving, handle_s=handle_s)
    if free > waiting:
        assert wait_s == 0
        return
    if serving == 0:
        assert wait_s is None
        return
    behind = expected_wait_s(waiting=waiting + 1, free=free, serving=serving, handle_s=handle_s)
    helped = expected_wait_s(waiting=waiting, free=free, serving=serving + 1, handle_s=handle_s)
    assert wait_s is not None
    assert behind is not None
    assert helped is not None
    assert helped < wait_s < behind


def test_the_expected_wait_by_hand() -> None:
    """Three wait, six agents, 180 s each: every 30 s one becomes free, and the fourth is ours."""
    assert expected_wait_s(waiting=3, free=0, serving=6, handle_s=180.0) == 120.0
