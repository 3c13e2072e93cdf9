"""How a row of the board looks: queues, campaigns, agents, alarms, and the headings over them.

Owns: the columns and their widths, in terminal columns. Each function gives one line of exactly
the width that it is given. Looks at its arguments only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.text import Text

from config.words import QUEUE_PREFIX
from supervisor.alarm_words import act_words, alarm_sentence
from supervisor.snapshot import (
    AgentLook,
    AgentView,
    AlarmLevel,
    AlarmView,
    CampaignView,
    QueueView,
    Snapshot,
)
from supervisor.terminal_text import (
    AMBER,
    BLOCKS,
    GREEN,
    SHAPES,
    VERMILION,
    cut,
    duration,
    fit,
    fit_right,
    line,
    mean_seconds,
    rate,
    short_duration,
    track,
)
from supervisor.words import (
    Translate,
    agent_words,
    campaign_state_word,
    pause_word,
    why_sentence,
)

QUIET: Final = "#9aa4ad"
"""What is there to be found, not to be seen: 7:1 on the board's ground."""

HEADING_GROUND: Final = "on #1b2730"

MARK: Final = 3
NAME: Final = 15
BAR: Final = 24
WIDE: Final = 90
"""From so many columns on, queues tell how many callers came today."""

CELL: Final = 40
"""An agent's cell; wider terminals have more of them side by side."""

FILLS: Final = {
    AlarmLevel.ALARM: f"bold black on {VERMILION}",
    AlarmLevel.ATTENTION: f"bold black on {AMBER}",
}
SIGNS: Final = {AlarmLevel.ALARM: "■", AlarmLevel.ATTENTION: "▲"}

Column = tuple[int, str]
"""A width, and the text that stands in it; negative: at its right end."""


def mark(alarm: AlarmView | None) -> tuple[str, str]:
    """The sign of a row's alarm on its colour; hollow once somebody has acknowledged it."""
    if alarm is None:
        return " " * MARK, ""
    level = AlarmLevel.ALARM if alarm.level == AlarmLevel.ALARM else AlarmLevel.ATTENTION
    if alarm.acknowledged_by:
        hollow = "□" if level is AlarmLevel.ALARM else "△"
        return f" {hollow} ", VERMILION if level is AlarmLevel.ALARM else AMBER
    return f" {SIGNS[level]} ", FILLS[level]


def heading(title: str, columns: Sequence[Column], width: int) -> Text:
    """The line over a band: its title, and what stands in the columns, quietly."""
    first = line((fit(f" {title}", MARK + NAME), "bold"), (_row(columns), QUIET))
    return _filled(first, width)


def _row(columns: Sequence[Column]) -> str:
    cells = [fit(text, at) if at > 0 else fit_right(text, -at) for at, text in columns]
    return " ".join(["", *cells])


def _filled(text: Text, width: int) -> Text:
    text = cut(text, width)
    text.pad_right(max(width - text.cell_len, 0))
    return text


# ── queues ───────────────────────────────────────────────────────────────────────────────


def queue_heading(width: int, _: Translate) -> Text:
    """What the columns of queues are."""
    words = [_("waiting"), _("longest"), _("ready"), _("in time"), _("given up")]
    columns = [*zip(_QUEUE, words, strict=True), (-6, "ASA")]
    if width >= WIDE:
        columns.append((-9, _("today")))
    return heading(_("Queues"), columns, width)


def quiet_heading(width: int, _: Translate) -> Text:
    """Over the queues to which nobody came today."""
    title = _("Queues without a caller today")
    return _filled(line((f" {title}", QUIET)), width)


_QUEUE: Final = (-8, -8, -6, -14, -13)


def queue_row(queue: QueueView, alarm: AlarmView | None, width: int) -> Text:
    """Who waits, how long, for how many, and today's figures."""
    wait = "–" if queue.longest_wait_s is None else duration(queue.longest_wait_s)
    given_up = "–" if queue.abandon_rate is None else rate(queue.abandon_rate)
    texts = [str(queue.waiting), wait, str(queue.agents_available), rate(queue.service_level)]
    columns = [*zip(_QUEUE, [*texts, given_up], strict=True), (-6, mean_seconds(queue.asa))]
    if width >= WIDE:
        columns.append((-9, str(queue.offered)))
    name = fit(queue.name.removeprefix(QUEUE_PREFIX), NAME)
    return _filled(line(mark(alarm), (name, "bold"), _row(columns)), width)


# ── campaigns ────────────────────────────────────────────────────────────────────────────


def campaign_heading(width: int, _: Translate) -> Text:
    """What the columns of campaigns are."""
    words = [_("state"), _("calls"), _("answer rate"), _("abandoned"), _("due"), _("time left")]
    return heading(_("Campaigns"), [*zip(_CAMPAIGN, words, strict=True)], width)


_CAMPAIGN: Final = (8, -6, -11, -13, -6, -9)


def campaign_row(campaign: CampaignView, alarm: AlarmView | None, width: int, _: Translate) -> Text:
    """How it goes, with the list's progress where there is room.

    While it does not dial, why not, in place of the figures.
    """
    name = (fit(campaign.name, NAME), "bold")
    state = campaign_state_word(campaign.state, _)
    if campaign.why is not None and campaign.state == "running":
        why = (f"▷ {why_sentence(campaign.why, _)}", AMBER if alarm is None else "")
        return _filled(line(mark(alarm), name, f" {fit(state, 8)} ", why), width)
    left = "" if campaign.time_left_s is None else f"~{duration(campaign.time_left_s)}"
    answered = _percent(campaign.live, campaign.placed)
    texts = [state, str(campaign.in_calls), answered, _lost(campaign, _), str(campaign.due), left]
    columns = [*zip(_CAMPAIGN, texts, strict=True)]
    text = line(mark(alarm), name, _row(columns))
    return _filled(line(text, *_progress(campaign, width - text.cell_len)), width)


def _progress(campaign: CampaignView, room: int) -> list[tuple[str, str]]:
    """A bar of what is done of the list, and the count of it."""
    if room < BAR or not campaign.contacts:
        return []
    count = f" {campaign.worked}/{campaign.contacts}"
    done, todo = track(campaign.worked / campaign.contacts, room - len(count) - 4)
    return [("   ", ""), (done, GREEN), (todo, QUIET), (count, "")]


def _percent(part: int, of: int) -> str:
    return f"{100 * part / of:.0f} %" if of else "–"


def _lost(campaign: CampaignView, _: Translate) -> str:
    """The part that was abandoned, and how many more may be."""
    pace = campaign.pace
    if pace is None:
        lost, reached = campaign.abandoned, campaign.live
        return f"{100 * lost / reached:.1f} %" if reached else "–"
    share = f"{100 * pace.block_abandoned / pace.block_answered:.1f} %"
    return f"{share} ({max(int(pace.left), 0)})" if pace.block_answered else "–"


# ── agents ───────────────────────────────────────────────────────────────────────────────


def agent_heading(snapshot: Snapshot, width: int, _: Translate) -> Text:
    """`Agents 10  ○ 2  ◔ 1 …`: the counts by state, which is the legend of the shapes as well."""
    counts = snapshot.agent_counts
    there = sum(counts.values()) - counts.get(AgentLook.SIGNED_OUT, 0)
    text = line((" ".join(["", _("Agents"), str(there), ""]), "bold"))
    for look, word in agent_words(_).items():
        if counts.get(look, 0) and look is not AgentLook.SIGNED_OUT:
            text.append_text(
                line(" ", (f" {SHAPES[look]} ", BLOCKS[look]), f"{word} {counts[look]}")
            )
    return _filled(text, width)


def agent_cell(
    agent: AgentView, at: datetime, alarm: AlarmView | None, width: int, _: Translate
) -> Text:
    """Shape on its colour, name, state (or why on a break), how long, and with whom."""
    look = agent.look
    word = agent_words(_)[look]
    if look is AgentLook.PAUSED and agent.pause_reason:
        word = pause_word(agent.pause_reason, _)
    shape, style = f" {SHAPES[look]} ", BLOCKS[look]
    if alarm is not None:
        shape, style = f" {SHAPES[look]}!", FILLS[AlarmLevel(alarm.level)]
    room = min(width - 18 - TAIL, NAME)
    tail = width - 18 - room
    return _filled(
        line(
            (shape, style),
            f" {fit(agent.name or agent.agent, room)} {fit(word, 8)} ",
            (fit_right(short_duration(agent.lasts_s(at)), 5), ""),
            " ",
            (fit(_with(agent, tail - 2, _), tail - 2), QUIET),
        ),
        width,
    )


TAIL: Final = 13


def _with(agent: AgentView, width: int, _: Translate) -> str:
    """With whom, and whose call it is where there is room; else that one is lent, or owes words."""
    if agent.number:
        whose = agent.campaign or (agent.queue or "").removeprefix(QUEUE_PREFIX)
        both = f"{agent.number} {whose}"
        return both if cell_len(both) <= width else agent.number
    if agent.lent_to is not None:
        return "→ " + agent.lent_to.removeprefix(QUEUE_PREFIX)
    if agent.undisposed:
        return _("owes {n}").format(n=agent.undisposed)
    return ""


# ── alarms ───────────────────────────────────────────────────────────────────────────────


def alarm_heading(snapshot: Snapshot, width: int, _: Translate) -> Text:
    """How many there are, and how many of them nobody has acknowledged."""
    open_ones = sum(not alarm.acknowledged_by for alarm in snapshot.alarms)
    told = _("all are seen to") if snapshot.alarms else _("none")
    if open_ones:
        told = _("nobody sees to {n}").format(n=open_ones)
    title = " ".join(["", _("Alarms"), str(len(snapshot.alarms) or "")])
    return _filled(line((title, "bold"), (f"  {told}", QUIET)), width)


def alarm_row(alarm: AlarmView, zone: ZoneInfo, width: int, _: Translate) -> Text:
    """Since when, what is wrong, and who sees to it, or what to do first."""
    right = f"✓ {alarm.acknowledged_by}" if alarm.acknowledged_by else _todo(alarm, _)
    tail = min(max(width // 5, 16), 24)
    room = width - MARK - 10 - tail
    return _filled(
        line(
            mark(alarm),
            (f"{_clock(alarm.since, zone)} ", QUIET),
            fit(alarm_sentence(alarm, _), room),
            " ",
            (fit(right, tail - 1), QUIET),
        ),
        width,
    )


def _todo(alarm: AlarmView, _: Translate) -> str:
    word = act_words(_).get(alarm.act, "")
    return f"→ {word}" if word else ""


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%H:%M:%S")
