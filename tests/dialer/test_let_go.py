"""Calls that we take down ourselves: who has answered is not left in silence (I4)."""

from __future__ import annotations

from campaigns.outcomes import Outcome
from dialer.agents import State
from dialer.effects import AnswerAsk, EndAttempt, HangUp, PlayUnserved
from dialer.messages import LoginAgent, StopEngine
from dialer.switch_events import (
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallOriginated,
    CallRinging,
    LinkDown,
    LinkUp,
    SwitchSurveyed,
)
from tests.dialer.stage import Stage


def rings() -> tuple[Stage, str]:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    return stage, attempt


def link_breaks(stage: Stage, *living: str, up: bool = False) -> None:
    """The link is lost and there again; the switch holds these calls."""
    stage.tell(LinkDown(reason="reset"))
    stage.tell(LinkUp(version="22"))
    stage.tell(SwitchSurveyed(agents={}, paused={}, calls=dict.fromkeys(living, up)))


def test_an_answer_that_was_quicker_than_our_hang_up_hears_the_message() -> None:
    stage, attempt = rings()
    stage.tell(AgentLoggedOut(slot="7001"))
    assert [one.call for one in stage.wanted(HangUp)] == [attempt]
    stage.tell(CallAnswered(call=attempt))
    assert [one.call for one in stage.wanted(PlayUnserved)] == [attempt]
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert stage.last(EndAttempt).outcome is Outcome.ABANDONED


def test_who_only_rang_when_we_let_go_was_stopped() -> None:
    stage, attempt = rings()
    stage.tell(AgentLoggedOut(slot="7001"))
    stage.tell(CallHungUp(call=attempt, cause=26))
    stage.tell(CallOriginated(call=attempt, success=False, reason=0))
    assert stage.last(EndAttempt).outcome is Outcome.STOPPED
    assert not stage.wanted(PlayUnserved)


def test_a_stop_plays_the_message_to_who_has_answered_and_hears_nobody() -> None:
    stage, attempt = rings()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(StopEngine(grace_s=0.0))
    stage.passes(0.2)
    assert [one.call for one in stage.wanted(PlayUnserved)] == [attempt]
    assert not stage.wanted(HangUp)


def test_a_stop_takes_a_talk_down_as_stopped() -> None:
    stage, attempt = rings()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    stage.tell(StopEngine(grace_s=0.0))
    stage.passes(0.2)
    assert [one.call for one in stage.wanted(HangUp)] == [attempt]
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert stage.last(EndAttempt).outcome is Outcome.STOPPED


def test_a_hang_up_that_was_lost_with_the_link_is_asked_for_again() -> None:
    stage, attempt = rings()
    stage.tell(LinkDown(reason="reset"))
    stage.tell(LoginAgent(ask="a", call="again", agent="1001"))  # their phone has gone
    before = len(stage.wanted(HangUp))
    stage.tell(LinkUp(version="22"))
    stage.tell(SwitchSurveyed(agents={}, paused={}, calls={attempt: False}))
    assert [one.call for one in stage.wanted(HangUp)[before:]] == [attempt]


def test_what_the_switch_has_said_of_a_call_stands_when_it_is_gone_after_an_outage() -> None:
    stage, attempt = rings()
    stage.tell(CallHungUp(call=attempt, cause=1))
    assert not stage.wanted(EndAttempt)  # the other word may still come
    link_breaks(stage)
    assert stage.last(EndAttempt).outcome is Outcome.VACANT  # R6: it retires the number


def test_a_survey_of_a_switch_that_is_lost_again_says_nothing() -> None:
    stage = Stage().opens()
    stage.passes(7)
    stage.tell(LinkDown(reason="killed"))
    stage.tell(SwitchSurveyed(agents={"7001": "Local/1001"}, paused={}, calls={}))
    stage.tell(LoginAgent(ask="a", call="again", agent="1001"))
    assert stage.last(AnswerAsk).variables == {"WAIHU_SLOT": "7001"}
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    assert agent.state is State.AWAY
