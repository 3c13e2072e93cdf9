"""Contacts and their numbers: the loads that bring or change them, and where they stand.

Owns: their tables.

`contact.next_attempt_at` is an index hint: empty while the contact is in the air or closed,
else the earliest moment at which judging it again is worth the trouble. `contact.rank` is set
while that moment has come: who is ready is served in the order of ranks, pool by pool. Both are
hints: the verdict is made anew at the claim.

`contact.standing` says what an open contact waits for, `tally` how many stand where: triggers keep
it, so that no list is ever counted (`store.migrations.triggers`).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

from store.columns import UtcDateTime
from store.schema.campaigns import repeats_campaign
from store.schema.kinds import E164_LENGTH, NAME_LENGTH, WORD_LENGTH, Many, metadata

READY = "ready"
"""The standing of a contact whose time has come; other standings are codes of the judge."""

list_import = Table(
    "list_import",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False, index=True),
    Column("list_id", ForeignKey("call_list.id")),
    # Empty once it is done; the last sign of life of a load that goes on.
    Column("alive_at", UtcDateTime),
    Column("file_name", String(NAME_LENGTH), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# The contacts of one load that share a list, a priority and the clocks and laws they live under.
# A load makes its own; giving them to another list moves all of them at once.
pool = Table(
    "pool",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False, index=True),
    Column("list_id", ForeignKey("call_list.id"), nullable=False, index=True),
    Column("load_id", ForeignKey("list_import.id")),
    # 1 is served first, 9 last.
    Column("priority", Integer, nullable=False),
    # As on the contacts: their own zone, empty where the campaign's holds.
    Column("zone", String(64)),
    # All zones that their numbers may lie in, where these are several; countries of the numbers.
    Column("zones", Text, nullable=False),
    Column("countries", String(NAME_LENGTH), nullable=False),
)

contact = Table(
    "contact",
    metadata,
    Column("id", Many, primary_key=True),
    Column("campaign_id", Integer, nullable=False),
    repeats_campaign(),
    Column("pool_id", ForeignKey("pool.id")),
    # The row that it came in with.
    Column("line", Integer),
    Column("reference", String(NAME_LENGTH), nullable=False),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("zone", String(64)),
    Column("state", String(WORD_LENGTH), nullable=False),
    Column("custom", JSON, nullable=False),
    Column("standing", String(WORD_LENGTH), nullable=False, server_default=""),
    Column("next_attempt_at", UtcDateTime),
    Column("rank", BigInteger),
    Column("consent", String(WORD_LENGTH)),
    Column("consent_proof", String(NAME_LENGTH)),
    Column("consent_at", UtcDateTime),
    Column("reopened_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_contact_reference", "campaign_id", "reference"),
)
Index(
    "ix_contact_ready",
    contact.c.pool_id,
    contact.c.rank,
    sqlite_where=contact.c.rank.is_not(None),
    postgresql_where=contact.c.rank.is_not(None),
)
_IS_WAITING = and_(contact.c.next_attempt_at.is_not(None), contact.c.rank.is_(None))
Index(
    "ix_contact_waiting",
    contact.c.campaign_id,
    contact.c.next_attempt_at,
    sqlite_where=_IS_WAITING,
    postgresql_where=_IS_WAITING,
)

# How many contacts of a pool stand where: the sum over its shards (one for each connection that
# wrote, so that engines never wait for one another here).
tally = Table(
    "tally",
    metadata,
    Column("pool_id", ForeignKey("pool.id"), primary_key=True),
    Column("state", String(WORD_LENGTH), primary_key=True),
    Column("standing", String(WORD_LENGTH), primary_key=True),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
)

contact_number = Table(
    "contact_number",
    metadata,
    Column("id", Many, primary_key=True),
    Column("contact_id", ForeignKey("contact.id"), nullable=False, index=True),
    Column("campaign_id", Integer, nullable=False),
    repeats_campaign(),
    Column("e164", String(E164_LENGTH), nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", String(WORD_LENGTH), nullable=False),
    # ISO 3166, two letters; empty where nobody knows.
    Column("country", String(2), nullable=False, server_default=""),
    Column("retired", String(WORD_LENGTH)),
    # What makes a repeated import double nothing: a campaign holds a number once. The number
    # comes first, so that the one index also finds who has it elsewhere: numbers come in no
    # order, and a second index of them would cost a load as much as all the rest.
    UniqueConstraint("e164", "campaign_id"),
)

# What a load will change of a contact that was there before; empty: that stays as it is. Nobody
# looks at it until the load is shown, and then it is carried out and gone (`store.updating`).
# Contacts are named without a key: they outlive it, and a load writes these rows by the million.
contact_update = Table(
    "contact_update",
    metadata,
    Column("load_id", ForeignKey("list_import.id"), primary_key=True),
    Column("contact_id", Many, primary_key=True, autoincrement=False),
    # The row that says so.
    Column("line", Integer),
    Column("reference", String(NAME_LENGTH)),
    Column("name", String(NAME_LENGTH)),
    Column("custom", JSON),
    Column("consent", String(WORD_LENGTH)),
    Column("consent_proof", String(NAME_LENGTH)),
    Column("consent_at", UtcDateTime),
    # Its ground is taken back.
    Column("says_no", Boolean, nullable=False),
)

# The numbers that such a contact gets, behind those that it has.
number_update = Table(
    "number_update",
    metadata,
    Column("load_id", ForeignKey("list_import.id"), primary_key=True),
    Column("e164", String(E164_LENGTH), primary_key=True),
    Column("contact_id", Many, nullable=False),
    # Among the row's own numbers.
    Column("position", Integer, nullable=False),
    Column("kind", String(WORD_LENGTH), nullable=False),
    Column("country", String(2), nullable=False),
    Index("ix_number_update_contact_id", "load_id", "contact_id"),
)
