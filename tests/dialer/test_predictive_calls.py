"""A predictive call: nobody is kept for it, and whoever is free takes who answers."""

from __future__ import annotations

from dataclasses import replace

from campaigns.outcomes import Disposition, NotSent, Outcome
from dialer.agents import State
from dialer.calls import CallState
from dialer.effects import (
    ClaimContacts,
    Connect,
    EndAttempt,
    MarkSent,
    NoteProgress,
    Originate,
    PauseMember,
    PlayUnserved,
    ReleaseClaim,
)
from dialer.messages import PauseAgent
from dialer.switch_events import (
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallOriginated,
    CallScreenedOut,
    CallUnserved,
    CallWaiting,
    QueueConnected,
    QueueJoined,
)
from tests.dialer.predictive_stage import PREDICTIVE, PredictiveStage
from tests.dialer.stage import state_of


def test_nobody_is_kept_for_a_call_before_it_is_answered() -> None:
    stage = PredictiveStage(2).ready()
    (attempt,) = stage.dials(1)

    placed = stage.last(Originate)
    assert (placed.attempt, placed.slot, placed.screened) == (attempt, "", False)
    assert stage.last(MarkSent).agent == ""
    assert {state_of(stage, login) for login in stage.logins} == {State.IDLE}
    assert not [one for one in stage.wanted(PauseMember) if one.reason == "reserved"]


def test_who_answers_goes_to_whoever_is_free_for_longest() -> None:
    stage = PredictiveStage(2).ready()
    first, second = stage.dials(2)
    stage.tell(PauseAgent(ref="command:1", agent="1001", reason="lunch"))
    stage.passes(1)
    stage.tell(PauseAgent(ref="command:2", agent="1001", reason=None))
    stage.passes(1)

    stage.answers(first)
    assert stage.connected() == [(first, stage.slot_of("1002"))]
    assert state_of(stage, "1002") is State.RESERVED
    stage.answers(second)
    assert stage.connected()[1:] == [(second, stage.slot_of("1001"))]


def test_the_talk_is_the_agents_and_the_database_is_told_whose() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.talks(attempt)

    bridged = [one for one in stage.wanted(NoteProgress) if one.bridged_at]
    assert [(one.attempt, one.agent) for one in bridged] == [(attempt, "1001")]
    assert state_of(stage) is State.TALKING
    stage.passes(30)
    stage.hangs_up(attempt)
    assert state_of(stage) is State.WRAP_UP
    stage.disposes("1001")
    assert stage.outcomes([attempt]) == [Outcome.SUCCESS]
    assert state_of(stage) is State.IDLE
    stage.passes(0.1)
    assert stage.counted() == (1, 0)


def test_with_nobody_free_the_message_plays_before_two_seconds_and_it_counts_as_abandoned() -> None:
    stage = PredictiveStage(1).ready()
    served, alone = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.answers(alone)

    stage.passes(1.6)
    assert not stage.wanted(PlayUnserved)
    stage.passes(0.1)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=alone)]
    stage.tell(CallUnserved(call=alone))
    stage.hangs_up(alone)
    stage.passes(0.1)
    assert stage.outcomes([alone]) == [Outcome.ABANDONED]
    assert stage.counted() == (2, 1)


def test_an_agent_who_becomes_free_in_time_gets_the_person_who_waits() -> None:
    stage = PredictiveStage(1).ready()
    served, waiting = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.answers(waiting)
    stage.passes(1)
    stage.hangs_up(served)
    stage.disposes("1001")

    assert stage.connected()[-1] == (waiting, "7001")
    stage.talks(waiting)
    stage.passes(2)
    assert not stage.wanted(PlayUnserved)
    assert stage.counted() == (2, 0)


def test_an_agent_who_is_free_too_late_is_not_given_who_hears_the_message() -> None:
    stage = PredictiveStage(1).ready()
    served, late = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.answers(late)
    stage.passes(1.6)
    stage.now = replace(stage.now, mono=stage.now.mono + 0.15)  # no tick has come since

    stage.hangs_up(served)
    stage.disposes("1001")
    assert stage.connected() == [(served, "7001")]
    stage.passes(0.1)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=late)]


def test_who_is_put_through_at_the_last_moment_is_not_torn_away_from_the_agent() -> None:
    stage = PredictiveStage(1).ready()
    served, waiting = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.answers(waiting)
    stage.passes(1.6)
    stage.hangs_up(served)
    stage.disposes("1001")
    assert stage.connected()[-1] == (waiting, "7001")

    stage.passes(0.1)
    assert not stage.wanted(PlayUnserved)
    stage.talks(waiting)
    stage.passes(1)
    assert not stage.wanted(PlayUnserved)


def test_who_is_taken_out_of_the_message_by_the_agents_name_talks_to_the_agent() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.tell(CallUnserved(call=attempt))  # the switch lagged: its own clock was quicker
    stage.talks(attempt)

    assert stage.call(attempt).state is CallState.TALKING
    assert state_of(stage) is State.TALKING
    stage.passes(60)
    assert stage.call(attempt).state is CallState.TALKING, "nobody is hung up in the talk"


def test_where_the_agents_name_does_not_take_them_out_the_message_plays_on() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.tell(CallUnserved(call=attempt))
    stage.passes(2)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=attempt)]
    assert stage.call(attempt).state is CallState.UNSERVED
    stage.hangs_up(attempt)
    assert stage.outcomes([attempt]) == [Outcome.ABANDONED]
    stage.passes(7)
    assert state_of(stage) is State.IDLE


def test_nobody_waits_for_an_agent_who_was_named_late_beyond_two_seconds() -> None:
    stage = PredictiveStage(1).ready()
    served, waiting = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.answers(waiting)
    stage.passes(1.6)
    stage.hangs_up(served)
    stage.disposes("1001")

    stage.passes(0.4)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=waiting)]


def test_of_two_who_wait_the_first_is_served_first() -> None:
    stage = PredictiveStage(1).ready()
    served, first, second = stage.dials(3)
    stage.answers(served)
    stage.talks(served)
    stage.answers(first)
    stage.passes(0.5)
    stage.answers(second)
    stage.hangs_up(served)
    stage.disposes("1001")
    assert stage.connected()[1:] == [(first, "7001")]


def test_an_agent_who_could_not_be_had_is_replaced_and_not_trusted_before_readiness() -> None:
    stage = PredictiveStage(2).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    ((_, named),) = stage.connected()
    stage.tell(CallWaiting(call=attempt, tried=named))

    (_, (_, other)) = stage.connected()
    assert other != named
    failed = stage.engine.floor.by_slot(named)
    assert failed is not None
    assert failed.state is State.READYING
    stage.talks(attempt)
    stage.passes(7)
    assert state_of(stage, failed.agent) is State.IDLE
    assert stage.call(attempt).state is CallState.TALKING


def test_such_an_agent_is_none_who_leaves() -> None:
    stage = PredictiveStage(2).ready()
    (attempt,) = stage.dials(1)
    before = stage.pace().pacer._leavers  # noqa: SLF001  shown nowhere
    stage.answers(attempt)
    ((_, named),) = stage.connected()
    stage.tell(CallWaiting(call=attempt, tried=named))
    stage.passes(0.1)
    assert stage.pace().pacer._leavers == before  # noqa: SLF001  same


def test_who_comes_back_from_such_an_agent_is_still_the_first() -> None:
    stage = PredictiveStage(1).ready()
    first, second = stage.dials(2)
    stage.answers(first)
    stage.passes(0.3)
    stage.answers(second)
    stage.tell(CallWaiting(call=first, tried="7001"))
    assert list(stage.connected()) == [(first, "7001")]

    slot = stage.logs_in_ready("1002")
    assert stage.connected()[1:] == [(first, slot)]


def test_a_phone_that_fails_in_the_very_instant_leaves_nobody_in_silence() -> None:
    # On its way out the phone passes through the customer's bridge.
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.talks(attempt)
    stage.passes(0.1)
    stage.tell(CallWaiting(call=attempt, tried="7001"))
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=attempt)]
    stage.hangs_up(attempt)
    assert stage.outcomes([attempt]) == [Outcome.ABANDONED]


def test_a_talk_that_an_agent_ends_at_once_with_a_word_is_none_that_was_abandoned() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.talks(attempt)
    stage.passes(1)
    stage.disposes("1001", Disposition.MACHINE)
    stage.tell(CallWaiting(call=attempt, tried="7001"))
    stage.passes(2)
    stage.tell(CallUnserved(call=attempt))
    stage.hangs_up(attempt)
    ends = [one.outcome for one in stage.wanted(EndAttempt)]
    assert ends == [Outcome.MACHINE]
    assert not stage.wanted(PlayUnserved)
    assert state_of(stage) is State.IDLE


def test_the_word_that_follows_a_talk_is_no_person_who_waits() -> None:
    # Asterisk goes on in the dialplan where the agent hangs up.
    stage = PredictiveStage(2).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.talks(attempt)
    stage.passes(30)
    ((_, named),) = stage.connected()
    stage.tell(CallWaiting(call=attempt, tried=named))
    stage.passes(1.8)
    stage.tell(CallUnserved(call=attempt))
    stage.hangs_up(attempt)
    assert len(stage.connected()) == 1
    assert stage.call(attempt).state is CallState.WRAP_UP


def test_a_named_agent_who_gets_an_inbound_call_in_that_instant_is_replaced() -> None:
    stage = PredictiveStage(2).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    ((_, slot),) = stage.connected()
    named = stage.engine.floor.by_slot(slot)
    assert named is not None
    stage.tell(QueueConnected(call="in-1", queue="waihu-inbound", member=named.agent))
    assert state_of(stage, named.agent) is State.TALKING
    assert len(stage.connected()) == 1

    stage.tell(CallWaiting(call=attempt, tried=slot))
    assert len(stage.connected()) == 2
    assert stage.connected()[1][1] != slot
    assert state_of(stage, named.agent) is State.TALKING


def test_a_named_agent_who_logs_out_is_replaced() -> None:
    stage = PredictiveStage(2).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    ((_, slot),) = stage.connected()
    stage.tell(AgentLoggedOut(slot=slot))
    assert not stage.wanted(PlayUnserved)

    stage.tell(CallWaiting(call=attempt, tried=slot))
    assert len(stage.connected()) == 2
    assert stage.connected()[1][1] != slot


def test_where_the_last_agent_logs_out_the_message_plays_in_time() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.tell(AgentLoggedOut(slot="7001"))
    stage.tell(CallWaiting(call=attempt, tried="7001"))
    stage.passes(2)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=attempt)]


def test_a_word_that_is_heard_twice_names_nobody_else() -> None:
    stage = PredictiveStage(3).ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.tell(CallWaiting(call=attempt))
    ((_, named),) = stage.connected()

    stage.tell(CallWaiting(call=attempt, tried=named))
    stage.tell(CallWaiting(call=attempt, tried=named))
    stage.tell(CallOriginated(call=attempt, success=True, reason=4))
    assert len(stage.connected()) == 2


def test_who_waits_and_hangs_up_is_given_to_nobody_and_counts() -> None:
    stage = PredictiveStage(1).ready()
    served, gone = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.answers(gone)
    stage.hangs_up(gone)
    stage.hangs_up(served)
    stage.disposes("1001")
    stage.passes(0.1)
    assert stage.connected() == [(served, "7001")]
    assert stage.outcomes([gone]) == [Outcome.ABANDONED]
    assert state_of(stage) is State.IDLE
    assert stage.counted() == (2, 1)


def test_callers_who_wait_inbound_come_first() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    stage.tell(QueueJoined(call="in-1", queue="waihu-callback", caller_number=""))
    stage.answers(attempt)
    assert not stage.wanted(Connect)
    stage.tell(QueueConnected(call="in-1", queue="waihu-callback", member="1001"))
    stage.passes(2)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=attempt)]


def test_who_was_promised_an_agent_has_that_one_kept_who_is_no_agent_for_others() -> None:
    stage = PredictiveStage(2).ready()
    assert stage.last(ClaimContacts).agents == ("1001", "1002")
    attempts = stage.answers_claim(found=2, only="1002")

    other, promised = attempts
    assert stage.call(promised).agent == "1002"
    assert stage.call(promised).reserved
    assert not stage.call(other).reserved
    assert state_of(stage, "1002") is State.RESERVED
    stage.passes(0.1)
    assert stage.pace().notes[-1].why.free == 1

    stage.reserves(promised)
    stage.judges(promised)
    assert stage.last(Originate).slot == stage.slot_of("1002")
    stage.judges(other)
    stage.tell(CallAnswered(call=promised))
    stage.answers(other)
    assert stage.connected() == [(other, stage.slot_of("1001"))]


def test_a_promise_whose_agent_is_taken_meanwhile_is_given_back() -> None:
    stage = PredictiveStage(2).ready()
    stage.tell(PauseAgent(ref="command:1", agent="1002", reason="lunch"))
    (attempt,) = stage.answers_claim(found=1, only="1002")
    assert stage.wanted(ReleaseClaim) == [ReleaseClaim(attempt=attempt, why=NotSent.SWITCH)]


def test_an_answer_after_our_own_hang_up_hears_the_message() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    stage.engine.board.mark_stopping(stage.call(attempt))
    stage.answers(attempt)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=attempt)]
    assert not stage.wanted(Connect)


# ── person or machine ────────────────────────────────────────────────────────────────────


def screened() -> PredictiveStage:
    amd = replace(PREDICTIVE.pacing, amd=True)
    return PredictiveStage(1, replace(PREDICTIVE, pacing=amd)).ready()


def test_a_machine_ends_as_machine_and_no_agent_hears_of_it() -> None:
    stage = screened()
    (attempt,) = stage.dials(1)
    assert stage.last(Originate).screened
    stage.tell(CallAnswered(call=attempt))
    stage.passes(2)
    stage.tell(CallScreenedOut(call=attempt))
    assert stage.outcomes([attempt]) == [Outcome.MACHINE]
    assert not stage.wanted(Connect)
    stage.hangs_up(attempt)
    stage.passes(0.1)
    assert stage.counted() == (0, 0)


def test_who_hangs_up_before_the_verdict_is_a_person_for_the_file_and_for_the_pacer() -> None:
    stage = screened()
    (attempt,) = stage.dials(1)
    stage.tell(CallAnswered(call=attempt))
    stage.passes(1)
    stage.hangs_up(attempt)
    stage.passes(0.1)
    assert stage.outcomes([attempt]) == [Outcome.ABANDONED]
    assert stage.counted() == (1, 1)


def test_a_persons_time_begins_with_the_verdict() -> None:
    stage = screened()
    served, alone = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.tell(CallAnswered(call=alone))
    stage.passes(2.4)
    assert not stage.wanted(PlayUnserved)
    stage.tell(CallWaiting(call=alone))
    stage.passes(1.6)
    assert not stage.wanted(PlayUnserved)
    stage.passes(0.2)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=alone)]


def test_without_a_verdict_the_message_plays() -> None:
    stage = screened()
    (attempt,) = stage.dials(1)
    stage.tell(CallAnswered(call=attempt))
    stage.passes(6.1)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=attempt)]
    for late in (CallScreenedOut(call=attempt), CallWaiting(call=attempt)):
        stage.tell(late)
    assert not stage.wanted(Connect)
    stage.hangs_up(attempt)
    assert stage.outcomes([attempt]) == [Outcome.ABANDONED]


def test_the_bridge_tells_of_the_agent_where_the_words_before_were_lost() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    stage.tell(CallWaiting(call=attempt))
    stage.tell(CallBridged(call=attempt))
    assert stage.call(attempt).state is CallState.TALKING
    assert state_of(stage) is State.TALKING
