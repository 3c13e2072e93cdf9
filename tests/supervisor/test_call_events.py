"""What programs beside us are told of calls, one event after the other (R18, R25)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from campaigns.campaign import CampaignState
from campaigns.outcomes import Disposition, NotSent, Outcome
from dialer.agents import Agent, State, Status
from dialer.effects import Effect, EndAttempt, MarkSent, NoteProgress, Originate, ReleaseClaim
from dialer.messages import Claim, Claimed, Loaded, Message, Now, Unfinished, UnfinishedAttempt
from dialer.notes import made_up_campaign, record_of
from dialer.queue_effects import NoteQueueCall, NoteQueueTalk, QueueEnd
from dialer.switch_events import (
    CallHungUp,
    CallRinging,
    CallUnserved,
    QueueConnected,
    QueueJoined,
    QueueOffered,
)
from supervisor.call_events import MOST_CALLS, CallEvent, CallEvents, What

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
NUMBER = "+8613800138000"
CAMPAIGN = made_up_campaign(7, name="spring", queue="waihu-sales", ring_timeout_s=30)
LOADED = Loaded(campaigns=(record_of(CAMPAIGN, CampaignState.RUNNING),), agents=())
SENT = MarkSent(attempt="a1", campaign=CAMPAIGN, agent="1001")


class Heard:
    """A listener, and what it was told."""

    def __init__(self) -> None:
        self.events: list[CallEvent] = []
        self.makes = CallEvents("engine-1.run", self.events.append)
        self.seconds = 0

    def __call__(self, *said: Message | Effect) -> list[What]:
        """Tell it, one second after the other; the events that came of it."""
        before = len(self.events)
        for one in said:
            self.seconds += 1
            self.makes.witness(one, self.now())
        return [event.event for event in self.events[before:]]

    def now(self) -> Now:
        return Now(utc=AT + timedelta(seconds=self.seconds), mono=float(self.seconds))


def claimed(attempt: str = "a1") -> Claimed:
    claim = Claim(attempt=attempt, campaign_id=7, contact_id=41, e164=NUMBER)
    return Claimed(ref="r", campaign_id=7, claims=(claim,), next_due_at=None)


def originate(attempt: str = "a1") -> Originate:
    return Originate(
        attempt=attempt,
        dial_string="Local/1",
        e164=NUMBER,
        caller_id="",
        ring_timeout_s=30,
        slot="7001",
        queue="waihu-sales",
    )


def ended(outcome: Outcome = Outcome.NO_ANSWER, attempt: str = "a1") -> EndAttempt:
    return EndAttempt(attempt=attempt, outcome=outcome, at=AT)


def answered(attempt: str = "a1") -> NoteProgress:
    return NoteProgress(attempt=attempt, answered_at=AT)


def connected(attempt: str = "a1") -> NoteProgress:
    return NoteProgress(attempt=attempt, bridged_at=AT, agent="1002")


def test_a_call_is_told_from_its_placing_to_its_outcome() -> None:  # R18
    heard = Heard()
    word = EndAttempt(attempt="a1", outcome=Outcome.SUCCESS, at=AT, disposition=Disposition.SUCCESS)
    told = heard(
        LOADED,
        claimed(),
        SENT,
        originate(),
        CallRinging(call="a1"),
        answered(),
        connected(),
        CallHungUp(call="a1", cause=16),
        word,
    )
    assert told == ["placed", "ringing", "answered", "connected", "hung_up", "ended"]
    last = heard.events[-1].told()
    assert last == {
        "v": 1,
        "id": "engine-1.run-6",
        "ts": "2026-11-23T05:00:09+00:00",
        "event": "ended",
        "call": "a1",
        "number": "138****8000",
        "campaign": "spring",
        "contact": 41,
        "queue": "waihu-sales",
        "agent": "1002",
        "outcome": "success",
        "disposition": "success",
    }
    assert heard.events[-2].cause == 16


def test_no_number_is_told_whole() -> None:  # R25
    heard = Heard()
    heard(claimed(), SENT, originate(), ended())
    heard(QueueJoined(call="c", queue="waihu-inbound", caller_number="13900139000"))
    assert {event.number for event in heard.events} == {"138****8000", "139****9000"}
    assert all("1380013" not in str(event.told()) for event in heard.events)


def test_each_event_of_a_call_is_told_once_and_each_has_an_id_of_its_own() -> None:
    heard = Heard()
    twice = [CallRinging(call="a1"), CallRinging(call="a1"), answered(), answered()]
    assert heard(claimed(), originate(), *twice) == ["placed", "ringing", "answered"]
    ids = [event.id for event in heard.events]
    assert len(set(ids)) == len(ids)


def test_of_a_call_that_nobody_answers_the_outcome_is_the_last_word() -> None:
    heard = Heard()
    assert heard(claimed(), originate(), CallHungUp(call="a1", cause=19), ended()) == [
        "placed",
        "ended",
    ]
    assert heard(CallHungUp(call="a1", cause=19), CallRinging(call="a1")) == []


def test_an_agents_word_in_the_talk_comes_before_the_hang_up() -> None:
    heard = Heard()
    heard(claimed(), originate(), answered(), connected())
    assert heard(ended(Outcome.SUCCESS), CallHungUp(call="a1", cause=16)) == ["ended", "hung_up"]


def test_who_met_nobody_is_told_as_unserved_and_who_has_talked_is_not() -> None:
    heard = Heard()
    assert heard(claimed(), originate(), answered(), CallUnserved(call="a1"))[-1] == "unserved"
    heard(claimed("a2"), originate("a2"), answered("a2"), connected("a2"))
    assert heard(CallUnserved(call="a2")) == []


def test_phones_and_strangers_are_no_calls_of_ours() -> None:
    assert Heard()(CallRinging(call="x"), CallHungUp(call="x", cause=16), ended(attempt="x")) == []


def test_a_claim_that_is_given_back_is_never_told() -> None:
    heard = Heard()

    release = ReleaseClaim(attempt="a1", why=next(iter(NotSent)))
    assert heard(claimed(), SENT, release, ended()) == []


def test_what_an_earlier_run_has_told_is_not_told_again() -> None:
    heard = Heard()
    left = UnfinishedAttempt(
        attempt="a1",
        campaign_id=7,
        contact_id=41,
        e164=NUMBER,
        zone=None,
        agent="1001",
        answered_at=AT,
        bridged_at=None,
        ended_at=None,
    )
    told = heard(LOADED, Unfinished(attempts=(left,)), CallRinging(call="a1"), answered())
    assert told == []
    assert heard(connected(), ended(Outcome.LOST)) == ["connected", "ended"]


def waited(how: QueueEnd, agent: str | None = None) -> NoteQueueCall:
    return NoteQueueCall(
        call="c",
        queue="waihu-inbound",
        joined_at=AT,
        ended_at=AT,
        how=how,
        waited_ms=12_500,
        number="+8613900139000",
        agent=agent,
    )


def test_a_caller_is_told_from_joining_the_queue_to_the_end_of_the_talk() -> None:  # R18
    heard = Heard()
    queue, number = "waihu-inbound", "13900139000"
    told = heard(
        QueueJoined(call="c", queue=queue, caller_number=number),
        QueueOffered(call="c", queue=queue, member="1001", caller_number=number),
        QueueConnected(call="c", queue=queue, member="1001"),
        waited(QueueEnd.ANSWERED, "1001"),
        NoteQueueTalk(call="c", queue=queue, talk_ms=61_000),
        NoteQueueTalk(call="c", queue=queue, wrap_ms=5_000),
    )
    assert told == ["queue_joined", "queue_offered", "queue_connected", "queue_ended"]
    assert heard.events[2].number == "139****9000"
    assert heard.events[3].talk_s == 61.0


def test_who_gives_up_and_who_leaves_otherwise_are_told_apart() -> None:
    heard = Heard()
    assert heard(waited(QueueEnd.ABANDONED), waited(QueueEnd.TIMEOUT)) == [
        "queue_abandoned",
        "queue_left",
    ]
    gave_up, left = heard.events
    assert (gave_up.how, gave_up.waited_s) == (None, 12.5)
    assert left.how == "timeout"


def test_a_list_of_the_switch_does_not_make_a_caller_join_again() -> None:
    heard = Heard()
    join = QueueJoined(call="c", queue="waihu-inbound", caller_number="")
    assert heard(join, join) == ["queue_joined"]
    other = QueueJoined(call="c", queue="waihu-sales", caller_number="")
    assert heard(other) == ["queue_joined"]
    assert heard.events[0].number == ""


def test_an_agent_is_told_in_the_one_word_that_supervisors_see() -> None:
    heard = Heard()
    agent = Agent(
        agent="1001",
        name="Li",
        queues=(),
        status=Status.ON_BREAK,
        state=State.IDLE,
        pause_reason="lunch",
    )
    heard.makes.agent_changed(agent, heard.now())
    heard.makes.agent_changed(agent, heard.now())  # something else of him has changed
    assert len(heard.events) == 1
    told = heard.events[0].told()
    assert told["look"] == "paused"
    assert told["pause_reason"] == "lunch"
    assert "name" not in told


def test_memory_does_not_grow_by_calls_whose_end_was_lost() -> None:  # I11
    heard = Heard()
    for number in range(MOST_CALLS + 10):
        heard(claimed(f"a{number}"), originate(f"a{number}"))
    assert heard(CallRinging(call="a0")) == []
    assert heard(CallRinging(call=f"a{MOST_CALLS}")) == ["ringing"]


def test_events_are_told_in_the_order_of_their_numbers() -> None:
    heard = Heard()
    heard(claimed(), originate(), CallRinging(call="a1"), answered(), ended())
    numbers = [int(event.id.rpartition("-")[2]) for event in heard.events]
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers))
