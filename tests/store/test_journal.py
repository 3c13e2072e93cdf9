"""The journal: bounded, laid out in advance, and after a crash no more and no less than synced."""

from __future__ import annotations

import resource
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import AmendAttempt, EndAttempt, NoteProgress
from dialer.queue_effects import (
    NoteInboundCall,
    NoteQueueCall,
    NoteQueueTalk,
    QueueEnd,
    TalkEnd,
)
from store.effect_codec import Lasting, decode_effect, effect_line, encode_effect
from store.errors import StoreUnusableError
from store.journal import Journal

FDS = Path("/proc/self/fd")
FIRST, SECOND, THIRD = (b'{"n": 1}', b'{"n": 22}', b'{"n": 333}')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "waihu.db.pending"


def of_three(path: Path) -> None:
    with Journal(path) as journal:
        assert journal.append([(FIRST, True), (SECOND, False)]) == [True, True]
        assert journal.append([(THIRD, True)]) == [True]


def left_in(path: Path) -> list[bytes]:
    with Journal(path) as journal:
        return list(journal.records())


def test_what_was_synced_is_there_after_the_process(path: Path) -> None:
    of_three(path)

    assert left_in(path) == [FIRST, SECOND, THIRD]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_never_grows(path: Path) -> None:
    with Journal(path, size=4096, for_words=0) as journal:
        laid_out = path.stat()
        while journal.append([(THIRD, True)]) == [True]:
            pass
    assert path.stat().st_size == laid_out.st_size == 4096
    assert path.stat().st_blocks == laid_out.st_blocks


@pytest.mark.parametrize("torn_at", range(1, 8 + len(THIRD) + 1))
def test_a_record_that_a_crash_has_torn_ends_the_reading(path: Path, torn_at: int) -> None:
    of_three(path)
    end = 3 * 8 + len(FIRST + SECOND + THIRD)
    with path.open("r+b") as file:
        file.seek(end - torn_at)
        file.write(b"\xff" * torn_at)

    assert left_in(path) == [FIRST, SECOND]


def test_the_last_part_is_for_the_words_of_agents(path: Path) -> None:
    with Journal(path, size=128, for_words=64) as journal:
        progress = [journal.append([(b"p" * 24, False)]) for _ in range(3)]
        words = [journal.append([(b"w" * 24, True)]) for _ in range(3)]
    assert progress == [[True], [True], [False]]
    assert words == [[True], [True], [False]]
    assert left_in(path) == [b"p" * 24] * 2 + [b"w" * 24] * 2


def test_once_emptied_nothing_of_before_comes_back(path: Path) -> None:
    of_three(path)
    with Journal(path) as journal:
        journal.clear()
        journal.append([(FIRST, True)])

    assert left_in(path) == [FIRST]


def test_what_comes_after_half_an_emptying_is_found_again(path: Path) -> None:
    """A disk that fails while the file is emptied must not hide what is promised after it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(path) as journal:
        journal.append([(bytes(1000), True)] * 200)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, hard))
        try:
            with pytest.raises(OSError, match="too large"):
                journal.clear()
            with pytest.raises(OSError, match="too large"):
                journal.append([(FIRST, True)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert journal.append([(FIRST, True)]) == [True]
    assert left_in(path) == [FIRST]


def test_a_record_of_an_earlier_use_is_not_one_of_this(path: Path) -> None:
    with Journal(path) as journal:
        journal.append([(FIRST, True), (SECOND, True)])
    data = path.read_bytes()[: 16 + len(FIRST + SECOND)]
    path.write_bytes(data + data[8 + len(FIRST) :] + bytes(4096))

    assert left_in(path) == [FIRST, SECOND]


def test_a_disk_that_is_full_by_now_cannot_refuse_it(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(path) as journal:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
        try:
            assert journal.append([(FIRST, True)]) == [True]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left_in(path) == [FIRST]


def test_a_disk_without_room_for_it_is_told_before_anything_else(path: Path) -> None:
    open_before = len(list(FDS.iterdir()))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(StoreUnusableError, match=r"waihu\.db\.pending"):
            Journal(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(list(FDS.iterdir())) == open_before


# ── what is in a record ──────────────────────────────────────────────────────────────────

TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
TEXT = st.text(st.characters(codec=None), max_size=40)
ATTEMPT = TEXT.filter(bool)
WRITES = st.one_of(
    st.builds(NoteProgress, attempt=ATTEMPT, answered_at=TIMES, bridged_at=TIMES, ended_at=TIMES),
    st.builds(
        EndAttempt,
        attempt=ATTEMPT,
        outcome=st.sampled_from(Outcome),
        at=TIMES.filter(bool),
        disposition=st.none() | st.sampled_from(Disposition),
        appointment_at=TIMES,
        note=TEXT,
        cause=st.none() | st.integers(0, 127),
        reason=st.none() | st.integers(0, 8),
    ),
    st.builds(
        AmendAttempt,
        attempt=ATTEMPT,
        disposition=st.sampled_from(Disposition),
        at=TIMES.filter(bool),
        appointment_at=TIMES,
        note=TEXT,
    ),
    st.builds(
        NoteInboundCall,
        call=ATTEMPT,
        at=TIMES.filter(bool),
        number=st.none() | ATTEMPT,
        flow=st.none() | ATTEMPT,
        choices=st.none() | st.lists(st.tuples(TEXT, TEXT)).map(tuple),
        subject=st.none() | ATTEMPT,
        ended_at=TIMES,
    ),
    st.builds(
        NoteQueueCall,
        call=ATTEMPT,
        queue=ATTEMPT,
        joined_at=TIMES.filter(bool),
        ended_at=TIMES.filter(bool),
        how=st.sampled_from(QueueEnd),
        waited_ms=st.integers(0, 86_400_000),
        agent=st.none() | ATTEMPT,
    ),
    st.builds(
        NoteQueueTalk,
        call=ATTEMPT,
        queue=ATTEMPT,
        talk_ms=st.none() | st.integers(0, 86_400_000),
        transferred=st.none() | st.booleans(),
        ended_by=st.none() | st.sampled_from(TalkEnd),
    ),
)


@given(effect=WRITES)
def test_every_write_comes_back_as_it_was(effect: Lasting) -> None:
    assert decode_effect(encode_effect(effect)) == effect
    assert b"\n" not in effect_line(effect)


def test_whom_to_answer_is_not_kept() -> None:
    word = AmendAttempt(
        attempt="a", disposition=Disposition.FAX, at=datetime(2026, 11, 23, tzinfo=UTC), reply="r7"
    )
    assert "r7" not in effect_line(word).decode()


@pytest.mark.parametrize("said", [{}, {"kind": "SaveSlot"}, {"kind": "EndAttempt", "at": "noon"}])
def test_what_is_no_write_of_ours_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_effect(said)
