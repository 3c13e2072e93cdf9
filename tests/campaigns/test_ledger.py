"""A chain of entries: whatever is done to it, the first bad place is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from campaigns.ledger import (
    BEFORE_THE_FIRST,
    Entry,
    EntryKind,
    FaultKind,
    Head,
    Note,
    canonical,
    first_fault,
    follow,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
BODIES = st.dictionaries(
    st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=3
)
CHAINS = st.lists(BODIES, min_size=1, max_size=8)


def a_chain(bodies: list[dict[str, Any]]) -> list[Entry]:
    head, entries = Head(), []
    for place, body in enumerate(bodies):
        note = Note(
            chain="engine-1",
            at=NOON + timedelta(seconds=place),
            kind=EntryKind.CALL,
            subject=f"{place:026d}",
            body=body,
        )
        entry = follow(head, note)
        entries.append(entry)
        head = Head(seq=entry.seq, hash=entry.hash)
    return entries


def test_the_first_entry_follows_nothing() -> None:
    (entry,) = a_chain([{"number": "+8613800138000"}])
    assert (entry.seq, entry.previous) == (1, BEFORE_THE_FIRST)
    # A hash that changes would make every ledger on file a forgery.
    assert entry.hash == "7d7027f3a080b479380b8b6fc4e3f520d8314db46da70e257b5f970f45717a7a"


def test_the_same_facts_are_written_the_same() -> None:
    assert (
        canonical({"b": 1, "a": "徐汇"}) == canonical({"a": "徐汇", "b": 1}) == '{"a":"徐汇","b":1}'
    )


@given(CHAINS, st.integers(0, 8))
def test_a_whole_chain_is_whole_in_any_stretches(bodies: list[dict[str, Any]], at: int) -> None:
    entries = a_chain(bodies)
    head, fault = first_fault(Head(), entries[:at])
    assert fault is None
    head, fault = first_fault(head, entries[at:])
    assert fault is None
    assert head == Head(seq=entries[-1].seq, hash=entries[-1].hash)


@given(CHAINS, st.data())
def test_a_changed_entry_is_found(bodies: list[dict[str, Any]], data: st.DataObject) -> None:
    entries = a_chain(bodies)
    at = data.draw(st.integers(0, len(entries) - 1))
    change = data.draw(
        st.sampled_from(
            [
                {"body": '{"number":"+8613900000000"}'},
                {"at": NOON - timedelta(microseconds=1)},
                {"subject": "another"},
                {"kind": "dnc.added"},
                {"hash": "f" * 64},
            ]
        )
    )
    entries[at] = replace(entries[at], **change)
    _, fault = first_fault(Head(), entries)
    assert fault is not None
    assert (fault.seq, fault.kind) == (at + 1, FaultKind.ALTERED)


@given(st.lists(BODIES, min_size=3, max_size=8), st.data())
def test_an_entry_left_out_or_written_anew_is_found(
    bodies: list[dict[str, Any]], data: st.DataObject
) -> None:
    entries = a_chain(bodies)
    at = data.draw(st.integers(0, len(entries) - 2))
    left_out = entries[:at] + entries[at + 1 :]
    _, fault = first_fault(Head(), left_out)
    assert fault is not None
    assert (fault.seq, fault.kind) == (at + 2, FaultKind.GAP)
    # A forger who makes the changed entry's own hash right is betrayed by the next one.
    before = entries[at - 1] if at else None
    head = Head(seq=before.seq, hash=before.hash) if before else Head()
    note = Note(chain="engine-1", at=NOON, kind=EntryKind.CALL, subject="x", body={"forged": 1})
    forged = [*entries[:at], follow(head, note), *entries[at + 1 :]]
    _, fault = first_fault(Head(), forged)
    assert fault is not None
    assert (fault.seq, fault.kind) == (at + 2, FaultKind.UNLINKED)
