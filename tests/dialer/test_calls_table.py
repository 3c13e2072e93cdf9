from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer import agents
from dialer.calls import TRANSITIONS, Call, CallState, Signal, advance, diagram, follow

CALL = Call(attempt="a", campaign_id=1, contact_id=1, e164="+8621", zone=None, agent="1001")


def test_every_state_is_reached_from_the_claim() -> None:
    reached = {CallState.CLAIMED}
    for _ in CallState:
        reached |= {after for (state, _), after in TRANSITIONS.items() if state in reached}
    assert reached == set(CallState)


@given(st.sampled_from(CallState), st.sampled_from(Signal))
def test_a_signal_out_of_place_changes_nothing(state: CallState, signal: Signal) -> None:
    after = advance(replace(CALL, state=state), signal)
    wanted = follow(state, signal)
    assert (None if after is None else after.state) is wanted


@pytest.mark.parametrize("text", [diagram(), agents.diagram()])
def test_the_diagram_is_the_table(text: str) -> None:
    assert text.startswith("stateDiagram-v2")
    table = TRANSITIONS if "claimed" in text else agents.TRANSITIONS
    assert text.count(" --> ") >= len(table)


@given(st.lists(st.sampled_from(agents.Signal), max_size=30))
def test_an_agent_who_is_away_is_in_no_call(signals: list[agents.Signal]) -> None:
    agent = agents.Agent(agent="1001", name="王芳", queues=())
    for signal in signals:
        agent = agents.advance(agent, signal, 0.0) or agent
        assert agent.due_mono is None
