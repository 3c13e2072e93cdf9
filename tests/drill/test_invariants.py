"""The judge of the drill, itself judged: each rule, broken once, is named with the attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from campaigns.outcomes import Disposition
from tests.drill.books import Row
from tests.drill.invariants import Evidence, service, violations
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
        now=120.0,
    )


def test_a_day_without_fault_breaks_no_rule() -> None:
    seen = evidence([call(), call(B, made_at=111.0)], [row(), row(B, agent="1002")], (word(),))
    assert violations(replace(seen, over=True)) == []
    assert service(seen).answered == 2


STORIES = {
    "I1 twice": ("I1", [call(), call(B, number="+8621aa")], [row(), row(B, agent="1002")], ()),
    "I2 no row": ("I2", [call()], [], ()),
    "I2 not committed": ("I2", [call()], [row(sent_at=None)], ()),
    "I2 committed late": ("I2", [call()], [row(sent_at=100.5)], ()),
    "I2 open for long": ("I2", [call(ended_at=50.0)], [row(outcome=None)], ()),
    "I2 not sent": ("I2", [call()], [row(outcome="not_sent")], ()),
    "I2 lost alive": ("I2", [call()], [row(outcome="lost", ended_at=105.0)], ()),
    "I4 alone": ("I4", [call(bridged_at=103.6)], [row()], ()),
    "I5 two": ("I5", [call(), call(B, made_at=105.0)], [row(), row(B)], ()),
    "I6 word": ("I6", [call()], [row(note="other")], (word(),)),
    "I6 time": (
        "I6",
        [call()],
        [row()],
        (word(appointment_at=datetime(2026, 11, 25, tzinfo=UTC)),),
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_broken_rule_is_named(story: str) -> None:
    rule, calls, rows, words = STORIES[story]
    assert {one.rule for one in violations(evidence(calls, rows, words))} == {rule}


def test_who_was_alone_while_no_engine_lived_is_counted_apart() -> None:
    seen = replace(evidence([call(bridged_at=105.0)], [row()]), awake=((90.0, 101.5),))
    assert violations(seen) == []
    assert (service(seen).unwatched, service(seen).unwatched_late) == (1, 1)


def test_an_open_attempt_is_no_fault_before_its_time_and_one_at_the_end() -> None:
    seen = evidence([call()], [row(outcome=None)])
    assert violations(seen) == []
    assert [one.rule for one in violations(replace(seen, over=True))] == ["I2"]
