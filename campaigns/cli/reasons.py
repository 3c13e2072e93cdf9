"""Why a row, or a part of it, was not loaded: the whole sentence for the file of refused rows.

Owns: how a reason and its facts are put together. The words are `campaigns.cli.sentences`'.
"""

from __future__ import annotations

from campaigns.cli.sentences import reason_sentences
from campaigns.lists.load_report import Refusal
from config.language import _
from supervisor.words import outcome_words


def refusal_sentence(refusal: Refusal) -> str:
    """Why a row (or a part of it) was not loaded."""
    said = reason_sentences()[refusal.reason]
    if refusal.other_line is not None:
        return _("{why}: see line {line}").format(why=said, line=refusal.other_line)
    if refusal.contact_id is not None:
        said = _("{why}: contact #{id}").format(why=said, id=refusal.contact_id)
    if refusal.outcome is not None:
        said = _found_wrong(said, refusal)
    if refusal.row_loaded:
        return _("{why}; the row is loaded without it").format(why=said)
    return said


def _found_wrong(said: str, refusal: Refusal) -> str:
    """What the number was found to be (R6), and on which day."""
    assert refusal.outcome is not None  # noqa: S101  only asked for such
    outcome = outcome_words(_)[refusal.outcome]
    if refusal.since is None:
        return f"{said} ({outcome})"
    return f"{said} ({outcome}, {refusal.since:%Y-%m-%d})"
