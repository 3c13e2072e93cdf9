"""Who is rated: the agent who talked last with the caller."""

from __future__ import annotations

from dialer.agents import State
from dialer.effects import HangUp, KeepAnswer
from dialer.messages import CallRated
from dialer.switch_events import CallHungUp, KeyPressed, QueueConnected, QueueJoined, QueueTalkEnded
from tests.dialer.stage import QUEUE, Stage, state_of

RATED = CallRated(call="c1", question="quality", key=4, highest=5, weight=30, queue="waihu-inbound")


def test_the_agent_wraps_up_from_the_end_of_the_talk_and_is_rated_meanwhile() -> None:  # R16
    stage = Stage().opens()
    stage.passes(7)
    stage.tell(QueueJoined(call="c1", queue=QUEUE, caller_number="13900000002"))
    stage.tell(QueueConnected(call="c1", queue=QUEUE, member="1001"))
    stage.passes(60)
    stage.tell(QueueTalkEnded(call="c1", queue=QUEUE, member="1001", reason="agent"))
    assert state_of(stage) is State.WRAP_UP
    stage.tell(RATED)
    said = stage.last(KeepAnswer)
    assert (said.agent, said.queue, said.question, said.key) == ("1001", QUEUE, "quality", 4)
    assert said.at == stage.now.utc
    stage.passes(11)
    assert state_of(stage) is not State.WRAP_UP
    stage.tell(CallHungUp(call="c1", cause=16))
    assert state_of(stage) is not State.WRAP_UP


def test_after_a_new_start_the_answer_is_kept_without_the_agent() -> None:
    stage = Stage().opens()
    stage.tell(RATED)
    said = stage.last(KeepAnswer)
    assert (said.agent, said.queue) == ("", "waihu-inbound")


def test_two_stars_end_the_talk_and_leave_the_agent_signed_in() -> None:
    stage = Stage().opens()
    stage.passes(7)
    stage.tell(QueueJoined(call="c1", queue=QUEUE, caller_number=""))
    stage.tell(QueueConnected(call="c1", queue=QUEUE, member="1001", leg="leg-1"))
    star = KeyPressed(channel="Local/1001", key="*")
    other = KeyPressed(channel="Local/1001", key="1")
    for press, wait_s in ((star, 2), (star, 0), (other, 0), (star, 0)):
        stage.tell(press)
        stage.passes(wait_s)
        assert not stage.wanted(HangUp)
    stage.tell(star)
    assert stage.wanted(HangUp) == [HangUp(call="leg-1")]
    stage.tell(QueueTalkEnded(call="c1", queue=QUEUE, member="1001", reason="agent"))
    stage.tell(star)
    stage.tell(star)
    assert len(stage.wanted(HangUp)) == 1
