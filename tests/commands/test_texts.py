"""Every code of the rules has its sentence, in every language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

import pytest

from campaigns.appointments import AppointmentFault
from campaigns.cli import order_words, sentences
from campaigns.contact import ContactState
from campaigns.judge import Code
from campaigns.orders.order import Level
from campaigns.orders.states import Act, State
from campaigns.outcomes import Branch, Disposition, Outcome, outcome_of
from campaigns.phone.numbers import NumberRefusal
from campaigns.row.columns import ColumnFault
from campaigns.row.list_faults import ListFault
from campaigns.row.rows import Reason
from config.language import translate
from dialer.effects import ReplyCode
from supervisor.words import branch_words, outcome_words


@pytest.mark.parametrize("spoken", ["en", "zh-CN", "zh-TW"])
@pytest.mark.parametrize(
    ("members", "said"),
    [
        (Code, sentences.verdict_sentences),
        (ReplyCode, sentences.reply_sentences),
        (NumberRefusal, sentences.number_sentences),
        (Reason, sentences.reason_sentences),
        (ListFault, sentences.list_fault_sentences),
        (ColumnFault, sentences.column_fault_sentences),
        (AppointmentFault, sentences.appointment_sentences),
        (ContactState, sentences.contact_state_words),
        (Outcome, lambda: outcome_words(translate)),
        (Branch, lambda: branch_words(translate)),
        (State, order_words.state_words),
        (Level, order_words.level_words),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_every_code_has_its_sentence(
    members: type[Enum],
    said: Callable[[], Mapping[Enum, str]],
    spoken: str,
    speaking: Callable[[str | None], None],
) -> None:
    speaking("en")
    english = dict(said())
    speaking(spoken)
    found = said()
    assert set(found) == set(members)
    assert all(found.values())
    if spoken != "en":
        assert not [code for code in found if found[code] == english[code]]


def test_every_disposition_is_worded_by_its_outcome() -> None:
    words = outcome_words(translate)
    assert all(words[outcome_of(disposition)] for disposition in Disposition)


def test_every_act_on_a_work_order_has_its_word() -> None:
    assert set(order_words.act_words()) == {*Act, "opened"}
