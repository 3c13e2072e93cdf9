"""The audit: what the switch never told is found within half a minute, and set right (I2, I5)."""

from __future__ import annotations

import pytest

from campaigns.outcomes import Outcome
from dialer.agents import State
from dialer.effects import (
    AuditFinding,
    EndAttempt,
    Found,
    HangUp,
    JoinQueues,
    PauseMember,
    PlayUnserved,
    SaveSlot,
    Survey,
)
from dialer.messages import AgentRecord, Loaded, LoginAgent, SlotSaved, Unfinished
from dialer.recovery import AUDIT_EVERY_S, LOOK_TWICE_S, SURVEY_LIMIT_S
from dialer.switch_events import (
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallRinging,
    LinkDown,
    LinkUp,
    QueueConnected,
    QueueJoined,
    SwitchSurveyed,
)
from tests.dialer.stage import Stage, state_of

CALLER = "1700000000.7"


def audit_comes(stage: Stage, within_s: float = AUDIT_EVERY_S) -> None:
    """Let time pass until the engine asks the switch."""
    asked = len(stage.wanted(Survey))
    for _ in range(round(within_s * 10) + 2):
        stage.passes(0.1)
        if len(stage.wanted(Survey)) > asked:
            return
    raise AssertionError("no audit came")


def finds(stage: Stage, *calls: str, seated: tuple[str, ...] = ("7001",), **talks: str) -> None:
    """The switch answers: these calls live, up."""
    talking = {slot.removeprefix("s"): call for slot, call in talks.items()}
    agents = {slot: f"phone-{slot}" for slot in seated}
    stage.tell(
        SwitchSurveyed(agents=agents, paused={}, calls=dict.fromkeys(calls, True), talking=talking)
    )


def talks() -> tuple[Stage, str]:
    """An agent in an outbound call."""
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    assert state_of(stage) is State.TALKING
    return stage, attempt


def placed_just_before_the_audit() -> tuple[Stage, str]:
    """A call that is out and of which nothing was heard yet; the switch will be asked in 1 s."""
    stage = Stage().opens()
    stage.passes(AUDIT_EVERY_S - 8)
    return stage, stage.places()


def found(stage: Stage) -> list[AuditFinding]:
    return [effect.finding for effect in stage.wanted(Found)]


def test_a_talk_whose_hangup_never_came_is_wrapped_up() -> None:
    stage, _ = talks()
    audit_comes(stage)
    finds(stage)
    assert state_of(stage) is State.TALKING  # it may be ending at this very moment
    audit_comes(stage, LOOK_TWICE_S)
    finds(stage)
    assert state_of(stage) is State.WRAP_UP
    assert found(stage) == [AuditFinding.CALL_GONE]


@pytest.mark.parametrize("rings", [True, False])
def test_a_call_whose_every_last_word_was_lost_is_given_up_at_the_second_look(
    rings: bool,  # noqa: FBT001  drawn
) -> None:
    stage, attempt = placed_just_before_the_audit()
    if rings:
        stage.tell(CallRinging(call=attempt))
    audit_comes(stage)
    finds(stage)
    assert stage.wanted(EndAttempt) == []
    audit_comes(stage, LOOK_TWICE_S)
    finds(stage)
    (end,) = stage.wanted(EndAttempt)
    assert (end.attempt, end.outcome) == (attempt, Outcome.LOST)
    assert found(stage) == [AuditFinding.CALL_GONE]
    assert state_of(stage) is State.IDLE


@pytest.mark.parametrize("heard_nobody_for_s", [4.5, 0.5])
def test_one_who_answered_and_vanished_unheard_is_abandoned(heard_nobody_for_s: float) -> None:
    stage, attempt = placed_just_before_the_audit()
    audit_comes(stage)
    finds(stage)
    stage.passes(LOOK_TWICE_S - heard_nobody_for_s)
    stage.tell(CallAnswered(call=attempt))
    audit_comes(stage, LOOK_TWICE_S)
    finds(stage)
    (end,) = stage.wanted(EndAttempt)
    assert (end.attempt, end.outcome) == (attempt, Outcome.ABANDONED)
    assert found(stage) == [AuditFinding.CALL_GONE]


def test_a_call_that_lives_is_left_alone_however_often_one_looks() -> None:
    stage, attempt = talks()
    for _ in range(3):
        audit_comes(stage)
        finds(stage, attempt, s7001=attempt)
    assert state_of(stage) is State.TALKING
    assert found(stage) == []


def test_a_call_that_is_found_again_was_not_missing() -> None:
    stage, attempt = talks()
    audit_comes(stage)
    finds(stage)
    audit_comes(stage, LOOK_TWICE_S)
    finds(stage, attempt, s7001=attempt)
    audit_comes(stage)
    finds(stage)
    assert state_of(stage) is State.TALKING


def test_a_call_placed_while_the_switch_was_asked_is_not_missing() -> None:
    stage = Stage().opens()
    stage.passes(AUDIT_EVERY_S - 8)
    attempt = stage.places()
    audit_comes(stage)
    finds(stage)
    stage.tell(CallRinging(call=attempt))
    assert stage.wanted(EndAttempt) == []


def test_a_queue_call_that_ended_unheard_sets_its_agent_free() -> None:
    stage = Stage().opens()
    stage.passes(7)
    stage.tell(QueueJoined(call=CALLER, queue="waihu-inbound", caller_number=""))
    stage.tell(QueueConnected(call=CALLER, queue="waihu-inbound", member="1001"))
    audit_comes(stage)
    finds(stage)
    audit_comes(stage, LOOK_TWICE_S)
    finds(stage)
    assert state_of(stage) is State.WRAP_UP


def test_a_caller_who_came_while_the_switch_was_asked_still_waits() -> None:
    stage = Stage().opens()
    audit_comes(stage)
    stage.tell(QueueJoined(call=CALLER, queue="waihu-inbound", caller_number=""))
    finds(stage)
    assert stage.engine.statistics.callers_waiting(["waihu-inbound"]) == 1


def test_an_agent_whose_phone_left_unheard_is_given_no_more_calls() -> None:
    stage = Stage().opens()
    audit_comes(stage)
    finds(stage, seated=())
    assert state_of(stage) is State.AWAY
    assert found(stage) == [AuditFinding.AGENT_GONE]


def test_an_agent_whose_login_was_not_heard_comes_to_work_all_the_same() -> None:
    stage = Stage()
    stage.tell(Unfinished(attempts=()))
    stage.load()
    stage.tell(LinkUp(version="22"))
    finds(stage, seated=())
    stage.passes(AUDIT_EVERY_S - 2)
    stage.tell(LoginAgent(ask="ask-1001", call="phone-7001", agent="1001"))
    stage.tell(SlotSaved(ref=stage.last(SaveSlot).ref))
    audit_comes(stage)
    finds(stage)
    assert found(stage) == [AuditFinding.AGENT_CAME]
    assert stage.last(Found).slot == "7001"
    assert state_of(stage) is State.READYING
    assert stage.last(JoinQueues).agent == "1001"


def test_the_phone_that_rings_for_an_agent_who_left_unheard_is_let_go() -> None:
    stage = Stage().opens()
    stage.passes(AUDIT_EVERY_S - 8)
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    audit_comes(stage)
    stage.tell(SwitchSurveyed(agents={}, paused={}, calls={attempt: False}))
    assert stage.last(HangUp).call == attempt


def test_an_answer_that_was_missed_starts_the_two_seconds() -> None:  # I4
    stage = Stage().opens()
    stage.passes(AUDIT_EVERY_S - 8)
    attempt = stage.places()
    audit_comes(stage)
    finds(stage, attempt)
    call = stage.engine.board.get(attempt)
    assert call is not None
    assert call.state == "answered"


def test_an_audit_does_not_let_a_phone_ring_for_ever() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    for _ in range(3):
        audit_comes(stage)
        stage.survey(calls={attempt: False})
    assert stage.last(EndAttempt).outcome is Outcome.LOST


def test_a_survey_that_is_never_answered_is_asked_anew() -> None:
    stage = Stage().opens()
    audit_comes(stage)
    audit_comes(stage, SURVEY_LIMIT_S + 1)


def test_a_first_survey_that_the_switch_refused_is_asked_anew() -> None:
    stage = Stage()
    stage.tell(Unfinished(attempts=()))
    stage.load()
    stage.tell(LinkUp(version="22"))  # its app_queue is still being loaded
    audit_comes(stage, SURVEY_LIMIT_S)
    finds(stage)
    stage.logs_in("1001")
    assert stage.places()


def test_a_phone_that_left_while_the_switch_was_asked_is_no_stranger() -> None:
    stage = Stage().opens()
    audit_comes(stage)
    stage.tell(AgentLoggedOut(slot="7001"))
    finds(stage)
    assert stage.wanted(HangUp) == []


def test_an_agent_found_in_a_call_that_nobody_told_of_is_not_given_another() -> None:  # I5
    stage = Stage().opens()
    audit_comes(stage)
    finds(stage, CALLER, s7001=CALLER)
    assert state_of(stage) is State.TALKING
    assert found(stage) == [AuditFinding.TALK_UNHEARD]


def test_a_call_given_up_as_lost_that_comes_to_life_is_let_go() -> None:  # I1, I4
    stage = Stage().opens()
    attempt = stage.places()
    stage.passes(stage.campaign.ring_timeout_s + 20)
    assert stage.last(EndAttempt).outcome is Outcome.LOST
    before = len(stage.wanted(HangUp))
    stage.tell(CallRinging(call=attempt))
    assert [effect.call for effect in stage.wanted(HangUp)[before:]] == [attempt]
    stage.tell(CallAnswered(call=attempt))
    assert [effect.call for effect in stage.wanted(PlayUnserved)] == [attempt]
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.tell(CallRinging(call=attempt))
    assert len(stage.wanted(HangUp)) == before + 1  # what has ended is not remembered
    assert len(stage.wanted(EndAttempt)) == 1


def test_a_new_link_needs_no_second_look() -> None:
    stage, _ = talks()
    stage.tell(LinkDown(reason="reset"))
    stage.tell(LinkUp(version="22"))
    finds(stage)
    assert state_of(stage) is State.WRAP_UP
    assert found(stage) == []


def test_an_agent_whose_phone_went_with_the_switch_can_still_say_what_came_of_the_call() -> None:
    stage, attempt = talks()
    stage.tell(LinkDown(reason="Asterisk shuts down"))
    stage.tell(LinkUp(version="22"))
    finds(stage, seated=())
    stage.disposes("1001")
    assert stage.last(EndAttempt).attempt == attempt
    assert stage.last(EndAttempt).outcome is Outcome.SUCCESS


def test_dialing_goes_on_beside_an_audit() -> None:
    stage = Stage().opens()
    audit_comes(stage)
    assert stage.places()


def test_who_joined_some_of_their_queues_only_joins_the_others_as_well() -> None:  # R17
    stage = Stage().opens()
    both = AgentRecord(agent="1001", name="1001", queues=("waihu-a", "waihu-b"))
    stage.tell(Loaded(campaigns=(), agents=(both,)))
    stage.passes(7)
    stage.tell(LinkDown(reason="a cable"))
    stage.tell(LinkUp(version="22"))
    before = len(stage.wanted(JoinQueues))
    seated, members = {"7001": "Local/1001"}, {"7001": {"waihu-a": "1001"}}
    stage.tell(SwitchSurveyed(agents=seated, paused={}, calls={}, members=members))
    assert [one.queues for one in stage.wanted(JoinQueues)[before:]] == [("waihu-b",)]
    assert stage.last(PauseMember).reason is None
