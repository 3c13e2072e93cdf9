"""Who is behind a key now: looked up anew for each request, and for each open stream every 2 s.

Owns: from key to `Caller`, the note that a session was at work, and what holds while the database
is away. Must not know how keys come (`supervisor.web.door`).
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import structlog

from store.api_tokens import ApiTokens
from store.errors import StoreError
from store.web_sessions import WebSessions
from supervisor.accounts import SignedIn
from supervisor.rights import rights_of
from supervisor.web.identity import Caller
from supervisor.web.keys import Key, KeyKind
from supervisor.web.problems import Problem

log = structlog.get_logger()

LOOK_EVERY_S: Final = 2.0
SEEN_EVERY: Final = timedelta(minutes=5)
HELD_WITHOUT_STORE: Final = timedelta(minutes=5)
"""While the database cannot be read, whoever was known so lately goes on: calls do, too."""
MOST_KNOWN: Final = 2_000
TRY_AGAIN_S: Final = 30
"""Who has too many streams open need not ask more often whether one has ended."""


def caller_from(found: SignedIn, key: Key) -> Caller:
    """An account at work, with the rights of this moment."""
    account = found.account
    return Caller(
        account=account.name,
        full_name=account.full_name,
        has_password=account.has_password,
        role=account.role,
        rights=rights_of(account.role, found.scopes),
        agent=account.agent,
        language=account.language,
        phone=account.phone,
        session=found.number,
        token=found.token,
        screen=key.kind is KeyKind.SCREEN,
        csrf=key.csrf,
        ends_at=found.ends_at,
    )


class Register:
    """All keys that hold. `most_streams`: open ones of one account, by whichever of its keys."""

    def __init__(
        self,
        sessions: WebSessions,
        tokens: ApiTokens,
        utc_now: Callable[[], datetime],
        most_streams: int,
    ) -> None:
        self._sessions = sessions
        self._tokens = tokens
        self._utc_now = utc_now
        self._known: OrderedDict[Key, tuple[Caller, datetime]] = OrderedDict()
        self._noting: set[Key] = set()
        self._most_streams = most_streams
        self._open: Counter[Key] = Counter()
        self._of_account: Counter[str] = Counter()
        self._standing: dict[Key, Caller | None] = {}
        self._looking: asyncio.Task[None] | None = None

    async def caller(self, key: Key) -> Caller | None:
        """Who is behind the key.

        Raises:
            StoreError: the database is away, and the key is not known from lately.
        """
        now = self._utc_now()
        try:
            found = (await self._look([key], now)).get(key)
        except StoreError:
            known = self._known.get(key)
            if known is None or now - known[1] > HELD_WITHOUT_STORE:
                raise
            return known[0]
        if found is None:
            self._known.pop(key, None)
            return None
        return await self._admitted(key, found, now)

    async def _admitted(self, key: Key, found: SignedIn, now: datetime) -> Caller:
        caller = caller_from(found, key)
        self._known[key] = (caller, now)
        self._known.move_to_end(key)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        if found.seen_at is None or now - found.seen_at >= SEEN_EVERY:
            await self._note_seen([key], now)
        return caller

    async def _note_seen(self, keys: Iterable[Key], now: datetime) -> None:
        mine = [key for key in keys if key not in self._noting]
        if not mine:
            return
        self._noting.update(mine)
        try:
            if sessions := _of_sessions(mine):
                await self._sessions.seen(sessions, now)
            if tokens := _of_tokens(mine):
                await self._tokens.used(tokens, now)
        except StoreError as error:
            log.warning("session.not_noted", fault=str(error))
        finally:
            self._noting.difference_update(mine)

    async def _look(self, keys: Iterable[Key], now: datetime) -> dict[Key, SignedIn]:
        keys = list(keys)
        sessions, tokens = _of_sessions(keys), _of_tokens(keys)
        found_sessions = await self._sessions.all_signed_in(sessions, now) if sessions else {}
        found_tokens = await self._tokens.all_signed_in(tokens, now) if tokens else {}
        of = {key: found_sessions if _is_session(key) else found_tokens for key in keys}
        return {key: of[key][key.hash] for key in keys if key.hash in of[key]}

    # ── streams ──────────────────────────────────────────────────────────────────────────

    @contextmanager
    def watched(self, key: Key, caller: Caller) -> Iterator[Callable[[], Caller | None]]:
        """While the block runs: asks who the key is by now, None once it holds no more.

        Raises:
            Problem: 429; the account has as many as it may. One script that forgets its streams
                must not use up the files of the engine that routes calls.
        """
        if self._of_account[caller.account] >= self._most_streams:
            raise _too_many(self._most_streams)
        self._of_account[caller.account] += 1
        self._standing[key] = caller
        self._open[key] += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._keep_looking())
            self._looking.add_done_callback(self._looked_for_good)
        try:
            yield lambda: self._standing.get(key)
        finally:
            self._of_account[caller.account] -= 1
            if not self._of_account[caller.account]:
                del self._of_account[caller.account]
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key], self._standing[key]
            if not self._open and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now, keys = self._utc_now(), list(self._open)
            try:
                found = await self._look(keys, now)
            except StoreError as error:
                # Nobody is put out because the database is away: the picture goes on.
                log.warning("session.not_looked_at", fault=str(error))
                continue
            for key in self._standing.keys() & set(keys):
                held = found.get(key)
                self._standing[key] = None if held is None else caller_from(held, key)
            await self._note_seen(
                [k for k, f in found.items() if f.seen_at is None or now - f.seen_at >= SEEN_EVERY],
                now,
            )

    def _looked_for_good(self, task: asyncio.Task[None]) -> None:
        """Nobody goes on unseen: if the look itself has failed, every stream ends."""
        if task.cancelled() or task.exception() is None:
            return
        log.error("session.looking_fell", exc_info=task.exception())
        self._standing = dict.fromkeys(self._standing)
        self._looking = None


def _too_many(most: int) -> Problem:
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_streams",
        f"this account has {most} open streams, and may have no more",
        facts={"most": most},
        headers={"retry-after": str(TRY_AGAIN_S)},
    )


def _is_session(key: Key) -> bool:
    return key.kind is KeyKind.SESSION


def _of_sessions(keys: Iterable[Key]) -> list[str]:
    return [key.hash for key in keys if _is_session(key)]


def _of_tokens(keys: Iterable[Key]) -> list[str]:
    return [key.hash for key in keys if not _is_session(key)]
