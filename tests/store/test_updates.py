"""What a load changes of contacts that are there: all of it from the commit that shows it, or none.

`room.database.watched` goes around each write transaction: here it lets so many of them happen, and
then the database is away, as for a process that is killed between two commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from campaigns.books import Books
from campaigns.calendars import unknown
from campaigns.campaign import Campaign, Kind
from campaigns.consent import Consent, ConsentBasis
from campaigns.law.law_choice import LawChoice
from campaigns.ledger import EntryKind
from campaigns.outcomes import Outcome
from campaigns.phone.numbers import GoodNumber, NumberKind, read_number
from campaigns.row.rows import Reason
from dialer.effects import EndAttempt
from store import loading, schema, updating
from store.consent import Consents
from store.corrections import Correction, correct_number
from store.database import Database
from store.dead_loads import DEAD_AFTER, clear_up, discard_dead, wait_for_others
from store.dry_run import rehearse
from store.errors import StoreBusyError, StoreConflictError
from store.list_rows import LoadRow
from store.loading import Load, begin
from store.on_file import OnFile, look_up
from store.sorting import OnDuplicate
from store.updating import finish_shown
from tests.campaigns.law_facts import LAWS
from tests.store.faults import allow_again, refuse
from tests.store.room import MONDAY_9, Room
from tests.store.shelves import claimed
from tests.store.test_loads import COUNTS, acts, count, load, number, order, row

AGREED = Consent(basis=ConsentBasis.CONSENT, proof="form 1", given_at=MONDAY_9 - timedelta(days=3))
LATER = MONDAY_9 + timedelta(hours=1)
UPDATE = {"duplicates": OnDuplicate.UPDATE}
OF_A_LOAD = ("contact_update", "number_update")


def changed(index: int, *more: int, **facts: Any) -> LoadRow:
    """The row of a contact who is there, with another word in each column."""
    told = row(index, *more, custom={"estate": "翠湖"}, **facts)
    return told._replace(good=told.good._replace(reference=f"N{index}", name="李"))


async def what_is_seen(room: Room) -> list[Any]:
    """All that a load could change, as any reader of the tables sees it."""
    contact, pool = schema.contact, schema.pool
    columns = [column for column in contact.c if column.name != "pool_id"]
    seen = [
        select(*columns, pool.c.list_id, pool.c.priority, pool.c.zone, pool.c.countries)
        .join(pool, pool.c.id == contact.c.pool_id)
        .order_by(contact.c.id),
        select(schema.contact_number).order_by(schema.contact_number.c.id),
        select(schema.ledger.c.hash).order_by(schema.ledger.c.seq),
        select(schema.call_list).where(schema.call_list.c.state != "loading"),
    ]
    async with room.database.reading() as connection:
        return [list(await connection.execute(query)) for query in seen]


async def names(room: Room) -> list[str]:
    async with room.database.reading() as connection:
        return list(await connection.scalars(select(schema.contact.c.name).order_by("id")))


async def numbers(room: Room, contact_id: int) -> list[str]:
    shown = await room.contacts.show(contact_id)
    return [one.e164 for one in shown.contact.numbers]


async def grounds(room: Room, *contacts: int) -> list[Consent | None]:
    return [(await room.contacts.facts(id_, now=LATER)).contact.consent for id_ in contacts]


async def with_people(room: Room, **changes: Any) -> Campaign:
    """Four of them, who have all agreed."""
    campaign = await room.running_campaign(0, **changes)
    await load(room, campaign, [row(n, consent=AGREED) for n in range(4)], "old")
    return campaign


async def with_changes(room: Room, campaign: Campaign, name: str = "old") -> Load:
    """A load that changes all of them, and is not shown yet."""
    under_way = await begin(room.database, order(campaign, name, **UPDATE), MONDAY_9)
    later = replace(AGREED, proof="form 2")
    await under_way.add([changed(0, 20, priority=1), changed(1, consent=later)], MONDAY_9)
    await under_way.add([changed(2, says_no_consent=True), changed(3, 30, 31)], MONDAY_9)
    return under_way


def away_after(transactions: int) -> Callable[[], AbstractContextManager[None]]:
    left = iter(range(transactions))

    @contextmanager
    def watched() -> Iterator[None]:
        if next(left, None) is None:
            raise StoreBusyError(0)
        yield

    return watched


async def shown_and_killed(room: Room, under_way: Load, *, carried_out: int = 0) -> None:
    before = room.database.watched
    room.database.watched = away_after(1 + carried_out)
    await under_way.finish(COUNTS, MONDAY_9)
    room.database.watched = before


# ── all or nothing ───────────────────────────────────────────────────────────────────────


async def test_nobody_is_changed_before_the_load_is_shown(room: Room) -> None:
    campaign = await with_people(room)
    before = await what_is_seen(room)

    under_way = await with_changes(room, campaign)

    assert await what_is_seen(room) == before
    await under_way.finish(COUNTS, MONDAY_9)
    shown = [await room.contacts.show(n) for n in range(1, 5)]
    assert [one.contact.reference for one in shown] == ["N0", "N1", "N2", "N3"]
    assert [one.contact.name for one in shown] == ["李"] * 4
    assert [one.custom for one in shown] == [{"estate": "翠湖"}] * 4
    assert [one.contact.priority for one in shown] == [1, 5, 5, 5]
    given = [one.contact.consent for one in shown]
    assert given == [AGREED, replace(AGREED, proof="form 2"), None, AGREED]
    assert await numbers(room, 4) == [number(n).e164 for n in (3, 30, 31)]
    assert [await count(room, table) for table in OF_A_LOAD] == [0, 0]


async def test_a_load_that_is_given_up_has_changed_nobody(room: Room) -> None:
    campaign = await with_people(room)
    before = await what_is_seen(room)

    await (await with_changes(room, campaign)).give_up()

    assert await what_is_seen(room) == before
    assert [await count(room, table) for table in OF_A_LOAD] == [0, 0]


async def test_a_load_that_died_has_changed_nobody(room: Room) -> None:
    campaign = await with_people(room)
    before = await what_is_seen(room)
    await with_changes(room, campaign)

    assert await discard_dead(room.database, MONDAY_9 + DEAD_AFTER) == 1
    await finish_shown(room.database, LATER)

    assert await what_is_seen(room) == before
    assert [await count(room, table) for table in OF_A_LOAD] == [0, 0]


async def test_a_swap_that_is_given_up_has_changed_nobody(room: Room) -> None:
    campaign = await with_people(room)
    before = await what_is_seen(room)
    under_way = await begin(room.database, order(campaign, "new", swap="old"), MONDAY_9)
    await under_way.add([changed(0, priority=1), changed(1, 9)], MONDAY_9)

    await under_way.give_up()

    assert await what_is_seen(room) == before


# ── killed once it is shown ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("carried_out", [0, 1, 2])
async def test_what_a_killed_load_has_left_is_finished_once(
    carried_out: int, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "AT_ONCE", 1)
    campaign = await with_people(room)
    await shown_and_killed(room, await with_changes(room, campaign), carried_out=carried_out)
    assert [name == "李" for name in await names(room)].count(True) == carried_out

    await clear_up(room.database, LATER)
    done = await what_is_seen(room)
    await clear_up(room.database, LATER)

    assert await names(room) == ["李"] * 4
    assert await numbers(room, 1) == [number(n).e164 for n in (0, 20)]
    assert await what_is_seen(room) == done


async def test_the_next_load_finishes_the_one_before_it(room: Room) -> None:
    campaign = await with_people(room)
    await shown_and_killed(room, await with_changes(room, campaign))
    told = changed(1)
    newer = told._replace(good=told.good._replace(name="王"))

    await load(room, campaign, [newer], **UPDATE)

    assert await names(room) == ["李", "王", "李", "李"]


async def test_a_contact_whose_row_refuses_stops_no_other_one_and_no_list(room: Room) -> None:
    campaign = await with_people(room)
    await shown_and_killed(room, await with_changes(room, campaign))
    await refuse(room.database, "UPDATE ON contact", "OLD.id = 2")

    with pytest.raises(StoreConflictError):
        await clear_up(room.database, LATER)
    await wait_for_others(room.database, campaign.id, lambda: LATER)

    assert await names(room) == ["李", "张1", "李", "李"]
    await allow_again(room.database)
    await clear_up(room.database, LATER)
    assert await names(room) == ["李"] * 4


async def test_who_says_no_is_not_called_from_the_commit_that_shows_the_load(room: Room) -> None:
    room.database.use(Books(calendar=unknown, regulations=LAWS))
    law = {"law": LawChoice(), "regulations": LAWS, "kind": Kind.SALES}
    campaign = await with_people(room, **law)
    claims, _ = await room.hopper.claim(campaign.id, 4, MONDAY_9)
    claimed = {claim.contact_id: claim.attempt for claim in claims}
    under_way = await with_changes(room, campaign)
    assert await grounds(room, 3) == [AGREED]

    await shown_and_killed(room, under_way)

    assert await grounds(room, 3) == [None]
    assert await acts(room) == [EntryKind.CONSENT_WITHDRAWN]
    assert not (await room.hopper.mark_sent(claimed[3], "1001", MONDAY_9)).dialable
    assert (await room.hopper.mark_sent(claimed[4], "1001", MONDAY_9)).dialable
    await clear_up(room.database, LATER)
    assert await grounds(room, 3) == [None]


@pytest.mark.parametrize("shown", ["not shown", "shown"])
async def test_a_ground_that_is_taken_back_meanwhile_is_not_given_again(
    shown: str, room: Room
) -> None:
    campaign = await with_people(room)
    under_way = await with_changes(room, campaign)
    if shown == "shown":
        await shown_and_killed(room, under_way)

    await Consents(room.database).withdraw(2, "asked us to", "wang", MONDAY_9)
    if shown == "not shown":
        await under_way.finish(COUNTS, LATER)
    await clear_up(room.database, LATER)

    assert await grounds(room, 2) == [None]


async def with_a_ground_to_come(room: Room) -> Campaign:
    """Somebody without a ground, to whom a load that is shown has still to give one."""
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(0)], "old")
    under_way = await begin(room.database, order(campaign, "old", **UPDATE), MONDAY_9)
    await under_way.add([changed(0, consent=AGREED)], MONDAY_9)
    await shown_and_killed(room, under_way)
    return campaign


async def test_a_ground_that_is_still_to_come_can_be_taken_back(room: Room) -> None:
    await with_a_ground_to_come(room)

    assert await Consents(room.database).withdraw(1, "asked us to", "wang", MONDAY_9)
    await clear_up(room.database, LATER)

    assert await grounds(room, 1) == [None]
    assert await acts(room) == [EntryKind.CONSENT_WITHDRAWN]
    assert await names(room) == ["李"]


async def test_a_list_of_another_campaign_takes_back_what_is_still_to_come(room: Room) -> None:
    await with_a_ground_to_come(room)
    other = await room.running_campaign(0, name="other")
    how = order(other, elsewhere=OnDuplicate.UPDATE)
    under_way = await begin(room.database, how, MONDAY_9)
    await under_way.add([row(0, says_no_consent=True)], MONDAY_9)

    await under_way.finish(COUNTS, MONDAY_9)
    await clear_up(room.database, LATER)

    assert await grounds(room, 1) == [None]
    assert await acts(room) == [EntryKind.CONSENT_WITHDRAWN]


async def test_a_ground_that_is_given_by_hand_is_newer_than_one_still_to_come(room: Room) -> None:
    await with_a_ground_to_come(room)
    by_hand = replace(AGREED, proof="form 9", given_at=MONDAY_9)

    await Consents(room.database).give(1, by_hand, "wang", MONDAY_9)
    await clear_up(room.database, LATER)

    assert await grounds(room, 1) == [by_hand]


async def test_a_campaign_goes_with_what_its_loads_have_left(room: Room) -> None:
    campaign = await with_people(room)
    await shown_and_killed(room, await with_changes(room, campaign))

    await room.campaigns.delete(campaign.id)

    assert [await count(room, table) for table in OF_A_LOAD] == [0, 0]


# ── one person in several rows ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("batches", [1, 2])
async def test_the_second_row_of_a_contact_is_told_and_its_no_is_heard(
    batches: int, room: Room
) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(0, 1, consent=AGREED)])
    again = [
        changed(0, line=2),
        changed(1, line=3)._replace(good=row(1).good._replace(says_no_consent=True)),
    ]
    under_way = await begin(room.database, order(campaign, **UPDATE), MONDAY_9)
    with await rehearse(room.database, order(campaign, **UPDATE)) as trial:
        parts = [again] if batches == 1 else [[one] for one in again]
        dry = [await trial.add(part, MONDAY_9) for part in parts]
    real = [await under_way.add(part, MONDAY_9) for part in parts]
    await under_way.finish(COUNTS, MONDAY_9)

    told = [(one.reason, one.line) for done in real for one in done.findings]
    assert told == [(Reason.DUPLICATE_IN_FILE, 2)]
    assert dry == real
    assert await names(room) == ["李"]
    assert await grounds(room, 1) == [None]


@pytest.mark.parametrize("batches", [1, 2])
async def test_the_no_of_a_second_row_is_heard_of_a_new_contact_too(
    batches: int, room: Room
) -> None:
    campaign = await room.running_campaign(0)
    given = [row(0, consent=AGREED, line=2), row(0, line=3, says_no_consent=True)]
    given.append(row(1, consent=AGREED, line=4))
    under_way = await begin(room.database, order(campaign), MONDAY_9)

    for part in [given] if batches == 1 else [[one] for one in given]:
        await under_way.add(part, MONDAY_9)
    await under_way.finish(COUNTS, MONDAY_9)

    assert await grounds(room, 1, 2) == [None, AGREED]


# ── numbers ──────────────────────────────────────────────────────────────────────────────


async def test_a_number_of_another_contact_is_told_and_stays_with_that_one(room: Room) -> None:
    campaign = await with_people(room)

    done = await load(room, campaign, [changed(0, 1, 20)], **UPDATE)

    told = [(one.reason, one.contact_id, one.row_loaded) for one in done.findings]
    assert told == [(Reason.NUMBER_OF_ANOTHER, 2, True)]
    assert done.updated == 1
    assert await names(room) == ["李", "张1", "张2", "张3"]
    assert await numbers(room, 1) == [number(n).e164 for n in (0, 20)]
    assert await numbers(room, 2) == [number(1).e164]


@pytest.mark.parametrize("batches", [1, 2])
async def test_a_row_of_its_own_still_brings_the_other_one_up_to_date(
    batches: int, room: Room
) -> None:
    campaign = await with_people(room)
    given = [changed(0, 1), changed(1)]
    parts = [given] if batches == 1 else [[one] for one in given]
    with await rehearse(room.database, order(campaign, **UPDATE)) as trial:
        dry = [await trial.add(part, MONDAY_9) for part in parts]
    under_way = await begin(room.database, order(campaign, **UPDATE), MONDAY_9)
    real = [await under_way.add(part, MONDAY_9) for part in parts]
    await under_way.finish(COUNTS, MONDAY_9)

    assert sum(done.updated for done in real) == 2
    assert dry == real
    assert await names(room) == ["李", "李", "张2", "张3"]


async def test_a_number_that_a_row_brings_is_there_for_the_rows_after_it(room: Room) -> None:
    campaign = await with_people(room)
    given = [[changed(0, 20, line=2)], [row(20, line=3)], [changed(1, 20, line=4)]]
    with await rehearse(room.database, order(campaign, **UPDATE)) as trial:
        dry = [await trial.add(part, MONDAY_9) for part in given]
    under_way = await begin(room.database, order(campaign, **UPDATE), MONDAY_9)
    real = [await under_way.add(part, MONDAY_9) for part in given]

    told = [(one.reason, one.line) for done in real for one in done.findings]
    assert told == [(Reason.DUPLICATE_IN_FILE, 2)] * 2
    assert dry == real


async def test_a_number_that_somebody_got_meanwhile_stays_his(room: Room) -> None:
    campaign = await with_people(room)
    await shown_and_killed(room, await with_changes(room, campaign))
    right = Correction(number=number(30).e164, country="CN")
    await correct_number(room.database, 2, right, MONDAY_9)

    await clear_up(room.database, LATER)

    assert number(30).e164 in await numbers(room, 2)
    assert await numbers(room, 4) == [number(n).e164 for n in (3, 31)]


async def test_a_new_number_is_dialed_after_those_that_were_there(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.VACANT, at=MONDAY_9))
    given = [row(7), row(7, 8)]
    await load(room, campaign, given[:1])

    await load(room, campaign, given[1:], **UPDATE)

    claim = await room.sent(campaign, MONDAY_9)
    assert claim.e164 == number(7).e164


async def test_a_contact_lives_by_the_clock_of_its_new_number_too(room: Room) -> None:  # I3
    campaign = await with_people(room)
    in_london = read_number("+442079460000", "GB")
    assert isinstance(in_london, GoodNumber)
    told = changed(0)
    both = told._replace(good=told.good._replace(numbers=(number(0), in_london)))
    assert in_london.kind is not NumberKind.MOBILE

    await load(room, campaign, [both, changed(1, 21)], **UPDATE)

    async with room.database.reading() as connection:
        pools = schema.pool.join(schema.contact, schema.contact.c.pool_id == schema.pool.c.id)
        found = select(schema.pool.c.zones, schema.pool.c.countries).select_from(pools)
        rows = [tuple(one) for one in await connection.execute(found.order_by(schema.contact.c.id))]
    assert rows[0] == ("Asia/Shanghai|Europe/London", "CN|GB")
    assert rows[1:] == [("", "CN")] * 3


async def test_a_contact_of_another_campaign_gets_the_numbers_that_are_new_there(
    room: Room,
) -> None:
    await with_people(room, name="other")
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(20)])

    done = await load(
        room, campaign, [changed(0, 1, 21, consent=AGREED)], elsewhere=OnDuplicate.UPDATE
    )

    assert [one.contact_id for one in done.findings] == [2]
    assert await numbers(room, 1) == [number(n).e164 for n in (0, 21)]
    assert await names(room) == ["李", "张1", "张2", "张3", "张20"]


# ── meanwhile ────────────────────────────────────────────────────────────────────────────


async def test_what_is_left_for_a_campaign_that_goes_is_not_done_to_another_one(
    room: Room,
) -> None:
    gone = await with_people(room, name="gone")
    campaign = await room.running_campaign(0)
    how = order(campaign, elsewhere=OnDuplicate.UPDATE)
    under_way = await begin(room.database, how, MONDAY_9)
    await under_way.add([changed(0, 20, priority=1), changed(1)], MONDAY_9)

    await room.campaigns.delete(gone.id)
    later = await room.running_campaign(0, name="later")
    await load(room, later, [row(n) for n in range(50, 54)])
    await under_way.finish(COUNTS, MONDAY_9)

    assert await names(room) == [f"张{n}" for n in range(50, 54)]
    assert [await count(room, table) for table in OF_A_LOAD] == [0, 0]
    async with room.database.reading() as connection:
        assert list(await connection.scalars(select(schema.pool.c.priority))) == [5]


async def test_a_campaign_goes_whose_list_gave_others_another_priority(room: Room) -> None:
    others = await with_people(room, name="other")
    campaign = await room.running_campaign(0)
    await load(room, campaign, [changed(0, priority=1)], elsewhere=OnDuplicate.UPDATE)

    await room.campaigns.delete(campaign.id)

    assert (await room.contacts.show(1)).contact.priority == 1
    assert await claimed(room, others, [4]) == [1, 2, 3, 4]


async def test_who_moves_within_the_world_while_a_list_takes_anothers_place_is_in_it(
    room: Room,
) -> None:
    campaign = await with_people(room)
    under_way = await begin(room.database, order(campaign, "new", swap="old"), MONDAY_9)
    await under_way.add([changed(n) for n in range(4)], MONDAY_9)

    abroad = Correction(number="+442079460000", country="GB")
    await correct_number(room.database, 1, abroad, MONDAY_9)
    await under_way.finish(COUNTS, MONDAY_9)

    shown = [(await room.contacts.show(n)).contact for n in range(1, 5)]
    assert [one.list_name for one in shown] == ["new"] * 4


async def test_a_number_comes_before_a_load_that_asks_who_has_it_or_after_it(
    room: Room, target: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = await with_people(room, name="there")
    campaign = await room.running_campaign(0)
    how = order(campaign, elsewhere=OnDuplicate.UPDATE)
    under_way = await begin(room.database, how, MONDAY_9)
    await under_way.add([changed(0, 20)], MONDAY_9)
    await shown_and_killed(room, under_way)
    into_there = await begin(room.database, order(there), MONDAY_9)
    finishing: list[asyncio.Task[None]] = []

    async with Database(target) as another:

        async def and_then(*asked: Any, **how: Any) -> OnFile:
            found = await look_up(*asked, **how)
            finishing.append(asyncio.create_task(finish_shown(another, LATER)))
            # Long enough to be done, if it did not wait.
            await asyncio.sleep(0.5)
            return found

        monkeypatch.setattr(loading, "look_up", and_then)
        await into_there.add([row(20)], MONDAY_9)
        await into_there.finish(COUNTS, MONDAY_9)
        await asyncio.gather(*finishing)

    assert await names(room) == ["李", "张1", "张2", "张3", "张20"]
    assert await numbers(room, 5) == [number(20).e164]
    assert await numbers(room, 1) == [number(0).e164]
