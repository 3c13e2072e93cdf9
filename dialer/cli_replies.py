"""The engine's answers to an agent's commands, in sentences.

Owns: how a code and its facts become one line. Must not know which command was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.cli.sentences import not_sent_sentences, reply_sentences
from campaigns.cli.verdict_text import verdict_sentence
from campaigns.judge import Code, Param, Verdict
from campaigns.outcomes import NotSent, Outcome
from config.language import _
from dialer.effects import ReplyCode
from dialer.wire import Answer
from supervisor.snapshot import Why
from supervisor.words import why_sentence


def reply_text(
    answer: Answer, agent: str, *, zone: ZoneInfo | None = None, now: datetime | None = None
) -> str:
    """The engine's answer in a sentence; what it says in words of its own comes through.

    `zone` and `now` are for times in it.
    """
    try:
        said = reply_sentences()[ReplyCode(answer.code)]
    except ValueError:
        return str(answer.facts.get("text", answer.code))
    facts = {"agent": agent, "earlier": "", "current": "", **answer.facts}
    return said.format_map({**facts, "why": _why(answer.facts, zone, now)})


def _why(facts: Mapping[str, object], zone: ZoneInfo | None, now: datetime | None) -> str:
    """The reason within the sentence: a verdict of the rules, a limit, or an end of a look."""
    told = {name: str(value) for name, value in facts.items()}
    if "verdict" in told and zone is not None and now is not None:
        params = {name: _param(name, value) for name, value in told.items() if name != "verdict"}
        verdict = Verdict(code=Code(told["verdict"]), params=params)
        timed = any(isinstance(value, datetime) for value in params.values())
        return verdict_sentence(verdict, zone, now) + (f" ({zone.key})" if timed else "")
    if "limit" in told:
        return why_sentence(Why(code=told["limit"], params=told), _)
    if "why" in told:
        return not_sent_sentences()[NotSent(told["why"])]
    return ""


def _param(name: str, value: str) -> Param:
    match name:
        case "mark" | "opens":
            return datetime.fromisoformat(value)
        case "outcome":
            return Outcome(value)
        case _:
            return value
