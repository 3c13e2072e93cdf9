"""How a campaign's contacts stand, shown: who may be dialed now, whom which rule holds back.

Owns: the words, the table and its bars. Must not look anything up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from campaigns.cli.sentences import contact_state_words
from campaigns.contact import ContactState
from campaigns.judge import Code
from config.language import _
from dialer.cli_print import table
from dialer.messages import CampaignRecord

BAR: Final = 24
PARTS: Final = "▏▎▍▌▋▊▉█"


def standing_words() -> Mapping[str, str]:
    """What those wait for who are held back, by the code of the rule."""
    return {
        Code.IN_CALL: _("are being called"),
        Code.DELAY: _("wait since the last call"),
        Code.DAILY_CAP: _("were dialed often enough today"),
        Code.OUTSIDE_WINDOW: _("wait for the calling window"),
        Code.LEGAL_HOURS: _("wait for the hours of the law"),
        Code.HOLIDAY: _("wait for the end of a holiday"),
        Code.CALENDAR_ENDS: _("wait for a calendar of holidays"),
        Code.APPOINTMENT: _("have an appointment"),
        Code.UNDISPOSED: _("wait for the agent's word"),
        Code.BACKOFF: _("wait: the last try failed on our side"),
        Code.SKIPPED: _("were skipped by an agent"),
        Code.IN_TURN: _("keep a place in a queue, to be called back"),
        Code.DO_NOT_CALL: _("are on the do-not-call list"),
        Code.CONSENT: _("have not agreed to be called"),
        Code.CONSENT_PROOF: _("have agreed, but there is no proof"),
        Code.NUMBER_CAP: _("were called as often as the law allows"),
        Code.CONTACT_CAP: _("were called as often as the law allows"),
        Code.NUMBER_GAP: _("wait: the law wants time between calls"),
        Code.CONTACT_GAP: _("wait: the law wants time between calls"),
        Code.REST: _("wait: the law wants rest after a talk"),
        Code.ABANDON_LOCK: _("wait: we abandoned a call to them"),
        Code.LIST_PAUSED: _("are on a list that is paused"),
        Code.LIST_WITHDRAWN: _("are on a list that was withdrawn"),
        Code.FILTERED: _("are left out by the filter"),
        Code.FILTER_UNCLEAR: _("cannot be told by the filter"),
        Code.NO_NUMBER: _("have no number left to dial"),
        Code.NO_WINDOW: _("have no calling window"),
        Code.HOURS_APART: _("have no hour that suits window and law"),
        Code.LAW_UNKNOWN: _("wait for a law that is not on file"),
        Code.LAW_UNCHECKED: _("wait: the law could not be checked"),
    }


def standing_json(record: CampaignRecord) -> dict[str, object]:
    """The counts for a program: all of them together are the list."""
    return {
        "now": record.due_contacts,
        "held": dict(record.held_contacts),
        "closed": dict(record.closed_contacts),
    }


def print_standing(record: CampaignRecord) -> None:
    """The table: each line a part of the list, the lines together the whole list."""
    if not record.contacts:
        return
    rows = [(word, f"{n:,}", _bar(n, record.contacts)) for word, n in _lines(record) if n]
    rows.append((_("all contacts"), f"{record.contacts:,}", ""))
    table([_("standing"), _("contacts"), ""], rows, right=_("contacts"))


def closed_words(record: CampaignRecord) -> Iterable[tuple[str, int]]:
    """Those who are not dialed any more, by what became of them."""
    states = contact_state_words()
    for state in ContactState:
        if n := record.closed_contacts.get(state, 0):
            yield states[state], n


def _lines(record: CampaignRecord) -> Iterable[tuple[str, int]]:
    yield _("may be dialed now"), record.due_contacts
    words, held = standing_words(), record.held_contacts
    said: dict[str, int] = {}
    for code in sorted(held, key=lambda code: -held[code]):
        word = words.get(code, code.replace("_", " "))
        said[word] = said.get(word, 0) + held[code]
    yield from said.items()
    yield from closed_words(record)


def _bar(n: int, whole: int) -> str:
    """A bar as long as the part; what is there at all is seen."""
    eighths = max(1, round(n * BAR * len(PARTS) / whole))
    full, rest = divmod(eighths, len(PARTS))
    return PARTS[-1] * full + (PARTS[rest - 1] if rest else "")
