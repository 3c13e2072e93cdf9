"""Engines and campaigns, what a pacer has learned, and the lists of a campaign.

Owns: their tables.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from store.columns import UtcDateTime
from store.schema.kinds import NAME_LENGTH, WORD_LENGTH, Many, metadata

engine = Table(
    "engine",
    metadata,
    Column("id", String(NAME_LENGTH), primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False, unique=True),
    Column("state", String(WORD_LENGTH), nullable=False),
    Column("definition", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Empty, but while the hints of contacts after this one are still those of former rules.
    Column("renewed_to", Many),
)

# What the pacer of a predictive campaign has learned, at one engine.
pacing_memory = Table(
    "pacing_memory",
    metadata,
    Column("engine_id", ForeignKey("engine.id"), primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), primary_key=True),
    Column("memory", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

call_list = Table(
    "call_list",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("state", String(WORD_LENGTH), nullable=False),
    # Its part of the campaign's calls, beside the other lists' parts; empty: no part is kept.
    Column("share", Integer),
    # What it is behind its part, in calls times all parts (`campaigns.serving.next_turn`).
    Column("credit", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("campaign_id", "name"),
)


def repeats_campaign() -> ForeignKeyConstraint:
    """Of tables whose rows say again of which campaign their parents are: pool, contact, number.

    PostgreSQL looks for the campaign, and locks its one row, for each row of a load and of a
    claim: there the parents' keys have to do. SQLite, which takes a constraint off by writing the
    whole table anew, keeps it.
    """
    return ForeignKeyConstraint(["campaign_id"], ["campaign.id"]).ddl_if(dialect="sqlite")
