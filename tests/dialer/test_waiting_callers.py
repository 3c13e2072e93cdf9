"""Callers who wait go before calls of ours, also those of whom no event has told us."""

from __future__ import annotations

from dialer.effects import ClaimContacts
from dialer.switch_events import LinkDown, LinkUp, QueueJoined, QueueLeft, SwitchSurveyed, Waiting
from tests.dialer.stage import QUEUE, Stage

CALLER = "1700000000.7"


def waiting(stage: Stage) -> int:
    return stage.engine.statistics.callers_waiting([QUEUE])


def is_surveyed(stage: Stage, waits: float | None = None) -> None:
    """The switch tells that CALLER lives; `waits`: in the queue, for so many seconds."""
    queued = {} if waits is None else {CALLER: Waiting(queue=QUEUE, waited_s=waits)}
    stage.tell(
        SwitchSurveyed(
            agents={"7001": "Local/1001"},
            paused={},
            calls={CALLER: True},
            waiting=queued,
        )
    )


def link_falls(stage: Stage) -> None:
    stage.tell(LinkDown(reason="a cable"))
    stage.tell(LinkUp(version="22"))


def test_who_came_while_we_could_not_hear_is_served_before_we_dial() -> None:
    stage = Stage().opens()
    link_falls(stage)
    is_surveyed(stage, waits=40.0)
    assert waiting(stage) == 1
    stage.passes(20)
    assert stage.wanted(ClaimContacts) == []


def test_such_a_caller_has_waited_since_the_switch_took_the_call() -> None:  # R10
    stage = Stage().opens()
    link_falls(stage)
    is_surveyed(stage, waits=40.0)
    (queue,) = stage.engine.statistics.queue_views(stage.now)
    assert (queue.offered, queue.longest_wait_s) == (1, 40.0)


def test_who_was_put_through_while_we_could_not_hear_waits_no_longer() -> None:
    stage = Stage().opens()
    stage.tell(QueueJoined(call=CALLER, queue=QUEUE, caller_number=""))
    link_falls(stage)
    is_surveyed(stage)  # lives, but in no queue
    assert waiting(stage) == 0


def test_who_left_the_queue_while_the_switch_was_asked_waits_no_longer() -> None:
    stage = Stage().opens()
    stage.tell(QueueJoined(call=CALLER, queue=QUEUE, caller_number=""))
    link_falls(stage)
    stage.tell(QueueLeft(call=CALLER, queue=QUEUE))
    is_surveyed(stage, waits=5.0)
    assert waiting(stage) == 0
