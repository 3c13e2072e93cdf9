"""The tables.

Owns: names, columns, constraints and indexes, one file for each subject; the migrations follow
them (a test compares the two). Must not know who reads or writes. Closed sets are kept as their
words, JSON as text.
"""

from __future__ import annotations

from campaigns.contact import ListState
from store.schema.accounts import account, api_token, sign_in_link, web_session
from store.schema.agents import agent, agent_loan, agent_queue, agent_skill, agent_spell
from store.schema.attempts import AppointmentEnd, AttemptState, appointment, attempt
from store.schema.campaigns import call_list, campaign, engine, pacing_memory
from store.schema.contacts import (
    READY,
    contact,
    contact_number,
    contact_update,
    list_import,
    number_update,
    pool,
    tally,
)
from store.schema.inbound import call_back, inbound_call, queue_call, survey_answer
from store.schema.kinds import CALL_ID_LENGTH, NAME_LENGTH, WORD_LENGTH, metadata
from store.schema.law import do_not_call, do_not_call_pattern, ledger
from store.schema.orders import work_order, work_order_event
from store.schema.words import call_note, draft, form_answer

__all__ = [
    "CALL_ID_LENGTH",
    "NAME_LENGTH",
    "READY",
    "WORD_LENGTH",
    "AppointmentEnd",
    "AttemptState",
    "ListState",
    "account",
    "agent",
    "agent_loan",
    "agent_queue",
    "agent_skill",
    "agent_spell",
    "api_token",
    "appointment",
    "attempt",
    "call_back",
    "call_list",
    "call_note",
    "campaign",
    "contact",
    "contact_number",
    "contact_update",
    "do_not_call",
    "do_not_call_pattern",
    "draft",
    "engine",
    "form_answer",
    "inbound_call",
    "ledger",
    "list_import",
    "metadata",
    "number_update",
    "pacing_memory",
    "pool",
    "queue_call",
    "sign_in_link",
    "survey_answer",
    "tally",
    "web_session",
    "work_order",
    "work_order_event",
]
