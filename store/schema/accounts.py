"""Who may use pages and API, and what each signs in with.

Owns: their tables.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from store.columns import UtcDateTime
from store.schema.kinds import HASH_LENGTH, NAME_LENGTH, SECRET_HASH_LENGTH, WORD_LENGTH, metadata

# Who may use pages and API (R25). A row stays when the account is withdrawn, and so its name is
# never given again: the ledger speaks of names.
account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False, unique=True),
    Column("full_name", String(NAME_LENGTH), nullable=False),
    Column("role", String(WORD_LENGTH), nullable=False),
    Column("state", String(WORD_LENGTH), nullable=False),
    # The agent that it is, if it is one; no two accounts are the same agent.
    Column("agent", ForeignKey("agent.login"), unique=True),
    # As argon2 writes it, parameters and salt in it; empty: there is none to sign in with.
    Column("password", String(SECRET_HASH_LENGTH)),
    Column("language", String(WORD_LENGTH)),
    Column("created_at", UtcDateTime, nullable=False),
    # The one that rings when the account listens; empty: whichever is named.
    Column("phone", String(WORD_LENGTH)),
)

# A browser that is signed in. Of what its cookie holds only the SHA-256 is here; `number` is what
# it is called on screens.
web_session = Table(
    "web_session",
    metadata,
    Column("hash", String(HASH_LENGTH), primary_key=True),
    Column("number", String(WORD_LENGTH), nullable=False, unique=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False, index=True),
    Column("address", String(NAME_LENGTH), nullable=False),
    Column("browser", String(NAME_LENGTH), nullable=False),
)

# What a program signs in with. `scopes`: rights, separated by blanks.
api_token = Table(
    "api_token",
    metadata,
    Column("hash", String(HASH_LENGTH), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
    Column("used_at", UtcDateTime),
    # A television: its secret is a browser's cookie.
    Column("screen", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("account_id", "name"),
)

# A link that signs an account in, once; with `screen` it makes a television of that name.
sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("hash", String(HASH_LENGTH), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("screen", String(NAME_LENGTH)),
)
