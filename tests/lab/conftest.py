"""An AMI connection and a FastAGI server of the tests' own, to look at the lab from outside."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest

from asterisk.lab.phones import AmiWire
from asterisk.lab.process import LabAsterisk
from tests.lab.menu_ears import USER as EAR
from tests.lab.menu_ears import MenuEars

_CALLS = count(1)


@dataclass
class Switchboard:
    """Places calls as the product does, and keeps every message that has come."""

    wire: AmiWire
    messages: list[dict[str, str]] = field(default_factory=list)

    def originate(self, channel: str, *, context: str, exten: str, **words: str) -> str:
        call = f"t{next(_CALLS):025}"
        self.wire.send(
            {
                "Action": "Originate",
                "ActionID": call,
                "ChannelId": call,
                "Channel": channel,
                "Context": context,
                "Exten": exten,
                "Priority": "1",
                "Timeout": "5000",
                "Async": "true",
                **words,
            }
        )
        return call

    def dial(self, channel: str, *, slot: str = "7020", timeout_ms: int = 5000) -> str:
        """An outbound call whose agent is in `slot`: nobody, unless a test logs one in."""
        variables = f"WAIHU_ATTEMPT=test,WAIHU_SLOT={slot}"
        return self.originate(
            channel,
            context="waihu-answered",
            exten="s",
            Variable=variables,
            Timeout=str(timeout_ms),
        )

    async def until(
        self, wanted: Callable[[dict[str, str]], bool], within_s: float = 10.0
    ) -> dict[str, str]:
        """The first message, of those that have come or will, that is wanted."""
        for message in self.messages:
            if wanted(message):
                return message
        async with asyncio.timeout(within_s):
            while True:
                self.messages.append(await self.wire.receive())
                if wanted(self.messages[-1]):
                    return self.messages[-1]

    async def event(self, name: str, within_s: float = 10.0, **headers: str) -> dict[str, str]:
        def wanted(message: dict[str, str]) -> bool:
            return message.get("Event") == name and headers.items() <= message.items()

        return await self.until(wanted, within_s)


@asynccontextmanager
async def _wire(lab: LabAsterisk, user: str, secret: str) -> AsyncIterator[AmiWire]:
    wire = await AmiWire.open(lab.ami_host, lab.ami_port, user, secret)
    try:
        yield wire
    finally:
        await wire.close()


@pytest.fixture
async def board(lab_asterisk: LabAsterisk) -> AsyncIterator[Switchboard]:
    """A switchboard under the product's own AMI user."""
    async with _wire(lab_asterisk, lab_asterisk.ami_user, lab_asterisk.ami_secret) as wire:
        yield Switchboard(wire)


@pytest.fixture
async def lab_wire(lab_asterisk: LabAsterisk) -> AsyncIterator[AmiWire]:
    """The simulated people's own AMI connection."""
    async with _wire(lab_asterisk, lab_asterisk.lab_user, lab_asterisk.lab_secret) as wire:
        yield wire


@pytest.fixture
async def ears(lab_asterisk: LabAsterisk) -> AsyncIterator[MenuEars]:
    """Who hears when a menu listens."""
    async with _wire(lab_asterisk, EAR, lab_asterisk.lab_secret) as wire:
        ears = MenuEars(wire)
        following = asyncio.create_task(ears.follow())
        yield ears
        following.cancel()


@dataclass
class AgiDesk:
    """A FastAGI server that sets one variable by route. A route that is not there: silence."""

    variables: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = [line async for line in _head(reader)]
        script = next(line for line in lines if line.startswith("agi_network_script: "))
        self.asked.append(script.partition(": ")[2])
        route = self.asked[-1].partition("?")[0]
        if route in self.variables:
            name, _, value = self.variables[route].partition("=")
            writer.write(f'SET VARIABLE {name} "{value}"\n'.encode())
            await reader.readline()
        else:
            await reader.read()
        writer.close()


async def _head(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    while line := (await reader.readline()).decode().strip():
        yield line


@pytest.fixture
async def agi(lab_asterisk: LabAsterisk) -> AsyncIterator[AgiDesk]:
    """A FastAGI server where the lab's dialplan looks for ours."""
    desk = AgiDesk()
    facts = lab_asterisk.facts
    async with await asyncio.start_server(desk.serve, facts.agi_host, facts.agi_port):
        yield desk
