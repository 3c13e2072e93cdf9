"""One outbound call through the engine, and everything that can come between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.judge import Code, Verdict
from campaigns.outcomes import Disposition, NotSent, Outcome
from dialer.agents import State
from dialer.effects import (
    AmendAttempt,
    ClaimContacts,
    EndAttempt,
    HangUp,
    MarkSent,
    NoteProgress,
    Originate,
    PauseMember,
    PlayUnserved,
    ReleaseClaim,
    Reply,
    ReplyCode,
    Stopped,
    Survey,
)
from dialer.messages import (
    Claim,
    Claimed,
    Dispose,
    PauseAgent,
    StopEngine,
    StoreFailed,
    Unfinished,
    UnfinishedAttempt,
)
from dialer.switch_events import (
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallDialEnded,
    CallHungUp,
    CallOriginated,
    CallRinging,
    CallUnserved,
    LinkDown,
    LinkUp,
    QueueAbandoned,
    QueueConnected,
    QueueJoined,
    QueueLeft,
    SwitchSurveyed,
)
from tests.dialer.stage import QUEUE, START, Stage, state_of


def outcome_of(stage: Stage) -> Outcome:
    (end,) = stage.wanted(EndAttempt)
    return end.outcome


def talking(stage: Stage) -> str:
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    return attempt


def test_reserve_judge_dial_bridge_dispose() -> None:
    stage = Stage().opens()
    attempt = talking(stage)
    placed = stage.last(Originate)
    assert (placed.slot, placed.queue, placed.ring_timeout_s) == ("7001", QUEUE, 15)
    stage.passes(9)
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert state_of(stage) is State.WRAP_UP
    stage.tell(Dispose(ref="r", agent="1001", attempt=None, disposition=Disposition.SUCCESS))
    end = stage.last(EndAttempt)
    assert (end.outcome, end.disposition, end.reply) == (
        Outcome.SUCCESS,
        Disposition.SUCCESS,
        "r",
    )
    assert state_of(stage) is State.IDLE
    assert len(stage.engine.board) == 0


def test_the_agent_is_out_of_the_queues_before_the_phone_rings() -> None:
    stage = Stage().opens()
    stage.passes(7)
    (attempt,) = stage.answers_claim(found=1)
    assert stage.last(PauseMember).reason == "reserved"
    assert not stage.wanted(MarkSent)
    stage.reserves(attempt)
    assert not stage.wanted(Originate)
    stage.judges(attempt)
    assert stage.last(Originate).attempt == attempt


def test_an_agent_is_given_no_call_in_the_six_seconds_after_the_login() -> None:
    stage = Stage().opens()
    stage.passes(5.8)
    assert not stage.wanted(ClaimContacts)
    stage.passes(0.4)
    assert stage.last(ClaimContacts).count == 1


def test_the_second_judgement_stops_the_call() -> None:  # I3
    stage = Stage().opens()
    stage.passes(7)
    (attempt,) = stage.answers_claim(found=1)
    stage.reserves(attempt)
    stage.judges(attempt, Verdict(code=Code.DO_NOT_CALL))
    assert not stage.wanted(Originate)
    assert state_of(stage) is State.IDLE


@pytest.mark.parametrize("first", ["response", "hangup"])
def test_the_two_words_of_the_switch_may_come_in_either_order(first: str) -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallDialEnded(call=attempt, dial_status="BUSY"))
    words = [
        CallOriginated(call=attempt, success=False, reason=0),
        CallHungUp(call=attempt, cause=17),
    ]
    for word in words if first == "response" else reversed(words):
        assert not stage.wanted(EndAttempt)
        stage.tell(word)
    assert outcome_of(stage) is Outcome.BUSY
    assert state_of(stage) is State.IDLE


def test_a_hang_up_that_never_comes_is_not_waited_for() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallOriginated(call=attempt, success=False, reason=0))
    stage.passes(1.2)
    assert outcome_of(stage) is Outcome.FAILED


def test_a_call_of_which_the_switch_says_nothing_ends_as_lost() -> None:  # I2
    stage = Stage().opens()
    attempt = stage.places()
    stage.passes(31)
    assert outcome_of(stage) is Outcome.LOST
    assert stage.last(HangUp).call == attempt


def test_nobody_takes_the_answer_so_the_message_plays_before_two_seconds() -> None:  # I4
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.passes(1.6)
    assert not stage.wanted(PlayUnserved)
    stage.passes(0.2)
    assert stage.last(PlayUnserved).call == attempt
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert outcome_of(stage) is Outcome.ABANDONED


def test_the_dialplan_itself_may_find_that_nobody_takes_it() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallUnserved(call=attempt))
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert outcome_of(stage) is Outcome.ABANDONED
    assert state_of(stage) is State.READYING, "an agent who did not take a call is not trusted"


def test_the_agent_leaves_while_it_rings_so_it_rings_no_longer() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    stage.tell(AgentLoggedOut(slot="7001"))
    assert stage.last(HangUp).call == attempt
    stage.tell(CallHungUp(call=attempt, cause=0))
    stage.tell(CallOriginated(call=attempt, success=False, reason=0))
    assert outcome_of(stage) is Outcome.STOPPED


def test_the_agent_leaves_before_the_call_is_sent() -> None:
    stage = Stage().opens()
    stage.passes(7)
    (attempt,) = stage.answers_claim(found=1)
    stage.tell(AgentLoggedOut(slot="7001"))
    assert stage.last(ReleaseClaim) == ReleaseClaim(attempt=attempt, why=NotSent.AGENT_LEFT)
    stage.reserves(attempt)
    assert not stage.wanted(MarkSent)


def test_the_agent_leaves_during_the_second_judgement() -> None:
    stage = Stage().opens()
    stage.passes(7)
    (attempt,) = stage.answers_claim(found=1)
    stage.reserves(attempt)
    stage.tell(AgentLoggedOut(slot="7001"))
    stage.judges(attempt)
    assert not stage.wanted(Originate)
    assert outcome_of(stage) is Outcome.NOT_SENT
    assert stage.last(EndAttempt).note == NotSent.AGENT_LEFT


def test_dialing_stops_when_the_last_agent_has_left() -> None:
    stage = Stage(agents=2).opens()
    stage.passes(7)
    stage.answers_claim(found=0)
    for slot in ("7001", "7002"):
        stage.tell(AgentLoggedOut(slot=slot))
    claims = len(stage.wanted(ClaimContacts))
    stage.load()
    stage.passes(60)
    assert len(stage.wanted(ClaimContacts)) == claims


def test_a_queue_call_takes_the_reserved_agent_first() -> None:  # I5
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    stage.tell(QueueConnected(call="in-1", queue=QUEUE, member="1001"))
    assert stage.last(HangUp).call == attempt
    assert state_of(stage) is State.TALKING


def test_no_word_in_time_is_undisposed_and_can_be_given_late() -> None:
    stage = Stage().opens()
    attempt = talking(stage)
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.passes(20.2)
    assert outcome_of(stage) is Outcome.UNDISPOSED
    assert state_of(stage) in (State.IDLE, State.RESERVED), "free for the next call"
    stage.tell(Dispose(ref="r", agent="1001", attempt=None, disposition=Disposition.SUCCESS))
    assert stage.last(AmendAttempt).attempt == attempt


def test_a_word_given_while_talking_ends_the_wrap_up_before_it_begins() -> None:
    stage = Stage().opens()
    attempt = talking(stage)
    stage.tell(Dispose(ref="r", agent="1001", attempt=None, disposition=Disposition.REFUSED))
    assert outcome_of(stage) is Outcome.REFUSED
    stage.tell(Dispose(ref="s", agent="1001", attempt=None, disposition=Disposition.SUCCESS))
    assert stage.last(Reply).code is ReplyCode.ALREADY_DISPOSED
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert state_of(stage) is State.IDLE
    assert stage.last(NoteProgress).ended_at is not None


def test_an_appointment_needs_a_time_that_is_to_come() -> None:  # R4
    stage = Stage().opens()
    talking(stage)
    word = Dispose(ref="r", agent="1001", attempt=None, disposition=Disposition.APPOINTMENT)
    stage.tell(word)
    assert stage.last(Reply).code is ReplyCode.APPOINTMENT_NEEDS_TIME
    stage.tell(
        Dispose(
            ref="r",
            agent="1001",
            attempt=None,
            disposition=Disposition.APPOINTMENT,
            appointment_at=START.replace(year=2025),
        )
    )
    assert stage.last(Reply).code is ReplyCode.APPOINTMENT_IN_PAST
    assert not stage.wanted(EndAttempt)


def test_a_break_asked_for_while_talking_begins_after_the_wrap_up() -> None:
    stage = Stage().opens()
    attempt = talking(stage)
    stage.tell(PauseAgent(ref="p", agent="1001", reason="lunch"))
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.tell(Dispose(ref="r", agent="1001", attempt=None, disposition=Disposition.SUCCESS))
    assert stage.last(PauseMember).reason == "lunch"
    claims = len(stage.wanted(ClaimContacts))
    stage.passes(5)
    assert len(stage.wanted(ClaimContacts)) == claims
    stage.tell(PauseAgent(ref="p", agent="1001", reason=None))
    assert stage.last(PauseMember).reason is None


def test_a_claim_that_the_database_refuses_frees_the_agent_and_is_tried_again() -> None:
    stage = Stage().opens()
    stage.passes(7)
    stage.tell(StoreFailed(ref=stage.last(ClaimContacts).ref, text="locked"))
    assert state_of(stage) is State.IDLE
    claims = len(stage.wanted(ClaimContacts))
    stage.passes(0.8)
    assert len(stage.wanted(ClaimContacts)) == claims
    stage.passes(0.5)
    assert len(stage.wanted(ClaimContacts)) == claims + 1


def test_a_second_judgement_that_the_database_refuses_sends_nothing() -> None:
    stage = Stage().opens()
    stage.passes(7)
    (attempt,) = stage.answers_claim(found=1)
    stage.reserves(attempt)
    stage.tell(StoreFailed(ref=attempt, text="disk full"))
    assert not stage.wanted(Originate)
    assert outcome_of(stage) is Outcome.NOT_SENT
    assert stage.last(EndAttempt).note == NotSent.STORE


def test_a_lost_link_sends_nothing_more_and_the_survey_settles_what_was_missed() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    stage.tell(LinkDown(reason="reset"))
    claims = len(stage.wanted(ClaimContacts))
    stage.passes(3)
    assert len(stage.wanted(ClaimContacts)) == claims
    stage.tell(LinkUp(version="22"))
    assert stage.wanted(Survey)
    stage.survey(calls={})
    assert outcome_of(stage) is Outcome.LOST
    assert len(stage.wanted(Originate)) == 1, "never sent anew"


def test_a_call_that_outlives_the_lost_link_goes_on() -> None:
    stage = Stage().opens()
    attempt = talking(stage)
    stage.tell(LinkDown(reason="reset"))
    stage.tell(LinkUp(version="22"))
    stage.survey(calls={attempt: True})
    assert state_of(stage) is State.TALKING
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert state_of(stage) is State.WRAP_UP


def test_what_an_earlier_run_left_is_taken_over_or_ended_before_anything_is_dialed() -> None:
    stage = Stage()
    left = {
        "01h00000000000000000000dead": (None, Outcome.LOST),
        "01h0000000000000000000spoke": (START, Outcome.UNDISPOSED),
        "01h0000000000000000000alive": (START, None),
    }
    stage.tell(
        Unfinished(
            attempts=tuple(
                UnfinishedAttempt(
                    attempt=attempt,
                    campaign_id=1,
                    contact_id=1,
                    e164="+862100000001",
                    zone=None,
                    agent="1001",
                    answered_at=bridged,
                    bridged_at=bridged,
                    ended_at=None,
                )
                for attempt, (bridged, _) in left.items()
            )
        )
    )
    stage.load()
    stage.tell(LinkUp(version="22"))
    stage.passes(1)
    assert not stage.wanted(ClaimContacts)
    stage.tell(SwitchSurveyed(agents={}, paused={}, calls={"01h0000000000000000000alive": True}))
    stage.passes(stage.campaign.wrap_up_s + 1)  # who spoke may still say what came of it
    ended = {end.attempt: end.outcome for end in stage.wanted(EndAttempt)}
    assert ended == {attempt: end for attempt, (_, end) in left.items() if end}
    assert stage.engine.board.get("01h0000000000000000000alive") is not None


def test_stopping_takes_back_what_is_not_sent_and_waits_for_living_calls() -> None:
    stage = Stage(agents=2).opens()
    attempt = talking(stage)
    stage.tell(StopEngine(grace_s=30))
    stage.passes(29)
    assert not stage.wanted(Stopped)
    assert not stage.wanted(HangUp)
    stage.passes(1.2)
    assert stage.last(HangUp).call == attempt
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert outcome_of(stage) is Outcome.STOPPED
    assert len(stage.wanted(Stopped)) == 1


def test_at_the_end_who_is_held_back_by_us_alone_goes_back_to_the_queues() -> None:
    stage = Stage(agents=3).opens()
    slots = {agent.agent: agent.slot for agent in stage.engine.floor}
    stage.tell(PauseAgent(ref="c", agent="1002", reason="lunch"))
    stage.tell(AgentLoggedOut(slot=slots["1003"] or ""))
    assert state_of(stage) is State.READYING, "in the pause of the login, which is ours"
    _what_they_did, *farewell, end = stage.tell(StopEngine(grace_s=30))
    assert isinstance(end, Stopped)
    back = [effect for effect in farewell if isinstance(effect, PauseMember)]
    assert back == [PauseMember(slot=slots["1001"] or "", reason=None)]


def test_our_own_failures_open_the_breaker_and_do_not_stop_the_engine() -> None:
    stage = Stage().opens()
    for _ in range(5):
        attempt = stage.places()
        stage.tell(CallOriginated(call=attempt, success=False, reason=0))
        stage.tell(CallHungUp(call=attempt, cause=0))
    claims = len(stage.wanted(ClaimContacts))
    stage.passes(4)
    assert len(stage.wanted(ClaimContacts)) == claims
    stage.passes(2)
    assert len(stage.wanted(ClaimContacts)) == claims + 1


def test_a_trunk_that_never_rings_is_suspected_after_three_calls() -> None:
    stage = Stage().opens()
    for _ in range(4):
        attempt = stage.places()
        stage.tell(CallOriginated(call=attempt, success=False, reason=3))
        stage.tell(CallHungUp(call=attempt, cause=19))
    outcomes = [end.outcome for end in stage.wanted(EndAttempt)]
    assert outcomes == [Outcome.NO_ANSWER] * 3 + [Outcome.FAILED]


def test_a_customer_alone_in_the_bridge_is_not_talking_yet() -> None:  # I4
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt, bridge="b", channels=1))
    assert state_of(stage) is State.RESERVED
    assert stage.tell(CallBridged(call="labphone", bridge="another", channels=2)) == []
    stage.tell(CallBridged(call="labphone", bridge="b", channels=2))
    assert state_of(stage) is State.TALKING


def test_a_customer_who_stays_alone_in_the_bridge_hears_the_message_in_time() -> None:  # I4
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt, bridge="b", channels=1))
    assert PlayUnserved(call=attempt) in stage.passes(1.9)
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert outcome_of(stage) is Outcome.ABANDONED


def test_a_customer_who_hears_the_message_was_not_talking_whatever_we_believed() -> None:  # I4
    stage = Stage().opens()
    attempt = talking(stage)
    stage.tell(CallUnserved(call=attempt))
    assert state_of(stage) is State.READYING
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert outcome_of(stage) is Outcome.ABANDONED


def test_doubled_and_late_events_change_nothing() -> None:
    stage = Stage().opens()
    attempt = talking(stage)
    ended = CallHungUp(call=attempt, cause=16)
    for _ in range(3):
        stage.tell(CallAnswered(call=attempt))
        stage.tell(CallBridged(call=attempt))
        stage.tell(ended)
    stage.tell(Dispose(ref="r", agent="1001", attempt=None, disposition=Disposition.SUCCESS))
    for _ in range(2):
        stage.tell(ended)
    assert outcome_of(stage) is Outcome.SUCCESS


def test_news_during_a_survey_are_newer_than_the_survey() -> None:
    stage = Stage(agents=3)
    stage.tell(Unfinished(attempts=()))
    stage.load()
    stage.tell(LinkUp(version="22"))
    stage.logs_in("1001")
    left = stage.logs_in("1002")
    stage.tell(AgentLoggedOut(slot=left))
    stage.survey(seated=[left])
    assert state_of(stage, "1001") is State.READYING, "logged in after the switch was asked"
    assert state_of(stage, "1002") is State.AWAY, "left after the switch was asked"


def test_a_call_that_ended_during_the_survey_is_not_taken_over() -> None:
    stage = Stage()
    attempt = "01h0000000000000000000spoke"
    stage.tell(
        Unfinished(
            attempts=(
                UnfinishedAttempt(
                    attempt=attempt,
                    campaign_id=1,
                    contact_id=1,
                    e164="+862100000001",
                    zone=None,
                    agent="1001",
                    answered_at=START,
                    bridged_at=START,
                    ended_at=None,
                ),
            )
        )
    )
    stage.load()
    stage.tell(LinkUp(version="22"))
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.survey(calls={attempt: True})
    stage.passes(stage.campaign.wrap_up_s + 1)
    assert outcome_of(stage) is Outcome.UNDISPOSED


def test_a_person_on_the_line_is_not_called_by_another_campaign() -> None:  # I1
    stage = Stage().opens()
    attempt = stage.places()
    call = stage.engine.board.get(attempt)
    assert call is not None
    stage.logins.append("1002")
    stage.load()
    stage.logs_in("1002")
    stage.passes(7)
    assert len(stage.wanted(ClaimContacts)) == 2, "a claim that is still to be answered"
    asked = stage.last(ClaimContacts)
    again = Claim(attempt="01h000000000000000000again", campaign_id=2, contact_id=9, e164=call.e164)
    stage.tell(Claimed(ref=asked.ref, campaign_id=1, claims=(again,), next_due_at=None))
    assert stage.wanted(ReleaseClaim) == [ReleaseClaim(attempt=again.attempt, why=NotSent.IN_CALL)]
    assert [one.attempt for one in stage.engine.board] == [attempt]
    assert state_of(stage, "1002") is State.IDLE


def test_an_agent_is_left_to_each_caller_who_waits() -> None:  # R17
    stage = Stage(agents=3).opens()
    stage.tell(QueueJoined(call="in-1", queue=QUEUE, caller_number=""))
    stage.tell(QueueJoined(call="in-2", queue=QUEUE, caller_number=""))
    stage.passes(7)
    assert stage.last(ClaimContacts).count == 1
    stage.tell(QueueConnected(call="in-1", queue=QUEUE, member="1001"))
    stage.tell(QueueLeft(call="in-1", queue=QUEUE))
    stage.tell(QueueAbandoned(call="in-2", queue=QUEUE))
    stage.tell(QueueLeft(call="in-2", queue=QUEUE))
    stage.passes(0.2)
    assert len(stage.wanted(ClaimContacts)) == 2, "the caller is gone, so its agent may dial"


def test_a_word_for_the_call_before_does_not_fall_on_the_next_customer() -> None:
    stage = Stage().opens()
    earlier = talking(stage)
    stage.tell(CallHungUp(call=earlier, cause=16))
    stage.passes(20.2)
    (attempt,) = stage.answers_claim(found=1)
    stage.reserves(attempt)
    stage.judges(attempt)
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    refused = Dispose(ref="r", agent="1001", attempt=None, disposition=Disposition.REFUSED)
    stage.tell(refused)
    reply = stage.last(Reply)
    assert (reply.code, reply.facts) == (
        ReplyCode.WHICH_CALL,
        {"earlier": earlier, "current": attempt},
    )
    assert [end.outcome for end in stage.wanted(EndAttempt)] == [Outcome.UNDISPOSED]
    stage.tell(replace(refused, attempt=earlier))
    assert stage.last(AmendAttempt).attempt == earlier


def test_one_agent_does_not_speak_for_another() -> None:
    stage = Stage(agents=2).opens()
    attempt = talking(stage)
    call = stage.engine.board.get(attempt)
    assert call is not None
    other = next(login for login in stage.logins if login != call.agent)
    stage.tell(Dispose(ref="r", agent=other, attempt=attempt, disposition=Disposition.SUCCESS))
    assert stage.last(Reply).code is ReplyCode.NO_CALL_TO_DISPOSE


def test_a_talk_that_a_slow_link_tells_late_is_a_talk() -> None:  # I4
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.passes(2)
    assert stage.last(PlayUnserved).call == attempt
    stage.tell(CallBridged(call=attempt))  # so says whoever was to play the message
    assert state_of(stage) is State.TALKING
    stage.passes(60)
    assert not stage.wanted(HangUp)


def test_an_agent_whose_phone_fails_in_the_talk_still_says_what_came_of_it() -> None:
    stage = Stage().opens()
    attempt = talking(stage)
    stage.passes(120)
    stage.tell(AgentLoggedOut(slot="7001"))
    stage.tell(CallUnserved(call=attempt))  # the customer hears the message, after a talk
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.disposes("1001")
    assert outcome_of(stage) is Outcome.SUCCESS
