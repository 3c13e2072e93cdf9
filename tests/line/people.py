"""Agents under the test's hand: real phone calls to log in, words given through the engine's door.

Owns: the phones, what each agent was last seen as, and what is said after which call. The words
go by the last two digits of the customer's number, so that one list holds many stories.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asterisk.errors import LinkLost
from asterisk.lab.phones import AmiWire, Phones
from asterisk.lab.process import LabAsterisk
from campaigns.outcomes import Disposition
from dialer.agents import State
from dialer.client import EngineClient, EngineNotRunningError
from dialer.wire import Answer, Do
from tests.line.waiting import wait_for

READY_WITHIN_S = 20.0
LET_GO_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What an agent says of a call."""

    disposition: Disposition
    appointment_at: datetime | None = None


class People:
    """The agents of one site. `words`: by the number's last two digits; None: says nothing."""

    def __init__(self, switch: LabAsterisk, socket: Path) -> None:
        self.words: dict[str, Word | None] = {}
        self.usual_word: Word | None = Word(disposition=Disposition.SUCCESS)
        self.states: dict[str, State] = {}
        self.answers: list[Answer] = []
        self._switch = switch
        self._socket = socket
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._said: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Plug the phones in."""
        await self._plug_in()

    async def plug_in_again(self) -> None:
        """Asterisk has gone with every phone call, and is there again."""
        for call in self._calls.values():
            call.cancel()
        await asyncio.gather(*self._calls.values(), return_exceptions=True)
        self._calls.clear()
        await self._wire.close()
        await self._plug_in()

    async def _plug_in(self) -> None:
        switch = self._switch
        self._wire = await AmiWire.open(
            switch.ami_host, switch.ami_port, switch.lab_user, switch.lab_secret
        )
        self.phones = Phones(self._wire)
        self._begin(self._listen())

    async def close(self) -> None:
        """Hang every phone up and wait until the switch has let go of it."""
        calls = list(self._calls.values())
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        async with asyncio.timeout(LET_GO_WITHIN_S):
            await self.phones.quiet()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._wire.close()

    async def _listen(self) -> None:
        try:
            await self.phones.listen()
        except LinkLost:
            return

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ── phones ───────────────────────────────────────────────────────────────────────────

    async def log_in(self, agents: Iterable[str]) -> None:
        """Call in, and wait until each is ready for a call."""
        logins = list(agents)
        self.call_in(logins)
        await self.are(State.IDLE, logins, within_s=READY_WITHIN_S)

    def call_in(self, agents: Iterable[str]) -> None:
        """Call in, to work as soon as there is work."""
        for login in agents:
            self._calls[login] = asyncio.create_task(self.phones.call(login))

    def hang_up(self, login: str) -> None:
        """The agent puts the phone down."""
        self._calls.pop(login).cancel()

    def phone_is_down(self, login: str) -> bool:
        """Whether the agent's phone call has ended by itself."""
        return self._calls[login].done()

    async def are(self, state: State, logins: Iterable[str], *, within_s: float = 10.0) -> None:
        """Wait until the engine has each of these agents in `state`."""
        wanted = list(logins)

        async def look() -> bool:
            return all(self.states.get(login) is state for login in wanted)

        await wait_for(look, within_s=within_s, what=f"{wanted} {state}")

    # ── words ────────────────────────────────────────────────────────────────────────────

    def follow_engine(self) -> None:
        """Watch the agents of a running engine until it goes away."""
        self.states.clear()
        self._begin(self._follow())

    async def _follow(self) -> None:
        async with EngineClient(self._socket) as engine:
            async for news in engine.follow(Do.AGENTS):
                self._hear(news)
        self.states.clear()

    def _hear(self, news: Answer) -> None:
        agent, attempt = str(news.facts["agent"]), news.facts["attempt"]
        self.states[agent] = State(str(news.facts["state"]))
        if self.states[agent] is not State.WRAP_UP or attempt is None or attempt in self._said:
            return
        self._said.add(str(attempt))
        word = self.words.get(str(news.facts["number_end"]), self.usual_word)
        if word is not None:
            self._begin(self._say(agent, word))

    async def _say(self, agent: str, word: Word) -> None:
        try:
            self.answers.append(await self.say(agent, word))
        except EngineNotRunningError:
            return

    async def say(self, agent: str, word: Word) -> Answer:
        """Give a word for the agent's call at hand, through the engine's socket."""
        at = word.appointment_at
        async with EngineClient(self._socket) as engine:
            return await engine.ask(
                Do.DISPOSE,
                agent=agent,
                disposition=word.disposition.value,
                appointment_at=at.isoformat() if at else None,
            )
