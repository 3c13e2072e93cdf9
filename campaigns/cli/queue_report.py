"""`waihu report queues`: what queues have done, by interval, with the formula of each figure (R18).

Owns: the report on the terminal, for programs, and as a file. Must not reckon anything itself
(`supervisor.queue_report`, `supervisor.kpi`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from functools import reduce
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.lists.export_file import export_file
from config.language import _
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import facts, print_json, say, table
from dialer.cli_session import opened, utc_now
from dialer.cli_times import iso, read_day, stamp
from store.database import Database
from store.queue_history import QueueHistory
from supervisor import kpi
from supervisor.intervals import By, Intervals
from supervisor.kpi import AgentTimes, Figure, Formula
from supervisor.queue_report import (
    Contacts,
    Peak,
    QueueRules,
    QueueTotals,
    contacts_of,
    fold_spells,
    fold_stays,
    most_offered,
    most_waiting,
)
from supervisor.terminal_text import duration, mean_seconds, rate

FORMS: Final = frozenset({".csv", ".xlsx"})
SAME_CONTACT_DAYS: Final = 7
"""A contact within so many days on the same subject means that the first did not settle it."""

NO_CONTACTS: Final = Contacts(contacts=0, repeated=0, provisional=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which days, local and both included; which queues (none: all); how long an interval is."""

    since: str | None = None
    until: str | None = None
    by: By = By.DAY
    queues: tuple[str, ...] = ()
    service_level: Formula | None = None
    days: int = SAME_CONTACT_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReport:
    """All that is shown. `rows`: by beginning of the interval and queue; `whole`: by queue."""

    since: datetime
    until: datetime
    by: By
    zone: ZoneInfo
    rules: Mapping[str, QueueRules]
    rows: Mapping[tuple[datetime, str], QueueTotals]
    whole: Mapping[str, QueueTotals]
    contacts: Mapping[str, Contacts]
    agents: Mapping[datetime, AgentTimes]
    all_agents: AgentTimes
    busiest: Peak | None
    fullest: Peak | None


async def report_queues(
    settings: Settings, wanted: Wanted, *, file: Path | None, json: bool
) -> None:
    """Make the report and show it, or write it to a file.

    Raises:
        CommandError: a day is none, the last is before the first, or the file has another ending.
    """
    if file is not None and file.suffix.lower() not in FORMS:
        said = _("{file}: name it .csv or .xlsx")
        raise CommandError(said.format(file=file.name), ExitCode.USAGE)
    async with opened(settings) as database:
        report = await made(settings, database, wanted, utc_now())
    if file is not None:
        write_report(report, file)
    if json:
        print_json({"report": queue_report_json(report)})
    elif file is None:
        _print(report)
    else:
        say(_("{file}: {n} rows").format(file=file, n=len(report.rows)))


async def made(
    settings: Settings, database: Database, wanted: Wanted, now: datetime
) -> QueueReport:
    """The report.

    Raises:
        CommandError: a day is none, or the last is before the first.
    """
    zone = ZoneInfo(settings.site.zone)
    since, until = _span(wanted, zone, now)
    if until <= since:
        raise CommandError(_("The last day is before the first one."), ExitCode.USAGE)
    rules = queue_rules(settings, wanted.service_level)
    history = QueueHistory(database)
    further = until + timedelta(days=wanted.days)
    known = await history.stays(since, further)
    spells = await history.spells(since, until)
    if wanted.queues:
        people = await history.agents_of(wanted.queues)
        spells = [spell for spell in spells if spell.agent in people]
    of_queues = frozenset(wanted.queues)
    stays = [
        stay
        for stay in known
        if stay.joined_at < until and (not of_queues or stay.queue in of_queues)
    ]
    intervals = Intervals(wanted.by, zone)
    rows = fold_stays(stays, intervals, rules.__getitem__)
    agents = fold_spells(spells, intervals, since, until)
    quarters = fold_stays(stays, Intervals(By.INTERVAL, zone), rules.__getitem__)
    queues = sorted({queue for _start, queue in rows})
    return QueueReport(
        since=since,
        until=until,
        by=wanted.by,
        zone=zone,
        rules=rules,
        rows=rows,
        whole={queue: _whole(rows, queue) for queue in queues},
        contacts=contacts_of(known, since, until, now, wanted.days),
        agents=agents,
        all_agents=_all_agents(agents, len({spell.agent for spell in spells})),
        busiest=most_offered(quarters),
        fullest=most_waiting(stays),
    )


class _Rules(dict[str, QueueRules]):
    """The rules by queue; one that is in no settings any more has the usual ones."""

    def __init__(self, service_level: Formula | None) -> None:
        super().__init__()
        self._service_level = service_level or Formula.SL3

    def __missing__(self, queue: str) -> QueueRules:
        self[queue] = QueueRules(service_level=self._service_level)
        return self[queue]


def queue_rules(settings: Settings, service_level: Formula | None = None) -> _Rules:
    """How each queue's figures are reckoned. `service_level`: in this variant."""
    rules = _Rules(service_level)
    for queue in settings.queues:
        rules[queue.name] = QueueRules(
            threshold_s=queue.service_level_s,
            short_abandon_s=queue.short_abandon_s,
            service_level=service_level or Formula(queue.service_level),
        )
    return rules


def _span(wanted: Wanted, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """From the first local midnight to the one after the last day; today where nothing is said."""
    today = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    last = read_day(wanted.until, zone) if wanted.until else today
    first = read_day(wanted.since, zone) if wanted.since else min(last, today)
    after = last.astimezone(zone).date() + timedelta(days=1)
    return first, datetime.combine(after, time.min, zone)


def _whole(rows: Mapping[tuple[datetime, str], QueueTotals], queue: str) -> QueueTotals:
    return _sum([one for (_start, name), one in rows.items() if name == queue])


def _sum(parts: Sequence[QueueTotals]) -> QueueTotals:
    return QueueTotals(
        counts=reduce(kpi.added, [one.counts for one in parts]),
        handled=reduce(kpi.added, [one.handled for one in parts]),
    )


def _all_agents(agents: Mapping[datetime, AgentTimes], people: int) -> AgentTimes:
    whole = reduce(kpi.added, agents.values(), AgentTimes(agents=0))
    return AgentTimes(**{**asdict(whole), "agents": people})


# ── figures ──────────────────────────────────────────────────────────────────────────────


def figures_of(totals: QueueTotals, rules: QueueRules, window: str) -> dict[str, Figure]:
    """Every figure of a queue, by name."""
    counts, handled = totals.counts, totals.handled
    return {
        "service_level": kpi.service_level(counts, variant=rules.service_level, window=window),
        "abandon_rate": kpi.abandon_rate(counts, window=window),
        "abandon_rate_raw": kpi.abandon_rate_raw(counts, window=window),
        "answer_rate": kpi.queue_answer_rate(counts, window=window),
        "asa": kpi.asa(counts, window=window),
        "longest_wait": kpi.longest_wait(counts, window=window),
        "aht": kpi.aht(handled, handled=handled.handled, window=window),
        "longest_handle": kpi.longest_handle(handled, window=window),
        "transfer_rate": kpi.transfer_rate(handled, window=window),
    }


def _agent_figures(times: AgentTimes, window: str) -> dict[str, Figure]:
    return {
        "occupancy": kpi.occupancy(times, window=window),
        "utilisation": kpi.utilisation(times, window=window),
    }


def _resolution(report: QueueReport, queue: str) -> Figure:
    one = report.contacts.get(queue, NO_CONTACTS)
    return kpi.first_call_resolution(
        one.contacts, one.repeated, provisional=one.provisional, window=_window(report)
    )


def _window(report: QueueReport) -> str:
    last = (report.until - timedelta(seconds=1)).astimezone(report.zone)
    return f"{report.since.astimezone(report.zone):%Y-%m-%d}/{last:%Y-%m-%d}"


# ── for people ───────────────────────────────────────────────────────────────────────────


def _print(report: QueueReport) -> None:
    say(f"{_window(report)} ({report.zone.key})", style="bold")
    if not report.rows:
        say(_("No call was offered to a queue."))
        return
    figures = [
        *(_("calls"), _("answered"), _("given up"), _("soon"), _("left")),
        *(_("service level"), _("rate"), _("ASA"), _("longest"), _("AHT")),
    ]
    rows = [
        (_at(report, start), queue, *_cells(totals, report.rules[queue]))
        for (start, queue), totals in report.rows.items()
    ]
    several = len({start for start, _queue in report.rows}) > 1
    rows += [
        (_("total"), queue, *_cells(totals, report.rules[queue]))
        for queue, totals in report.whole.items()
        if several
    ]
    table([_("from"), _("queue"), *figures], rows, right="|".join(figures))
    facts([*_queue_facts(report), *_common_facts(report)])


def _at(report: QueueReport, start: datetime) -> str:
    local = start.astimezone(report.zone)
    long = report.by in (By.DAY, By.WEEK, By.MONTH)
    return f"{local:%Y-%m-%d}" if long else f"{local:%m-%d %H:%M}"


def _cells(totals: QueueTotals, rules: QueueRules) -> tuple[str, ...]:
    counts, figures = totals.counts, figures_of(totals, rules, "")
    longest = figures["longest_wait"].value
    return (
        str(counts.offered),
        str(counts.answered),
        str(counts.abandoned),
        str(counts.short_abandons),
        str(counts.left),
        rate(figures["service_level"]),
        rate(figures["abandon_rate"]),
        mean_seconds(figures["asa"]),
        "–" if longest is None else duration(longest),
        mean_seconds(figures["aht"]),
    )


def _queue_facts(report: QueueReport) -> Iterator[tuple[str, str]]:
    for queue, totals in report.whole.items():
        rules = report.rules[queue]
        resolution = _resolution(report, queue)
        solved = rate(resolution)
        if resolution.formula == Formula.FCR_PROVISIONAL:
            solved = _("{rate} (so far)").format(rate=solved)
        handled = kpi.longest_handle(totals.handled).value
        parts = (
            f"{rules.service_level} ≤ {rules.threshold_s:g} s",
            _("soon ≤ {seconds:g} s").format(seconds=rules.short_abandon_s),
            _("settled at once {rate}").format(rate=solved),
            _("transferred {rate}").format(rate=rate(kpi.transfer_rate(totals.handled))),
            _("longest call {time}").format(time="–" if handled is None else duration(handled)),
        )
        yield queue, " · ".join(parts)


def _common_facts(report: QueueReport) -> Iterator[tuple[str, str]]:
    peaks = (
        (_("busiest quarter of an hour"), report.busiest),
        (_("most waiting at once"), report.fullest),
    )
    for name, peak in peaks:
        if peak is not None:
            yield name, f"{peak.n} · {stamp(peak.at, report.zone)[:16]}"
    if report.all_agents.agents:
        times = _agent_figures(report.all_agents, _window(report))
        yield _("agents"), str(report.all_agents.agents)
        yield _("occupancy"), _percent(times["occupancy"])
        yield _("utilisation"), _percent(times["utilisation"])


def _percent(figure: Figure) -> str:
    return "–" if figure.value is None else f"{figure.value * 100:.1f} %"


# ── for programs ─────────────────────────────────────────────────────────────────────────


def queue_report_json(report: QueueReport) -> dict[str, object]:
    """The report for a program."""
    window = _window(report)
    return {
        "from": iso(report.since),
        "to": iso(report.until),
        "zone": report.zone.key,
        "by": report.by.value,
        "intervals": [
            _row_json(report, queue, totals, start)
            for (start, queue), totals in report.rows.items()
        ],
        "queues": [
            {
                **_row_json(report, queue, totals, None),
                "first_call_resolution": asdict(_resolution(report, queue)),
            }
            for queue, totals in report.whole.items()
        ],
        "agents": {
            "intervals": [
                {"at": iso(start), **_agents_json(times, window)}
                for start, times in report.agents.items()
            ],
            "total": _agents_json(report.all_agents, window),
        },
        "busiest_quarter": _peak_json(report.busiest),
        "most_waiting": _peak_json(report.fullest),
    }


def _row_json(
    report: QueueReport, queue: str, totals: QueueTotals, start: datetime | None
) -> dict[str, object]:
    rules, window = report.rules[queue], _window(report)
    figures = figures_of(totals, rules, window if start is None else report.by.value)
    head: dict[str, object] = {} if start is None else {"at": iso(start)}
    return {
        **head,
        "queue": queue,
        **asdict(totals.counts),
        **asdict(totals.handled),
        "threshold_s": rules.threshold_s,
        "short_abandon_s": rules.short_abandon_s,
        "figures": {name: asdict(figure) for name, figure in figures.items()},
    }


def _agents_json(times: AgentTimes, window: str) -> dict[str, object]:
    figures = {name: asdict(figure) for name, figure in _agent_figures(times, window).items()}
    return {**asdict(times), "figures": figures}


def _peak_json(peak: Peak | None) -> dict[str, object] | None:
    return None if peak is None else {"n": peak.n, "at": iso(peak.at)}


# ── as a file ────────────────────────────────────────────────────────────────────────────

_COUNTS: Final = ("offered", "answered", "abandoned", "short_abandons", "left")
_TIMES: Final = ("handled", "talk_s", "hold_s", "wrap_up_s", "transferred")


def write_report(report: QueueReport, file: Path) -> None:
    """One row an interval and queue: counts and sums, which may be added, and the figures."""
    some = figures_of(QueueTotals(), QueueRules(), "")
    headers = [_("from"), _("queue"), *_COUNTS, *_TIMES, "service_level_by", *some]
    with export_file(file, headers) as rows:
        for (start, queue), totals in report.rows.items():
            rules = report.rules[queue]
            counts, handled = asdict(totals.counts), asdict(totals.handled)
            figures = figures_of(totals, rules, report.by.value)
            rows.add(
                [
                    stamp(start, report.zone),
                    queue,
                    *(f"{counts[name]:g}" for name in _COUNTS),
                    *(f"{handled[name]:.10g}" for name in _TIMES),
                    f"{rules.service_level} {rules.threshold_s:g} s",
                    *("" if one.value is None else f"{one.value:.6g}" for one in figures.values()),
                ]
            )
