"""The ledger: entries that are only ever added, each with the hash of the one before.

Owns: what kinds of entries there are, how one follows another, how its hash is made, and what
is wrong with a chain that was changed. Must not know where entries are kept, nor what a call's
entry says (`campaigns.call_record`).

The hash is SHA-256 over the JSON list of chain, number, moment, kind, subject, body and the
hash before, so that no entry can be changed, left out or put in without all later ones saying so.
What is cut off the end is missed by the attempts that were sent, and by the other chains.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

SITE: Final = "site"
"""The chain of what operators did; each engine's calls have one of their own."""
BEFORE_THE_FIRST: Final = "0" * 64

# Made once: a million entries are hashed when a ledger is checked.
_BODY: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_LIST: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class EntryKind(StrEnum):
    """What an entry is about. `opened`: how many calls were placed before there was a ledger."""

    OPENED = "opened"
    CALL = "call"
    BARRED = "dnc.added"
    UNBARRED = "dnc.removed"
    BARRED_FROM_FILE = "dnc.imported"
    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    LAW_WIDENED = "law.widened"
    CONTACT_CORRECTED = "contact.corrected"
    CONTACT_REOPENED = "contact.reopened"
    CONTACT_WITHDRAWN = "contact.withdrawn"
    EXPORTED = "exported"
    NUMBERS_SHOWN = "numbers.shown"
    AGENT_LENT = "agent.lent"
    AGENT_TAKEN_BACK = "agent.taken_back"
    AGENT_PAUSED = "agent.paused"
    AGENT_RESUMED = "agent.resumed"
    AGENT_SIGNED_OUT = "agent.signed_out"
    AGENT_LISTENED_TO = "agent.listened_to"
    AGENT_RECORDED = "agent.recorded"
    CALL_HUNG_UP = "call.hung_up"
    CAMPAIGN_SET = "campaign.set"
    CAMPAIGN_STEERED = "campaign.steered"
    CAMPAIGN_SAVED = "campaign.saved"
    CAMPAIGN_DELETED = "campaign.deleted"
    LIST_LOADED = "list.loaded"
    LIST_CHANGED = "list.changed"
    AGENT_SAVED = "agent.saved"
    SETTINGS_READ = "settings.read"
    ALARM_SEEN_TO = "alarm.seen_to"
    ACCOUNT_ADDED = "account.added"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_SUSPENDED = "account.suspended"
    ACCOUNT_RESTORED = "account.restored"
    ACCOUNT_WITHDRAWN = "account.withdrawn"
    PASSWORD_SET = "account.password_set"  # noqa: S105  a word, no secret
    LINK_MADE = "account.link_made"
    TOKEN_ADDED = "account.token_added"  # noqa: S105  a word, no secret
    TOKEN_REVOKED = "account.token_revoked"  # noqa: S105  a word, no secret
    SESSIONS_ENDED = "account.sessions_ended"
    SIGNED_IN = "account.signed_in"
    SIGNED_OUT = "account.signed_out"
    SIGN_IN_FAILED = "account.sign_in_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does something, at which moment, and why, in a person's own words (R25)."""

    who: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What shall be entered, before it has its place. `body` holds what JSON can hold."""

    chain: str
    at: datetime
    kind: EntryKind
    subject: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it is kept. `seq` counts from 1 in its chain; `body` is canonical JSON."""

    chain: str
    seq: int
    at: datetime
    kind: str
    subject: str
    body: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last entry of a chain: what the next one must follow."""

    seq: int = 0
    hash: str = BEFORE_THE_FIRST


class FaultKind(StrEnum):
    """What is wrong with a ledger.

    `gap`: a number is left out. `altered`: an entry says another thing than its hash.
    `unlinked`: it does not follow the one before. `call_without_entry`, `entry_without_call`,
    `call_entered_twice`: it disagrees with the attempts. `cut`: another chain saw an entry that
    is not there (any more). `unopened`: its first entry of all is missing.
    """

    GAP = "gap"
    ALTERED = "altered"
    UNLINKED = "unlinked"
    CALL_WITHOUT_ENTRY = "call_without_entry"
    ENTRY_WITHOUT_CALL = "entry_without_call"
    CALL_ENTERED_TWICE = "call_entered_twice"
    CUT = "cut"
    UNOPENED = "unopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first bad place: the entry's number in its chain, 0 where it has none."""

    kind: FaultKind
    chain: str
    seq: int = 0
    subject: str = ""


def canonical(body: Mapping[str, Any]) -> str:
    """JSON that is the same for the same facts."""
    return _BODY.encode(body)


def follow(head: Head, note: Note) -> Entry:
    """The entry that comes after `head` in the note's chain."""
    body = canonical(note.body)
    seq = head.seq + 1
    at = note.at.astimezone(UTC)
    return Entry(
        chain=note.chain,
        seq=seq,
        at=at,
        kind=note.kind.value,
        subject=note.subject,
        body=body,
        previous=head.hash,
        hash=_hash(note.chain, seq, at, note.kind.value, note.subject, body, head.hash),
    )


def opening(sent_before: int, now: datetime) -> Note:
    """The first entry of all: so many calls were placed while no ledger was kept."""
    return Note(
        chain=SITE,
        at=now,
        kind=EntryKind.OPENED,
        subject=SITE,
        body={"sent_before": sent_before},
    )


def first_fault(head: Head, entries: Iterable[Entry]) -> tuple[Head, Fault | None]:
    """Walk on from `head` over entries of one chain; the last good one, and what came then."""
    seq, last = head.seq, head.hash
    for entry in entries:
        kind = _fault_of(entry, seq, last)
        if kind is not None:
            fault = Fault(kind=kind, chain=entry.chain, seq=entry.seq, subject=entry.subject)
            return Head(seq=seq, hash=last), fault
        seq, last = entry.seq, entry.hash
    return Head(seq=seq, hash=last), None


def _fault_of(entry: Entry, seq: int, last: str) -> FaultKind | None:
    if entry.seq != seq + 1:
        return FaultKind.GAP
    if entry.previous != last:
        return FaultKind.UNLINKED
    at = entry.at.astimezone(UTC)
    said = _hash(entry.chain, entry.seq, at, entry.kind, entry.subject, entry.body, last)
    return None if said == entry.hash else FaultKind.ALTERED


def _hash(*facts: str | int | datetime) -> str:
    told = [
        fact.isoformat(timespec="microseconds") if isinstance(fact, datetime) else fact
        for fact in facts
    ]
    return hashlib.sha256(_LIST.encode(told).encode(errors="surrogatepass")).hexdigest()
