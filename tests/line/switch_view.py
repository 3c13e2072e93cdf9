"""The switch as seen from beside the engine: an AMI connection of the tests' own.

Owns: everything that Asterisk said on it, with the time of hearing, calls placed by a test, and
the list of living channels. It logs in as the product's own user, so it sees what the product
may see.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import count

from asterisk.errors import LinkLost
from asterisk.lab.phones import AmiWire
from asterisk.lab.process import LabAsterisk
from tests.line.waiting import wait_for

EVENT_WITHIN_S = 15.0
_NUMBERS = count(1)

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Heard:
    """One message and when it was heard (monotonic seconds)."""

    at: float
    headers: Headers

    def says(self, event: str, headers: Headers) -> bool:
        return self.headers.get("Event") == event and headers.items() <= self.headers.items()


class SwitchView:
    """Listens from `open` to `close`."""

    def __init__(self, switch: LabAsterisk) -> None:
        self._switch = switch
        self._heard: list[Heard] = []

    async def open(self) -> None:
        switch = self._switch
        self._wire = await AmiWire.open(
            switch.ami_host, switch.ami_port, switch.ami_user, switch.ami_secret
        )
        self._listening = asyncio.create_task(self._listen())

    async def close(self) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._wire.close()

    async def _listen(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while True:
                headers = await self._wire.receive()
                self._heard.append(Heard(at=clock(), headers=headers))
        except LinkLost:
            return

    # ── what was heard ───────────────────────────────────────────────────────────────────

    def all(self, event: str, **headers: str) -> list[Heard]:
        """Every such event so far, in order."""
        return [heard for heard in self._heard if heard.says(event, headers)]

    def since(self, place: int) -> list[Heard]:
        """Everything that was heard after the first `place` messages."""
        return self._heard[place:]

    async def event(self, event: str, **headers: str) -> Heard:
        """The first such event, of those that have come or will."""

        async def look() -> list[Heard]:
            return self.all(event, **headers)

        what = f"{event} with {headers}"
        return (await wait_for(look, within_s=EVENT_WITHIN_S, what=what))[0]

    # ── what a test does ─────────────────────────────────────────────────────────────────

    def call(self, channel: str, *, context: str, exten: str = "s", **words: str) -> str:
        """Place a call of the test's own; returns its id."""
        call = f"linetest{next(_NUMBERS):018}"
        self._wire.send(
            {
                "Action": "Originate",
                "ActionID": call,
                "ChannelId": call,
                "Channel": channel,
                "Context": context,
                "Exten": exten,
                "Priority": "1",
                "Timeout": "10000",
                "Async": "true",
                **words,
            }
        )
        return call

    def act(self, action: str, **words: str) -> None:
        """Ask for something whose answer nobody waits for."""
        self._wire.send({"Action": action, **words, "ActionID": f"act{next(_NUMBERS):09}"})

    def hang_up(self, call: str) -> None:
        self._wire.send({"Action": "Hangup", "Channel": call, "ActionID": f"{call}x"})

    async def channels(self) -> list[Headers]:
        """The channels that live now."""
        action = f"channels{next(_NUMBERS):09}"
        self._wire.send({"Action": "CoreShowChannels", "ActionID": action})
        await self.event("CoreShowChannelsComplete", ActionID=action)
        return [heard.headers for heard in self.all("CoreShowChannel", ActionID=action)]

    async def paused_in(self, login: str) -> dict[str, bool]:
        """The queues that an agent is a member of, and whether paused there."""
        action = f"queues{next(_NUMBERS):09}"
        self._wire.send({"Action": "QueueStatus", "ActionID": action})
        await self.event("QueueStatusComplete", ActionID=action)
        members = [heard.headers for heard in self.all("QueueMember", ActionID=action)]
        return {one["Queue"]: one["Paused"] == "1" for one in members if one["Name"] == login}

    async def plays(self, call: str, sound: str) -> None:
        """Wait until `call` is being played `sound`."""

        async def look() -> bool:
            playing = (call, "Playback", sound)
            return any(
                (one["Uniqueid"], one["Application"], one["ApplicationData"]) == playing
                for one in await self.channels()
            )

        await wait_for(look, within_s=5.0, what=f"{sound} on {call}")
