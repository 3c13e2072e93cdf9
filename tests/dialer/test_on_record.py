"""What the engine puts on record of inbound calls, queues and agents' time (R18)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.campaign import CampaignState
from dialer.messages import InboundNoted, RouteInbound, StopEngine
from dialer.queue_effects import (
    NoteInboundCall,
    NoteQueueCall,
    NoteQueueTalk,
    QueueEnd,
    SaveSpells,
    Spell,
    TalkEnd,
)
from dialer.switch_events import (
    CallHeld,
    CallHungUp,
    CallTransferred,
    LinkDown,
    LinkUp,
    QueueAbandoned,
    QueueConnected,
    QueueExited,
    QueueJoined,
    QueueLeft,
    QueueTalkEnded,
)
from tests.dialer.stage import QUEUE, START, Stage

TICK_MS = 101
CALLER, NUMBER = "1700000000.7", "+8613800138000"


@pytest.fixture
def stage() -> Stage:
    """One agent, ready, and nobody to be dialed."""
    stage = Stage().opens()
    stage.load(CampaignState.PAUSED)
    stage.passes(7)
    return stage


def joins(stage: Stage, call: str = CALLER) -> None:
    stage.tell(QueueJoined(call=call, queue=QUEUE, caller_number=NUMBER))


def is_answered(stage: Stage, *, after_s: float = 12.0) -> None:
    joins(stage)
    stage.passes(after_s)
    stage.tell(QueueLeft(call=CALLER, queue=QUEUE))
    stage.tell(QueueConnected(call=CALLER, queue=QUEUE, member="1001"))


def hangs_up(stage: Stage) -> None:
    stage.tell(CallHungUp(call=CALLER, cause=16))


def talk_ends(stage: Stage, by: str = "caller") -> None:
    stage.tell(QueueTalkEnded(call=CALLER, queue=QUEUE, member="1001", reason=by))


def merged(stage: Stage) -> NoteQueueTalk:
    """All that was noted of the talk, as one."""
    known: dict[str, object] = {}
    for note in stage.wanted(NoteQueueTalk):
        fields = ("talk_ms", "hold_ms", "wrap_ms", "transferred", "ended_by")
        known |= {name: value for name in fields if (value := getattr(note, name)) is not None}
    return NoteQueueTalk(call=CALLER, queue=QUEUE, **known)  # type: ignore[arg-type]  # its fields


def test_an_answered_call_is_noted_with_wait_talk_and_after_call_work(stage: Stage) -> None:
    joined_at = stage.now.utc
    is_answered(stage)
    stage.passes(30)
    talk_ends(stage)
    hangs_up(stage)
    stage.passes(11)
    (note,) = stage.wanted(NoteQueueCall)
    assert note == NoteQueueCall(
        call=CALLER,
        queue=QUEUE,
        joined_at=joined_at,
        ended_at=joined_at + timedelta(seconds=12),
        how=QueueEnd.ANSWERED,
        waited_ms=12_000,
        number=NUMBER,
        agent="1001",
    )
    told = merged(stage)
    assert (told.talk_ms, told.hold_ms) == (30_000, 0)
    assert told.wrap_ms == pytest.approx(10_000, abs=TICK_MS)
    assert (told.ended_by, told.transferred) == (TalkEnd.CALLER, False)


def test_a_hang_up_on_which_no_word_comes_ends_the_talk_at_the_hang_up(stage: Stage) -> None:
    is_answered(stage)
    stage.passes(20)
    hangs_up(stage)
    stage.passes(5)
    told = merged(stage)
    assert (told.talk_ms, told.ended_by) == (20_000, None)


def test_hold_is_taken_out_of_the_talk(stage: Stage) -> None:
    is_answered(stage)
    stage.passes(10)
    stage.tell(CallHeld(channel="Local/1001", held=True))
    stage.passes(4)
    stage.tell(CallHeld(channel="Local/1001", held=False))
    stage.passes(6)
    talk_ends(stage, "agent")
    told = merged(stage)
    assert (told.talk_ms, told.hold_ms, told.ended_by) == (16_000, 4_000, TalkEnd.AGENT)


@pytest.mark.parametrize("by_queue", [True, False])
def test_a_transfer_is_known_from_the_queue_or_from_the_bridge(
    stage: Stage, *, by_queue: bool
) -> None:
    is_answered(stage)
    if not by_queue:
        stage.tell(CallTransferred(calls=("Local/x", CALLER)))
    talk_ends(stage, "transfer" if by_queue else "caller")
    assert merged(stage).transferred is True


@pytest.mark.parametrize(
    ("status", "how"),
    [
        ("TIMEOUT", QueueEnd.TIMEOUT),
        ("LEAVEEMPTY", QueueEnd.EMPTY),
        ("WITHDRAW", QueueEnd.WITHDRAWN),
        ("", QueueEnd.LEFT),
    ],
)
def test_who_goes_on_in_the_dialplan_is_noted_with_the_reason(
    stage: Stage, status: str, how: QueueEnd
) -> None:
    joins(stage)
    stage.passes(8)
    # Asterisk calls a time-out an abandon as well.
    stage.tell(QueueAbandoned(call=CALLER, queue=QUEUE))
    stage.tell(QueueLeft(call=CALLER, queue=QUEUE))
    stage.tell(QueueExited(call=CALLER, queue=QUEUE, status=status))
    stage.passes(3)
    (note,) = stage.wanted(NoteQueueCall)
    assert (note.how, note.waited_ms) == (how, 8_000)


def test_who_hangs_up_has_abandoned(stage: Stage) -> None:
    joins(stage)
    stage.passes(3)
    stage.tell(QueueAbandoned(call=CALLER, queue=QUEUE))
    stage.tell(QueueLeft(call=CALLER, queue=QUEUE))
    hangs_up(stage)
    (note,) = stage.wanted(NoteQueueCall)
    assert (note.how, note.waited_ms, note.agent) == (QueueEnd.ABANDONED, 3_000, None)


def test_whose_end_nobody_heard_is_lost(stage: Stage) -> None:
    joins(stage)
    stage.tell(LinkDown(reason="a cable"))
    stage.tell(LinkUp(version="22"))
    stage.survey()
    stage.passes(3)
    (note,) = stage.wanted(NoteQueueCall)
    assert note.how is QueueEnd.LOST


def test_a_call_is_on_record_from_the_flow_to_the_hang_up(stage: Stage) -> None:
    told = {
        "call": CALLER,
        "dialed": "4008001234",
        "caller_number": NUMBER,
        "flow": "hotline",
        "language": "en",
    }
    came_at = stage.now.utc
    stage.tell(InboundNoted(**told))  # type: ignore[arg-type]  # its fields
    stage.passes(5)
    chose = (("menu", "2"),)
    stage.tell(InboundNoted(**told, choices=chose, subject="repair"))  # type: ignore[arg-type]  # its fields
    joins(stage)
    hangs_up(stage)
    first, second, last = stage.wanted(NoteInboundCall)
    assert (first.at, first.number, first.dialed) == (came_at, NUMBER, "4008001234")
    assert (second.choices, second.subject, second.at) == (chose, "repair", came_at)
    assert (last.ended_at, last.at) == (stage.now.utc, came_at)


def test_a_call_without_a_flow_is_on_record_too(stage: Stage) -> None:
    stage.tell(RouteInbound(ask="a", call=CALLER, dialed="4008001234", caller_number="anonymous"))
    joins(stage)
    (note,) = stage.wanted(NoteInboundCall)
    assert (note.dialed, note.number, note.flow) == ("4008001234", None, None)


def test_what_agents_do_is_kept_each_minute_and_at_the_end(stage: Stage) -> None:
    is_answered(stage, after_s=13)  # the agent has come 20 s ago, and is signed in for 14
    stage.passes(41)
    (kept,) = stage.wanted(SaveSpells)
    assert [spell.state for spell in kept.spells] == ["signing_in", "ready", "talking"]
    one, two, three = kept.spells
    assert (one.began_at, three.began_at) == (START, START + timedelta(seconds=20))
    assert (one.ended_at, two.ended_at) == (two.began_at, three.began_at)
    stage.passes(10)
    stage.tell(StopEngine(grace_s=0))
    (going_on,) = stage.last(SaveSpells).spells
    assert going_on == Spell(
        agent="1001",
        state="talking",
        reason="",
        began_at=START + timedelta(seconds=20),
        ended_at=stage.now.utc,
    )


def test_live_figures_know_handle_time_and_short_abandons(stage: Stage) -> None:  # R10
    is_answered(stage)
    stage.passes(30)
    talk_ends(stage)
    hangs_up(stage)
    stage.passes(11)
    joins(stage, "1700000000.8")
    stage.passes(2)
    stage.tell(QueueAbandoned(call="1700000000.8", queue=QUEUE))
    stage.tell(CallHungUp(call="1700000000.8", cause=16))
    (view,) = stage.engine.statistics.queue_views(stage.now)
    assert view.aht is not None
    assert view.aht.value == pytest.approx(40.0, abs=TICK_MS / 1000)
    assert view.longest_handle is not None
    assert view.longest_handle.value == pytest.approx(40.0, abs=TICK_MS / 1000)
    assert (view.short_abandons, view.abandoned) == (1, 1)
    assert view.abandon_rate is not None
    assert view.abandon_rate.value == 0.0
    assert view.abandon_rate_raw is not None
    assert view.abandon_rate_raw.value == 0.5
    assert view.longest_wait is not None
    assert view.longest_wait.value == 12.0
