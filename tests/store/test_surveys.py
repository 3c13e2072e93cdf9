"""What callers say is on file as they type it, once for each question of a call (R16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialer.effects import KeepAnswer
from routing.survey import Answer
from store.effect_codec import decode_effect, encode_effect
from store.surveys import answers
from tests.store.room import MONDAY_9, Room

SAID = KeepAnswer(
    call="1795319876.7",
    queue="waihu-inbound",
    agent="1001",
    question="quality",
    key=4,
    highest=5,
    weight=30,
    at=MONDAY_9,
)


async def test_answers_are_read_by_when_they_were_given_and_the_first_one_stays(
    room: Room,
) -> None:
    later = replace(SAID, question="product", at=MONDAY_9 + timedelta(hours=1))
    await room.write(SAID, later, replace(SAID, key=1))
    assert not room.failed
    (one,) = await answers(room.database, MONDAY_9, MONDAY_9 + timedelta(minutes=1))
    assert (one.call, one.queue, one.agent, one.at) == (SAID.call, SAID.queue, "1001", MONDAY_9)
    assert one.answer == Answer(question="quality", key=4, highest=5, weight=30)
    assert len(await answers(room.database, MONDAY_9, MONDAY_9 + timedelta(days=1))) == 2
    assert decode_effect(encode_effect(SAID)) == SAID
