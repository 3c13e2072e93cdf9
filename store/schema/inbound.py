"""Calls that come in: their way through flow and queues, places kept, and ratings.

Owns: their tables.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from store.columns import UtcDateTime
from store.schema.kinds import CALL_ID_LENGTH, E164_LENGTH, NAME_LENGTH, WORD_LENGTH, Many, metadata

# Who keeps a place in a queue without waiting on the line: the contact is called when its turn
# comes. At most one place of a contact is open.
call_back = Table(
    "call_back",
    metadata,
    Column("id", Many, primary_key=True),
    Column("contact_id", ForeignKey("contact.id"), nullable=False, index=True),
    Column("queue", String(NAME_LENGTH), nullable=False),
    # `CallBackReason`, and the inbound call from which the place is.
    Column("reason", String(WORD_LENGTH), nullable=False),
    Column("call", String(CALL_ID_LENGTH), nullable=False),
    Column("language", String(WORD_LENGTH), nullable=False),
    # Since when the caller waits: that is the place.
    Column("joined_at", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("closed", String(WORD_LENGTH)),
    Column("closed_at", UtcDateTime),
)
Index(
    "uq_call_back_open_contact",
    call_back.c.contact_id,
    unique=True,
    sqlite_where=call_back.c.closed.is_(None),
    postgresql_where=call_back.c.closed.is_(None),
)

# What a caller typed when asked to rate a call, and what the question weighed then.
survey_answer = Table(
    "survey_answer",
    metadata,
    Column("id", Many, primary_key=True),
    Column("call", String(CALL_ID_LENGTH), nullable=False),
    Column("queue", String(NAME_LENGTH), nullable=False),
    # Empty where it is not known whom the caller has talked to.
    Column("agent", String(NAME_LENGTH), nullable=False),
    Column("question", String(NAME_LENGTH), nullable=False),
    Column("key", Integer, nullable=False),
    # Of the keys that the question takes.
    Column("highest", Integer, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("call", "question"),
)

# A call that came in, from its first word on. `number`: E.164; empty: withheld, or none.
inbound_call = Table(
    "inbound_call",
    metadata,
    Column("id", String(CALL_ID_LENGTH), primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("dialed", String(NAME_LENGTH), nullable=False),
    Column("number", String(E164_LENGTH)),
    Column("flow", String(NAME_LENGTH)),
    Column("language", String(WORD_LENGTH)),
    # What the caller chose in the flow: [[step, choice], …], in order.
    Column("choices", JSON, nullable=False),
    Column("subject", String(NAME_LENGTH)),
    Column("ended_at", UtcDateTime),
    # Who heard of it first.
    Column("engine", String(NAME_LENGTH)),
    Index("ix_inbound_call_number", "number", "at"),
)

# A stay of a caller in a queue, written when the wait is over. No key leads to the call: the
# dialplan's own way into a queue has none on file, and a stay may come from queue_log.
queue_call = Table(
    "queue_call",
    metadata,
    Column("id", Many, primary_key=True),
    Column("call_id", String(CALL_ID_LENGTH), nullable=False),
    Column("queue", String(NAME_LENGTH), nullable=False),
    # Whose live word it is; empty: from queue_log.
    Column("engine", String(NAME_LENGTH)),
    Column("number", String(E164_LENGTH)),
    Column("joined_at", UtcDateTime, nullable=False),
    # Of the wait; a talk follows it.
    Column("ended_at", UtcDateTime, nullable=False),
    Column("how", String(WORD_LENGTH), nullable=False),
    Column("waited_ms", Integer, nullable=False),
    Column("agent", String(NAME_LENGTH)),
    # Of an answered one, as far as is known. A talk is without its hold; wrap: after-call work.
    Column("talk_ms", Integer),
    Column("hold_ms", Integer),
    Column("wrap_ms", Integer),
    Column("transferred", Boolean, nullable=False),
    Column("ended_by", String(WORD_LENGTH)),
    Column("source", String(WORD_LENGTH), nullable=False),
    UniqueConstraint("call_id", "queue", "joined_at"),
    Index("ix_queue_call_joined_at", "joined_at", "queue"),
    Index("ix_queue_call_number", "number", "joined_at"),
)
