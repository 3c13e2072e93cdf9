"""How many of those who answered were left without an agent, and whether the law allows it.

Owns: the blocks of days of a campaign, what a call adds to one, and the arithmetic of the share.
Must not know where calls are counted (`store.answers`): `live` are persons who answered, those we
dropped among them (kpi: X / L).

16 CFR 310.4(b)(4)(i): no more than three percent of the calls that a person answers, measured
over the campaign if it is shorter than 30 days, else over each successive 30-day period. The
first block begins with the local date of the campaign's first call. 30 of 1,000 are allowed, 31
are not; a block starts clean.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from campaigns.kinds import Mode
from campaigns.law.law_choice import AUTO, LawChoice
from campaigns.law.regulation import AbandonRule, Regulations
from campaigns.outcomes import Outcome

if TYPE_CHECKING:
    from campaigns.campaign import Campaign

NOBODY: Final = frozenset({Outcome.MACHINE, Outcome.FAX})
"""Who answered was no person."""

UNLESS_BRIDGED: Final = frozenset({Outcome.LOST, Outcome.STOPPED})
"""However the call came to its end: who answered had heard nobody, unless an agent was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block: `number` counts from 1; [begins, ends) in aware UTC, local midnights."""

    number: int
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A block's live answers, and how many of them were abandoned.

    `ends`: when the block does, and a clean one begins; None: no call has begun one yet.

    Raises ValueError unless 0 <= abandoned <= live.
    """

    live: int
    abandoned: int
    ends: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.abandoned <= self.live:
            raise ValueError(f"{self.abandoned} abandoned of {self.live} live answers cannot be")

    @property
    def share(self) -> Fraction | None:
        """Abandoned of live; None without an answer: never a share of nothing."""
        return Fraction(self.abandoned, self.live) if self.live else None


def counts_of(outcome: Outcome | None, *, answered: bool, bridged: bool) -> Answered:
    """What one call adds to a block; None: it is not over, and is not counted yet."""
    live = answered and outcome is not None and outcome not in NOBODY
    left_alone = outcome is Outcome.ABANDONED or (outcome in UNLESS_BRIDGED and not bridged)
    return Answered(live=int(live), abandoned=int(live and left_alone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """A campaign's live answers of today (its own, local day), and of the block of days."""

    day: Answered
    block: Answered


def abandon_rules(law: LawChoice, regulations: Regulations, mode: Mode) -> tuple[AbandonRule, ...]:
    """The rules that may hold for a campaign: by country, any of those that are known may."""
    chosen = (
        one for one in regulations.profiles if AUTO in law.profiles or one.name in law.profiles
    )
    rules = (profile.abandon for profile in chosen)
    return tuple(rule for rule in rules if rule is not None and mode not in rule.spares)


def abandon_cap(campaign: Campaign) -> Fraction:
    """The part of those who answer that may find no agent: the manager's, or the law's if less."""
    rules = abandon_rules(campaign.law, campaign.regulations, campaign.mode)
    return campaign.pacing.cap_under(rules)


def block_at(first_call: datetime, zone: ZoneInfo, days: int, now: datetime) -> Block:
    """The block that `now` lies in; what lies before the first call is the first block."""
    first_day = first_call.astimezone(zone).date()
    passed = max(0, (now.astimezone(zone).date() - first_day).days // days)
    begins = first_day + timedelta(days=passed * days)
    return Block(
        number=passed + 1,
        begins=_midnight(begins, zone),
        ends=_midnight(begins + timedelta(days=days), zone),
    )


def is_allowed(rule: AbandonRule, answered: Answered) -> bool:
    """Whether the block is still inside the share."""
    return answered.abandoned <= rule.share * max(answered.live, rule.judged_from)


def drops_left(rule: AbandonRule, answered: Answered, expected: int = 0) -> int:
    """How many more may be abandoned if `expected` more live answers come; below 0: too many."""
    live = max(answered.live + expected, rule.judged_from)
    return floor(rule.share * live) - answered.abandoned


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
