"""Whom nobody may call, and the ledger of what was done.

Owns: their tables.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from store.columns import UtcDateTime
from store.schema.kinds import E164_LENGTH, HASH_LENGTH, NAME_LENGTH, WORD_LENGTH, Many, metadata

do_not_call = Table(
    "do_not_call",
    metadata,
    Column("id", Many, primary_key=True),
    Column("e164", String(E164_LENGTH), nullable=False),
    Column("campaign_id", ForeignKey("campaign.id")),
    Column("source", String(NAME_LENGTH), nullable=False),
    Column("reason", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
)
Index(
    "uq_do_not_call_everywhere",
    do_not_call.c.e164,
    unique=True,
    sqlite_where=do_not_call.c.campaign_id.is_(None),
    postgresql_where=do_not_call.c.campaign_id.is_(None),
)
Index(
    "uq_do_not_call_campaign",
    do_not_call.c.e164,
    do_not_call.c.campaign_id,
    unique=True,
    sqlite_where=do_not_call.c.campaign_id.is_not(None),
    postgresql_where=do_not_call.c.campaign_id.is_not(None),
)

# `+8610*`, `+86138????0000`: few, and read whole.
do_not_call_pattern = Table(
    "do_not_call_pattern",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pattern", String(WORD_LENGTH), nullable=False),
    Column("campaign_id", ForeignKey("campaign.id")),
    Column("source", String(NAME_LENGTH), nullable=False),
    Column("reason", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
)

# What was dialed and on what ground, what was barred and by whom: rows are only ever added, each
# with the hash of the one before. One chain for each engine, and one for the site's operators.
ledger = Table(
    "ledger",
    metadata,
    Column("chain", String(NAME_LENGTH), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(WORD_LENGTH), nullable=False),
    # The attempt, number or campaign that it is about.
    Column("subject", String(NAME_LENGTH), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("previous", String(HASH_LENGTH), nullable=False),
    Column("hash", String(HASH_LENGTH), nullable=False),
)
