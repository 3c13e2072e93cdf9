"""The calls behind a figure of the wallboard, for the API and the command line.

Owns: which calls are asked for, the figure beside them, and whether both agree. What a call counts
as is `supervisor.behind`'s.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from campaigns.campaign import Mode
from campaigns.cli.find import find_campaign
from campaigns.cli.queue_report import queue_rules
from campaigns.ledger import By, EntryKind
from campaigns.phone.masked import HIDDEN, masked
from config.language import _
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_lending import known_queue
from dialer.cli_times import iso
from dialer.messages import CampaignRecord
from store.calls_behind import CallOnFile, CallsBehind, CallsWanted, Page, Place, StaysWanted, Turn
from store.database import Database
from store.ledger import Ledger
from supervisor.behind import (
    CALL_KINDS,
    INBOUND,
    OF_ALL,
    STAY_KINDS,
    WINDOWS,
    CallKind,
    Counted,
    FigureName,
    Part,
    StayKind,
    Window,
    begins,
    call_counted,
    stay_counted,
)
from supervisor.behind_told import Told, Waiting, told_in, waiting_in
from supervisor.snapshot import Snapshot

A_PAGE: Final = 50
MOST: Final = 500
Kind = TypeVar("Kind", StayKind, CallKind)
# Of an attempt, and of a stay in a queue.
_IDS: Final = (re.compile(r"[0-9a-z]{26}"), re.compile(r"[0-9]{1,18}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which figure, and which page of its calls.

    `of`: the queue or campaign; None: all. `part`: only calls that counted so. `older`: where the
    page before this one ended.
    """

    asked: FigureName
    window: Window | None = None
    of: str | None = None
    part: Part | None = None
    older: str | None = None
    limit: int = A_PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One call. `number` in E.164 or masked already, None: withheld; `end`: how it came out.

    `waited_s`: until an agent was there or the call was over; None: there was nothing to wait for.
    """

    call: str
    at: datetime
    of: str
    number: str | None
    agent: str | None
    waited_s: float | None
    end: str | None
    counted: Counted


@dataclass(slots=True)
class Sums:
    """What calls come to: above and below the line, and how many counted as what."""

    numerator: float = 0
    denominator: float = 0
    parts: Counter[Part] = field(default_factory=Counter)

    def add(self, counted: Iterable[tuple[Counted, int]]) -> None:
        """So many calls of each."""
        for one, n in counted:
            self.numerator += n * one.numerator
            self.denominator += n * one.denominator
            self.parts[one.part] += n


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What is shown. `since`: when the window begins; `run_since`: the engine started in it.

    `told`: the figure, None where no picture has it. `older`: where the next page begins, None:
    there is none.
    """

    asked: FigureName
    window: Window
    of: str | None
    since: datetime
    run_since: datetime | None
    told: Told | None
    sums: Sums
    lines: Sequence[Line]
    older: str | None

    @property
    def differs(self) -> str | None:
        """Why the calls do not come to the figure, as a code; None: they do, or none is known."""
        told, sums = self.told, self.sums
        if told is None or (told.numerator, told.denominator) == (sums.numerator, sums.denominator):
            return None
        if self.window is Window.BLOCK:
            return "decision"
        return "minutes" if self.window in OF_ALL else "moving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a figure is opened with. `snapshot`: the picture it stands in, None: no engine runs."""

    settings: Settings
    database: Database
    snapshot: Snapshot | None
    now: datetime

    async def behind(self, wanted: Wanted) -> Behind:
        """The calls behind a figure.

        Raises:
            CommandError: the figure has no such window, or is of no such queue.
            UnknownCampaignError: there is none of that name.
            StoreError: the database cannot be read.
        """
        if wanted.window is not None and wanted.window not in WINDOWS[wanted.asked]:
            known = ", ".join(WINDOWS[wanted.asked])
            said = _("{figure} is shown for: {windows}").format(figure=wanted.asked, windows=known)
            raise CommandError(said, ExitCode.USAGE)
        if wanted.window in OF_ALL and wanted.of is not None:
            said = _("over the last minutes the figure is of all together")
            raise CommandError(said, ExitCode.USAGE)
        return await (self._of_queues if wanted.asked in INBOUND else self._of_campaigns)(wanted)

    async def _of_queues(self, wanted: Wanted) -> Behind:
        zone, engine = ZoneInfo(self.settings.site.zone), self.settings.site.engine
        window, of = wanted.window or WINDOWS[wanted.asked][0], self._queue(wanted.of)
        reads, since = CallsBehind(self.database), begins(window, zone, self.now)
        run_since = await reads.run_since(engine)
        stays = StaysWanted(
            engine=engine,
            # Who joined yesterday is in no figure of today.
            since=begins(Window.TODAY, zone, self.now),
            ended_since=None if window is Window.TODAY else since,
            rules=queue_rules(self.settings),
            run_since=run_since,
            queue=of,
        )
        judge = partial(stay_counted, wanted.asked, window)
        page = await reads.stays(stays, _turn(wanted, STAY_KINDS, judge))
        sums, waiting = _sums(page, judge), self._waiting(window, of)
        for one in waiting:
            sums.add((judge(kind), n) for kind, n in one.kinds.items())
        first = (
            []
            if wanted.older
            else [line for one in waiting for line in _wait(one, self.now, judge)]
        )
        return Behind(
            asked=wanted.asked,
            window=window,
            of=of,
            since=since,
            run_since=run_since if run_since is not None and run_since > since else None,
            told=self._told(wanted.asked, window, of),
            sums=sums,
            lines=[*_meant(first, wanted.part), *_lines(page, judge)],
            older=_older(page, wanted.limit),
        )

    async def _of_campaigns(self, wanted: Wanted) -> Behind:
        asked, engine = wanted.asked, self.settings.site.engine
        record = await self._campaign(wanted)
        window = wanted.window or _usual_window(asked, record)
        reads = CallsBehind(self.database)
        run_since, until = await reads.run_since(engine) or self.now, None
        since, late = run_since, False
        if window is Window.QUARTER:
            since = max(begins(window, ZoneInfo(self.settings.site.zone), self.now), run_since)
            # Answers are counted when they come; what an earlier run placed is not.
            late = since > run_since
        if window is Window.BLOCK and record is not None:
            block = await reads.block(record.campaign, self.now)
            since, until = block.begins, block.ends
        calls = CallsWanted(
            since=since,
            until=until,
            campaign=None if record is None else record.campaign.id,
            # The law does not ask which engine it was.
            engine=None if window is Window.BLOCK else engine,
            answered_only=asked is FigureName.DROP_RATE,
            late_answers=late,
        )
        judge = partial(call_counted, asked, window)
        page = await reads.calls(calls, _turn(wanted, CALL_KINDS, judge))
        of = None if record is None else record.campaign.name
        return Behind(
            asked=asked,
            window=window,
            of=of,
            since=since,
            run_since=None if since == run_since or run_since < since else run_since,
            told=self._told(asked, window, of),
            sums=_sums(page, judge),
            lines=_lines(page, judge),
            older=_older(page, wanted.limit),
        )

    def _queue(self, name: str | None) -> str | None:
        """A queue that has left the settings may still be in the picture."""
        if name is None or (self.snapshot and any(q.name == name for q in self.snapshot.queues)):
            return name
        return known_queue(self.settings, name)

    async def _campaign(self, wanted: Wanted) -> CampaignRecord | None:
        if wanted.of is not None:
            return await find_campaign(self.database, wanted.of, self.now)
        if wanted.asked is FigureName.DROP_RATE:
            raise CommandError(_("say which campaign: each has a cap of its own"), ExitCode.USAGE)
        return None

    def _waiting(self, window: Window, of: str | None) -> list[Waiting]:
        if self.snapshot is None or window is not Window.TODAY:
            return []
        return waiting_in(self.snapshot, of)

    def _told(self, asked: FigureName, window: Window, of: str | None) -> Told | None:
        return None if self.snapshot is None else told_in(self.snapshot, asked, window, of)


def _usual_window(asked: FigureName, record: CampaignRecord | None) -> Window:
    """As the wallboard has it: the law's block where somebody keeps to it."""
    if asked is FigureName.DROP_RATE and record is not None:
        return Window.BLOCK if record.campaign.mode is Mode.PREDICTIVE else Window.RUN
    return Window.QUARTER if record is None else Window.RUN


def _turn(wanted: Wanted, kinds: Sequence[Kind], judge: Callable[[Kind], Counted]) -> Turn[Kind]:
    """Which page; kinds that count as something else are left out."""
    meant = [kind for kind in kinds if wanted.part in {None, judge(kind).part}]
    older = None if wanted.older is None else _place(wanted.older, _IDS[wanted.asked in INBOUND])
    return Turn(kinds=meant, limit=wanted.limit, older=older)


def _sums(page: Page[Kind], judge: Callable[[Kind], Counted]) -> Sums:
    sums = Sums()
    sums.add((judge(kind), n) for _of, kind, n in page.counts)
    return sums


def _lines(page: Page[Kind], judge: Callable[[Kind], Counted]) -> list[Line]:
    return [_line(call, judge(call.kind)) for call in page.calls]


def _line(call: CallOnFile[Kind], counted: Counted) -> Line:
    end = call.kind[0]
    return Line(
        call=call.call,
        at=call.at,
        of=call.of,
        number=call.number,
        agent=call.agent,
        waited_s=call.waited_s,
        end=None if end is None else end.value,
        counted=counted,
    )


def _wait(one: Waiting, now: datetime, judge: Callable[[StayKind], Counted]) -> Iterator[Line]:
    """Those who wait, as the picture names them."""
    for caller, kind in one.callers:
        yield Line(
            call=caller.call,
            at=caller.joined_at,
            of=one.queue,
            number=caller.number or None,
            agent=None,
            waited_s=max((now - caller.joined_at).total_seconds(), 0.0),
            end=None,
            counted=judge(kind),
        )


def _meant(lines: Iterable[Line], part: Part | None) -> list[Line]:
    return sorted(
        (line for line in lines if part in {None, line.counted.part}),
        key=lambda line: line.at,
        reverse=True,
    )


# ── where a page ends ────────────────────────────────────────────────────────────────────


def _older(page: Page[Kind], limit: int) -> str | None:
    if len(page.calls) < limit:
        return None
    at, end = page.calls[-1].place
    # In letters, so that nobody takes a part of it for a phone number.
    return urlsafe_b64encode(f"{at.isoformat()} {end}".encode()).decode().rstrip("=")


def _place(text: str, ids: re.Pattern[str]) -> Place:
    try:
        told = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        at, _space, end = told.partition(" ")
        place = Place(datetime.fromisoformat(at), end)
    except ValueError:
        place = None
    if place is None or place.at.tzinfo is None or not ids.fullmatch(place.id):
        raise CommandError(_("no page of calls ends there"), ExitCode.USAGE)
    return place


# ── for programs ─────────────────────────────────────────────────────────────────────────


def behind_json(found: Behind, *, whole_numbers: bool) -> dict[str, object]:
    """All of it in plain values. Numbers are masked, unless whole ones are asked for."""
    told = found.told
    return {
        "figure": found.asked.value,
        "window": found.window.value,
        "of": found.of,
        "since": iso(found.since),
        "run_since": iso(found.run_since),
        "told": told
        and {"numerator": told.numerator, "denominator": told.denominator, "at": iso(told.at)},
        "listed": {"numerator": found.sums.numerator, "denominator": found.sums.denominator},
        "parts": {part.value: found.sums.parts[part] for part in Part},
        "differs": found.differs,
        "calls": [_line_json(line, whole=whole_numbers) for line in found.lines],
        "older": found.older,
    }


def _line_json(line: Line, *, whole: bool) -> dict[str, object]:
    number = line.number
    return {
        "call": line.call,
        "at": iso(line.at),
        "of": line.of,
        "number": number if whole or number is None else masked(number),
        "agent": line.agent,
        "waited_s": line.waited_s,
        "end": line.end,
        "counted": line.counted.part.value,
        "why": line.counted.why.value,
    }


async def note_numbers(database: Database, found: Behind, by: By) -> None:
    """Enter into the trail that somebody is shown whole numbers, before they are (R25)."""
    # Of those who wait, no picture has more than a part of the number.
    numbers = sum(line.number is not None and HIDDEN not in line.number for line in found.lines)
    if numbers:
        what = f"{found.window} {found.of or ''}".strip()
        body = {"what": what, "rows": numbers, "why": by.why, "by": by.who}
        await Ledger(database).note(EntryKind.NUMBERS_SHOWN, found.asked.value, body, by.at)
