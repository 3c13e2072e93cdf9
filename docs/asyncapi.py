#!/usr/bin/env python3
"""Write `docs/asyncapi.json` anew: what other programs are told, from the types in the code.

AsyncAPI 3.0 with JSON Schemas. Nothing may be sent that is not in it: the schemas are closed, and
tests hold everything that real servers are sent against them.

    .venv/bin/python docs/asyncapi.py
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from campaigns.orders.states import State as OrderState
from campaigns.outcomes import Disposition, Outcome
from dialer.queue_effects import QueueEnd
from supervisor import call_events, frames
from supervisor.call_events import CallEvent, What
from supervisor.sinks import notices
from supervisor.sinks.topics import LEVELS, Keys, Topics
from supervisor.snapshot import AgentLook, Snapshot

FILE = Path(__file__).with_name("asyncapi.json")
Schema = dict[str, Any]

TIME: Schema = {"type": "string", "format": "date-time", "description": "RFC 3339, in UTC"}
PLAIN: Mapping[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: TIME,
}
WORDS: Mapping[tuple[str, str], type[StrEnum]] = {
    ("AgentView", "look"): AgentLook,
    ("CallEvent", "look"): AgentLook,
    ("CallEvent", "event"): What,
    ("CallEvent", "outcome"): Outcome,
    ("CallEvent", "disposition"): Disposition,
    ("CallEvent", "how"): QueueEnd,
}
"""Texts of a closed set."""


def document() -> Schema:
    """The whole of it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Waihu, live",
            "version": str(frames.VERSION),
            "description": "How a call centre stands and what happens in it. See docs/live.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "redis": {"host": "127.0.0.1:6379", "protocol": "redis"},
            "mqtt": {"host": "127.0.0.1:1883", "protocol": "mqtt", "protocolVersion": "5.0"},
            "http": {"host": "127.0.0.1:8480", "protocol": "http", "description": "[web]"},
        },
        "channels": channels(),
        "operations": {f"tell_{name}": _operation(name) for name in channels()},
        "components": {"messages": messages(), "schemas": schemas()},
    }


def _operation(channel: str) -> Schema:
    return {"action": "send", "channel": _ref("channels", channel)}


# ── where ────────────────────────────────────────────────────────────────────────────────


def channels() -> Schema:
    """Every key, channel, stream and topic, each with the messages that go there."""
    keys, topics = Keys("SITE"), Topics("SITE")
    redis = {
        "redis_snapshot": (keys.snapshot, "A key that expires after 5 s.", ("frame",)),
        "redis_frames": (keys.frames, "A channel (PUBLISH).", ("frame",)),
        "redis_events": (
            keys.events,
            "A stream (XADD); the fields `event` and `data`, the latter with the message.",
            ("event",),
        ),
        "redis_pops": (keys.pops, "A channel (PUBLISH); only with pops = true.", ("pop",)),
    }
    mqtt = {
        "mqtt_status": (topics.status, "Retained; the last will says offline.", ("status",)),
        "mqtt_site": (topics.site, "Retained, QoS 0; every 5 s at least.", ("mqtt_site",)),
        **{
            f"mqtt_{level}": (
                topics.entity(section, "KEY"),
                "Retained, QoS 0; at most once a second. An empty payload: it is gone.",
                (f"mqtt_{level}",),
            )
            for section, level in LEVELS.items()
        },
        "mqtt_call": (
            topics.call("EVENT"),
            "QoS 1, not retained; all but agent_changed.",
            ("event",),
        ),
        "mqtt_pop": (topics.pop("AGENT"), "QoS 1, not retained; only with pops = true.", ("pop",)),
    }
    stream = {"live": ("/live", "Server-sent events: `frame`, and `beat`.", ("frame", "beat"))}
    return {
        name: _channel(server, *facts)
        for server, named in (("redis", redis), ("mqtt", mqtt), ("http", stream))
        for name, facts in named.items()
    }


def _channel(server: str, address: str, said: str, told: Iterable[str]) -> Schema:
    parameters = {
        "site": ("SITE", "The site's name; / + # % : in it are percent-encoded, here and below."),
        "key": ("KEY", "The name of the queue or campaign, the agent's login, the alarm's id."),
        "event": ("EVENT", "One of the events."),
        "agent": ("AGENT", "An agent's login."),
    }
    used = {name: said for name, (mark, said) in parameters.items() if mark in address}
    for name, (mark, _) in parameters.items():
        address = address.replace(mark, f"{{{name}}}")
    return {
        "address": address,
        "description": said,
        "servers": [_ref("servers", server)],
        "parameters": {name: {"description": text} for name, text in used.items()},
        "messages": {name: _ref("components", "messages", name) for name in told},
    }


def _ref(*path: str) -> Schema:
    return {"$ref": "#/" + "/".join(path)}


# ── what ─────────────────────────────────────────────────────────────────────────────────


def messages() -> Schema:
    """The messages, each with the schema of its payload."""
    told = ("frame", "event", "pop", "status", "beat", "mqtt_site")
    names = (*told, *(f"mqtt_{level}" for level in LEVELS.values()))
    return {name: {"name": name, "payload": _ref("components", "schemas", name)} for name in names}


def schemas() -> Schema:
    """The schemas of all payloads, closed."""
    head = {"v": {"const": frames.VERSION}, "ts": TIME}
    entities = {level: closed(kind_of(section), head) for section, level in LEVELS.items()}
    return {
        "frame": frame_schema(),
        "event": event_schema(),
        "pop": pop_schema(),
        "status": {"enum": ["online", "offline"], "description": "Plain text, no JSON."},
        "beat": TIME,
        "mqtt_site": {**site_schema(head), "description": "The site, as in a frame."},
        **{f"mqtt_{level}": schema for level, schema in entities.items()},
    }


def frame_schema() -> Schema:
    """A frame: whole, or what differs; on Redis without any section a beat."""
    head = {
        "v": {"const": frames.VERSION},
        "seq": {"type": "integer", "minimum": 1},
        "ts": TIME,
        "full": {"type": "boolean", "description": "Everything; else only what differs."},
    }
    whole = {section: {"additionalProperties": closed(kind_of(section))} for section in sections()}
    parts = {
        section: {"additionalProperties": {"anyOf": [{"type": "null"}, changed(kind_of(section))]}}
        for section in sections()
    }
    site = site_schema()
    return {
        "type": "object",
        "required": list(head),
        "properties": {**head, **{name: {"type": "object"} for name in ("site", *sections())}},
        "additionalProperties": False,
        "if": {"properties": {"full": {"const": True}}},
        "then": {"required": ["site", *sections()], "properties": {"site": site, **whole}},
        "else": {"properties": {"site": {**site, "required": []}, **parts}},
        "description": "seq goes up by one; who misses one takes a full frame.",
    }


def sections() -> tuple[str, ...]:
    """The sections of many entities."""
    return tuple(frames.SECTIONS)


def kind_of(section: str) -> type:
    """The type of the entities of a section."""
    kind: type = get_args(get_type_hints(Snapshot)[section])[0]
    return kind


def site_schema(more: Schema | None = None) -> Schema:
    """The fields of the site."""
    schema = closed(Snapshot, more)
    for name in ("v", "ts", *sections()):
        if more is None or name not in more:
            schema["properties"].pop(name, None)
    schema["required"] = list(schema["properties"])
    return schema


def event_schema() -> Schema:
    """A call event: what does not belong to one is left out."""
    schema = closed(CallEvent, {"v": {"const": call_events.VERSION}})
    schema["required"] = ["v", "id", "ts", "event"]
    return schema


def pop_schema() -> Schema:
    """A screen pop (`dialer.popping.pop_json`); null: not known, or none."""
    text, maybe = {"type": "string"}, {"type": ["string", "null"]}
    when_known = {"anyOf": [TIME, {"type": "null"}]}
    order = {
        **dict.fromkeys(("number", "kind", "subject", "owner"), text),
        "state": {"enum": [state.value for state in OrderState]},
        "due_at": when_known,
        "overdue": {"type": "boolean"},
    }
    person = {
        "contact": {"type": "integer"},
        **dict.fromkeys(("campaign", "name", "reference"), text),
        "custom": {"type": "object", "additionalProperties": text},
    }
    direction = {"enum": ["inbound", "outbound"]}
    past = {
        "at": TIME,
        "direction": direction,
        **dict.fromkeys(("where", "what", "note"), text),
        "agent": maybe,
    }
    return _object(
        {
            "v": {"const": notices.POP_VERSION},
            **dict.fromkeys(("agent", "call"), text),
            "at": TIME,
            "direction": direction,
            **dict.fromkeys(("number_end", "queue", "campaign", "subject", "script"), maybe),
            "on_file": {
                "type": "boolean",
                "description": "Whether the database was asked in time.",
            },
            "people": {"type": "array", "items": _object(person)},
            "history": {"type": "array", "items": _object(past)},
            "work_orders": {"type": "array", "items": _object(order)},
            "do_not_call": {"type": "boolean"},
        }
    )


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


# ── from types ───────────────────────────────────────────────────────────────────────────


def closed(kind: type, more: Schema | None = None) -> Schema:
    """A dataclass as it is told: all its fields, and no others but `more`."""
    hints = get_type_hints(kind)
    told = {
        one.name: _field(kind, one.name, hints[one.name])
        for one in fields(kind)
        if one.name not in frames.GROWING
    }
    if isinstance(getattr(kind, "look", None), property):
        told["look"] = _field(kind, "look", str)
    schema = _object({**told, **(more or {})})
    return {**schema, "description": " ".join((kind.__doc__ or "").split())}


def changed(kind: type) -> Schema:
    """The same, where only the fields that have changed are told."""
    return {**closed(kind), "required": []}


def _field(kind: type, name: str, hint: object) -> Schema:
    words = WORDS.get((kind.__name__, name))
    if words is not None:
        return {"enum": [word.value for word in words]}
    return _of(hint)


def _of(hint: object) -> Schema:
    origin, given = get_origin(hint), get_args(hint)
    if origin in {UnionType, Union}:
        return {"anyOf": [_of(one) for one in given if one is not type(None)] + [{"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _of(given[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(given[1])}
    if isinstance(hint, type) and is_dataclass(hint):
        return closed(hint)
    return dict(PLAIN[hint])


def text() -> str:
    """The file's text."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
