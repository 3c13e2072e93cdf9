"""What customers and agents are like, in figures.

Owns: the model of a forecast, and the one that given figures make. Must not know a campaign's
history (`dialer.sim.history`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.outcomes import Disposition, Outcome
from dialer.sim.times import Fixed, Lognormal, Times

ANSWER_RATE = 0.3
BUSY_RATE = 0.08
RING_S = 14.0
TALK_S = 120.0
WRAP_UP_S = 20.0
LOOK_S = 15.0
"""What is taken where nothing is given: of a mixed list, in the middle of what is published."""

RING_CV, TALK_CV, WRAP_UP_CV, LOOK_CV = 0.6, 1.0, 0.5, 0.5
RINGS_AFTER_S = 2.5
BUSY_AFTER_S = 4.0
REACHES_AGENT_S = 0.3
"""From the answer until the agent hears the customer: the bridge, and the agent's tone."""

VERDICT_S = 2.5
MISTAKEN, MISSED = 0.04, 0.1
"""How long the switch needs to tell a machine from a person, which part of the persons it takes for
machines, and of the machines for persons: guesses, for greetings differ by country."""

HEARD_S, HEARD_CV = 8.0, 0.4
"""How long an agent listens to a machine."""

MESSAGE_S = 8.0
"""How long who is abandoned listens to the message."""

AT_ONCE = Fixed(mean=REACHES_AGENT_S)
A_LOOK = Lognormal(mean=LOOK_S, cv=LOOK_CV)
A_MESSAGE = Fixed(mean=MESSAGE_S)

WORDS: Mapping[Disposition | None, float] = {
    Disposition.SUCCESS: 0.35,
    Disposition.UNSUCCESSFUL: 0.55,
    Disposition.APPOINTMENT: 0.05,
    Disposition.REFUSED: 0.05,
}
"""What agents say of a talk where no history tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Answering machines. `share`: of the calls that are answered, those that one answers.

    Where the switch tells them from persons (`amd` of the campaign), it does so after `verdict_s`;
    `mistaken`: of persons, the part that it takes for machines, and hangs up on; `missed`: of
    machines, the part that it takes for persons. `heard_s`: how long an agent listens to one.
    """

    share: float = 0.0
    verdict_s: Times = field(default_factory=lambda: Fixed(mean=VERDICT_S))
    mistaken: float = MISTAKEN
    missed: float = MISSED
    heard_s: Times = field(default_factory=lambda: Lognormal(mean=HEARD_S, cv=HEARD_CV))


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Each call is as likely as any other to be answered, whoever is called, at whatever time.

    `answered`: the share of the calls placed that somebody or something answers, by how many
    counted calls the contact had before (the last figure holds for all later ones); `ends`: of
    those that nobody answers, how many end as what. `words`: what agents say of talks; None: no
    word is given before the wrap-up is over. `answer_s`: from dialing to the answer, `end_s`: to
    the end where nobody answers, by outcome (not for no answer, which takes the campaign's ring
    time-out). `bridge_s`: from the answer until the agent, who is there, hears the customer.
    `wrap_up_s`: from the end of the talk to the word. `look_s`: before dialing, in preview.
    `message_s`: how long whom nobody takes listens to the message.
    """

    answered: tuple[float, ...]
    ends: Mapping[Outcome, float]
    words: Mapping[Disposition | None, float] = field(default_factory=lambda: dict(WORDS))
    answer_s: Times
    talk_s: Times
    wrap_up_s: Times
    end_s: Mapping[Outcome, Times] = field(default_factory=dict)
    bridge_s: Times = AT_ONCE
    look_s: Times = A_LOOK
    message_s: Times = A_MESSAGE
    machines: Machines = field(default_factory=Machines)

    def answered_on(self, tries: int) -> float:
        """The chance of an answer after so many counted calls."""
        return self.answered[min(tries, len(self.answered) - 1)]


def given(
    *,
    answer_rate: float = ANSWER_RATE,
    busy_rate: float = BUSY_RATE,
    ring_s: float = RING_S,
    talk_s: float = TALK_S,
    wrap_up_s: float = WRAP_UP_S,
    look_s: float = LOOK_S,
) -> Model:
    """The model of given figures: shares of the calls placed, and means in seconds.

    `ring_s`: from dialing to the answer. Times are lognormal.
    """
    unanswered = max(1 - answer_rate, 0.0)
    busy = min(busy_rate, unanswered)
    return Model(
        answered=(answer_rate,),
        ends={Outcome.NO_ANSWER: unanswered - busy, Outcome.BUSY: busy},
        answer_s=Lognormal(mean=ring_s, cv=RING_CV),
        talk_s=Lognormal(mean=talk_s, cv=TALK_CV),
        wrap_up_s=Lognormal(mean=wrap_up_s, cv=WRAP_UP_CV),
        look_s=Lognormal(mean=look_s, cv=LOOK_CV),
    )
