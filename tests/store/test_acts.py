"""What a supervisor did is in the ledger, also when the database was away for a while (R25)."""

from __future__ import annotations

import json
from dataclasses import replace

from campaigns.campaign import CampaignState
from campaigns.ledger import By, EntryKind
from dialer.effects import EnterAct
from store.effect_codec import decode_effect, encode_effect, is_promised
from store.ledger import Ledger, Wanted
from store.ledger_check import check_ledger
from tests.store.room import MONDAY_9, Room

ACT = EnterAct(
    entry=EntryKind.AGENT_LISTENED_TO.value,
    subject="agent 1001",
    who="wang",
    at=MONDAY_9,
    what="whisper 8001",
    why="新人",
    call="06h0dva2gf418fm3bs8nphswyh",
    ref="listen:1",
)


async def test_an_act_is_entered_and_the_ledger_is_whole(room: Room) -> None:
    await room.write(ACT, replace(ACT, what="over 8001", ref="", why=""))
    assert not room.failed
    first, over = [
        one for one in await Ledger(room.database).entries(Wanted()) if one.kind == ACT.entry
    ]
    assert (first.subject, first.at) == ("agent 1001", MONDAY_9)
    told = {"what": "whisper 8001", "by": "wang", "why": "新人", "call": ACT.call}
    assert json.loads(first.body) == told
    assert json.loads(over.body) == {"what": "over 8001", "by": "wang", "call": ACT.call}
    assert (await check_ledger(room.database, lambda _done, _of: None)).fault is None


async def test_it_goes_through_the_journal_and_whoever_waits_is_told(room: Room) -> None:
    assert decode_effect(encode_effect(ACT)) == replace(ACT, ref="")
    assert is_promised(ACT), "nobody listens before it is safe"
    assert not room.failed


async def test_a_campaign_that_is_set_as_it_was_is_no_entry(room: Room) -> None:
    campaign = await room.running_campaign(1)
    by = By(who="wang", at=MONDAY_9, why="午休")
    for state in (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.PAUSED):
        await room.campaigns.set_state(campaign.id, state, by)
    entries = [
        json.loads(one.body)
        for one in await Ledger(room.database).entries(Wanted(campaign=campaign.name))
        if one.kind == EntryKind.CAMPAIGN_SET
    ]
    assert entries == [{"what": "paused", "was": "running", "by": "wang", "why": "午休"}]
