"""What is told as it happens, beside the picture: call events and screen pops.

Owns: the one encoding of each for all sinks, and the bounded box in which each sink keeps them
until its peer has them. Must not know any peer.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Final, Protocol

from supervisor.call_events import CallEvent
from supervisor.sinks.standing import Standing

MOST_KEPT: Final = 5_000
"""So many wait for a peer that is away; then the oldest go, and are counted."""

POP_VERSION: Final = 1
_DUMP: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Notice:
    """One of them. `what`: the event; `agent`: whose screen pop it is, else empty.

    `told` gives its plain values, which stay as they are.
    """

    def __init__(
        self, what: str, told: Callable[[], Mapping[str, object]], agent: str = ""
    ) -> None:
        self.what = what
        self.agent = agent
        self._told = told

    @cached_property
    def payload(self) -> bytes:
        """Its JSON, made when it is first sent, once for all sinks; what nobody takes is not."""
        return _DUMP.encode(self._told()).encode()


class Listener(Protocol):
    """A sink that takes notices. `notice` puts it aside and returns: it never waits or raises."""

    def notice(self, notice: Notice) -> None:
        """The next one."""


class Notices:
    """Hands each to all `listeners`; with none of them it does nothing."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)

    def event(self, event: CallEvent) -> None:
        """A call event."""
        self._hand(Notice(event.event.value, event.told))

    def pop(self, pop: Mapping[str, object]) -> None:
        """A screen pop, as `dialer.popping` tells it."""
        told = {"v": POP_VERSION, **pop}
        self._hand(Notice("pop", lambda: told, agent=str(pop["agent"])))

    def _hand(self, notice: Notice) -> None:
        for listener in self._listeners:
            listener.notice(notice)


class Box:
    """Notices that wait for a peer, oldest first; what finds no room takes the oldest's place."""

    def __init__(self, standing: Standing, most: int = MOST_KEPT) -> None:
        self._standing = standing
        self._most = most
        self._waiting: deque[Notice] = deque()
        self._taken = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, notice: Notice) -> None:
        """Keep one more."""
        self._waiting.append(notice)
        if len(self._waiting) > self._most:
            self._waiting.popleft()
            self._taken = max(0, self._taken - 1)
            self._standing.drop()

    def take(self, most: int) -> list[Notice]:
        """The oldest ones, which stay until `sent` says that the peer has them."""
        taken = list(islice(self._waiting, most))
        self._taken = len(taken)
        return taken

    def sent(self) -> None:
        """The peer has what was taken last; some of it may have been dropped meanwhile."""
        for _ in range(self._taken):
            self._waiting.popleft()
        self._taken = 0
