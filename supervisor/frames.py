"""The picture as it is pushed: a whole one to begin with, then only what differs.

Owns: the contract of what every sink and every page is told (`VERSION`), and what has changed from
one picture to the next. Must not know who watches, nor how a frame travels.

A frame is `{"v", "seq", "ts", "full"}` and the sections: `site`, one object, and those of many
entities by key (`SECTIONS`). In a frame that is not full there is only what differs: of an entity
the fields that have changed; null is one that is gone. `seq` goes up by one: whoever misses one
takes a full frame. No duration that grows is in a frame, only the instant since when: so a picture
in which nothing happens has no changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from supervisor.snapshot import Snapshot

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

VERSION: Final = 1

Json = object
Entity = Mapping[str, Json]
Picture = Mapping[str, Mapping[str, Json]]
Known = dict[tuple[str, str], tuple[object, Entity]]
"""By section and key, the view that was told of last, and its values."""

SITE: Final = "site"
SECTIONS: Final[Mapping[str, str]] = {
    "queues": "name",
    "agents": "agent",
    "campaigns": "name",
    "alarms": "id",
    "minutes": "at",
}
"""The sections of many entities, each with the field that is the key."""

GROWING: Final = frozenset({"longest_wait_s", "oldest_place_s"})
"""Durations that run on: beside each the picture has the instant."""

_DUMP: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MISSING: Final = object()
_NAMES: Final[dict[type, tuple[str, ...]]] = {}


class Values(dict[str, Json]):
    """The plain values of one entity, or of the site. Nobody alters them: their JSON stays true."""

    @cached_property
    def text(self) -> str:
        """Their JSON, made when it is first asked for, once for all who are told."""
        return _DUMP.encode(self)


class Frame:
    """One step from a picture to the next. `changes`: what differs; `picture`: all, afterwards.

    Both JSON texts are made when they are first asked for, once for all who are told.
    """

    def __init__(self, *, seq: int, ts: datetime, changes: Picture, picture: Picture) -> None:
        self.seq = seq
        self.ts = ts
        self.changes = changes
        self.picture = picture

    @cached_property
    def delta_json(self) -> bytes:
        """What differs from the frame before."""
        return _DUMP.encode({**self._head(full=False), **self.changes}).encode()

    @cached_property
    def full_json(self) -> bytes:
        """Everything, for who comes anew or has missed a frame: of most the JSON is there."""
        sections = (f"{_DUMP.encode(name)}:{_text(part)}" for name, part in self.picture.items())
        head = _DUMP.encode(self._head(full=True))
        return ",".join([head[:-1], *sections]).encode() + b"}"

    def _head(self, *, full: bool) -> dict[str, Json]:
        return {"v": VERSION, "seq": self.seq, "ts": self.ts.isoformat(), "full": full}


def _text(part: Mapping[str, Json]) -> str:
    """The JSON of one section."""
    if isinstance(part, Values):
        return part.text
    told = (f"{_DUMP.encode(key)}:{_text(entity)}" for key, entity in part.items())  # type: ignore[arg-type]  # a section is made of entities
    return "{" + ",".join(told) + "}"


class Frames:
    """Makes the frames of one stream of pictures, in their order."""

    def __init__(self) -> None:
        self._seq = 0
        self._picture: Picture = {}
        self._known: Known = {}

    def next(self, snapshot: Snapshot) -> Frame | None:
        """The step to this picture; None where nothing differs."""
        known: Known = {}
        picture = _sections(snapshot, self._known, known)
        self._known = known
        changes = _changes(self._picture, picture)
        if not changes:
            return None
        self._seq += 1
        self._picture = picture
        return Frame(seq=self._seq, ts=snapshot.ts, changes=changes, picture=picture)


def picture_of(snapshot: Snapshot) -> Picture:
    """The snapshot in sections of plain values."""
    return _sections(snapshot, {}, {})


def _sections(snapshot: Snapshot, before: Known, known: Known) -> Picture:
    """The picture; a view that is the very same as `before` need not be put into values again."""
    sections: dict[str, Mapping[str, Json]] = {SITE: _site(snapshot)}
    for section, key in SECTIONS.items():
        entities: dict[str, Json] = {}
        for view in getattr(snapshot, section):
            name = str(_plain(getattr(view, key)))
            seen = before.get((section, name))
            entity = seen[1] if seen is not None and seen[0] is view else _entity(view)
            known[section, name] = (view, entity)
            entities[name] = entity
        sections[section] = entities
    return sections


def applied(picture: Picture, frame: Mapping[str, Json]) -> Picture:
    """The picture after a frame that was read from JSON: what every consumer does.

    Raises:
        ValueError: the frame is of another version.
    """
    if frame.get("v") != VERSION:
        raise ValueError(f"a frame of version {frame.get('v')!r} is not understood here")
    after = {} if frame.get("full") else {name: dict(part) for name, part in picture.items()}
    for name in (SITE, *SECTIONS):
        part, told = after.setdefault(name, {}), frame.get(name)
        if isinstance(told, Mapping):
            assert isinstance(part, dict)  # noqa: S101  tells mypy what the line above has made
            part.update(told) if name == SITE else _merge(part, told)
    return after


def _merge(part: dict[str, Json], told: Mapping[str, Json]) -> None:
    for key, entity in told.items():
        if not isinstance(entity, Mapping):
            part.pop(key, None)
            continue
        before = part.get(key)
        part[key] = {**before, **entity} if isinstance(before, Mapping) else dict(entity)


# ── what differs ─────────────────────────────────────────────────────────────────────────


def _changes(before: Picture, after: Picture) -> Picture:
    changes: dict[str, Mapping[str, Json]] = {}
    for name, part in after.items():
        old = before.get(name, {})
        differs = _fields_changed(old, part) if name == SITE else _entities_changed(old, part)
        if differs:
            changes[name] = differs
    return changes


def _entities_changed(before: Entity, after: Entity) -> dict[str, Json]:
    changed: dict[str, Json] = dict.fromkeys(key for key in before if key not in after)
    for key, entity in after.items():
        old = before.get(key)
        if old is entity or old == entity:
            continue
        known = isinstance(old, Mapping) and isinstance(entity, Mapping)
        changed[key] = _fields_changed(old, entity) if known else entity  # type: ignore[arg-type]  # `known` says it
    return changed


def _fields_changed(before: Entity, after: Entity) -> dict[str, Json]:
    return {name: value for name, value in after.items() if before.get(name, _MISSING) != value}


# ── plain values ─────────────────────────────────────────────────────────────────────────


def _site(snapshot: Snapshot) -> Values:
    skipped = {"v", "ts", *SECTIONS}
    return Values(
        {name: _plain(getattr(snapshot, name)) for name in _names(snapshot) if name not in skipped}
    )


def _entity(view: DataclassInstance) -> Values:
    told = Values({name: _plain(getattr(view, name)) for name in _names(view)})
    look = getattr(view, "look", None)
    if look is not None:
        told["look"] = str(look)
    left_s = told.get("time_left_s")
    if isinstance(left_s, float):
        told["time_left_s"] = _coarse(left_s)
    return told


def _coarse(left_s: float) -> int:
    """An estimate changes with each call: told in steps of 10 s, from ten minutes on of 1 min."""
    step = 10 if left_s < 600 else 60  # noqa: PLR2004  ten minutes
    return round(left_s / step) * step


def _names(value: DataclassInstance) -> tuple[str, ...]:
    """The fields that are told of a value; asked for each of hundreds of agents at each frame."""
    kind = type(value)
    names = _NAMES.get(kind)
    if names is None:
        names = tuple(one.name for one in fields(value) if one.name not in GROWING)
        _NAMES[kind] = names
    return names


def _plain(value: object) -> Json:
    if value is None or type(value) in {str, int, float, bool}:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _names(value)}
    return value
