"""A verdict in words, with its facts filled in.

Owns: how the facts of a verdict are worded. Must not know the sentences
(`campaigns.cli.sentences`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.cli.sentences import reason_text, verdict_sentences
from campaigns.judge import Param, Span, Verdict
from campaigns.outcomes import Outcome
from config.language import _
from dialer.cli_times import duration, moment_without_zone
from supervisor.words import outcome_words


def verdict_sentence(verdict: Verdict, zone: ZoneInfo, now: datetime) -> str:
    """The verdict's sentence with its facts filled in; times on the zone's clock, unnamed."""
    worded = {name: _param(value, zone, now) for name, value in verdict.params.items()}
    return verdict_sentences()[verdict.code].format_map(worded)


def _param(value: Param, zone: ZoneInfo, now: datetime) -> str:
    match value:
        case datetime():
            return moment_without_zone(value, zone, now)
        case Outcome():
            return outcome_words(_)[value]
        case Span():
            return _("a local day")
        case timedelta():
            return duration(value.total_seconds())
        case str():
            return reason_text(value)
        case _:
            return str(value)
