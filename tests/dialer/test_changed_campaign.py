"""A campaign that is paused, re-windowed or taken off file while fifty of its calls are up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.campaign import CampaignState
from campaigns.judge import Code, Verdict
from campaigns.outcomes import Disposition, NotSent, Outcome
from campaigns.windows import CallingWindows, parse
from dialer import picture
from dialer.agents import State
from dialer.calls import CallState
from dialer.effects import ClaimContacts, EndAttempt, HangUp, MarkSent, Originate, ReleaseClaim
from dialer.messages import AgentRecord, Dispose, Loaded
from dialer.switch_events import CallAnswered, CallBridged, CallHungUp, CallRinging
from tests.dialer.stage import CAMPAIGN, QUEUE, START, Stage

FIFTY = 50
TALKING, RINGING, OTHERS = 20, 15, 15


class Floor:
    """Fifty agents, fifty calls: some talk, some ring, some are claimed or being judged."""

    def __init__(self) -> None:
        self.stage = Stage(agents=FIFTY, slots=FIFTY, campaign=CAMPAIGN).opens()
        self.stage.passes(7)
        attempts = self.stage.answers_claim()
        assert len(attempts) == FIFTY
        self.talking, rest = attempts[:TALKING], attempts[TALKING:]
        self.ringing, rest = rest[:RINGING], rest[RINGING:]
        self.judging, self.claimed = rest[:8], rest[8:]
        for attempt in (*self.talking, *self.ringing, *self.judging):
            self.stage.reserves(attempt)
        for attempt in (*self.talking, *self.ringing):
            self.stage.judges(attempt)
            self.stage.tell(CallRinging(call=attempt))
        for attempt in self.talking:
            self.stage.tell(CallAnswered(call=attempt))
            self.stage.tell(CallBridged(call=attempt))
        self.placed = len(self.stage.wanted(Originate))
        assert self.placed == TALKING + RINGING

    def outcomes(self) -> dict[str, Outcome]:
        return {one.attempt: one.outcome for one in self.stage.wanted(EndAttempt)}

    def no_more_originates(self) -> bool:
        return len(self.stage.wanted(Originate)) == self.placed

    def judge_all(self, code: Code) -> None:
        """The second judgement reads the database, and the change is committed."""
        for attempt in self.claimed:
            self.stage.reserves(attempt)
        asked = {one.attempt for one in self.stage.wanted(MarkSent)}
        for attempt in (*self.judging, *self.claimed):
            if attempt in asked:
                self.stage.judges(attempt, Verdict(code=code))

    def live_on(self) -> None:
        """Whoever rings answers, all talks end, and every agent gives a word."""
        for attempt in self.ringing:
            self.stage.tell(CallAnswered(call=attempt))
            self.stage.tell(CallBridged(call=attempt))
        for attempt in (*self.talking, *self.ringing):
            self.stage.tell(CallHungUp(call=attempt, cause=16))
        for attempt in (*self.talking, *self.ringing):
            call = self.stage.engine.board.get(attempt)
            assert call is not None
            assert call.state is CallState.WRAP_UP
            word = Dispose(
                ref=attempt, agent=call.agent, attempt=None, disposition=Disposition.SUCCESS
            )
            self.stage.tell(word)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def vanish(stage: Stage) -> None:
    agents = tuple(AgentRecord(agent=one, name=one, queues=(QUEUE,)) for one in stage.logins)
    stage.tell(Loaded(campaigns=(), agents=agents))


def all_are_free(stage: Stage) -> bool:
    return all(agent.state is State.IDLE for agent in stage.engine.floor)


def has_its_word(floor: Floor) -> bool:
    ended = floor.outcomes()
    return all(ended[one] is Outcome.SUCCESS for one in (*floor.talking, *floor.ringing))


def test_paused_the_living_calls_go_on_and_not_one_new_call_goes_out(floor: Floor) -> None:
    floor.stage.load(CampaignState.PAUSED)
    floor.judge_all(Code.CAMPAIGN_PAUSED)
    floor.stage.passes(5)
    assert floor.no_more_originates()
    assert not floor.stage.wanted(HangUp)
    floor.live_on()
    assert has_its_word(floor)
    claims = len(floor.stage.wanted(ClaimContacts))
    floor.stage.passes(40)
    assert len(floor.stage.wanted(ClaimContacts)) == claims
    assert all_are_free(floor.stage)
    assert not len(floor.stage.engine.board)


def test_re_windowed_the_living_calls_go_on_and_those_to_come_wait_for_the_window(
    floor: Floor,
) -> None:
    afternoon = CallingWindows(days=((parse("14:00-20:00"),),) * 7)
    floor.stage.with_campaign(windows=afternoon).load()
    floor.judge_all(Code.YES)  # the store has not heard of it: the engine's own windows say no
    floor.stage.passes(5)
    assert floor.no_more_originates()
    kept_back = {one.attempt: one.note for one in floor.stage.wanted(EndAttempt)}
    assert kept_back == dict.fromkeys((*floor.judging, *floor.claimed), NotSent.WINDOW)
    asked = {one.attempt: one.campaign.windows for one in floor.stage.wanted(MarkSent)}
    assert {asked[one] for one in floor.claimed} == {afternoon}
    floor.live_on()
    assert has_its_word(floor)


def test_taken_off_file_the_calls_keep_their_wrap_up_and_their_outcome(floor: Floor) -> None:
    vanish(floor.stage)
    floor.judge_all(Code.CAMPAIGN_STOPPED)
    floor.stage.passes(5)
    assert floor.no_more_originates()
    vanish(floor.stage)
    floor.live_on()
    assert has_its_word(floor)
    assert all_are_free(floor.stage)
    vanish(floor.stage)
    shown = picture.take(floor.stage.engine, floor.stage.now, site="s", zone="Asia/Shanghai")
    assert shown.campaigns == ()


def test_taken_off_file_a_wrap_up_without_a_word_lasts_as_long_as_ever(floor: Floor) -> None:
    vanish(floor.stage)
    (attempt, *_) = floor.talking
    floor.stage.tell(CallHungUp(call=attempt, cause=16))
    floor.stage.passes(19)
    assert attempt not in floor.outcomes()
    floor.stage.passes(2)
    assert floor.outcomes()[attempt] is Outcome.UNDISPOSED


# ── what waits for its place in the second ───────────────────────────────────────────────


def waits_for_its_place() -> tuple[Stage, str]:
    """One call is placed, under calls a second that were lowered; the other has to wait 2 s."""
    stage = Stage(agents=2, campaign=CAMPAIGN).with_campaign(cps=100.0).opens()
    stage.passes(7)
    first, second = stage.answers_claim(found=2)
    stage.with_campaign(cps=0.5).load()
    for attempt in (first, second):
        stage.reserves(attempt)
    stage.judges(first)
    assert [one.attempt for one in stage.wanted(MarkSent)] == [first]
    return stage, second


def test_a_pause_reaches_who_waits() -> None:  # I3
    stage, waiting = waits_for_its_place()
    stage.load(CampaignState.PAUSED)
    stage.passes(5)
    assert len(stage.wanted(Originate)) == 1
    assert stage.wanted(ReleaseClaim) == [ReleaseClaim(attempt=waiting, why=NotSent.CAMPAIGN)]


def test_new_windows_are_judged_when_its_turn_comes() -> None:  # I3
    stage, waiting = waits_for_its_place()
    closed = CallingWindows(days=((parse("14:00-20:00"),),) * 7)
    stage.with_campaign(windows=closed).load()
    stage.passes(2.1)
    stage.judges(waiting)  # the database had not heard of them yet
    ended = stage.last(EndAttempt)
    assert (ended.attempt, ended.outcome, ended.note) == (waiting, Outcome.NOT_SENT, "window")
    assert len(stage.wanted(Originate)) == 1


def test_a_campaign_that_vanishes_leaves_nobody_waiting() -> None:
    stage, waiting = waits_for_its_place()
    vanish(stage)
    stage.passes(5)
    assert stage.last(ReleaseClaim).attempt == waiting
    assert len(stage.wanted(Originate)) == 1


def test_a_new_cap_of_calls_a_second_does_not_forget_the_last_second() -> None:  # I7
    stage = Stage(agents=4, campaign=CAMPAIGN).with_campaign(cps=2.0).opens()
    stage.passes(7)
    first, second = stage.answers_claim(found=2)
    for attempt in (first, second):
        stage.reserves(attempt)
        stage.judges(attempt)
    assert len(stage.wanted(Originate)) == 2
    stage.with_campaign(cps=3.0).load()
    stage.passes(0.1)
    third, *_ = stage.answers_claim(found=1)
    stage.reserves(third)
    stage.judges(third)
    asked = stage.last(ClaimContacts)
    assert asked.count == 1  # one place is left in this second, of three
    assert len(stage.wanted(Originate)) == 3
    assert stage.now.utc - START < timedelta(seconds=8)
