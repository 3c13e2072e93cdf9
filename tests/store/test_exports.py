"""What goes out: each contact with what came in and what came of it, and what was found wrong."""

from __future__ import annotations

from datetime import timedelta

from campaigns.contact import ContactState
from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt
from store.corrections import Correction, correct_number, withdraw_contact
from store.exports import Exports, Result, WantedResults
from store.faulty import faulty_data
from store.ledger import Ledger, Wanted
from tests.store.room import MONDAY_9, Room

MINUTE = timedelta(minutes=1)


async def results(room: Room, wanted: WantedResults) -> list[Result]:
    return [result async for result in Exports(room.database).results(wanted)]


async def test_results_hold_what_came_in_and_what_came_of_it(room: Room) -> None:
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9 + MINUTE))
    wanted = WantedResults(campaign_id=campaign.id)
    columns = await Exports(room.database).columns(wanted)
    assert (columns.custom, columns.numbers, columns.contacts) == (("district",), 1, 3)
    first, second, _ = await results(room, wanted)
    assert (first.reference, first.name, first.custom) == ("C0", "张0", {"district": "徐汇"})
    assert [(call.at, call.outcome) for call in first.calls] == [(MONDAY_9, Outcome.BUSY)]
    assert second.calls == ()
    late = WantedResults(campaign_id=campaign.id, since=MONDAY_9)
    assert [one.reference for one in await results(room, late)] == ["C0"]
    none = WantedResults(campaign_id=campaign.id, list_name="no such list")
    assert await results(room, none) == []


async def test_a_wrong_number_is_told_with_who_found_it_until_it_is_corrected(
    room: Room,
) -> None:  # R2, R6
    campaign = await room.running_campaign(2)
    vacant, wrong = [await room.sent(campaign, MONDAY_9) for _ in range(2)]
    ended = MONDAY_9 + MINUTE
    await room.write(EndAttempt(attempt=vacant.attempt, outcome=Outcome.VACANT, at=ended))
    word = EndAttempt(
        attempt=wrong.attempt,
        outcome=Outcome.WRONG_RECORD,
        disposition=Disposition.WRONG_RECORD,
        at=ended,
        note="不是本人",
    )
    await room.write(word)
    found = [data async for data in faulty_data(room.database)]
    assert [(one.e164, one.found, one.by, one.at, one.note) for one in found] == [
        (vacant.e164, Outcome.VACANT, None, ended, ""),
        (wrong.e164, Outcome.WRONG_RECORD, "1001", ended, "不是本人"),
    ]

    for number, claim in enumerate((vacant, wrong)):
        right = Correction(number=f"+861390000000{number}", by="li")
        await correct_number(room.database, claim.contact_id, right, ended)
        shown = (await room.contacts.show(claim.contact_id)).contact
        assert shown.state is ContactState.OPEN
        assert [number.e164 for number in shown.good_numbers] == [right.number]
    assert [one.e164 async for one in faulty_data(room.database)] == [vacant.e164]
    later = MONDAY_9 + timedelta(hours=6)
    claims, _ = await room.hopper.claim(campaign.id, 2, later)
    assert sorted(claim.e164 for claim in claims) == ["+8613900000000", "+8613900000001"]
    entries = await Ledger(room.database).entries(Wanted(number="+8613900000000"))
    assert [entry.kind for entry in entries] == ["contact.corrected"]


async def test_who_is_taken_out_is_not_called_until_reopened(room: Room) -> None:
    campaign = await room.running_campaign(1)
    await withdraw_contact(room.database, 1, "moved away", "li", MONDAY_9)
    assert await room.hopper.claim(campaign.id, 1, MONDAY_9) == ((), None)
    await room.contacts.reopen(1, MONDAY_9, "li")
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    assert len(claims) == 1
