"""The end of a wrap-up in the agent's own word, and to whom an appointment is promised (R4)."""

from __future__ import annotations

from datetime import timedelta

from campaigns.outcomes import Disposition
from dialer.agents import State
from dialer.effects import EndAttempt, Reply, ReplyCode
from dialer.messages import Dispose, FinishWrapUp
from dialer.switch_events import CallHungUp, QueueConnected
from tests.dialer.stage import Stage, state_of
from tests.dialer.test_one_call import talking

INBOUND = "1700000000.9"


def test_who_is_done_with_a_call_that_came_in_is_ready_at_once() -> None:
    stage = Stage().opens()
    stage.logs_in("1001")
    stage.passes(7)
    stage.tell(QueueConnected(call=INBOUND, queue="waihu-callback", member="1001"))
    stage.tell(FinishWrapUp(ref="early", agent="1001"))
    assert state_of(stage) is State.TALKING, "a talk is not ended by it"
    stage.tell(CallHungUp(call=INBOUND, cause=16))
    assert state_of(stage) is State.WRAP_UP
    stage.tell(FinishWrapUp(ref="done", agent="1001"))
    assert stage.last(Reply) == Reply(ref="done", code=ReplyCode.OK)
    assert state_of(stage) is State.IDLE


def test_who_owes_the_word_for_a_call_of_ours_gives_it_first() -> None:
    stage = Stage().opens()
    attempt = talking(stage)
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.tell(FinishWrapUp(ref="done", agent="1001"))
    assert stage.last(Reply) == Reply(ref="done", code=ReplyCode.WORD_OWED)
    assert state_of(stage) is State.WRAP_UP
    stage.tell(FinishWrapUp(ref="who", agent="9"))
    assert stage.last(Reply) == Reply(ref="who", code=ReplyCode.UNKNOWN_AGENT)


def test_an_appointment_may_be_promised_to_one_agent_alone() -> None:
    stage = Stage().opens()
    attempt = talking(stage)
    at = stage.now.utc + timedelta(hours=1)
    word = Dispose(
        ref="r",
        agent="1001",
        attempt=attempt,
        disposition=Disposition.APPOINTMENT,
        appointment_at=at,
        appointment_agent="1001",
    )
    stage.tell(word)
    assert stage.last(EndAttempt).appointment_agent == "1001"
