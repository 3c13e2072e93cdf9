"""Sign-ins that failed, as the ledger is to tell of them: counted, at most one entry a minute.

Owns: the counts since the last entry, and when the next one is due. Must not know the ledger. What
was typed as a name goes nowhere unless it is an account's: it may be somebody's password.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

ENTRY_EVERY_S: Final = 60.0
MOST_NAMED: Final = 20


class SignInFailures:
    """The counts. Times are those of one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._accounts: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._unknown = 0
        self._due_at = float("-inf")

    def add(self, account: str | None, address: str) -> None:
        """One more; `account` None: there is none of the name that was given."""
        if account is None:
            self._unknown += 1
        else:
            self._accounts[account] += 1
        if address in self._addresses or len(self._addresses) < MOST_NAMED:
            self._addresses[address] += 1

    def due(self, mono: float) -> dict[str, Any] | None:
        """What an entry says now; None: there is nothing, or it is too early."""
        if mono < self._due_at or not (self._accounts or self._unknown):
            return None
        body = {
            "accounts": dict(self._accounts.most_common(MOST_NAMED)),
            "unknown": self._unknown,
            "addresses": dict(self._addresses),
            "rows": self._accounts.total() + self._unknown,
        }
        self._accounts.clear()
        self._addresses.clear()
        self._unknown = 0
        self._due_at = mono + ENTRY_EVERY_S
        return body
