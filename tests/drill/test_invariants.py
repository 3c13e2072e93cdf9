"""The judge of the drill, itself judged: each rule, broken once, is named with the attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from campaigns.outcomes import Disposition
from tests.drill.books import Row
from tests.drill.invariants import Evidence, freed_and_dialed, service, violations
from tests.drill.people import Word
from tests.drill.witness import SeenCall

A, B = "a" * 26, "b" * 26


def call(attempt: str = A, **moments: object) -> SeenCall:
    """Dialed at 100, answered and bridged at 101, over at 110."""
    usual: dict[str, object] = {
        "number": f"+8621{attempt[:2]}",
        "made_at": 100.0,
        "answered_at": 101.0,
        "bridged_at": 101.1,
        "ended_at": 110.0,
    }
    return SeenCall(attempt=attempt, **usual | moments)  # type: ignore[arg-type]  # its fields


def row(attempt: str = A, **facts: object) -> Row:
    usual: dict[str, object] = {
        "contact_id": 1,
        "agent": "1001",
        "state": "ended",
        "sent_at": 99.9,
        "answered_at": 101.0,
        "bridged_at": 101.1,
        "ended_at": 112.0,
        "outcome": "success",
        "disposition": "success",
        "note": "n",
    }
    return Row(id=attempt, **usual | facts)  # type: ignore[arg-type]  # its fields


def word(**facts: object) -> Word:
    usual: dict[str, object] = {"disposition": Disposition.SUCCESS, "note": "n"}
    return Word(attempt=A, agent="1001", **usual | facts)  # type: ignore[arg-type]  # its fields


def evidence(calls: list[SeenCall], rows: list[Row], words: tuple[Word, ...] = ()) -> Evidence:
    return Evidence(
        calls={one.attempt: one for one in calls},
        rows={one.id: one for one in rows},
        appointments={},
        saved={one.attempt: one for one in words},
        awake=((90.0, 200.0),),
        impossible=(),
        log=("07:00:00 call.placed e164=+8621****0007",),
        max_calls=2,
        cps=1.0,
        now=120.0,
    )


def test_a_day_without_fault_breaks_no_rule() -> None:
    seen = evidence([call(), call(B, made_at=111.0)], [row(), row(B, agent="1002")], (word(),))
    assert violations(replace(seen, over=True)) == []
    assert service(seen).answered == 2


CLEAN = evidence([call()], [row()])
ABANDONED = {"outcome": "abandoned", "bridged_at": None, "disposition": None, "note": ""}
ALONE = evidence([call(bridged_at=None, message_at=102.0)], [row(**ABANDONED)])
THIRD = "c" * 26

STORIES = {
    "I1/I5 seen on the switch": ("I1/I5", A, replace(CLEAN, impossible=((A, "two people"),))),
    "I1 twice": (
        "I1",
        B,
        evidence([call(), call(B, number="+8621aa", made_at=112.0)], [row(), row(B, agent="1002")]),
    ),
    "I2 no row": ("I2", A, evidence([call()], [])),
    "I2 not committed": ("I2", A, evidence([call()], [row(sent_at=None)])),
    "I2 committed late": ("I2", A, evidence([call()], [row(sent_at=100.5)])),
    "I2 open for long": ("I2", A, evidence([call(ended_at=50.0)], [row(outcome=None)])),
    "I2 open, never seen": ("I2", A, evidence([], [row(outcome=None, sent_at=50.0)])),
    "I2 not sent": ("I2", A, evidence([call()], [row(outcome="not_sent")])),
    "I2 lost alive": ("I2", A, evidence([call()], [row(outcome="lost", ended_at=105.0)])),
    "I4 alone": ("I4", A, evidence([call(bridged_at=103.6)], [row()])),
    "I4 alone, nobody awake": (
        "I4",
        A,
        replace(evidence([call(bridged_at=103.6)], [row()]), awake=(), unkept=True),
    ),
    "I4 not counted": ("I4", A, replace(ALONE, rows={A: row(**ABANDONED, answered_at=None)})),
    "I4 counted otherwise": ("I4", A, replace(ALONE, rows={A: row(outcome="failed")})),
    "I5 two": ("I5", B, evidence([call(), call(B, made_at=105.0)], [row(), row(B)])),
    "I6 note": ("I6", A, evidence([call()], [row(note="other")], (word(),))),
    "I6 disposition": ("I6", A, evidence([call()], [row(disposition="refused")], (word(),))),
    "I6 no row": ("I6", A, evidence([], [], (word(),))),
    "I6 time": (
        "I6",
        A,
        evidence([call()], [row()], (word(appointment_at=datetime(2026, 11, 25, tzinfo=UTC)),)),
    ),
    "I7 a second": (
        "I7",
        B,
        evidence([call(), call(B, made_at=100.8)], [row(), row(B, agent="1002")]),
    ),
    "I7 at once": (
        "I7",
        THIRD,
        evidence(
            [call(), call(B, made_at=102.0), call(THIRD, made_at=109.0)],
            [
                row(),
                row(B, agent="1002", sent_at=101.9),
                row(THIRD, agent="1003", sent_at=108.9),
            ],
        ),
    ),
    "I9 a number in the log": ("I9", "", replace(CLEAN, log=("call.placed to=+862100000007",))),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_broken_rule_is_named(story: str) -> None:
    rule, attempt, seen = STORIES[story]
    assert {(one.rule, one.attempt) for one in violations(seen)} == {(rule, attempt)}


def test_calls_that_the_witness_heard_of_late_were_not_placed_in_one_second() -> None:
    late = call(B, made_at=100.2)
    seen = evidence([call(made_at=100.1), late], [row(sent_at=99.1), row(B, agent="1002")])
    assert violations(seen) == []


def test_the_message_counts_as_service() -> None:
    seen = evidence([call(bridged_at=None, message_at=101.5)], [row(**ABANDONED)])
    assert violations(seen) == []
    assert service(seen).slowest_s == pytest.approx(0.5)


def test_at_the_message_the_agent_is_free_for_another_call() -> None:
    told = call(bridged_at=None, message_at=103.0)
    seen = evidence([told, call(B, made_at=105.0)], [row(**ABANDONED), row(B)])
    assert violations(seen) == []


def test_where_nobody_is_kept_the_agent_s_part_begins_with_the_talk() -> None:
    first, second = call(), call(B, made_at=105.0, answered_at=110.0, bridged_at=110.5)
    seen = replace(evidence([first, second], [row(), row(B)]), unkept=True)
    assert violations(seen) == []
    second.answered_at, second.bridged_at = 109.0, 109.5
    assert [(one.rule, one.attempt) for one in violations(seen)] == [("I5", B)]


def test_who_was_freed_and_dialed_afterwards_is_counted() -> None:
    freed = row(B, outcome="not_sent", sent_at=None)
    assert freed_and_dialed(evidence([call()], [row(), freed])) == {1}
    assert freed_and_dialed(evidence([], [freed])) == set()


def test_who_was_alone_while_no_engine_lived_is_counted_apart() -> None:
    seen = replace(evidence([call(bridged_at=105.0)], [row()]), awake=((90.0, 101.5),))
    assert violations(seen) == []
    assert (service(seen).unwatched, service(seen).unwatched_late) == (1, 1)


def test_an_open_attempt_is_no_fault_before_its_time_and_one_at_the_end() -> None:
    seen = evidence([call()], [row(outcome=None)])
    assert violations(seen) == []
    assert [one.rule for one in violations(replace(seen, over=True))] == ["I2"]
