"""`[lab]`: how the simulated customers of the demo behave.

Owns: the shares and times. Only the demo reads it; on real numbers it does nothing. Must not
know how people are simulated.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

_ALL: Final = 100


class Behaviour(StrEnum):
    """What a simulated customer does with a call."""

    ANSWERS = "answers"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VACANT = "vacant"
    NUMBER_CHANGED = "number_changed"
    REJECTED = "rejected"
    SWITCHED_OFF = "switched_off"
    CONGESTION = "congestion"
    FAX = "fax"
    MACHINE = "machine"
    HANGS_UP_EARLY = "hangs_up_early"


def _from_to(span: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= span[0] <= span[1]:
        raise ValueError("must be [shortest, longest], in seconds")
    return span


Seconds = Annotated[tuple[float, float], AfterValidator(_from_to)]
Percent = Annotated[int, Field(ge=0, le=_ALL)]


class LabMix(BaseModel):
    """Shares in percent, and spans in seconds from the shortest to the longest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mix: dict[Behaviour, Percent]
    talk_s: Seconds = (5, 15)
    ring_s: Seconds = (1, 4)

    @field_validator("mix")
    @classmethod
    def _sums_to_a_hundred(cls, mix: dict[Behaviour, int]) -> dict[Behaviour, int]:
        if (total := sum(mix.values())) != _ALL:
            raise ValueError(f"the shares add up to {total}, not {_ALL}")
        return mix
