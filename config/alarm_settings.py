"""When supervisors are alarmed: the section `[alarms]`.

Owns: the settings and their bounds. What they mean is `supervisor.alarm_rules`'; how good the
service of a queue should be is its own `service_target`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[int, Field(ge=1, le=86_400)]
Percent = Annotated[int, Field(ge=1, le=100)]


class AlarmSettings(BaseModel):
    """Seconds and percent beyond which something is wrong.

    `wait_s`: of the caller who waits longest. `break_s`: of a break, `breaks_s`: by its reason.
    `wrap_up_s`, `talk_s`: of an agent's wrap-up and talk. `network_fails_percent`: of the calls of
    a quarter of an hour that no network carried. `answer_rate_percent`: how far the answer rate of
    a quarter of an hour is from its norm, as a part of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    wait_s: Seconds = 60
    break_s: Seconds = 900
    breaks_s: dict[str, Seconds] = Field(default_factory=lambda: {"lunch": 3_600})
    wrap_up_s: Seconds = 120
    talk_s: Seconds = 1_200
    network_fails_percent: Percent = 10
    answer_rate_percent: Percent = 30
