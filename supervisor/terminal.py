"""The live view in a terminal: one screen, or one line where there is no terminal.

Owns: what stands where on the screen, from 80x24 up, and how old it is. Both functions only
look at their arguments; `waihu watch` and the demo call them several times a second. Must not
know where a snapshot comes from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.text import Text

from supervisor import terminal_agents, terminal_outcomes
from supervisor.alarm_rules import AlarmCode
from supervisor.alarm_words import alarm_sentence
from supervisor.fault_words import fault_sentence
from supervisor.snapshot import AgentLook, AlarmLevel, CampaignView, QueueView, Snapshot
from supervisor.terminal_text import (
    AMBER,
    GREEN,
    QUIET,
    VERMILION,
    cut,
    duration,
    fit,
    fit_right,
    justified,
    line,
    mean_seconds,
    rate,
    track,
)
from supervisor.words import (
    Translate,
    agent_words,
    campaign_state_word,
    outcome_words,
    why_sentence,
)

OLD_AFTER_S = 3.0
"""A snapshot comes every second; older than this, the screen says so and turns grey."""

LOST_AFTER_S = 30.0
"""Older than this, a bar across the whole screen says so."""

LONG_WAIT_S = 60.0

OUTCOMES_KEEP = 7
"""So many lines of outcomes stay however many the agents are."""

DATED_FROM = 100
"""From so many columns on, the clock has its date."""

SIGNED_OUT = AgentLook.SIGNED_OUT
HEADER = "bold white on #0B3954"
BAR = 30

Band = list[Text]


def render(
    snapshot: Snapshot,
    *,
    size: tuple[int, int],
    now: datetime,
    _: Translate,
    hint: str = "",
) -> RenderableType:
    """The screen of `size` (columns, lines) as it is at `now` (aware UTC).

    `_`: gettext of the reader's language. `hint`: what the last line says of the keys.
    """
    columns, lines = max(size[0], 40), max(size[1], 10)
    width = columns - 2
    age_s = max((now - snapshot.ts).total_seconds(), 0.0)
    head = top(snapshot, age_s, columns, now, _)
    body = _body(snapshot, width, lines - len(head) - 1, _)
    body = [line(" ", cut(text, width)) for text in body]
    if age_s > OLD_AFTER_S:
        body = [line((text.plain, QUIET)) for text in body]
    return Group(*head, *body, cut(line((f" {hint}", QUIET)), columns))


def plain_line(snapshot: Snapshot, _: Translate = str) -> str:
    """The same in one line, for logs and pipes."""
    parts = [f"{_clock(snapshot, snapshot.ts)} {snapshot.site}".rstrip()]
    if not snapshot.link_up:
        parts.append(_link_text(snapshot, _))
    parts.extend(store_alarms(snapshot, _))
    parts.extend(sink_alarms(snapshot, _))
    told = (AlarmCode.LINK_DOWN, AlarmCode.STORE_FAULT, AlarmCode.SET_ASIDE)
    parts.extend(alarm_sentence(one, _) for one in snapshot.alarms if one.code not in told)
    for campaign in snapshot.campaigns:
        done = f"{campaign.name} {campaign.worked}/{campaign.contacts} {_percent(campaign)}"
        parts.append(f"{done} {_ahead(campaign, snapshot, _)}".rstrip())
    words = [(look, word) for look, word in agent_words(_).items() if look is not SIGNED_OUT]
    parts.append(_counted(_("agents"), [(w, snapshot.agent_counts.get(k, 0)) for k, w in words]))
    parts.append(_counted(_("calls"), _phases(snapshot, _)))
    outcomes, leaves = _outcomes(snapshot), outcome_words(_).items()
    parts.append(_counted(_("outcomes"), [(word, outcomes.get(k, 0)) for k, word in leaves]))
    parts.extend(_queue_text(queue, _) for queue in snapshot.queues)
    return " | ".join(part for part in parts if part)


# ── the top ──────────────────────────────────────────────────────────────────────────────


def top(snapshot: Snapshot, age_s: float, width: int, now: datetime, _: Translate) -> list[Text]:
    """The header, and under it what is wrong: each a line over the whole width."""
    old = age_s > OLD_AFTER_S
    style = f"bold black on {AMBER}" if old else HEADER
    name = " · ".join(part for part in (_("Waihu 外呼"), snapshot.site) if part)
    clock = _clock(snapshot, now)
    clock = clock if width >= DATED_FROM else clock[-8:]
    lamps = "  ".join(
        part
        for part in (clock, _open_alarms(snapshot), _link_text(snapshot, _), _age_text(age_s, _))
        if part
    )
    lamps += " "
    header = line((justified(line(f" {name}"), line(lamps), width).plain, style))
    alarms = []
    if age_s > LOST_AFTER_S:
        alarms.append(
            _("nothing new for {time}: is the engine running?").format(time=duration(age_s))
        )
    if not snapshot.link_up and snapshot.link_fault:
        alarms.append(fault_sentence(snapshot.link_fault, _))
    alarms.extend(store_alarms(snapshot, _))
    alarms.extend(sink_alarms(snapshot, _))
    if snapshot.stopping:
        alarms.append(_("stopping: no new calls, living ones may end"))
    return [header, *(_alarm(text, width) for text in alarms)]


def store_alarms(snapshot: Snapshot, _: Translate) -> list[str]:
    """What the database lets us know: that it is away, and what it has refused for good."""
    alarms = []
    if snapshot.store_fault:
        said = _("no new calls, living ones are served: {fault}")
        alarms.append(said.format(fault=fault_sentence(snapshot.store_fault, _)))
    if snapshot.set_aside:
        said = _("writes set aside: {n}; waihu doctor tells what to do")
        alarms.append(said.format(n=snapshot.set_aside))
    return alarms


def sink_alarms(snapshot: Snapshot, _: Translate) -> list[str]:
    """Which programs beside us are not told, and what was dropped for them."""
    alarms = []
    for name, sink in snapshot.sinks.items():
        if not sink.up and sink.fault:
            said = _("{sink} is not told: {fault}")
            alarms.append(said.format(sink=name, fault=fault_sentence(sink.fault, _)))
        elif sink.dropped:
            said = _("{sink} was too slow; messages dropped: {n}")
            alarms.append(said.format(sink=name, n=sink.dropped))
    return alarms


def _open_alarms(snapshot: Snapshot) -> str:
    """How many nobody sees to, by level; nothing where there are none."""
    levels = [alarm.level for alarm in snapshot.alarms if not alarm.acknowledged_by]
    signs = {"■": levels.count(AlarmLevel.ALARM), "▲": levels.count(AlarmLevel.ATTENTION)}
    return " ".join(f"{sign}{count}" for sign, count in signs.items() if count)


def _alarm(text: str, width: int) -> Text:
    return line((fit(f" ■ {text}", width), f"bold black on {VERMILION}"))


def _clock(snapshot: Snapshot, at: datetime) -> str:
    return at.astimezone(ZoneInfo(snapshot.zone)).strftime("%Y-%m-%d %H:%M:%S")


def _link_text(snapshot: Snapshot, _: Translate) -> str:
    if snapshot.link_up:
        return "● " + _("Asterisk")
    if snapshot.link_since is None:
        return "✕ " + _("Asterisk: no link")
    down_s = (snapshot.ts - snapshot.link_since).total_seconds()
    return "✕ " + _("Asterisk: no link for {time}").format(time=duration(down_s))


def _age_text(age_s: float, _: Translate) -> str:
    if age_s > OLD_AFTER_S:
        return "▲ " + _("data is {n} s old").format(n=int(age_s))
    return f"● {age_s:.1f} s"


# ── the body ─────────────────────────────────────────────────────────────────────────────


def _body(snapshot: Snapshot, width: int, rows: int, _: Translate) -> Band:
    """The bands in exactly `rows` lines: agents and outcomes share what the others leave."""
    outcomes = _outcomes(snapshot)
    lists = [text for c in snapshot.campaigns for text in _campaign(c, snapshot, width, _)]
    queues = [_queue(queue, _) for queue in snapshot.queues]
    calls = [_calls(snapshot, _), *queues]
    head = terminal_agents.heading(snapshot, width, _)
    rest = max(rows - len(lists) - len(calls) - len(head) - 1, 0)
    wanted = terminal_agents.grid_rows(snapshot, width, max(rest - OUTCOMES_KEEP, 1))
    bands = [
        lists,
        [*head, *terminal_agents.grid(snapshot, width, wanted, _)],
        calls,
        [
            terminal_outcomes.heading(outcomes, _),
            *terminal_outcomes.bars(outcomes, width, max(rest - wanted, 0), _),
        ],
    ]
    return _spread([band for band in bands if band], rows)


def _spread(bands: list[Band], rows: int) -> Band:
    """The bands one under the other, a blank line between them while there is room."""
    spare = max(rows - sum(map(len, bands)), 0)
    lines = list(bands[0])
    for band in bands[1:]:
        gap = 1 if spare > 0 else 0
        spare -= gap
        lines += [line()] * gap + band
    return (lines + [line()] * rows)[:rows]


def _campaign(campaign: CampaignView, snapshot: Snapshot, width: int, _: Translate) -> Band:
    """Two lines: the list's progress, and why it does not dial or what is left."""
    share = campaign.worked / campaign.contacts if campaign.contacts else 0.0
    count = f"{campaign.worked}/{campaign.contacts}"
    right = line(f"{count} ", (fit_right(_percent(campaign), 6), "bold"))
    name = line((campaign.name, "bold"), f" {campaign_state_word(campaign.state, _)} ")
    room = max(width - right.cell_len - max(name.cell_len, BAR) - 1, 8)
    done, todo = track(share, room)
    left = line(cut(name, max(width - right.cell_len - room - 1, 8)))
    left.pad_right(max(width - right.cell_len - room - 1 - left.cell_len, 0))
    progress = line(left, (done, GREEN), (todo, QUIET), " ", right)
    return [progress, justified(_detail(campaign, _), line(_ahead(campaign, snapshot, _)), width)]


def _detail(campaign: CampaignView, _: Translate) -> Text:
    numbers = _("{open} open, {due} due, {calls} in calls, {tried} tried in this run").format(
        open=campaign.open, due=campaign.due, calls=campaign.in_calls, tried=campaign.tried_this_run
    )
    if campaign.why is None:
        return line((f"  {numbers}", QUIET))
    return line("  ", (f"▲ {why_sentence(campaign.why, _)}", AMBER), (f" · {numbers}", QUIET))


def _ahead(campaign: CampaignView, snapshot: Snapshot, _: Translate) -> str:
    """When it is done: time left while there is something due, else when the next falls due."""
    if campaign.due or campaign.in_calls:
        if campaign.time_left_s is None:
            return ""
        return _("about {time} left").format(time=duration(campaign.time_left_s))
    if campaign.next_due_at is None:
        return ""
    return _("next due {time}").format(time=_clock(snapshot, campaign.next_due_at)[5:-3])


def _percent(campaign: CampaignView) -> str:
    return f"{100 * campaign.worked // campaign.contacts} %" if campaign.contacts else "–"


def _phases(snapshot: Snapshot, _: Translate) -> list[tuple[str, int]]:
    calls = snapshot.calls
    return [
        (_("dialing"), calls.dialing),
        (_("ringing"), calls.ringing),
        (_("answered"), calls.answered),
        (_("talking"), calls.talking),
        (_("message"), calls.message),
    ]


def _calls(snapshot: Snapshot, _: Translate) -> Text:
    text = line((_("Calls"), "bold"), f" {snapshot.calls.total}")
    for (word, count), shape in zip(_phases(snapshot, _), "◌◔◑●▷", strict=True):
        text.append(f"   {shape} {word} {count}", "" if count else QUIET)
    return text


def _queue(queue: QueueView, _: Translate) -> Text:
    """One line, with a sign in front when callers wait too long or for nobody."""
    longest = queue.longest_wait_s or 0.0
    text = line((_("Queue"), "bold"), " ")
    if queue.waiting and (longest >= LONG_WAIT_S or not queue.agents_available):
        text.append("■ ", VERMILION)
    elif queue.waiting and longest >= queue.threshold_s:
        text.append("▲ ", AMBER)
    text.append(_queue_text(queue, _))
    return text


def _queue_text(queue: QueueView, _: Translate) -> str:
    wait = "–" if queue.longest_wait_s is None else duration(queue.longest_wait_s)
    return _("{name}  waiting {waiting}, longest {wait}  SL {s:g} s {level}  ASA {asa}").format(
        name=queue.name,
        waiting=queue.waiting,
        wait=wait,
        s=queue.threshold_s,
        level=rate(queue.service_level),
        asa=mean_seconds(queue.asa),
    )


def _outcomes(snapshot: Snapshot) -> Mapping[str, int]:
    """The outcomes of this run, all campaigns."""
    total: Counter[str] = Counter()
    for campaign in snapshot.campaigns:
        total.update(campaign.outcomes)
    return total


def _counted(title: str, counts: list[tuple[str, int]]) -> str:
    named = ", ".join(f"{word} {count}" for word, count in counts if count)
    return f"{title} {sum(count for _word, count in counts)}" + (f": {named}" if named else "")
