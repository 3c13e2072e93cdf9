"""Work orders and their trail.

Owns: their tables.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from store.columns import UtcDateTime
from store.schema.kinds import (
    E164_LENGTH,
    NAME_LENGTH,
    ORDER_NUMBER_LENGTH,
    WORD_LENGTH,
    Many,
    metadata,
)

# What a call left to be done (`campaigns.orders`): one row as it stands now. Contacts are named
# without a key: an order outlives them.
work_order = Table(
    "work_order",
    metadata,
    Column("id", Many, primary_key=True),
    # Nine digits, told to the customer.
    Column("number", String(ORDER_NUMBER_LENGTH), nullable=False, unique=True),
    Column("kind", String(WORD_LENGTH), nullable=False),
    Column("complaint", Boolean, nullable=False),
    Column("subject", String(NAME_LENGTH), nullable=False),
    Column("text", Text, nullable=False),
    # The customer's, E.164; empty where it was withheld.
    Column("e164", String(E164_LENGTH), nullable=False, index=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    # The Uniqueid of the call that it came from, and the mailbox with the customer's own words.
    Column("call", String(NAME_LENGTH), nullable=False),
    Column("voicemail", String(NAME_LENGTH), nullable=False),
    Column("contact_id", Many),
    Column("opened_by", String(WORD_LENGTH), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False, index=True),
    Column("business_group", String(NAME_LENGTH), nullable=False),
    Column("owner", String(NAME_LENGTH), nullable=False, index=True),
    Column("in_scope", Boolean, nullable=False),
    Column("referred_to", String(NAME_LENGTH), nullable=False),
    Column("state", String(WORD_LENGTH), nullable=False),
    Column("level", String(WORD_LENGTH), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("investigate_by", UtcDateTime, nullable=False),
    Column("solve_by", UtcDateTime, nullable=False),
    Column("stage_by", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("investigated_at", UtcDateTime),
    Column("solved_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("promised_at", UtcDateTime),
    Column("promised_until", UtcDateTime),
    Column("promise_made_at", UtcDateTime),
    Column("promise_contact", Many),
    Column("chased_at", UtcDateTime),
    Column("chase_at", UtcDateTime),
    Column("rejections", Integer, nullable=False),
    Column("reopened", Integer, nullable=False),
    # How many acts there were: who changes what somebody else has changed meanwhile is told so.
    Column("version", Integer, nullable=False),
)
Index(
    "ix_work_order_due_at",
    work_order.c.due_at,
    sqlite_where=work_order.c.due_at.is_not(None),
    postgresql_where=work_order.c.due_at.is_not(None),
)
Index(
    "ix_work_order_chase_at",
    work_order.c.chase_at,
    sqlite_where=work_order.c.chase_at.is_not(None),
    postgresql_where=work_order.c.chase_at.is_not(None),
)
Index(
    "ix_work_order_promise_contact",
    work_order.c.promise_contact,
    sqlite_where=work_order.c.promise_contact.is_not(None),
    postgresql_where=work_order.c.promise_contact.is_not(None),
)

# Its trail: rows are only ever added, one for each version.
work_order_event = Table(
    "work_order_event",
    metadata,
    Column("order_id", ForeignKey("work_order.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(NAME_LENGTH), nullable=False),
    Column("act", String(WORD_LENGTH), nullable=False),
    Column("before", String(WORD_LENGTH)),
    Column("after", String(WORD_LENGTH), nullable=False),
    Column("owner", String(NAME_LENGTH), nullable=False),
    Column("level", String(WORD_LENGTH), nullable=False),
    Column("note", Text, nullable=False),
)
