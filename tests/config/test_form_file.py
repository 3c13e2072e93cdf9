"""Forms as they are written, and what is refused (R24)."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.forms import QuestionKind, ShowIf
from config.errors import ConfigError
from config.form_file import read_form, read_forms

GOOD = """
title = "Satisfaction"
[[questions]]
name = "clean"
ask = "How clean is the lobby?"
kind = "choice"
choices = ["good", "fair", "poor"]
required = true
[[questions]]
name = "why"
ask = "What should be better?"
show_if = { question = "clean", is = ["fair", "poor"] }
"""


def write(folder: Path, text: str, name: str = "spring") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_form_belongs_to_what_its_file_is_named_after_or_to_whom_it_names(
    tmp_path: Path,
) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, 'for = ["autumn", "waihu-inbound"]\n' + GOOD, "both")
    forms = read_forms(tmp_path)
    assert {place: form.name for place, form in forms.items()} == {
        "spring": "spring",
        "autumn": "both",
        "waihu-inbound": "both",
    }
    clean, why = forms["spring"].questions
    assert (clean.kind, clean.required) == (QuestionKind.CHOICE, True)
    assert why.show_if == ShowIf(question="clean", answers=("fair", "poor"))
    assert read_forms(None) == read_forms(tmp_path / "nowhere") == {}


def test_two_forms_for_one_place_are_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, 'for = ["spring"]\n' + GOOD, "other")
    with pytest.raises(ConfigError, match=r"spring has a form already: other\.toml"):
        read_forms(tmp_path)


@pytest.mark.parametrize(
    ("bent", "said"),
    [
        (GOOD.replace('kind = "choice"', 'kind = "text"'), "choices belong to"),
        (GOOD.replace('choices = ["good", "fair", "poor"]', ""), "choices belong to"),
        (GOOD.replace('question = "clean"', 'question = "later"'), "does not stand before it"),
        (GOOD.replace('name = "why"', 'name = "clean"'), "clean is there twice"),
        (GOOD.replace("required", "requird"), "requird"),
        (GOOD + "least = 1\n", "least and most belong"),
        ("questions = []", "questions"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_reason(
    tmp_path: Path, bent: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        read_form(write(tmp_path, bent))
