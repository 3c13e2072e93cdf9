"""Questionnaires: what is asked, and which answers fit (R24)."""

from __future__ import annotations

import pytest

from campaigns.forms import (
    AnswerFault,
    Form,
    Question,
    QuestionKind,
    ShowIf,
    faults_in,
    kept,
    shown,
)

CLEAN = Question(
    name="clean",
    ask="How clean is the lobby?",
    kind=QuestionKind.CHOICE,
    choices=("good", "fair", "poor"),
    required=True,
)
WHY = Question(
    name="why", ask="Why?", required=True, show_if=ShowIf(question="clean", answers=("poor",))
)
WHERE = Question(
    name="where",
    ask="Where?",
    kind=QuestionKind.SEVERAL,
    choices=("lift", "stairs"),
    show_if=ShowIf(question="why", answers=("dirt",)),
)
MARKS = Question(name="marks", ask="Marks?", kind=QuestionKind.NUMBER, least=1, most=5)
AGAIN = Question(name="again", ask="Again?", kind=QuestionKind.YES_NO)
FORM = Form(name="spring", title="Spring", questions=(CLEAN, WHY, WHERE, MARKS, AGAIN))


def names(answers: dict[str, str]) -> list[str]:
    return [question.name for question in shown(FORM, answers)]


def test_a_question_that_hangs_on_another_comes_with_its_answer_and_goes_with_it() -> None:
    assert names({}) == ["clean", "marks", "again"]
    assert names({"clean": "poor"}) == ["clean", "why", "marks", "again"]
    assert names({"clean": "poor", "why": "dirt"}) == ["clean", "why", "where", "marks", "again"]
    # What was answered before the first answer changed is neither shown nor kept.
    assert names({"clean": "good", "why": "dirt"}) == ["clean", "marks", "again"]
    assert kept(FORM, {"clean": "good", "why": "dirt", "marks": " "}) == {"clean": "good"}


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ({}, {"clean": AnswerFault.MISSING}),
        ({"clean": "poor"}, {"why": AnswerFault.MISSING}),
        ({"clean": "bad"}, {"clean": AnswerFault.NO_CHOICE}),
        ({"clean": "good", "marks": "many"}, {"marks": AnswerFault.NO_NUMBER}),
        ({"clean": "good", "marks": "6"}, {"marks": AnswerFault.OUT_OF_RANGE}),
        ({"clean": "good", "marks": "nan"}, {"marks": AnswerFault.OUT_OF_RANGE}),
        ({"clean": "good", "again": "maybe"}, {"again": AnswerFault.NO_CHOICE}),
        ({"clean": "good", "age": "9"}, {"age": AnswerFault.UNKNOWN}),
        ({"clean": "poor", "why": "x" * 2001}, {"why": AnswerFault.TOO_LONG}),
        ({"clean": "good", "marks": "4.5", "again": "no"}, {}),
        (
            {"clean": "poor", "why": "dirt", "where": "lift\nroof"},
            {"where": AnswerFault.NO_CHOICE},
        ),
        ({"clean": "poor", "why": "dirt", "where": "lift\nstairs"}, {}),
    ],
)
def test_answers_that_do_not_fit_are_named(
    answers: dict[str, str], fault: dict[str, AnswerFault]
) -> None:
    assert faults_in(FORM, answers) == fault


def test_a_form_may_be_left_half_done_but_not_answered_wrongly() -> None:
    assert faults_in(FORM, {"clean": "poor"}, complete=False) == {}
    assert faults_in(FORM, {"marks": "6"}, complete=False) == {"marks": AnswerFault.OUT_OF_RANGE}
