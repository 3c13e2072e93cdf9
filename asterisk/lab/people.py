"""Simulated agents: they log in by phone, think after each call, and say what came of it.

Owns: what a simulated agent does and says. They come through the same doors as people do: a
phone call to waihu-login, and the disposition that the caller of this module passes on. Must
not know the engine; what it says of agents comes in as `AgentNews`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

import structlog

from asterisk.lab.customers import Behaviour, Mix, behaviour_of
from asterisk.lab.phones import Phones
from campaigns.outcomes import Disposition
from dialer.agents import State

log = structlog.get_logger()

Dispose = Callable[[str, Disposition, datetime | None, str], Awaitable[None]]
"""`dispose(agent, disposition, appointment_at, note)`: returns once the word is saved."""

A_PERSON: Final[Mapping[Disposition, int]] = {
    Disposition.SUCCESS: 45,
    Disposition.SUCCESS_PROXY: 15,
    Disposition.UNSUCCESSFUL: 20,
    Disposition.APPOINTMENT: 12,
    Disposition.REFUSED: 5,
    Disposition.WRONG_RECORD: 3,
}
"""What agents say of a talk with a person, in percent."""

QUARTER = timedelta(minutes=15)
_QUARTERS_A_DAY = 96
_DRAWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNews:
    """An agent is in `state` now. `number_end`: the last two digits of the number of `attempt`."""

    agent: str
    state: State
    attempt: str | None = None
    number_end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How the simulated agents work.

    `think_s`: shortest and longest time from the call's end to the disposition. `ahead_days`: how
    far ahead appointments are. `may_call`: whether an instant (aware UTC) lies in the calling
    windows. `redial_s`: pause before a phone that was hung up logs in again.
    """

    mix: Mix
    may_call: Callable[[datetime], bool]
    think_s: tuple[float, float] = (1.0, 4.0)
    ahead_days: tuple[int, int] = (1, 3)
    redial_s: float = 2.0


class LabPeople:
    """Simulated agents by their numbers. `utc_now` reads the clock; `random` decides the rest."""

    def __init__(
        self,
        agents: Sequence[str],
        phones: Phones,
        habits: Habits,
        *,
        random: Random,
        utc_now: Callable[[], datetime],
    ) -> None:
        self._agents = tuple(agents)
        self._phones = phones
        self._habits = habits
        self._random = random
        self._utc_now = utc_now
        self._said: dict[str, str] = {}

    async def run(self, news: AsyncIterator[AgentNews], dispose: Dispose) -> None:
        """Keep every agent on the phone, and dispose of their calls, until `news` ends.

        Raises:
            ExceptionGroup: Asterisk has gone (LinkLost), or `dispose` raised.
        """
        async with asyncio.TaskGroup() as group:
            lasting = [group.create_task(self._phones.listen())]
            lasting += [group.create_task(self._stay_logged_in(agent)) for agent in self._agents]
            wrapping: set[asyncio.Task[None]] = set()
            async for item in news:
                if self._wants_a_word(item):
                    task = group.create_task(self._wrap_up(item, dispose))
                    wrapping.add(task)
                    task.add_done_callback(wrapping.discard)
            for task in (*lasting, *wrapping):
                task.cancel()

    async def _stay_logged_in(self, agent: str) -> None:
        while True:
            await self._phones.call(agent)
            log.info("lab.phone_ended", agent=agent)
            await asyncio.sleep(self._habits.redial_s)

    def _wants_a_word(self, item: AgentNews) -> bool:
        """Whether this is the first news of the wrap-up of an outbound call of our people."""
        if item.state is not State.WRAP_UP or item.attempt is None:
            return False
        if item.agent not in self._agents or self._said.get(item.agent) == item.attempt:
            return False
        self._said[item.agent] = item.attempt
        return True

    async def _wrap_up(self, item: AgentNews, dispose: Dispose) -> None:
        await asyncio.sleep(self._random.uniform(*self._habits.think_s))
        behaviour = behaviour_of(item.number_end, self._habits.mix)
        word, appointment_at = word_for(behaviour, self._random, self._habits, self._utc_now())
        await dispose(item.agent, word, appointment_at, "")


def word_for(
    behaviour: Behaviour, random: Random, habits: Habits, now: datetime
) -> tuple[Disposition, datetime | None]:
    """What an agent says of a call with such a customer; the time is an appointment's alone."""
    match behaviour:
        case Behaviour.FAX:
            return Disposition.FAX, None
        case Behaviour.MACHINE:
            return Disposition.MACHINE, None
        case Behaviour.HANGS_UP_EARLY:
            return Disposition.UNSUCCESSFUL, None
        case _:
            return _word_for_a_person(random, habits, now)


def _word_for_a_person(
    random: Random, habits: Habits, now: datetime
) -> tuple[Disposition, datetime | None]:
    word = random.choices(list(A_PERSON), weights=list(A_PERSON.values()))[0]
    if word is not Disposition.APPOINTMENT:
        return word, None
    appointment_at = appointment_ahead(random, habits, now)
    return (word if appointment_at else Disposition.UNSUCCESSFUL), appointment_at


def appointment_ahead(random: Random, habits: Habits, now: datetime) -> datetime | None:
    """A round quarter of an hour on one of the next days at which calling is allowed, if any."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(_DRAWS):
        day = timedelta(days=random.randint(*habits.ahead_days))
        moment = midnight + day + random.randrange(_QUARTERS_A_DAY) * QUARTER
        if habits.may_call(moment):
            return moment
    return None
