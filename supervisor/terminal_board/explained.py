"""What a row says when it is opened: every figure with what it rests on, every standstill with why.

Owns: the lines of the detail window. Looks at its arguments only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from campaigns.cli.pace import limit_sentence
from config.words import QUEUE_PREFIX
from supervisor import terminal_outcomes
from supervisor.alarm_rules import Kind
from supervisor.alarm_words import act_words, alarm_sentence
from supervisor.kpi import Figure
from supervisor.snapshot import AgentView, AlarmView, CampaignView, PaceView, QueueView, Snapshot
from supervisor.terminal_board.order import Subject
from supervisor.terminal_text import duration, line, mean_seconds, rate
from supervisor.words import (
    Translate,
    agent_words,
    campaign_state_word,
    norm_sentence,
    pause_word,
    why_sentence,
)

OUTCOME_ROWS = 9
MOST_CALLERS = 12


def explained(snapshot: Snapshot, subject: Subject, width: int, _: Translate) -> list[Text]:
    """The lines of one subject; none where it is gone."""
    lines = [*_about(snapshot, subject, width, _)]
    if not lines:
        return []
    alarms = [
        one for one in snapshot.alarms if (one.kind, one.name) == (subject.kind, subject.name)
    ]
    zone = ZoneInfo(snapshot.zone)
    return [*lines, *(line for alarm in alarms for line in _alarm(alarm, zone, _))]


def title(snapshot: Snapshot, subject: Subject) -> str:
    """What the window is headed with."""
    named = {agent.agent: agent.name for agent in snapshot.agents}
    if subject.kind is Kind.AGENT:
        return f"{subject.name} {named.get(subject.name, '')}".strip()
    if subject.kind is Kind.QUEUE:
        return subject.name.removeprefix(QUEUE_PREFIX)
    return subject.name or snapshot.site


def _about(snapshot: Snapshot, subject: Subject, width: int, _: Translate) -> Iterator[Text]:
    name = subject.name
    match subject.kind:
        case Kind.QUEUE:
            for queue in (one for one in snapshot.queues if one.name == name):
                yield from _queue(queue, snapshot, _)
        case Kind.CAMPAIGN:
            for campaign in (one for one in snapshot.campaigns if one.name == name):
                yield from _campaign(campaign, width, _)
        case Kind.AGENT:
            for agent in (one for one in snapshot.agents if one.agent == name):
                yield from _agent(agent, snapshot, _)
        case Kind.SITE:
            yield line(_("Alarms of the whole site."))


def _fact(word: str, value: str) -> Text:
    return line((f"{word}  ", "bold"), value)


# ── queues ───────────────────────────────────────────────────────────────────────────────


def _queue(queue: QueueView, snapshot: Snapshot, _: Translate) -> Iterator[Text]:
    level, s = queue.service_level, f"{queue.threshold_s:g}"
    yield _fact(_("Service level {s} s").format(s=s), f"{rate(level)} = {_division(level)}")
    yield line(
        _("  answered within {s} s ÷ all whose wait is over or longer than that").format(s=s)
    )
    yield _fact("ASA", f"{mean_seconds(queue.asa)} = {_division(queue.asa)}")
    if queue.abandon_rate is not None:
        yield _fact(_("given up"), f"{rate(queue.abandon_rate)} = {_division(queue.abandon_rate)}")
        said = _("  without {n} who hung up within {s} s")
        yield line(said.format(n=queue.short_abandons, s=f"{queue.short_abandon_s:g}"))
    counts = _(
        "{offered} offered, {answered} answered, {abandoned} given up, {left} left otherwise"
    )
    yield _fact(
        _("today"),
        counts.format(
            offered=queue.offered,
            answered=queue.answered,
            abandoned=queue.abandoned,
            left=queue.left,
        ),
    )
    serving = sum(queue.name in agent.queues for agent in snapshot.agents)
    free = _("{free} free of {all} who serve it, {lent} lent in")
    yield _fact(
        _("Agents"),
        free.format(free=queue.agents_available, all=serving, lent=queue.agents_lent),
    )
    yield from _callers(queue, snapshot, _)


def _callers(queue: QueueView, snapshot: Snapshot, _: Translate) -> Iterator[Text]:
    yield _fact(_("waiting"), str(queue.waiting))
    for caller in queue.callers[:MOST_CALLERS]:
        waited = duration((snapshot.ts - caller.joined_at).total_seconds())
        number = caller.number or _("withheld")
        yield line(f"  {waited:>8}  {number}")


def _division(figure: Figure) -> str:
    return f"{figure.numerator:g} ÷ {figure.denominator:g}"


# ── campaigns ────────────────────────────────────────────────────────────────────────────


def _campaign(campaign: CampaignView, width: int, _: Translate) -> Iterator[Text]:
    yield _fact(_("state"), campaign_state_word(campaign.state, _))
    if campaign.why is not None:
        yield _fact(_("why it does not dial"), why_sentence(campaign.why, _))
    counts = _("{open} open, {due} due, {calls} in calls, {tried} tried in this run")
    yield _fact(
        _("list"),
        counts.format(
            open=campaign.open,
            due=campaign.due,
            calls=campaign.in_calls,
            tried=campaign.tried_this_run,
        ),
    )
    if campaign.placed:
        percent = f"{100 * campaign.live / campaign.placed:.0f} %"
        yield _fact(_("answered"), f"{percent} = {campaign.live} ÷ {campaign.placed}")
    if campaign.norm is not None:
        yield _fact(_("usually"), norm_sentence(campaign.norm, _))
    if campaign.pace is not None:
        yield from _pace(campaign.pace, _)
    yield line()
    yield from terminal_outcomes.bars(campaign.outcomes, width, OUTCOME_ROWS, _)


def _pace(pace: PaceView, _: Translate) -> Iterator[Text]:
    """Why so many calls and not one more."""
    yield _fact(_("pacing"), limit_sentence(pace.limit))
    reckoned = _("{placed} placed, {flight} on their way; {free} free, {soon:.1f} soon")
    yield line(
        "  "
        + reckoned.format(
            placed=pace.placed, flight=pace.in_flight, free=pace.free, soon=pace.expected_free
        )
    )
    lost = _("abandoned {lost} ÷ {reached}, cap {cap:g} %, {left:.1f} more may be")
    told = lost.format(
        lost=pace.block_abandoned, reached=pace.block_answered, cap=100 * pace.cap, left=pace.left
    )
    yield line(f"  {told}")


# ── agents ───────────────────────────────────────────────────────────────────────────────


def _agent(agent: AgentView, snapshot: Snapshot, _: Translate) -> Iterator[Text]:
    state = agent_words(_)[agent.look]
    why = pause_word(agent.pause_reason, _) if agent.pause_reason else ""
    told = " · ".join(part for part in (state, why, duration(agent.lasts_s(snapshot.ts))) if part)
    yield _fact(_("state"), told)
    with_whom = " · ".join(part for part in (agent.number, agent.campaign or agent.queue) if part)
    if with_whom:
        yield _fact(_("call"), with_whom)
    serves = ", ".join(queue.removeprefix(QUEUE_PREFIX) for queue in agent.queues)
    yield _fact(_("Queues"), serves or "–")
    if agent.lent_to is not None:
        until = "" if agent.lent_until is None else _clock(agent.lent_until, snapshot)
        said = _("lent to {queue}").format(queue=agent.lent_to.removeprefix(QUEUE_PREFIX))
        yield line(f"  {said} {until}".rstrip())
    if agent.skills:
        skills = ", ".join(f"{name} {level}" for name, level in agent.skills.items())
        yield _fact(_("skills"), skills)
    if agent.undisposed:
        yield _fact(_("undisposed"), str(agent.undisposed))


# ── alarms ───────────────────────────────────────────────────────────────────────────────


def _alarm(alarm: AlarmView, zone: ZoneInfo, _: Translate) -> Iterator[Text]:
    yield line()
    yield line((("■ " if alarm.level == "alarm" else "▲ ") + alarm_sentence(alarm, _), "bold"))
    since = alarm.since.astimezone(zone).strftime("%H:%M:%S")
    act = act_words(_).get(alarm.act, "")
    yield line(_("  since {time}; first: {act}").format(time=since, act=act))
    if alarm.acknowledged_by:
        yield line(_("  {name} sees to it").format(name=alarm.acknowledged_by))


def _clock(at: datetime, snapshot: Snapshot) -> str:
    return at.astimezone(ZoneInfo(snapshot.zone)).strftime("%H:%M")
