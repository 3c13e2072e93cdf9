"""How long the state machines run: a moment in `make test`, long in `make fuzz`.

`HYPOTHESIS_PROFILE=long` asks for the long run. The short one is always the same, so that a
change that breaks a rule is what breaks the test; it does not look for the shortest story, which
takes minutes and is the long run's business.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
LONGER_BY = 40


def patience(*, examples: int, steps: int) -> settings:
    """The settings of a machine with so many short runs of so many steps."""
    return settings(
        max_examples=examples * (LONGER_BY if LONG else 1),
        stateful_step_count=steps * (2 if LONG else 1),
        derandomize=not LONG,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if LONG else [])],
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
