"""What law, lists and filters say against a call, in a sentence each.

Owns: the wording, beside that of the other rules in `campaigns.cli.sentences`. Must not decide
anything.
"""

from __future__ import annotations

from campaigns.verdicts import Code
from config.language import _


def legal_sentences() -> dict[Code, str]:
    """In braces: the verdict's params, times and spans worded."""
    return {
        Code.LAW_UNKNOWN: _("is not dialed: the regulation {profile} is nowhere to be found"),
        Code.LAW_UNCHECKED: _(
            "is not dialed: what {profile} asks for cannot be looked up just now"
        ),
        Code.LEGAL_HOURS: _("waits: outside the legal hours ({profile}), which begin {opens}"),
        Code.HOURS_APART: _(
            "is never dialed: its calling windows and legal hours have no time in common"
        ),
        Code.CONSENT: _(
            "may not be called: {profile} wants a ground ({bases}) and there is none on file"
        ),
        Code.CONSENT_PROOF: _(
            "may not be called: {profile} wants its consent proved and there is no proof on file"
        ),
        Code.NUMBER_CAP: _(
            "waits until {free}: its number was called {calls} times within {span}, "
            "{profile} allows {cap}"
        ),
        Code.CONTACT_CAP: _(
            "waits until {free}: it was called {calls} times within {span}, {profile} allows {cap}"
        ),
        Code.NUMBER_GAP: _(
            "waits until {free}: {profile} wants {span} between two calls to a number"
        ),
        Code.CONTACT_GAP: _(
            "waits until {free}: {profile} wants {span} between two calls to a contact"
        ),
        Code.REST: _("waits until {free}: {profile} wants {span} of rest after such a call"),
        Code.ABANDON_LOCK: _(
            "waits until {free}: we abandoned a call to it, after which {profile} wants {span}"
        ),
        Code.LIST_PAUSED: _("waits: its list {list} is paused"),
        Code.LIST_WITHDRAWN: _("is not dialed: its list {list} was withdrawn"),
        Code.FILTERED: _("is not among those that the campaign wants: {filter}"),
        Code.FILTER_UNCLEAR: _(
            "is not among those that the campaign wants: {filter} "
            "(missing, or of another type: {fields})"
        ),
        Code.RING_TIME: _(
            "is not dialed: the campaign rings for {rings} s, {profile} wants {least} s"
        ),
        Code.CALLER_ID: _(
            "is not dialed: the campaign shows no caller number, which {profile} wants"
        ),
        Code.ABANDON_RATE: _(
            "is not dialed: {abandoned} of {live} answers were abandoned, more than {profile} "
            "allows; preview may go on"
        ),
    }
