"""The calls to a number by all campaigns, as far back as any law counts them.

Owns: that look-up. Must not know which limits there are beyond how far back they look, nor what
they say (`campaigns.law.caps`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select

from campaigns.campaign import Campaign
from campaigns.law.caps import NumberCall
from campaigns.law.law_choice import AUTO
from campaigns.law.regulation import Cap, Limit, Per
from campaigns.outcomes import Outcome
from store import schema
from store.facts import AnyRow
from store.prepared import Prepared, Question

# A local day is over when it is over in all zones that a number may be in.
_LONGEST_DAY: Final = timedelta(days=2)

_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_CALLS = Prepared(
    select(
        schema.contact_number.c.e164,
        schema.attempt.c.sent_at,
        schema.attempt.c.campaign_id,
        schema.attempt.c.contact_id,
        schema.attempt.c.outcome,
    )
    .join(schema.attempt, schema.attempt.c.number_id == schema.contact_number.c.id)
    .where(
        schema.contact_number.c.e164.in_(_NUMBERS),
        schema.attempt.c.sent_at >= bindparam("since"),
    )
    .order_by(schema.attempt.c.sent_at)
)


def counted_back(campaign: Campaign) -> timedelta | None:
    """How far back the limits per number look that may hold in the campaign; None: there are none.

    Which of them holds for a contact is not asked: that is the judge's.
    """
    spans = [
        _span(limit)
        for profile in campaign.regulations.profiles
        for limit in profile.limits
        if limit.per is Per.NUMBER
        and (profile.name in campaign.law.profiles or AUTO in campaign.law.profiles)
    ]
    return max(spans, default=None)


def _span(limit: Limit) -> timedelta:
    if isinstance(limit, Cap):
        return limit.within or _LONGEST_DAY
    return limit.wait


def of_calls(e164s: Sequence[str], since: datetime) -> Question:
    """The question for what was sent to these numbers since then."""
    return _CALLS, {"numbers": e164s, "since": since}


def calls_of(rows: Iterable[AnyRow]) -> dict[str, list[NumberCall]]:
    """What it found, by number, oldest first."""
    calls: defaultdict[str, list[NumberCall]] = defaultdict(list)
    for row in rows:
        calls[row.e164].append(
            NumberCall(
                e164=row.e164,
                placed_at=row.sent_at,
                campaign_id=row.campaign_id,
                contact_id=row.contact_id,
                outcome=Outcome(row.outcome) if row.outcome else None,
            )
        )
    return calls
