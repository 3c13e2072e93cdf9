"""How often the law lets a number or a contact be called, whatever the campaign (R5's cap apart).

Owns: which limit of a profile says no, and until when. Nothing is exempt: appointments neither.
Must not know R5's own cap (`campaigns.retry`) nor where the calls were looked up.

A call counts from the moment it was sent to the network, answered or not; a lost one counts,
what failed on our side does not. A limit of n calls is free again when its n-th latest call has
left it: by so much time, or with the local day it was placed on. So the answer never goes from
yes to no without another call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from zoneinfo import ZoneInfo

from campaigns.contact import Contact
from campaigns.hours import day_ends
from campaigns.kinds import Mode
from campaigns.law.regulation import Cap, Gap, Limit, Per, Profile
from campaigns.outcomes import RULES, Branch, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCall:
    """A call to a number, by whichever campaign. `placed_at`: when it was sent (aware UTC).

    `outcome`: None while it runs.
    """

    e164: str
    placed_at: datetime
    campaign_id: int
    contact_id: int
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapVerdict:
    """A limit that says no: `calls` of `cap` were placed; it says no until `free_at`."""

    profile: Profile
    rule: Limit
    calls: int
    cap: int
    free_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A call as the limits see it."""

    at: datetime
    outcome: Outcome | None


def counts(outcome: Outcome | None) -> bool:
    """Whether a call that was sent and ended so takes a place; a running one (None) does."""
    return outcome is None or RULES[outcome].branch is not Branch.OWN_SIDE


def calls_to(e164: str, calls: Iterable[NumberCall]) -> tuple[Placed, ...]:
    """The calls to that number that count."""
    return tuple(
        Placed(at=call.placed_at, outcome=call.outcome)
        for call in calls
        if call.e164 == e164 and counts(call.outcome)
    )


def calls_of(contact: Contact) -> tuple[Placed, ...]:
    """The contact's own calls that count."""
    return tuple(
        Placed(at=past.placed_at, outcome=past.outcome)
        for past in contact.attempts
        if counts(past.outcome)
    )


def cap_verdicts(  # noqa: PLR0917  # told in one breath: which law, which calls, whose clocks, when
    profiles: Sequence[Profile],
    to_number: Sequence[Placed],
    to_contact: Sequence[Placed],
    mode: Mode,
    zones: Sequence[ZoneInfo],
    now: datetime,
) -> tuple[CapVerdict, ...]:
    """All limits that say no at `now`, in the order of the profiles, caps before gaps.

    `zones`: where the number may be; a local day is over when it is over in all of them.
    """
    placed = {Per.NUMBER: to_number, Per.CONTACT: to_contact}
    judged = (
        _verdict(profile, limit, placed[limit.per], zones, now)
        for profile in profiles
        for limit in profile.limits
        if not (isinstance(limit, Gap) and mode in limit.spares)
    )
    return tuple(verdict for verdict in judged if verdict is not None)


def _verdict(
    profile: Profile,
    limit: Limit,
    placed: Sequence[Placed],
    zones: Sequence[ZoneInfo],
    now: datetime,
) -> CapVerdict | None:
    fitting = [call.at for call in placed if _fits(limit, call)]
    cap = limit.calls if isinstance(limit, Cap) else 1
    if len(fitting) < cap:
        return None
    decisive = nlargest(cap, fitting)[-1]
    free_at = _leaves(limit, decisive, zones)
    if free_at <= now:
        return None
    calls = sum(_leaves(limit, at, zones) > now for at in fitting)
    return CapVerdict(profile=profile, rule=limit, calls=calls, cap=cap, free_at=free_at)


def _fits(limit: Limit, call: Placed) -> bool:
    return isinstance(limit, Cap) or limit.after is None or call.outcome in limit.after


def _leaves(limit: Limit, at: datetime, zones: Sequence[ZoneInfo]) -> datetime:
    """When a call no longer takes a place under the limit."""
    if isinstance(limit, Gap):
        return at + limit.wait
    if limit.within is not None:
        return at + limit.within
    return max(day_ends(zone, at) for zone in zones)
