"""Every word of the wallboard is there, in every language; every alarm has its sentence and act."""

from __future__ import annotations

import re

import pytest

from config.language import in_language
from config.settings import Language
from supervisor.alarm_rules import ACTS, AlarmCode
from supervisor.snapshot import AgentLook
from supervisor.web.page_words import PAGE_WORDS
from supervisor.web.pages import STATIC

PAGES = ("wall.html", "wall.js", "floor.html", "floor.js")
FILES = sorted([*STATIC.glob("board/*.js"), *(STATIC / page for page in PAGES)])
WHOLE = re.compile(
    r"""\b(?:t|has)\(\s*"([\w.-]+)"|data-t(?:-[a-z-]+)?="([\w.-]+)"|"(board\.[\w.]+)\""""
)
BEGUN = re.compile(r"""\bt\(`([\w.]+)\$\{""")


def keys() -> set[str]:
    texts = [path.read_text("utf-8") for path in FILES]
    return {key for text in texts for found in WHOLE.findall(text) for key in found if key}


def test_every_key_of_the_pages_has_its_words() -> None:
    assert len(keys()) > 60
    assert sorted(key for key in keys() if key not in PAGE_WORDS) == []


def test_every_key_that_is_put_together_has_words_that_begin_so() -> None:
    begun = {key for path in FILES for key in BEGUN.findall(path.read_text("utf-8"))}
    assert len(begun) > 10
    assert [one for one in begun if not any(key.startswith(one) for key in PAGE_WORDS)] == []


def test_every_alarm_has_a_sentence_and_an_act_with_a_word() -> None:
    assert set(ACTS) == set(AlarmCode)
    wanted = [f"board.alarm.{code}" for code in AlarmCode]
    wanted += [f"board.suggest.{act}" for act in ACTS.values()]
    assert [key for key in wanted if key not in PAGE_WORDS] == []


def test_every_state_of_an_agent_has_its_word() -> None:
    assert [look for look in AgentLook if f"look.{look}" not in PAGE_WORDS] == []


SAME_IN_CHINESE = {"Asterisk", "ASA", "AHT"}


@pytest.mark.parametrize("language", [Language.CHINESE, Language.TAIWANESE])
def test_no_word_of_the_wallboard_is_left_in_english(language: Language) -> None:
    left = [
        english
        for key, english in PAGE_WORDS.items()
        if key.startswith(("board.", "floor.", "look.", "why.", "pause."))
        and in_language(english, language) == english
        and english not in SAME_IN_CHINESE
    ]
    assert left == []
