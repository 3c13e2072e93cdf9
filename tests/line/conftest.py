"""The real Asterisk of the line's tests, with a queue for each story that runs beside others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk.lab.customers import Behaviour, Mix, Pace
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import find_asterisk
from asterisk.render import PbxFacts, QueueFacts
from routing.skills import Need, Wider
from tests.own_loop import in_a_loop_of_its_own

REPLACED_AT_THE_START = "0" * 12
QUEUES = ("inbound", "hotline", "tree", "course", "rush", "solo", "slow", "pair", "keys")
SKILLED = Need(
    queue="waihu-skilled",
    skill="repairs",
    least=3,
    wider=(Wider(after_s=2, least=1),),
    last_agent_s=2,
)
SPECIAL = dict(enumerate(Behaviour, start=40))
MIX = Mix(by_digits=tuple(SPECIAL.get(end, Behaviour.ANSWERS) for end in range(100)))


@pytest.fixture(scope="session")
def mix() -> Mix:
    """What the customers of `switch` do: 40 to 50 are one of each behaviour, the rest answer."""
    return MIX


@pytest.fixture(scope="session")
def switch(parts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabAsterisk]:
    """One private Asterisk for every test of the line."""
    facts = PbxFacts(
        ami_secret=REPLACED_AT_THE_START,
        agi_port=free_port(),
        slots=30,
        queues=(
            *(QueueFacts(name=f"waihu-{name}") for name in QUEUES),
            QueueFacts(name=SKILLED.queue, first_limit=SKILLED.first_limit, steps=SKILLED.steps),
        ),
    )
    pace = Pace(ring_s=(0.1, 0.3), talk_s=(0.5, 0.8))
    run = tmp_path_factory.mktemp("line")
    lab = LabAsterisk(find_asterisk(parts), run, facts, mix=MIX, pace=pace)
    in_a_loop_of_its_own(lab.start)
    yield lab
    in_a_loop_of_its_own(lab.stop)
