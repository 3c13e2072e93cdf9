"""Faults that `make drill` has found, each as the shortest story that shows it."""

from __future__ import annotations

import pytest

from dialer.agents import State, Status
from dialer.effects import ClaimContacts, JoinQueues, PauseMember
from dialer.messages import PauseAgent, Unfinished, UnfinishedAttempt
from dialer.switch_events import CallAnswered, CallBridged, CallHungUp, LinkUp, SwitchSurveyed
from tests.dialer.stage import QUEUE, Stage


def finds_1001_seated(paused: dict[str, str], member: str = "1001") -> Stage:
    """An engine that starts while the phone of agent 1001 sits in slot 7001."""
    stage = Stage()
    stage.tell(Unfinished(attempts=()))
    stage.load(slots={"1001": "7001"})
    stage.tell(LinkUp(version="22"))
    stage.tell(
        SwitchSurveyed(
            agents={"7001": "phone-1001"},
            paused=paused,
            calls={},
            members={"7001": {QUEUE: member}},
        )
    )
    stage.passes(0.2)
    return stage


def the_agent(stage: Stage) -> tuple[State, Status]:
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    return agent.state, agent.status


@pytest.mark.parametrize("paused", [{}, {"7001": "reserved"}, {"7001": "wrapup"}])
def test_who_was_ready_before_the_death_is_dialed_for_at_once_after_it(
    paused: dict[str, str],
) -> None:  # I8
    stage = finds_1001_seated(paused)
    assert stage.wanted(ClaimContacts), "the 6 s after a login are long over"
    assert not stage.wanted(JoinQueues)


@pytest.mark.parametrize(
    ("paused", "member"), [({"7001": "login"}, "1001"), ({}, "1002")], ids=["just in", "another"]
)
def test_who_has_just_logged_in_when_the_engine_dies_gets_the_whole_6_s(
    paused: dict[str, str], member: str
) -> None:
    stage = finds_1001_seated(paused, member)
    assert the_agent(stage)[0] is State.READYING
    assert stage.wanted(JoinQueues)
    stage.passes(5.5)
    assert not stage.wanted(ClaimContacts)


def test_a_break_outlives_the_engine() -> None:
    stage = finds_1001_seated({"7001": "lunch"})
    assert the_agent(stage) == (State.IDLE, Status.ON_BREAK)
    stage.passes(10)
    assert not stage.wanted(ClaimContacts)


def test_a_break_declared_in_a_talk_outlives_the_engine_too() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    stage.tell(PauseAgent(ref="command:b", agent="1001", reason="lunch"))
    shown = stage.last(PauseMember).reason
    assert shown == "lunch"
    again = finds_1001_seated({"7001": shown})
    assert the_agent(again) == (State.IDLE, Status.ON_BREAK)


def test_a_talk_that_outlives_the_engine_is_shown_and_not_counted_as_placed() -> None:  # R18
    stage, talk = Stage(), "01h0000000000000000000alive"
    left = UnfinishedAttempt(
        attempt=talk,
        campaign_id=1,
        contact_id=1,
        e164="+862100000001",
        zone=None,
        agent="1001",
        answered_at=stage.now.utc,
        bridged_at=stage.now.utc,
        ended_at=None,
    )
    stage.load(slots={"1001": "7001"})
    stage.tell(Unfinished(attempts=(left,)))
    stage.tell(LinkUp(version="22"))
    stage.survey(calls={talk: True}, seated=["7001"])
    statistics = stage.engine.statistics
    assert statistics.call_counts(stage.now).talking == 1
    stage.tell(CallHungUp(call=talk, cause=16))
    assert statistics.call_counts(stage.now).talking == 0
    stage.disposes("1001")
    counts = statistics.campaign_counts("callback", stage.now)
    assert (counts.in_calls, counts.run.placed, counts.run.answered) == (0, 0, 0)
    assert counts.outcomes == {}
