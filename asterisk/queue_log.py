"""Asterisk's queue_log: its lines, and the stays of callers that they tell of.

Owns: how a line is read though nothing in it is escaped, and how the lines of one stay, which may
begin in an older file, make one record. Must not know files, nor what is on record already. Pure.

A line is `epoch|call|queue|member|EVENT|data…`, in whole seconds of UTC: neither zone nor clock
change can shift it. A `|` in a caller's number or in a member's name moves the fields behind it:
the event is looked for, and what follows it is counted from the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from dialer.queue_effects import QueueEnd, TalkEnd

NOBODY: Final = "NONE"
STARTED: Final = "QUEUESTART"
_FIELDS_BEFORE: Final = 4
_LATEST: Final = 1 << 33
"""An epoch beyond it, in the year 2242, is a damaged line."""
_LONGEST_NAME: Final = 150
"""What is longer is the name of no call, queue or member, and fits into no database."""
_LONGEST_STAY: Final = timedelta(days=1)
"""Nobody waits and talks for longer: the clock was set meanwhile, or lines are missing."""
_MOST_OPEN: Final = 100_000
"""More callers are in no switch: their ends are missing, and the oldest is let go."""

_JOINED: Final = "ENTERQUEUE"
_ANSWERED: Final = "CONNECT"
_ENDS: Final = {
    "ABANDON": QueueEnd.ABANDONED,
    "EXITWITHTIMEOUT": QueueEnd.TIMEOUT,
    "EXITWITHKEY": QueueEnd.KEY,
    "EXITEMPTY": QueueEnd.EMPTY,
    "WITHDRAW": QueueEnd.WITHDRAWN,
}
_COMPLETED: Final = {"COMPLETEAGENT": TalkEnd.AGENT, "COMPLETECALLER": TalkEnd.CALLER}
_TRANSFERS: Final = frozenset({"BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER"})
OURS: Final = frozenset({STARTED, _JOINED, _ANSWERED, *_ENDS, *_COMPLETED, *_TRANSFERS})
OTHERS: Final = frozenset(
    {
        *("ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PENALTY"),
        *("RINGNOANSWER", "RINGCANCELED", "AGENTDUMP", "AGENTLOGIN", "AGENTLOGOFF", "INFO", "DID"),
        *("AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", "SYSCOMPAT", "CONFIGRELOAD", "QUEUESTOP"),
        *("MEMBERPENALTY", "RINGINUSE", "EXITWITHVOICEMAIL", "URL"),
    }
)
"""Events that tell nothing of a stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line. `data`: what follows the event."""

    at: datetime
    call: str
    queue: str
    member: str
    event: str
    data: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStay:
    """One stay as the log tells it; times in whole seconds. `number`: as the network gave it."""

    call: str
    queue: str
    joined_at: datetime
    ended_at: datetime
    how: QueueEnd
    number: str = ""
    agent: str = ""
    talk_s: int | None = None
    transferred: bool = False
    ended_by: TalkEnd | None = None


def read_line(text: str) -> LogLine | None:
    """One line without its end; None for an event that tells nothing of a stay.

    Raises:
        ValueError: it is no line of queue_log.
    """
    fields = text.split("|")
    if len(fields) <= _FIELDS_BEFORE or not fields[0].isascii() or not fields[0].isdigit():
        raise ValueError("no line of queue_log")
    seconds = int(fields[0])
    if seconds >= _LATEST:
        raise ValueError("no moment of queue_log")
    place = _place_of_event(fields)
    if place is None:
        # A newer Asterisk may have events that we do not know; half a line has none.
        if fields[_FIELDS_BEFORE].isupper():
            return None
        raise ValueError("no event of queue_log")
    if fields[place] not in OURS:
        return None
    member = "|".join(fields[3:place])
    if "\0" in text or max(map(len, (fields[1], fields[2], member))) > _LONGEST_NAME:
        raise ValueError("no name of queue_log")
    return LogLine(
        at=datetime.fromtimestamp(seconds, UTC),
        call=fields[1],
        queue=fields[2],
        member=member,
        event=fields[place],
        data=tuple(fields[place + 1 :]),
    )


def _place_of_event(fields: list[str]) -> int | None:
    """Where the event stands: behind a member whose name has a `|`, later than it should."""
    places = range(_FIELDS_BEFORE, len(fields))
    return next((n for n in places if fields[n] in OURS or fields[n] in OTHERS), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A stay whose end is still to come."""

    stay: LogStay
    answered: bool = False


class Stays:
    """Takes the lines of one or several files, in the order of time, and gives the stays."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    @property
    def still_open(self) -> int:
        """Stays whose end the files do not tell: the callers may be there yet."""
        return len(self._open)

    def take(self, line: LogLine) -> Iterator[LogStay]:
        """The stays that are known wholly with this line.

        Raises:
            ValueError: what the line tells cannot be read.
        """
        event = line.event
        if event == STARTED:
            yield from self._lost_with_the_switch(line.at)
        elif event == _JOINED:
            yield from self._joined(line)
        elif event == _ANSWERED:
            yield from self._answered(line)
        elif event in _ENDS:
            yield self._left(line, _ENDS[event])
        else:
            yield self._talked(line)

    def rest(self) -> Iterator[LogStay]:
        """At the end of all files: the talks that go on are answered stays all the same."""
        for call, known in list(self._open.items()):
            if known.answered:
                del self._open[call]
                yield known.stay

    def _joined(self, line: LogLine) -> Iterator[LogStay]:
        yield from self._left_unsaid(line.call, line.at)
        number = "|".join(line.data[1:-1])
        stay = LogStay(
            call=line.call,
            queue=line.queue,
            joined_at=line.at,
            ended_at=line.at,
            how=QueueEnd.LEFT,
            number=number,
        )
        self._open[line.call] = _Open(stay=stay)
        if len(self._open) > _MOST_OPEN:
            yield from self._left_unsaid(next(iter(self._open)), line.at)

    def _left_unsaid(self, call: str, at: datetime) -> Iterator[LogStay]:
        """A caller who joins again has left the queue before; a talk has ended unsaid."""
        known = self._open.pop(call, None)
        if known is not None:
            yield known.stay if known.answered else _left_at(known.stay, at)

    def _answered(self, line: LogLine) -> Iterator[LogStay]:
        waited_s = _seconds(line.data, 0)
        stay = self._stay(line, line.at - timedelta(seconds=waited_s))
        self._open[line.call] = _Open(
            stay=replace(stay, ended_at=line.at, how=QueueEnd.ANSWERED, agent=_member(line)),
            answered=True,
        )
        return
        yield

    def _left(self, line: LogLine, how: QueueEnd) -> LogStay:
        place = 3 if line.event == "EXITWITHKEY" else 2
        waited_s = _seconds(line.data, place) if len(line.data) > place else 0
        stay = self._stay(line, line.at - timedelta(seconds=waited_s))
        return replace(stay, ended_at=line.at, how=how)

    def _talked(self, line: LogLine) -> LogStay:
        """Wait, talk and first place are the first or the last three, whatever else is there."""
        first = 0 if line.event in _COMPLETED else len(line.data) - 3
        waited_s, talk_s = _seconds(line.data, first), _seconds(line.data, first + 1)
        answered_at = line.at - timedelta(seconds=talk_s)
        known = self._open.get(line.call)
        stay = self._stay(line, answered_at - timedelta(seconds=waited_s))
        if known is None or not known.answered or stay is not known.stay:
            stay = replace(stay, ended_at=answered_at)
        return replace(
            stay,
            how=QueueEnd.ANSWERED,
            agent=stay.agent or _member(line),
            talk_s=talk_s,
            transferred=line.event in _TRANSFERS,
            ended_by=_COMPLETED.get(line.event, TalkEnd.TRANSFER),
        )

    def _stay(self, line: LogLine, joined_at: datetime) -> LogStay:
        """The stay that is open, or one whose beginning is in no file of ours."""
        known = self._open.get(line.call)
        if known is not None and known.stay.queue == line.queue:
            del self._open[line.call]
            if timedelta() <= line.at - known.stay.joined_at <= _LONGEST_STAY:
                return known.stay
            return replace(known.stay, joined_at=joined_at, ended_at=line.at)
        return LogStay(
            call=line.call,
            queue=line.queue,
            joined_at=joined_at,
            ended_at=line.at,
            how=QueueEnd.LEFT,
        )

    def _lost_with_the_switch(self, at: datetime) -> Iterator[LogStay]:
        """Asterisk has begun anew: whoever waited or talked was cut off before."""
        for known in self._open.values():
            lost = replace(_left_at(known.stay, at), how=QueueEnd.LOST)
            yield known.stay if known.answered else lost
        self._open.clear()


def _left_at(stay: LogStay, at: datetime) -> LogStay:
    """The stay until then; until when one lasted that began long ago, nobody knows."""
    fits = timedelta() <= at - stay.joined_at <= _LONGEST_STAY
    return replace(stay, ended_at=at if fits else stay.joined_at)


def _member(line: LogLine) -> str:
    return "" if line.member == NOBODY else line.member


def _seconds(data: tuple[str, ...], place: int) -> int:
    text = data[place] if 0 <= place < len(data) else ""
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004  a damaged line
        raise ValueError("a duration is no number")
    if int(text) > _LONGEST_STAY.total_seconds():
        raise ValueError("a duration is too long")
    return int(text)
