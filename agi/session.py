"""One call that asks something: the verbs of FastAGI over a connection.

Owns: what is said and what its answer means, how long each answer may take, and which variables
may be put on a channel. Must not know routes, the engine, nor sockets (`agi.connection`).

A caller who hangs up is daily work, so it is a value: every verb gives `HungUp` from then on, at
once and without a word to the switch. A switch that does not answer in time raises TimeoutError,
one that does not speak FastAGI raises RemoteProtocolError; after either the session is over.

Each verb is one round trip, and round trips are what a call pays for: set all variables in one.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from agi.connection import Connection
from agi.wire import Command, LocalProtocolError, Request, Response

DEAD_CHANNEL: Final = 511
FAILED: Final = "-1"
FOUND: Final = "1"

_NAME = re.compile(r"WAIHU_[A-Z][A-Z0-9_]{0,39}")
_VALUE = re.compile(r"[A-Za-z0-9_.+-]{0,64}")


@dataclass(frozen=True, slots=True)
class HungUp:
    """Nobody is there any more: the caller hung up, or the connection ended."""


Handler = Callable[["Session", Request], Awaitable[None]]


class Session:
    """One connection from the switch. `reply_timeout_s` is for each answer."""

    def __init__(self, connection: Connection, *, reply_timeout_s: float = 5.0) -> None:
        self._connection = connection
        self._reply_timeout_s = reply_timeout_s
        self._gone = False
        self._commands = 0

    @property
    def gone(self) -> bool:
        """Whether the other side has left; every verb gives HungUp then."""
        return self._gone

    @property
    def commands(self) -> int:
        """Round trips so far."""
        return self._commands

    async def request(self, timeout_s: float) -> Request | HungUp:
        """Wait for the whole header.

        Raises:
            TimeoutError: it is not there in `timeout_s`.
            RemoteProtocolError: it is none, or too long.
        """
        match await self._connection.next_event(timeout_s):
            case Request() as request:
                return request
            case _:
                return self._leave()

    async def ask(
        self, command: Command, *, timeout_s: float | None = None, may_fail: bool = False
    ) -> Response | HungUp:
        """Say any command and wait for its response.

        A dead channel (511) and a result of -1 (the caller left meanwhile) are hang-ups. To some
        commands -1 may also mean that they failed: with `may_fail` it is a response.

        Raises:
            TimeoutError: no response in time.
            LocalProtocolError: the command cannot be said.
            RemoteProtocolError: what came is no response.
        """
        if self._gone:
            return HungUp()
        self._connection.send(command)
        self._commands += 1
        match await self._connection.next_event(
            self._reply_timeout_s if timeout_s is None else timeout_s
        ):
            case Response() as response if not _means_gone(response, may_fail=may_fail):
                return response
            case _:
                return self._leave()

    async def answer(self) -> Response | HungUp:
        """Pick up."""
        return await self.ask(Command("ANSWER"))

    async def hangup(self) -> Response | HungUp:
        """End the call."""
        return await self.ask(Command("HANGUP"))

    async def noop(self) -> Response | HungUp:
        """Do nothing, and learn whether the caller is still there."""
        return await self.ask(Command("NOOP"))

    async def verbose(self, text: str, level: int = 1) -> Response | HungUp:
        """Write a line to the switch's console."""
        return await self.ask(Command("VERBOSE", (text, str(level))))

    async def exec_app(
        self, application: str, options: str = "", *, timeout_s: float | None = None
    ) -> Response | HungUp:
        """Run a dialplan application; result -2 means that there is none of that name.

        `options` are taken apart by the application, at commas: nothing that a person typed
        may be in them.
        """
        return await self.ask(Command("EXEC", (application, options)), timeout_s=timeout_s)

    async def get_variable(self, name: str) -> str | HungUp | None:
        """Read a channel variable; None when it is not set."""
        match await self.ask(Command("GET VARIABLE", (name,))):
            case Response(result=result, data=data):
                return data if result == FOUND else None
            case hung_up:
                return hung_up

    async def set_variable(self, name: str, value: str) -> Response | HungUp:
        """Set one channel variable; see `set_variables`."""
        return await self.set_variables({name: value})

    async def set_variables(self, variables: Mapping[str, str]) -> Response | HungUp:
        """Set channel variables, all in one round trip (several go through MSet).

        Raises:
            LocalProtocolError: none at all, a name without our prefix, or a value with other
                than letters, digits and `_.+-`: the dialplan gives a meaning to those.
        """
        if not variables:
            raise LocalProtocolError("no variable to set")
        check_variables(variables)
        if len(variables) == 1:
            return await self.ask(Command("SET VARIABLE", *variables.items()))
        assignments = ",".join(f"{name}={value}" for name, value in variables.items())
        return await self.exec_app("MSet", assignments)

    async def close(self, timeout_s: float = 1.0) -> None:
        """End the connection; one that does not end by itself in `timeout_s` is cut."""
        await self._connection.close(timeout_s)

    def _leave(self) -> HungUp:
        self._gone = True
        return HungUp()


def check_variables(variables: Mapping[str, str]) -> None:
    """Refuse what may not go on a channel; see `Session.set_variables`.

    Raises:
        LocalProtocolError: it names the variable, never the value.
    """
    for name, value in variables.items():
        if not _NAME.fullmatch(name):
            raise LocalProtocolError("a variable's name must begin with WAIHU_")
        if not _VALUE.fullmatch(value):
            raise LocalProtocolError(f"the value of {name} holds what the dialplan would read")


def _means_gone(response: Response, *, may_fail: bool) -> bool:
    return response.code == DEAD_CHANNEL or (response.result == FAILED and not may_fail)
