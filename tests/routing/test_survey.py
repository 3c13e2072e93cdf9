"""A survey after the call: asked in turn, kept as it is typed, and the score of it (R16, R21)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.flow import Enqueue, Flow, HangUp, Manner, Question, Saying, Survey
from routing.flow_run import State, begin, step
from routing.flow_talk import (
    Action,
    Began,
    Bye,
    Caller,
    CameBack,
    Done,
    Input,
    Listen,
    NoteAnswer,
    Pressed,
    Return,
    Spoken,
    ToQueue,
)
from routing.survey import R21_WEIGHTS, Answer, satisfaction

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def sound(name: str) -> tuple[Saying, ...]:
    return (Saying(manner=Manner.SOUND, words={"": name}),)


def asked(name: str) -> Question:
    return Question(name=name, say=sound(name), weight=R21_WEIGHTS[name])


FLOW = Flow(
    name="test",
    start="wait",
    rescue="bye",
    steps={
        "wait": Enqueue(queue="waihu-a", after="rate"),
        "rate": Survey(
            questions=(asked("response"), asked("quality")), say_wrong=sound("wrong"), next="bye"
        ),
        "bye": HangUp(),
    },
    languages=("zh",),
    zone="Asia/Shanghai",
)


def walk(*came: Input) -> tuple[State, Action]:
    state = begin(FLOW, Caller(number="13900000002"))
    state, action = step(FLOW, state, Began(), NOW)
    for one in (CameBack(Return.AFTER), *came):
        state, action = step(FLOW, state, one, NOW)
    return state, action


def said(action: Action) -> list[str]:
    assert isinstance(action, Listen)
    return [one.text for one in action.say]


def test_a_caller_goes_on_to_the_survey_only_where_the_queue_says_so() -> None:
    _state, action = step(FLOW, begin(FLOW, Caller()), Began(), NOW)
    assert isinstance(action, ToQueue)
    assert action.goes_on
    assert said(walk()[1]) == ["response"]


def test_each_answer_is_kept_before_the_next_question_is_asked() -> None:
    kept = NoteAnswer(question="response", key=4, highest=5, weight=20, queue="waihu-a")
    assert walk(Pressed("4"))[1] == kept
    assert said(walk(Pressed("4"), Done())[1]) == ["quality"]
    assert isinstance(walk(Pressed("4"), Done(), Pressed("5"), Done())[1], Bye)


@pytest.mark.parametrize("keys", ["", "0", "6", "9", "*", "#"])
def test_what_is_no_answer_is_asked_again_and_then_left_out(keys: str) -> None:
    again = ["wrong", "response"] if keys else ["response"]
    assert said(walk(Pressed(keys))[1]) == again
    assert said(walk(Pressed(keys), Pressed(keys))[1]) == ["quality"]
    assert isinstance(walk(*[Pressed(keys)] * 4)[1], Bye)


def test_the_record_says_what_was_answered() -> None:
    state, _action = walk(Pressed("4"), Done(), Pressed("1"), Done())
    assert [chose.what for chose in state.record] == ["after", "response=4", "quality=1", "next"]


def answer(name: str, key: int, highest: int = 5) -> Answer:
    return Answer(question=name, key=key, highest=highest, weight=R21_WEIGHTS[name])


def test_the_weights_are_those_of_the_requirements() -> None:  # R21
    assert sum(R21_WEIGHTS.values()) == 100
    full = satisfaction([answer(name, 5) for name in R21_WEIGHTS], calls=1, window="day")
    assert (full.value, full.n, full.formula) == (100, 1, "satisfaction")
    mixed = [answer("response", 5), answer("quality", 3), answer("product", 4)]
    # (20 · 100 + 30 · 60 + 25 · 80) / 75
    assert satisfaction(mixed, calls=1, window="day").value == pytest.approx(77.333, abs=0.001)


def test_of_no_answers_nothing_is_said() -> None:
    nothing = satisfaction([], calls=0, window="day")
    assert (nothing.value, nothing.numerator, nothing.denominator) == (None, 0, 0)


answers = st.lists(
    st.builds(answer, st.sampled_from(sorted(R21_WEIGHTS)), st.integers(1, 5)), max_size=20
)


@given(answers, answers)
def test_scores_lie_between_the_worst_and_the_best_and_their_sums_add_up(
    some: list[Answer], more: list[Answer]
) -> None:
    one, two, both = (satisfaction(it, calls=1, window="") for it in (some, more, some + more))
    assert both.numerator == pytest.approx(one.numerator + two.numerator)
    assert both.denominator == one.denominator + two.denominator
    if one.value is not None:
        assert 20 - 1e-9 <= one.value <= 100 + 1e-9


def test_words_are_spoken_in_the_callers_language() -> None:
    assert walk()[1] == Listen(say=(Spoken(Manner.SOUND, "response"),), most=1, wait_s=5.0)
