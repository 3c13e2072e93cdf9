"""A place in a queue is kept on file: once, in turn, by the rules, until somebody has talked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from campaigns.consent import ConsentBasis
from campaigns.contact import ContactState
from campaigns.judge import Code, judge
from campaigns.outcomes import Disposition, Outcome
from dialer.effects import ClosePlace, EndAttempt, KeepPlace, NoteProgress
from dialer.messages import AgentRecord, KeptPlace
from dialer.queue_effects import NoteInboundCall, NoteQueueCall, QueueEnd
from routing.turns import CallBackReason, PlaceEnd
from store import schema
from store.agents import Agents
from store.call_backs import LIST_NAME, open_places
from store.do_not_call import DoNotCallEntry
from store.effect_codec import decode_effect, encode_effect
from store.errors import AppointmentBarredError, ContactClosedError
from store.hopper import Hopper
from store.queue_calls import write_queue_note
from tests.store.room import MONDAY_9, Room

NUMBER, OTHER = "+8613900000001", "+8613900000002"
QUEUE = "waihu-inbound"
MINUTE = timedelta(minutes=1)


def wish(campaign_id: int, e164: str = NUMBER, **changes: object) -> KeepPlace:
    plain: dict[str, object] = {
        "campaign_id": campaign_id,
        "e164": e164,
        "queue": QUEUE,
        "why": CallBackReason.WISH.value,
        "joined_at": MONDAY_9 - 5 * MINUTE,
        "at": MONDAY_9,
        "call": "1795319876.7",
        "language": "zh",
        "ref": "place:1",
    }
    return KeepPlace(**plain | changes)  # type: ignore[arg-type]  # by name


async def kept(room: Room) -> tuple[KeptPlace, ...]:
    async with room.database.reading() as connection:
        return await open_places(connection)


async def contact_of(room: Room, e164: str = NUMBER) -> int:
    query = select(schema.contact_number.c.contact_id).where(schema.contact_number.c.e164 == e164)
    async with room.database.reading() as connection:
        return int((await connection.execute(query)).scalar_one())


async def test_a_wish_becomes_a_contact_that_is_called_in_turn_and_not_from_the_list(
    room: Room,
) -> None:
    campaign = await room.running_campaign(0)
    await room.write(wish(campaign.id))
    (one,) = await kept(room)
    assert (one.place.e164, one.place.queue) == (NUMBER, QUEUE)
    assert one.place.joined_at == MONDAY_9 - 5 * MINUTE
    assert (await room.hopper.claim(campaign.id, 5, MONDAY_9))[0] == ()
    facts = await room.contacts.facts(await contact_of(room), MONDAY_9)
    verdict = judge(facts, MONDAY_9)
    assert verdict.code is Code.IN_TURN
    assert verdict.params == {"queue": QUEUE, "since": MONDAY_9 - 5 * MINUTE}
    assert facts.contact.list_name == LIST_NAME
    assert facts.contact.consent is not None
    assert facts.contact.consent.basis is ConsentBasis.REQUEST

    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9, ("1001",), (NUMBER,))
    assert [claim.e164 for claim in claims] == [NUMBER]
    assert (await room.hopper.mark_sent(claims[0].attempt, "1001", MONDAY_9)).dialable


async def test_a_second_wish_keeps_the_first_place(room: Room) -> None:
    campaign = await room.running_campaign(0)
    later = wish(campaign.id, joined_at=MONDAY_9, queue="waihu-callback", ref="place:2")
    await room.write(wish(campaign.id), later)
    assert not room.failed
    (one,) = await kept(room)
    assert (one.place.queue, one.place.joined_at) == (QUEUE, MONDAY_9 - 5 * MINUTE)


async def test_whom_nobody_reaches_is_tried_again_by_the_rule_and_keeps_the_place(
    room: Room,
) -> None:
    campaign = await room.running_campaign(0)
    await room.write(wish(campaign.id))
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9, ("1001",), (NUMBER,))
    await room.hopper.mark_sent(claims[0].attempt, "1001", MONDAY_9)
    end = EndAttempt(attempt=claims[0].attempt, outcome=Outcome.NO_ANSWER, at=MONDAY_9 + MINUTE)
    await room.write(end)
    (one,) = await kept(room)
    # Four hours on it is 13:00, and the window opens at 14:00.
    assert one.place.due_at == MONDAY_9 + timedelta(hours=5)
    assert (await room.hopper.claim(campaign.id, 1, MONDAY_9 + MINUTE, (), (NUMBER,)))[0] == ()
    due = MONDAY_9 + timedelta(hours=5)
    assert (await room.hopper.claim(campaign.id, 5, due))[0] == ()
    assert len((await room.hopper.claim(campaign.id, 1, due, ("1001",), (NUMBER,)))[0]) == 1


async def test_who_has_talked_keeps_no_place_also_when_we_died_before_we_said_so(
    room: Room,
) -> None:
    campaign = await room.running_campaign(0)
    await room.write(wish(campaign.id))
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9, ("1001",), (NUMBER,))
    attempt = claims[0].attempt
    await room.hopper.mark_sent(attempt, "1001", MONDAY_9)
    await room.write(NoteProgress(attempt=attempt, bridged_at=MONDAY_9 + MINUTE, agent="1001"))
    (one,) = await kept(room)
    assert one.end == PlaceEnd.CALLED
    close = ClosePlace(campaign_id=campaign.id, e164=NUMBER, end=one.end, at=MONDAY_9 + MINUTE)
    failed = Disposition.UNSUCCESSFUL
    end = EndAttempt(
        attempt=attempt, outcome=Outcome.UNSUCCESSFUL, disposition=failed, at=MONDAY_9 + 2 * MINUTE
    )
    await room.write(close, close, end)
    assert await kept(room) == ()
    # From now on it is a contact like any other.
    later = MONDAY_9 + timedelta(hours=5, minutes=5)
    assert len((await room.hopper.claim(campaign.id, 1, later))[0]) == 1


@pytest.mark.parametrize("of_a_list", [False, True])
async def test_who_is_served_on_another_call_is_not_called_back(
    room: Room, *, of_a_list: bool
) -> None:
    campaign = await room.running_campaign(1 if of_a_list else 0)
    e164 = "+8613000000000" if of_a_list else NUMBER
    await room.write(wish(campaign.id, e164))
    end = PlaceEnd.SERVED.value
    await room.write(ClosePlace(campaign_id=campaign.id, e164=e164, end=end, at=MONDAY_9 + MINUTE))
    assert await kept(room) == ()
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9 + 2 * MINUTE)
    # Whom a list wants called is called by it all the same.
    assert [claim.e164 for claim in claims] == ([e164] if of_a_list else [])


WEDNESDAY_15 = MONDAY_9 + timedelta(days=2, hours=6)


async def has_agent(room: Room, agent: str) -> None:
    await Agents(room.database).save(AgentRecord(agent=agent, name="李", queues=()))


async def promised(room: Room, contact_id: int) -> datetime | None:
    appointment = (await room.contacts.show(contact_id)).contact.appointment
    return None if appointment is None else appointment.at


@pytest.mark.parametrize("is_kept_first", [True, False])
async def test_a_wish_leaves_standing_what_was_promised_for_later(  # R4, R13
    room: Room, *, is_kept_first: bool
) -> None:
    """Whoever asks to be called now is called now, and on Wednesday as somebody has promised."""
    campaign = await room.running_campaign(1)
    await has_agent(room, "1002")
    e164, contact_id = "+8613000000000", 1
    if is_kept_first:
        await room.write(wish(campaign.id, e164))
    await room.contacts.appoint(contact_id, WEDNESDAY_15, "1001", MONDAY_9, agent="1002")
    if not is_kept_first:
        await room.write(wish(campaign.id, e164))
    (claim,), _ = await room.hopper.claim(campaign.id, 1, MONDAY_9, ("1001",), (e164,))
    assert (await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)).dialable
    at = MONDAY_9 + MINUTE
    talk = NoteProgress(attempt=claim.attempt, bridged_at=at, agent="1001")
    close = ClosePlace(campaign_id=campaign.id, e164=e164, end=PlaceEnd.CALLED.value, at=at)
    word = Disposition.UNSUCCESSFUL
    end = EndAttempt(
        attempt=claim.attempt, outcome=Outcome.UNSUCCESSFUL, disposition=word, at=at + MINUTE
    )
    await room.write(talk, close, end)

    assert await promised(room, contact_id) == WEDNESDAY_15
    before = WEDNESDAY_15 - MINUTE
    assert (await room.hopper.claim(campaign.id, 1, before, ("1002",)))[0] == ()
    (claim,), _ = await room.hopper.claim(campaign.id, 1, WEDNESDAY_15, ("1002",))
    assert (claim.contact_id, claim.agent) == (contact_id, "1002")


async def test_a_wish_that_reaches_nobody_is_tried_by_the_rule_and_at_the_promised_time(  # R4, R5
    room: Room,
) -> None:
    """Once more after four hours, as every wish; and by the one agent who promised to call."""
    campaign = await room.running_campaign(1)
    e164, at_18 = "+8613000000000", MONDAY_9 + timedelta(hours=9)
    await has_agent(room, "1002")
    await room.contacts.appoint(1, at_18, "1001", MONDAY_9, agent="1002")
    await room.write(wish(campaign.id, e164))
    for at, due in ((MONDAY_9, timedelta(hours=5)), (MONDAY_9 + timedelta(hours=5), None)):
        (claim,), _ = await room.hopper.claim(campaign.id, 1, at, ("1001",), (e164,))
        await room.hopper.mark_sent(claim.attempt, "1001", at)
        nobody = EndAttempt(attempt=claim.attempt, outcome=Outcome.NO_ANSWER, at=at + MINUTE)
        await room.write(nobody)
        (one,) = await kept(room)
        assert one.place.due_at == (at_18 if due is None else MONDAY_9 + due)
    assert (await room.hopper.claim(campaign.id, 1, at_18, ("1001",), (e164,)))[0] == ()
    (claim,), _ = await room.hopper.claim(campaign.id, 1, at_18, ("1001", "1002"))
    assert claim.agent == "1002"


async def test_the_agent_who_promised_calls_though_no_turn_has_come(room: Room) -> None:  # R4
    """Of the queue nobody is free; whoever promised the call may be of another."""
    campaign = await room.running_campaign(1)
    await has_agent(room, "1002")
    await room.contacts.appoint(1, MONDAY_9 + 60 * MINUTE, "1001", MONDAY_9, agent="1002")
    await room.write(wish(campaign.id, "+8613000000000"))
    for minutes, found in ((59, []), (60, ["1002"])):
        at = MONDAY_9 + minutes * MINUTE
        claims, _ = await room.hopper.claim(campaign.id, 1, at, ("1002",))
        assert [claim.agent for claim in claims] == found


async def test_who_is_served_on_another_call_is_still_called_as_promised(  # R4, R13
    room: Room,
) -> None:
    campaign = await room.running_campaign(0)
    await room.write(wish(campaign.id))
    contact_id = await contact_of(room)
    await room.contacts.appoint(contact_id, WEDNESDAY_15, "1001", MONDAY_9)
    end, at = PlaceEnd.SERVED.value, MONDAY_9 + MINUTE
    await room.write(ClosePlace(campaign_id=campaign.id, e164=NUMBER, end=end, at=at))
    assert await promised(room, contact_id) == WEDNESDAY_15
    assert (await room.hopper.claim(campaign.id, 1, at + timedelta(hours=6)))[0] == ()
    claims, _ = await room.hopper.claim(campaign.id, 1, WEDNESDAY_15)
    assert [claim.contact_id for claim in claims] == [contact_id]


async def test_who_is_on_the_line_at_another_engine_is_not_called(room: Room) -> None:
    """Two engines of one database: each knows its own callers alone."""
    campaign = await room.running_campaign(0)
    await room.write(wish(campaign.id))
    on_the_line = NoteInboundCall(call="1795319999.1", at=MONDAY_9, number=NUMBER)
    await noted(room, "engine-2", on_the_line)

    asked = (campaign.id, 1, MONDAY_9 + MINUTE, ("1001",), (NUMBER,))
    assert (await room.hopper.claim(*asked))[0] == ()
    await noted(room, "engine-2", replace(on_the_line, ended_at=MONDAY_9 + 2 * MINUTE))
    assert len((await room.hopper.claim(*asked))[0]) == 1


@pytest.mark.parametrize(
    ("engine", "minutes", "count"), [("engine-1", 59, 0), ("engine-1", 61, 1), ("engine-2", 1, 1)]
)
async def test_a_caller_whose_end_nobody_told_holds_a_place_back_for_an_hour(
    room: Room, engine: str, minutes: int, count: int
) -> None:
    """The engine that had them on the line fell. Its own callers an engine knows better itself."""
    campaign = await room.running_campaign(0)
    await room.write(wish(campaign.id))
    await noted(room, "engine-2", NoteInboundCall(call="1795319999.1", at=MONDAY_9, number=NUMBER))
    hopper, at = Hopper(room.database, engine, room.make_id), MONDAY_9 + minutes * MINUTE
    await hopper.recover(at)
    assert len((await hopper.claim(campaign.id, 1, at, ("1001",), (NUMBER,)))[0]) == count


async def noted(room: Room, engine: str, note: NoteInboundCall) -> None:
    async with room.database.writing() as connection:
        await write_queue_note(connection, note, engine)


async def test_who_was_served_while_our_call_rang_is_not_tried_again(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await room.write(wish(campaign.id))
    (claim,), _ = await room.hopper.claim(campaign.id, 1, MONDAY_9, ("1001",), (NUMBER,))
    await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)
    busy = EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9 + MINUTE)
    end = PlaceEnd.SERVED.value
    close = ClosePlace(campaign_id=campaign.id, e164=NUMBER, end=end, at=MONDAY_9 + MINUTE)
    await room.write(busy, close)
    for hours in (1, 5, 24):
        at = MONDAY_9 + timedelta(hours=hours)
        assert (await room.hopper.claim(campaign.id, 1, at))[0] == ()


async def test_who_is_done_with_is_opened_again_by_a_wish(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    wrong = Disposition.WRONG_RECORD
    end = EndAttempt(
        attempt=claim.attempt, outcome=Outcome.WRONG_RECORD, disposition=wrong, at=MONDAY_9
    )
    await room.write(end, wish(campaign.id, claim.e164, at=MONDAY_9 + MINUTE))
    record = await room.contacts.show(claim.contact_id)
    assert record.contact.state is ContactState.OPEN
    at = MONDAY_9 + 2 * MINUTE
    assert len((await room.hopper.claim(campaign.id, 1, at, ("1001",), (claim.e164,)))[0]) == 1


async def test_who_may_not_be_called_is_promised_nothing(room: Room) -> None:
    campaign = await room.running_campaign(0)
    entry = DoNotCallEntry(
        e164=NUMBER,
        campaign_id=None,
        source="operator",
        reason="asked",
        added_at=MONDAY_9,
    )
    await room.do_not_call.add(entry)
    await room.write(wish(campaign.id))
    assert [type(error) for _, error in room.failed] == [AppointmentBarredError]
    assert await kept(room) == ()


@pytest.mark.parametrize("why", CallBackReason)
async def test_whom_an_operator_has_taken_out_is_opened_by_a_wish_alone(
    room: Room, why: CallBackReason
) -> None:
    campaign = await room.running_campaign(1)
    e164 = "+8613000000000"
    contact_id = await contact_of(room, e164)
    taken_out = schema.contact.update().where(schema.contact.c.id == contact_id)
    async with room.database.writing() as connection:
        await connection.execute(taken_out.values(state=ContactState.WITHDRAWN.value))
    await room.write(wish(campaign.id, e164, why=why.value))
    state = (await room.contacts.show(contact_id)).contact.state
    if why is CallBackReason.WISH:
        assert (state, len(await kept(room))) == (ContactState.OPEN, 1)
    else:
        assert (state, await kept(room)) == (ContactState.WITHDRAWN, ())
        assert [type(error) for _, error in room.failed] == [ContactClosedError]


async def test_the_stay_in_the_queue_ended_by_the_wish(room: Room) -> None:
    campaign = await room.running_campaign(0)
    stay = NoteQueueCall(
        call="1795319876.7",
        queue=QUEUE,
        joined_at=MONDAY_9 - 5 * MINUTE,
        ended_at=MONDAY_9,
        how=QueueEnd.TIMEOUT,
        waited_ms=300_000,
    )
    await room.write(stay, replace(stay, call="1795319876.8"), wish(campaign.id))
    query = select(schema.queue_call.c.how).order_by(schema.queue_call.c.call_id)
    async with room.database.reading() as connection:
        assert list(await connection.scalars(query)) == [QueueEnd.CALLBACK, QueueEnd.TIMEOUT]


async def test_places_are_read_in_the_order_of_their_coming(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await room.write(
        wish(campaign.id), wish(campaign.id, OTHER, joined_at=MONDAY_9 - timedelta(hours=1))
    )
    assert [one.place.e164 for one in await kept(room)] == [OTHER, NUMBER]


async def test_a_campaign_goes_off_file_with_its_places(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await room.write(wish(campaign.id))
    await room.campaigns.delete(campaign.id)
    assert await kept(room) == ()


@pytest.mark.parametrize(
    "effect",
    [wish(3), ClosePlace(campaign_id=3, e164=NUMBER, end="called", at=MONDAY_9)],
    ids=lambda one: type(one).__name__,
)
def test_what_the_journal_keeps_comes_out_as_it_went_in(effect: KeepPlace | ClosePlace) -> None:
    said = encode_effect(effect)
    assert "ref" not in said
    again = decode_effect(said)
    assert again == (wish(3, ref="") if isinstance(effect, KeepPlace) else effect)
    assert isinstance(again.at, datetime)  # type: ignore[union-attr]  # one of these two
