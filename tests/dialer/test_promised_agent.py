"""A call that one agent has promised is that agent's, whoever else is free (R4)."""

from __future__ import annotations

from campaigns.outcomes import NotSent
from dialer.effects import ClaimContacts, ReleaseClaim
from dialer.switch_events import AgentLoggedOut
from tests.dialer.stage import Stage


def ready(agents: int) -> Stage:
    stage = Stage(agents=agents).opens()
    stage.passes(7)
    return stage


def agent_of(stage: Stage, attempt: str) -> str:
    call = stage.engine.board.get(attempt)
    assert call is not None
    return call.agent


def test_the_hopper_is_told_who_is_there_to_call() -> None:
    stage = ready(3)
    asked = stage.last(ClaimContacts)
    assert sorted(asked.agents) == ["1001", "1002", "1003"]
    assert asked.count == 3


def test_the_promised_contact_goes_to_its_agent_and_the_others_to_the_others() -> None:
    stage = ready(3)
    last = stage.last(ClaimContacts).agents[0]

    attempts = stage.answers_claim(only=last)

    assert agent_of(stage, attempts[-1]) == last
    assert len({agent_of(stage, one) for one in attempts}) == 3


def test_it_is_given_back_if_its_agent_is_gone_meanwhile() -> None:
    stage = ready(2)
    slot = stage.engine.floor.get("1002")
    assert slot is not None
    assert slot.slot is not None
    stage.tell(AgentLoggedOut(slot=slot.slot))

    (attempt,) = stage.answers_claim(found=1, only="1002")

    assert stage.wanted(ReleaseClaim) == [ReleaseClaim(attempt=attempt, why=NotSent.AGENT_LEFT)]
    assert stage.engine.board.get(attempt) is None
