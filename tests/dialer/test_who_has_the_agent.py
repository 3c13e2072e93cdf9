"""What ends a call sets free nobody who has another call by now (I5)."""

from __future__ import annotations

from campaigns.outcomes import Disposition
from dialer.agents import State
from dialer.effects import HangUp
from dialer.messages import Dispose
from dialer.switch_events import (
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallRinging,
    QueueConnected,
    SwitchSurveyed,
)
from tests.dialer.stage import Stage, state_of

CALLER = "1700000000.7"
LEG = "1700000000.8"


def talks(stage: Stage) -> str:
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    assert state_of(stage) is State.TALKING
    return attempt


def comes_back(stage: Stage) -> None:
    """The agent's phone fails and calls in again."""
    stage.tell(AgentLoggedOut(slot="7001"))
    stage.logs_in("1001")


def hears_a_caller(stage: Stage) -> None:
    stage.tell(QueueConnected(call=CALLER, queue="waihu-inbound", member="1001"))
    assert state_of(stage) is State.TALKING


def test_a_word_for_the_call_before_does_not_free_who_talks_again() -> None:
    stage = Stage().opens()
    first = talks(stage)
    stage.tell(CallHungUp(call=first, cause=16))
    comes_back(stage)
    talks(stage)
    word = Disposition.SUCCESS
    stage.tell(Dispose(ref="command:w", agent="1001", attempt=first, disposition=word))
    assert state_of(stage) is State.TALKING


def test_the_late_end_of_a_call_with_its_word_does_not_free_who_talks_again() -> None:
    stage = Stage().opens()
    first = talks(stage)
    stage.disposes("1001")
    comes_back(stage)
    hears_a_caller(stage)
    stage.tell(CallHungUp(call=first, cause=16))  # the customer has heard the message meanwhile
    assert state_of(stage) is State.TALKING


def test_the_late_end_of_a_call_begins_no_wrap_up_amid_another_talk() -> None:
    stage = Stage().opens()
    first = talks(stage)
    comes_back(stage)
    hears_a_caller(stage)
    stage.tell(CallHungUp(call=first, cause=16))
    assert state_of(stage) is State.TALKING


def test_the_phone_that_rings_for_an_agent_found_in_another_talk_is_let_go() -> None:  # I4
    stage = Stage().opens()
    stage.passes(24)
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    talk = SwitchSurveyed(
        agents={"7001": "Local/1001"},
        paused={},
        calls={attempt: False, CALLER: True, LEG: True},
        talking={"7001": LEG},
    )
    stage.tell(talk)  # the queue's own word is still on its way
    assert state_of(stage) is State.TALKING
    assert [one.call for one in stage.wanted(HangUp)] == [attempt]


def test_a_call_hung_up_before_it_was_there_is_hung_up_once_it_rings() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(AgentLoggedOut(slot="7001"))  # the Originate is still on its way
    before = len(stage.wanted(HangUp))
    stage.tell(CallRinging(call=attempt))
    assert [one.call for one in stage.wanted(HangUp)[before:]] == [attempt]
