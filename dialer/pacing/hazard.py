"""How long something lasts, learned from what ended: the chance to end in each stretch of its age.

Owns: counting ends and exposure by age, and forgetting. Must not know what is timed.

A hazard is the chance per second that what has lasted so long ends now. It is learned from what is
still going on as well as from what ended, and it says at once what an age means: who has talked
for ten minutes is not about to hang up because the mean is two.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, repeat


class Hazard:
    """Ends a second, by age, with a guess in place of what nobody has seen yet.

    Args:
        edges: ages in seconds where stretches begin; the last one has no end. The first is 0.
        guess: ends a second at an age, before anything was seen.
        weight_s: how many seconds of exposure the guess counts for in each stretch.
        memory_s: exposure in a stretch beyond which older experience fades.
    """

    def __init__(
        self,
        edges: Sequence[float],
        guess: Callable[[float], float],
        *,
        weight_s: float,
        memory_s: float,
    ) -> None:
        self._edges = tuple(edges)
        self._memory_s = memory_s
        middles = [(a + b) / 2 for a, b in zip(self._edges, self._edges[1:], strict=False)]
        middles.append(self._edges[-1])
        self._exposed_s = [weight_s] * len(middles)
        self._ends = [guess(age) * weight_s for age in middles]

    def learn(self, age_s: float, *, ended: bool) -> None:
        """Something lasted so long, and ended then, or was only seen until then."""
        last = self._stretch(age_s)
        for stretch in range(last + 1):
            began = self._edges[stretch]
            until = self._edges[stretch + 1] if stretch < last else age_s
            self._exposed_s[stretch] += max(until - began, 0.0)
            if self._exposed_s[stretch] > self._memory_s:
                kept = self._memory_s / self._exposed_s[stretch]
                self._exposed_s[stretch] *= kept
                self._ends[stretch] *= kept
        if ended:
            self._ends[last] += 1.0

    def at(self, age_s: float) -> float:
        """Ends a second at that age."""
        stretch = self._stretch(age_s)
        return self._ends[stretch] / self._exposed_s[stretch]

    def by_second(self, until_s: int) -> Iterator[float]:
        """The same in the middle of each second of age, of which there are so many."""
        begins = [min(math.ceil(edge - 0.5), until_s) for edge in self._edges]
        spans = pairwise((*begins, until_s))
        for (begin, end), ends, exposed_s in zip(spans, self._ends, self._exposed_s, strict=True):
            yield from repeat(ends / exposed_s, end - begin)

    def expected(self, age_s: float) -> float:
        """How many ends were to be expected up to that age, had nothing else ended it."""
        last = self._stretch(age_s)
        total = 0.0
        for stretch in range(last + 1):
            until = self._edges[stretch + 1] if stretch < last else age_s
            seconds = max(until - self._edges[stretch], 0.0)
            total += seconds * self._ends[stretch] / self._exposed_s[stretch]
        return total

    @property
    def youngest_s(self) -> float:
        """Exposure in the first stretch, the guess's own included: a second for each one seen."""
        return self._exposed_s[0]

    def memory(self) -> tuple[float, ...]:
        """What was learned: the exposure of each stretch, then the ends in it."""
        return (*self._exposed_s, *self._ends)

    def remember(self, memory: tuple[float, ...]) -> None:
        """What `memory` of a hazard with the same edges has given."""
        half = len(self._edges)
        self._exposed_s, self._ends = list(memory[:half]), list(memory[half:])

    def _stretch(self, age_s: float) -> int:
        return max(bisect_right(self._edges, age_s) - 1, 0)
