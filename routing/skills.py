"""What a queue asks of an agent, and what that makes of the agent in app_queue.

Owns: skills with levels, the way in which a caller's need widens as time passes, and the numbers
(penalties) by which Asterisk's app_queue takes one member before another. Pure: must not know
agents' states, nor how a number travels to the switch.

A member's penalty is its *band* and its *place*. The band comes of the level: the best level is
in band 0, and app_queue takes no member of a band while one of a lower band is free. The place
says who of a band is longest idle (`dialer.places`). Above all bands are the *marks*: a member with
one is kept for the caller who waits for that very agent.

app_queue multiplies a penalty by a million in a C int, so that none may be above 2,146.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TOP_LEVEL: Final = 9
"""The best level of a skill; 1 is the least."""

PLACES: Final = 200
"""How many free agents of one band can be told apart."""

LAST_PLACE: Final = PLACES - 1
FIRST_MARK: Final = (TOP_LEVEL + 1) * PLACES
LAST_MARK: Final = 2_146
ANYBODY: Final = LAST_MARK
"""The highest penalty that there is: a caller with this limit is served by every member."""

OPEN_AFTER_S: Final = 30
"""So long after its last step a caller is served by every member, those who are kept as well.

Should Waihu die while an agent is kept for one caller, the others reach that agent by this.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wider:
    """From `after_s` seconds of waiting on, agents of level `least` and better do as well."""

    after_s: int
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a queue asks of its agents.

    `skill`: the one that it needs; empty: whoever is put on the queue serves it. `least`: the
    lowest level for a caller who has just come; `wider`: lower ones for who has waited, in the
    order of time. `last_agent_s`: how long a caller who is to have the agent of last time waits for
    that one alone. `longest_idle`: among equals the longest idle is first; else app_queue's own
    strategy chooses.
    """

    queue: str
    skill: str = ""
    least: int = 1
    wider: tuple[Wider, ...] = ()
    last_agent_s: int = 0
    longest_idle: bool = True

    @property
    def lowest(self) -> int:
        """The lowest level with which an agent serves the queue at all."""
        return min((self.least, *(step.least for step in self.wider)))

    def least_after(self, waited_s: float) -> int:
        """The lowest level that serves a caller who has waited for so long."""
        past = [step.least for step in self.wider if waited_s >= step.after_s]
        return min((self.least, *past))

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """When app_queue is to let members up to which penalty have the call: queuerules.conf.

        The caller's first limit is `first_limit`. At `last_agent_s` a caller who waits for one
        agent alone is let to the others; to those callers who do not, that step is none.
        """
        times = [step.after_s for step in self.wider]
        if self.last_agent_s:
            times.append(self.last_agent_s)
        steps = [(at, limit(self.least_after(at))) for at in sorted(set(times))]
        opens_at = (steps[-1][0] if steps else 0) + OPEN_AFTER_S
        return (*steps, (opens_at, ANYBODY))

    @property
    def first_limit(self) -> int:
        """The highest penalty that may have a call that has just come."""
        return limit(self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What an agent brings: `skills` by name and level, `listed` queues, and `lent` to one."""

    skills: Mapping[str, int]
    listed: tuple[str, ...] = ()
    lent: str = ""


def level_in(need: Need, serving: Serving) -> int | None:
    """The agent's level in that queue; None: the agent does not serve it.

    A queue that needs a skill is served by all who have it well enough and by nobody else; being
    listed for it is no skill. Where it needs none, those on its list serve it, all equally. Who is
    lent serves that one queue and no other, and counts as having the level that it asks for first,
    unless their own is better: callers of a peak must not wait for help that is there.
    """
    own = serving.skills.get(need.skill, 0) if need.skill else 0
    if serving.lent:
        return max(own, need.least) if serving.lent == need.queue else None
    if need.skill:
        return own if own >= need.lowest else None
    return need.least if need.queue in serving.listed else None


def band(level: int) -> int:
    """The lowest penalty of a level."""
    return (TOP_LEVEL - level) * PLACES


def limit(level: int) -> int:
    """The highest penalty of a level."""
    return band(level) + LAST_PLACE


def penalty(level: int, place: int) -> int:
    """The penalty of a member with that level who is at that place, 0 for the longest idle."""
    return band(level) + min(place, LAST_PLACE)
