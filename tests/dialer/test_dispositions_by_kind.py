"""What an agent may say of a call depends on what the campaign is for (R3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.campaign import Kind, dispositions_of
from campaigns.outcomes import Disposition
from dialer.agents import State
from dialer.effects import EndAttempt, Reply, ReplyCode
from dialer.messages import Dispose
from dialer.switch_events import CallAnswered, CallBridged, CallHungUp, CallRinging
from tests.dialer.stage import CAMPAIGN, Stage


def talking(kind: Kind) -> Stage:
    stage = Stage(campaign=replace(CAMPAIGN, kind=kind)).opens()
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    return stage


def says(stage: Stage, word: Disposition) -> None:
    at = stage.now.utc if word is Disposition.APPOINTMENT else None
    stage.tell(Dispose(ref="r", agent="1001", attempt=None, disposition=word, appointment_at=at))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("word", Disposition)
def test_a_word_is_written_exactly_where_the_kind_of_the_campaign_knows_it(  # R3
    kind: Kind, word: Disposition
) -> None:
    stage = talking(kind)
    says(stage, word)
    written = [end.disposition for end in stage.wanted(EndAttempt)]
    assert written == ([word] if word in dispositions_of(kind) else [])


def test_nobody_hears_a_sales_pitch_by_proxy_and_the_agent_may_say_another_word() -> None:  # R3
    stage = talking(Kind.SALES)
    says(stage, Disposition.SUCCESS_PROXY)
    assert stage.last(Reply) == Reply(ref="r", code=ReplyCode.DISPOSITION_NOT_OF_KIND)
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    assert agent.state is State.TALKING
    says(stage, Disposition.UNSUCCESSFUL)
    assert stage.last(EndAttempt).disposition is Disposition.UNSUCCESSFUL


def test_the_word_is_refused_in_the_wrap_up_as_well_and_the_wrap_up_goes_on() -> None:  # R3
    stage = talking(Kind.SALES)
    (attempt,) = [call.attempt for call in stage.engine.board]
    stage.tell(CallHungUp(call=attempt, cause=16))
    says(stage, Disposition.SUCCESS_PROXY)
    assert stage.last(Reply).code is ReplyCode.DISPOSITION_NOT_OF_KIND
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    assert agent.state is State.WRAP_UP
