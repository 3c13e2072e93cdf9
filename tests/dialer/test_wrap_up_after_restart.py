"""A wrap-up outlives the engine: the agent has what is left of the time, and the word is taken."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns.outcomes import Outcome
from dialer.agents import State
from dialer.effects import EndAttempt, Originate, PauseMember
from dialer.messages import Unfinished, UnfinishedAttempt
from dialer.switch_events import LinkUp
from tests.dialer.stage import START, Stage, state_of

LEFT = "01h0000000000000000000a11v"
TALKS = "01h0000000000000000000ta1k"


def left(attempt: str, ended_at: datetime | None) -> UnfinishedAttempt:
    return UnfinishedAttempt(
        attempt=attempt,
        campaign_id=1,
        contact_id=1,
        e164="+862100000001",
        zone=None,
        agent="1001",
        answered_at=START - timedelta(minutes=2),
        bridged_at=START - timedelta(minutes=2),
        ended_at=ended_at,
    )


def restarts(*attempts: UnfinishedAttempt, calls: tuple[str, ...] = ()) -> Stage:
    """An engine that finds these in the database, and its agent still on the phone."""
    stage = Stage()
    stage.tell(Unfinished(attempts=attempts))
    stage.load()
    stage.logs_in("1001")
    stage.tell(LinkUp(version="22"))
    stage.survey(calls=dict.fromkeys(calls, True), seated=["7001"])
    return stage


def outcomes(stage: Stage) -> dict[str, Outcome]:
    return {end.attempt: end.outcome for end in stage.wanted(EndAttempt)}


def test_the_agent_is_in_wrap_up_again_and_out_of_the_queues() -> None:
    stage = restarts(left(LEFT, START - timedelta(seconds=5)))
    assert state_of(stage) is State.WRAP_UP
    assert stage.last(PauseMember).reason == "wrapup"
    assert outcomes(stage) == {}


def test_the_word_is_taken_and_the_agent_works_on() -> None:  # I6
    stage = restarts(left(LEFT, START - timedelta(seconds=5)))
    stage.disposes("1001")
    assert outcomes(stage) == {LEFT: Outcome.SUCCESS}
    assert stage.places() != LEFT


def test_only_what_is_left_of_the_time_is_left() -> None:
    stage = restarts(left(LEFT, START - timedelta(seconds=stage_limit() - 3)))
    stage.passes(2)
    assert outcomes(stage) == {}
    stage.passes(2)
    assert outcomes(stage) == {LEFT: Outcome.UNDISPOSED}


def test_a_wrap_up_whose_time_was_over_before_is_undisposed_at_once() -> None:
    stage = restarts(left(LEFT, START - timedelta(hours=8)))
    assert outcomes(stage) == {LEFT: Outcome.UNDISPOSED}
    assert state_of(stage) is State.READYING


def test_a_talk_that_ended_while_nobody_listened_is_wrapped_up() -> None:
    stage = restarts(left(LEFT, None))
    assert state_of(stage) is State.WRAP_UP
    stage.passes(stage_limit() + 1)
    assert outcomes(stage) == {LEFT: Outcome.UNDISPOSED}


def test_a_clock_that_was_set_back_gives_nobody_an_hour_of_wrap_up() -> None:
    stage = restarts(left(LEFT, START + timedelta(hours=1)))
    stage.passes(stage_limit() + 1)
    assert outcomes(stage) == {LEFT: Outcome.UNDISPOSED}


def test_whose_agent_talks_again_loses_neither_the_talk_nor_the_earlier_word() -> None:  # I5
    stage = restarts(left(LEFT, START - timedelta(seconds=5)), left(TALKS, None), calls=(TALKS,))
    assert state_of(stage) is State.TALKING
    stage.passes(stage_limit() + 1)
    assert outcomes(stage) == {LEFT: Outcome.UNDISPOSED}
    assert state_of(stage) is State.TALKING
    assert stage.wanted(Originate) == []


def stage_limit() -> int:
    return Stage().campaign.wrap_up_s


def test_the_word_for_the_earlier_call_does_not_free_who_talks_again() -> None:  # I5
    """Found by the drill: the agent was dialed for anew, in the middle of a talk."""
    stage = restarts(left(LEFT, START - timedelta(seconds=5)), left(TALKS, None), calls=(TALKS,))
    stage.disposes("1001", attempt=LEFT)
    assert outcomes(stage) == {LEFT: Outcome.SUCCESS}
    assert state_of(stage) is State.TALKING
    stage.passes(10)
    assert stage.wanted(Originate) == []
