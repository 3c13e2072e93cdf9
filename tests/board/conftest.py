"""English, unless a test asks for another language."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from config.language import speak


@pytest.fixture(autouse=True)
def speaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str | None], None]]:
    """Speak a language for the length of a test."""
    monkeypatch.setenv("LANGUAGE", "en")
    speak("en")
    yield speak
    speak(None)
