"""A record with some fields changed: as `dataclasses.replace` makes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.agents import Agent, State
from dialer.altered import altered

AGENT = Agent(agent="1001", name="Li", queues=("a",))


def test_it_is_what_replace_makes_and_leaves_the_first_as_it_was() -> None:
    changes = {"state": State.IDLE, "since_mono": 3.0}
    assert altered(AGENT, **changes) == replace(AGENT, state=State.IDLE, since_mono=3.0)
    assert AGENT.state is State.AWAY


def test_a_field_that_is_not_there_is_told() -> None:
    with pytest.raises(TypeError, match="Agent has no field mood"):
        altered(AGENT, mood="fine")
