"""Who serves which queue, at which level, and the number by which app_queue takes them.

Owns: what each queue needs, what each agent brings, loans, places, and who is kept for one
caller; and what the switch was told last, so that it is only told what differs. Must not know what
an agent is doing: the floor says who is free. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dialer.messages import AgentRecord, Loan, Now
from dialer.places import Places
from routing.skills import FIRST_MARK, LAST_MARK, Need, Serving, level_in, penalty

NOBODY = Serving(skills={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An agent is one caller's alone in a queue, by a number that no other member has."""

    call: str
    queue: str
    mark: int
    until_mono: float


class Memberships:
    """The queues of all agents on file."""

    def __init__(self, needs: Iterable[Need] = ()) -> None:
        self._needs = {need.queue: need for need in needs}
        self._serving: dict[str, Serving] = {}
        self._loans: dict[str, Loan] = {}
        self._places = Places()
        self._kept: dict[str, Kept] = {}
        self._told: dict[str, dict[str, int]] = {}
        self._next_mark = FIRST_MARK
        self.loan_ends_at: datetime | None = None

    # ── who serves what ──────────────────────────────────────────────────────────────────

    def take_needs(self, needs: Iterable[Need]) -> None:
        """The operator has set the queues anew."""
        self._needs = {need.queue: need for need in needs}

    def need(self, queue: str) -> Need:
        """What a queue asks; one that is not in the settings asks nothing."""
        return self._needs.get(queue) or Need(queue=queue)

    def knows(self, queue: str) -> bool:
        """Whether the queue is in the settings."""
        return queue in self._needs

    def take(self, record: AgentRecord, now: Now) -> tuple[str, ...]:
        """Learn what an agent brings; gives the queues that they serve now, the own ones first."""
        loan = record.loan if record.loan is not None and record.loan.holds(now.utc) else None
        if loan is None:
            self._loans.pop(record.agent, None)
        else:
            self._loans[record.agent] = loan
        ends = [one.until for one in self._loans.values() if one.until is not None]
        self.loan_ends_at = min(ends, default=None)
        lent = "" if loan is None else loan.queue
        serving = Serving(skills=dict(record.skills), listed=record.queues, lent=lent)
        self._serving[record.agent] = serving
        named = dict.fromkeys((*record.queues, *self._needs, *((lent,) if lent else ())))
        return tuple(queue for queue in named if level_in(self.need(queue), serving) is not None)

    def drop(self, login: str) -> None:
        """The person is no longer on file."""
        self._places.forget(login)
        for kept in (self._serving, self._loans, self._kept, self._told):
            kept.pop(login, None)

    def level(self, login: str, queue: str) -> int:
        """The agent's level in a queue; 0: they do not serve it."""
        return level_in(self.need(queue), self._serving.get(login, NOBODY)) or 0

    def skills(self, login: str) -> Mapping[str, int]:
        """The agent's skills with their levels."""
        return self._serving.get(login, NOBODY).skills

    def loan(self, login: str) -> Loan | None:
        """To which queue the agent is lent, if to any."""
        return self._loans.get(login)

    # ── who is kept for whom ─────────────────────────────────────────────────────────────

    def keep(self, login: str, call: str, queue: str, until_mono: float) -> int:
        """Keep the agent for one caller of a queue; gives the number by which app_queue knows."""
        self._next_mark = FIRST_MARK if self._next_mark == LAST_MARK else self._next_mark + 1
        kept = Kept(call=call, queue=queue, mark=self._next_mark, until_mono=until_mono)
        self._kept[login] = kept
        return kept.mark

    def kept(self, login: str) -> Kept | None:
        """For whom the agent is kept, if for anybody."""
        return self._kept.get(login)

    def let_go(self, now: Now, call: str = "") -> list[str]:
        """Whom nobody waits for any more: their time is over, or this caller is gone."""
        over = [
            login
            for login, kept in self._kept.items()
            if kept.call == call or now.mono >= kept.until_mono
        ]
        for login in over:
            del self._kept[login]
        return over

    @property
    def any_kept(self) -> bool:
        """Whether any agent is kept for a caller."""
        return bool(self._kept)

    # ── the numbers ──────────────────────────────────────────────────────────────────────

    def is_free(self, login: str, since_mono: float, free: Collection[str]) -> list[str]:
        """An agent is free since then; whose numbers may have changed, in the order to tell."""
        return self._places.free(login, since_mono, free)

    def penalties(self, login: str, queues: Iterable[str]) -> dict[str, int]:
        """The number that the agent is to have in each queue."""
        return {queue: self._penalty(login, queue) for queue in queues}

    def _penalty(self, login: str, queue: str) -> int:
        kept = self._kept.get(login)
        if kept is not None and kept.queue == queue:
            return kept.mark
        place = self._places.of(login) if self.need(queue).longest_idle else 0
        return penalty(max(1, self.level(login, queue)), place)

    def alike(self, login: str, queues: Iterable[str]) -> dict[str, int]:
        """The numbers by the agent's level alone, where the switch has others."""
        told = self._told.get(login, {})
        alike = {queue: penalty(max(1, self.level(login, queue)), 0) for queue in queues}
        return {queue: number for queue, number in alike.items() if told.get(queue) != number}

    def told(self, login: str, penalties: Mapping[str, int]) -> None:
        """The switch has these numbers, or is being told them."""
        self._told.setdefault(login, {}).update(penalties)

    def left(self, login: str, queues: Iterable[str]) -> None:
        """The agent is in these queues no more."""
        for queue in queues:
            self._told.get(login, {}).pop(queue, None)

    def untold(self, login: str, queues: Iterable[str]) -> dict[str, int]:
        """The numbers that the switch does not have yet."""
        told = self._told.get(login, {})
        wanted = self.penalties(login, queues)
        return {queue: number for queue, number in wanted.items() if told.get(queue) != number}

    def first_come(self, logins: Iterable[str]) -> list[str]:
        """These agents by the numbers that the switch has of them: an earlier run's order."""

        def least(login: str) -> int:
            return min(self._told.get(login, {}).values(), default=LAST_MARK)

        return sorted(logins, key=lambda login: (least(login), login))
