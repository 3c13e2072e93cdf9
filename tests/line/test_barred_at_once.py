"""A number that is put on the do-not-call list is dialed no more, at whatever stage it was (I3).

Each story has a neighbour beside it that nobody barred and that is dialed: so the silence is
the list's doing. The engine is not told of the entry: it finds it where it looks before a call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import CampaignState, Mode
from campaigns.contact import ListState
from campaigns.outcomes import Outcome
from campaigns.retry_policy import RetryPolicy
from dialer.client import EngineClient
from dialer.effects import ReplyCode
from dialer.wire import Answer, Do
from store.contacts import Contacts
from store.do_not_call import DoNotCall, DoNotCallEntry
from store.lists import Lists
from tests.line.site import Site, number_of, utc_now

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENT = "1001"
QUEUE = "waihu-tree"
SOON = timedelta(seconds=3)
PATIENCE_S = 40.0
"""On a machine so busy that writes are slow the engine places no calls for a while."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    switch: LabAsterisk, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    async with Site(switch, tmp_path_factory.mktemp("barred"), {AGENT: (QUEUE,)}) as site:
        await site.start_engine()
        await site.people.log_in([AGENT])
        yield site


async def bar(site: Site, e164: str, within: timedelta | None = None) -> None:
    """Put a number on the list of all campaigns; `within`: for so long only."""
    now = utc_now()
    until = None if within is None else now + within
    entry = DoNotCallEntry(
        e164=e164, campaign_id=None, source="test", reason="asked", added_at=now, expires_at=until
    )
    assert await DoNotCall(site.database).add(entry)


async def types(site: Site, do: Do, **fields: str) -> Answer:
    """What the agent's command asks of the engine."""
    async with EngineClient(site.settings.paths.socket) as engine:
        return await engine.ask(do, agent=AGENT, **fields)


async def test_between_the_claim_and_the_sending(site: Site, mix: Mix) -> None:
    numbers = [number_of(mix, Behaviour.ANSWERS, nth, block=3000) for nth in range(2)]
    campaign = await site.dial("claimed", numbers, queue=QUEUE, mode=Mode.PREVIEW)
    shown = await types(site, Do.NEXT)
    assert shown.facts["e164"] == numbers[0]
    await bar(site, numbers[0])

    told = await types(site, Do.DIAL)

    assert told.facts["verdict"] == "do_not_call"
    (claimed,) = await site.attempts(numbers[0], campaign)
    assert (claimed.outcome, claimed.sent_at) == (Outcome.NOT_SENT, None)
    assert not site.view.all("Newchannel", Uniqueid=claimed.id)
    assert (await types(site, Do.NEXT)).facts["e164"] == numbers[1]
    assert (await types(site, Do.DIAL)).code == ReplyCode.OK
    assert (await site.ended(numbers[1], campaign)).outcome is Outcome.SUCCESS


async def test_while_it_waits_for_its_retry(site: Site, mix: Mix) -> None:  # R5
    numbers = [number_of(mix, Behaviour.BUSY, nth, block=3000) for nth in range(2)]
    barred, neighbour = numbers
    retry = RetryPolicy(delay=SOON, daily_attempts=2)
    campaign = await site.dial("retries", numbers, queue=QUEUE, retry=retry)
    assert (await site.ended(barred, campaign)).outcome is Outcome.BUSY
    await bar(site, barred)

    await site.ended(neighbour, campaign, nth=2, within_s=PATIENCE_S)

    assert len(await site.attempts(barred, campaign)) == 1


async def test_while_it_waits_for_its_appointment(site: Site, mix: Mix) -> None:  # R4
    numbers = [number_of(mix, Behaviour.ANSWERS, nth, block=3100) for nth in range(2)]
    barred, neighbour = numbers
    campaign = await site.campaign("appointments", numbers, queue=QUEUE)
    for number in numbers:
        (contact,) = await Contacts(site.database).find(number, campaign.id)
        now = utc_now()
        await Contacts(site.database).appoint(contact, now + SOON, "test", now)
    await site.set_state(campaign, CampaignState.RUNNING)
    await bar(site, barred)

    ended = await site.ended(neighbour, campaign, within_s=PATIENCE_S)
    assert ended.outcome is Outcome.SUCCESS

    assert await site.attempts(barred, campaign) == ()


async def test_an_entry_that_runs_out_and_a_list_that_is_resumed_are_noticed(
    site: Site, mix: Mix
) -> None:
    """The list is dry meanwhile, and the engine knows when it will not be, or is told."""
    number = number_of(mix, Behaviour.ANSWERS, block=3200)
    campaign = await site.campaign("later", [number], queue=QUEUE)
    (named,) = await Lists(site.database).records(campaign.id)
    await Lists(site.database).set_state(campaign.id, named.name, ListState.PAUSED)
    await site.set_state(campaign, CampaignState.RUNNING)
    await bar(site, number, within=SOON)
    await Lists(site.database).set_state(campaign.id, named.name, ListState.ACTIVE)
    await types(site, Do.REFRESH)
    assert await site.attempts(number, campaign) == ()

    sent = await site.sent(number, campaign, within_s=PATIENCE_S)

    (entry,) = await DoNotCall(site.database).check(number)
    assert entry.expires_at is not None
    assert sent.sent_at is not None
    assert sent.sent_at >= entry.expires_at
    await site.ended(number, campaign)
