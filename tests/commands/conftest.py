"""The real command on a site of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from config.language import LOCALE, speak
from tests.commands.one_site import START, Site


@pytest.fixture(scope="session", autouse=True)
def catalogue() -> None:
    """The Chinese texts as they stand in the sources, compiled as the set-up does it."""
    for source in LOCALE.glob("*/LC_MESSAGES/waihu.po"):
        new = source.with_suffix(".new")
        with source.open("rb") as po, new.open("wb") as mo:
            write_mo(mo, read_po(po, locale=source.parts[-3]))
        new.replace(source.with_suffix(".mo"))


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str | None], None]]:
    """Speak a language for the length of a test."""
    for name in os.environ:
        if name.startswith("WAIHU_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANGUAGE", "en")
    yield speak
    speak(None)


@pytest.fixture
def site(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    speaking: Callable[[str | None], None],
) -> Site:
    """An empty site, in English."""
    site = Site(folder=tmp_path, capsys=capsys)
    site.settle()
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    speaking(None)
    return site


@pytest.fixture
def started(site: Site) -> Site:
    """A site with a started campaign and two contacts, dialable at any hour."""
    site.brings_files()
    for command in START:
        site.ok(*command)
    return site
