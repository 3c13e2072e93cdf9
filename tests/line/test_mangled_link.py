"""The same numbers through a clean link and through mangled ones: the same outcomes (R2).

One engine on a real Asterisk behind a relay. Each list holds a customer of every kind and an
agent's word of every kind; what came of each is compared with the clean run's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random

import pytest
import pytest_asyncio

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import Campaign
from campaigns.outcomes import Disposition, Outcome
from tests.line.mangling import CLEAN, Mangling, ManglingRelay
from tests.line.people import Word
from tests.line.site import Site, number_of, utc_now
from tests.line.waiting import wait_for

AGENTS = {str(1001 + n): ("waihu-tree",) for n in range(22)}
WORDS = {said: f"{n:02}" for n, said in enumerate(Disposition, start=1)}
SILENT_AGENT = "20"
APPOINTMENT = (utc_now() + timedelta(days=1)).replace(second=0, microsecond=0)
STAY_ON = (Behaviour.FAX, Behaviour.MACHINE)
SOON_S = 12.0
HARMS = ("doubled", "shuffled", "late", "strange")
EACH_SIZE_ONCE = 2
"""Huge messages: one that is still read, and one that is not."""

EVERYTHING = Mangling(
    doubled=0.5, shuffled=0.8, late=0.1, late_s=0.4, strange=0.2, huge_every=80, piece=200
)
"""Late by less than the 1.7 s after which an answered call that nobody was heard to take is given
up: this machine is late by itself when it is busy."""

Line = tuple[Site, ManglingRelay]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(
    switch: LabAsterisk, mix: Mix, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Line]:
    """A running engine whose agents are ready, and the relay that it hears Asterisk through."""
    folder = tmp_path_factory.mktemp("mangled")
    async with (
        ManglingRelay(switch.ami_port, Random(11)) as relay,
        Site(switch, folder, AGENTS, ami_port=relay.port) as site,
    ):
        await relay.open()
        await site.start_engine()
        _prepare_words(site, mix)
        await site.people.log_in(AGENTS)
        yield site, relay


@pytest.mark.asyncio(loop_scope="module")
async def test_mangled_words_bring_the_outcomes_of_clean_ones(line: Line, mix: Mix) -> None:
    site, relay = line
    clean = await _dials(site, mix, block=1)
    assert clean == _as_the_tree_says()
    relay.mangling = EVERYTHING
    assert await _dials(site, mix, block=2) == clean
    relay.mangling = CLEAN
    assert all(relay.mangled[harm] for harm in HARMS), relay.mangled
    assert relay.mangled.total() > len(clean)
    assert relay.mangled["huge"] >= EACH_SIZE_ONCE, relay.mangled
    assert relay.connections == 1
    await site.only_agents_remain()


def _prepare_words(site: Site, mix: Mix) -> None:
    words = site.people.words
    for said, end in WORDS.items():
        at = APPOINTMENT if said is Disposition.APPOINTMENT else None
        words[end] = Word(disposition=said, appointment_at=at)
    words[SILENT_AGENT] = None
    words[number_of(mix, Behaviour.FAX)[-2:]] = Word(disposition=Disposition.FAX)


def _numbers(mix: Mix, block: int) -> dict[str, str]:
    kinds = [kind for kind in Behaviour if kind not in STAY_ON]
    numbers = {kind.value: number_of(mix, kind, block=block) for kind in kinds}
    said = {f"says_{word}": f"+8621{block}00000{end}" for word, end in WORDS.items()}
    return numbers | said | {"says_nothing": f"+8621{block}00000{SILENT_AGENT}"}


async def _dials(site: Site, mix: Mix, block: int) -> dict[str, tuple[Outcome | None, bool]]:
    """Dial a list of every kind; what came of each, and whether it counted."""
    numbers = _numbers(mix, block)
    campaign = await site.dial(
        f"list {block}", numbers.values(), queue="waihu-tree", ring_timeout_s=2, wrap_up_s=2
    )
    found = {}
    for story, number in numbers.items():
        attempt = await site.ended(number, campaign, within_s=SOON_S)
        found[story] = (attempt.outcome, attempt.counted)
        assert len(await site.attempts(number, campaign)) == 1  # I1
    return found


def _as_the_tree_says() -> dict[str, tuple[Outcome | None, bool]]:
    customers = {
        Behaviour.ANSWERS: Outcome.SUCCESS,
        Behaviour.BUSY: Outcome.BUSY,
        Behaviour.NO_ANSWER: Outcome.NO_ANSWER,
        Behaviour.VACANT: Outcome.VACANT,
        Behaviour.NUMBER_CHANGED: Outcome.NUMBER_CHANGED,
        Behaviour.REJECTED: Outcome.REJECTED,
        Behaviour.CONGESTION: Outcome.CONGESTION,
        Behaviour.SWITCHED_OFF: Outcome.SWITCHED_OFF,
        Behaviour.HANGS_UP_EARLY: Outcome.SUCCESS,
    }
    outcomes = {kind.value: outcome for kind, outcome in customers.items()}
    outcomes |= {f"says_{said}": Outcome(said.value) for said in Disposition}
    outcomes["says_nothing"] = Outcome.UNDISPOSED
    return {
        story: (outcome, outcome is not Outcome.CONGESTION) for story, outcome in outcomes.items()
    }


# ── half open, reset ─────────────────────────────────────────────────────────────────────


@pytest.mark.asyncio(loop_scope="module")
async def test_a_half_open_link_and_a_reset_in_a_word_are_found_and_the_talk_outlives_both(
    line: Line, mix: Mix
) -> None:
    site, relay = line
    before = relay.connections
    number = number_of(mix, Behaviour.FAX, block=5)
    campaign = await site.dial("living", [number], queue="waihu-tree")
    await _talks(site, number, campaign)
    relay.breaks_off()
    await _connected(site, relay, times=before + 1)

    relay.goes_half_open()
    await _is_down(site, within_s=10.0)
    relay.flows_again()
    await _connected(site, relay, times=before + 2)

    attempt = await site.ended(number, campaign, within_s=SOON_S)
    assert (attempt.outcome, attempt.counted) == (Outcome.FAX, True)
    assert len(await site.attempts(number, campaign)) == 1  # I1
    await site.only_agents_remain()


async def _talks(site: Site, number: str, campaign: Campaign) -> None:
    """Wait until the customer hears an agent: what is cut before that may be lost by right."""

    async def look() -> bool:
        return any(one.bridged_at for one in await site.attempts(number, campaign))

    await wait_for(look, within_s=SOON_S, what=f"a talk with {number}")


async def _connected(site: Site, relay: ManglingRelay, *, times: int) -> None:
    async def look() -> bool:
        return relay.connections >= times and (await site.snapshot()).link_up

    await wait_for(look, within_s=10.0, what=f"connection {times}")


async def _is_down(site: Site, *, within_s: float) -> None:
    async def look() -> bool:
        return not (await site.snapshot()).link_up

    await wait_for(look, within_s=within_s, what="a link that is known to be down")
