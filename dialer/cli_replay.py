"""`waihu replay`: a recorded AMI stream through the engine, and what it would have decided.

Owns: the command, its progress line, and what is printed. The replay itself is
`dialer.replay`; it needs no settings, no database and no switch. Numbers are never shown.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from asterisk.capture import Capture, ZstandardMissing
from config.language import _, mark, translate
from dialer.cli_errors import CommandError, ExitCode, say_error
from dialer.cli_print import facts, heading, print_json, say, table
from dialer.logs import mask
from dialer.replay import Replay
from dialer.replay_agreement import Decision, DecisionKind, Difference
from dialer.replay_record import Ahead, ReadCounts, Record
from dialer.replay_stream import Playback
from supervisor.snapshot import QueueView
from supervisor.terminal_text import duration, mean_seconds, rate
from supervisor.words import outcome_words

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

PACE: Final = 100.0
SHOWN_DIFFERENCES: Final = 20
SHOWN_KINDS: Final = 12
_TELL_EVERY: Final = 5_000

KINDS: Final = {
    DecisionKind.ORIGINATE: mark("place a call"),
    DecisionKind.CONNECT: mark("put through"),
    DecisionKind.MESSAGE: mark("play the message"),
    DecisionKind.HANG_UP: mark("hang up"),
    DecisionKind.PAUSE: mark("pause in the queues"),
    DecisionKind.SEAT: mark("give a slot"),
    DecisionKind.OUTCOME: mark("outcome"),
    DecisionKind.JOIN: mark("join queues"),
    DecisionKind.LEAVE: mark("leave queues"),
}


@app.command()
def replay(
    capture: Annotated[
        list[Path],
        typer.Argument(help=mark("Recorded AMI stream: plain, .gz or .zst; several in order.")),
    ],
    decisions: Annotated[
        bool, typer.Option("--decisions", help=mark("Print every decision, in order of time."))
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
    pace: Annotated[
        float,
        typer.Option(
            min=0.001, help=mark("Messages a second, for a stream that has no time stamps.")
        ),
    ] = PACE,
) -> None:
    """Nothing is dialed, and no database and no Asterisk is touched."""
    captures = [_checked(path) for path in capture]
    try:
        record = _read_ahead(captures, pace)
        kept: list[Decision] = []
        zone = ZoneInfo(record.site.zone)
        tell = kept.append if json else _teller(zone) if decisions else _nobody
        done = _play(captures, record, pace, tell)
    except ZstandardMissing:
        raise CommandError(
            _("reading .zst needs the Python package zstandard; or unpack the file first: zstd -d")
        ) from None
    if json:
        _print_json(captures, record, done, kept if decisions else None)
    else:
        _print(captures, record, done, pace)
    for one in captures:
        if one.breaks_off:
            said = _("{path} breaks off at {where}; what was read until there is shown")
            say_error(said.format(path=one.path, where=one.breaks_off))


def _checked(path: Path) -> Capture:
    if not path.exists():
        raise CommandError(_("there is no file {path}").format(path=path), ExitCode.USAGE)
    if not path.is_file():
        said = _("{path} is not a file; it is read twice, so it cannot be a pipe")
        raise CommandError(said.format(path=path), ExitCode.USAGE)
    return Capture(path)


def _read_ahead(captures: Sequence[Capture], pace: float) -> Record:
    ahead = Ahead(pace)
    for message in _messages(captures, _("reading")):
        ahead.read(message)
    record = ahead.finish(sum(one.dropped for one in captures))
    counts = record.counts
    if not counts.events + counts.responses + counts.actions:
        broken = next((one.breaks_off for one in captures if one.breaks_off), "")
        why = f" ({broken})" if broken else ""
        names = ", ".join(str(one.path) for one in captures)
        raise CommandError(_("there is no AMI message in {path}{why}").format(path=names, why=why))
    if record.runs > 1:
        said = _("these are {n} runs of the engine; replay the files of one run at a time")
        raise CommandError(said.format(n=record.runs), ExitCode.USAGE)
    return record


def _play(
    captures: Sequence[Capture], record: Record, pace: float, tell: Callable[[Decision], None]
) -> Replay:
    replay = Replay(record, tell)
    playback = Playback(record, replay, pace)
    for message in _messages(captures, _("replaying")):
        playback.feed(message)
    return replay


def _messages(captures: Sequence[Capture], doing: str) -> Iterator[bytes]:
    """All messages of all captures, with a line of progress where somebody watches."""
    watched = sys.stderr.isatty()
    for one in captures:
        for count, message in enumerate(one.messages()):
            if watched and count % _TELL_EVERY == 0:
                part = one.read_bytes / max(one.size, 1)
                sys.stderr.write(f"\r\x1b[K{doing} {one.path.name} {part:.0%}")
            yield message
    if watched:
        sys.stderr.write("\r\x1b[K")


# ── decisions ────────────────────────────────────────────────────────────────────────────


def _nobody(_decision: Decision) -> None:
    return


def _teller(zone: ZoneInfo) -> Callable[[Decision], None]:
    def tell(decision: Decision) -> None:
        say(f"{_time(decision.at, zone)}  {_words(decision)}")

    return tell


def _time(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).isoformat(" ", "milliseconds")[:-6]


def _words(decision: Decision) -> str:
    kind = _(KINDS[decision.kind])
    if decision.kind is DecisionKind.PAUSE and not decision.detail:
        kind = _("end the pause")
    return f"{kind}: {mask(decision.subject)} {mask(decision.detail)}".rstrip()


def _difference(difference: Difference, zone: ZoneInfo) -> tuple[str, str, str]:
    sides = (difference.then, difference.now)
    words = [_words(side) if side else "–" for side in sides]
    return _time(difference.at, zone), words[0], words[1]


# ── for people ───────────────────────────────────────────────────────────────────────────


def _print(captures: Sequence[Capture], record: Record, done: Replay, pace: float) -> None:
    zone = ZoneInfo(record.site.zone)
    heading(_("Read"))
    facts(_read_facts(captures, record.counts, zone))
    if not record.counts.stamped:
        said = _("There are no time stamps in it: {n} messages a second are assumed (--pace).")
        say(said.format(n=f"{pace:g}"))
    _print_decisions(done)
    _print_queues(done)
    _print_agreement(record, done, zone)


def _read_facts(
    captures: Sequence[Capture], counts: ReadCounts, zone: ZoneInfo
) -> list[tuple[str, str]]:
    common = counts.kinds.most_common()
    kinds = ", ".join(f"{name} {n:,}" for name, n in common[:SHOWN_KINDS])
    more = f", … (+{len(common) - SHOWN_KINDS})" if len(common) > SHOWN_KINDS else ""
    lost = counts.unreadable + counts.dropped
    first, last = counts.first_at, counts.last_at
    span = ""
    if first is not None and last is not None:
        span = f"{_time(first, zone)} – {_time(last, zone)} ({zone.key}, {duration(last - first)})"
    parts = (
        (_("events"), counts.events),
        (_("answers"), counts.responses),
        (_("our actions"), counts.actions),
        (_("our notes"), counts.notes),
    )
    return [
        (_("file"), ", ".join(one.path.name for one in captures)),
        (_("time"), span),
        (_("messages"), f"{counts.messages:,}"),
        ("", ""),
        *((f"  {name}", f"{n:,}") for name, n in parts if n),
        (_("of use"), f"{counts.used:,}"),
        (_("not readable"), f"{lost:,}" if lost else ""),
        (_("kinds"), kinds + more),
    ]


def _print_decisions(done: Replay) -> None:
    heading(_("Decided"))
    if not done.decisions:
        say(_("Nothing: there is no call of ours in it."))
        return
    rows = [(_(KINDS[kind]), f"{done.decisions[kind]:,}") for kind in KINDS if done.decisions[kind]]
    table([_("decision"), _("times")], rows, right=_("times"))
    words = outcome_words(translate)
    outcomes = [
        (words[outcome], f"{done.outcomes[outcome.value]:,}")
        for outcome in words
        if done.outcomes[outcome.value]
    ]
    if outcomes:
        table([_("outcome"), _("calls")], outcomes, right=_("calls"))


def _print_queues(done: Replay) -> None:
    views = [view for view in done.statistics.queue_views(done.now) if view.offered]
    if not views:
        return
    heading(_("Queues"))
    figures = [_("calls"), _("answered"), _("given up"), _("service level"), _("ASA")]
    table([_("queue"), *figures], map(_queue_row, views), right="|".join(figures))


def _queue_row(view: QueueView) -> tuple[str, ...]:
    return (
        view.name,
        str(view.offered),
        str(view.answered),
        str(view.abandoned),
        f"{rate(view.service_level)} ≤ {view.threshold_s:g} s",
        mean_seconds(view.asa),
    )


def _print_agreement(record: Record, done: Replay, zone: ZoneInfo) -> None:
    if not record.counts.actions:
        return
    heading(_("Beside what the engine did then"))
    found = done.agreement.differences
    said = _("{same} decisions are the same, {n} differ, {late} are too near the end to tell.")
    late = done.agreement.undecided
    say(said.format(same=done.agreement.same, n=len(found), late=late))
    if found:
        columns = [_("when"), _("then"), _("now")]
        table(columns, [_difference(one, zone) for one in found[:SHOWN_DIFFERENCES]])
    if len(found) > SHOWN_DIFFERENCES:
        say(_("… and {n} more: --json has all").format(n=len(found) - SHOWN_DIFFERENCES))


# ── for programs ─────────────────────────────────────────────────────────────────────────


def _print_json(
    captures: Sequence[Capture], record: Record, done: Replay, kept: Sequence[Decision] | None
) -> None:
    broken = {str(one.path): one.breaks_off for one in captures if one.breaks_off}
    agreement = done.agreement
    shown: dict[str, object] = {
        "captures": [str(one.path) for one in captures],
        "breaks_off": broken,
        "read": _counts_json(record.counts),
        "zone": record.site.zone,
        "decided": {kind.value: done.decisions[kind] for kind in KINDS},
        "outcomes": dict(done.outcomes),
        "queues": [_queue_json(view) for view in done.statistics.queue_views(done.now)],
        "agreement": {
            "same": agreement.same,
            "different": [_difference_json(one) for one in agreement.differences],
            "undecided": agreement.undecided,
        },
    }
    if kept is not None:
        shown["decisions"] = [_decision_json(one) for one in kept]
    print_json(shown)


def _counts_json(counts: ReadCounts) -> dict[str, object]:
    return {
        "messages": counts.messages,
        "events": counts.events,
        "answers": counts.responses,
        "actions": counts.actions,
        "notes": counts.notes,
        "of_use": counts.used,
        "unreadable": counts.unreadable,
        "too_long": counts.dropped,
        "stamped": counts.stamped,
        "first_at": counts.first_at,
        "last_at": counts.last_at,
        "kinds": dict(counts.kinds.most_common()),
    }


def _queue_json(view: QueueView) -> dict[str, object]:
    return {
        "name": view.name,
        "offered": view.offered,
        "answered": view.answered,
        "abandoned": view.abandoned,
        "threshold_s": view.threshold_s,
        "service_level": view.service_level.value,
        "asa_s": view.asa.value,
    }


def _decision_json(decision: Decision) -> dict[str, object]:
    return {
        "at": decision.at,
        "kind": decision.kind.value,
        "subject": mask(decision.subject),
        "detail": mask(decision.detail),
    }


def _difference_json(difference: Difference) -> dict[str, object]:
    then, now = difference.then, difference.now
    return {
        "then": _decision_json(then) if then else None,
        "now": _decision_json(now) if now else None,
    }
