"""The witness: what really happened to customers, seen on the switch and nowhere else.

Owns: every customer's channel with the moments of its life, who talked to whom, and what the
switch must never show (one id made twice, an agent with two customers). It has a user of its own
on the switch and must not know the engine, nor its database: it is what both are judged by.
Moments are seconds of the wall clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from asterisk.errors import LinkLost, PbxError
from asterisk.lab.phones import AmiWire
from asterisk.lab.process import LabAsterisk

CUSTOMER = re.compile(r"Local/(\+[0-9]+)@waihu-lab-customers-[0-9a-f]+;1")
PHONE = re.compile(r"labphone([0-9]{12})[0-9]{6}")
HOLDING = "holding_bridge"
TRY_AGAIN_S = 0.1

Headers = Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class SeenCall:
    """One customer's channel. `agents`: who was heard on it, in order."""

    attempt: str
    number: str
    made_at: float
    answered_at: float | None = None
    bridged_at: float | None = None
    message_at: float | None = None
    ended_at: float | None = None
    agents: list[str] = field(default_factory=list)


class Witness:
    """Watches from `open` to `close`, over any number of deaths of the switch."""

    def __init__(self, switch: LabAsterisk) -> None:
        self.calls: dict[str, SeenCall] = {}
        self.impossible: list[tuple[str, str]] = []
        """What must never be: the attempt, and a sentence."""
        self.heard = asyncio.Event()
        self._switch = switch
        self._alive: dict[str, SeenCall] = {}
        self._bridges: dict[str, set[str]] = {}

    async def open(self) -> None:
        """Begin to watch; returns once nothing can be missed."""
        self.heard.clear()
        self._watching = asyncio.create_task(self._watch())
        await self.heard.wait()

    async def close(self) -> None:
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)

    @property
    def alive(self) -> dict[str, SeenCall]:
        """The customers' channels that live now."""
        return dict(self._alive)

    async def _watch(self) -> None:
        switch = self._switch
        while True:
            try:
                wire = await AmiWire.open(
                    switch.ami_host, switch.ami_port, switch.witness_user, switch.lab_secret
                )
            except (PbxError, OSError):
                await asyncio.sleep(TRY_AGAIN_S)
                continue
            self.heard.set()
            try:
                with contextlib.suppress(LinkLost, OSError):
                    while True:
                        self._hear(await wire.receive())
            finally:
                self.heard.clear()
                self._all_ended()
                await wire.close()

    def _all_ended(self) -> None:
        """The switch died, and with it everybody's call."""
        for call in self._alive.values():
            call.ended_at = time.time()
        self._alive.clear()
        self._bridges.clear()

    # ── what it hears ────────────────────────────────────────────────────────────────────

    def _hear(self, said: Headers) -> None:
        hear = _EVENTS.get(said.get("Event", ""))
        if hear is not None:
            hear(self, said, time.time())

    def _made(self, said: Headers, now: float) -> None:
        customer = CUSTOMER.fullmatch(said["Channel"])
        if customer is None:
            return
        attempt = said["Uniqueid"]
        if attempt in self.calls:
            self.impossible.append((attempt, "two channels were made for one attempt (I1)"))
        call = SeenCall(attempt=attempt, number=customer[1], made_at=now)
        self.calls[attempt] = self._alive[attempt] = call

    def _state(self, said: Headers, now: float) -> None:
        call = self._alive.get(said["Uniqueid"])
        if call is not None and said.get("ChannelStateDesc") == "Up":
            call.answered_at = call.answered_at or now

    def _entered(self, said: Headers, now: float) -> None:
        if said.get("BridgeTechnology") == HOLDING:
            return
        inside = self._bridges.setdefault(said["BridgeUniqueid"], set())
        inside.add(said["Uniqueid"])
        customers = [self._alive[one] for one in inside if one in self._alive]
        agents = [found[1].lstrip("0") for one in inside if (found := PHONE.fullmatch(one))]
        for call in customers:
            if agents and call.bridged_at is None:
                call.bridged_at = now
            call.agents += [agent for agent in agents if agent not in call.agents]
            if len(customers) > 1 or len(agents) > 1:
                self.impossible.append((call.attempt, "more than two people in one bridge (I5)"))

    def _left(self, said: Headers, _now: float) -> None:
        inside = self._bridges.get(said["BridgeUniqueid"])
        if inside is not None:
            inside.discard(said["Uniqueid"])
            if not inside:
                del self._bridges[said["BridgeUniqueid"]]

    def _told(self, said: Headers, now: float) -> None:
        call = self._alive.get(said.get("Attempt", ""))
        if call is not None and said.get("UserEvent") == "WaihuUnserved":
            call.message_at = call.message_at or now

    def _hung_up(self, said: Headers, now: float) -> None:
        call = self._alive.pop(said["Uniqueid"], None)
        if call is not None:
            call.ended_at = now


_EVENTS: Mapping[str, Callable[[Witness, Headers, float], None]] = {
    "Newchannel": Witness._made,  # noqa: SLF001  the table belongs to the class
    "Newstate": Witness._state,  # noqa: SLF001  as above
    "BridgeEnter": Witness._entered,  # noqa: SLF001  as above
    "BridgeLeave": Witness._left,  # noqa: SLF001  as above
    "UserEvent": Witness._told,  # noqa: SLF001  as above
    "Hangup": Witness._hung_up,  # noqa: SLF001  as above
}
