"""Do-not-call: patterns, days on which it ends, and that it stops everything at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from campaigns.campaign import CampaignState
from campaigns.do_not_call import Barred
from campaigns.judge import Code, judge
from campaigns.law.law_choice import LawChoice
from campaigns.law.regulation import Cap, Per, Profile, Regulations, Sure
from campaigns.ledger import EntryKind
from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt
from store import schema
from store.barred_contacts import sweep
from store.cases import load_cases
from store.do_not_call import DoNotCallEntry, Removal
from store.errors import NotListedError, RefusedForGoodError, StoreError
from store.ledger import Ledger, Wanted
from tests.store.room import MONDAY_9, Room, a_campaign

MINUTE = timedelta(minutes=1)
FIVE_A_DAY = Regulations(
    profiles=(
        Profile(
            name="five",
            title="",
            version="1",
            digest="",
            countries=frozenset({"CN"}),
            caps=(Cap(calls=5, per=Per.NUMBER, within=None, source="", sure=Sure.HIGH),),
        ),
    )
)
FIRST, SECOND = "+8613000000000", "+8613000000001"


def an_entry(e164: str = FIRST, **changes: object) -> DoNotCallEntry:
    fields = {"campaign_id": None, "source": "operator", "reason": "投诉", "added_at": MONDAY_9}
    return DoNotCallEntry(e164=e164, **{**fields, **changes})  # type: ignore[arg-type]  # as given


async def standings(room: Room) -> dict[str, tuple[str, bool]]:
    """Each number's contact: where it stands, and whether anybody will look at it again."""
    contact, number = schema.contact, schema.contact_number
    query = select(number.c.e164, contact.c.standing, contact.c.next_attempt_at, contact.c.rank)
    joined = query.join(contact, contact.c.id == number.c.contact_id)
    async with room.database.reading() as connection:
        rows = await connection.execute(joined)
        return {
            row.e164: (row.standing, row.next_attempt_at is not None or row.rank is not None)
            for row in rows
        }


async def test_who_is_barred_between_claim_and_sending_is_not_called(room: Room) -> None:
    campaign = await room.running_campaign(3)
    claims, _ = await room.hopper.claim(campaign.id, 3, MONDAY_9)
    for claim, barred in zip(claims, (FIRST, "+86130000000?1", "+86130*"), strict=True):
        await room.do_not_call.add(an_entry(barred))
        verdict = await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)
        assert verdict.code is Code.DO_NOT_CALL, barred


async def test_who_waits_is_told_at_once_and_comes_back_when_the_entry_ends(room: Room) -> None:
    campaign = await room.running_campaign(2)
    ends = MONDAY_9 + timedelta(hours=1)
    await room.do_not_call.add(an_entry(expires_at=ends))
    assert (await standings(room))[FIRST] == (Code.DO_NOT_CALL.value, True)
    assert (await standings(room))[SECOND] != (Code.DO_NOT_CALL.value, True)
    claims, _ = await room.hopper.claim(campaign.id, 5, MONDAY_9)
    assert [claim.e164 for claim in claims] == [SECOND]
    verdict = judge(await room.contacts.facts(1, MONDAY_9), MONDAY_9)
    assert (verdict.code, verdict.until) == (Code.DO_NOT_CALL, ends)
    claims, _ = await room.hopper.claim(campaign.id, 5, ends)
    assert [claim.e164 for claim in claims] == [FIRST]


async def test_a_retry_and_an_appointment_are_stopped_as_well(room: Room) -> None:
    campaign = await room.running_campaign(1)
    await room.contacts.appoint(1, MONDAY_9 + MINUTE, "", MONDAY_9)
    await room.do_not_call.add(an_entry())
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9 + MINUTE)
    assert claims == ()
    later = MONDAY_9 + timedelta(days=1)
    assert judge(await room.contacts.facts(1, later), later).code is Code.DO_NOT_CALL


async def test_who_is_barred_during_the_call_is_held_by_the_list_after_it(room: Room) -> None:
    campaign = await room.running_campaign(3)
    unsent, claim, other = (await room.hopper.claim(campaign.id, 3, MONDAY_9))[0]
    for one in (claim, other):
        await room.hopper.mark_sent(one.attempt, "1001", MONDAY_9)
    tomorrow = MONDAY_9 + timedelta(days=1)
    await room.do_not_call.add(an_entry(unsent.e164))
    await room.do_not_call.add(an_entry(claim.e164, expires_at=tomorrow))
    await room.hopper.mark_sent(unsent.attempt, "1001", MONDAY_9)
    for one in (claim, other):
        await room.write(EndAttempt(attempt=one.attempt, outcome=Outcome.BUSY, at=MONDAY_9))
    assert await standings(room) == {
        unsent.e164: (Code.DO_NOT_CALL.value, False),
        claim.e164: (Code.DO_NOT_CALL.value, True),
        other.e164: (Code.DELAY.value, True),
    }


async def test_a_pattern_holds_back_all_whom_it_fits_and_lets_them_go(room: Room) -> None:
    campaign = await room.running_campaign(12)
    entry = an_entry("+86130000000?0")
    await room.do_not_call.add(entry)
    barred = Barred(pattern=entry.e164)
    assert await sweep(room.database, barred) == 2
    held = {
        number for number, (code, _) in (await standings(room)).items() if code == "do_not_call"
    }
    assert held == {"+8613000000000", "+8613000000010"}
    removal = Removal(e164=entry.e164, campaign_id=None, reason="a slip")
    await room.do_not_call.remove(removal, MONDAY_9)
    assert await sweep(room.database, barred, let_go_at=MONDAY_9) == 2
    claims, _ = await room.hopper.claim(campaign.id, 20, MONDAY_9)
    assert len(claims) == 12


async def test_an_entry_of_one_campaign_is_none_of_the_others(room: Room) -> None:
    campaign = await room.running_campaign(1)
    other = await room.campaigns.save(a_campaign(name="sale"), MONDAY_9)
    await room.do_not_call.add(an_entry("+86130*", campaign_id=other.id))
    await room.do_not_call.add(an_entry(campaign_id=other.id))
    assert len((await room.hopper.claim(campaign.id, 1, MONDAY_9))[0]) == 1


async def test_a_longer_entry_takes_the_place_of_a_shorter_one_and_not_the_other_way(
    room: Room,
) -> None:
    short, long = MONDAY_9 + timedelta(days=1), MONDAY_9 + timedelta(days=9)
    assert await room.do_not_call.add(an_entry(expires_at=short))
    assert await room.do_not_call.add(an_entry(expires_at=long))
    assert not await room.do_not_call.add(an_entry(expires_at=short))
    assert await room.do_not_call.add_many([an_entry(), an_entry(SECOND)]) == 2
    assert await room.do_not_call.add_many([an_entry(expires_at=long), an_entry(SECOND)]) == 0
    (entry,) = await room.do_not_call.check(FIRST)
    assert entry.expires_at is None


async def test_a_number_comes_off_the_list_and_the_ledger_knows_why(room: Room) -> None:
    campaign = await room.running_campaign(1)
    await room.do_not_call.add(an_entry(), by="li")
    removal = Removal(e164=FIRST, campaign_id=None, reason="a slip", by="wang")
    await room.do_not_call.remove(removal, MONDAY_9)
    assert len((await room.hopper.claim(campaign.id, 1, MONDAY_9))[0]) == 1
    entries = await Ledger(room.database).entries(Wanted(number=FIRST))
    assert [entry.kind for entry in entries] == [EntryKind.BARRED, EntryKind.UNBARRED]
    assert '"by":"wang"' in entries[1].body
    with pytest.raises(NotListedError):
        await room.do_not_call.remove(removal, MONDAY_9)


async def test_who_refused_comes_off_the_list_only_by_his_own_wish(room: Room) -> None:
    campaign = await room.running_campaign(1)
    async with room.database.writing() as connection:
        await connection.execute(text("UPDATE contact SET consent = 'request'"))
    claim = await room.sent(campaign, MONDAY_9)
    word = EndAttempt(
        attempt=claim.attempt,
        outcome=Outcome.REFUSED,
        disposition=Disposition.REFUSED,
        at=MONDAY_9 + MINUTE,
    )
    await room.write(word)
    removal = Removal(e164=FIRST, campaign_id=None, reason="asked by mail")
    with pytest.raises(RefusedForGoodError):
        await room.do_not_call.remove(removal, MONDAY_9 + 2 * MINUTE)
    asked = Removal(e164=FIRST, campaign_id=None, reason="asked by mail", asked_again=True)
    await room.do_not_call.remove(asked, MONDAY_9 + 2 * MINUTE)
    assert (await room.contacts.show(1)).contact.consent is None
    kinds = [entry.kind for entry in await Ledger(room.database).entries(Wanted(number=FIRST))]
    assert kinds == ["call", "dnc.added", "consent.withdrawn", "dnc.removed"]


async def test_a_list_that_cannot_be_read_lets_no_call_out(room: Room, database_file: Path) -> None:
    campaign = await room.running_campaign(2)
    (claim,), _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    for table in ("do_not_call", "do_not_call_pattern"):
        rename(database_file, table, "elsewhere")
        with pytest.raises(StoreError):
            await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)
        with pytest.raises(StoreError):
            await room.hopper.claim(campaign.id, 1, MONDAY_9)
        rename(database_file, "elsewhere", table)
    (record,) = (await room.contacts.show(claim.contact_id)).attempts
    assert record.sent_at is None


def rename(file: Path, table: str, other: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO {other}")


async def test_a_second_look_costs_few_questions(room: Room) -> None:
    """However many contacts: one campaign, contacts, numbers, attempts, patterns."""
    campaign = await room.running_campaign(100)
    asked: list[str] = []
    async with room.database.reading() as connection:
        listen = connection.sync_connection
        event.listen(listen, "before_cursor_execute", lambda *told: asked.append(told[2]))
        cases = await load_cases(
            connection, campaign, CampaignState.RUNNING, range(1, 101), MONDAY_9
        )
    assert len(cases) == 100
    assert len(asked) <= 6


async def test_a_refusal_is_kept_though_the_number_was_barred_already(room: Room) -> None:
    """Somebody had barred it for another reason while the call was in the air."""
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    await room.do_not_call.add(an_entry())
    await room.write(
        EndAttempt(
            attempt=claim.attempt,
            outcome=Outcome.REFUSED,
            disposition=Disposition.REFUSED,
            at=MONDAY_9,
        )
    )
    with pytest.raises(RefusedForGoodError):
        await room.do_not_call.remove(
            Removal(e164=FIRST, campaign_id=None, reason="mistake"), MONDAY_9
        )


async def test_the_law_counts_the_calls_of_all_campaigns_to_a_number(room: Room) -> None:
    law = {"law": LawChoice(profiles=("five",)), "regulations": FIVE_A_DAY}
    campaign = await room.running_campaign(1)
    other = await room.running_campaign(1, name="sale")
    await room.sent(campaign, MONDAY_9)
    await room.sent(other, MONDAY_9 + MINUTE)
    async with room.database.reading() as connection:
        found = await load_cases(
            connection,
            replace(other, **law),  # type: ignore[arg-type]  # as named
            CampaignState.RUNNING,
            [2],
            MONDAY_9 + timedelta(days=1),
        )
    calls = found[2].number_calls
    assert calls is not None
    assert [(call.campaign_id, call.contact_id) for call in calls] == [(1, 1), (2, 2)]
