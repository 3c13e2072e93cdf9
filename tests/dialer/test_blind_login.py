"""Asterisk was started anew before we noticed: its agents call in, and are let in."""

from __future__ import annotations

from campaigns.outcomes import Outcome
from dialer.agents import State
from dialer.effects import AnswerAsk, EndAttempt, HangUp, JoinQueues, PauseMember, SaveSlot
from dialer.messages import LoginAgent, SlotSaved
from dialer.switch_events import (
    ActionDone,
    AgentLoggedIn,
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    LinkDown,
    LinkUp,
    QueueConnected,
    SwitchSurveyed,
)
from tests.dialer.stage import QUEUE, Stage, state_of


def calls_in(stage: Stage, login: str = "1001") -> str:
    stage.tell(LoginAgent(ask="again", call="c", agent=login))
    return stage.last(AnswerAsk).variables["WAIHU_SLOT"]


def test_an_agent_who_calls_in_while_we_are_blind_is_let_in_and_joins_the_queues() -> None:
    stage = Stage().opens()
    stage.passes(7)
    stage.tell(LinkDown(reason="killed"))
    slot = calls_in(stage)
    stage.tell(LinkUp(version="22"))
    before = len(stage.wanted(JoinQueues))
    stage.tell(SwitchSurveyed(agents={slot: "phone"}, paused={}, calls={}))
    assert [one.slot for one in stage.wanted(JoinQueues)[before:]] == [slot]
    stage.passes(7)
    assert state_of(stage) is State.RESERVED  # and is given a call


def test_the_talk_that_fell_with_the_switch_still_waits_for_its_word() -> None:  # I2
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    stage.tell(LinkDown(reason="killed"))
    slot = calls_in(stage)
    stage.tell(LinkUp(version="22"))
    stage.tell(SwitchSurveyed(agents={slot: "phone"}, paused={}, calls={}))
    stage.disposes("1001")
    ended = stage.last(EndAttempt)
    assert (ended.attempt, ended.outcome) == (attempt, Outcome.SUCCESS)


def test_an_agent_who_sits_there_is_not_let_in_twice_while_we_see() -> None:
    stage = Stage().opens()
    stage.tell(LoginAgent(ask="again", call="c", agent="1001"))
    assert stage.last(AnswerAsk).variables == {"WAIHU_REFUSED": "already_logged_in"}


def test_a_second_phone_in_the_dark_does_not_throw_out_who_talks() -> None:  # I5
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    stage.tell(LinkDown(reason="a cable"))
    calls_in(stage)
    stage.tell(LinkUp(version="22"))
    stage.tell(
        SwitchSurveyed(
            agents={"7001": "phone"}, paused={}, calls={attempt: True}, talking={"7001": attempt}
        )
    )
    assert state_of(stage) is State.TALKING
    stage.tell(AgentLoggedIn(slot="7001", channel="phone"))
    assert state_of(stage) is State.TALKING


def test_a_second_phone_in_the_dark_is_sent_to_its_agents_own_slot() -> None:  # I5
    stage = Stage(agents=2).opens()
    stage.passes(7)
    stage.tell(AgentLoggedOut(slot="7001"))  # a lower slot is free
    stage.tell(QueueConnected(call="caller", queue="waihu-inbound", member="1002"))
    stage.tell(LinkDown(reason="a cable"))
    stage.tell(LoginAgent(ask="again", call="c", agent="1002"))
    stage.tell(SlotSaved(ref=stage.last(SaveSlot).ref))
    assert stage.last(AnswerAsk).variables["WAIHU_SLOT"] == "7002"  # Asterisk lets only one in
    stage.tell(LinkUp(version="22"))
    found = SwitchSurveyed(
        agents={"7002": "phone"},
        paused={},
        calls={"caller": True, "leg": True},
        talking={"7002": "leg"},
    )
    stage.tell(found)
    assert stage.wanted(HangUp) == []
    assert state_of(stage, "1002") is State.TALKING


def test_a_member_whom_somebody_took_out_of_the_queues_is_put_back() -> None:
    stage = Stage().opens()
    stage.passes(7)
    pause = stage.last(PauseMember)
    before = len(stage.wanted(JoinQueues))
    stage.tell(ActionDone(ref=pause.ref, ok=False, text="gone", unknown=True))
    assert [one.queues for one in stage.wanted(JoinQueues)[before:]] == [(QUEUE,)]
    pauses = len(stage.wanted(PauseMember))
    stage.passes(6)
    assert len(stage.wanted(PauseMember)) > pauses  # and shows what it should


def test_who_has_sat_all_the_time_in_a_slot_that_was_given_away_blindly_is_sent_away() -> None:
    """The phone of another house, or of a login that was lost: the agent's own is not let in."""
    stage = Stage()
    stage.load()
    stage.tell(LinkUp(version="22"))
    stage.tell(LoginAgent(ask="a", call="own-phone", agent="1001"))
    stage.tell(SlotSaved(ref=stage.last(SaveSlot).ref))
    stage.tell(SwitchSurveyed(agents={"7001": "strange-phone"}, paused={}, calls={}))
    assert stage.last(HangUp).call == "strange-phone"
    stage.passes(7)
    assert state_of(stage) is State.AWAY
    stage.tell(LoginAgent(ask="b", call="own-phone-again", agent="1001"))
    assert stage.last(AnswerAsk).variables == {"WAIHU_SLOT": "7001"}
    stage.tell(AgentLoggedIn(slot="7001", channel="own-phone-again"))
    stage.passes(7)
    assert state_of(stage) is State.IDLE


def test_a_phone_that_was_let_in_blindly_and_has_sat_down_unheard_is_believed() -> None:
    stage = Stage()
    stage.load()
    stage.tell(LoginAgent(ask="a", call="own-phone", agent="1001"))
    stage.tell(SlotSaved(ref=stage.last(SaveSlot).ref))
    stage.tell(LinkUp(version="22"))
    stage.tell(SwitchSurveyed(agents={"7001": "own-phone"}, paused={}, calls={}))
    stage.passes(7)
    assert state_of(stage) is State.IDLE
    assert not stage.wanted(HangUp)
