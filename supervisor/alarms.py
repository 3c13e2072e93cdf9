"""Alarms that never cry wolf: told when something lasts, cleared when it is over for good.

Owns: which alarms stand, since when, and who has acknowledged them. What is wrong in a single
picture is `supervisor.alarm_rules`'. Must not know clocks: a picture's own instant is the time.

An alarm is raised after 10 s in breach and cleared after 30 s in health; while it stands, the
limits are a little tighter, so that a figure on the line does not make it come and go. What is not
seen raises and clears nothing: pictures with a gap between them, and a link that is down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from supervisor.alarm_rules import (
    ACTS,
    AlarmCode,
    Finding,
    Kind,
    Limits,
    findings,
    rests_on_the_link,
)
from supervisor.last_hour import Recent
from supervisor.latch import Latch
from supervisor.snapshot import AlarmLevel, AlarmView, Snapshot

RAISE_AFTER_S: Final = 10.0
CLEAR_AFTER_S: Final = 30.0
GAP_S: Final = 3.0
"""Between two pictures further apart, nobody knows what was."""

Subject = tuple[AlarmCode, Kind, str]


@dataclass(slots=True)
class _Standing:
    """One thing that is or may become an alarm, with a latch for each level."""

    attention: Latch = field(default_factory=Latch)
    alarm: Latch = field(default_factory=Latch)
    since: datetime | None = None
    params: dict[str, str] = field(default_factory=dict)
    acknowledged: tuple[str, datetime] | None = None

    @property
    def level(self) -> AlarmLevel | None:
        """The worst level that has lasted; None: nobody is told."""
        if self.alarm.raised:
            return AlarmLevel.ALARM
        return AlarmLevel.ATTENTION if self.attention.raised else None

    @property
    def idle(self) -> bool:
        """Nothing is wrong, and nothing was of late."""
        return self.attention.idle and self.alarm.idle

    def unseen(self) -> None:
        """Nobody looked for a while."""
        self.attention.unseen()
        self.alarm.unseen()


class Alarms:
    """The alarms of one engine."""

    def __init__(self) -> None:
        self._standing: dict[Subject, _Standing] = {}
        self._seen_at: datetime | None = None
        self._views: tuple[AlarmView, ...] | None = None

    def seen(self, snapshot: Snapshot, recent: Recent, limits: Limits) -> None:
        """One more picture, newer than the last one; after a gap all delays begin anew."""
        at, before = snapshot.ts, self._seen_at
        self._seen_at, self._views = at, None
        if before is not None and not 0 <= (at - before).total_seconds() <= GAP_S:
            for standing in self._standing.values():
                standing.unseen()
        strict = _by_subject(findings(snapshot, recent, limits))
        # The tighter limits are asked only where something stands: a floor has hundreds of agents.
        stands = any(standing.level for standing in self._standing.values())
        eased = _by_subject(findings(snapshot, recent, limits.eased())) if stands else {}
        for subject in [*dict.fromkeys([*self._standing, *strict])]:
            if snapshot.link_up or not rests_on_the_link(subject[0]):
                self._look(subject, strict.get(subject, {}), eased.get(subject, {}), at)
            else:
                self._unseen(subject)

    def views(self) -> tuple[AlarmView, ...]:
        """Those that stand, the newest first; the same ones until something is looked at anew."""
        if self._views is None:
            self._views = self._viewed()
        return self._views

    def _viewed(self) -> tuple[AlarmView, ...]:
        views = [
            _view(subject, standing, level)
            for subject, standing in self._standing.items()
            if (level := standing.level) is not None
        ]
        return tuple(sorted(views, key=lambda view: (-view.since.timestamp(), view.id)))

    def acknowledge(self, alarm: str, by: str, at: datetime) -> AlarmView | None:
        """Somebody sees to it: it is silent for all until it gets worse. None: there is none."""
        for subject, standing in self._standing.items():
            level = standing.level
            if level is not None and _id(subject, standing) == alarm:
                standing.acknowledged = standing.acknowledged or (by, at)
                self._views = None
                return _view(subject, standing, level)
        return None

    def _look(
        self,
        subject: Subject,
        strict: Mapping[AlarmLevel, Finding],
        eased: Mapping[AlarmLevel, Finding],
        at: datetime,
    ) -> None:
        standing = self._standing.setdefault(subject, _Standing())
        before = standing.level
        _latch(standing.attention, AlarmLevel.ATTENTION, strict, eased, at)
        _latch(standing.alarm, AlarmLevel.ALARM, strict, eased, at)
        worst = strict.get(AlarmLevel.ALARM) or strict.get(AlarmLevel.ATTENTION)
        if worst is not None:
            standing.params = dict(worst.params)
        if before is None:
            standing.since = standing.attention.since or standing.alarm.since
        if before is not AlarmLevel.ALARM and standing.level is AlarmLevel.ALARM:
            standing.acknowledged = None
        if standing.idle:
            del self._standing[subject]

    def _unseen(self, subject: Subject) -> None:
        standing = self._standing[subject]
        standing.unseen()
        if standing.idle:
            del self._standing[subject]


def _latch(
    latch: Latch,
    level: AlarmLevel,
    strict: Mapping[AlarmLevel, Finding],
    eased: Mapping[AlarmLevel, Finding],
    at: datetime,
) -> None:
    """By the tighter limits while it is raised. What is an alarm is worth attention as well."""
    found = eased if latch.raised else strict
    finding = found.get(level) or found.get(AlarmLevel.ALARM)
    after_s = finding.after_s if finding is not None else None
    latch.looked(
        at,
        in_breach=finding is not None,
        raise_after_s=RAISE_AFTER_S if after_s is None else after_s,
        clear_after_s=CLEAR_AFTER_S,
    )


def _by_subject(found: Iterable[Finding]) -> dict[Subject, dict[AlarmLevel, Finding]]:
    by_subject: dict[Subject, dict[AlarmLevel, Finding]] = {}
    for finding in found:
        subject = (finding.code, finding.kind, finding.name)
        by_subject.setdefault(subject, {})[finding.level] = finding
    return by_subject


def _view(subject: Subject, standing: _Standing, level: AlarmLevel) -> AlarmView:
    code, kind, name = subject
    by, at = standing.acknowledged or ("", None)
    assert standing.since is not None  # noqa: S101  whatever stands has begun
    return AlarmView(
        id=_id(subject, standing),
        code=code.value,
        level=level.value,
        kind=kind.value,
        name=name,
        since=standing.since,
        act=ACTS[code].value,
        params=standing.params,
        acknowledged_by=by,
        acknowledged_at=at,
    )


def _id(subject: Subject, standing: _Standing) -> str:
    code, _, name = subject
    began = f"{standing.since:%Y%m%dT%H%M%S}" if standing.since else ""
    return ".".join(part for part in (code.value, name, began) if part)
