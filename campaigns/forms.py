"""Questionnaires: what an agent is to ask during a call, and which answers fit (R24).

Owns: questions, when one is shown, and the faults of a set of answers. Must not know the file a
form stands in (`config.form_file`) nor where answers are kept (`store.form_answers`). Pure.

An answer is text as it is kept: of several choices the chosen ones, one a line; of a yes-no
question `yes` or `no`. No answer and an empty one are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

LONGEST_ANSWER: Final = 2_000
YES: Final = "yes"
NO: Final = "no"


class QuestionKind(StrEnum):
    """What may be answered."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    SEVERAL = "several"


class AnswerFault(StrEnum):
    """Why an answer does not fit its question."""

    MISSING = "missing"
    NO_NUMBER = "no_number"
    OUT_OF_RANGE = "out_of_range"
    NO_CHOICE = "no_choice"
    TOO_LONG = "too_long"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowIf:
    """Shown only where another question, earlier in the form, has one of these answers."""

    question: str
    answers: tuple[str, ...]

    def holds(self, answers: Mapping[str, str]) -> bool:
        """Whether one of them was given; of several choices one of the chosen."""
        return not set(answers.get(self.question, "").split("\n")).isdisjoint(self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `ask`: its words; `least`, `most`: of a number, both inclusive."""

    name: str
    ask: str
    kind: QuestionKind = QuestionKind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    show_if: ShowIf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The questions of a form in their order. `places`: the campaigns and queues that ask it."""

    name: str
    title: str
    questions: tuple[Question, ...]
    places: frozenset[str] = field(default_factory=frozenset)


def shown(form: Form, answers: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions that these answers leave to be asked, those answered among them.

    What hangs on a question that is itself not shown is not shown either.
    """
    seen: dict[str, Question] = {}
    for question in form.questions:
        asked_by = question.show_if
        if asked_by is None or (asked_by.question in seen and asked_by.holds(answers)):
            seen[question.name] = question
    return tuple(seen.values())


def kept(form: Form, answers: Mapping[str, str]) -> dict[str, str]:
    """What is kept of these answers: to questions that are shown, without the empty ones."""
    given = {one.name: answers.get(one.name, "").strip() for one in shown(form, answers)}
    return {name: answer for name, answer in given.items() if answer}


def faults_in(
    form: Form, answers: Mapping[str, str], *, complete: bool = True
) -> dict[str, AnswerFault]:
    """Which answers do not fit, by question. Not `complete`: required ones may still be missing."""
    known = {question.name for question in form.questions}
    faults = {name: AnswerFault.UNKNOWN for name in answers if name not in known}
    for question in shown(form, answers):
        answer = answers.get(question.name, "").strip()
        fault = _fault(question, answer)
        if fault is AnswerFault.MISSING and not complete:
            continue
        if fault is not None:
            faults[question.name] = fault
    return faults


def _fault(question: Question, answer: str) -> AnswerFault | None:
    if not answer:
        return AnswerFault.MISSING if question.required else None
    if len(answer) > LONGEST_ANSWER:
        return AnswerFault.TOO_LONG
    return None if question.kind is QuestionKind.TEXT else _fault_of_kind(question, answer)


def _fault_of_kind(question: Question, answer: str) -> AnswerFault | None:
    match question.kind:
        case QuestionKind.NUMBER:
            return _fault_of_number(question, answer)
        case QuestionKind.YES_NO:
            fits = answer in {YES, NO}
        case QuestionKind.CHOICE:
            fits = answer in question.choices
        case _:
            fits = set(answer.split("\n")) <= set(question.choices)
    return None if fits else AnswerFault.NO_CHOICE


def _fault_of_number(question: Question, answer: str) -> AnswerFault | None:
    try:
        number = float(answer)
    except ValueError:
        return AnswerFault.NO_NUMBER
    least = question.least if question.least is not None else -1e15
    most = question.most if question.most is not None else 1e15
    # Neither holds of what is no number at all (nan).
    return None if least <= number <= most else AnswerFault.OUT_OF_RANGE
