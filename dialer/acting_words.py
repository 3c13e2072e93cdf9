"""Why an act of a supervisor was refused, in sentences.

Owns: the wording. Must not know which act it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from config.language import _
from dialer.acting import Refusal
from dialer.acting_live import ActRefused
from dialer.cli_replies import reply_text
from dialer.effects import ReplyCode
from dialer.wire import BAD_REQUEST, Answer
from supervisor.words import campaign_state_word

_MISSPELT = frozenset(
    {
        *(Refusal.UNKNOWN_MODE, Refusal.UNKNOWN_QUEUE, Refusal.SAME_QUEUE, Refusal.TIME_OVER),
        *(ReplyCode.BAD_PHONE, BAD_REQUEST),
    }
)


def refusal_text(refused: ActRefused) -> str:
    """The reason in the language spoken."""
    said = _sentences().get(refused.code)
    if said is None:
        answer = Answer(id="", code=refused.code, facts=refused.facts)
        return reply_text(answer, str(refused.facts.get("agent", "")))
    facts = dict(refused.facts)
    if "state" in facts:
        facts["state"] = campaign_state_word(str(facts["state"]), _)
    return said.format_map(facts)


def misspelt(refused: ActRefused) -> bool:
    """Whether what was asked for cannot be meant, whatever the state of things."""
    return refused.code in _MISSPELT


def _sentences() -> Mapping[str, str]:
    return {
        Refusal.CAMPAIGN_NOT_STARTED: _(
            "campaign {name} is {state}; it can be started with: waihu campaign start"
        ),
        Refusal.UNKNOWN_MODE: _("“{text}” is no mode; write predictive, progressive or preview"),
        Refusal.UNKNOWN_QUEUE: _("the queue {queue} is not in the settings; they have: {known}"),
        Refusal.SAME_QUEUE: _("a queue cannot lend to itself"),
        Refusal.TIME_OVER: _("that time is over already"),
        Refusal.TOO_FEW_AGENTS: _("{queue} has only {n} signed in who are not lent"),
        Refusal.NOBODY_LENT: _("nobody of them is lent"),
        Refusal.NOT_TAKEN: _("saved, but the engine could not take it: {why}"),
    }
