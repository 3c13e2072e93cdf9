"""What supervisors do to agents and their calls as they live: by the running engine alone.

Owns: these acts, asked of the engine over its socket or in its own process, and the refusal that
all acts share. Must not know the database: a stuck call is hung up also while that is away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from campaigns.ledger import By
from dialer.effects import ListenMode, ReplyCode
from dialer.wire import Answer, Do

OK = ReplyCode.OK.value


class ActRefused(Exception):  # noqa: N818  an answer, no fault of the program's
    """The act was not done. `code`: a `Refusal` or a ReplyCode; `facts`: for its sentence."""

    def __init__(self, code: str, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = dict(facts or {})


class AskEngine(Protocol):
    """Asks the running engine: over its socket, or in its own process."""

    async def __call__(self, do: Do, /, **fields: str | None) -> Answer:
        """Raises EngineNotRunningError where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveActs:
    """The acts. Each raises ActRefused, and EngineNotRunningError where no engine runs."""

    ask: AskEngine

    async def pause_agent(self, agent: str, reason: str | None, by: By) -> Answer:
        """Make an agent not ready, for a reason, or ready again (None); a talk goes on."""
        return await self._do(Do.PAUSE, by, agent=agent, reason=reason)

    async def sign_out(self, agent: str, by: By, *, now: bool = False) -> Answer:
        """Sign an agent out. In a call it takes effect after it, unless `now`.

        Facts: `when`, which is `now` or `after`.
        """
        return await self._do(Do.SIGN_OUT, by, agent=agent, now="yes" if now else "no")

    async def listen(self, agent: str, mode: ListenMode, phone: str, by: By) -> Answer:
        """Ring a supervisor's phone and let it hear an agent's talks; again: in another mode.

        Facts: `state`, which is `rings`, `waits` (the agent is in no talk) or `hears`.
        """
        return await self._do(Do.LISTEN, by, agent=agent, mode=mode.value, phone=phone)

    async def unlisten(self, phone: str, by: By) -> Answer:
        """Let the supervisor's phone hear nobody any more: it is hung up."""
        return await self._do(Do.UNLISTEN, by, phone=phone)

    async def record(self, agent: str, by: By, *, on: bool = True) -> Answer:
        """Record the agent's talk from now on to its end, or no longer. Facts: `file`."""
        return await self._do(Do.RECORD, by, agent=agent, on="yes" if on else "no")

    async def hang_up(self, by: By, *, agent: str | None = None, call: str | None = None) -> Answer:
        """End the call of an agent, or the one that is named. Facts: `call`."""
        return await self._do(Do.HANG_UP, by, agent=agent, call=call)

    async def _do(self, do: Do, by: By, **fields: str | None) -> Answer:
        answer = await self.ask(do, by=by.who, why=by.why or None, **fields)
        if answer.code != OK:
            known = {name: value for name, value in fields.items() if value is not None}
            raise ActRefused(answer.code, {**known, **answer.facts})
        return answer
