from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_diagrams_are_what_the_tables_say(page: Path) -> None:
    spec = importlib.util.spec_from_file_location("diagrams", ROOT / "docs" / "diagrams.py")
    assert spec is not None
    assert spec.loader is not None
    diagrams = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(diagrams)
    text = page.read_text(encoding="utf-8")
    assert text == diagrams.redrawn(text), "run docs/diagrams.py"


def test_every_file_that_the_flow_names_is_there() -> None:
    text = (ROOT / "docs" / "flow.md").read_text(encoding="utf-8")
    named = {word for word in text.replace("`", " ").split() if word.endswith((".py,", ".py"))}
    assert named
    for name in named:
        assert (ROOT / name.rstrip(",;.)")).exists(), name
