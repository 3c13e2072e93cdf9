"""A write as one line of JSON and back, for the journal and for what is set aside.

Owns: the words of that line. Must not know SQL. A seat (`SaveSlot`) has none: an old one that
came again would sit an agent on another's chair. Nor is kept whom to answer: after a restart
the same reference belongs to somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import (
    AmendAttempt,
    ClosePlace,
    EndAttempt,
    EnterAct,
    KeepAnswer,
    KeepPlace,
    NoteProgress,
)
from dialer.queue_effects import (
    NoteInboundCall,
    NoteQueueCall,
    NoteQueueTalk,
    QueueEnd,
    QueueNote,
    TalkEnd,
)
from store.outcomes import WriteEffect

Lasting = (
    NoteProgress
    | EndAttempt
    | AmendAttempt
    | QueueNote
    | KeepPlace
    | ClosePlace
    | KeepAnswer
    | EnterAct
)
"""A write that may be kept outside the database for a while."""

_KINDS: Mapping[str, type[Lasting]] = {
    kind.__name__: kind
    for kind in (
        *(NoteProgress, EndAttempt, AmendAttempt),
        *(NoteInboundCall, NoteQueueCall, NoteQueueTalk),
        *(KeepPlace, ClosePlace, KeepAnswer, EnterAct),
    )
}
_WORDS: Mapping[str, type[Outcome | Disposition | QueueEnd | TalkEnd]] = {
    "outcome": Outcome,
    "disposition": Disposition,
    "how": QueueEnd,
    "ended_by": TalkEnd,
}
_TIMES = frozenset({"answered_at", "bridged_at", "ended_at", "at", "appointment_at", "joined_at"})
_NUMBERS = frozenset(
    {
        "cause",
        "reason",
        "campaign_id",
        "key",
        "highest",
        "weight",
        "waited_ms",
        "talk_ms",
        "hold_ms",
        "wrap_ms",
    }
)
_HIGHEST = (1 << 31) - 1


def gives_word(effect: WriteEffect) -> bool:
    """Whether it holds what an agent said of a call."""
    match effect:
        case EndAttempt():
            return effect.disposition is not None
        case AmendAttempt():
            return True
        case _:
            return False


def is_promised(effect: WriteEffect) -> bool:
    """Whether a person waits to hear that it is saved: an agent, a caller, or a supervisor."""
    return gives_word(effect) or isinstance(effect, KeepPlace | EnterAct)


def encode_effect(effect: Lasting) -> dict[str, object]:
    """The write in plain values that `json.dumps` takes; what is empty is left out."""
    match effect:
        case EndAttempt() | AmendAttempt():
            effect = replace(effect, reply="")
        case KeepPlace() | EnterAct():
            effect = replace(effect, ref="")
        case _:
            pass
    said = {field.name: _plain(getattr(effect, field.name)) for field in fields(effect)}
    said = {name: value for name, value in said.items() if value not in (None, "")}
    return {"kind": type(effect).__name__, **said}


def effect_line(effect: Lasting) -> bytes:
    """The write as one line of ASCII: also half a character goes through it unharmed."""
    return json.dumps(encode_effect(effect)).encode()


def decode_effect(said: Mapping[str, Any]) -> Lasting:
    """The write again. Raises ValueError for what is none that this program knows."""
    kind = _KINDS.get(str(said.get("kind")))
    if kind is None:
        raise ValueError(f"no write of ours is called {said.get('kind')!r}")
    try:
        values = {name: _typed(name, value) for name, value in said.items() if name != "kind"}
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"not a write of ours: {error}") from error


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(name: str, value: object) -> Any:
    """The value as the write has it. Raises ValueError or TypeError where it is none."""
    if name in _NUMBERS:
        if type(value) is int and abs(value) <= _HIGHEST:
            return value
        raise ValueError(f"{name} is no number: {value!r}")
    if name == "transferred" and isinstance(value, bool):
        return value
    if name == "choices":
        return _pairs(value)
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text: {value!r}")
    if name in _TIMES:
        return _moment(name, value)
    word = _WORDS.get(name)
    return value if word is None else word(value)


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"choices are no list: {value!r}")
    try:
        return tuple((str(step), str(what)) for step, what in value)
    except ValueError as error:
        raise TypeError(f"choices are no pairs: {value!r}") from error


def _moment(name: str, value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{name} has no zone: {value}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{name} is at no time: {value}") from error
