"""The phones of the simulated agents, placed and ended over an AMI connection of their own.

Owns: that connection, and one phone call an agent that dials the agent's number in waihu-login.
Must not know what agents do on the phone, nor the product's own link: these are other people.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from itertools import count
from typing import Self

from asterisk.errors import LinkLost, LoginRefused
from asterisk.frames import Frames, headers_of

INBOUND_CONTEXT = "waihu-inbound"
CALLER = "Local/{caller}@waihu-lab-caller/n"
LOGIN_CONTEXT = "waihu-login"
PHONE = "Local/{agent}@waihu-lab-agent-phone/n"
_AGENT = re.compile(r"[0-9]{2,12}")
_CHUNK = 65536
AGAIN_S = 1.0
"""A phone that does not hang up is told so again after this."""


class AmiWire:
    """One AMI connection: actions out, whole messages in. For the lab and its tests."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = Frames()
        self._whole: list[dict[str, str]] = []

    @classmethod
    async def open(cls, host: str, port: int, user: str, secret: str) -> Self:
        """Connect and log in.

        Raises:
            LoginRefused: the user or the secret is wrong.
            LinkLost: nobody listens there, or the connection ended.
        """
        try:
            wire = cls(*await asyncio.open_connection(host, port))
        except OSError as fault:
            raise LinkLost(str(fault)) from fault
        wire.send({"Action": "Login", "Username": user, "Secret": secret, "ActionID": "login"})
        while (message := await wire.receive()).get("ActionID") != "login":
            pass
        if message["Response"] != "Success":
            await wire.close()
            raise LoginRefused(user, message.get("Message", ""))
        return wire

    def send(self, action: dict[str, str]) -> None:
        """Write one action; its headers are ours alone, so they hold no line breaks."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in action.items())
        self._writer.write(f"{lines}\r\n".encode())

    async def receive(self) -> dict[str, str]:
        """The next message's headers.

        Raises:
            LinkLost: the connection ended.
        """
        while not self._whole:
            chunk = await self._reader.read(_CHUNK)
            if not chunk:
                raise LinkLost("Asterisk closed the connection")
            self._whole = [headers_of(message) for message in self._frames.feed(chunk)]
        return self._whole.pop(0)

    async def close(self) -> None:
        """End the connection."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


_NUMBERS = count(1)
"""One count for all phones of this program: Asterisk refuses the id of a living channel."""


class Phones:
    """Phone calls of agents. `listen` must run while others wait for their calls' ends."""

    def __init__(self, wire: AmiWire) -> None:
        self._wire = wire
        self._ended: dict[str, asyncio.Event] = {}
        self._calls: dict[str, str] = {}
        self._numbers = _NUMBERS

    async def listen(self) -> None:
        """Learn which calls have ended, until the connection does.

        Raises:
            LinkLost: Asterisk has gone.
        """
        while True:
            try:
                message = await self._wire.receive()
            except LinkLost:
                for call in list(self._ended):
                    self._end(call)
                raise
            failed = message.get("Response") == "Failure"
            if message.get("Event") == "Hangup" or failed:
                self._end(message.get("Uniqueid", ""))
            if message.get("Response") in {"Error", "Failure"}:
                self._end(message.get("ActionID", ""))

    async def call(self, agent: str) -> None:
        """Dial the agent's number in waihu-login; returns when the phone is hung up.

        Cancelled, it hangs the phone up; `quiet` waits until that is done.
        """
        if not _AGENT.fullmatch(agent):
            raise ValueError("an agent's number is 2 to 12 digits")
        call = f"labphone{agent:0>12}{next(self._numbers):06}"
        ended = self._ended[call] = asyncio.Event()
        self._calls[agent] = call
        self._wire.send(_originate(agent, call))
        try:
            await ended.wait()
        except asyncio.CancelledError:
            self._hang_up(call)
            raise

    async def quiet(self) -> None:
        """Wait until every phone is hung up, or Asterisk has gone: `listen` must run.

        A connection that is closed before takes its last actions along: phones would live on.
        """
        while self._ended:
            waits = [asyncio.create_task(ended.wait()) for ended in self._ended.values()]
            await asyncio.wait(waits, timeout=AGAIN_S)
            for wait in waits:
                wait.cancel()
            for call in self._ended:
                self._hang_up(call)  # it may have come to life after the first

    def _hang_up(self, call: str) -> None:
        self._wire.send({"Action": "Hangup", "Channel": call, "ActionID": f"{call}x"})

    def press(self, agent: str, keys: str) -> None:
        """Press these keys, one after the other, on the phone of an agent who is on it."""
        far = _far_end(self._calls[agent])
        for key in keys:
            action = {"Action": "PlayDTMF", "Channel": far, "Digit": key, "Duration": "100"}
            self._wire.send(action | {"ActionID": f"{far}key"})

    def ring_in(self, dialed: str, caller: str, keys: str = "") -> None:
        """Somebody calls the hotline `dialed`; what becomes of it is Asterisk's to say.

        `keys`: what the caller presses then, a `w` for half a second.
        """
        call = f"labcaller{next(self._numbers):06}"
        self._wire.send(
            {
                "Action": "Originate",
                "ActionID": call,
                "ChannelId": call,
                "Channel": CALLER.format(caller=caller),
                "Context": INBOUND_CONTEXT,
                "Exten": dialed,
                "Priority": "1",
                "CallerID": caller,
                "Variable": f"__LAB_KEYS={keys}",
                "Timeout": "10000",
                "Async": "true",
            }
        )

    def _end(self, call: str) -> None:
        ended = self._ended.pop(call, None)
        if ended is not None:
            ended.set()


def _far_end(call: str) -> str:
    """The phone itself; `call` is its line's end in the switch."""
    return call.replace("labphone", "labhands", 1)


def _originate(agent: str, call: str) -> dict[str, str]:
    return {
        "Action": "Originate",
        "ActionID": call,
        "ChannelId": call,
        "OtherChannelId": _far_end(call),
        "Channel": PHONE.format(agent=agent),
        "Context": LOGIN_CONTEXT,
        "Exten": agent,
        "Priority": "1",
        "CallerID": agent,
        "Timeout": "10000",
        "Async": "true",
    }
