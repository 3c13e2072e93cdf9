"""The engine's side of the answer rate's norm: read once an hour, beside the calls.

Owns: when the database is asked, and what holds while it is away: what was known last, and where
nothing was, nothing (whoever looks falls back on this run's own). The rule is
`supervisor.answer_norm`'s.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from campaigns.calendars import Calendar
from campaigns.campaign import Campaign
from store.answer_hours import answers_in_hour
from store.database import Database
from store.errors import StoreError
from supervisor.answer_norm import DayCount, NormView, norm_of, same_hours

log = structlog.get_logger()

LOOK_EVERY_S: Final = 60.0
"""Whether another hour has begun; while the database is away, so often it is asked again."""

REST_S: Final = 0.25
"""Between two of the 28 hours: claims and cards read from the same few connections."""


class AnswerNorms:
    """The norms of one engine's campaigns for the hour that was read last.

    `zone` names the site's zone as it is set now; `utc_now` reads the clock.
    """

    def __init__(
        self, database: Database, zone: Callable[[], str], utc_now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._zone = zone
        self._utc_now = utc_now
        self._read_for: tuple[str, datetime] | None = None
        self._hour = 0
        self._today = date.min
        self._counts: Mapping[int, list[DayCount]] = {}
        self._norms: dict[tuple[int, Calendar | None], NormView | None] = {}

    def of(self, campaign: Campaign) -> NormView | None:
        """The campaign's norm; None: too few calls are on file, or none could be read yet."""
        key = campaign.id, campaign.calendar
        if key not in self._norms:
            self._norms[key] = norm_of(
                self._counts.get(campaign.id, ()),
                hour=self._hour,
                today=self._today,
                calendar=campaign.calendar,
            )
        return self._norms[key]

    async def read(self) -> bool:
        """Read the hour that it is now, unless it is the one that is known. True: it was read.

        Raises:
            StoreError: the database is away; what was known stays.
        """
        now, zone_name = self._utc_now(), self._zone()
        zone = ZoneInfo(zone_name)
        local = now.astimezone(zone)
        read_for = zone_name, local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        if read_for == self._read_for:
            return False
        counts: defaultdict[int, list[DayCount]] = defaultdict(list)
        for hour in same_hours(now, zone):
            found = await answers_in_hour(self._database, hour.begins, hour.ends)
            for campaign, count in found.items():
                counts[campaign].append(
                    DayCount(day=hour.day, placed=count.placed, answered=count.answered)
                )
            await asyncio.sleep(REST_S)
        self._read_for, self._hour, self._today = read_for, local.hour, local.date()
        self._counts, self._norms = counts, {}
        return True


async def mind_answer_norms(norms: AnswerNorms) -> None:
    """Until cancelled: have the norms of the hour. Nothing that befalls it may stop the dialing."""
    this = asyncio.current_task()
    is_told = False
    while True:
        try:
            await norms.read()
        except Exception as error:
            # A query that is cancelled may end as a fault of the connection, and we would stay.
            if this is not None and this.cancelling():
                return
            if not is_told and isinstance(error, StoreError):
                log.warning("answer_norm.not_read", fault=str(error))
            elif not is_told:
                log.exception("answer_norm.fell")
            is_told = True
        else:
            is_told = False
        await asyncio.sleep(LOOK_EVERY_S)
