"""A database that is locked, full, read-only or broken: nothing that an agent said is lost (I6)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import AmendAttempt, EndAttempt, NoteProgress, SaveSlot
from dialer.messages import Claim, StoreHealth
from store.database import Database
from store.errors import NotKeptError, StoreBusyError, StoreConflictError, StoreError
from store.health import SLOW_S, Health, probe
from store.hopper import Hopper
from store.journal import Journal, journal_path
from tests.store.desk import at_work
from tests.store.faults import (
    allow_again,
    failing_disk,
    full,
    locked,
    locked_exclusively,
    read_only,
    refuse,
)
from tests.store.room import MONDAY_9, Room

ENDED_AT = MONDAY_9 + timedelta(minutes=1)
LONG_NOTE = "说" * 3000
"""It needs pages that the file has not got yet."""

Fault = Callable[[Database], AbstractAsyncContextManager[None]]
FAULTS = [
    pytest.param(locked, id="locked"),
    pytest.param(locked_exclusively, id="locked exclusively"),
    pytest.param(full, id="full"),
    pytest.param(read_only, id="read-only"),
    pytest.param(failing_disk, id="disk fails"),
]


@pytest.fixture
async def room(target: Path | str, side_files: Path) -> AsyncIterator[Room]:
    """As everywhere, but that another program keeps writing is told after 0.3 s, not 10."""
    async with Database(target, busy_timeout_s=0.3) as database:
        yield Room(database, beside=side_files)


def word(claim: Claim, disposition: Disposition = Disposition.SUCCESS) -> EndAttempt:
    return EndAttempt(
        attempt=claim.attempt,
        outcome=Outcome(disposition.value),
        disposition=disposition,
        at=ENDED_AT,
        note=LONG_NOTE,
        reply="r",
    )


async def outcomes(room: Room) -> dict[str, Outcome | None]:
    shown = [await room.contacts.show(n) for n in (1, 2, 3)]
    return {one.id: one.outcome for record in shown for one in record.attempts}


# ── the database is away ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_agents_word_is_kept_while_the_database_is_away_and_written_once_it_is_back(
    room: Room, fault: Fault
) -> None:  # I6
    campaign = await room.running_campaign(3)
    first, second, third = [await room.sent(campaign, MONDAY_9) for _ in range(3)]
    busy = EndAttempt(attempt=third.attempt, outcome=Outcome.BUSY, at=ENDED_AT, note=LONG_NOTE)
    with capture_logs() as logs:
        async with at_work(room.database, beside=room.beside) as desk:
            async with fault(room.database):
                desk.writer.submit(NoteProgress(attempt=first.attempt, answered_at=ENDED_AT))
                desk.writer.submit(word(first))
                desk.writer.submit(word(second, Disposition.REFUSED))
                desk.writer.submit(busy)
                assert await desk.hears() == ("kept", first.attempt)
                assert await desk.hears() == ("kept", second.attempt)
                assert not desk.writer.at_risk
                assert len(list(desk.journal.records())) == 4
                assert set((await outcomes(room)).values()) == {None}
            await desk.rests()
            assert await desk.hears() == ("done", first.attempt)  # the progress: nobody waits
            assert await desk.hears() == ("done", third.attempt)
            assert desk.told.empty()

    assert await outcomes(room) == {
        first.attempt: Outcome.SUCCESS,
        second.attempt: Outcome.REFUSED,
        third.attempt: Outcome.BUSY,
    }
    assert await room.do_not_call.check(second.e164)
    told = [line["event"] for line in logs]
    assert (told.count("writes.postponed"), told.count("writes.resumed")) == (1, 1)
    assert "write.set_aside" not in told


async def test_a_late_word_kept_for_an_attempt_that_is_open_on_file_ends_it(room: Room) -> None:
    """Found by the drill: its end as undisposed died with the engine, the promised word did not."""
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    late = AmendAttempt(
        attempt=claim.attempt, disposition=Disposition.REFUSED, at=ENDED_AT, note=LONG_NOTE
    )
    async with at_work(room.database, beside=room.beside) as desk:
        async with locked(room.database):
            desk.writer.submit(late)
            assert await desk.hears() == ("kept", claim.attempt)
        await desk.rests()
    shown = await room.contacts.show(claim.contact_id)
    assert [(one.outcome, one.note) for one in shown.attempts] == [(Outcome.REFUSED, LONG_NOTE)]


async def test_without_a_fault_nothing_goes_to_the_journal(room: Room) -> None:
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    async with at_work(room.database, beside=room.beside) as desk:
        desk.writer.submit(word(claim))
        assert await desk.hears() == ("done", claim.attempt)
        assert not desk.journal.used


async def test_a_word_for_which_even_the_journal_has_no_room_is_told_so_and_tried_on(
    room: Room,
) -> None:
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    async with at_work(room.database, beside=room.beside, journal_bytes=4096) as desk:
        async with locked(room.database):
            desk.writer.submit(word(claim))
            assert await desk.hears() == ("failed", claim.attempt)
            assert isinstance(desk.errors[0], NotKeptError)
            assert desk.writer.at_risk == 1
        await desk.rests()
        assert desk.told.empty()
    assert await outcomes(room) == {claim.attempt: Outcome.SUCCESS}


async def test_a_seat_that_waits_for_the_database_holds_up_no_end(room: Room) -> None:
    """It is never kept, by design; what is kept is not counted as lost because of it."""
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    async with locked(room.database), at_work(room.database, beside=room.beside) as desk:
        desk.writer.submit(SaveSlot(agent="1001", slot="7001"))
        desk.writer.submit(word(claim))
        assert desk.writer.at_risk == 1
        assert await desk.hears() == ("kept", claim.attempt)
        assert (len(desk.writer.waiting), desk.writer.at_risk, desk.writer.in_journal) == (2, 0, 1)


async def test_a_start_on_a_locked_database_leaves_the_journal_as_it_is(room: Room) -> None:
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    async with locked(room.database):
        async with at_work(room.database, beside=room.beside) as desk:
            desk.writer.submit(word(claim))
            assert await desk.hears() == ("kept", claim.attempt)
        with pytest.raises(StoreBusyError):
            async with at_work(room.database, beside=room.beside):
                pytest.fail("it must not start")
    async with at_work(room.database, beside=room.beside) as desk:
        assert await outcomes(room) == {claim.attempt: Outcome.SUCCESS}
        assert not desk.journal.used


async def test_what_is_in_the_database_and_still_in_the_journal_is_not_written_twice(
    room: Room,
) -> None:
    campaign = await room.running_campaign(3)
    late, promised = [await room.sent(campaign, MONDAY_9) for _ in range(2)]
    at = MONDAY_9 + timedelta(hours=2)
    writes = [
        EndAttempt(attempt=late.attempt, outcome=Outcome.UNDISPOSED, at=ENDED_AT),
        AmendAttempt(attempt=late.attempt, disposition=Disposition.FAX, at=ENDED_AT),
        EndAttempt(attempt=promised.attempt, outcome=Outcome.UNDISPOSED, at=ENDED_AT),
        AmendAttempt(
            attempt=promised.attempt,
            disposition=Disposition.APPOINTMENT,
            at=ENDED_AT,
            appointment_at=at,
        ),
    ]
    async with locked(room.database), at_work(room.database, beside=room.beside) as desk:
        for effect in writes:
            desk.writer.submit(effect)
        await desk.told.get()
        await desk.told.get()
    assert room.beside is not None
    pending = journal_path(room.beside).read_bytes()
    async with at_work(room.database, beside=room.beside) as desk:
        assert not desk.journal.used
    journal_path(room.beside).write_bytes(pending)

    async with at_work(room.database, beside=room.beside) as desk:
        assert not len(desk.aside)
        assert not desk.journal.used
    assert await outcomes(room) == {
        late.attempt: Outcome.FAX,
        promised.attempt: Outcome.APPOINTMENT,
    }
    shown = await room.contacts.show(promised.contact_id)
    assert shown.appointment is not None
    assert shown.appointment.at == at


# ── a row that always fails ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "how",
    [
        pytest.param("RAISE(ABORT, 'no')", id="a constraint"),
        pytest.param("zeroblob(2000000000)", id="too big a value"),
    ],
)
async def test_a_row_that_always_fails_is_set_aside_with_an_alarm_and_the_others_go_on(
    room: Room, how: str
) -> None:
    campaign = await room.running_campaign(3)
    first, bad, third = [await room.sent(campaign, MONDAY_9) for _ in range(3)]
    await refuse(room.database, "UPDATE ON attempt", f"NEW.id = '{bad.attempt}'", how)
    with capture_logs() as logs:
        async with at_work(room.database, beside=room.beside) as desk:
            for claim in (first, bad, third):
                desk.writer.submit(word(claim))
            said = [await desk.hears() for _ in range(3)]
            await desk.rests()

    assert dict(reversed(one) for one in said)[bad.attempt] == "failed"
    assert await outcomes(room) == {
        first.attempt: Outcome.SUCCESS,
        bad.attempt: None,
        third.attempt: Outcome.SUCCESS,
    }
    (alarm,) = [line for line in logs if line["event"] == "write.set_aside"]
    assert (alarm["log_level"], alarm["attempt"]) == ("error", bad.attempt)
    (kept,) = desk.aside.kept
    assert kept.effect == EndAttempt(
        attempt=bad.attempt,
        outcome=Outcome.SUCCESS,
        disposition=Disposition.SUCCESS,
        at=ENDED_AT,
        note=LONG_NOTE,
    )
    assert desk.aside.path.stat().st_mode & 0o777 == 0o600
    claims, _ = await room.hopper.claim(campaign.id, 3, MONDAY_9 + timedelta(days=2))
    assert bad.contact_id not in [claim.contact_id for claim in claims]


async def test_a_contact_that_cannot_be_claimed_does_not_keep_the_others_from_being_dialed(
    room: Room,
) -> None:
    campaign = await room.running_campaign(3)
    await refuse(room.database, "INSERT ON attempt", "NEW.contact_id = 2")
    aside: list[tuple[int, str]] = []
    hopper = Hopper(
        room.database, "engine-1", room.make_id, set_aside=lambda *one: aside.append(one)
    )

    claims, _ = await hopper.claim(campaign.id, 3, MONDAY_9)
    again = await hopper.claim(campaign.id, 3, MONDAY_9)

    assert [claim.contact_id for claim in claims] == [1, 3]
    assert aside == [(2, "the database refused it: no")]
    assert again == ((), None)


async def test_a_column_that_was_renamed_under_the_writer_is_no_fault_of_the_rows(
    room: Room, target: Path | str
) -> None:
    campaign = await room.running_campaign(3)
    claims = [await room.sent(campaign, MONDAY_9) for _ in range(3)]
    watch = Watch(room)
    async with Database(target) as other, at_work(room.database, beside=room.beside) as desk:
        async with other.writing() as connection:
            await connection.exec_driver_sql("ALTER TABLE attempt RENAME COLUMN note TO old")
        for claim in claims:
            desk.writer.submit(word(claim))
        assert [await desk.hears() for _ in claims] == [("kept", claim.attempt) for claim in claims]
        assert not len(desk.aside)
        assert not watch.health.ok
        async with other.writing() as connection:
            await connection.exec_driver_sql("ALTER TABLE attempt RENAME COLUMN old TO note")
        await desk.rests()
    assert set((await outcomes(room)).values()) == {Outcome.SUCCESS}


async def test_what_was_set_aside_is_tried_once_more_at_the_next_start(
    room: Room,
) -> None:
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    await refuse(room.database, "UPDATE ON attempt", f"NEW.id = '{claim.attempt}'")
    async with at_work(room.database, beside=room.beside) as desk:
        desk.writer.submit(word(claim))
        await desk.hears()
        assert isinstance(desk.errors[0], StoreConflictError)
        await desk.rests()

    async with at_work(room.database, beside=room.beside) as still:
        assert len(still.aside) == 1
    await allow_again(room.database)
    async with at_work(room.database, beside=room.beside) as cured:
        assert not len(cured.aside)
        assert not cured.aside.path.exists()
    assert await outcomes(room) == {claim.attempt: Outcome.SUCCESS}


async def test_a_word_that_was_kept_and_then_refused_by_a_rule_is_set_aside_too(
    room: Room,
) -> None:
    """Its agent was told that it is kept: somebody must hear that it could not be."""
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=ENDED_AT))
    async with at_work(room.database, beside=room.beside) as desk:
        async with locked(room.database):
            desk.writer.submit(word(claim))
            assert await desk.hears() == ("kept", claim.attempt)
        await desk.rests()
        assert [one.write["attempt"] for one in desk.aside.kept] == [claim.attempt]


def test_half_a_line_in_the_file_of_the_set_aside_is_no_reason_to_stop(tmp_path: Path) -> None:
    from store.aside import read_aside  # noqa: PLC0415

    path = tmp_path / "waihu.db.aside.jsonl"
    path.write_text('{"fault": "no", "write": {"kind": "NoteProgress", "attempt": "a"}}\n{"fau')
    assert len(read_aside(path)) == 2


# ── how it answers ───────────────────────────────────────────────────────────────────────


class Watch:
    """A watch over a real database, on a clock of the test's."""

    def __init__(self, room: Room) -> None:
        self.now = 100.0
        self.told: list[StoreHealth] = []
        self.health = Health(self.told.append, lambda: self.now)
        self._room = room
        room.database.watched = self.health.watched

    async def looks(self, after_s: float) -> None:
        self.now += after_s
        await self.health.look_and_probe(self._room.database)


async def test_a_write_that_takes_long_is_told_while_it_does_and_after_it_all_is_well(
    room: Room,
) -> None:
    await room.running_campaign(1)
    watch = Watch(room)
    async with room.database.writing():
        await watch.looks(SLOW_S - 0.1)
        assert watch.health.ok
        await watch.looks(0.2)
        (told,) = watch.told
        assert not told.ok
        assert "no answer for 1.6 s" in told.text
    await watch.looks(0.1)
    assert len(watch.told) == 1
    await watch.looks(1.0)
    assert watch.told[1:] == [StoreHealth(ok=True)]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_database_that_refuses_is_told_and_asked_until_it_takes_something(
    room: Room, fault: Fault
) -> None:
    await room.running_campaign(1)
    watch = Watch(room)
    async with fault(room.database):
        with pytest.raises(StoreError, match=r"busy|read-?only|disk"):
            await _fills(room)
        await watch.looks(0.2)  # too soon to be believed again
        assert [told.ok for told in watch.told] == [False]
    await watch.looks(5.0)
    assert [told.ok for told in watch.told] == [False, True]


async def _fills(room: Room) -> None:
    async with room.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE campaign SET state = state")
        await connection.exec_driver_sql("CREATE TABLE filler (t TEXT)")


async def test_who_falls_ill_again_soon_is_believed_later(room: Room) -> None:
    await room.running_campaign(1)
    watch = Watch(room)
    rests = []
    for _ in range(3):
        async with read_only(room.database):
            with pytest.raises(Exception, match=r"read-?only"):
                await probe(room.database)
        began = watch.now
        while not watch.health.ok:
            await watch.looks(0.1)
        rests.append(watch.now - began)
    assert rests[0] < rests[1] < rests[2]


async def test_a_refused_row_says_nothing_of_the_database(room: Room) -> None:
    await room.running_campaign(1)
    watch = Watch(room)
    with pytest.raises(StoreConflictError):
        async with room.database.writing() as connection:
            await connection.exec_driver_sql("INSERT INTO agent (login, name) VALUES (NULL, '')")
    assert watch.health.ok


def test_a_journal_is_beside_the_real_file(tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(tmp_path / "waihu.db")
    with Journal(journal_path(tmp_path / "other")) as journal:
        assert journal.path.name == "waihu.db.pending"
