"""A load is seen wholly or not at all; what died half-way is thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from campaigns.campaign import Campaign, CampaignState
from campaigns.consent import Consent, ConsentBasis
from campaigns.contact import ContactState, ListState
from campaigns.judge import Code
from campaigns.ledger import EntryKind
from campaigns.outcomes import Outcome
from campaigns.phone.numbers import E164, GoodNumber, NumberKind
from campaigns.row.rows import GoodRow, Reason, fields_text
from dialer.effects import EndAttempt
from dialer.messages import AgentRecord
from store import schema
from store.agents import Agents
from store.dead_loads import DEAD_AFTER, discard_dead, wait_for_others
from store.do_not_call import DoNotCallEntry
from store.dry_run import rehearse
from store.errors import (
    ListWithdrawnError,
    LoadLostError,
    StoreConflictError,
    UnknownListError,
)
from store.list_rows import LoadRow
from store.loading import BatchResult, Load, LoadCounts, LoadOrder, Pace, begin
from store.sorting import OnDuplicate
from tests.store.room import MONDAY_9, Room, a_campaign

COUNTS = LoadCounts(rows_read=0, added=0, duplicates=0, refused=0)


def number(index: int) -> GoodNumber:
    return GoodNumber(E164(f"+8613{index:09d}"), NumberKind.MOBILE, "CN", geographic=False)


def row(index: int, *more: int, line: int | None = None, **facts: Any) -> LoadRow:
    good = GoodRow(
        reference=f"C{index}",
        name=f"张{index}",
        zone=facts.pop("zone", None),
        numbers=tuple(map(number, (index, *more))),
        fields=fields_text(facts.pop("custom", {})),
        **facts,
    )
    return LoadRow(index + 2 if line is None else line, good)


def rows(indexes: Iterable[int]) -> list[LoadRow]:
    return [row(index) for index in indexes]


def order(campaign: Campaign, name: str = "new", **how: Any) -> LoadOrder:
    return LoadOrder(
        campaign_id=campaign.id, file_name=f"{name}.csv", sha256="0" * 64, list_name=name, **how
    )


async def load(
    room: Room, campaign: Campaign, given: list[LoadRow], name: str = "new", **how: Any
) -> BatchResult:
    under_way = await begin(room.database, order(campaign, name, **how), MONDAY_9)
    done = await under_way.add(given, MONDAY_9)
    await under_way.finish(COUNTS, MONDAY_9)
    return done


async def half_loaded(room: Room, campaign: Campaign, now: datetime = MONDAY_9) -> Load:
    under_way = await begin(room.database, order(campaign), now)
    await under_way.add(rows(range(10, 15)), now)
    return under_way


async def count(room: Room, table: str) -> int:
    async with room.database.reading() as connection:
        query = select(func.count()).select_from(schema.metadata.tables[table])
        return int((await connection.execute(query)).scalar_one())


async def numbers_claimed(room: Room, campaign: Campaign) -> set[str]:
    claims, _ = await room.hopper.claim(campaign.id, 100, MONDAY_9)
    return {claim.e164 for claim in claims}


def reasons(done: BatchResult) -> list[Reason]:
    return [finding.reason for finding in done.findings]


# ── all or nothing ───────────────────────────────────────────────────────────────────────


async def test_nobody_of_a_load_is_claimed_before_its_end(room: Room) -> None:
    campaign = await room.running_campaign(2)
    under_way = await half_loaded(room, campaign)
    assert len(await numbers_claimed(room, campaign)) == 2

    await under_way.finish(COUNTS, MONDAY_9)

    assert await numbers_claimed(room, campaign) == {f"+8613{n:09d}" for n in range(10, 15)}


async def test_an_appointment_of_a_load_is_not_kept_before_its_end(room: Room) -> None:  # R4
    campaign = await room.running_campaign(0)
    at = MONDAY_9 + timedelta(hours=1)
    under_way = await begin(room.database, order(campaign), MONDAY_9)
    await under_way.add([row(1, appointment=at)], MONDAY_9)
    assert (await room.hopper.claim(campaign.id, 1, at))[0] == ()

    await under_way.finish(COUNTS, MONDAY_9)

    assert (await room.hopper.claim(campaign.id, 1, MONDAY_9))[0] == ()
    assert len((await room.hopper.claim(campaign.id, 1, at))[0]) == 1


async def test_a_load_that_is_given_up_leaves_nothing(room: Room) -> None:
    campaign = await room.running_campaign(2)
    await (await half_loaded(room, campaign)).give_up()

    assert [await count(room, table) for table in ("contact", "contact_number")] == [2, 2]
    assert [await count(room, table) for table in ("call_list", "pool", "list_import")] == [1, 1, 1]


async def test_a_load_that_died_is_thrown_away_and_can_be_made_again(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await half_loaded(room, campaign)
    later = MONDAY_9 + DEAD_AFTER

    assert await discard_dead(room.database, later) == 1

    done = await load(room, campaign, rows(range(10, 15)))
    assert (done.added, done.findings) == (5, ())


async def test_a_living_load_is_not_thrown_away(room: Room) -> None:
    campaign = await room.running_campaign(0)
    under_way = await half_loaded(room, campaign)
    later = MONDAY_9 + DEAD_AFTER
    await under_way.add(rows([20]), later)

    assert await discard_dead(room.database, later + timedelta(seconds=1)) == 0


async def test_a_load_that_was_taken_for_dead_finds_out(room: Room) -> None:
    campaign = await room.running_campaign(0)
    under_way = await half_loaded(room, campaign)
    await discard_dead(room.database, MONDAY_9 + DEAD_AFTER)

    with pytest.raises(LoadLostError):
        await under_way.add(rows([20]), MONDAY_9 + DEAD_AFTER)
    with pytest.raises(LoadLostError):
        await under_way.finish(COUNTS, MONDAY_9 + DEAD_AFTER)
    assert await count(room, "contact") == 0


async def test_who_loads_again_after_a_kill_waits_until_the_dead_load_is_gone(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await half_loaded(room, campaign)
    hours = iter(range(6, 3600, 6))

    await wait_for_others(
        room.database, campaign.id, lambda: MONDAY_9 + timedelta(seconds=next(hours) * 6)
    )

    assert await count(room, "contact") == 0


async def test_two_loads_at_once_share_no_number_and_lose_none(room: Room) -> None:
    campaign = await room.running_campaign(0)
    names = ("one", "two")
    loads = [await begin(room.database, order(campaign, name), MONDAY_9) for name in names]
    done = await asyncio.gather(
        *(
            load.add(rows(range(start, start + 20)), MONDAY_9)
            for start in (0, 10, 20)
            for load in loads
        )
    )
    for under_way in loads:
        await under_way.finish(COUNTS, MONDAY_9)

    assert sum(batch.added for batch in done) == 40
    assert await count(room, "contact") == await count(room, "contact_number") == 40
    assert len(await numbers_claimed(room, campaign)) > 0


async def test_a_batch_that_fails_leaves_the_batches_before_it(room: Room) -> None:
    campaign = await room.running_campaign(0)
    under_way = await half_loaded(room, campaign)
    good, broken = row(30, priority=1), row(31)
    half_a_character = LoadRow(None, broken.good._replace(name="\ud800"))

    with pytest.raises(StoreConflictError):
        await under_way.add([good, half_a_character], MONDAY_9)

    again = await under_way.add([good], MONDAY_9)
    await under_way.finish(COUNTS, MONDAY_9)
    assert again.added == 1
    assert await count(room, "contact") == 6


@pytest.mark.parametrize(
    ("took_s", "after"), [(0.02, 2000), (0.1, 500), (0.2, 250), (2.0, 250), (0.0, 2000)]
)
def test_long_transactions_make_shorter_ones(took_s: float, after: int) -> None:
    assert Pace().after(1000, took_s).rows_at_once == after


def test_one_slow_transaction_changes_little() -> None:
    pace = Pace().after(1000, 0.03).after(1000, 0.3).after(0, 0.3)

    assert pace.rows_at_once > 800
    assert reduce(lambda slow, _: slow.after(1000, 0.3), range(50), pace).rows_at_once == 250


# ── duplicates, faulty numbers, do-not-call ──────────────────────────────────────────────


async def test_a_number_that_comes_again_in_a_later_batch_is_told_with_its_line(room: Room) -> None:
    campaign = await room.running_campaign(0)
    under_way = await begin(room.database, order(campaign), MONDAY_9)
    await under_way.add([row(1, 2, line=7)], MONDAY_9)

    done = await under_way.add([row(3, 2, line=9)], MONDAY_9)

    assert [(one.reason, one.line) for one in done.findings] == [(Reason.DUPLICATE_IN_FILE, 7)]


async def test_a_contact_that_is_there_is_brought_up_to_date_and_keeps_its_history(
    room: Room,
) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9))
    changed = row(0, custom={"estate": "翠湖"}, priority=1)

    done = await load(room, campaign, [changed], duplicates=OnDuplicate.UPDATE)

    assert (done.added, done.updated) == (0, 1)
    shown = await room.contacts.show(claim.contact_id)
    assert (shown.contact.reference, shown.custom) == ("C0", {"estate": "翠湖"})
    assert len(shown.attempts) == 1
    async with room.database.reading() as connection:
        pools = schema.pool.join(schema.contact, schema.contact.c.pool_id == schema.pool.c.id)
        priority = await connection.scalar(select(schema.pool.c.priority).select_from(pools))
    assert priority == 1


@pytest.mark.parametrize(
    ("policy", "added", "told"),
    [
        (OnDuplicate.ALLOW, 1, []),
        (OnDuplicate.SKIP, 0, [Reason.DUPLICATE_ELSEWHERE]),
        (OnDuplicate.UPDATE, 0, []),
    ],
)
async def test_numbers_of_other_running_campaigns(
    policy: OnDuplicate, added: int, told: list[Reason], room: Room
) -> None:
    other = await room.campaigns.save(a_campaign(name="other"), MONDAY_9)
    await room.campaigns.set_state("other", CampaignState.RUNNING)
    await load(room, other, [row(1)])
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)

    done = await load(room, campaign, [row(1)._replace(line=2)], elsewhere=policy)

    assert (done.added, reasons(done)) == (added, told)
    assert done.updated == (1 if policy is OnDuplicate.UPDATE else 0)


async def test_a_stopped_campaigns_numbers_are_no_duplicates(room: Room) -> None:
    other = await room.campaigns.save(a_campaign(name="other"), MONDAY_9)
    await load(room, other, [row(1)])
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    done = await load(room, campaign, [row(1)], elsewhere=OnDuplicate.SKIP)
    assert done.added == 1


async def test_a_number_that_was_found_wrong_anywhere_is_not_loaded_again(room: Room) -> None:  # R6
    other = await room.running_campaign(1, name="other")
    claim = await room.sent(other, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.VACANT, at=MONDAY_9))
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)

    done = await load(room, campaign, [row(0), row(5)._replace(line=3), row(6, 0)])

    assert done.added == 2
    alone, left_out = done.findings
    assert (alone.place, alone.reason, alone.row_loaded) == (0, Reason.KNOWN_FAULTY, False)
    assert (left_out.place, left_out.row_loaded) == (2, True)
    assert alone.fault is not None
    assert (alone.fault.outcome, alone.fault.since) == (Outcome.VACANT, MONDAY_9)
    (with_other,) = await room.contacts.find("C6", campaign.id)
    numbers = (await room.contacts.show(with_other)).contact.numbers
    assert [one.e164 for one in numbers] == [number(6).e164]


async def test_who_may_not_be_called_is_not_loaded(room: Room) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    other = await room.campaigns.save(a_campaign(name="other"), MONDAY_9)
    for index, campaign_id in enumerate((None, campaign.id, other.id)):
        entry = DoNotCallEntry(
            e164=number(index).e164,
            campaign_id=campaign_id,
            source="operator",
            reason="",
            added_at=MONDAY_9,
        )
        await room.do_not_call.add(entry)
    async with room.database.writing() as connection:
        given = {"source": "operator", "reason": "", "added_at": MONDAY_9}
        for pattern, expires_at in (("+861300001*", None), ("+86130000002??", MONDAY_9)):
            values = {"pattern": pattern, "expires_at": expires_at, **given}
            await connection.execute(insert(schema.do_not_call_pattern).values(values))

    done = await load(
        room,
        campaign,
        [row(0), row(1), row(2), row(10_000), row(200), row(7, 0)],
    )

    assert reasons(done) == [Reason.DO_NOT_CALL] * 4
    assert [one.place for one in done.findings] == [0, 1, 3, 5]
    assert done.added == 2


# ── appointments and consent ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hours", "agent", "reason"),
    [
        (1, "", None),
        (1, "1001", None),
        (-1, "", Reason.APPOINTMENT_PAST),
        (11, "", Reason.APPOINTMENT_OUTSIDE_WINDOW),
        (1, "nobody", Reason.APPOINTMENT_UNKNOWN_AGENT),
    ],
)
async def test_an_appointment_that_cannot_be_kept_is_told_and_the_row_is_loaded_without_it(
    hours: int, agent: str, reason: Reason | None, room: Room
) -> None:  # R4
    await Agents(room.database).save(AgentRecord(agent="1001", name="李", queues=()))
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    at = MONDAY_9 + timedelta(hours=hours)

    done = await load(room, campaign, [row(1, appointment=at, appointment_agent=agent)])

    assert done.added == 1
    assert [(one.reason, one.row_loaded) for one in done.findings] == (
        [(reason, True)] if reason is not None else []
    )
    contact = (await room.contacts.facts(1, now=MONDAY_9)).contact
    assert (contact.appointment is None) is (reason is not None)
    if contact.appointment is not None:
        assert (contact.appointment.at, contact.appointment.agent) == (at, agent or None)


async def test_the_ground_on_which_a_person_may_be_called_is_kept(room: Room) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    consent = Consent(basis=ConsentBasis.CONTRACT, proof="HT-1", given_at=MONDAY_9)
    await load(room, campaign, [row(1, consent=consent), row(2)])
    kept = [(await room.contacts.facts(id_, now=MONDAY_9)).contact.consent for id_ in (1, 2)]
    assert kept == [consent, None]


async def test_an_appointment_on_a_do_not_call_number_is_refused_with_its_row(room: Room) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    entry = DoNotCallEntry(
        e164=number(1).e164, campaign_id=None, source="x", reason="", added_at=MONDAY_9
    )
    await room.do_not_call.add(entry)
    done = await load(room, campaign, [row(1, appointment=MONDAY_9 + timedelta(hours=1))])
    assert (done.added, reasons(done)) == (0, [Reason.APPOINTMENT_DO_NOT_CALL])


# ── lists ────────────────────────────────────────────────────────────────────────────────


async def test_a_load_makes_its_list_or_joins_the_one_that_is_there(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(1)], "a")
    await load(room, campaign, [row(2)], "b")
    await load(room, campaign, [row(3)], "a")

    lists = await room.lists.records(campaign.id)

    assert [(one.name, one.contacts) for one in lists] == [
        ("a", {ContactState.OPEN: 2}),
        ("b", {ContactState.OPEN: 1}),
    ]


async def test_a_load_that_adds_nobody_makes_no_list(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(1)], "a")
    await load(room, campaign, [row(1)], "b")
    assert [one.name for one in await room.lists.records(campaign.id)] == ["a"]
    assert len(await room.lists.imports(campaign.id)) == 2


async def test_a_paused_list_is_not_called_and_goes_on_where_it_stood(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(1)], "a")
    await room.lists.set_state(campaign.id, "a", ListState.PAUSED)
    assert (await room.hopper.claim(campaign.id, 1, MONDAY_9))[0] == ()

    await room.lists.set_state(campaign.id, "a", ListState.ACTIVE)

    assert len(await numbers_claimed(room, campaign)) == 1


@pytest.mark.parametrize(
    ("state", "code"),
    [(ListState.PAUSED, Code.LIST_PAUSED), (ListState.WITHDRAWN, Code.LIST_WITHDRAWN)],
)
async def test_the_second_judgement_obeys_the_state_of_the_list(
    state: ListState, code: Code, room: Room
) -> None:  # I3
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(1)], "a")
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    await room.lists.set_state(campaign.id, "a", state)

    verdict = await room.hopper.mark_sent(claims[0].attempt, "1001", MONDAY_9)

    assert verdict.code is code


async def test_a_call_of_a_withdrawn_list_ends_as_it_would(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(1)], "a")
    claim = await room.sent(campaign, MONDAY_9)
    await room.lists.set_state(campaign.id, "a", ListState.WITHDRAWN)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9))
    assert not room.failed
    shown = await room.contacts.show(claim.contact_id)
    assert shown.attempts[0].outcome is Outcome.BUSY


async def test_nothing_is_added_to_a_withdrawn_list(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(1)], "a")
    await room.lists.set_state(campaign.id, "a", ListState.WITHDRAWN)
    with pytest.raises(ListWithdrawnError):
        await load(room, campaign, [row(2)], "a")
    assert await count(room, "list_import") == 1


async def test_a_list_that_is_not_there_is_told(room: Room) -> None:
    campaign = await room.running_campaign(0)
    with pytest.raises(UnknownListError):
        await room.lists.set_state(campaign.id, "a", ListState.PAUSED)
    with pytest.raises(UnknownListError):
        await begin(room.database, order(campaign, swap="a"), MONDAY_9)


async def test_a_list_takes_the_place_of_another_and_who_is_in_both_goes_on(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, rows(range(4)), "old")
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9))
    under_way = await begin(room.database, order(campaign, "new", swap="old"), MONDAY_9)
    done = await under_way.add(rows([0, 1, 8]), MONDAY_9)
    assert (done.added, done.updated) == (1, 2)
    (old,) = await room.lists.records(campaign.id)
    assert (old.name, old.contacts) == ("old", {ContactState.OPEN: 4})

    await under_way.finish(COUNTS, MONDAY_9)

    lists = {one.name: (one.state, one.contacts) for one in await room.lists.records(campaign.id)}
    assert lists == {
        "old": (ListState.WITHDRAWN, {ContactState.OPEN: 2}),
        "new": (ListState.ACTIVE, {ContactState.OPEN: 3}),
    }
    claimed = await numbers_claimed(room, campaign)
    both = {number(n).e164 for n in (0, 1, 8)}
    assert claimed == both - {claim.e164}


async def test_a_swap_that_dies_leaves_the_old_list_as_it_was(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, rows(range(4)), "old")
    under_way = await begin(room.database, order(campaign, "new", swap="old"), MONDAY_9)
    await under_way.add([*rows([0, 1, 8]), row(2, priority=1)], MONDAY_9)
    await discard_dead(room.database, MONDAY_9 + DEAD_AFTER)

    (old,) = await room.lists.records(campaign.id)
    assert (old.name, old.contacts) == ("old", {ContactState.OPEN: 4})
    assert await numbers_claimed(room, campaign) == {number(n).e164 for n in range(4)}
    done = await load(room, campaign, rows([0, 8]), "new", swap="old")
    assert (done.added, done.updated) == (1, 1)


# ── a dry run ────────────────────────────────────────────────────────────────────────────


async def test_a_dry_run_finds_what_the_load_finds(room: Room) -> None:
    campaign = await room.running_campaign(2)
    batches = [[row(0), row(5), row(6, 5)], [row(7, 6), row(8)], [row(8), row(9, 1)]]
    with await rehearse(room.database, order(campaign)) as trial:
        dry = [await trial.add(batch, MONDAY_9) for batch in batches]
    assert await count(room, "contact") == 2

    under_way = await begin(room.database, order(campaign), MONDAY_9)
    real = [await under_way.add(batch, MONDAY_9) for batch in batches]

    assert dry == real


async def test_a_ground_that_comes_with_a_list_lets_who_waited_for_it_go(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await load(room, campaign, [row(1)])
    async with room.database.writing() as connection:
        held = {"standing": Code.CONSENT.value, "rank": None, "next_attempt_at": None}
        await connection.execute(update(schema.contact).values(**held))

    consent = Consent(basis=ConsentBasis.CONTRACT, proof="HT-1", given_at=MONDAY_9)
    await load(
        room, campaign, [row(1, consent=consent)], name="more", duplicates=OnDuplicate.UPDATE
    )

    facts = await room.contacts.facts(1, now=MONDAY_9)
    assert facts.contact.consent == consent
    assert await due(room) == [MONDAY_9]


async def test_a_list_that_says_no_takes_the_ground_away(room: Room) -> None:
    """An empty cell takes nothing; a no that was not heard would be a call without a ground."""
    campaign = await room.running_campaign(0)
    consent = Consent(basis=ConsentBasis.CONTRACT, proof="HT-1", given_at=MONDAY_9)
    await load(room, campaign, [row(1, consent=consent), row(2, consent=consent)])

    again = [row(1, says_no_consent=True), row(2)]
    await load(room, campaign, again, name="more", duplicates=OnDuplicate.UPDATE)

    kept = [(await room.contacts.facts(id_, now=MONDAY_9)).contact.consent for id_ in (1, 2)]
    assert kept == [None, consent]
    assert await acts(room) == [EntryKind.CONSENT_WITHDRAWN]


async def test_a_ground_for_one_campaign_is_none_for_another(room: Room) -> None:
    other = await room.running_campaign(0, name="other")
    await load(room, other, [row(1)])
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    consent = Consent(basis=ConsentBasis.CONSENT, proof="HT-1", given_at=MONDAY_9)

    done = await load(room, campaign, [row(1, consent=consent)], elsewhere=OnDuplicate.UPDATE)

    assert done.updated == 1
    assert (await room.contacts.facts(1, now=MONDAY_9)).contact.consent is None


async def test_what_another_campaign_still_loads_is_no_duplicate(room: Room) -> None:
    """It may come to nothing, and then the number would be in no list."""
    other = await room.running_campaign(0, name="other")
    await half_loaded(room, other)
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    assert (await load(room, campaign, rows([10]), elsewhere=OnDuplicate.SKIP)).added == 1


async def due(room: Room) -> list[datetime | None]:
    async with room.database.reading() as connection:
        return list(await connection.scalars(select(schema.contact.c.next_attempt_at)))


async def acts(room: Room) -> list[str]:
    async with room.database.reading() as connection:
        opened, *done = await connection.scalars(select(schema.ledger.c.kind))
        assert opened == EntryKind.OPENED
        return done
