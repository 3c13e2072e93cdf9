"""Every code of the rules has its sentence, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from campaigns import sentences
from campaigns.columns import ColumnFault
from campaigns.contact import ContactState
from campaigns.encodings import ListFault
from campaigns.judge import Code
from campaigns.numbers import NumberRefusal
from campaigns.outcomes import Branch, Disposition, Outcome, outcome_of
from campaigns.retry import AppointmentFault
from campaigns.rows import Reason
from config.language import LOCALE, translate
from dialer.messages import ReplyCode
from supervisor.words import branch_words, outcome_words

ROOT = Path(__file__).parents[2]
ROOMS = ("agi", "asterisk", "campaigns", "config", "dialer", "routing", "store", "supervisor")


def texts_of_the_sources() -> Iterator[str]:
    for room in ROOMS:
        found = extract_from_dir(
            ROOT / room, method_map=[("**.py", "python")], keywords={"_": None, "mark": None}
        )
        for _name, _line, message, *_rest in found:
            yield str(message)


def test_the_template_is_that_of_the_sources() -> None:
    with (LOCALE / "waihu.pot").open("rb") as file:
        template = {str(message.id) for message in read_po(file) if message.id}
    assert template == set(texts_of_the_sources())


@pytest.mark.parametrize("spoken", ["en", "zh-CN"])
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
