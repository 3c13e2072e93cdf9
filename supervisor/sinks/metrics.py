"""Figures for Prometheus: one scrape is one look at the newest picture.

Owns: the names, units and labels of the figures, which are part of the contract (`docs/live.md`).
The only file that imports prometheus_client. Must not know how they are served.

Between two scrapes nothing is counted here but the time that messages take: the engine's counts
are in the picture. Counters of queues begin anew at the site's midnight, those of campaigns with
the engine; `rate` and `increase` know what that means. No label has more values than the site has
queues, campaigns, outcomes, states and sinks: none is a number or a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from supervisor.snapshot import CampaignView, QueueView, Snapshot

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

HANDLE_BUCKETS_S: Final = (
    *(0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005),
    *(0.01, 0.025, 0.05, 0.1, 0.25, 1.0),
)
RUNNING: Final = "running"

Samples = Iterable[tuple[Mapping[str, str], float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What the picture does not say of the engine: what waits, and who watches."""

    inbox: int
    unwritten: int
    viewers: int


class Metrics:
    """The figures of one engine. `latest` gives its newest picture, `vitals` what is not in it."""

    def __init__(
        self,
        *,
        engine: str,
        version: str,
        latest: Callable[[], Snapshot | None],
        vitals: Callable[[], Vitals],
    ) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Picture(engine, version, latest, vitals))
        self._handle = Histogram(
            "waihu_engine_handle_seconds",
            "How long the engine took for one message.",
            buckets=HANDLE_BUCKETS_S,
            registry=self._registry,
        )

    def handled(self, took_s: float) -> None:
        """The engine has handled one message."""
        self._handle.observe(took_s)

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self._registry)


class _Picture(Collector):
    """The figures that are read off a picture."""

    def __init__(
        self,
        engine: str,
        version: str,
        latest: Callable[[], Snapshot | None],
        vitals: Callable[[], Vitals],
    ) -> None:
        self._engine, self._version = engine, version
        self._latest, self._vitals = latest, vitals

    def describe(self) -> Iterable[Metric]:
        """Nothing: the registry would look at a picture before there is one."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The families, each with its samples of this moment."""
        yield from _of_vitals(self._vitals())
        seen = self._latest()
        if seen is None:
            return
        known = {"site": seen.site, "engine": self._engine, "version": self._version}
        yield _gauge("engine_info", "Which engine this is.", [(known, 1)])
        yield from _of_site(seen)
        yield from _of_campaigns(seen.campaigns)
        yield from _of_queues(seen.queues)


def _of_vitals(vitals: Vitals) -> Iterator[Metric]:
    yield _gauge("engine_inbox_messages", "Messages not handled yet.", [({}, vitals.inbox)])
    unwritten = "Records on their way to the database."
    yield _gauge("store_unwritten_records", unwritten, [({}, vitals.unwritten)])
    yield _gauge("live_viewers", "Browsers that follow the picture.", [({}, vitals.viewers)])


def _of_site(seen: Snapshot) -> Iterator[Metric]:
    ts = seen.ts.timestamp()
    yield _gauge("picture_timestamp_seconds", "When the picture was taken.", [({}, ts)])
    yield _gauge("ami_up", "Whether the link to Asterisk stands.", [({}, seen.link_up)])
    yield _gauge("store_up", "Whether the database is well.", [({}, not seen.store_fault)])
    refused = "Records that the database refuses."
    yield _gauge("store_set_aside_records", refused, [({}, seen.set_aside)])
    looks = [({"look": look}, count) for look, count in seen.agent_counts.items()]
    yield _gauge("agents", "Agents by state.", looks)
    yield _gauge("calls", "Outbound calls alive by phase.", _phases(seen))
    levels = dict.fromkeys(("attention", "alarm"), 0)
    for alarm in seen.alarms:
        levels[alarm.level] = levels.get(alarm.level, 0) + 1
    standing = [({"level": level}, count) for level, count in levels.items()]
    yield _gauge("alarms", "Alarms that stand, by level.", standing)
    up = [({"sink": name}, sink.up) for name, sink in seen.sinks.items()]
    yield _gauge("sink_up", "Whether a sink's peer takes what is sent.", up)
    dropped = [({"sink": name}, sink.dropped) for name, sink in seen.sinks.items()]
    yield _counter("sink_dropped", "What a sink had no room for.", dropped)


def _phases(seen: Snapshot) -> Samples:
    calls = seen.calls
    for phase in ("dialing", "ringing", "answered", "talking", "message"):
        yield {"phase": phase}, getattr(calls, phase)


def _of_campaigns(views: Iterable[CampaignView]) -> Iterator[Metric]:
    each = [({"campaign": view.name}, view) for view in views]

    def of(value: Callable[[CampaignView], float | None]) -> Samples:
        return [(labels, value(view)) for labels, view in each]

    yield _gauge("campaign_running", "1: it may dial.", of(lambda one: one.state == RUNNING))
    yield _gauge("campaign_calls", "Calls of it that are alive.", of(lambda one: one.in_calls))
    yield _gauge("campaign_open_contacts", "Contacts still wanted.", of(lambda one: one.open))
    due = "Contacts whose time has come."
    yield _gauge("campaign_due_contacts", due, of(lambda one: one.due))
    yield _counter("campaign_placed", "Calls placed.", of(lambda one: one.placed))
    yield _counter("campaign_answered", "Calls answered.", of(lambda one: one.answered))
    abandoned = "Calls that a person answered, and nobody was there."
    yield _counter("campaign_abandoned", abandoned, of(lambda one: one.abandoned))
    left = "Calls that may still be abandoned before the cap."
    yield _gauge(
        "campaign_abandons_left", left, of(lambda one: one.pace.left if one.pace else None)
    )
    cap = "The part of those who answer that may be abandoned."
    yield _gauge(
        "campaign_abandon_cap_ratio", cap, of(lambda one: one.pace.cap if one.pace else None)
    )
    ends = [
        ({**labels, "outcome": outcome}, count)
        for labels, view in each
        for outcome, count in view.outcomes.items()
    ]
    yield _counter("campaign_outcomes", "Attempts by outcome.", ends)


def _of_queues(views: Iterable[QueueView]) -> Iterator[Metric]:
    each = [({"queue": view.name}, view) for view in views]

    def of(value: Callable[[QueueView], float | None]) -> Samples:
        return [(labels, value(view)) for labels, view in each]

    yield _gauge("queue_waiting_calls", "Callers who wait.", of(lambda one: one.waiting))
    longest = "How long the first of them has waited; 0: nobody waits."
    yield _gauge("queue_longest_wait_seconds", longest, of(lambda one: one.longest_wait_s or 0.0))
    free = "Agents of the queue who are free."
    yield _gauge("queue_agents_available", free, of(lambda one: one.agents_available))
    limit = "Within this a call counts as answered in time."
    yield _gauge("queue_threshold_seconds", limit, of(lambda one: one.threshold_s))
    yield _gauge("queue_kept_places", "Callers to be called back.", of(lambda one: one.places))
    yield _counter("queue_offered", "Callers who came.", of(lambda one: one.offered))
    yield _counter("queue_answered", "Callers whom an agent took.", of(lambda one: one.answered))
    yield _counter("queue_abandoned", "Callers who gave up.", of(lambda one: one.abandoned))
    short = "Of them, those who gave up at once."
    yield _counter("queue_short_abandons", short, of(lambda one: one.short_abandons))
    yield _counter("queue_left", "Callers who left otherwise.", of(lambda one: one.left))
    in_time = "Calls answered in time: the numerator of the service level."
    level = [(labels, view.service_level) for labels, view in each]
    yield _counter("queue_in_time", in_time, [(one, figure.numerator) for one, figure in level])
    counted = "Calls that count for the service level: its denominator."
    yield _counter("queue_counted", counted, [(one, figure.denominator) for one, figure in level])
    waits = SummaryMetricFamily(
        "waihu_queue_answer_wait_seconds", "How long answered callers waited.", labels=["queue"]
    )
    for view in views:
        figure = view.asa
        waits.add_metric([view.name], int(figure.denominator), figure.numerator)
    yield waits


def _gauge(name: str, meaning: str, samples: Samples) -> Metric:
    return _filled(GaugeMetricFamily, name, meaning, samples)


def _counter(name: str, meaning: str, samples: Samples) -> Metric:
    return _filled(CounterMetricFamily, name, meaning, samples)


def _filled(
    kind: type[GaugeMetricFamily | CounterMetricFamily], name: str, meaning: str, samples: Samples
) -> Metric:
    """A family; what is not known (None) is left out: no data is no zero."""
    known = [(labels, value) for labels, value in samples if value is not None]
    names = list(known[0][0]) if known else []
    family = kind(f"waihu_{name}", meaning, labels=names)
    for labels, value in known:
        family.add_metric(list(labels.values()), float(value))
    return family
