"""Everything that the judge asks about contacts, read at one moment.

Owns: which look-ups a judgement rests on. Must not judge. What a campaign's law does not ask for
is not looked up; what cannot be looked up is an error, so nobody is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.do_not_call import Patterns
from campaigns.judge import Facts
from campaigns.law.abandonment import Answered
from campaigns.law.caps import NumberCall
from store import schema
from store.answers import block_days, load_answered
from store.barring import (
    Entries,
    barred_by,
    entries_of,
    of_numbers,
    of_patterns,
    patterns_of,
)
from store.errors import UnknownContactError
from store.facts import Known, load_campaign, load_known
from store.number_history import calls_of, counted_back, of_calls
from store.prepared import Prepared, together

_CAMPAIGN_OF = Prepared(
    select(schema.contact.c.campaign_id).where(schema.contact.c.id == bindparam("contact"))
)


async def load_cases(
    connection: AsyncConnection,
    campaign: Campaign,
    state: CampaignState,
    ids: Sequence[int],
    now: datetime,
    *,
    without_attempt: str = "",
    holds: bool = False,
) -> dict[int, Facts]:
    """The facts on contacts of one campaign, by id; at most six questions for all of them.

    `without_attempt` leaves one attempt out: the one that is about to be judged must not count
    against itself. `holds`: they are locked; those that another engine holds are left out.
    """
    known = await load_known(
        connection,
        ids,
        without_attempt=without_attempt,
        with_custom=campaign.filter is not None,
        holds=holds,
    )
    if not known:
        return {}
    around = await _around(connection, campaign, known.values(), now)
    return {
        contact_id: _facts(campaign, state, one, around, now) for contact_id, one in known.items()
    }


async def load_case(
    connection: AsyncConnection, contact_id: int, now: datetime, *, without_attempt: str = ""
) -> Facts:
    """The facts on one contact, with its campaign as committed.

    Raises:
        UnknownContactError: there is none.
    """
    campaign_id = await _CAMPAIGN_OF.scalar(connection, {"contact": contact_id})
    if campaign_id is None:
        raise UnknownContactError(contact_id)
    campaign, state = await load_campaign(connection, campaign_id)
    found = await load_cases(
        connection, campaign, state, [contact_id], now, without_attempt=without_attempt
    )
    return found[contact_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What is the same for all contacts of a look-up. None: no law asks for it."""

    entries: Entries
    patterns: Patterns
    calls: Mapping[str, Sequence[NumberCall]] | None
    answered: Answered | None


async def _around(
    connection: AsyncConnection, campaign: Campaign, known: Iterable[Known], now: datetime
) -> _Around:
    back, days = counted_back(campaign), block_days(campaign)
    e164s = sorted({number.e164 for one in known for number in one.contact.numbers})
    asked = [of_numbers(e164s, campaign.id), of_patterns()]
    if back is not None:
        asked.append(of_calls(e164s, now - back))
    listed, version, *calls = await together(connection, *asked)
    return _Around(
        entries=entries_of(listed),
        patterns=await patterns_of(connection, version),
        calls=None if back is None else calls_of(*calls),
        answered=None if days is None else await load_answered(connection, campaign, now),
    )


def _facts(
    campaign: Campaign, state: CampaignState, known: Known, around: _Around, now: datetime
) -> Facts:
    barred = barred_by(known.contact, around.entries, around.patterns, now)
    return Facts(
        campaign=campaign,
        campaign_state=state,
        contact=known.contact,
        do_not_call=None if barred is None else barred.reason,
        do_not_call_until=None if barred is None else barred.expires_at,
        in_call=known.in_call,
        engine=None,
        number_calls=_calls(known, around.calls),
        answered=around.answered,
    )


def _calls(
    known: Known, calls: Mapping[str, Sequence[NumberCall]] | None
) -> tuple[NumberCall, ...] | None:
    if calls is None:
        return None
    return tuple(call for number in known.contact.numbers for call in calls.get(number.e164, ()))
