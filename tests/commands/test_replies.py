"""Each answer of the engine's to an agent in preview reads as one sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from campaigns.outcomes import NotSent
from dialer.cli_replies import reply_text
from dialer.effects import ReplyCode
from dialer.wire import Answer

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def said(code: ReplyCode, **facts: str) -> str:
    answer = Answer(id="1", code=code.value, facts=facts)
    return reply_text(answer, "1001", zone=SHANGHAI, now=NOW)


def test_a_no_of_the_second_judgement_is_told_with_its_reason_and_its_time() -> None:
    assert said(ReplyCode.NOT_DIALED, verdict="do_not_call", source="refused") == (
        "not dialed: the contact is on the do-not-call list (the person refused further calls)"
    )
    assert said(
        ReplyCode.NOT_DIALED, verdict="outside_window", opens="2026-11-23T06:00:00+00:00"
    ) == (
        "not dialed: the contact waits: outside the calling window, which opens today 14:00"
        " (Asia/Shanghai)"
    )
    assert said(ReplyCode.NOT_DIALED, verdict="number_retired", outcome="vacant").endswith(
        "found wrong: vacant number"
    )


def test_a_limit_is_told_as_everywhere() -> None:
    assert said(ReplyCode.NOTHING_TO_PREVIEW, limit="list", campaign="a") == (
        "there is nobody to call just now: nothing is due"
    )
    assert said(ReplyCode.NOT_DIALED_YET, limit="breaker", campaign="a", for_s="5") == (
        "not dialed yet: calls fail on our side, next try in 5 s"
    )


@pytest.mark.parametrize("why", NotSent)
def test_every_end_of_a_look_has_its_words(why: NotSent) -> None:
    text = said(ReplyCode.PREVIEW_ENDED, why=why.value)
    assert text.startswith("not dialed, the contact was given back: ")
    assert not text.endswith(": ")
