#!/usr/bin/env python3
"""Write `waihu.json`, the Grafana dashboard over the figures of Waihu, anew.

    .venv/bin/python packaging/grafana/dashboard.py

Import the file in Grafana (Dashboards, New, Import) and choose your Prometheus; delete the
dashboard to undo it.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("waihu.json")
SOURCE = {"type": "prometheus", "uid": "${source}"}
ACROSS = 24
JOB = 'instance=~"$instance"'
QUEUE = f'{JOB},queue=~"$queue"'
CAMPAIGN = f'{JOB},campaign=~"$campaign"'

Panel = dict[str, Any]

ROWS: list[tuple[str, list[tuple[str, str, int, str, list[tuple[str, str]]]]]] = [
    (
        "Now",
        [
            (
                "Callers who wait",
                "stat",
                4,
                "short",
                [(f"sum(waihu_queue_waiting_calls{{{QUEUE}}})", "")],
            ),
            (
                "Longest wait",
                "stat",
                4,
                "s",
                [(f"max(waihu_queue_longest_wait_seconds{{{QUEUE}}})", "")],
            ),
            ("Alarms", "stat", 4, "short", [(f"waihu_alarms{{{JOB}}}", "{{level}}")]),
            ("Calls alive", "stat", 4, "short", [(f"sum(waihu_calls{{{JOB}}})", "")]),
            (
                "Asterisk, database",
                "stat",
                4,
                "bool_on_off",
                [(f"waihu_ami_up{{{JOB}}}", "Asterisk"), (f"waihu_store_up{{{JOB}}}", "database")],
            ),
            ("Viewers", "stat", 4, "short", [(f"waihu_live_viewers{{{JOB}}}", "")]),
        ],
    ),
    (
        "Queues",
        [
            (
                "Waiting",
                "timeseries",
                8,
                "short",
                [(f"waihu_queue_waiting_calls{{{QUEUE}}}", "{{queue}}")],
            ),
            (
                "Longest wait",
                "timeseries",
                8,
                "s",
                [(f"waihu_queue_longest_wait_seconds{{{QUEUE}}}", "{{queue}}")],
            ),
            (
                "Service level of half an hour",
                "timeseries",
                8,
                "percentunit",
                [
                    (
                        f"increase(waihu_queue_in_time_total{{{QUEUE}}}[30m]) / increase(waihu_queue_counted_total{{{QUEUE}}}[30m])",
                        "{{queue}}",
                    )
                ],
            ),
            (
                "Offered and answered, an hour",
                "timeseries",
                8,
                "short",
                [
                    (
                        f"3600 * rate(waihu_queue_offered_total{{{QUEUE}}}[15m])",
                        "{{queue}} offered",
                    ),
                    (
                        f"3600 * rate(waihu_queue_answered_total{{{QUEUE}}}[15m])",
                        "{{queue}} answered",
                    ),
                ],
            ),
            (
                "Gave up, an hour",
                "timeseries",
                8,
                "short",
                [
                    (f"3600 * rate(waihu_queue_abandoned_total{{{QUEUE}}}[15m])", "{{queue}}"),
                    (
                        f"3600 * rate(waihu_queue_left_total{{{QUEUE}}}[15m])",
                        "{{queue}} left otherwise",
                    ),
                ],
            ),
            (
                "Mean speed of answer",
                "timeseries",
                8,
                "s",
                [
                    (
                        f"rate(waihu_queue_answer_wait_seconds_sum{{{QUEUE}}}[30m]) / rate(waihu_queue_answer_wait_seconds_count{{{QUEUE}}}[30m])",
                        "{{queue}}",
                    )
                ],
            ),
        ],
    ),
    (
        "Agents and campaigns",
        [
            ("Agents by state", "timeseries", 8, "short", [(f"waihu_agents{{{JOB}}}", "{{look}}")]),
            ("Calls by phase", "timeseries", 8, "short", [(f"waihu_calls{{{JOB}}}", "{{phase}}")]),
            (
                "Calls placed a second",
                "timeseries",
                8,
                "cps",
                [(f"rate(waihu_campaign_placed_total{{{CAMPAIGN}}}[5m])", "{{campaign}}")],
            ),
            (
                "Answer rate",
                "timeseries",
                8,
                "percentunit",
                [
                    (
                        f"rate(waihu_campaign_answered_total{{{CAMPAIGN}}}[15m]) / rate(waihu_campaign_placed_total{{{CAMPAIGN}}}[15m])",
                        "{{campaign}}",
                    )
                ],
            ),
            (
                "Outcomes of an hour",
                "bargauge",
                8,
                "short",
                [
                    (
                        f"sum by (outcome) (increase(waihu_campaign_outcomes_total{{{CAMPAIGN}}}[1h]))",
                        "{{outcome}}",
                    )
                ],
            ),
            (
                "Abandons left before the cap",
                "timeseries",
                8,
                "short",
                [(f"waihu_campaign_abandons_left{{{CAMPAIGN}}}", "{{campaign}}")],
            ),
            (
                "Abandoned, of those who answered",
                "timeseries",
                8,
                "percentunit",
                [
                    (
                        f"waihu_campaign_abandoned_total{{{CAMPAIGN}}} / waihu_campaign_answered_total{{{CAMPAIGN}}}",
                        "{{campaign}}",
                    ),
                    (f"waihu_campaign_abandon_cap_ratio{{{CAMPAIGN}}}", "{{campaign}} cap"),
                ],
            ),
            (
                "Contacts due",
                "timeseries",
                8,
                "short",
                [(f"waihu_campaign_due_contacts{{{CAMPAIGN}}}", "{{campaign}}")],
            ),
            (
                "Contacts open",
                "timeseries",
                8,
                "short",
                [(f"waihu_campaign_open_contacts{{{CAMPAIGN}}}", "{{campaign}}")],
            ),
        ],
    ),
    (
        "Engine",
        [
            (
                "Time for one message",
                "timeseries",
                8,
                "s",
                [
                    (
                        f"histogram_quantile(0.5, rate(waihu_engine_handle_seconds_bucket{{{JOB}}}[5m]))",
                        "half",
                    ),
                    (
                        f"histogram_quantile(0.99, rate(waihu_engine_handle_seconds_bucket{{{JOB}}}[5m]))",
                        "99 in 100",
                    ),
                ],
            ),
            (
                "Messages a second",
                "timeseries",
                8,
                "short",
                [(f"rate(waihu_engine_handle_seconds_count{{{JOB}}}[5m])", "")],
            ),
            (
                "Waiting messages and records",
                "timeseries",
                8,
                "short",
                [
                    (f"waihu_engine_inbox_messages{{{JOB}}}", "messages"),
                    (f"waihu_store_unwritten_records{{{JOB}}}", "records"),
                    (f"waihu_store_set_aside_records{{{JOB}}}", "set aside"),
                ],
            ),
            (
                "CPU",
                "timeseries",
                8,
                "percentunit",
                [(f"rate(process_cpu_seconds_total{{{JOB}}}[1m])", "of a core")],
            ),
            ("Memory", "timeseries", 8, "bytes", [(f"process_resident_memory_bytes{{{JOB}}}", "")]),
            (
                "Sinks",
                "timeseries",
                8,
                "short",
                [
                    (f"waihu_sink_up{{{JOB}}}", "{{sink}} up"),
                    (f"increase(waihu_sink_dropped_total{{{JOB}}}[5m])", "{{sink}} dropped"),
                ],
            ),
        ],
    ),
]


def dashboard() -> dict[str, Any]:
    """The whole of it."""
    return {
        "title": "Waihu",
        "uid": "waihu",
        "tags": ["waihu", "call centre"],
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "refresh": "10s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_source(), *map(_choice, ("instance", "queue", "campaign"))]},
        "panels": panels(),
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _choice(label: str) -> dict[str, Any]:
    of = {
        "instance": "waihu_ami_up",
        "queue": "waihu_queue_waiting_calls",
        "campaign": "waihu_campaign_running",
    }
    text = f"label_values({of[label]}, {label})"
    return {
        "name": label,
        "type": "query",
        "datasource": SOURCE,
        "definition": text,
        "query": {"query": text, "refId": label},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def panels() -> list[Panel]:
    """Row after row, each panel in its place."""
    numbers, y, made = count(1), 0, []
    for title, row in ROWS:
        place = {"x": 0, "y": y, "w": ACROSS, "h": 1}
        made.append({"id": next(numbers), "type": "row", "title": title, "gridPos": place})
        x, y, height = 0, y + 1, 4 if row[0][1] == "stat" else 8
        for name, kind, width, unit, queries in row:
            if x + width > ACROSS:
                x, y = 0, y + height
            place = {"x": x, "y": y, "w": width, "h": height}
            made.append(_panel(next(numbers), name, kind, unit, queries) | {"gridPos": place})
            x += width
        y += height
    return made


def _panel(number: int, name: str, kind: str, unit: str, queries: list[tuple[str, str]]) -> Panel:
    targets = [
        {"refId": chr(ord("A") + at), "expr": text, "legendFormat": legend, "datasource": SOURCE}
        for at, (text, legend) in enumerate(queries)
    ]
    return {
        "id": number,
        "title": name,
        "type": kind,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def text() -> str:
    """The file's text."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
