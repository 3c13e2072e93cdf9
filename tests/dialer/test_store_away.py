"""A database that is slow or away: no new calls, nobody waits for it, living calls are served."""

from __future__ import annotations

import pytest

from campaigns.judge import Code, Verdict
from campaigns.outcomes import Disposition, NotSent, Outcome
from dialer import picture
from dialer.agents import State
from dialer.effects import ClaimContacts, EndAttempt, Originate, PlayUnserved, ReleaseClaim, Stopped
from dialer.messages import (
    Claim,
    Claimed,
    Dispose,
    SentJudged,
    StopEngine,
    StoreFailed,
    StoreHealth,
)
from dialer.pacing import Limit
from dialer.placing import CLAIM_PATIENCE_S, JUDGING_PATIENCE_S
from dialer.switch_events import CallAnswered, CallBridged, CallHungUp
from tests.dialer.stage import YES, Stage, state_of

AWAY = StoreHealth(ok=False, text="a write has had no answer for 1.6 s")
NO = Verdict(code=Code.DO_NOT_CALL)


def claims(stage: Stage) -> int:
    return len(stage.wanted(ClaimContacts))


def judging(stage: Stage) -> str:
    """One call waits for its second judgement."""
    stage.passes(7)
    (attempt,) = stage.answers_claim(found=1)
    stage.reserves(attempt)
    return attempt


# ── claims ───────────────────────────────────────────────────────────────────────────────


def test_claims_stop_at_once_and_go_on_by_themselves() -> None:
    stage = Stage().opens()
    stage.tell(AWAY)
    stage.passes(30)
    assert claims(stage) == 0
    (desk,) = stage.engine.desks
    assert desk.limit is Limit.STORE

    stage.tell(StoreHealth(ok=True))
    stage.passes(0.2)
    assert claims(stage) == 1


def test_those_who_watch_are_told_why() -> None:
    stage = Stage().opens()
    stage.passes(7)
    stage.tell(AWAY)
    stage.passes(0.1)
    shown = picture.take(stage.engine, stage.now, site="s", zone="Asia/Shanghai", set_aside=2)
    assert shown.store_fault == AWAY.text
    assert shown.set_aside == 2
    (desk,) = stage.engine.desks
    assert not stage.engine.facts(desk, stage.now).store_ok


def test_agents_are_not_kept_for_contacts_that_do_not_come() -> None:
    stage = Stage(agents=3).opens()
    stage.passes(6.1)
    assert claims(stage) == 1
    stage.passes(CLAIM_PATIENCE_S - 0.2)
    assert {state_of(stage, login) for login in stage.logins} == {State.RESERVED}
    stage.tell(AWAY)
    stage.passes(0.3)
    assert {state_of(stage, login) for login in stage.logins} == {State.IDLE}


def test_contacts_that_come_too_late_are_given_back() -> None:
    stage = Stage().opens()
    stage.passes(7)
    asked = stage.last(ClaimContacts)
    stage.tell(AWAY)
    stage.passes(CLAIM_PATIENCE_S)
    late = Claim(attempt="0" * 26, campaign_id=1, contact_id=9, e164="+862100000009")
    stage.tell(Claimed(ref=asked.ref, campaign_id=1, claims=(late,), next_due_at=None))
    assert stage.wanted(ReleaseClaim) == [ReleaseClaim(attempt=late.attempt, why=NotSent.STORE)]
    stage.passes(30)
    assert not stage.wanted(Originate)


def test_an_agent_who_is_reserved_while_the_database_goes_away_is_let_go() -> None:
    stage = Stage().opens()
    stage.passes(7)
    (attempt,) = stage.answers_claim(found=1)
    stage.tell(AWAY)
    stage.reserves(attempt)
    assert state_of(stage) is State.IDLE
    assert stage.wanted(ReleaseClaim) == [ReleaseClaim(attempt=attempt, why=NotSent.STORE)]


# ── the second judgement ─────────────────────────────────────────────────────────────────


def test_the_agent_does_not_wait_for_a_judgement_that_takes_too_long() -> None:
    stage = Stage().opens()
    judging(stage)
    stage.tell(AWAY)
    stage.passes(JUDGING_PATIENCE_S - 0.2)
    assert state_of(stage) is State.RESERVED
    stage.passes(0.3)
    assert state_of(stage) is State.IDLE


def test_a_yes_that_comes_too_late_is_not_dialed_and_not_counted() -> None:  # I3
    stage = Stage().opens()
    attempt = judging(stage)
    stage.tell(AWAY)
    stage.passes(JUDGING_PATIENCE_S + 0.1)
    stage.tell(SentJudged(attempt=attempt, verdict=YES))
    stage.passes(1)
    assert not stage.wanted(Originate)
    ends = [(end.attempt, end.outcome) for end in stage.wanted(EndAttempt)]
    assert ends == [(attempt, Outcome.NOT_SENT)]


@pytest.mark.parametrize("late", ["no", "failed"])
def test_a_late_no_and_a_late_failure_leave_nothing_open(late: str) -> None:
    stage = Stage().opens()
    attempt = judging(stage)
    stage.tell(AWAY)
    stage.passes(JUDGING_PATIENCE_S + 0.1)
    if late == "no":
        stage.tell(SentJudged(attempt=attempt, verdict=NO))
        assert not stage.wanted(EndAttempt)
    else:
        stage.tell(StoreFailed(ref=attempt, text="locked"))
        assert stage.last(EndAttempt).outcome is Outcome.NOT_SENT
    stage.tell(StopEngine(grace_s=0))
    assert stage.wanted(Stopped)


def test_a_stop_waits_for_a_late_judgement_so_that_it_is_not_taken_for_a_call() -> None:
    stage = Stage().opens()
    attempt = judging(stage)
    stage.tell(AWAY)
    stage.passes(JUDGING_PATIENCE_S + 0.1)
    stage.tell(StopEngine(grace_s=0))
    assert not stage.wanted(Stopped)
    stage.tell(SentJudged(attempt=attempt, verdict=YES))
    assert stage.last(EndAttempt).outcome is Outcome.NOT_SENT
    assert stage.wanted(Stopped)


def test_a_late_no_does_not_take_the_agent_from_another_call() -> None:
    stage = Stage().opens()
    first = judging(stage)
    stage.passes(JUDGING_PATIENCE_S + 0.2)
    (second,) = stage.answers_claim(found=1)
    stage.reserves(second)
    stage.tell(SentJudged(attempt=first, verdict=NO))
    assert state_of(stage) is State.RESERVED
    stage.judges(second)
    assert stage.last(Originate).attempt == second


# ── living calls ─────────────────────────────────────────────────────────────────────────


def test_a_living_call_is_served_to_its_end_and_the_agents_word_is_taken() -> None:  # I4
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(AWAY)
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    assert state_of(stage) is State.TALKING
    stage.passes(30)
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert state_of(stage) is State.WRAP_UP
    stage.tell(
        Dispose(ref="command:1", agent="1001", attempt=None, disposition=Disposition.SUCCESS)
    )
    assert stage.last(EndAttempt).reply == "command:1"
    assert state_of(stage) is State.IDLE


def test_who_answers_and_finds_nobody_hears_the_message_in_time_and_wrap_ups_end() -> None:  # I4
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(AWAY)
    stage.tell(CallAnswered(call=attempt))
    stage.passes(1.8)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=attempt)]

    other = Stage().opens()
    second = other.places()
    other.tell(AWAY)
    other.tell(CallBridged(call=second))
    other.tell(CallHungUp(call=second, cause=16))
    other.passes(21)
    assert state_of(other) is State.IDLE
    assert other.last(EndAttempt).outcome is Outcome.UNDISPOSED
