"""How often somebody may try to sign in: waits that grow, per account and per address.

Owns: that rule, in whatever time it is given. Must not know what is right or wrong of a password.

A try is counted before it is looked at, so that a thousand at once are a thousand tries; one that
was right is taken back. An account's wait stays short: who guesses at a name must not lock out
whoever has it for long. An address's wait may be long. What is remembered is bounded: the oldest
is forgotten first, and everything is after an hour of quiet.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

FORGOTTEN_S: Final = 3600.0
MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """So many tries come without a wait; then it is 1 s, and doubles up to `longest_s`."""

    free: int
    longest_s: float

    def wait_s(self, tries: int) -> float:
        """The wait after so many tries.

        >>> [Patience(free=3, longest_s=60).wait_s(n) for n in (2, 3, 4, 5, 99)]
        [0.0, 1.0, 2.0, 4.0, 60.0]
        """
        surplus = tries - self.free
        return 0.0 if surplus < 0 else min(self.longest_s, 2.0 ** min(surplus, 30))


OF_ACCOUNT: Final = Patience(free=5, longest_s=60.0)
OF_ADDRESS: Final = Patience(free=20, longest_s=900.0)


@dataclass(slots=True, kw_only=True)
class _Tries:
    count: int = 0
    open_at: float = 0.0
    last: float = 0.0


class _Remembered:
    """Tries by key, the least recent first."""

    def __init__(self, patience: Patience, most: int) -> None:
        self._patience = patience
        self._most = most
        self._of: OrderedDict[str, _Tries] = OrderedDict()

    def __len__(self) -> int:
        return len(self._of)

    def wait_s(self, key: str, mono: float) -> float:
        tries = self._of.get(key)
        return 0.0 if tries is None else max(0.0, tries.open_at - mono)

    def add(self, key: str, mono: float) -> None:
        tries = self._of.setdefault(key, _Tries(last=mono))
        if mono - tries.last >= FORGOTTEN_S:
            tries.count = 0
        tries.count += 1
        tries.last = mono
        tries.open_at = mono + self._patience.wait_s(tries.count)
        self._of.move_to_end(key)
        self._forget(mono)

    def take_back(self, key: str) -> None:
        tries = self._of.get(key)
        if tries is not None:
            tries.count -= 1
            tries.open_at = tries.last + self._patience.wait_s(tries.count)

    def clear(self, key: str) -> None:
        self._of.pop(key, None)

    def _forget(self, mono: float) -> None:
        while self._of:
            key, tries = next(iter(self._of.items()))
            if len(self._of) <= self._most and mono - tries.last < FORGOTTEN_S:
                return
            del self._of[key]


class SignInRule:
    """Who has to wait. Times are those of one monotonic clock, in seconds."""

    def __init__(
        self,
        *,
        of_account: Patience = OF_ACCOUNT,
        of_address: Patience = OF_ADDRESS,
        most: int = MOST_REMEMBERED,
    ) -> None:
        self._accounts = _Remembered(of_account, most)
        self._addresses = _Remembered(of_address, most)

    def __len__(self) -> int:
        return len(self._accounts) + len(self._addresses)

    def begin(self, account: str, address: str, mono: float) -> float:
        """Count a try, unless there is a wait: then it gives that one, and looks at nothing.

        A try during a wait makes the wait no longer: else a page that tries again could never end.
        """
        wait_s = max(self._accounts.wait_s(account, mono), self._addresses.wait_s(address, mono))
        if wait_s > 0.0:
            return wait_s
        self._accounts.add(account, mono)
        self._addresses.add(address, mono)
        return 0.0

    def was_right(self, account: str, address: str) -> None:
        """The try is taken back; the account's earlier ones are forgotten."""
        self._accounts.clear(account)
        self._addresses.take_back(address)
