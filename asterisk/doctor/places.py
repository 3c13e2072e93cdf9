"""Places that are kept for who is to be called back, in queues that have left the settings.

Owns: this check. Must not know where places are kept, nor whose turn it is. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from asterisk.doctor.codes import Check, Code
from asterisk.doctor.findings import Finding, found
from campaigns.campaign import Campaign
from dialer.messages import KeptPlace


def examine_places(
    places: Iterable[KeptPlace], campaigns: Iterable[Campaign], queues: Collection[str]
) -> list[Finding]:
    """Say of each such queue how many places there are, and who calls them now."""
    by_id = {campaign.id: campaign for campaign in campaigns}
    gone = Counter(
        (place.campaign_id, place.place.queue)
        for place in places
        if place.place.queue not in queues and not place.end
    )
    return [
        _finding(by_id[campaign], queue, count, queues)
        for (campaign, queue), count in sorted(gone.items())
        if campaign in by_id
    ]


def _finding(campaign: Campaign, gone: str, count: int, queues: Collection[str]) -> Finding:
    code = Code.PLACES_MOVED if campaign.queue in queues else Code.PLACES_STUCK
    facts = {"n": count, "gone": gone, "campaign": campaign.name, "queue": campaign.queue}
    return found(Check.QUEUES, code, **facts)
