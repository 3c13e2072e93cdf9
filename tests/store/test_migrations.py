"""An upgrade of a database in which people have worked: nothing is lost, the counts are true."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import Connection, delete, select, text

from campaigns.campaign import CampaignState
from campaigns.outcomes import Outcome
from store import schema
from store.codec import encode_campaign
from store.database import Database
from store.errors import StoreConflictError
from store.migrations.run import alembic_config
from tests.private_postgres import PrivatePostgres
from tests.store.room import MONDAY_9, Room, a_campaign
from tests.store.tables import differences

FIRST, SECOND = "0001", "0002"
OPEN, CLOSED, IN_CALL = 1, 2, 3

FILLED = """
INSERT INTO engine (id, started_at) VALUES ('engine-1', :now);
INSERT INTO campaign (id, name, state, definition, created_at)
VALUES (1, 'callback', 'running', :definition, :now);
INSERT INTO list_import
  (id, campaign_id, file_name, sha256, rows_read, added, duplicates, refused, at)
VALUES (1, 1, 'list.csv', '', 3, 3, 0, 0, :now);
INSERT INTO contact
  (id, campaign_id, reference, name, zone, state, custom, next_attempt_at, created_at)
VALUES
  (1, 1, 'C1', '张', NULL, 'open', '{}', :now, :now),
  (2, 1, 'C2', '李', 'Asia/Urumqi', 'done', '{}', NULL, :now),
  (3, 1, 'C3', '王', NULL, 'open', '{}', NULL, :now);
INSERT INTO contact_number (id, contact_id, campaign_id, e164, position, kind)
VALUES
  (1, 1, 1, '+8613000000000', 0, 'phone'),
  (2, 2, 1, '+442079460000', 0, 'phone'),
  (3, 3, 1, '+85225000000', 0, 'phone');
INSERT INTO attempt
  (id, engine_id, campaign_id, contact_id, number_id, state, claimed_at, sent_at, outcome,
   counted, tech_cause, dial_status, note)
VALUES
  ('2', 'engine-1', 1, 2, 2, 'ended', :now, :now, 'success', :yes, '', '', ''),
  ('3', 'engine-1', 1, 3, 3, 'sent', :now, :now, NULL, :yes, '', '', '');
INSERT INTO do_not_call (id, e164, campaign_id, source, reason, added_at)
VALUES (1, '+442079460000', NULL, 'operator', 'asked', :now)
"""


@pytest.fixture
def empty(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path | str]:
    """A database without tables."""
    if kind == "sqlite":
        yield tmp_path / "waihu.sqlite3"
        return
    server: PrivatePostgres = request.getfixturevalue("private_postgres")
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE of_old")
        yield server.url.replace("/postgres?", "/of_old?")
        admin.execute("DROP DATABASE of_old WITH (FORCE)")


@pytest.fixture
async def filled(empty: Path | str, request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    """A database of an earlier version with people in it."""
    async with Database(empty) as database:
        async with database.writing() as connection:
            await connection.run_sync(_upgrade_to, request.param)
            given = {
                "now": MONDAY_9.replace(tzinfo=None) if database.path else MONDAY_9,
                "definition": encode_campaign(a_campaign()),
                "yes": True,
            }
            for insert in FILLED.split(";"):
                await connection.execute(text(insert), given)
        yield Room(database)


def _upgrade_to(connection: Connection, revision: str) -> None:
    command.upgrade(alembic_config(connection), revision)


both = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
each_version = pytest.mark.parametrize("filled", [FIRST, SECOND], indirect=True)


@both
@each_version
async def test_who_was_on_file_is_there_and_dialed_on(filled: Room) -> None:
    await filled.database.upgrade()
    await filled.database.check()

    async with filled.database.reading() as connection:
        assert await connection.run_sync(differences) == []
    done = (await filled.contacts.show(CLOSED)).attempts
    assert [one.outcome for one in done] == [Outcome.SUCCESS]
    record = await filled.campaigns.get("callback", MONDAY_9)
    assert (record.state, record.contacts, record.open_contacts) == (CampaignState.RUNNING, 3, 2)
    (alive,) = await filled.hopper.recover(MONDAY_9)
    assert alive.contact_id == IN_CALL
    assert [entry.reason for entry in await filled.do_not_call.check("+442079460000")] == ["asked"]
    claims, _ = await filled.hopper.claim(1, 5, MONDAY_9 + timedelta(minutes=1))
    assert [claim.contact_id for claim in claims] == [OPEN]


@both
@each_version
async def test_everybody_is_in_a_pool_and_the_counts_are_true(filled: Room) -> None:
    await filled.database.upgrade()

    async with filled.database.reading() as connection:
        rows = list(await connection.execute(select(schema.contact)))
        kept = Counter[tuple[int, str, str]]()
        for row in await connection.execute(select(schema.tally)):
            kept[row.pool_id, row.state, row.standing] += row.n
        countries = list(
            await connection.scalars(
                select(schema.contact_number.c.country).order_by(schema.contact_number.c.id)
            )
        )
        loads = list(await connection.scalars(select(schema.list_import.c.list_id)))
    assert None not in {row.pool_id for row in rows}
    assert kept == Counter((row.pool_id, row.state, row.standing) for row in rows)
    assert countries == ["CN", "GB", "HK"]
    assert None not in loads


async def test_the_ledger_of_a_new_database_only_grows(target: Path | str) -> None:
    async with Database(target) as database:
        await database.upgrade()
        async with database.writing() as connection:
            await connection.execute(
                schema.ledger.insert().values(
                    chain="site",
                    seq=2,
                    at=MONDAY_9,
                    kind="dnc",
                    subject="x",
                    body="{}",
                    previous="",
                    hash="0",
                )
            )
        for change in ("UPDATE ledger SET body = ''", "DELETE FROM ledger"):
            with pytest.raises(StoreConflictError, match="only grows"):
                async with database.writing() as connection:
                    await connection.execute(text(change))


TELEVISIONS = """
INSERT INTO account (id, name, full_name, role, state, phone, created_at)
VALUES (1, 'li', '', 'admin', 'active', '8001', :now);
INSERT INTO sign_in_link (hash, account_id, ends_at, screen)
VALUES ('hall', 1, :now, 'hall'), ('a person', 1, :now, NULL);
INSERT INTO api_token (hash, account_id, name, scopes, screen, created_at)
VALUES ('tv', 1, 'hall', 'watch', :yes, :now), ('crm', 1, 'crm', 'watch', :no, :now)
"""


async def test_before_televisions_their_links_and_tokens_would_be_a_persons_and_a_programs(
    target: Path | str,
) -> None:
    async with Database(target) as database:
        await database.upgrade()
        async with database.writing() as connection:
            now = MONDAY_9.replace(tzinfo=None) if database.path else MONDAY_9
            for insert in TELEVISIONS.split(";"):
                given = {"now": now, "yes": True, "no": False}
                await connection.execute(text(insert), given)
            await connection.run_sync(_downgrade_to, "0016")
            links = list(await connection.scalars(text("SELECT hash FROM sign_in_link")))
            tokens = list(await connection.scalars(text("SELECT hash FROM api_token")))
        assert (links, tokens) == (["a person"], ["crm"])
        await database.upgrade()
        async with database.reading() as connection:
            assert await connection.run_sync(differences) == []


def _downgrade_to(connection: Connection, revision: str) -> None:
    command.downgrade(alembic_config(connection), revision)


OF_AN_AGENT = "FROM attempt WHERE agent = '1001' ORDER BY claimed_at DESC LIMIT 1"


@both
@each_version
async def test_an_agents_attempts_are_found_by_an_index_of_those_with_an_agent(
    filled: Room,
) -> None:
    await filled.database.upgrade()
    async with filled.database.writing() as connection:
        if filled.database.path:
            plan = f"EXPLAIN QUERY PLAN SELECT id {OF_AN_AGENT}"
            made = "SELECT sql FROM sqlite_master WHERE name = 'ix_attempt_agent'"
        else:
            # Writing, it reads by an index what an index holds.
            plan = f"EXPLAIN SELECT id {OF_AN_AGENT}"
            made = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_attempt_agent'"
        steps = [str(row) for row in await connection.exec_driver_sql(plan)]
        (index,) = (await connection.exec_driver_sql(made)).one()
    assert any("ix_attempt_agent" in step for step in steps), steps
    assert "agent IS NOT NULL" in index


ORPHANS = {
    "contact": """
INSERT INTO contact (id, campaign_id, pool_id, reference, name, state, custom, created_at)
VALUES (1, 1, 1, '', '', 'open', '{}', '2026-11-23 01:00:00')
""",
    "contact_number": """
INSERT INTO contact_number (id, contact_id, campaign_id, e164, position, kind)
VALUES (1, 1, 1, '+8613000000000', 0, 'phone')
""",
}


@pytest.mark.parametrize("orphan", ORPHANS.values(), ids=ORPHANS)
async def test_parents_vouch_for_the_campaign_of_a_row(target: Path | str, orphan: str) -> None:
    """On PostgreSQL the row's own word for it is not looked up."""
    async with Database(target) as database:
        await database.upgrade()
        with pytest.raises(StoreConflictError, match=r"(?i)foreign key"):
            async with database.writing() as connection:
                await connection.execute(text(orphan))


@both
@each_version
async def test_the_number_of_an_attempt_does_not_go(filled: Room) -> None:
    """On PostgreSQL that is for the contact's sake, with which alone it could."""
    await filled.database.upgrade()
    number = schema.contact_number
    its_contact = number.c.contact_id == CLOSED

    async def contact_goes() -> None:
        async with filled.database.writing() as connection:
            await connection.execute(delete(number).where(its_contact))
            await connection.execute(delete(schema.contact).where(schema.contact.c.id == CLOSED))

    with pytest.raises(StoreConflictError, match=r"(?i)foreign key"):
        await contact_goes()
    async with filled.database.reading() as connection:
        assert await connection.scalar(select(number.c.e164).where(its_contact)) == "+442079460000"


async def test_claimed_contacts_are_swept_up_before_they_are_many(postgres_url: str) -> None:
    async with Database(postgres_url) as database, database.reading() as connection:
        query = "SELECT reloptions FROM pg_class WHERE relname = 'contact'"
        (options,) = (await connection.exec_driver_sql(query)).one()
    assert options == ["autovacuum_vacuum_scale_factor=0.01"]
