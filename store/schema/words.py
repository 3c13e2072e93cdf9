"""What agents write down of a call: drafts, answers to a questionnaire, notes.

Owns: their tables.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint

from store.columns import UtcDateTime
from store.schema.kinds import CALL_ID_LENGTH, E164_LENGTH, NAME_LENGTH, WORD_LENGTH, Many, metadata

# What an agent is typing about a call and has not saved yet: it outlives page, browser and engine.
draft = Table(
    "draft",
    metadata,
    Column("agent", String(NAME_LENGTH), primary_key=True),
    Column("call", String(CALL_ID_LENGTH), primary_key=True),
    # How often it was saved: of two pages that type, the later one is told of the other.
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# What was answered to a questionnaire (R24). Contacts are named without a key: answers outlive
# them.
form_answer = Table(
    "form_answer",
    metadata,
    Column("id", Many, primary_key=True),
    Column("call", String(CALL_ID_LENGTH), nullable=False),
    Column("form", String(NAME_LENGTH), nullable=False),
    Column("question", String(NAME_LENGTH), nullable=False),
    Column("answer", Text, nullable=False),
    Column("agent", String(NAME_LENGTH), nullable=False),
    Column("contact_id", Many, index=True),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("call", "question"),
)

# An agent's word on a call that came in: what came of it, and who it was. `e164`: the caller's.
call_note = Table(
    "call_note",
    metadata,
    Column("call", String(CALL_ID_LENGTH), primary_key=True),
    Column("agent", String(NAME_LENGTH), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("e164", String(E164_LENGTH)),
    Column("contact_id", Many),
    # As the caller gave it, where nobody on file is meant.
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("result", String(WORD_LENGTH), nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_call_note_e164", "e164", "at"),
    Index("ix_call_note_agent", "agent", "at"),
)
