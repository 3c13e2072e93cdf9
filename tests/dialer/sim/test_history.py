"""A campaign's own calls become the model that would have made them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns.campaign import Mode
from campaigns.outcomes import Disposition, Outcome
from dialer.sim.history import LEAST_CALLS, Learned, learn
from dialer.sim.model import Model, given
from dialer.sim.times import Fixed, Lognormal, Sample
from tests.dialer.sim.booked import OPENS, Booked, BookedRun

LONGEST_WRAP_UP_S = 60.0


def learned_of(model: Model, mode: Mode) -> tuple[BookedRun, Learned]:
    run = BookedRun(model, agents=20, hours=2, contacts=5000, mode=mode)
    return run, learn(run.books.values(), given(answer_rate=0.9), LONGEST_WRAP_UP_S)


@pytest.mark.parametrize("mode", [Mode.PROGRESSIVE, Mode.PREDICTIVE])
def test_a_model_goes_through_its_own_calls_and_comes_back(mode: Mode) -> None:
    model = given(answer_rate=0.4, busy_rate=0.1, ring_s=12, talk_s=90, wrap_up_s=15)
    run, learned = learned_of(model, mode)
    found = learned.model
    assert learned.calls == sum(one.outcome is not None for one in run.books.values()) > 1000
    assert not learned.thin
    assert found.answered[0] == pytest.approx(0.4, abs=0.05)
    assert found.ends[Outcome.BUSY] == pytest.approx(0.1 / 0.6, abs=0.04)
    assert found.answer_s.mean == pytest.approx(12, rel=0.08)
    assert found.talk_s.mean == pytest.approx(90, rel=0.15)
    assert found.bridge_s.mean == pytest.approx(0.3, abs=0.25)
    assert found.words[Disposition.UNSUCCESSFUL] == pytest.approx(0.55, abs=0.06)
    # In predictive what an agent waits for the next customer is in it, as the output says.
    longest = 15 * 1.1 if mode is Mode.PROGRESSIVE else 30
    assert 15 * 0.9 < found.wrap_up_s.mean < longest
    assert isinstance(found.talk_s, Sample)


def called(
    contact: int, at: datetime, outcome: Outcome, *, talk_s: float = 0.0, agent: str = "1001"
) -> Booked:
    answered = at + timedelta(seconds=10) if talk_s else None
    ended = at + timedelta(seconds=10 + talk_s if talk_s else 28)
    return Booked(
        contact_id=contact,
        agent=agent,
        sent_at=at,
        answered_at=answered,
        bridged_at=answered,
        ended_at=ended,
        outcome=outcome,
        disposition=Disposition(outcome.value) if talk_s else None,
    )


def test_nothing_is_learned_of_no_calls() -> None:
    otherwise = given()
    learned = learn([], otherwise, LONGEST_WRAP_UP_S)
    assert (learned.calls, learned.thin, learned.first_at) == (0, True, None)
    assert learned.model == otherwise


def test_few_talks_give_their_mean_and_keep_the_usual_shape() -> None:
    calls = [
        called(n, OPENS + timedelta(minutes=2 * n), Outcome.SUCCESS, talk_s=30 + 10 * n)
        for n in range(5)
    ]
    learned = learn(calls, given(), LONGEST_WRAP_UP_S)
    assert learned.thin
    assert learned.model.talk_s == Lognormal(mean=50.0, cv=1.0)
    assert learned.model.answer_s.mean == 10.0


def test_a_gap_that_no_wrap_up_may_last_is_a_break() -> None:
    times = (0, 100, 1000)
    calls = [
        called(n, OPENS + timedelta(seconds=at), Outcome.SUCCESS, talk_s=60)
        for n, at in enumerate(times)
    ]
    learned = learn(calls, given(), LONGEST_WRAP_UP_S)
    assert learned.wrap_ups == 1
    assert learned.model.wrap_up_s.mean == pytest.approx(30.0)


def test_what_was_never_called_says_nothing_of_customers() -> None:
    at = OPENS
    calls = [called(1, at, Outcome.NOT_SENT), called(2, at, Outcome.SKIPPED)]
    assert learn(calls, given(), LONGEST_WRAP_UP_S).calls == 0


def test_the_answer_rate_is_of_the_try_where_there_are_enough() -> None:
    def rung(tried: int, n: int) -> Booked:
        answers = n % (2 if tried == 0 else 5) == 0
        at = OPENS + timedelta(days=tried, seconds=n)
        if answers:
            return called(n, at, Outcome.UNSUCCESSFUL, talk_s=20)
        return called(n, at, Outcome.NO_ANSWER)

    calls = [rung(tried, n) for tried in (0, 1) for n in range(400)]
    model = learn(calls, given(), LONGEST_WRAP_UP_S).model
    assert model.answered == pytest.approx((0.5, 0.2))
    assert (model.answered_on(0), model.answered_on(7)) == pytest.approx((0.5, 0.2))


def test_a_hundred_calls_are_enough_and_fewer_are_not() -> None:
    calls = [called(n, OPENS, Outcome.NO_ANSWER) for n in range(LEAST_CALLS)]
    assert learn(calls[1:], given(), LONGEST_WRAP_UP_S).thin
    learned = learn(calls, given(), LONGEST_WRAP_UP_S)
    assert not learned.thin
    assert learned.model.answered == (0.0,)
    assert learned.model.bridge_s == Fixed(mean=0.3)
