"""What a recording says of the calls that were placed in it, read ahead of the replay.

Owns: the attempts with the time from which each may be claimed, who sits where, which campaigns
there are, and what the file holds at all. A replay hands the engine nothing before its time:
this is only the list from which claims are answered. Pure: messages in, facts out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from asterisk.frames import event_name, headers_of
from asterisk.reader import EVENTS, LIST_ENDS, LIST_ITEMS
from asterisk.translate import ORIGINATE_ID, slot_of
from campaigns.campaign import CampaignState
from dialer import notes
from dialer.messages import AgentRecord, CampaignRecord
from dialer.notes import SiteFacts

ACTION = b"Action: "
RESPONSE = b"Response: "
EVENT = b"Event: "
RESERVED = "reserved"
START_UNSTAMPED = 946_684_800.0
"""Where a recording has no time stamps it begins with the year 2000."""

TOGETHER_S = 0.05
"""Reservations that follow each other so closely were made by one claim."""

_STAMP = b"\r\nTimestamp: "
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_OF_USE = EVENTS | LIST_ITEMS | LIST_ENDS | {b"FullyBooted", b"Shutdown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """An Originate of the recording, or a claim that came to none (`placed` is False).

    Times are Unix seconds; `due_at`: when it was claimed. `too_late`: it was judged fit to be
    dialed, but by then nothing could be sent any more.
    """

    attempt: str
    placed_at: float
    due_at: float
    campaign_id: int
    contact_id: int
    slot: str
    queue: str
    number: str
    placed: bool = True
    too_late: bool = False


@dataclass(slots=True, kw_only=True)
class ReadCounts:
    """What was read. `used`: messages that mean something to the engine."""

    messages: int = 0
    events: int = 0
    responses: int = 0
    actions: int = 0
    notes: int = 0
    used: int = 0
    unreadable: int = 0
    dropped: int = 0
    stamped: int = 0
    first_at: float | None = None
    last_at: float | None = None
    kinds: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Record:
    """All that was read ahead.

    `refused`: pauses that the switch refused, as time, slot, reason and text. `seated`: slots in
    which somebody sat before the recording began. `noted`: our own notes are in it. `surveyed`:
    lists of the switch are in it. `starts_up`: the link was up when it began. `runs`:
    how often an engine started in it.
    """

    counts: ReadCounts = field(default_factory=ReadCounts)
    site: SiteFacts = field(default_factory=lambda: SiteFacts(thresholds_s={}))
    calls: dict[str, RecordedCall] = field(default_factory=dict)
    campaigns: dict[int, CampaignRecord] = field(default_factory=dict)
    agents: dict[str, AgentRecord] = field(default_factory=dict)
    refused: list[tuple[float, str, str, str]] = field(default_factory=list)
    seated: tuple[str, ...] = ()
    noted: bool = False
    surveyed: bool = False
    starts_up: bool = True
    runs: int = 0

    def ended(self, attempt: str) -> bool:
        """Whether this attempt has an outcome of its own in the recording, or should have."""
        call = self.calls.get(attempt)
        return call is not None and (call.placed or call.too_late)


class Ahead:
    """Reads a recording once, message after message; `finish` gives the record.

    `pace`: messages a second, as long as there are no time stamps.
    """

    def __init__(self, pace: float) -> None:
        self.record = Record()
        self._step_s = 1.0 / pace
        self._claims: dict[str, tuple[float, int, int]] = {}
        self._reserved: dict[str, float] = {}
        self._pauses: dict[str, tuple[float, str, str]] = {}
        self._lines: dict[tuple[str, str, str], int] = {}
        self._slots: dict[str, bool] = {}
        self._at = START_UNSTAMPED
        self._link_noted = False
        self._ended: set[str] = set()

    def read(self, message: bytes) -> None:
        """Take the next message."""
        counts = self.record.counts
        counts.messages += 1
        self._read_time(message)
        if message.startswith(EVENT):
            self._event(message)
        elif message.startswith(ACTION):
            counts.actions += 1
            self._action(message)
        elif message.startswith(RESPONSE):
            counts.responses += 1
            self._response(headers_of(message))
        else:
            counts.unreadable += 1

    def _read_time(self, message: bytes) -> None:
        at = stamp_of(message)
        counts = self.record.counts
        if at is None:
            self._at += 0.0 if counts.stamped else self._step_s
            return
        counts.stamped += 1
        counts.first_at = at if counts.first_at is None else counts.first_at
        self._at = counts.last_at = max(at, counts.last_at or at)

    def _event(self, message: bytes) -> None:
        counts, name = self.record.counts, event_name(message)
        if name.startswith(b"Waihu"):
            counts.notes += 1
            self._note(name.decode("utf-8", "replace"), headers_of(message))
            return
        counts.events += 1
        counts.kinds[name.decode("utf-8", "replace")] += 1
        counts.used += name in _OF_USE
        if name in {b"AgentLogin", b"AgentLogoff"}:
            slot = headers_of(message).get("Agent", "")
            self._slots.setdefault(slot, name == b"AgentLogoff")

    # ── notes of ours ────────────────────────────────────────────────────────────────────

    def _note(self, name: str, headers: Mapping[str, str]) -> None:
        try:
            self._read_note(name, headers)
        except (KeyError, ValueError):
            self.record.counts.unreadable += 1

    def _read_note(self, name: str, headers: Mapping[str, str]) -> None:
        record = self.record
        match name:
            case notes.RECORDING:
                record.runs += headers.get("Note") == "started"
            case notes.SITE:
                record.site = notes.site_of(headers)
            case notes.CLAIMED:
                claim = (self._at, int(headers["Campaign"]), int(headers["Contact"]))
                self._claims[headers["Attempt"]] = claim
            case notes.ENDED if headers["Attempt"] in self._claims:
                self._ended.add(headers["Attempt"])
            case notes.CAMPAIGN:
                notes.campaign_of(headers)
                record.noted = True
            case notes.LINK:
                first = not self._link_noted
                self._link_noted = True
                record.starts_up = not (first and headers["Status"] == notes.UP)
            case _:
                pass

    # ── actions of ours ──────────────────────────────────────────────────────────────────

    def _action(self, message: bytes) -> None:
        headers = headers_of(message)
        match headers.get("Action"):
            case "Originate":
                self._originate(headers, variables_of(message))
            case "QueuePause":
                self._pause(headers)
            case "QueueAdd":
                self._add(headers)
            case "CoreShowChannels":
                self.record.surveyed = True
            case _:
                pass

    def _pause(self, headers: Mapping[str, str]) -> None:
        slot = slot_of(headers.get("Interface", "")) or ""
        reason = pause_reason(headers)
        self._pauses[headers.get("ActionID", "")] = (self._at, slot, reason)
        if reason != RESERVED:
            return
        self._slots.setdefault(slot, True)
        latest = max(self._reserved.values(), default=0.0)
        self._reserved[slot] = latest if self._at - latest < TOGETHER_S else self._at

    def _response(self, headers: Mapping[str, str]) -> None:
        pause = self._pauses.pop(headers.get("ActionID", ""), None)
        if pause is not None and headers.get("Response") == "Error":
            self.record.refused.append((*pause, headers.get("Message", "")))

    def _add(self, headers: Mapping[str, str]) -> None:
        slot, login = slot_of(headers.get("Interface", "")), headers.get("MemberName", "")
        if slot is None or not login:
            return
        known = self.record.agents.get(login)
        queues = known.queues if known else ()
        queue = headers.get("Queue", "")
        if queue not in queues:
            queues = (*queues, queue)
        seat = known.slot if known else slot
        agent = AgentRecord(agent=login, name=login, queues=queues, slot=seat)
        self.record.agents[login] = agent

    def _originate(self, headers: Mapping[str, str], variables: Mapping[str, str]) -> None:
        attempt = headers.get("ActionID", "").removeprefix(ORIGINATE_ID)
        if not attempt or attempt in self.record.calls:
            return
        slot, queue = variables.get("WAIHU_SLOT", ""), variables.get("WAIHU_QUEUE", "")
        reserved = self._reserved.get(slot, self._at)
        claim = self._claims.pop(attempt, None)
        due_at, campaign_id, contact_id = claim or (reserved, 0, len(self.record.calls) + 1)
        number = _NUMBER.search(headers.get("Channel", "").partition("/")[2])
        call = RecordedCall(
            attempt=attempt,
            placed_at=self._at,
            due_at=due_at,
            campaign_id=campaign_id or self._campaign_of(headers, queue),
            contact_id=contact_id,
            slot=slot,
            queue=queue,
            number=f"+{number[0].removeprefix('+')}" if number else f"+{contact_id:08}",
        )
        self._slots.setdefault(slot, True)
        self.record.calls[attempt] = call

    def _campaign_of(self, headers: Mapping[str, str], queue: str) -> int:
        """Without notes, calls of one queue, trunk and ring time-out are one campaign's."""
        channel, timeout = headers.get("Channel", ""), headers.get("Timeout", "")
        line = (queue, _NUMBER.sub("{number}", channel, count=1), timeout)
        number = self._lines.setdefault(line, len(self._lines) + 1)
        if number not in self.record.campaigns:
            ring_timeout_s = int(timeout) // 1000 if timeout.isdigit() else 60
            campaign = notes.made_up_campaign(
                number, name=queue or str(number), queue=queue, ring_timeout_s=ring_timeout_s
            )
            record = notes.record_of(campaign, CampaignState.RUNNING)
            self.record.campaigns[number] = record
        return number

    # ── the end ──────────────────────────────────────────────────────────────────────────

    def finish(self, dropped: int) -> Record:
        """All was read: settle who sat there before the recording began, and with which slots."""
        record = self.record
        record.counts.dropped = dropped
        if record.noted:
            record.campaigns, record.agents = {}, {}
        self._seat_unknown()
        self._note_unplaced()
        used = {call.slot for call in record.calls.values()} | set(self._slots)
        slots = record.site.slots or tuple(sorted(slot for slot in used if slot))
        record.site = replace(record.site, slots=slots)
        record.seated = tuple(slot for slot, before in self._slots.items() if before and slot)
        return record

    def _note_unplaced(self) -> None:
        """A claim without a call kept its agent for a moment all the same."""
        for attempt, (due_at, campaign_id, contact_id) in self._claims.items():
            self.record.calls[attempt] = RecordedCall(
                attempt=attempt,
                placed_at=due_at,
                due_at=due_at,
                campaign_id=campaign_id,
                contact_id=contact_id,
                slot="",
                queue="",
                number=f"+{contact_id:08}",
                placed=False,
                too_late=attempt in self._ended,
            )

    def _seat_unknown(self) -> None:
        """An agent whose login is nowhere goes by the slot's name."""
        record = self.record
        seated = {agent.slot for agent in record.agents.values()}
        for call in record.calls.values():
            if record.noted or not call.slot or call.slot in seated:
                continue
            agent = record.agents.get(call.slot)
            queues = tuple(dict.fromkeys((*(agent.queues if agent else ()), call.queue)))
            record.agents[call.slot] = AgentRecord(
                agent=call.slot, name=call.slot, queues=queues, slot=call.slot
            )


def stamp_of(message: bytes) -> float | None:
    """The message's first time stamp in Unix seconds; None where it has none that can be one."""
    start = message.find(_STAMP)
    if start < 0:
        return None
    start += len(_STAMP)
    end = message.find(b"\r\n", start)
    try:
        at = float(message[start : end if end >= 0 else None])
    except ValueError:
        return None
    return at if 0.0 < at < 4e9 else None  # noqa: PLR2004  some day in this century


def pause_reason(headers: Mapping[str, str]) -> str:
    """The reason of a QueuePause, "" where it ends a pause."""
    return headers.get("Reason", "") if headers.get("Paused") == "true" else ""


def variables_of(message: bytes) -> dict[str, str]:
    """The variables of an Originate, of which each has a line (`headers_of` keeps the first)."""
    lines = message.decode("utf-8", "replace").split("\r\n")
    texts = [line.removeprefix("Variable: ") for line in lines if line.startswith("Variable: ")]
    return dict(text.split("=", 1) for text in texts if "=" in text)
