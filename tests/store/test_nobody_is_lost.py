"""Whoever is open is dialed one day: no change of lists, rules and loads loses a contact.

Each of these situations has lost one, or has held the others up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import insert

from campaigns.books import Books
from campaigns.calendars import unknown
from campaigns.campaign import Campaign
from campaigns.contact import ListState
from campaigns.filter_text import read_filter
from campaigns.law.law_choice import LawChoice
from campaigns.law.regulation import AbandonRule, Profile, Regulations, Sure
from campaigns.outcomes import Outcome
from dialer.effects import EndAttempt, NoteProgress
from store import dead_loads, schema
from store.candidates import Asked, pick
from store.database import Database
from store.dead_loads import DEAD_AFTER, discard_dead
from store.do_not_call import DoNotCallEntry
from store.loading import LoadCounts, begin
from store.shelf import Shelf
from store.sorting import OnDuplicate
from tests.store.room import MONDAY_9, Room, a_campaign
from tests.store.test_loads import (
    count,
    half_loaded,
    load,
    number,
    numbers_claimed,
    order,
    row,
    rows,
)

HOUR = timedelta(hours=1)
COUNTS = LoadCounts(rows_read=0, added=0, duplicates=0, refused=0)


async def called_busy(room: Room, campaign: Campaign) -> int:
    """One contact, who waits for the next call."""
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9))
    return claim.contact_id


# ── lists ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", [ListState.PAUSED, ListState.WITHDRAWN])
async def test_who_waits_in_a_list_is_not_lost_if_the_rules_change_while_it_rests(
    state: ListState, room: Room
) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(1)], "a")
    contact = await called_busy(room, campaign)
    await room.lists.set_state(campaign.id, "a", state)

    await room.campaigns.save(a_campaign(max_calls=11), MONDAY_9)
    await room.lists.set_state(campaign.id, "a", ListState.ACTIVE)

    assert (await room.contacts.show(contact)).next_attempt_at == MONDAY_9 + 5 * HOUR


async def test_who_was_left_out_of_a_list_comes_back_with_a_later_one(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, rows([1, 2]), "monday")
    await load(room, campaign, rows([2]), "tuesday", swap="monday")

    done = await load(room, campaign, rows([1, 2]), "wednesday", swap="tuesday")

    assert (done.added, done.updated, done.findings) == (0, 2, ())
    assert await numbers_claimed(room, campaign) == {number(n).e164 for n in (1, 2)}


# ── loads ────────────────────────────────────────────────────────────────────────────────


async def test_a_load_that_ends_while_it_is_taken_for_dead_is_not_thrown_away(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It slept, and comes to its end while the dead one before it is being removed."""
    campaign = await room.running_campaign(0)
    died = await begin(room.database, order(campaign, "died"), MONDAY_9)
    await died.add(rows([1]), MONDAY_9)
    slept = await half_loaded(room, campaign)
    later = MONDAY_9 + DEAD_AFTER + HOUR
    discard = dead_loads.discard

    async def wakes_meanwhile(database: Database, load_id: int) -> None:
        await discard(database, load_id)
        if load_id == died.id:
            await slept.finish(COUNTS, later)

    monkeypatch.setattr(dead_loads, "discard", wakes_meanwhile)
    await discard_dead(room.database, later)

    assert [one.name for one in await room.lists.records(campaign.id)] == ["new"]
    assert await count(room, "contact") == 5


async def test_who_gives_up_a_load_that_was_shown_after_all_removes_nobody(room: Room) -> None:
    """The answer to its last commit was lost."""
    campaign = await room.running_campaign(0)
    under_way = await half_loaded(room, campaign)
    await under_way.finish(COUNTS, MONDAY_9)
    await under_way.give_up()
    assert await count(room, "contact") == 5


async def test_a_row_that_mends_what_a_contact_was_held_for_has_it_dialed(room: Room) -> None:
    chosen = read_filter('vip = "yes"')
    campaign = await room.running_campaign(0, filter=chosen)
    await load(room, campaign, [row(1, custom={"vip": "no"})])
    assert (await room.hopper.claim(campaign.id, 1, MONDAY_9))[0] == ()

    changed = row(1, custom={"vip": "yes"})
    await load(room, campaign, [changed], duplicates=OnDuplicate.UPDATE)

    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    assert len(claims) == 1


# ── those in front of others ─────────────────────────────────────────────────────────────


async def test_a_long_row_of_contacts_who_may_not_be_dialed_is_not_read_to_its_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that had judged as many as it may went on to read all the others, for nothing."""
    campaign = await room.running_campaign(0)
    await load(room, campaign, rows(range(1, 301)))
    campaign = replace(campaign, filter=read_filter('vip = "yes"'))
    pages: list[int] = []
    turn = Shelf._turn_page  # noqa: SLF001  what is read is what is counted

    async def counted(shelf: Shelf, step: int) -> None:
        pages.append(step)
        await turn(shelf, step)

    monkeypatch.setattr(Shelf, "_turn_page", counted)
    asked = Asked(campaign=campaign, count=1, now=MONDAY_9, agents=None, most=40, holds=False)
    async with room.database.reading() as connection:
        picked = await pick(connection, asked)

    assert len(picked.refused) == 40
    assert picked.more
    assert len(pages) <= 4


async def test_promises_that_may_not_be_kept_do_not_hold_up_everybody_else(room: Room) -> None:
    """Of an agent who is there, so many that a claim looked at nobody but them, again and again."""
    campaign = await room.running_campaign(301)
    await promise_all(room, campaign, agent="1001", but=1)
    entries = [
        DoNotCallEntry(
            e164=number(n).e164, campaign_id=None, source="s", reason="r", added_at=MONDAY_9
        )
        for n in range(1, 301)
    ]
    await room.do_not_call.add_many(entries)

    got = [await room.hopper.claim(campaign.id, 1, MONDAY_9, ("1001",)) for _ in range(3)]

    assert sum(len(claims) for claims, _ in got) == 1


async def promise_all(room: Room, campaign: Campaign, *, agent: str, but: int) -> None:
    """An appointment of that agent's for everybody but one."""
    async with room.database.writing() as connection:
        await connection.execute(
            insert(schema.appointment),
            [
                {
                    "campaign_id": campaign.id,
                    "contact_id": contact,
                    "at": MONDAY_9,
                    "agent": agent,
                    "made_by": "x",
                    "made_at": MONDAY_9,
                }
                for contact in range(1, 302)
                if contact != but
            ],
        )


# ── laws that end unseen ─────────────────────────────────────────────────────────────────


THREE_PERCENT = AbandonRule(share=Fraction(3, 100), block_days=30, source="", sure=Sure.HIGH)
CAREFUL = Profile(
    name="careful",
    title="",
    version="1",
    digest="",
    countries=frozenset({"CN"}),
    abandon=THREE_PERCENT,
)
OF_CARE = Books(calendar=unknown, regulations=Regulations(profiles=(CAREFUL,)))


async def test_a_share_of_abandoned_calls_holds_nobody_back_for_ever(room: Room) -> None:
    """The next block of days starts clean, and nobody tells the contacts."""
    room.database.use(OF_CARE)
    campaign = await room.running_campaign(2, law=LawChoice(profiles=("careful",)))
    claim = await room.sent(campaign, MONDAY_9)
    dropped = EndAttempt(attempt=claim.attempt, outcome=Outcome.ABANDONED, at=MONDAY_9)
    await room.write(NoteProgress(attempt=claim.attempt, answered_at=MONDAY_9), dropped)
    soon = MONDAY_9 + HOUR
    assert (await room.hopper.claim(campaign.id, 2, soon))[0] == ()

    claims, _ = await room.hopper.claim(campaign.id, 2, MONDAY_9 + timedelta(days=30))

    assert len(claims) == 2


async def test_a_law_that_nobody_knew_is_looked_for_again(room: Room) -> None:
    campaign = await room.running_campaign(1, law=LawChoice(profiles=("careful",)))
    claims, next_due_at = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    assert (claims, next_due_at) == ((), MONDAY_9 + HOUR)

    room.database.use(OF_CARE)  # as the next start does

    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9 + HOUR)
    assert len(claims) == 1
