"""A short season (`make season` is the long one), and an umpire who sees what is wrong."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.own_loop import in_a_loop_of_its_own
from tests.season.season import LAWS, Season
from tests.season.umpire import Umpire
from tests.season.whole import a_season

A_CALL = """
SELECT a.id, n.e164 FROM attempt a JOIN contact_number n ON n.id = a.number_id
WHERE a.counted AND n.e164 LIKE '+86%' ORDER BY a.sent_at LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    file: Path
    season: Season

    def broken(self, change: str, folder: Path) -> set[str]:
        """The rules that the umpire finds broken once the books were falsified by `change`."""
        forged = folder / "forged.sqlite3"
        with sqlite3.connect(self.file) as whole:
            whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        whole.close()
        shutil.copy(self.file, forged)
        with sqlite3.connect(forged) as books:
            books.execute("DROP TRIGGER ledger_is_not_shortened")
            call, number = books.execute(A_CALL).fetchone()
            given = {"call": call, "number": number}
            assert books.execute(change, given).rowcount > 0, "nothing was falsified"
        books.close()
        umpire = Umpire(forged, self.season.houses, LAWS)
        return {violation.rule for violation in umpire.violations()}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    file = tmp_path_factory.mktemp("season") / "season.sqlite3"
    seasons: list[Season] = []

    async def play() -> None:
        seasons.append(await a_season(file, contacts=200, days=1, calls_a_day=162, seed=7))

    in_a_loop_of_its_own(play)
    return Played(file=file, season=seasons[0])


def test_a_short_season_breaks_no_rule(played: Played) -> None:  # R4 R5 R6, I1 I2 I3
    umpire = Umpire(played.file, played.season.houses, LAWS)
    assert list(umpire.violations()) == []
    assert len(umpire.calls) > 100
    assert played.season.counts["appointments"] > 0
    assert played.season.refusals["do_not_call"] > 0, "somebody was barred between claim and call"


PLACED_AT = "UPDATE attempt SET sent_at = '{}' WHERE id = :call"


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("legal hours", PLACED_AT.format("2026-09-01 19:00:00")),
        ("window", PLACED_AT.format("2026-09-01 05:30:00")),
        ("holiday", PLACED_AT.format("2026-10-01 02:00:00")),
        (
            "do-not-call",
            "INSERT INTO do_not_call (e164, source, reason, added_at) "  # noqa: ISC004
            "VALUES (:number, '', '', '2026-01-01')",
        ),
        ("ledger", "DELETE FROM ledger WHERE kind = 'call'"),
        ("R5 delay", "UPDATE attempt SET contact_id = 1 WHERE outcome = 'no_answer'"),
        ("R5 cap", "UPDATE attempt SET contact_id = 1 WHERE outcome = 'no_answer'"),
        (
            "R6",
            "UPDATE attempt SET contact_id = 1, number_id = 1 WHERE outcome IN ('fax', 'vacant')",
        ),
        ("R6/I1", "UPDATE attempt SET contact_id = 1 WHERE outcome = 'success'"),
        ("calls a day", "UPDATE attempt SET number_id = 1 WHERE outcome = 'busy'"),
        ("gap", "UPDATE attempt SET number_id = 1, outcome = 'busy' WHERE outcome <> 'failed'"),
        ("I2", "UPDATE attempt SET outcome = NULL WHERE id = :call"),
    ],
)
def test_the_umpire_sees_what_is_wrong(
    played: Played, tmp_path: Path, rule: str, change: str
) -> None:
    assert rule in played.broken(change, tmp_path)
