"""The ledger in the words of the language spoken.

Owns: the names of its kinds of entries, and the sentence for each fault. Must not know how
entries are looked up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from campaigns.ledger import Entry, EntryKind, Fault, FaultKind
from config.language import _


def kind_words() -> Mapping[EntryKind, str]:
    """What an entry is about."""
    return {
        EntryKind.OPENED: _("ledger opened"),
        EntryKind.CALL: _("call placed"),
        EntryKind.BARRED: _("put on the do-not-call list"),
        EntryKind.UNBARRED: _("taken off the do-not-call list"),
        EntryKind.BARRED_FROM_FILE: _("do-not-call list loaded"),
        EntryKind.CONSENT_GIVEN: _("consent noted"),
        EntryKind.CONSENT_WITHDRAWN: _("consent withdrawn"),
        EntryKind.LAW_WIDENED: _("legal hours widened"),
        EntryKind.CONTACT_CORRECTED: _("number corrected"),
        EntryKind.CONTACT_REOPENED: _("contact reopened"),
        EntryKind.CONTACT_WITHDRAWN: _("contact taken out"),
        EntryKind.EXPORTED: _("data exported"),
        EntryKind.NUMBERS_SHOWN: _("calls shown with whole numbers"),
        EntryKind.AGENT_LENT: _("agent lent to another queue"),
        EntryKind.AGENT_TAKEN_BACK: _("agent taken back"),
        EntryKind.AGENT_PAUSED: _("agent made not ready"),
        EntryKind.AGENT_RESUMED: _("agent made ready"),
        EntryKind.AGENT_SIGNED_OUT: _("agent signed out by force"),
        EntryKind.AGENT_LISTENED_TO: _("agent listened to"),
        EntryKind.AGENT_RECORDED: _("talk recorded"),
        EntryKind.CALL_HUNG_UP: _("call hung up by force"),
        EntryKind.CAMPAIGN_SET: _("campaign set"),
        EntryKind.CAMPAIGN_STEERED: _("campaign steered"),
        EntryKind.CAMPAIGN_SAVED: _("campaign saved"),
        EntryKind.CAMPAIGN_DELETED: _("campaign deleted"),
        EntryKind.LIST_LOADED: _("list loaded"),
        EntryKind.LIST_CHANGED: _("list changed"),
        EntryKind.AGENT_SAVED: _("agent put on file"),
        EntryKind.SETTINGS_READ: _("settings read again"),
        EntryKind.ALARM_SEEN_TO: _("alarm seen to"),
        EntryKind.ACCOUNT_ADDED: _("account added"),
        EntryKind.ACCOUNT_CHANGED: _("account changed"),
        EntryKind.ACCOUNT_SUSPENDED: _("account suspended"),
        EntryKind.ACCOUNT_RESTORED: _("account restored"),
        EntryKind.ACCOUNT_WITHDRAWN: _("account withdrawn"),
        EntryKind.PASSWORD_SET: _("password set"),
        EntryKind.LINK_MADE: _("sign-in link made"),
        EntryKind.TOKEN_ADDED: _("token added"),
        EntryKind.TOKEN_REVOKED: _("token revoked"),
        EntryKind.SESSIONS_ENDED: _("browsers signed out"),
        EntryKind.SIGNED_IN: _("signed in"),
        EntryKind.SIGNED_OUT: _("signed out"),
        EntryKind.SIGN_IN_FAILED: _("sign-in failed"),
    }


def kind_word(kind: str) -> str:
    """The word for a kind; one of a later version as it is."""
    return kind_words()[EntryKind(kind)] if kind in set(EntryKind) else kind


def fault_sentence(fault: Fault) -> str:
    """What is wrong, and where."""
    said = _sentences()[fault.kind]
    return said.format(chain=fault.chain, seq=fault.seq, subject=fault.subject)


def _sentences() -> Mapping[FaultKind, str]:
    return {
        FaultKind.GAP: _("chain {chain}: an entry is missing before entry {seq}"),
        FaultKind.ALTERED: _("chain {chain}: entry {seq} ({subject}) was changed"),
        FaultKind.UNLINKED: _(
            "chain {chain}: entry {seq} ({subject}) does not follow the one before"
        ),
        FaultKind.CALL_WITHOUT_ENTRY: _(
            "chain {chain}: call {subject} was placed and has no entry"
        ),
        FaultKind.ENTRY_WITHOUT_CALL: _(
            "chain {chain}: entry {seq} is of call {subject}, which is not on file as placed"
        ),
        FaultKind.CALL_ENTERED_TWICE: _("call {subject} has several entries"),
        FaultKind.CUT: _("chain {chain}: entry {seq} was seen by a call and is not there any more"),
        FaultKind.UNOPENED: _("chain {chain}: its first entry is missing"),
    }


def summary(entry: Entry) -> str:
    """The entry in one line: number and campaign of a call; of other acts what, why, by whom."""
    body: dict[str, Any] = json.loads(entry.body)
    if entry.kind == EntryKind.CALL:
        return f"{body.get('number', '')} · {body.get('campaign', {}).get('name', '')}"
    names = ("number", "what", "role", "reason", "why", "file", "rows", "by")
    told = (body.get(name) for name in names)
    return " · ".join(str(one) for one in told if one)
