"""What is said of a flow: the findings of a check as sentences, each with its cure.

Owns: the wording, in the language spoken now. Must not know how a finding comes about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from config.language import _, mark
from routing.check import Code, Finding

_SENTENCES: Final[Mapping[Code, str]] = {
    Code.UNKNOWN_STEP: mark("there is no step “{what}”; write the name of one, or add it"),
    Code.UNKNOWN_HOURS: mark("there is no [hours.{what}]; add it, or name another"),
    Code.UNKNOWN_QUEUE: mark("there is no queue {what}; add it to [[queues]] of the settings"),
    Code.UNKNOWN_LANGUAGE: mark("“{what}” is not among the flow's languages; add it there"),
    Code.NO_CALL_BACK: mark(
        "nobody calls back: the step fails; name the campaign that does, in [inbound] call_back"
    ),
    Code.UNKNOWN_KIND: mark(
        "“{what}” is no kind of work order; add [orders.kinds.{what}] to the settings"
    ),
    Code.DEAD_END: mark("is missing: the call would end up in the rescue; say where it goes"),
    Code.NO_EXIT: mark(
        "from here no caller ever comes to a person, a voicemail or a good-bye; add a way out"
    ),
    Code.GOES_ROUND: mark(
        "a caller who presses nothing goes round in a circle here; let “nothing” lead elsewhere"
    ),
    Code.RESCUE_UNFIT: mark(
        "“{what}” cannot be the rescue: take a queue, a voicemail, a transfer or a hangup"
    ),
    Code.UNREACHABLE: mark("no way leads here; remove it, or let a way lead to it"),
    Code.UNKNOWN_FACT: mark("nothing in this flow ever fills “{what}”; collect it, or look it up"),
    Code.MISSING_SOUND: mark("there is no sound {what}; it would be passed over"),
    Code.MISSING_WORDS: mark("has no words in “{what}”; those of another language are said"),
    Code.NO_SPEECH: mark(
        "texts are passed over: no program speaks them; name one in [inbound] speech"
    ),
    Code.CALENDAR_ENDS: mark("public holidays are known until then: {what}"),
}


def sentence(finding: Finding) -> str:
    """A finding as a sentence."""
    return _(_SENTENCES[finding.code]).format(what=finding.what)
