"""What the agent desk keeps: drafts, answers, words on calls that came in, own figures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.campaign import CampaignState
from store.appointment_load import promised
from store.call_notes import CallNote, InboundResult, notes_of_number, save_note
from store.contacts import Contacts
from store.customer_search import search
from store.do_not_call import DoNotCall
from store.drafts import MOST_OPEN, DraftChangedError, Drafts, DraftsFullError
from store.exports import Exports, WantedResults
from store.form_answers import FilledForm, answers_of_calls, keep_answers
from store.own_day import own_day
from tests.store.room import MONDAY_9, Room, a_campaign, rows_of

CALL = "1795319876.7"
NOTE = CallNote(
    call=CALL,
    agent="1001",
    at=MONDAY_9,
    result=InboundResult.RESOLVED,
    e164="+8613800005678",
    name="王芳",
    note="电梯已修好",
)


async def test_a_draft_outlives_everything_and_the_later_of_two_pages_is_told(room: Room) -> None:
    drafts = Drafts(room.database)
    first = await drafts.save("1001", CALL, '{"note":"电"}', MONDAY_9, seen=0)
    second = await drafts.save("1001", CALL, '{"note":"电梯"}', MONDAY_9, seen=first.version)
    with pytest.raises(DraftChangedError) as told:
        await drafts.save("1001", CALL, '{"note":"x"}', MONDAY_9, seen=first.version)
    assert told.value.there == second
    # The same words are no change, whoever sends them: an answer may have been lost on the way.
    assert await drafts.save("1001", CALL, second.body, MONDAY_9, seen=0) == second
    assert await drafts.of_agent("1001") == [second]
    assert await drafts.of_agent("1002") == []
    await drafts.drop("1001", CALL)
    assert await drafts.of_agent("1001") == []


async def test_a_draft_too_many_is_refused_and_no_words_make_room_for_it(room: Room) -> None:
    drafts = Drafts(room.database)
    for n in range(MOST_OPEN):
        await drafts.save("1001", f"{n}", "{}", MONDAY_9, seen=0)
    with pytest.raises(DraftsFullError):
        await drafts.save("1001", "one more", '{"note":"x"}', MONDAY_9, seen=0)
    assert len(await drafts.of_agent("1001")) == MOST_OPEN
    assert (await drafts.save("1001", "0", '{"note":"x"}', MONDAY_9, seen=1)).version == 2
    await drafts.save("1002", "another's", "{}", MONDAY_9, seen=0)
    await drafts.drop("1001", "1")
    await drafts.save("1001", "one more", '{"note":"x"}', MONDAY_9, seen=0)


async def test_drafts_that_nobody_came_back_to_are_forgotten(room: Room) -> None:
    drafts = Drafts(room.database)
    await drafts.save("1001", "old", "{}", MONDAY_9 - timedelta(days=15), seen=0)
    await drafts.save("1001", "new", "{}", MONDAY_9 - timedelta(days=13), seen=0)
    await drafts.forget_old(MONDAY_9)
    assert [one.call for one in await drafts.of_agent("1001")] == ["new"]


async def test_the_word_on_a_call_that_came_in_takes_its_draft_and_is_replaced_by_a_second(
    room: Room,
) -> None:
    await Drafts(room.database).save("1001", CALL, "{}", MONDAY_9, seen=0)
    filled = FilledForm(
        call=CALL, form="hotline", agent="1001", at=MONDAY_9, answers={"clean": "poor"}
    )
    await save_note(room.database, NOTE, filled)
    assert await notes_of_number(room.database, NOTE.e164) == [NOTE]
    assert await answers_of_calls(room.database, [CALL]) == {CALL: {"clean": "poor"}}
    assert await Drafts(room.database).of_agent("1001") == []
    again = CallNote(call=CALL, agent="1001", at=MONDAY_9, result=InboundResult.SILENT)
    await save_note(room.database, again)
    assert await notes_of_number(room.database, NOTE.e164) == []


async def test_who_wants_no_more_calls_is_barred_with_the_same_commit(room: Room) -> None:
    refused = CallNote(
        call=CALL, agent="1001", at=MONDAY_9, result=InboundResult.REFUSED, e164=NOTE.e164
    )
    await save_note(room.database, refused)
    (entry,) = await DoNotCall(room.database).check(NOTE.e164)
    assert (entry.reason, entry.campaign_id, entry.source) == ("refused", None, f"call {CALL}")


async def test_answers_are_exported_with_their_contact_and_their_call(room: Room) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    await room.campaigns.set_state(campaign.id, CampaignState.RUNNING)
    await room.lists.import_batch(campaign.id, rows_of(2), MONDAY_9)
    (contact,) = await Contacts(room.database).find("C1", campaign.id)
    for call, said in (("first", "fair"), ("second", "good")):
        async with room.database.writing() as connection:
            filled = FilledForm(
                call=call,
                form="spring",
                agent="1001",
                at=MONDAY_9,
                answers={"clean": said},
                contact=contact,
            )
            await keep_answers(connection, filled)
    exports, wanted = Exports(room.database), WantedResults(campaign_id=campaign.id)
    assert (await exports.columns(wanted)).questions == ("clean",)
    assert [one.answers async for one in exports.results(wanted)] == [{}, {"clean": "good"}]


async def test_a_customer_is_found_by_number_by_reference_and_by_the_beginning_of_the_name(
    room: Room,
) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    await room.lists.import_batch(campaign.id, rows_of(12), MONDAY_9)
    by_number = await search(room.database, "13000000003", "+8613000000003")
    assert [(one.name, one.reference, one.e164) for one in by_number] == [
        ("张3", "C3", "+8613000000003")
    ]
    assert [one.name for one in await search(room.database, "C3")] == ["张3"]
    assert {one.name for one in await search(room.database, "张1")} == {"张1", "张10", "张11"}
    assert await search(room.database, "%") == []


async def test_a_day_without_calls_has_no_talk_to_reckon_with(room: Room) -> None:
    day = await own_day(room.database, "1001", MONDAY_9)
    assert (day.answered, day.dialed, day.successes, day.talked_s) == (0, 0, 0, None)


async def test_promises_are_counted_by_the_half_hour(room: Room) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    await room.lists.import_batch(campaign.id, rows_of(3), MONDAY_9)
    contacts = Contacts(room.database)
    for nth, minutes in enumerate((70, 80, 95)):
        (contact,) = await contacts.find(f"C{nth}", campaign.id)
        await contacts.appoint(contact, MONDAY_9 + timedelta(minutes=minutes), "1001", MONDAY_9)
    until = MONDAY_9 + timedelta(hours=12)
    assert await promised(room.database, campaign.id, MONDAY_9, until) == {
        MONDAY_9 + timedelta(minutes=60): 2,
        MONDAY_9 + timedelta(minutes=90): 1,
    }
