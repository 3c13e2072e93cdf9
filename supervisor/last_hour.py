"""The last hour, minute by minute, as the pictures have shown it.

Owns: the points of the charts, and what queues and campaigns did of late. It is live data: it
begins anew with the engine, and what an earlier run did is in the reports. Bounded by an hour, and
by the queues and campaigns there are. Must not know clocks or limits.

Pictures carry counts that grow: what a minute adds is the difference. A queue's count that falls
begins anew, with a new day. A campaign's goes on for the whole run, and falls when a call turns out
never to have reached the network: that is taken back.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from campaigns.outcomes import Outcome
from supervisor.snapshot import AgentLook, CampaignView, MinuteView, QueueView, Snapshot

MINUTES: Final = 60
SERVICE_MINUTES: Final = 30
ANSWER_MINUTES: Final = 15
NETWORK_FAULTS: Final = (Outcome.CONGESTION, Outcome.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`part` of `of`."""

    part: int = 0
    of: int = 0

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 of nothing is 0."""
        return self.part / self.of if self.of else 0.0


@dataclass(slots=True)
class _Grown:
    """A count that grows, and by how much in each minute that is kept."""

    last: int | None = None
    total: int = 0
    by_minute: dict[datetime, int] = field(default_factory=dict)

    def saw(self, count: int, minute: datetime, *, begins_anew: bool) -> int:
        """By how much it is more than at the last look; the first look is where it begins."""
        before, self.last = self.last, count
        grown = 0 if before is None else count - before
        if grown < 0 and begins_anew:
            grown = count
        self.total += grown
        if grown:
            self.by_minute[minute] = self.by_minute.get(minute, 0) + grown
        return grown

    def forget(self, before: datetime) -> None:
        for minute in [minute for minute in self.by_minute if minute < before]:
            del self.by_minute[minute]

    def since(self, minute: datetime) -> int:
        return sum(count for at, count in self.by_minute.items() if at >= minute)


class Recent:
    """What queues and campaigns did of late, by name."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, str], _Grown] = defaultdict(_Grown)
        self._minute: datetime | None = None

    def begin(self, minute: datetime) -> None:
        """What follows was seen in this minute; what is older than an hour goes."""
        if minute != self._minute:
            self._minute = minute
            for grown in self._counts.values():
                grown.forget(minute - timedelta(minutes=MINUTES))

    def saw(self, name: str, what: str, count: int, *, begins_anew: bool = False) -> int:
        """By how much a count has grown. `begins_anew`: one that falls counts from nothing."""
        assert self._minute is not None  # noqa: S101  the caller's first step
        return self._counts[name, what].saw(count, self._minute, begins_anew=begins_anew)

    def keep(self, names: Iterable[str]) -> None:
        """Queues and campaigns of other names are gone."""
        known = set(names)
        for key in [key for key in self._counts if key[0] not in known]:
            del self._counts[key]

    def service_level(self, queue: str) -> Share:
        """Of the callers whose wait ended in the last half hour, who was answered in time."""
        since = self._ago(SERVICE_MINUTES)
        return Share(
            part=self._since(_queue_key(queue), "within", since),
            of=self._since(_queue_key(queue), "served", since),
        )

    def answers(self, campaign: str) -> tuple[Share, Share]:
        """Of the calls placed in the last quarter of an hour, whom a person answered; and before.

        Before: as long as this has been looked at.
        """
        key, since = _campaign_key(campaign), self._ago(ANSWER_MINUTES)
        late = _share(self._since(key, "live", since), self._since(key, "placed", since))
        part, of = self._counts[key, "live"].total, self._counts[key, "placed"].total
        return late, _share(part - late.part, of - late.of)

    def network_fails(self, campaign: str) -> Share:
        """Of the calls that ended in the last quarter of an hour, whom no network carried."""
        key, since = _campaign_key(campaign), self._ago(ANSWER_MINUTES)
        return Share(part=self._since(key, "fails", since), of=self._since(key, "ended", since))

    def _since(self, name: str, what: str, minute: datetime) -> int:
        return self._counts[name, what].since(minute)

    def _ago(self, minutes: int) -> datetime:
        assert self._minute is not None  # noqa: S101  asked only after a look
        return self._minute - timedelta(minutes=minutes - 1)


def _share(part: int, of: int) -> Share:
    """What was taken back of an earlier minute may be more than there is in this one."""
    whole = max(of, 0)
    return Share(part=min(max(part, 0), whole), of=whole)


def _queue_key(name: str) -> str:
    return f"queue {name}"


def _campaign_key(name: str) -> str:
    return f"campaign {name}"


class LastHour:
    """The minutes of the last hour; `recent` has the same by queue and campaign."""

    def __init__(self) -> None:
        self.recent = Recent()
        self._minutes: deque[MinuteView] = deque(maxlen=MINUTES)

    @property
    def minutes(self) -> tuple[MinuteView, ...]:
        """The oldest first; a minute without any picture is not there."""
        return tuple(self._minutes)

    def saw(self, snapshot: Snapshot) -> None:
        """One more picture, not older than the last one."""
        at = snapshot.ts.replace(second=0, microsecond=0)
        self.recent.begin(at)
        if not self._minutes or self._minutes[-1].at < at:
            self._minutes.append(MinuteView(at=at, free=_free(snapshot)))
        self._minutes[-1] = self._added(self._minutes[-1], snapshot)
        names = [_queue_key(queue.name) for queue in snapshot.queues]
        self.recent.keep([*names, *(_campaign_key(one.name) for one in snapshot.campaigns)])

    def _added(self, minute: MinuteView, snapshot: Snapshot) -> MinuteView:
        served = [self._served(queue) for queue in snapshot.queues]
        placed = [self._placed(campaign) for campaign in snapshot.campaigns]
        return replace(
            minute,
            waiting=max(minute.waiting, sum(queue.waiting for queue in snapshot.queues)),
            calls=max(minute.calls, snapshot.calls.total),
            free=min(minute.free, _free(snapshot)),
            served=minute.served + sum(share.of for share in served),
            served_within=minute.served_within + sum(share.part for share in served),
            placed=max(minute.placed + sum(counts[0] for counts in placed), 0),
            answered=minute.answered + sum(counts[1] for counts in placed),
            machines=minute.machines + sum(counts[2] for counts in placed),
            abandoned=minute.abandoned + sum(counts[3] for counts in placed),
        )

    def _served(self, queue: QueueView) -> Share:
        """By how much the callers of a queue have become more, and those in time."""
        key, over = _queue_key(queue.name), queue.answered + queue.abandoned + queue.left
        in_time = round(queue.service_level.numerator)
        within = self.recent.saw(key, "within", in_time, begins_anew=True)
        return Share(part=within, of=self.recent.saw(key, "served", over, begins_anew=True))

    def _placed(self, campaign: CampaignView) -> tuple[int, int, int, int]:
        key, saw = _campaign_key(campaign.name), self.recent.saw
        saw(key, "ended", sum(campaign.outcomes.values()))
        saw(key, "live", campaign.live)
        saw(key, "fails", sum(campaign.outcomes.get(fault, 0) for fault in NETWORK_FAULTS))
        return (
            saw(key, "placed", campaign.placed),
            saw(key, "answered", campaign.answered),
            saw(key, "machines", campaign.machines),
            saw(key, "abandoned", campaign.abandoned),
        )


def _free(snapshot: Snapshot) -> int:
    return snapshot.agent_counts.get(AgentLook.READY, 0)
