"""The tables.

Owns: names, columns, constraints and indexes; the migrations follow it (a test compares the
two). Must not know who reads or writes. Closed sets are kept as their words, JSON as text.

`contact.next_attempt_at` is an index hint: empty while the contact is in the air or closed,
else the earliest moment at which judging it again is worth the trouble. `contact.rank` is set
while that moment has come: who is ready is served in the order of ranks, pool by pool. Both are
hints: the verdict is made anew at the claim.

`contact.standing` says what an open contact waits for, `tally` how many stand where: triggers keep
it, so that no list is ever counted (`store.migrations.triggers`).
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
)

from campaigns.contact import ListState as ListState  # noqa: PLC0414  the word of a column here
from store.columns import UtcDateTime

ATTEMPT_ID_LENGTH = 26
E164_LENGTH = 16
NAME_LENGTH = 200
WORD_LENGTH = 32
HASH_LENGTH = 64
CALL_ID_LENGTH = 150
ORDER_NUMBER_LENGTH = 12
SECRET_HASH_LENGTH = 300


READY = "ready"
"""The standing of a contact whose time has come; other standings are codes of the judge."""


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


# A list of millions each night passes two thousand million within a year. (On SQLite every
# integer is as long as it must be.)
Many = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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


def _repeats_campaign() -> ForeignKeyConstraint:
    """Of tables whose rows say again of which campaign their parents are: pool, contact, number.

    PostgreSQL looks for the campaign, and locks its one row, for each row of a load and of a
    claim: there the parents' keys have to do. SQLite, which takes a constraint off by writing the
    whole table anew, keeps it.
    """
    return ForeignKeyConstraint(["campaign_id"], ["campaign.id"]).ddl_if(dialect="sqlite")


def _is_a_number_of_its_contact() -> ForeignKeyConstraint:
    """Of an attempt: which number it dials.

    PostgreSQL looks for each number of a claim and writes a lock into its row, though the claim
    has read it there while it holds the contact. A number goes with its contact only, in the same
    transaction (`store.removing`, `store.dead_loads`), and the contact of an attempt does not go:
    there the key of the contact has to do. SQLite keeps this one too.
    """
    return ForeignKeyConstraint(["number_id"], ["contact_number.id"]).ddl_if(dialect="sqlite")


contact = Table(
    "contact",
    metadata,
    Column("id", Many, primary_key=True),
    Column("campaign_id", Integer, nullable=False),
    _repeats_campaign(),
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
    _repeats_campaign(),
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

attempt = Table(
    "attempt",
    metadata,
    Column("id", String(ATTEMPT_ID_LENGTH), primary_key=True),
    Column("engine_id", ForeignKey("engine.id"), nullable=False),
    Column("campaign_id", Integer, nullable=False),
    _repeats_campaign(),
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
    _repeats_campaign(),
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
