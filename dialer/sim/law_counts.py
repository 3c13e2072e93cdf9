"""How many answered, and how many of them heard nobody, as the law counts: by day and block.

Owns: these counts in a run, where the database keeps them live (`store.answers`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from campaigns.campaign import Campaign
from campaigns.law.abandonment import Answered, Windows, abandon_rules, block_at
from campaigns.outcomes import Branch, Outcome, rule_of

USUAL_BLOCK_DAYS = 30
NOBODY = frozenset({Outcome.MACHINE, Outcome.FAX})
"""Who answered was no person."""

_NONE = Answered(live=0, abandoned=0)


class LawCounts:
    """Counts of one campaign. `before`: what stands on file when the run begins, at `now`."""

    def __init__(self, campaign: Campaign, before: Windows | None, now: datetime) -> None:
        self._campaign = campaign
        rules = abandon_rules(campaign.law, campaign.regulations, campaign.mode)
        self._days = min((rule.block_days for rule in rules), default=USUAL_BLOCK_DAYS)
        self._windows = before or Windows(day=_NONE, block=_NONE)
        self._first = now

    def at(self, now: datetime) -> Windows:
        """The counts at `now`; a new day, and a new block, start clean."""
        day, block = self._windows.day, self._windows.block
        if day.ends is None or now >= day.ends:
            today = block_at(now, self._campaign.zone, 1, now)
            over = _NONE if day.ends is not None else day
            self._windows = replace(self._windows, day=replace(over, ends=today.ends))
        if block.ends is None or now >= block.ends:
            first = self._first if block.ends is None else block.ends
            ends = block_at(first, self._campaign.zone, self._days, now).ends
            over = _NONE if block.ends is not None else block
            self._windows = replace(self._windows, block=replace(over, ends=ends))
        return self._windows

    def ended(self, outcome: Outcome, now: datetime) -> None:
        """A call has its outcome."""
        abandoned = outcome is Outcome.ABANDONED
        talked = rule_of(outcome).branch is Branch.CONNECTED and outcome not in NOBODY
        if abandoned or talked:
            windows = self.at(now)
            self._windows = Windows(
                day=_one_more(windows.day, abandoned=abandoned),
                block=_one_more(windows.block, abandoned=abandoned),
            )


def _one_more(counts: Answered, *, abandoned: bool) -> Answered:
    return replace(counts, live=counts.live + 1, abandoned=counts.abandoned + abandoned)
