"""Accounts: who works at pages and API, and what a name and a password must be (R25).

Owns: these records, how a name is read, and what is wrong with a password. Must not know how a
password is kept (`supervisor.web.passwords`), nor where accounts are (`store.accounts`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from supervisor.rights import Right, Role

SHORTEST_PASSWORD: Final = 10
"""Characters. What resists guessing is length, not the kinds of signs in it (NIST SP 800-63B)."""
LONGEST_PASSWORD: Final = 200
LONGEST_NAME: Final = 64
LONGEST_TOKEN_NAME: Final = 60
LEAST_DIFFERENT: Final = 5

_NAME: Final = re.compile(rf"[\w][\w.@-]{{0,{LONGEST_NAME - 1}}}")
_PHONE: Final = re.compile(r"[A-Za-z0-9]{1,20}")
# The first that are tried, beside a site's own name; shorter ones are refused as such.
_COMMON: Final = frozenset(
    {
        *("1234567890", "0123456789", "password123", "passw0rd123", "qwertyuiop", "1q2w3e4r5t"),
        *("woaini1314", "admin12345", "administrator", "1qaz2wsx3edc", "5201314520"),
    }
)


class AccountState(StrEnum):
    """`suspended` may come back; `withdrawn` never does, and keeps its name from others."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account. `agent`: the login of the agent that it is. `language`: as pages write it.

    `phone`: the extension that rings when it listens, and no other does; None: the one it names.
    """

    name: str
    role: Role
    full_name: str = ""
    state: AccountState = AccountState.ACTIVE
    agent: str | None = None
    language: str | None = None
    has_password: bool = False
    phone: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An account at work: a browser's session, or a program's token with its scopes.

    `number` names the session on screens. `ends_at`: at the latest. `seen_at`: as noted last.
    """

    account: Account
    number: str | None = None
    token: str | None = None
    scopes: frozenset[Right] | None = None
    ends_at: datetime | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How long a browser stays signed in: `idle` without a request, `longest` in all."""

    idle: timedelta = timedelta(hours=2)
    longest: timedelta = timedelta(hours=12)


class PasswordFault(StrEnum):
    """Why a password is not taken."""

    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    TOO_PLAIN = "password_too_plain"
    """One sign over and over, or among the first that are tried."""
    HAS_THE_NAME = "password_has_the_name"


def account_name(text: str) -> str:
    """A name as it is kept: `Wang.Li` and full-width letters are the same as `wang.li`.

    Raises:
        ValueError: it is no name: letters of any script, digits, `.`, `_`, `-`, `@`.
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if not _NAME.fullmatch(plain):
        raise ValueError(f"no name for an account: {text!r}")
    return plain


def own_phone(text: str) -> str:
    """An account's phone as it is kept; empty: it has none.

    Raises:
        ValueError: it is no extension: up to 20 letters and digits, as one may listen by.
    """
    plain = text.strip()
    if plain and not _PHONE.fullmatch(plain):
        raise ValueError(f"no extension: {text!r}")
    return plain


def typed_password(text: str) -> str:
    """What was meant, whichever input method was on: full-width signs are the usual ones."""
    return unicodedata.normalize("NFKC", text)


def password_fault(text: str, name: str) -> PasswordFault | None:
    """What is wrong with a new password of the account `name`, if anything is."""
    plain = typed_password(text)
    if len(plain) < SHORTEST_PASSWORD:
        return PasswordFault.TOO_SHORT
    if len(plain) > LONGEST_PASSWORD:
        return PasswordFault.TOO_LONG
    folded = plain.casefold()
    if len(set(folded)) < LEAST_DIFFERENT or folded in _COMMON:
        return PasswordFault.TOO_PLAIN
    # Of a name as long as this most of the password would be known.
    is_part = name in folded and len(name) * 2 >= len(folded)
    return PasswordFault.HAS_THE_NAME if is_part else None


def scopes_text(scopes: Iterable[Right]) -> str:
    """Scopes as they are kept and told: sorted, separated by blanks."""
    return " ".join(sorted(scopes))


def read_scopes(text: str) -> frozenset[Right]:
    """Scopes as they were kept. A right of a later version is none here.

    >>> sorted(read_scopes("reports watch"))
    [<Right.REPORTS: 'reports'>, <Right.WATCH: 'watch'>]
    """
    known = {right.value: right for right in Right}
    return frozenset(known[word] for word in text.split() if word in known)
