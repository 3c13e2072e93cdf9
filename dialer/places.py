"""Places: who has been free for how long, as small numbers that app_queue can sort by.

Owns: the numbers. Pure; must not know queues, nor what a number becomes there (`routing.skills`).

Who becomes free gets the next number, so that the longest idle has the lowest and one agent's
number never moves because of another. When the numbers are used up, those who have one move
down: each to a number that is not above their own, the lowest first, so that told one after
the other the order is right at every moment.
"""

from __future__ import annotations

from collections.abc import Collection

from routing.skills import PLACES


class Places:
    """The numbers of those who are free, 0 to `PLACES` - 1."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[float, int]] = {}
        self._next = 0

    def of(self, login: str) -> int:
        """The agent's place; the last one for who has none."""
        return self._places.get(login, (0.0, PLACES - 1))[1]

    def free(self, login: str, since_mono: float, free: Collection[str]) -> list[str]:
        """An agent is free since then; whose place has changed, in the order to tell them.

        Who comes back from a call that was none is as long idle as before, and keeps the place.
        `free`: all who are free, the agent among them: others need no number.
        """
        before = self._places.get(login)
        if before is not None and before[0] == since_mono:
            return []
        moved = self._move_down(login, free) if self._next >= PLACES else []
        self._places[login] = (since_mono, min(self._next, PLACES - 1))
        self._next += 1
        return [*moved, login]

    def forget(self, login: str) -> None:
        """The agent is gone."""
        self._places.pop(login, None)

    def _move_down(self, coming: str, free: Collection[str]) -> list[str]:
        kept = [one for one in free if one in self._places and one != coming]
        kept.sort(key=lambda one: (self._places[one][1], self._places[one][0], one))
        before, self._places = self._places, {}
        for place, login in enumerate(kept):
            self._places[login] = (before[login][0], min(place, PLACES - 1))
        self._next = len(kept)
        return [login for login in kept if self._places[login] != before[login]]
