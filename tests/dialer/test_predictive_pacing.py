"""How many calls a predictive campaign places on the engine, and how it is steered meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from campaigns.campaign import CampaignState, Mode
from campaigns.outcomes import Disposition, Outcome
from dialer.agents import State
from dialer.calls import CallState
from dialer.effects import ClaimContacts, Connect, Originate, PlayUnserved, ReleaseClaim, SavePacing
from dialer.messages import Claimed, PauseAgent, StoreFailed
from dialer.pace import NOTES_KEPT
from dialer.pacing import Limit
from dialer.picture import pace_views
from dialer.switch_events import (
    AgentLoggedOut,
    CallHungUp,
    CallRinging,
    QueueConnected,
    QueueJoined,
)
from tests.dialer.predictive_stage import PREDICTIVE, PredictiveStage, on_file
from tests.dialer.stage import state_of


def asked(stage: PredictiveStage, campaign: int = 1) -> int:
    """Contacts that were asked for so far."""
    return sum(one.count for one in stage.wanted(ClaimContacts) if one.campaign.id == campaign)


def test_the_first_calls_are_within_the_price_or_one_for_each_free_agent() -> None:
    stage = PredictiveStage(10).ready()
    note = next(note for note in stage.pace().notes if note.placed)
    assert note.placed == asked(stage) >= 10
    assert note.why.risk > note.why.price  # of one more
    assert note.limit is Limit.PRICE


def test_while_the_database_is_slow_no_more_is_claimed_than_is_wanted() -> None:
    stage = PredictiveStage(10).ready()
    first = asked(stage)
    stage.passes(2)
    assert asked(stage) == first


def test_claims_that_come_too_late_are_given_back() -> None:
    stage = PredictiveStage(4).ready()
    late = stage.last(ClaimContacts)
    stage.passes(3.1)
    attempts = stage.claimed(late)
    given_back = [one.attempt for one in stage.wanted(ReleaseClaim)]
    assert given_back == attempts
    assert not stage.wanted(Originate)


def test_after_a_refused_claim_dialing_goes_on() -> None:
    stage = PredictiveStage(4).ready()
    refused = stage.last(ClaimContacts)
    stage.tell(StoreFailed(ref=refused.ref, text="locked"))
    stage.passes(0.5)
    assert stage.last(ClaimContacts) == refused
    stage.passes(1)
    assert stage.last(ClaimContacts).ref != refused.ref


def test_calls_at_once_hold_while_claims_are_under_way() -> None:
    stage = PredictiveStage(10, replace(PREDICTIVE, max_calls=3)).ready()
    assert asked(stage) == 3
    stage.passes(0.5)
    assert asked(stage) == 3
    stage.places_all()
    stage.passes(2)
    assert asked(stage) == 3
    assert stage.desk().limit is Limit.MAX_CALLS


def test_calls_a_second_hold_while_claims_are_under_way() -> None:
    stage = PredictiveStage(10, replace(PREDICTIVE, cps=2)).ready()
    assert asked(stage) == 2
    stage.passes(0.5)
    assert asked(stage) == 2
    assert stage.desk().limit is Limit.CPS
    stage.places_all()
    stage.passes(0.9)
    assert asked(stage) == 2
    stage.passes(0.2)
    assert asked(stage) == 4


def test_where_all_agents_leave_nothing_more_is_placed() -> None:
    stage = PredictiveStage(3).ready()
    stage.places_all()
    before = asked(stage)
    for login in stage.logins:
        stage.tell(AgentLoggedOut(slot=stage.slot_of(login)))
    stage.passes(5)
    assert asked(stage) == before
    assert stage.desk().limit is Limit.AGENTS


def test_an_agent_in_a_break_is_none_and_is_one_again_afterwards() -> None:
    stage = PredictiveStage(2).ready()
    stage.tell(PauseAgent(ref="command:1", agent="1001", reason="lunch"))
    stage.passes(0.1)
    assert stage.pace().notes[-1].why.free == 1
    stage.tell(PauseAgent(ref="command:2", agent="1001", reason=None))
    stage.passes(0.1)
    assert stage.pace().notes[-1].why.free == 2


def test_an_agent_whom_an_inbound_caller_will_have_is_lent() -> None:
    stage = PredictiveStage(2).ready()
    before = stage.pace().pacer._leavers  # noqa: SLF001  shown nowhere
    stage.tell(QueueJoined(call="in-1", queue="waihu-callback", caller_number=""))
    stage.passes(0.1)
    assert stage.pace().notes[-1].why.free == 1
    stage.tell(CallHungUp(call="in-1", cause=16))
    stage.passes(0.1)
    assert stage.pace().notes[-1].why.free == 2
    assert stage.pace().pacer._leavers == before  # noqa: SLF001  nobody left


def test_an_agent_whom_a_caller_took_teaches_how_often_that_happens() -> None:
    stage = PredictiveStage(2).ready()
    stage.tell(QueueJoined(call="in-1", queue="waihu-callback", caller_number=""))
    stage.tell(QueueConnected(call="in-1", queue="waihu-callback", member="1001"))
    stage.passes(0.1)
    assert stage.pace().notes[-1].why.free == 1
    assert stage.pace().pacer._callers.rate(stage.now.mono) > 0  # noqa: SLF001  shown nowhere


def test_callers_beyond_the_free_agents_have_those_who_are_free_next() -> None:
    stage = PredictiveStage(1).ready()
    for nth in range(3):
        stage.tell(QueueJoined(call=f"in-{nth}", queue="waihu-callback", caller_number=""))
    assert stage.engine.board.callers_ahead("waihu-callback") == 2


# ── two campaigns, the same agents ───────────────────────────────────────────────────────

OTHER = replace(PREDICTIVE, id=2, name="other")


def test_two_campaigns_do_not_dial_twice_for_the_same_agents() -> None:
    alone = PredictiveStage(10).ready()
    both = PredictiveStage(10, PREDICTIVE, OTHER).ready()
    assert asked(both) + asked(both, 2) <= asked(alone)
    both.passes(1)
    assert asked(both) + asked(both, 2) <= asked(alone)


def test_nor_once_the_calls_are_on_the_network() -> None:
    alone = PredictiveStage(10).ready()
    alone.places_all()
    alone.passes(5)
    both = PredictiveStage(10, PREDICTIVE, OTHER).ready()
    both.places_all()
    both.passes(5)
    assert asked(both) + asked(both, 2) <= asked(alone) + 1


def test_of_two_campaigns_the_better_priority_dials_first() -> None:
    first = replace(OTHER, priority=1)
    stage = PredictiveStage(5, PREDICTIVE, first).ready()
    assert stage.wanted(ClaimContacts)[0].campaign.id == 2
    assert asked(stage, 2) > asked(stage)


def test_another_priority_is_followed_with_calls_in_flight() -> None:
    first = replace(OTHER, priority=1)
    stage = PredictiveStage(5, PREDICTIVE, first).ready()
    attempts = stage.places_all()
    stage.with_campaign(priority=1)
    stage.others = (replace(OTHER, priority=9),)
    stage.load()
    for attempt in attempts:
        stage.tell(CallHungUp(call=attempt, cause=17))
    before = asked(stage), asked(stage, 2)
    stage.passes(1.5)
    assert asked(stage) > before[0]
    assert asked(stage, 2) == before[1]


def test_equals_take_turns() -> None:
    stage = PredictiveStage(1, PREDICTIVE, OTHER).ready()
    for _ in range(60):
        claim = stage.last(ClaimContacts)
        for attempt in stage.claimed(claim):
            if stage.engine.board.get(attempt) is not None:
                stage.judges(attempt)
                stage.tell(CallHungUp(call=attempt, cause=17))
        stage.passes(1.5)
    assert min(asked(stage), asked(stage, 2)) > 20


def test_where_the_better_one_has_nobody_left_the_other_one_dials() -> None:
    first = replace(OTHER, priority=1)
    stage = PredictiveStage(5, PREDICTIVE, first).ready()
    dry = next(one for one in stage.wanted(ClaimContacts) if one.campaign.id == 2)
    stage.tell(Claimed(ref=dry.ref, campaign_id=2, claims=(), next_due_at=None))
    stage.passes(0.2)
    assert asked(stage) >= 5


def test_who_answers_first_is_served_first_whatever_the_campaign() -> None:
    stage = PredictiveStage(2, PREDICTIVE, replace(OTHER, priority=1)).ready()
    (late,) = stage.dials(1)
    stage.passes(15)
    while not any(isinstance(one, ClaimContacts) for one in stage.passes(0.1)):
        pass  # a claim that nobody answered is asked for anew
    (early,) = stage.dials(1)
    stage.tell(PauseAgent(ref="r", agent="1002", reason="lunch"))
    stage.answers(early)
    stage.answers(late)
    assert stage.wanted(Connect)[0].call == early


# ── steering while it runs ───────────────────────────────────────────────────────────────


def test_a_change_of_cap_and_boldness_is_followed_with_calls_in_flight() -> None:
    stage = PredictiveStage(10).ready()
    stage.places_all()
    stage.passes(0.1)
    price = stage.pace().pacer.price
    bolder = replace(PREDICTIVE.pacing, cap=Fraction(1, 100), aggressiveness=0.5)
    stage.with_campaign(pacing=bolder).load()
    assert (price.cap, price.aggressiveness) == (0.01, 0.5)
    assert stage.pace().pacer.price is price
    assert stage.pace().pacer.standing["in_flight"] > 0


def test_without_boldness_there_is_one_call_for_each_free_agent() -> None:
    shy = replace(PREDICTIVE.pacing, aggressiveness=0.0)
    stage = PredictiveStage(10, replace(PREDICTIVE, pacing=shy)).ready()
    assert asked(stage) == 10
    stage.places_all()
    stage.passes(3)
    assert asked(stage) == 10


def test_made_progressive_its_calls_in_flight_still_find_the_free_agents() -> None:
    stage = PredictiveStage(3).ready()
    attempts = stage.dials(3)
    stage.with_campaign(mode=Mode.PROGRESSIVE).load()
    stage.passes(0.5)
    assert {state_of(stage, login) for login in stage.logins} == {State.IDLE}

    for attempt in attempts:
        stage.answers(attempt)
    assert len(stage.wanted(Connect)) == 3
    for attempt in attempts:
        stage.talks(attempt)
    stage.passes(2)
    assert not stage.wanted(PlayUnserved)


def test_made_progressive_it_dials_on_for_whoever_is_over() -> None:
    stage = PredictiveStage(3).ready()
    (attempt,) = stage.dials(1)
    stage.with_campaign(mode=Mode.PROGRESSIVE).load()
    stage.passes(0.2)
    kept = stage.last(ClaimContacts)
    assert (kept.count, len(kept.agents)) == (2, 2)
    stage.tell(CallHungUp(call=attempt, cause=17))
    stage.passes(1.2)
    assert stage.last(ClaimContacts).count == 1


def test_a_claim_that_was_under_way_then_is_still_placed_for_whoever_is_free() -> None:
    stage = PredictiveStage(1).ready()
    under_way = stage.last(ClaimContacts)
    stage.with_campaign(mode=Mode.PROGRESSIVE).load()
    stage.passes(0.2)
    (attempt, *_) = stage.claimed(under_way)
    stage.judges(attempt)
    stage.passes(0.1)
    stage.answers(attempt)
    assert stage.wanted(Connect) == [Connect(call=attempt, slot="7001")]


def test_made_predictive_again_it_goes_on_from_what_is_on_file() -> None:
    stage = PredictiveStage(3)
    stage.answered = on_file(100, 2)
    stage.ready()
    stage.places_all()
    stage.with_campaign(mode=Mode.PROGRESSIVE).load()
    assert stage.desk().pace is None
    stage.passes(1)
    stage.with_campaign(mode=Mode.PREDICTIVE).load()
    stage.passes(1)
    assert stage.counted() == (100, 2)
    assert stage.pace().pacer.standing["in_flight"] > 0


def test_a_paused_campaign_places_nothing_and_serves_who_answers() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.dials(1)
    before = asked(stage)
    stage.load(CampaignState.PAUSED)
    stage.passes(1)
    assert asked(stage) == before
    assert stage.desk().limit is Limit.PAUSED
    stage.answers(attempt)
    assert stage.wanted(Connect) == [Connect(call=attempt, slot="7001")]


def test_a_paused_campaign_without_calls_is_not_looked_at_and_goes_on_from_what_is() -> None:
    stage = PredictiveStage(2).ready()
    (attempt,) = stage.dials(1)
    stage.load(CampaignState.PAUSED)
    stage.tell(CallHungUp(call=attempt, cause=17))
    stage.passes(5)
    learned = stage.pace().pacer.standing
    stage.tell(PauseAgent(ref="command:1", agent="1001", reason="lunch"))
    stage.passes(5)
    assert stage.desk().limit is Limit.PAUSED
    assert stage.pace().notes[-1].limit is Limit.PAUSED
    assert stage.pace().pacer.standing == learned
    stage.load()
    before = asked(stage)
    stage.passes(0.2)
    assert asked(stage) == before + 1
    assert stage.pace().pacer.standing["free"] == 1


def test_campaigns_that_do_not_run_are_no_rivals() -> None:
    stage = PredictiveStage(2, PREDICTIVE, OTHER)
    stage.opens()
    stage.load(CampaignState.STOPPED)
    stage.passes(7)
    assert not stage.pace(1).notes
    assert not stage.pace(2).notes
    assert not stage.wanted(ClaimContacts)


def test_a_campaign_that_is_deleted_meanwhile_serves_who_answers() -> None:
    stage = PredictiveStage(1, PREDICTIVE, OTHER).ready()
    asks = next(one for one in stage.wanted(ClaimContacts) if one.campaign.id == 1)
    (attempt,) = stage.claimed(asks, 1)
    stage.judges(attempt)
    stage.campaign, stage.others = OTHER, ()
    stage.load()
    stage.answers(attempt)
    stage.talks(attempt)
    assert stage.call(attempt).state is CallState.TALKING


# ── the law's windows ────────────────────────────────────────────────────────────────────


def test_what_is_on_file_counts_from_the_start() -> None:
    stage = PredictiveStage(2)
    stage.answered = on_file(100, 2, block=(1000, 31))
    stage.ready()
    (view,) = pace_views(stage.desk(), 1)
    assert (view.day_answered, view.day_abandoned) == (100, 2)
    assert (view.block_answered, view.block_abandoned) == (1000, 31)
    assert view.left == pytest.approx(-1)
    assert asked(stage) == 2


def abandon_one(stage: PredictiveStage) -> str:
    """Somebody answers, and hangs up before an agent is there."""
    served, alone = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.answers(alone)
    stage.passes(0.1)
    stage.hangs_up(alone)
    stage.passes(0.1)
    assert stage.outcomes([alone]) == [Outcome.ABANDONED]
    return served


def test_a_load_that_lags_takes_no_abandoned_call_back() -> None:
    stage = PredictiveStage(1)
    stage.answered = on_file(10, 0, block=(50, 1))
    stage.ready()
    abandon_one(stage)
    assert stage.counted() == (12, 1)
    stage.load()
    assert stage.counted() == (11, 1), "the talk goes on, and is not on file yet"
    stage.answered = on_file(20, 1, block=(60, 2))
    stage.load()
    assert stage.counted() == (21, 1)
    assert stage.pace().pacer.price.ledger.windows[-1].abandoned == 2


def test_whom_an_agent_calls_a_machine_makes_no_room_for_abandoned_calls() -> None:
    stage = PredictiveStage(1)
    stage.answered = on_file(10, 0)
    stage.ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.talks(attempt)
    stage.passes(1)
    stage.load()
    assert stage.counted() == (11, 0), "nobody knows yet who is there"
    stage.hangs_up(attempt)
    stage.disposes("1001", Disposition.MACHINE)
    stage.passes(1)
    stage.load()
    assert stage.outcomes([attempt]) == [Outcome.MACHINE]
    assert stage.counted() == (10, 0)


def test_a_talk_is_not_counted_twice_once_its_word_is_written() -> None:
    stage = PredictiveStage(1)
    stage.answered = on_file(10, 0)
    stage.ready()
    (attempt,) = stage.dials(1)
    stage.answers(attempt)
    stage.talks(attempt)
    stage.disposes("1001")
    stage.passes(1)
    stage.answered = on_file(11, 0)
    stage.load()
    assert stage.counted() == (11, 0)


def test_a_new_day_begins_with_nothing_and_the_block_goes_on() -> None:
    stage = PredictiveStage(1)
    stage.answered = on_file(100, 3, block=(500, 10))
    stage.ready()
    stage.answered = on_file(0, 0, block=(500, 10), days=1)
    stage.load()
    assert stage.counted() == (0, 0)
    block = stage.pace().pacer.price.ledger.windows[-1]
    assert (block.persons, block.abandoned) == (500, 10)


def test_a_new_block_begins_with_nothing() -> None:
    stage = PredictiveStage(1)
    stage.answered = on_file(100, 3, block=(500, 10))
    stage.ready()
    stage.answered = on_file(0, 0, days=30)
    stage.load()
    block = stage.pace().pacer.price.ledger.windows[-1]
    assert (block.persons, block.abandoned) == (0, 0)


# ── what is kept ─────────────────────────────────────────────────────────────────────────


def test_what_was_learned_is_kept_each_minute_and_given_back_at_the_start() -> None:
    stage = PredictiveStage(1).ready()
    abandon_one(stage)
    stage.passes(54)
    (kept,) = stage.wanted(SavePacing)
    assert kept.campaign_id == 1

    again = PredictiveStage(1)
    again.memory = kept.memory
    again.opens()
    assert again.pace().remembered() == kept.memory
    fresh = PredictiveStage(1)
    fresh.opens()
    assert again.pace().remembered() != fresh.pace().remembered()


@pytest.mark.parametrize("broken", ["x", 7, [], {}, {"shape": 1}, {"shape": 2, "price": [1, 1]}])
def test_a_memory_that_is_broken_is_passed_over(broken: object) -> None:
    stage = PredictiveStage(1)
    stage.memory = broken
    stage.ready()
    assert asked(stage) >= 1
    fresh = PredictiveStage(1)
    fresh.ready()
    assert stage.pace().remembered() == fresh.pace().remembered()


def test_a_decision_is_noted_once_a_second_for_five_minutes() -> None:
    stage = PredictiveStage(1).ready()
    stage.now = replace(stage.now, utc=stage.now.utc.replace(microsecond=0))
    stage.passes(10)
    seconds = [note.at.replace(microsecond=0) for note in stage.pace().notes]
    assert len(seconds) == len(set(seconds))
    assert stage.now.utc - stage.pace().notes[-1].at <= timedelta(seconds=1)
    stage.passes(NOTES_KEPT + 10)
    assert len(stage.pace().notes) == NOTES_KEPT


def test_a_note_says_what_was_placed_within_its_second() -> None:
    stage = PredictiveStage(5).ready()
    assert sum(note.placed for note in stage.pace().notes) == asked(stage)
    for attempt in stage.places_all():
        stage.tell(CallRinging(call=attempt))
    stage.passes(3)
    assert sum(note.placed for note in stage.pace().notes) == asked(stage)
