"""The figures for Prometheus: what they are called, what they say, and who may read them (R18)."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from supervisor.kpi import Figure
from supervisor.sinks.metrics import CONTENT_TYPE, Metrics, Vitals
from supervisor.snapshot import AlarmView, PaceView, SinkView, Snapshot
from supervisor.web.metrics_page import make_metrics_app
from tests.real_prometheus import promtool
from tests.supervisor.floor_example import NOW, snapshot

PACKAGING = Path(__file__).parents[3] / "packaging"
DASHBOARD = PACKAGING / "grafana" / "waihu.json"
ALERTS = PACKAGING / "prometheus" / "waihu-alerts.yml"
ALERT_TESTS = Path(__file__).with_name("alerts_tests.yml")
METRIC = re.compile(r"\b(?:waihu|process)_[a-z_]+\b")


def whole_floor() -> Snapshot:
    """A picture in which every figure has something to say."""
    seen = snapshot()
    pace = PaceView(
        **dict.fromkeys(("placed", "free", "waiting", "in_flight"), 1),
        **dict.fromkeys(("expected_free", "expected_answers", "answer_rate", "risk", "price"), 0.1),
        **dict.fromkeys(("day_answered", "day_abandoned", "block_answered", "block_abandoned"), 1),
        at=NOW,
        limit="price",
        left=2.5,
        cap=0.03,
        aggressiveness=1.0,
    )
    alarm = AlarmView(
        id="a1", code="wait", level="alarm", kind="queue", name="waihu-inbound", since=NOW
    )
    return replace(
        seen,
        campaigns=tuple(replace(one, pace=pace) for one in seen.campaigns),
        sinks={"redis": SinkView(up=True), "mqtt": SinkView(up=False, dropped=7, fault="away")},
        alarms=(alarm,),
    )


def metrics_of(seen: Snapshot | None) -> Metrics:
    return Metrics(
        engine="engine-1",
        version="1.0",
        latest=lambda: seen,
        vitals=lambda: Vitals(inbox=3, unwritten=4, viewers=5),
    )


def read(metrics: Metrics) -> dict[str, float]:
    return {
        ",".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def names_of(metrics: Metrics) -> set[str]:
    return {name.partition(",")[0] for name in read(metrics)}


def test_the_picture_is_told_in_figures() -> None:
    seen = whole_floor()
    found = read(metrics_of(seen))
    (campaign,), queue = seen.campaigns, seen.queues[0]
    assert found[f"waihu_campaign_placed_total,{campaign.name}"] == campaign.placed
    assert found[f"waihu_campaign_abandons_left,{campaign.name}"] == 2.5
    assert found[f"waihu_queue_waiting_calls,{queue.name}"] == queue.waiting
    assert found[f"waihu_queue_in_time_total,{queue.name}"] == queue.service_level.numerator
    assert found[f"waihu_queue_counted_total,{queue.name}"] == queue.service_level.denominator
    assert found["waihu_sink_dropped_total,mqtt"] == 7
    assert (found["waihu_sink_up,redis"], found["waihu_sink_up,mqtt"]) == (1, 0)
    assert found["waihu_engine_inbox_messages"] == 3
    assert found["waihu_alarms,alarm"] == 1


def test_the_mean_wait_comes_from_its_sum_and_count() -> None:
    queue = replace(
        whole_floor().queues[0],
        asa=Figure(value=7.5, numerator=30.0, denominator=4, n=4, window="today", formula="ASA"),
    )
    found = read(metrics_of(replace(whole_floor(), queues=(queue,))))
    assert found[f"waihu_queue_answer_wait_seconds_sum,{queue.name}"] == 30.0
    assert found[f"waihu_queue_answer_wait_seconds_count,{queue.name}"] == 4


def test_before_the_first_picture_the_engine_is_told_of_already() -> None:
    found = read(metrics_of(None))
    assert found["waihu_store_unwritten_records"] == 4
    assert "waihu_ami_up" not in found


def test_what_is_not_known_is_no_zero() -> None:
    seen = whole_floor()
    without = replace(seen, campaigns=tuple(replace(one, pace=None) for one in seen.campaigns))
    assert "waihu_campaign_abandons_left" not in names_of(metrics_of(without))


def test_no_figure_is_of_a_person() -> None:  # R25
    text = metrics_of(whole_floor()).text().decode()
    for agent in whole_floor().agents:
        assert agent.name not in text
        assert f'"{agent.agent}"' not in text


def test_how_long_messages_take_is_counted_in_buckets() -> None:
    metrics = metrics_of(None)
    for took_s in (0.000_05, 0.002, 0.3):
        metrics.handled(took_s)
    found = read(metrics)
    assert found["waihu_engine_handle_seconds_count"] == 3
    assert found["waihu_engine_handle_seconds_bucket,0.0001"] == 1
    assert found["waihu_engine_handle_seconds_bucket,0.25"] == 2


@pytest.mark.parametrize(
    ("shown", "status"), [("", 401), ("Bearer wrong", 401), ("Bearer open-sesame", 200)]
)
async def test_where_a_token_is_set_nobody_reads_without_it(shown: str, status: int) -> None:  # R25
    app = make_metrics_app(metrics_of(None).text, CONTENT_TYPE, "open-sesame")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        answer = await client.get("/metrics", headers={"authorization": shown} if shown else {})
    assert answer.status_code == status
    assert ("waihu_" in answer.text) is (status == 200)


# ── what is shipped beside it ────────────────────────────────────────────────────────────


def expressions(part: Any) -> Iterator[str]:
    """Every PromQL expression of a dashboard."""
    if isinstance(part, dict):
        if isinstance(part.get("expr"), str):
            yield part["expr"]
        if part.get("type") == "query" and isinstance(part.get("definition"), str):
            yield part["definition"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from expressions(one)


def test_every_figure_on_the_dashboard_is_there() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    named = {name for text in expressions(dashboard) for name in METRIC.findall(text)}
    assert len(named) > 20
    assert named - names_of(metrics_of(whole_floor())) == set()


def test_every_panel_has_a_title_a_place_and_a_source_that_the_reader_chooses() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${source}"


def test_every_figure_of_an_alert_is_there() -> None:
    named = set(METRIC.findall(ALERTS.read_text(encoding="utf-8")))
    assert named - names_of(metrics_of(whole_floor())) == set()


@pytest.mark.parametrize(
    "words", [("check", "rules", str(ALERTS)), ("test", "rules", str(ALERT_TESTS))]
)
def test_prometheus_own_tool_finds_the_alerts_well_and_they_fire_when_they_should(
    words: tuple[str, ...],
) -> None:
    run = subprocess.run(
        [*promtool(), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ALERT_TESTS.parent,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_prometheus_own_tool_finds_the_figures_well_named() -> None:
    run = subprocess.run(
        [*promtool(), "check", "metrics"],
        input=metrics_of(whole_floor()).text(),
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
