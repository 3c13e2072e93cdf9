"""Calls of ours: each attempt, and the appointments that are made in them.

Owns: their tables, and the words of their states.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from store.columns import UtcDateTime
from store.schema.campaigns import repeats_campaign
from store.schema.kinds import ATTEMPT_ID_LENGTH, NAME_LENGTH, WORD_LENGTH, Many, metadata


class AttemptState(StrEnum):
    """How far an attempt has come. Only `claimed` has certainly not reached the network."""

    CLAIMED = "claimed"
    SENT = "sent"
    ANSWERED = "answered"
    BRIDGED = "bridged"
    ENDED = "ended"


class AppointmentEnd(StrEnum):
    """Why an appointment is no longer open."""

    USED = "used"
    REPLACED = "replaced"
    CLOSED = "closed"


def _is_a_number_of_its_contact() -> ForeignKeyConstraint:
    """Of an attempt: which number it dials.

    PostgreSQL looks for each number of a claim and writes a lock into its row, though the claim
    has read it there while it holds the contact. A number goes with its contact only, in the same
    transaction (`store.removing`, `store.dead_loads`), and the contact of an attempt does not go:
    there the key of the contact has to do. SQLite keeps this one too.
    """
    return ForeignKeyConstraint(["number_id"], ["contact_number.id"]).ddl_if(dialect="sqlite")


attempt = Table(
    "attempt",
    metadata,
    Column("id", String(ATTEMPT_ID_LENGTH), primary_key=True),
    Column("engine_id", ForeignKey("engine.id"), nullable=False),
    Column("campaign_id", Integer, nullable=False),
    repeats_campaign(),
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
    Column("number_id", Many, nullable=False),
    _is_a_number_of_its_contact(),
    Column("agent", String(NAME_LENGTH)),
    Column("state", String(WORD_LENGTH), nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("bridged_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(WORD_LENGTH)),
    Column("disposition", String(WORD_LENGTH)),
    Column("counted", Boolean, nullable=False),
    Column("cause", Integer),
    Column("tech_cause", String(WORD_LENGTH), nullable=False),
    Column("dial_status", String(WORD_LENGTH), nullable=False),
    Column("reason", Integer),
    Column("note", Text, nullable=False),
    Index("ix_attempt_contact_id", "contact_id", "claimed_at"),
    Index("ix_attempt_campaign_id", "campaign_id", "outcome"),
    Index("ix_attempt_number_id", "number_id"),
)
# A claim has no agent yet: a hundred of them would be entered here for nobody to look for.
Index(
    "ix_attempt_agent",
    attempt.c.agent,
    attempt.c.claimed_at,
    sqlite_where=attempt.c.agent.is_not(None),
    postgresql_where=attempt.c.agent.is_not(None),
)
# What the law counts for predictive campaigns: who answered, by day.
Index(
    "ix_attempt_answered",
    attempt.c.campaign_id,
    attempt.c.sent_at,
    sqlite_where=attempt.c.answered_at.is_not(None),
    postgresql_where=attempt.c.answered_at.is_not(None),
)
Index(
    "ix_attempt_undisposed",
    attempt.c.agent,
    attempt.c.ended_at,
    sqlite_where=attempt.c.outcome == "undisposed",
    postgresql_where=attempt.c.outcome == "undisposed",
)
Index(
    "ix_attempt_open",
    attempt.c.engine_id,
    attempt.c.state,
    sqlite_where=attempt.c.outcome.is_(None),
    postgresql_where=attempt.c.outcome.is_(None),
)
# I1 as a constraint: a contact is in one call of ours at most.
Index(
    "uq_attempt_open_contact",
    attempt.c.contact_id,
    unique=True,
    sqlite_where=attempt.c.outcome.is_(None),
    postgresql_where=attempt.c.outcome.is_(None),
)

appointment = Table(
    "appointment",
    metadata,
    Column("id", Many, primary_key=True),
    Column("campaign_id", Integer, nullable=False),
    repeats_campaign(),
    Column("contact_id", ForeignKey("contact.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    # Who alone is to make the call; empty: anyone.
    Column("agent", String(NAME_LENGTH)),
    Column("made_by", String(NAME_LENGTH), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("used_by", ForeignKey("attempt.id")),
    Column("closed", String(WORD_LENGTH)),
)
Index(
    "ix_appointment_open",
    appointment.c.campaign_id,
    appointment.c.at,
    sqlite_where=appointment.c.closed.is_(None),
    postgresql_where=appointment.c.closed.is_(None),
)
Index(
    "uq_appointment_open_contact",
    appointment.c.contact_id,
    unique=True,
    sqlite_where=appointment.c.closed.is_(None),
    postgresql_where=appointment.c.closed.is_(None),
)
