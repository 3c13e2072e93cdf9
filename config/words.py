"""Words that several settings share: queue names, zones, number formats.

Owns: what such a word may look like. Must not know where it is written.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

QUEUE_PREFIX: Final = "waihu-"
_ENGINE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_POSTGRES: Final = ("postgresql", "postgres")
_REDIS: Final = ("redis", "rediss", "unix")
_FLOW: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SKILL: Final = re.compile(r"[\w-]{1,40}")
_QUEUE: Final = re.compile(r"waihu-[a-z0-9][a-z0-9-]{0,39}")


class NumberFormat(StrEnum):
    """How a number goes into the dial string: +8621… or 8621…."""

    E164 = "e164"
    DIGITS = "digits"


def queue_name(name: str) -> str:
    """Return the queue's full name; `callback` means `waihu-callback`.

    Raises:
        ValueError: other characters than a-z, 0-9 and dashes.
    """
    full = name if name.startswith(QUEUE_PREFIX) else QUEUE_PREFIX + name
    if not _QUEUE.fullmatch(full):
        raise ValueError(f'"{name}" is no queue: a name is a-z, 0-9 and dashes')
    return full


def skill_name(name: str) -> str:
    """Return the name if a skill may have it.

    Raises:
        ValueError: other characters than letters of any script, digits, _ and -.
    """
    if not _SKILL.fullmatch(name):
        raise ValueError(f'"{name}" is no skill: a name is up to 40 letters, digits, _ and -')
    return name


def flow_name(name: str) -> str:
    """Return the name if a flow may have it; its file is called so.

    Raises:
        ValueError: other characters than a-z, 0-9, _ and -.
    """
    if not _FLOW.fullmatch(name):
        raise ValueError(
            f'"{name}" is no flow: a name is a-z, 0-9, _ and - (its file without .toml)'
        )
    return name


def engine_name(name: str) -> str:
    """Return the name if an engine may have it.

    Raises:
        ValueError: other characters than letters, digits, dots and dashes, or too many.
    """
    if not _ENGINE.fullmatch(name):
        raise ValueError(f'"{name}" is no engine\'s name: take letters, digits, . _ - (engine-2)')
    return name


def database_url(url: str) -> str:
    """Return the URL if it names a PostgreSQL and holds no password.

    Raises:
        ValueError: it names something else, or would show a password to whoever sees it.
    """
    try:
        parts = urlsplit(url)
        secret = parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from None
    if secret:
        raise ValueError(
            "must hold no password: it belongs into password_file, ~/.pgpass "
            "or WAIHU_DATABASE_PASSWORD"
        )
    if parts.scheme not in _POSTGRES:
        raise ValueError("must begin with postgresql:// (SQLite's file is [paths] database)")
    return url


def redis_url(url: str) -> str:
    """Return the URL if it names a Redis and holds no password.

    Raises:
        ValueError: it names something else, or would show a password to whoever sees it.
    """
    try:
        parts = urlsplit(url)
        secret = parts.password is not None or "password" in parse_qs(parts.query)
        number = parts.path.strip("/")
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from None
    if secret:
        raise ValueError(
            "must hold no password: it belongs into password_file or WAIHU_REDIS_PASSWORD"
        )
    if parts.scheme not in _REDIS or not (parts.hostname or parts.scheme == "unix"):
        raise ValueError("must begin with redis://, rediss:// (TLS) or unix://")
    if parts.scheme != "unix" and number and not number.isdecimal():
        raise ValueError(f'"{number}" is no number of a database (redis://127.0.0.1:6379/0)')
    return url


def one_line(text: str) -> str:
    """Return the text if it is one line of some text.

    Raises:
        ValueError: it is empty or has control characters.
    """
    if not text or any(ord(character) < ord(" ") for character in text):
        raise ValueError("must be one line of text")
    return text


def zone_name(name: str) -> str:
    """Return the name if it is an IANA zone.

    Raises:
        ValueError: it is none.
    """
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder, a path, a name that is not there
        raise ValueError(f'"{name}" is not a time zone (write Asia/Shanghai)') from None
    return name
