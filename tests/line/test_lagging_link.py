"""A link that lags by more than the two seconds: a talk that goes on is not torn apart (I4)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.outcomes import Disposition, Outcome
from tests.line.people import Word
from tests.line.relay import Relay
from tests.line.site import Site, number_of

AGENT = "1001"
LATE_S = 2.5
_END = b"\r\n\r\n"


class LateBridges(Relay):
    """Passes everything on at once but the word that somebody entered a bridge."""

    async def to_engine(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        later = asyncio.get_running_loop().call_later
        writer.write(await reader.readline())  # the greeting
        while True:
            try:
                message = await reader.readuntil(_END)
            except asyncio.IncompleteReadError:
                return
            if message.startswith(b"Event: BridgeEnter"):
                later(LATE_S, writer.write, message)
            else:
                writer.write(message)


async def test_a_message_is_not_played_into_a_talk_of_which_the_link_has_not_told_yet(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    number = number_of(mix, Behaviour.FAX, block=900)  # stays on the line for 5 s
    agents = {AGENT: ("waihu-tree",)}
    async with (
        LateBridges(switch.ami_port) as relay,
        Site(switch, tmp_path, agents, ami_port=relay.port) as site,
    ):
        await relay.open()
        site.people.words[number[-2:]] = Word(disposition=Disposition.FAX)
        await site.start_engine()
        await site.people.log_in(agents)
        campaign = await site.dial("lags", [number], queue="waihu-tree")
        ended = await site.ended(number, campaign, within_s=20.0)
        assert (ended.outcome, ended.disposition) == (Outcome.FAX, Disposition.FAX)
        assert ended.bridged_at is not None
        assert site.view.all("UserEvent", UserEvent="WaihuUnserved", Uniqueid=ended.id) == []
