"""Predictive pacing: more calls than free agents, inside the cap, whatever is told (I4)."""

from __future__ import annotations

import json
import math
from functools import cache
from random import Random

import pytest

from dialer.pacing import Limit
from dialer.pacing.answers import Answers
from dialer.pacing.freeing import Freeing
from dialer.pacing.hazard import Hazard
from dialer.pacing.memory import SHAPE, from_plain, to_plain
from dialer.pacing.predictive import MOST_AT_ONCE, Predictive
from dialer.pacing.price import Price
from tests.dialer.pacing_floor import Floor

CAP = 0.03


def with_free(agents: int) -> Predictive:
    pacer = Predictive(CAP)
    for agent in range(agents):
        pacer.free(agent, 0.0)
    return pacer


# ── what is learned ──────────────────────────────────────────────────────────────────────


def test_a_hazard_learns_from_what_ended_and_from_what_still_goes_on() -> None:
    hazard = Hazard((0.0, 10.0), lambda _: 0.0, weight_s=1e-9, memory_s=1e9)
    hazard.learn(5.0, ended=True)
    hazard.learn(20.0, ended=False)
    assert hazard.at(3.0) == pytest.approx(1 / 15)
    assert hazard.at(12.0) == 0.0
    assert hazard.expected(20.0) == pytest.approx(10 / 15)


def test_a_hazard_forgets() -> None:
    hazard = Hazard((0.0,), lambda _: 1.0, weight_s=1.0, memory_s=100.0)
    for _ in range(2000):
        hazard.learn(1.0, ended=False)
    assert hazard.at(0.0) < 0.001


@pytest.mark.parametrize("true_rate", [0.08, 0.5])
def test_the_answer_rate_is_found(true_rate: float) -> None:
    answers, random = Answers(), Random(1)
    for _ in range(3000):
        answered = random.random() < true_rate
        answers.learn(random.uniform(6, 20) if answered else 28.0, answered=answered)
    answers.renew()
    assert answers.rate == pytest.approx(true_rate, rel=0.15)


def test_a_list_that_turns_is_seen_within_a_hundred_calls() -> None:
    answers, random = Answers(), Random(2)
    for rate, calls in ((0.15, 2000), (0.4, 100)):
        for _ in range(calls):
            answered = random.random() < rate
            answers.learn(random.uniform(6, 20) if answered else 28.0, answered=answered)
    answers.renew()
    assert answers.rate > 0.28


def test_a_call_that_has_rung_long_is_answered_soon_or_never() -> None:
    answers = Answers()
    soon, later = answers.within(12.0)[4], answers.within(0.0)[4]
    assert soon > 5 * later
    assert answers.within(47.0)[-1] < 0.1


def test_who_has_wrapped_up_long_is_free_soon() -> None:
    freeing, random = Freeing(), Random(3)
    for _ in range(500):
        freeing.learn_wrap(random.gauss(20, 2), ended=True)
    freeing.renew()
    assert freeing.wrapping(1.0).mean[2] < 0.1
    assert freeing.wrapping(19.0).mean[2] > 0.5


# ── how many ─────────────────────────────────────────────────────────────────────────────


def test_without_agents_nobody_is_called() -> None:
    assert Predictive(CAP).decide(0.0)[0] == 0
    pacer = with_free(5)
    for agent in range(5):
        pacer.left(agent, 1.0)
    assert pacer.decide(1.0)[0] == 0


@pytest.mark.parametrize("agents", [1, 2, 20, 500])
def test_a_free_agent_always_has_a_call_on_its_way(agents: int) -> None:
    pacer = with_free(agents)
    for n in range(50):
        pacer.human(f"before {n}", 0.0)  # of a call that nobody knows: it changes nothing
    place, why = pacer.decide(0.0)
    assert place >= agents
    assert why.free == agents
    assert why.waiting == 0


def test_the_room_binds() -> None:
    assert with_free(20).decide(0.0, room=7)[0] == 7
    assert with_free(20).decide(0.0, room=-1)[0] == 0


def test_why_not_one_more_is_the_price() -> None:
    place, why = with_free(20).decide(0.0)
    assert 20 < place < MOST_AT_ONCE
    assert why.risk > why.price


def test_calls_in_flight_count_against_the_next_ones() -> None:
    pacer = with_free(20)
    place, _ = pacer.decide(0.0)
    for call in range(place):
        pacer.dialed(call, 0.0)
    assert pacer.decide(0.0)[0] == 0


def test_who_waits_for_an_agent_takes_the_next_one() -> None:
    pacer = with_free(3)
    for call in range(3):
        pacer.dialed(call, 0.0)
        pacer.human(call, 10.0)
    assert pacer.decide(10.0)[0] == 0


def test_an_overdraft_is_repaid_and_a_new_day_begins_with_none() -> None:
    price = Price(CAP)
    before = price.now
    for n in range(100):
        price.learn(abandoned=n % 10 == 0)
    overdrawn = price.now
    assert overdrawn < before / 3
    assert price.left == pytest.approx(3 - 10)
    price.ledger.day_began()
    assert overdrawn < price.now < before


# ── the law, steering, a restart ─────────────────────────────────────────────────────────


def test_the_stricter_of_day_and_block_is_kept() -> None:
    pacer = with_free(20)
    usual, why = pacer.decide(0.0)
    assert why.limit is Limit.PRICE
    pacer.account(1000, 0, 30_000, 890)
    assert pacer.decide(0.0)[1].left == pytest.approx(10)
    pacer.account(1000, 0, 30_000, 930)
    place, why = pacer.decide(0.0)
    assert why.left == pytest.approx(-30)
    assert why.limit is Limit.BUDGET
    assert 20 <= place < usual
    pacer.block_began()
    assert pacer.decide(0.0)[1].left == 0.0
    pacer.account(-5, -1)
    assert pacer.decide(0.0)[1].left == 0.0


def test_no_aggressiveness_is_one_to_one() -> None:
    pacer = with_free(20)
    usual, _ = pacer.decide(0.0)
    pacer.steer(aggressiveness=0.5)
    assert 20 < pacer.decide(0.0)[0] < usual
    pacer.steer(aggressiveness=0.0)
    place, why = pacer.decide(0.0)
    assert (place, why.limit) == (20, Limit.AGENTS)
    pacer.steer(cap=0.0, aggressiveness=7.0)
    assert pacer.decide(0.0)[0] == 20
    pacer.steer(cap=CAP)
    assert pacer.decide(0.0)[0] == usual


def test_the_room_says_which_limit_it_is() -> None:
    pacer = with_free(20)
    assert pacer.decide(0.0, 3, Limit.CPS)[1].limit is Limit.CPS
    assert Predictive(CAP).decide(0.0)[1].limit is Limit.AGENTS


@cache
def learned() -> Predictive:
    pacer = Predictive(CAP)
    Floor(pacer, 4, 0.25, Random(1)).run()
    return pacer


def test_what_was_learned_survives_a_restart() -> None:
    before = learned()
    plain = json.loads(json.dumps(to_plain(before.memory())))
    memory = from_plain(plain)
    assert memory == before.memory()
    after = Predictive(CAP, memory=memory)
    assert after.memory() == memory
    after.free("anna", 0.0)
    assert after.decide(0.0)[1].answer_rate == pytest.approx(0.3, abs=0.07)


def bent(**numbers: object) -> dict[str, object]:
    return {**to_plain(learned().memory()), **numbers}


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        "",
        {},
        bent(shape=SHAPE + 1),
        bent(price=None),
        bent(price=[1.0]),
        bent(price=[math.nan, 3.0]),
        bent(price=[math.inf, 3.0]),
        bent(price=["1", 3.0]),
        bent(price=[-1.0, 3.0]),
        bent(answers=[0.0] * 96),
        bent(talk={"0": 1}),
        bent(verdicts=[True, 1.0]),
    ],
)
def test_a_memory_of_another_shape_is_none(plain: object) -> None:
    assert from_plain(plain) is None


# ── a machine that answers, a link that was lost ─────────────────────────────────────────


def test_a_verdict_that_takes_time_is_waited_for() -> None:
    pacer = with_free(10)
    for call in range(200):
        pacer.dialed(call, 0.0)
    for call in range(200):
        pacer.answered(call, 10.0)
    for call in range(200):
        (pacer.human if call % 2 else pacer.failed)(call, 12.5)
    pacer.only(12.5, free=range(10))
    for call in range(300, 310):
        pacer.dialed(call, 20.0)
    for call in range(300, 310):
        pacer.answered(call, 30.0)
    place, why = pacer.decide(30.0)
    assert (why.in_flight, why.judged, why.waiting) == (10, 10, 0)
    assert why.expected_answers == pytest.approx(5, abs=1.5)
    pacer.only(30.0, free=range(10))
    assert pacer.decide(30.0)[0] > place


def test_a_trunk_that_swallows_calls_blocks_nobody() -> None:
    pacer = with_free(2)
    for call in range(30):
        pacer.dialed(call, 0.0)
    assert pacer.decide(1.0)[0] == 0
    place, why = pacer.decide(60.0)
    assert place >= 2
    assert (why.in_flight, why.silent) == (0, 30)
    assert why.expected_answers == 0.0
    # One of them was answered after all.
    pacer.human(7, 61.0)
    assert pacer.decide(61.0)[1].waiting == 1


def test_after_a_lost_link_only_what_is_there_counts() -> None:
    pacer = with_free(3)
    for call in "abcd":
        pacer.dialed(call, 0.0)
    pacer.human("a", 9.0)
    pacer.connected("a", 0, 9.0)
    pacer.human("b", 9.0)
    pacer.only(20.0, in_flight=["c", "x"], free=[1], talking=[0], wrapping=[5])
    standing = pacer.standing
    assert standing["in_flight"] == 2
    assert standing["waiting"] == 0
    assert (standing["free"], standing["talking"], standing["wrapping"]) == (1, 1, 1)
    pacer.only(21.0, free=[1, 2])
    assert pacer.decide(21.0)[0] >= 2


def test_a_clock_that_is_set_back_stands_still() -> None:
    pacer = with_free(2)
    pacer.dialed("a", 1000.0)
    pacer.decide(1010.0)
    for now in (10.0, 20.0, 40.0):
        assert pacer.decide(now)[1].silent == 0
    assert pacer.decide(50.0)[1].silent == 1


def test_a_word_that_comes_late_moves_no_clock() -> None:
    pacer = with_free(2)
    pacer.dialed("a", 1000.0)
    for _ in range(100):
        pacer.failed("b", 1001.0)
        pacer.decide(1002.0)
    assert pacer.decide(1002.0)[1].in_flight == 1


# ── a day ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("agents", "hours"), [(5, 4.0), (12, 1.5)])
def test_agents_talk_more_and_the_cap_is_kept(agents: int, hours: float) -> None:
    days = {}
    for one_to_one in (True, False):
        floor = Floor(Predictive(CAP), agents, hours, Random(agents), one_to_one=one_to_one)
        floor.run()
        assert floor.abandoned <= CAP * floor.persons
        days[one_to_one] = floor.talked_s
    assert days[False] > 1.03 * days[True]


def test_a_campaign_that_shares_few_of_its_agents_leaves_the_others_their_calls() -> None:
    def placed(part: float) -> int:
        ours, theirs = Predictive(0.03), Predictive(0.03)
        for agent in range(10):
            ours.free(agent, 0.0)
        for call in range(40):
            theirs.dialed(call, 0.0)
        return ours.decide(1.0, beside={theirs: part})[0]

    alone = Predictive(0.03)
    for agent in range(10):
        alone.free(agent, 0.0)
    assert placed(1.0) < placed(0.1) <= placed(0.0) == alone.decide(1.0)[0]


# ── callers of other queues ──────────────────────────────────────────────────────────────


def taken_every(seconds: float, agents: int = 4) -> Predictive:
    """For half an hour a caller has taken an agent so often, for as long."""
    pacer = with_free(agents)
    for nth in range(int(1800 / seconds)):
        pacer.taken(nth % agents, nth * seconds)
        pacer.hung_up(nth % agents, (nth + 1) * seconds)
        pacer.free(nth % agents, (nth + 1) * seconds)
    return pacer


def test_who_may_be_taken_by_a_caller_is_less_than_an_agent() -> None:
    calm, busy = taken_every(600.0), taken_every(15.0)
    assert busy.decide(1800.0)[0] < calm.decide(1800.0)[0]


def test_callers_of_yesterday_take_nobody_today() -> None:
    pacer, fresh = taken_every(15.0), taken_every(600.0)
    assert pacer.decide(100_000.0)[0] == fresh.decide(100_000.0)[0]


def test_beyond_the_cap_not_even_one_to_one_is_safe_where_callers_take_agents() -> None:
    """The only agent is as likely to be taken as to be there when somebody answers (I4)."""
    lone, taken = with_free(1), taken_every(20.0, agents=1)
    for pacer in (lone, taken):
        pacer.account(100, 10)
    assert lone.decide(1800.0)[0] == 1
    assert taken.decide(1800.0)[0] == 0


def test_callers_who_wait_have_the_next_agents() -> None:
    pacer = with_free(3)
    assert pacer.decide(0.0)[0] >= 3
    assert pacer.decide(0.0, callers=3)[0] == 0
