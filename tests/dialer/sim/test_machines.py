"""Answering machines in a run: who finds them out, how long it takes, and whom it costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.campaign import Mode
from campaigns.outcomes import Outcome
from dialer.sim.forecast import figures_of, made_up
from dialer.sim.history import learn
from dialer.sim.model import Machines, Model, given
from dialer.sim.plan import Plan
from dialer.sim.times import Fixed
from tests.dialer.sim.booked import OPENS, WORKDAY, BookedRun, same_each_time

SCREENED = replace(
    WORKDAY, mode=Mode.PREDICTIVE, pacing=replace(WORKDAY.pacing, amd=True, aggressiveness=0.0)
)


def with_machines(share: float, *, mistaken: float = 0.0, missed: float = 0.0) -> Model:
    machines = Machines(
        share=share,
        verdict_s=Fixed(mean=2.5),
        mistaken=mistaken,
        missed=missed,
        heard_s=Fixed(mean=8.0),
    )
    return replace(same_each_time(), machines=machines)


def test_without_a_verdict_agents_listen_to_each_machine() -> None:
    run = BookedRun(with_machines(1.0))
    # 10 s to the answer, 0.3 s to the agent, 8 s of listening, 20 s of wrap-up, and a tick.
    assert run.tally.machines == run.tally.connected == pytest.approx(3600 / 38.4, abs=1)
    outcomes = Counter(one.outcome for one in run.books.values() if one.outcome)
    assert set(outcomes) == {Outcome.MACHINE}


def test_only_calls_for_which_nobody_is_kept_are_judged() -> None:
    kept = replace(SCREENED, mode=Mode.PROGRESSIVE)
    run = BookedRun(with_machines(1.0), campaign=kept)
    assert run.tally.screened_out == 0
    assert run.tally.machines > 90


def test_a_machine_is_hung_up_on_and_a_person_waits_for_the_verdict() -> None:
    run = BookedRun(with_machines(0.5), 4, 1.0, 2000, SCREENED, Mode.PREDICTIVE)
    tally = run.tally
    assert (tally.machines, tally.mistaken) == (0, 0)
    assert tally.screened_out == pytest.approx(tally.answered / 2, rel=0.2)
    # The two seconds begin with the verdict, and nobody waits for an agent who is kept.
    assert set(map(round, tally.waits_s)) == {3}
    for one in run.books.values():
        if one.outcome is Outcome.MACHINE:
            assert one.answered_at is not None
            assert one.ended_at is not None
            assert one.bridged_at is None
            assert one.ended_at - one.answered_at == timedelta(seconds=2.5)


def test_the_switch_errs_both_ways_and_the_persons_it_costs_are_counted() -> None:
    plan = Plan(
        campaign=SCREENED,
        model=with_machines(0.5, mistaken=0.2, missed=0.3),
        cases=made_up(SCREENED, 2000, OPENS),
        start=OPENS,
        hours=2,
    )
    figures = figures_of(plan, 8, 1)
    assert figures.mistaken_rate == pytest.approx(0.2, abs=0.05)
    assert figures.machine_share == pytest.approx(0.3 / (0.3 + 0.8), abs=0.06)
    assert figures.screened_out > figures.mistaken > 0
    assert figures.abandoned == 0


def test_the_same_persons_come_whether_machines_are_told_from_them_or_not() -> None:
    model = with_machines(0.5)
    one, other = (
        BookedRun(replace(model, answered=(0.5,), machines=machines), agents=2, hours=1)
        for machines in (model.machines, Machines())
    )
    answered = [
        [b.answered_at is not None for b in run.books.values()][:30] for run in (one, other)
    ]
    assert answered[0] == answered[1]


def test_what_agents_called_machines_comes_back_as_machines() -> None:
    model = replace(given(answer_rate=0.5), machines=Machines(share=0.3, heard_s=Fixed(mean=8.0)))
    run = BookedRun(model, agents=20, hours=2, contacts=3000)
    found = learn(run.books.values(), given(), 60.0).model
    assert found.machines.share == pytest.approx(0.3, abs=0.04)
    assert found.machines.heard_s.mean == pytest.approx(8.0)
    assert found.talk_s.mean == pytest.approx(120, rel=0.15)  # of persons alone
    assert Outcome.MACHINE.value not in {word for word in found.words if word}


def test_of_those_hung_up_on_so_many_are_taken_for_persons_as_is_assumed() -> None:
    model = replace(
        given(answer_rate=0.5),
        machines=Machines(share=0.3, mistaken=0.1, missed=0.2, verdict_s=Fixed(mean=2.5)),
    )
    run = BookedRun(model, 20, 2.0, 3000, SCREENED, Mode.PREDICTIVE)
    assumed = replace(given(), machines=Machines(mistaken=0.1))
    found = learn(run.books.values(), assumed, 60.0).model
    assert found.machines.share == pytest.approx(0.3, abs=0.04)
    assert found.machines.missed == pytest.approx(0.2, abs=0.06)
    assert found.bridge_s == assumed.bridge_s  # the verdict is not in it twice
