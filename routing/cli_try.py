"""A walk through a flow in the terminal: what the caller would hear, and what would come next.

Owns: the questions that stand in for keypad, lookups and queues, and how the walk is told. The
walk itself is `routing.flow_run`'s. Nothing is asked of any server, and nobody is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import typer

from config.language import _
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_times import moment, read_time
from routing.flow import ORDER_FACTS, QUEUE_FACTS, Flow
from routing.flow_run import State, begin, step
from routing.flow_talk import (
    Action,
    Again,
    AskOrder,
    Began,
    Bye,
    Caller,
    CameBack,
    Done,
    Failed,
    Fetch,
    ForOrders,
    Found,
    Input,
    Listen,
    LookAt,
    NoteAnswer,
    NoteCallBack,
    NotFound,
    OpenOrder,
    Overflowed,
    Pressed,
    Return,
    Speak,
    Speech,
    Switch,
    ToExtension,
    ToQueue,
    ToVoicemail,
)

NOTHING: Final = "-"
MISSING: Final = "missing"
FAILED: Final = "failed"
OVERFLOW: Final = "overflow"
AGAIN: Final = "again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Who calls when, and what is typed; `keys` None: it is asked for."""

    at: str | None
    caller: str
    dialed: str
    facts: tuple[str, ...]
    keys: str | None


def try_flow(flow: Flow, journey: Journey, now: datetime, *, json: bool) -> None:
    """Walk from the first step to the end of the call, or to where nothing more is typed.

    Raises:
        CommandError: a time or a fact cannot be read.
    """
    zone = ZoneInfo(flow.zone)
    at = now if journey.at is None else read_time(journey.at, zone, now)
    facts = dict(_fact(text) for text in journey.facts)
    caller = Caller(number=journey.caller, dialed=journey.dialed, facts=facts)
    walk = _Walk(flow, caller, at, _typed(journey.keys))
    if not json:
        say(_("The call comes in: {moment}").format(moment=moment(at, zone, now)))
    told = []
    for state, action in walk.steps():
        told.append(_as_json(state, action))
        if not json:
            _tell(state, action)
    if json:
        record = [{"step": one.step, "what": one.what} for one in walk.state.record]
        print_json({"flow": flow.name, "heard": told, "record": record, "ended": walk.ended})
    elif not walk.ended:
        say(_("Nothing more was typed: the walk ends here, with the caller still on the line."))


def _fact(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        said = _("“{text}” is no fact: write it as vip=yes").format(text=text)
        raise CommandError(said, ExitCode.USAGE)
    return name, value


def _typed(keys: str | None) -> Iterator[str]:
    """What is typed, word by word; from the terminal where nothing was given."""
    if keys is not None:
        yield from keys.split()
        return
    while True:
        try:
            yield typer.prompt("", prompt_suffix="> ", default="", show_default=False)
        except (EOFError, typer.Abort):
            return


class _Walk:
    """Steps through a flow with what is typed for everything that would come in."""

    def __init__(self, flow: Flow, caller: Caller, at: datetime, typed: Iterator[str]) -> None:
        self._flow = flow
        self._at = at
        self._typed = typed
        self.state = begin(flow, caller)
        self.ended = False

    def steps(self) -> Iterator[tuple[State, Action]]:
        """Each thing that happens, told before what follows it is asked for."""
        came: Input | None = Began()
        while came is not None:
            self.state, action = step(self._flow, self.state, came, self._at)
            yield self.state, action
            came = self._next(action)

    def _next(self, action: Action) -> Input | None:
        match action:
            case Bye():
                self.ended = True
                return None
            case Speak() | Switch() | NoteAnswer():
                return Done()
            case _:
                word = next(self._typed, None)
                return None if word is None else self._came(action, word.strip())

    def _came(self, action: Action, word: str) -> Input | None:
        word = "" if word == NOTHING else word
        match action:
            case Listen(most=most):
                return Pressed(_keys(word, most))
            case Fetch() | AskOrder() | OpenOrder() | LookAt():
                return _looked_up(word)
            case ToQueue():
                return self._back(action, word)
            case ToExtension() if word != FAILED:
                self.ended = True
                return None
            case NoteCallBack() if word == AGAIN:
                return Again()
            case _:
                return Failed() if word == FAILED else Done()

    def _back(self, action: ToQueue, word: str) -> Input | None:
        """Out of the queue by a word of ours; `overflow`, or `overflow2`, instead of into it."""
        if word in set(Return):
            return CameBack(Return(word))
        if word.startswith(OVERFLOW):
            nth = word.removeprefix(OVERFLOW) or "1"
            if nth in {str(n) for n in range(1, len(action.overflow) + 1)}:
                return Overflowed(int(nth))
        self.ended = True
        return None


def _keys(word: str, most: int) -> str:
    """As a switch would give them: up to `#`, and never more than asked for."""
    return word if most == 1 and word == "#" else word.partition("#")[0][:most]


def _looked_up(word: str) -> Input:
    if word in {"", FAILED}:
        return Failed()
    if word == MISSING:
        return NotFound()
    return Found(dict(_fact(pair) for pair in word.split(",")))


# ── telling ──────────────────────────────────────────────────────────────────────────────


def _tell(state: State, action: Action) -> None:
    say(f"[{state.at}]", style="bright_black")
    for line in _heard(action):
        say(f"  {line}")
    if asked := _asked(action):
        say(f"  {asked}", style="bright_black")


def _heard(action: Action) -> Iterator[str]:  # noqa: C901  one line a kind of action
    if isinstance(action, Speak | Listen | ToQueue | ToExtension | Bye):
        yield from _lines(action.say)
    match action:
        case Switch(language=language):
            yield _("From now on: {language}").format(language=language)
        case Fetch(url=url):
            yield _("Looks up {url}").format(url=url)
        case AskOrder() | OpenOrder():
            yield _for_orders(action)
        case LookAt(queue=queue):
            yield _("Looks at queue {queue}").format(queue=queue)
        case ToQueue(queue=queue, priority=priority):
            yield _("Waits in queue {queue}, priority {n}").format(queue=queue, n=priority)
        case ToVoicemail(box=box):
            yield _("Leaves a message in mailbox {box}").format(box=box)
        case ToExtension(extension=extension, context=context):
            yield _("Rings {extension}").format(extension=f"{extension}@{context}")
        case NoteAnswer(question=question, key=key):
            yield _("Rates {question}: {key}").format(question=question, key=key)
        case NoteCallBack(number=number):
            yield _("Wants to be called back: {number}").format(number=number)
        case Bye():
            yield _("The call ends.")
        case _:
            return


def _for_orders(action: ForOrders) -> str:
    match action:
        case AskOrder(number=""):
            return _("Looks up the caller's own work orders")
        case AskOrder(number=number):
            return _("Looks up work order {number}").format(number=number)
        case OpenOrder(kind=kind):
            return _("Opens a work order: {kind}").format(kind=kind)


def _lines(speech: Speech) -> Iterator[str]:
    for one in speech:
        yield f"♪ {one.text}" if one.manner == "sound" else f"“{one.text}”"


def _asked(action: Action) -> str:  # noqa: PLR0911  one line a kind of action
    match action:
        case Listen(most=1):
            return _("Press a key (Enter: nothing)")
        case Listen(most=most):
            return _("Type up to {n} digits (Enter: nothing)").format(n=most)
        case Fetch() | AskOrder() | OpenOrder():
            take = action.take if isinstance(action, Fetch) else ORDER_FACTS
            fields = ",".join(f"{name}=…" for name in take)
            return _("What it brings: {fields}, or missing, or failed").format(fields=fields)
        case LookAt():
            fields = ",".join(f"{name}=…" for name in QUEUE_FACTS)
            return _("What it brings: {fields}, or missing, or failed").format(fields=fields)
        case ToQueue(overflow=overflow) if overflow:
            return _("Enter: an agent answers; or type timed_out, nobody, after, or overflow1")
        case ToQueue(goes_on=True):
            return _("Enter: an agent answers; or type timed_out, nobody, or after")
        case ToQueue():
            return _("Enter: an agent answers; or type timed_out, or nobody")
        case NoteCallBack():
            return _("Enter: it works; or type again, or failed")
        case ToVoicemail() | ToExtension():
            return _("Enter: it works; or type failed")
        case _:
            return ""


def _as_json(state: State, action: Action) -> Mapping[str, object]:
    name = type(action).__name__
    told: dict[str, object] = {"step": state.at, "does": name, "language": state.language}
    if isinstance(action, Speak | Listen | ToQueue | ToExtension | Bye):
        told["says"] = [{"as": one.manner.value, "text": one.text} for one in action.say]
    for key in (
        "queue",
        "priority",
        "wait_s",
        "box",
        "extension",
        "context",
        "url",
        "number",
        "kind",
        "subject",
        "most",
    ):
        if hasattr(action, key):
            told[key] = getattr(action, key)
    return told
