"""Loading lists into a real database."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from campaigns.campaign import Campaign
from campaigns.lists.importing import ImportOrder, import_list
from campaigns.lists.load_report import ImportReport
from campaigns.row.columns import ColumnsRefusedError, ListField
from campaigns.row.list_faults import ListFault, ListRefusedError
from campaigns.row.rows import Reason
from config.campaign_file import CampaignFile
from store import schema
from store.campaigns import Campaigns
from store.database import Database
from store.lists import Lists
from store.loading import BATCH

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
VALID = {
    "name": "import",
    "kind": "callback",
    "dial_string": "PJSIP/{number}@trunk",
    "queue": "callback",
    "windows": {"every day": ["09:00-20:00"]},
}


class Site:
    """A database with one campaign, and lists to load into it."""

    def __init__(self, database: Database, campaign: Campaign, folder: Path) -> None:
        self.lists = Lists(database)
        self.campaign = campaign
        self.refused = folder / "refused.csv"
        self.database = database
        self._list = folder / "list.csv"

    async def load(self, text: str | Path, **how: Any) -> ImportReport:
        if isinstance(text, str):
            self._list.write_text(text, encoding="utf-8")
        order = ImportOrder(
            path=text if isinstance(text, Path) else self._list,
            campaign=self.campaign,
            refused_path=self.refused,
        )
        return await import_list(replace(order, **how), self.database, lambda: NOW)

    async def count(self, table: str) -> int:
        async with self.database.reading() as connection:
            query = select(func.count()).select_from(schema.metadata.tables[table])
            return int((await connection.execute(query)).scalar_one())

    def refused_rows(self) -> list[list[str]]:
        with self.refused.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))[1:]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with Database(tmp_path / "waihu.db") as database:
        await database.upgrade()
        wanted = CampaignFile.from_flags(VALID).campaign(0, "Asia/Shanghai")
        yield Site(database, await Campaigns(database).save(wanted, NOW), tmp_path)


async def test_good_rows_are_added_with_all_their_numbers_and_other_data(site: Site) -> None:
    report = await site.load(
        "编号,姓名,手机,电话,时区,小区\nK1,张三,13800138000,021-58781234,Asia/Urumqi,金桂苑\n"
    )
    assert (report.rows, report.added, report.refused) == (1, 1, 0)
    assert await site.count("contact_number") == 2


async def test_a_list_loaded_again_adds_nothing(site: Site) -> None:  # R1
    text = "phone\n13800138000\n13800138001\n"
    await site.load(text)
    again = await site.load(text)
    assert (again.rows, again.added, again.duplicates_in_campaign) == (2, 0, 2)
    assert await site.count("contact") == 2


async def test_duplicates_in_the_file_and_against_the_campaign_are_told_apart(site: Site) -> None:
    await site.load("phone\n13800138000\n")
    report = await site.load("phone\n13800138000\n13800138001\n138 0013 8001\n")
    assert (report.added, report.duplicates_in_campaign, report.duplicates_in_file) == (1, 1, 1)
    assert [row[:2] for row in site.refused_rows()] == [
        ["2", "duplicate_in_campaign"],
        ["4", "duplicate_in_file"],
    ]
    assert "line 3" in site.refused_rows()[1][2]


async def test_of_duplicates_in_the_file_the_first_wins_whichever_number_they_share(
    site: Site,
) -> None:
    report = await site.load(
        "name,phone,mobile\nA,021-58781234,13800138000\nB,021-58781234,13800138001\n"
    )
    assert (report.added, report.duplicates_in_file) == (1, 1)


async def test_one_bad_row_never_stops_a_load(site: Site) -> None:
    report = await site.load(
        "name,phone,timezone\n"
        "A,13800138000,\n"
        "B,none,\n"
        '"C"x,13800138001,\n'
        "D,,\n"
        "E,13800138002,Mars/Base\n"
        "F,13800138003,,13800138004\n"
        f"{'G' * 201},13800138005,\n"
        "H,13800138000&SIP/1,\n"
        "I,13800138006,\n"
    )
    assert (report.rows, report.added, report.refused) == (9, 2, 7)
    assert report.reasons == {
        Reason.LETTERS: 1,
        Reason.BAD_QUOTING: 1,
        Reason.EMPTY: 1,
        Reason.BAD_TIME_ZONE: 1,
        Reason.TOO_MANY_CELLS: 1,
        Reason.TEXT_TOO_LONG: 1,
        Reason.UNSAFE_CHARACTERS: 1,
    }
    assert [row[0] for row in site.refused_rows()] == ["3", "4", "5", "6", "7", "8", "9"]
    assert site.refused_rows()[0][3:] == ["B", "none", ""]


async def test_a_row_with_one_good_number_is_loaded_and_the_bad_one_is_told(site: Site) -> None:
    report = await site.load("name,phone,mobile\nA,12,13800138000\n")
    assert (report.added, report.refused, report.numbers_dropped) == (1, 0, 1)
    assert site.refused_rows()[0][:2] == ["2", "too_short"]


async def test_a_dry_run_says_the_same_and_changes_nothing(site: Site) -> None:
    await site.load("phone\n13800138000\n")
    text = "phone\n13800138000\n13800138001\n13800138001\nx\n"
    dry = await site.load(text, dry_run=True)
    assert await site.count("contact") == 1
    assert await site.count("list_import") == 1
    real = await site.load(text)
    for field in ("rows", "added", "duplicates_in_file", "duplicates_in_campaign", "reasons"):
        assert getattr(dry, field) == getattr(real, field)


async def test_the_refused_file_runs_no_formula_and_can_be_corrected_and_loaded(
    site: Site, tmp_path: Path
) -> None:
    await site.load("姓名,电话\n=cmd|'/c calc'!A1,+861380013800\n@x,-1\n")
    raw = site.refused.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert all(
        not cell.startswith(("=", "+", "-", "@")) for row in site.refused_rows() for cell in row
    )
    corrected = tmp_path / "corrected.csv"
    corrected.write_bytes(raw.replace(b"+861380013800", b"+8613800138000"))
    report = await site.load(corrected)
    assert (report.added, report.refused) == (1, 1)
    assert [name for name, _ in report.columns.custom] == ["电话"]


async def test_columns_are_named_by_hand(site: Site) -> None:
    report = await site.load("去电\n13800138000\n", columns={ListField.PHONE: ["去电"]})
    assert report.added == 1


async def test_without_a_phone_column_nothing_is_written(site: Site) -> None:
    with pytest.raises(ColumnsRefusedError):
        await site.load("姓名\n张三\n")
    assert await site.count("list_import") == 0
    assert not site.refused.exists()


async def test_progress_ends_at_the_last_line(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("phone\n" + "".join(f"1380013{n:04}\n" for n in range(BATCH + 200)), "utf-8")
    told: list[tuple[int, int]] = []
    await import_list(
        ImportOrder(path=path, campaign=site.campaign),
        site.database,
        lambda: NOW,
        progress=lambda line, lines: told.append((line, lines)),
    )
    assert [lines for _, lines in told] == [BATCH + 201] * len(told)
    reached = [line for line, _ in told]
    assert reached == sorted(reached)
    assert reached[0] == BATCH + 1
    assert reached[-1] == BATCH + 201


async def test_the_load_is_noted_with_its_file(site: Site) -> None:
    await site.load("phone\n13800138000\nx\n")
    (noted,) = await site.lists.imports(site.campaign.id)
    assert (noted.file_name, noted.rows_read, noted.added, noted.refused) == ("list.csv", 2, 1, 1)
    assert len(noted.sha256) == 64


async def test_the_example_is_200_people_whose_numbers_ring_nowhere(site: Site) -> None:
    strict = await site.load(EXAMPLES / "callback.csv", dry_run=True)
    assert strict.reasons == {Reason.NOT_VALID: 200}
    wanted = CampaignFile.load(EXAMPLES / "callback.toml").campaign(site.campaign.id, "UTC")
    report = await site.load(EXAMPLES / "callback.csv", campaign=wanted, dry_run=True)
    assert (report.rows, report.added) == (200, 200)


def test_the_examples_last_digits_are_spread_evenly_and_shuffled() -> None:
    with (EXAMPLES / "callback.csv").open(encoding="utf-8") as file:
        ends = [row["手机"][-2:] for row in csv.DictReader(file)]
    assert {end: ends.count(end) for end in ends} == {f"{n:02}": 2 for n in range(100)}
    assert ends != sorted(ends)


async def test_the_refused_rows_are_for_their_owner_alone(site: Site) -> None:  # R25
    await site.load("姓名,电话\n张三,1\n")
    assert stat.S_IMODE(site.refused.stat().st_mode) == 0o600


async def test_a_list_that_is_replaced_while_it_is_loaded_is_not_loaded(site: Site) -> None:
    """Else the rows of one file would be kept under the hash of another, never loaded then."""
    path = site.refused.with_name("nightly.csv")
    path.write_text("phone\n13800138000\n", encoding="utf-8")
    order = ImportOrder(path=path, campaign=site.campaign)

    def replaced(_line: int, _lines: int) -> None:
        other = path.with_name("next.csv")
        other.write_text("phone\n13800138001\n", encoding="utf-8")
        other.rename(path)

    with pytest.raises(ListRefusedError) as caught:
        await import_list(order, site.database, lambda: NOW, progress=replaced)
    assert caught.value.fault is ListFault.CHANGED
    assert await site.count("contact") == 0
    assert (await import_list(order, site.database, lambda: NOW)).added == 1


async def test_a_name_of_a_windows_in_china_is_read(site: Site) -> None:
    path = site.refused.with_name(os.fsdecode("名单.csv".encode("gbk")))
    await site.load("phone\n13800138000\n")
    path.write_text("phone\n13800138001\n", encoding="utf-8")
    assert (await site.load(path)).added == 1
    assert {one.name for one in await site.lists.records(site.campaign.id)} == {"list", "名单"}


async def test_refused_rows_are_for_their_owner_and_written_through_no_link(site: Site) -> None:
    site.refused.write_text("", encoding="utf-8")
    site.refused.chmod(0o666)
    await site.load("phone\nnobody\n")
    assert stat.S_IMODE(site.refused.stat().st_mode) == 0o600
    mine = site.refused.with_name("mine")
    mine.write_text("precious", encoding="utf-8")
    site.refused.unlink()
    site.refused.symlink_to(mine)
    with pytest.raises(OSError, match="symbolic links"):
        await site.load("phone\nnobody\n")
    assert mine.read_text("utf-8") == "precious"
