"""The last hour, minute by minute, from pictures as they come (R18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from supervisor.kpi import InboundCounts, live_service_level
from supervisor.last_hour import LastHour
from supervisor.snapshot import CallCounts, Snapshot
from tests.supervisor.floor_example import NOW, campaign, queue

MINUTE = NOW.replace(second=0)


def seen(at_s: float, **changes: object) -> Snapshot:
    base = Snapshot(ts=MINUTE + timedelta(seconds=at_s), link_up=True, agent_counts={"ready": 3})
    return replace(base, **changes)  # type: ignore[arg-type]  the tests' own fields


def calls(placed: int, answered: int, abandoned: int) -> dict[str, object]:
    one = replace(campaign(), placed=placed, answered=answered, abandoned=abandoned)
    return {"campaigns": (one,)}


def served(within: int, answered: int, abandoned: int = 0) -> dict[str, object]:
    counts = InboundCounts(answered=answered, answered_within=within, abandoned=abandoned)
    one = replace(queue(), service_level=live_service_level(counts, waiting_over=0))
    return {"queues": (replace(one, answered=answered, abandoned=abandoned),)}


def test_a_minute_has_the_most_who_waited_and_the_fewest_who_were_free() -> None:
    hour = LastHour()
    for second, (waiting, alive, free) in enumerate([(0, 4, 3), (5, 9, 0), (1, 2, 2)]):
        hour.saw(
            seen(
                second,
                queues=(replace(queue(), waiting=waiting),),
                calls=CallCounts(talking=alive),
                agent_counts={"ready": free},
            )
        )
    (minute,) = hour.minutes
    assert (minute.at, minute.waiting, minute.calls, minute.free) == (MINUTE, 5, 9, 0)


def test_counts_are_by_how_much_they_grew_and_begin_at_the_first_look() -> None:
    hour = LastHour()
    hour.saw(seen(0, **calls(100, 40, 1)))
    hour.saw(seen(30, **calls(110, 44, 1)))
    hour.saw(seen(60, **calls(125, 50, 2)))
    placed = [(m.placed, m.answered, m.abandoned) for m in hour.minutes]
    assert placed == [(10, 4, 0), (15, 6, 1)]


def test_a_call_that_never_reached_the_network_is_taken_back() -> None:
    """A trunk that is down fails on our side: it must not count the whole run once more."""
    hour = LastHour()
    hour.saw(seen(0, **calls(100, 40, 1)))
    hour.saw(seen(20, **calls(103, 41, 1)))
    hour.saw(seen(40, **calls(101, 41, 1)))
    hour.saw(seen(60, **calls(100, 41, 1)))
    assert [(m.placed, m.answered) for m in hour.minutes] == [(1, 1), (0, 0)]


def test_of_those_who_answered_machines_are_told_apart() -> None:
    hour = LastHour()
    hour.saw(seen(0, **calls(100, 40, 1)))
    (one,) = calls(110, 46, 1)["campaigns"]  # type: ignore[misc,attr-defined]  made just above
    hour.saw(seen(30, campaigns=(replace(one, machines=2),)))
    assert [(m.answered, m.machines, m.live) for m in hour.minutes] == [(6, 2, 4)]
    assert hour.recent.answers(one.name)[0].part == 4


def test_a_new_day_counts_from_nothing() -> None:
    hour = LastHour()
    hour.saw(seen(0, **served(80, 100, 5)))
    hour.saw(seen(60, **served(2, 3, 1)))
    assert (hour.minutes[-1].served_within, hour.minutes[-1].served) == (2, 4)


def test_what_is_older_than_an_hour_is_gone() -> None:
    hour = LastHour()
    for minute in range(200):
        hour.saw(seen(60 * minute, **calls(10 * minute, 4 * minute, 0), **served(minute, minute)))
    assert len(hour.minutes) == 60
    assert hour.minutes[0].at == MINUTE + timedelta(minutes=140)
    assert hour.recent.service_level("waihu-inbound").of == 30
    late, before = hour.recent.answers("callback-demo")
    assert (late.part, late.of, before.of) == (60, 150, 1_840)


def test_queues_and_campaigns_that_are_gone_take_no_memory() -> None:
    hour = LastHour()
    for number in range(50):
        one = replace(campaign(), name=f"c{number}")
        hour.saw(seen(number, campaigns=(one,)))
    assert len(hour.recent._counts) <= 7  # noqa: SLF001  its memory is the point
