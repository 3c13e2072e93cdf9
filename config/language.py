"""The language that the program speaks to its operator: English, or Chinese of either script.

Owns: which language it is, and `_`, which looks a message up at the moment it is said. English
is the message itself: a catalogue that is missing (not compiled yet) is no error. Must not know
what is said.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Final

DOMAIN: Final = "waihu"
LOCALE: Final = Path(__file__).parent / "locale"
ENGLISH: Final = "en"
CHINESE: Final = "zh_CN"
TAIWANESE: Final = "zh_TW"
LANGUAGES: Final = (ENGLISH, CHINESE, TAIWANESE)
# In the order in which they are asked; the first that is set decides.
VARIABLES: Final = ("WAIHU_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
# The script, and where it is written; of a locale's name after `zh`.
_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})


class _Spoken:
    """The language of this process. None: the environment decides."""

    chosen: str | None = None


_meanwhile: ContextVar[str | None] = ContextVar("language", default=None)
"""The language of whoever is answered just now: a server has readers of several at once."""


def language_of(environment: Mapping[str, str]) -> str:
    """Return the language that the environment asks for; English for those we do not speak."""
    wish = next((wish for name in VARIABLES if (wish := environment.get(name))), ENGLISH)
    return _known(wish)


def speak(language: str | None) -> None:
    """Speak that language (`zh-CN`, `zh_TW.UTF-8`, `en`) from now on; None: the environment's."""
    _Spoken.chosen = None if language is None else _known(language)
    _teach_the_framework()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak that language for as long as the block runs, in this task (or thread) alone."""
    before = _meanwhile.set(_known(language))
    try:
        yield
    finally:
        _meanwhile.reset(before)


def spoken() -> str:
    """Return the language spoken now, one of LANGUAGES."""
    return _meanwhile.get() or _Spoken.chosen or language_of(os.environ)


def translate(message: str) -> str:
    """Return the message in the language spoken now."""
    # The empty message is the catalogue's own header.
    return _catalogue(spoken()).gettext(message) if message else message


def in_language(message: str, language: str) -> str:
    """Return the message in that language (`zh-CN`), whichever is spoken now: for web pages."""
    return _catalogue(_known(language)).gettext(message) if message else message


_ = translate


def mark(message: str) -> str:
    """Mark a message for the catalogue where it is written; it is translated when it is shown."""
    return message


def _known(wish: str) -> str:
    """Whoever writes Traditional Chinese reads Taiwan's; any other Chinese is the mainland's."""
    plain = wish.partition(".")[0].partition("@")[0]
    parts = plain.replace("-", "_").lower().split("_")
    if parts[0] != "zh":
        return ENGLISH
    simplified = "hans" in parts or _TRADITIONAL.isdisjoint(parts)
    return CHINESE if simplified else TAIWANESE


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [language], fallback=True)


def _teach_the_framework() -> None:
    """Typer asks gettext's own domain for its few words: give it ours."""
    gettext.bindtextdomain(DOMAIN, str(LOCALE))
    gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = spoken()
