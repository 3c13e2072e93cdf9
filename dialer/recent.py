"""A short memory: the latest of many ids, so that a word that comes too late is known for one.

Owns: how many are kept. Must not know what the ids name. Pure.
"""

from __future__ import annotations


class Recent:
    """The last `most` ids that were added."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: dict[str, None] = {}

    def __contains__(self, one: str) -> bool:
        return one in self._ids

    def discard(self, one: str) -> None:
        """Forget an id, if it is remembered."""
        self._ids.pop(one, None)

    def add(self, one: str) -> None:
        """Remember an id as the latest; the oldest one is forgotten."""
        self._ids.pop(one, None)
        self._ids[one] = None
        if len(self._ids) > self._most:
            del self._ids[next(iter(self._ids))]
