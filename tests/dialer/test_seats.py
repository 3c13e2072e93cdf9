"""A phone is let in once the database knows who sits there."""

from __future__ import annotations

from dialer.effects import AnswerAsk, SaveSlot
from dialer.messages import AgentRecord, Loaded, LoginAgent, SlotSaved, StoreFailed
from tests.dialer.stage import QUEUE, Stage


def asks(stage: Stage, login: str = "1001", ask: str = "a") -> None:
    stage.tell(LoginAgent(ask=ask, call="phone", agent=login))


def answers(stage: Stage) -> dict[str, dict[str, str]]:
    return {one.ask: one.variables for one in stage.wanted(AnswerAsk)}


def opened(agents: int = 2) -> Stage:
    stage = Stage(agents=agents)
    stage.load()
    stage.survey()
    return stage


def test_the_phone_waits_for_the_commit() -> None:  # I6
    stage = opened()
    asks(stage)
    assert stage.last(SaveSlot).slot == "7001"
    assert answers(stage) == {}
    stage.tell(SlotSaved(ref=stage.last(SaveSlot).ref))
    assert answers(stage) == {"a": {"WAIHU_SLOT": "7001"}}


def test_a_database_that_cannot_take_it_sends_the_phone_away_and_keeps_the_slot() -> None:
    stage = opened()
    asks(stage)
    stage.passes(2.8)
    assert answers(stage) == {}
    stage.passes(0.4)
    assert answers(stage) == {"a": {"WAIHU_REFUSED": "not_now"}}
    asks(stage, "1002", "b")
    assert stage.last(SaveSlot).slot == "7002"


def test_what_a_slow_database_took_lets_the_next_try_in_at_once() -> None:
    stage = opened()
    asks(stage)
    save = stage.last(SaveSlot)
    stage.passes(10)
    stage.tell(SlotSaved(ref=save.ref))
    asks(stage, ask="again")
    assert answers(stage)["again"] == {"WAIHU_SLOT": "7001"}
    assert stage.wanted(SaveSlot) == [save]


def test_what_another_write_may_change_is_not_taken_for_written() -> None:
    stage = opened().opens()
    stage.engine.floor.logs_out("7001", stage.now)  # its own write is under way
    asks(stage, ask="again")
    assert "again" not in answers(stage)


def test_who_was_on_file_in_a_slot_at_the_start_is_let_in_at_once() -> None:
    stage = Stage()
    records = (AgentRecord(agent="1001", name="王芳", queues=(QUEUE,), slot="7005"),)
    stage.tell(Loaded(campaigns=(), agents=records))
    stage.survey()
    asks(stage)
    assert answers(stage) == {"a": {"WAIHU_SLOT": "7005"}}
    assert not stage.wanted(SaveSlot)


def test_two_who_wait_get_two_slots_and_each_its_own_answer() -> None:
    stage = opened()
    asks(stage, "1001", "a")
    asks(stage, "1002", "b")
    first, second = stage.wanted(SaveSlot)
    stage.tell(SlotSaved(ref=second.ref))
    assert answers(stage) == {"b": {"WAIHU_SLOT": "7002"}}
    stage.tell(SlotSaved(ref=first.ref))
    assert answers(stage)["a"] == {"WAIHU_SLOT": "7001"}


def test_a_seat_that_the_database_refuses_sends_the_phone_away_at_once() -> None:
    stage = opened()
    asks(stage)
    stage.tell(StoreFailed(ref=stage.last(SaveSlot).ref, text="no such agent"))
    assert answers(stage) == {"a": {"WAIHU_REFUSED": "not_now"}}
    asks(stage, ask="again")
    stage.tell(SlotSaved(ref=stage.last(SaveSlot).ref))
    assert answers(stage)["again"] == {"WAIHU_SLOT": "7001"}
    asks(stage, ask="third")
    assert answers(stage)["third"] == {"WAIHU_SLOT": "7001"}  # on file: nothing to wait for
