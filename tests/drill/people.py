"""The simulated agents of the drill: on the phone for good, and they remember what they were told.

Owns: the phones, which stay logged in over deaths of the engine and dial in again after one of
the switch; what each agent says of each call; and every word that the engine called saved. Must
not know when the engine dies: to them it is a desk that does not answer for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from asterisk.errors import LinkLost, PbxError
from asterisk.lab.phones import AmiWire, Phones
from asterisk.lab.process import LabAsterisk
from campaigns.outcomes import Disposition
from dialer.agents import State
from dialer.client import EngineClient, EngineNotRunningError
from dialer.wire import Answer, Do

TRY_AGAIN_S = 0.1
DIAL_AGAIN_S = (0.2, 0.8)
ASK_AGAIN_S = 1.0
SAID_AT_MOST = 8
WORDS = (
    Disposition.SUCCESS,
    Disposition.SUCCESS_PROXY,
    Disposition.UNSUCCESSFUL,
    Disposition.APPOINTMENT,
    Disposition.REFUSED,
    Disposition.WRONG_RECORD,
)
UNKNOWN_YET = "no_call_to_dispose"
"""What is answered while a call is still being taken over: the word is said again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What an agent says of a call; the note is unlike any other, so that it can be recognised."""

    attempt: str
    agent: str
    disposition: Disposition
    note: str
    appointment_at: datetime | None = None


class People:
    """The agents `logins`. `think_s`: from the end of the talk to the word."""

    def __init__(
        self,
        switch: LabAsterisk,
        socket: Path,
        logins: Sequence[str],
        random: Random,
        think_s: tuple[float, float] = (0.2, 1.0),
    ) -> None:
        self.saved: dict[str, Word] = {}
        """Words that the engine said it has saved, by attempt."""
        self.saved_at: dict[str, float] = {}
        self.refused: dict[str, int] = {}
        self.states: dict[str, State] = {}
        self._switch = switch
        self._socket = socket
        self._logins = tuple(logins)
        self._random = random
        self._think_s = think_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._talks: dict[str, str] = {}
        self._said: set[str] = set()
        self._calls: list[asyncio.Task[None]] = []
        self._lines: dict[str, asyncio.Task[None]] = {}
        self._at_work = True
        self._back_at = 0.0

    async def open(self) -> None:
        self._begin(self._keep_phones())
        self._begin(self._keep_listening())

    def go_home(self) -> None:
        """Everybody hangs up, and does not call again."""
        self._at_work = False
        for call in self._calls:
            call.cancel()

    def call_anew(self, most: int) -> None:
        """Some hang up and dial in again, rather those who talk to nobody."""
        lines = list(self._lines)
        self._random.shuffle(lines)
        for login in sorted(lines, key=lambda one: self.states.get(one) is State.TALKING)[:most]:
            self._lines[login].cancel()

    def step_out(self, for_s: float) -> None:
        """Everybody hangs up, and nobody calls again before."""
        self._back_at = time.monotonic() + for_s
        for line in self._lines.values():
            line.cancel()

    async def close(self) -> None:
        """Hear no more. Who did not go home before may be left on the line."""
        self.go_home()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def are(self, state: State) -> int:
        """How many agents the engine has in `state`."""
        return sum(one is state for one in self.states.values())

    # ── phones ───────────────────────────────────────────────────────────────────────────

    async def _keep_phones(self) -> None:
        switch = self._switch
        while True:
            try:
                wire = await AmiWire.open(
                    switch.ami_host, switch.ami_port, switch.lab_user, switch.lab_secret
                )
            except (PbxError, OSError):
                await asyncio.sleep(TRY_AGAIN_S)
                continue
            await self._phone(wire)

    async def _phone(self, wire: AmiWire) -> None:
        """Everybody on the phone, until the switch is gone or we are cancelled."""
        phones = Phones(wire)
        if self._at_work:
            stays = [self._stay(phones, login) for login in self._logins]
            self._calls = [asyncio.create_task(stay) for stay in stays]
        try:
            with contextlib.suppress(LinkLost, OSError):
                await phones.listen()
        finally:
            for call in self._calls:
                call.cancel()
            await asyncio.gather(*self._calls, return_exceptions=True)
            await wire.close()

    async def _stay(self, phones: Phones, login: str) -> None:
        while True:
            soon = self._random.uniform(*DIAL_AGAIN_S)
            await asyncio.sleep(max(soon, self._back_at - time.monotonic()))
            line = self._lines[login] = asyncio.create_task(phones.call(login))
            await asyncio.gather(line, return_exceptions=True)

    # ── the desk ─────────────────────────────────────────────────────────────────────────

    async def _keep_listening(self) -> None:
        while True:
            with contextlib.suppress(EngineNotRunningError):
                async with EngineClient(self._socket) as engine:
                    async for news in engine.follow(Do.AGENTS):
                        self._hear(news)
            self.states.clear()
            await asyncio.sleep(TRY_AGAIN_S)

    def _hear(self, news: Answer) -> None:
        agent, attempt = str(news.facts["agent"]), news.facts["attempt"]
        state = self.states[agent] = State(str(news.facts["state"]))
        before = self._talks.get(agent)
        if state is State.TALKING and attempt:
            self._talks[agent] = str(attempt)
        if before and before != attempt and state is not State.AWAY:
            self._dispose(agent, before)
        if state is State.WRAP_UP and attempt:
            self._dispose(agent, str(attempt))

    def _dispose(self, agent: str, attempt: str) -> None:
        """Say something of a talk, once; also of one that ended while the engine was dead."""
        if attempt not in self._said:
            self._said.add(attempt)
            self._begin(self._say(self._word(agent, attempt)))

    def _word(self, agent: str, attempt: str) -> Word:
        disposition = self._random.choice(WORDS)
        ahead = timedelta(days=2, minutes=15 * self._random.randrange(96))
        today = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  a test is an edge
        return Word(
            attempt=attempt,
            agent=agent,
            disposition=disposition,
            note=f"备注 {attempt[-8:]} {self._random.randrange(10**9)}",
            appointment_at=today + ahead if disposition is Disposition.APPOINTMENT else None,
        )

    async def _say(self, word: Word) -> None:
        """Give the word until it is saved or refused for good."""
        await asyncio.sleep(self._random.uniform(*self._think_s))
        tries = 0
        while tries < SAID_AT_MOST:
            try:
                answer = await self._ask(word)
            except EngineNotRunningError:
                await asyncio.sleep(TRY_AGAIN_S)
                continue
            if answer.code == "ok":
                self.saved[word.attempt] = word
                self.saved_at[word.attempt] = time.time()
                return
            if answer.code != UNKNOWN_YET:
                break
            tries += 1
            await asyncio.sleep(ASK_AGAIN_S)
        self.refused[answer.code] = self.refused.get(answer.code, 0) + 1

    async def _ask(self, word: Word) -> Answer:
        at = word.appointment_at
        async with EngineClient(self._socket) as engine:
            return await engine.ask(
                Do.DISPOSE,
                agent=word.agent,
                attempt=word.attempt,
                disposition=word.disposition.value,
                appointment_at=at.isoformat() if at else None,
                note=word.note,
            )
