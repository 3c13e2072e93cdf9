"""The floor board's figures: what all agents may see, and nothing that points at one of them.

Owns: the path `/floor.json`, for everybody who is signed in. Callers who wait and names are not in
it: a floor that is pushed by a screen on the wall serves nobody well. Must not know the page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from campaigns.outcomes import Outcome
from supervisor.snapshot import Snapshot
from supervisor.web.identity import needs
from supervisor.web.site import WebSite

TARGET: Final = 0.8
REACHED: Final = (Outcome.SUCCESS, Outcome.SUCCESS_PROXY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Today, all queues and campaigns together. `in_time` of `served` callers: service level."""

    in_time: int
    served: int
    answered: int
    reached: int
    appointments: int


def floor_of(snapshot: Snapshot) -> Floor:
    """The floor's figures in one picture. Sums and counts: no average of averages."""
    levels = [queue.service_level for queue in snapshot.queues]
    outcomes = snapshot.outcomes_today
    return Floor(
        in_time=round(sum(level.numerator for level in levels)),
        served=round(sum(level.denominator for level in levels)),
        answered=sum(queue.answered for queue in snapshot.queues),
        reached=sum(outcomes.get(outcome, 0) for outcome in REACHED),
        appointments=outcomes.get(Outcome.APPOINTMENT, 0),
    )


def floor_route(site: WebSite) -> Route:
    """The route of the figures."""
    return Route("/floor.json", _answer(lambda: site.hub.latest))


def _answer(latest: Callable[[], Snapshot | None]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answer(request: Request) -> JSONResponse:
        needs()(request)
        snapshot = latest()
        told = _told(snapshot) if snapshot is not None else None
        return JSONResponse(told, headers={"cache-control": "no-store"})

    return answer


def _told(snapshot: Snapshot) -> dict[str, object]:
    floor = floor_of(snapshot)
    return {
        "ts": snapshot.ts.isoformat(),
        "site": snapshot.site,
        "zone": snapshot.zone,
        "target": TARGET,
        "in_time": floor.in_time,
        "served": floor.served,
        "answered": floor.answered,
        "reached": floor.reached,
        "appointments": floor.appointments,
    }
