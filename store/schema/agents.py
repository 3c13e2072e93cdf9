"""Agents: who they are, what they serve, and how long they did what.

Owns: their tables.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from store.columns import UtcDateTime
from store.schema.kinds import NAME_LENGTH, WORD_LENGTH, metadata

agent = Table(
    "agent",
    metadata,
    Column("login", String(NAME_LENGTH), primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("slot", String(WORD_LENGTH), unique=True),
)

agent_queue = Table(
    "agent_queue",
    metadata,
    Column("agent", ForeignKey("agent.login"), primary_key=True),
    Column("queue", String(NAME_LENGTH), primary_key=True),
    Column("position", Integer, nullable=False),
)

agent_skill = Table(
    "agent_skill",
    metadata,
    Column("agent", ForeignKey("agent.login"), primary_key=True),
    Column("skill", String(NAME_LENGTH), primary_key=True),
    Column("level", Integer, nullable=False),
)

# Who serves another group's queue; the row of one that has ended stays until the next.
agent_loan = Table(
    "agent_loan",
    metadata,
    Column("agent", ForeignKey("agent.login"), primary_key=True),
    Column("queue", String(NAME_LENGTH), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("by", String(NAME_LENGTH), nullable=False),
)

# What an agent did and how long; who is not signed in has no spell.
agent_spell = Table(
    "agent_spell",
    metadata,
    Column("agent", String(NAME_LENGTH), primary_key=True),
    Column("began_at", UtcDateTime, primary_key=True),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("state", String(WORD_LENGTH), nullable=False),
    Column("reason", String(NAME_LENGTH), nullable=False),
    Index("ix_agent_spell_ended_at", "ended_at"),
)
