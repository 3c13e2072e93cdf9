"""Which queue takes an inbound call (R9, the first step of it).

Owns: the choice by dialed number. Pure: what the operator set comes in, a queue's name goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRoutes:
    """Queues by dialed number, and the one that takes every other call."""

    default: str
    by_number: Mapping[str, str] = field(default_factory=dict)


def choose_queue(routes: InboundRoutes, dialed: str) -> str:
    """The queue for a call to `dialed`."""
    return routes.by_number.get(dialed, routes.default)
