"""Passwords as they are kept: argon2id, with the library's parameters (RFC 9106).

Owns: hashing and comparing, off the event loop, one at a time: each takes 64 MiB and four threads
for some 50 ms, and calls go on beside it. Must not know whose password it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from supervisor.accounts import typed_password

AT_ONCE: Final = 1
MOST_WAITING: Final = 64


class TooManyError(Exception):
    """So many passwords wait to be compared that one more would wait for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Whether a password was right; `renewed`: its hash anew, if the kept one is of old make."""

    right: bool
    renewed: str | None = None


class Passwords:
    """Hashes and compares."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._seats = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._of_nobody: str | None = None
        self.compared = 0

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        return await asyncio.to_thread(self._hasher.hash, typed_password(password))

    async def compare(self, kept: str | None, password: str) -> Compared:
        """Compare; without a kept hash the same work is done, and the answer is no.

        Raises:
            TooManyError: too many wait already.
        """
        async with self._seat():
            return await asyncio.to_thread(self._compare, kept, typed_password(password))

    def _compare(self, kept: str | None, password: str) -> Compared:
        self.compared += 1
        if self._of_nobody is None:
            self._of_nobody = self._hasher.hash("nobody's password")
        try:
            self._hasher.verify(self._of_nobody if kept is None else kept, password)
        except (VerificationError, InvalidHashError):
            return Compared(right=False)
        if kept is None:
            return Compared(right=False)
        old = self._hasher.check_needs_rehash(kept)
        return Compared(right=True, renewed=self._hasher.hash(password) if old else None)

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[None]:
        if self._waiting >= MOST_WAITING:
            raise TooManyError
        self._waiting += 1
        try:
            async with self._seats:
                yield
        finally:
            self._waiting -= 1
