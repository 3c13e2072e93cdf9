"""The five figures at the top of the board: what to know before all else.

Owns: what each is made of, and how it is explained. What is marked follows the alarms of the
engine, so that no figure cries wolf. Looks at its arguments only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from config.words import QUEUE_PREFIX
from supervisor.alarm_rules import AlarmCode
from supervisor.kpi import Figure, Formula, ratio
from supervisor.snapshot import AgentLook, AlarmLevel, AlarmView, CampaignView, MinuteView, Snapshot
from supervisor.terminal_text import FEW, duration, rate
from supervisor.words import Translate, norm_rate, norm_sentence

QUARTER: Final = 15
HALF_HOUR: Final = 30
STEADY: Final = 0.05
"""What changed by less than this part goes neither up nor down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One figure. `level`: of its alarm. `spark`: by minute of the last hour, for a small chart.

    `trend`: of the last quarter of an hour beside the one before: -1, 0 or 1.
    """

    title: str
    value: str
    detail: str
    explained: tuple[str, ...]
    level: AlarmLevel | None = None
    spark: tuple[float, ...] = ()
    trend: int = 0


def headlines(snapshot: Snapshot, _: Translate) -> list[Headline]:
    """All five, in their order."""
    return [
        _waiting(snapshot, _),
        _service_level(snapshot, _),
        _abandoned(snapshot, _),
        _free(snapshot, _),
        _answering(snapshot, _),
    ]


def _waiting(snapshot: Snapshot, _: Translate) -> Headline:
    waiting = sum(queue.waiting for queue in snapshot.queues)
    waits = [queue.longest_wait_s for queue in snapshot.queues if queue.longest_wait_s is not None]
    where = max(snapshot.queues, key=lambda queue: queue.longest_wait_s or 0.0, default=None)
    said = _("Callers who wait now, in all queues, and how long the first of them has waited.")
    return Headline(
        title=_("Waiting/longest"),
        value=f"{waiting}  {duration(max(waits))}" if waits else f"{waiting}",
        detail=where.name.removeprefix(QUEUE_PREFIX) if where is not None and waits else "",
        explained=(said,),
        level=_level(snapshot, AlarmCode.QUEUE_WAIT, AlarmCode.QUEUE_UNSTAFFED),
        spark=_spark(snapshot, lambda minute: minute.waiting),
        trend=_trend(snapshot, lambda minute: (minute.waiting, 1)),
    )


def _service_level(snapshot: Snapshot, _: Translate) -> Headline:
    within = sum(queue.service_level.numerator for queue in snapshot.queues)
    of = sum(queue.service_level.denominator for queue in snapshot.queues)
    today = ratio(within, of, round(of), "today", Formula.SL_LIVE)
    late = _sum(snapshot.minutes[-HALF_HOUR:], lambda m: (m.served_within, m.served))
    limits = {f"{queue.threshold_s:g}" for queue in snapshot.queues}
    said = _("Answered within the threshold ÷ all whose wait is over, and who wait longer than it.")
    counts = _("Today {part:g} ÷ {of:g}; in the last 30 minutes {late}.")
    return Headline(
        title=_("In time, {s} s").format(s="/".join(sorted(limits)) or "20"),
        value=_short(today),
        detail=_("30 min: {rate}").format(rate=_short(late)),
        explained=(said, counts.format(part=within, of=of, late=_long(late))),
        level=_level(snapshot, AlarmCode.SERVICE_LEVEL),
        spark=_spark(snapshot, lambda m: m.served_within / m.served if m.served else 1.0),
        trend=_trend(snapshot, lambda minute: (minute.served_within, minute.served)),
    )


def _abandoned(snapshot: Snapshot, _: Translate) -> Headline:
    """Of the campaign that is nearest to its cap."""
    figures = [(_abandons(campaign), campaign) for campaign in snapshot.campaigns]
    worst = max(figures, key=lambda pair: pair[0].value or 0.0, default=None)
    said = _("Calls that a person answered and no agent could take ÷ all that a person answered.")
    if worst is None:
        return Headline(title=_("Abandoned"), value="–", detail="", explained=(said,))
    figure, campaign = worst
    pace = campaign.pace
    left = "" if pace is None else _("{n} more may be").format(n=max(int(pace.left), 0))
    counts = _("{name}: {part:g} ÷ {of:g}.").format(
        name=campaign.name, part=figure.numerator, of=figure.denominator
    )
    block = _("By the law's block of 30 days, where the campaign is predictive; else in this run.")
    return Headline(
        title=_("Abandoned"),
        value=_fine(figure),
        detail=left or campaign.name,
        explained=(said, counts, block),
        level=_level(snapshot, AlarmCode.ABANDON_CAP),
        spark=_spark(snapshot, lambda minute: minute.abandoned),
        trend=_trend(snapshot, lambda minute: (minute.abandoned, minute.live)),
    )


def _abandons(campaign: CampaignView) -> Figure:
    pace = campaign.pace
    if pace is None:
        lost, reached, window = campaign.abandoned, campaign.live, "run"
    else:
        lost, reached, window = pace.block_abandoned, pace.block_answered, "block"
    return ratio(lost, reached, reached, window, Formula.DROP_US)


def _free(snapshot: Snapshot, _: Translate) -> Headline:
    counts = snapshot.agent_counts
    ready = counts.get(AgentLook.READY, 0)
    there = sum(counts.values()) - counts.get(AgentLook.SIGNED_OUT, 0)
    paused = counts.get(AgentLook.PAUSED, 0)
    said = _("Agents who can take a call now, of those who are signed in.")
    return Headline(
        title=_("Free/signed in"),
        value=f"{ready} / {there}",
        detail=_("{n} on break").format(n=paused) if paused else "",
        explained=(said,),
        level=_level(snapshot, AlarmCode.NO_FREE_AGENT),
        spark=_spark(snapshot, lambda minute: minute.free),
        trend=_trend(snapshot, lambda minute: (minute.free, 1)),
    )


def _answering(snapshot: Snapshot, _: Translate) -> Headline:
    """Beside the same hour of other days; where little is on file of these, beside this run."""
    late = _sum(snapshot.minutes[-QUARTER:], lambda minute: (minute.live, minute.placed))
    placed = sum(campaign.placed for campaign in snapshot.campaigns)
    answered = sum(campaign.live for campaign in snapshot.campaigns)
    run = ratio(answered, placed, placed, "run", Formula.OUTBOUND_ANSWER_RATE)
    said = _("Outbound calls that a person answered ÷ placed, in the last 15 minutes.")
    counts = _("{late}; since the engine started {run}.").format(late=_long(late), run=_long(run))
    norm = snapshot.norm
    if norm is None:
        usual = _("The norm is this run's own: too few calls of this hour are on file.")
        detail = _("run: {rate}").format(rate=_short(run))
    else:
        usual = norm_sentence(norm, _)
        detail = _("norm: {rate}").format(rate=norm_rate(norm))
    return Headline(
        title=_("Answered 15 min"),
        value=_short(late),
        detail=detail,
        explained=(said, counts, usual),
        level=_level(snapshot, AlarmCode.ANSWER_RATE, AlarmCode.NETWORK_FAILS),
        spark=_spark(snapshot, lambda m: m.live / m.placed if m.placed else 0.0),
        trend=_trend(snapshot, lambda minute: (minute.live, minute.placed)),
    )


# ── pieces ───────────────────────────────────────────────────────────────────────────────


def _level(snapshot: Snapshot, *codes: AlarmCode) -> AlarmLevel | None:
    """The worst level of the alarms of these codes."""
    levels = {alarm.level for alarm in snapshot.alarms if _is_of(alarm, codes)}
    return next((level for level in reversed(AlarmLevel) if level in levels), None)


def _is_of(alarm: AlarmView, codes: Sequence[AlarmCode]) -> bool:
    return any(alarm.code == code for code in codes)


def _sum(
    minutes: Sequence[MinuteView], counts: Callable[[MinuteView], tuple[float, float]]
) -> Figure:
    pairs = [counts(minute) for minute in minutes]
    part, of = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    return ratio(part, of, round(of), f"{len(minutes)} min", Formula.SL_LIVE)


def _spark(snapshot: Snapshot, value: Callable[[MinuteView], float]) -> tuple[float, ...]:
    return tuple(float(value(minute)) for minute in snapshot.minutes)


def _trend(snapshot: Snapshot, counts: Callable[[MinuteView], tuple[float, float]]) -> int:
    """Up or down, where both quarters of an hour have something to say."""
    late = _sum(snapshot.minutes[-QUARTER:], counts)
    before = _sum(snapshot.minutes[-2 * QUARTER : -QUARTER], counts)
    if late.value is None or before.value is None:
        return 0
    off = late.value - before.value
    if abs(off) <= STEADY * max(abs(before.value), STEADY):
        return 0
    return 1 if off > 0 else -1


def _short(figure: Figure) -> str:
    """`74 %`, or `3/7` of few, or a dash of none."""
    if figure.value is None:
        return "–"
    if figure.n < FEW:
        return f"{figure.numerator:g}/{figure.denominator:g}"
    return f"{100 * figure.value:.0f} %"


def _fine(figure: Figure) -> str:
    """The same with a decimal: caps are small."""
    if figure.value is None or figure.n < FEW:
        return _short(figure)
    return f"{100 * figure.value:.1f} %"


def _long(figure: Figure) -> str:
    return rate(figure)
