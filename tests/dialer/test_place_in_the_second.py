"""A call waits for its place in the second before it is judged again, and never after (I3, I7)."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign import CampaignState, Mode
from campaigns.judge import Code, Verdict
from campaigns.outcomes import NotSent, Outcome
from dialer.agents import State
from dialer.effects import EndAttempt, MarkSent, Originate, ReleaseClaim, Reply, ReplyCode
from dialer.messages import AskNext, DialNow, SentJudged, StopEngine, StoreHealth
from dialer.switch_events import AgentLoggedOut, LinkDown
from tests.dialer.stage import CAMPAIGN, YES, Stage


def looking(agents: int, cps: float) -> tuple[Stage, dict[str, str]]:
    """Agents with a contact at hand each; returns the attempt of each login."""
    campaign = replace(CAMPAIGN, mode=Mode.PREVIEW, preview_limit_s=600, cps=cps)
    stage = Stage(agents=agents, campaign=campaign).opens()
    stage.passes(7)
    at_hand = {}
    for login in stage.logins:
        stage.tell(AskNext(ref=f"ask-{login}", agent=login))
        (at_hand[login],) = stage.answers_claim()
        stage.reserves(at_hand[login])
    return stage, at_hand


def dial(stage: Stage, login: str) -> None:
    stage.tell(DialNow(ref=f"dial-{login}", agent=login))


def two_dial(cps: float = 1 / 60) -> tuple[Stage, str, str]:
    """Two agents dial in the same second; the first call goes out, the second has to wait."""
    stage, at_hand = looking(2, cps)
    first, second = at_hand.values()
    for login in at_hand:
        dial(stage, login)
    stage.judges(first)
    assert [one.attempt for one in stage.wanted(Originate)] == [first]
    return stage, first, second


def state_of(stage: Stage, login: str) -> State:
    agent = stage.engine.floor.get(login)
    assert agent is not None
    return agent.state


def answer_to(stage: Stage, ref: str) -> Reply | None:
    return next((one for one in stage.wanted(Reply) if one.ref == ref), None)


def marked(stage: Stage) -> list[str]:
    return [one.attempt for one in stage.wanted(MarkSent)]


def test_who_waits_a_minute_is_judged_after_the_minute_and_then_called_at_once() -> None:  # I3
    stage, first, second = two_dial()
    stage.passes(59.8)
    assert marked(stage) == [first]  # nothing says that it was sent: a crash now loses nothing
    stage.passes(0.4)
    assert marked(stage) == [first, second]
    assert len(stage.wanted(Originate)) == 1
    stage.judges(second)
    assert stage.last(Originate).attempt == second
    answer = answer_to(stage, "dial-1002")
    assert answer is not None
    assert answer.code is ReplyCode.OK


def test_a_do_not_call_entry_that_is_made_meanwhile_is_seen() -> None:  # I3
    stage, first, second = two_dial()
    stage.passes(60.1)
    stage.judges(second, Verdict(code=Code.DO_NOT_CALL, params={"source": "asked"}))
    stage.passes(120)
    assert [one.attempt for one in stage.wanted(Originate)] == [first]
    answer = answer_to(stage, "dial-1002")
    assert answer is not None
    assert answer.code is ReplyCode.NOT_DIALED
    assert state_of(stage, "1002") is State.IDLE


def test_a_call_that_is_being_judged_keeps_its_place() -> None:  # I7
    stage, at_hand = looking(2, 1 / 60)
    first, second = at_hand.values()
    for login in at_hand:
        dial(stage, login)
    stage.passes(3)
    assert marked(stage) == [first]
    stage.judges(first, Verdict(code=Code.DO_NOT_CALL))
    stage.passes(0.1)  # nobody has taken the place: the next in line has it
    assert marked(stage) == [first, second]


def test_a_judgement_that_never_comes_gives_its_place_back() -> None:
    stage, at_hand = looking(2, 1 / 60)
    first, second = at_hand.values()
    for login in at_hand:
        dial(stage, login)
    stage.passes(5.2)
    assert marked(stage) == [first, second]
    stage.judges(second)
    stage.tell(SentJudged(attempt=first, verdict=YES))
    stage.passes(1)
    assert [one.attempt for one in stage.wanted(Originate)] == [second]


def pauses(stage: Stage) -> None:
    stage.load(CampaignState.PAUSED)


def loses_link(stage: Stage) -> None:
    stage.tell(LinkDown(reason="reset"))


def stops(stage: Stage) -> None:
    stage.tell(StopEngine(grace_s=30))


def leaves(stage: Stage) -> None:
    stage.tell(AgentLoggedOut(slot="7002"))


def loses_store(stage: Stage) -> None:
    stage.tell(StoreHealth(ok=False, text="locked"))


ENDS = [
    (pauses, NotSent.CAMPAIGN),
    (loses_link, NotSent.LINK),
    (stops, NotSent.STOPPING),
    (leaves, NotSent.AGENT_LEFT),
    (loses_store, NotSent.STORE),
]


@pytest.mark.parametrize(("end", "why"), ENDS, ids=[why for _, why in ENDS])
def test_what_comes_in_between_gives_the_contact_back_uncounted(end: object, why: NotSent) -> None:
    assert callable(end)
    stage, first, second = two_dial()
    end(stage)
    stage.passes(0.2)
    assert stage.wanted(ReleaseClaim) == [ReleaseClaim(attempt=second, why=why)]
    assert state_of(stage, "1002") is not State.RESERVED
    stage.passes(90)
    assert marked(stage) == [first]
    assert len(stage.wanted(Originate)) == 1


def test_calls_a_second_that_are_lowered_during_the_judgement_hold_for_it_too() -> None:  # I7
    stage, at_hand = looking(2, 2.0)
    first, second = at_hand.values()
    for login in at_hand:
        dial(stage, login)
    assert marked(stage) == [first, second]
    stage.judges(first)
    stage.with_campaign(cps=1.0).load()
    stage.judges(second)
    assert [one.attempt for one in stage.wanted(Originate)] == [first]
    ended = stage.last(EndAttempt)
    assert (ended.attempt, ended.outcome, ended.note) == (second, Outcome.NOT_SENT, "campaign")


@given(
    cps=st.sampled_from((0.5, 1.0, 2.0, 3.0)),
    agents=st.integers(2, 8),
    seed=st.integers(0, 10_000),
)
def test_the_cap_holds_whenever_the_judgements_come_and_each_is_fresh(
    cps: float, agents: int, seed: int
) -> None:  # I3, I7
    random = Random(seed)
    stage, at_hand = looking(agents, cps)
    waiting = list(at_hand)
    due: dict[str, float] = {}
    placed: list[float] = []
    seen = len(stage.wanted(MarkSent))
    for _ in range(600):
        if waiting and random.random() < 0.3:
            dial(stage, waiting.pop())
        for mark in stage.wanted(MarkSent)[seen:]:
            due[mark.attempt] = stage.now.mono + random.choice((0.0, 0.2, 1.0, 3.0))
            seen += 1
        assert not any(isinstance(one, Originate) for one in stage.passes(0.1)), "an old yes"
        for attempt in [one for one, at in due.items() if stage.now.mono >= at]:
            del due[attempt]
            judged = stage.tell(SentJudged(attempt=attempt, verdict=YES))
            placed += [stage.now.mono for one in judged if isinstance(one, Originate)]
    window_s = max(1.0, 1.0 / cps)
    for start in placed:
        within = [at for at in placed if start <= at < start + window_s - 1e-6]
        assert len(within) <= max(1, math.floor(cps))
    assert len(placed) == agents  # nobody is left behind
