"""What follows an answered call of a queue: talk, hold, after-call work, and who ended it.

Owns: the talks that live and the after-call work that follows, until each is written. Must not
know who waits (`supervisor.queue_tally`) nor whom an agent is free for. Pure.

A talk ends by the switch's word, which names who ended it, or by the caller's hang-up; either may
come first. A hang-up on which no word comes is believed after a moment.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from dialer.agents import Agent, State
from dialer.messages import Now
from dialer.queue_effects import NoteQueueTalk, TalkEnd
from supervisor.kpi import HandleTimes
from supervisor.statistics import Statistics

WORD_WITHIN_S = 2.0
"""The word on who ended a talk comes within this of the hang-up, or never."""

YOUNG_S = 60.0
"""A talk that began so lately may be missing in a list that was asked for before."""

MOST_TALKS = 10_000
"""More can only be talks whose end we never heard of; the oldest one goes first."""

_ENDS = {end.value: end for end in TalkEnd}
_Value = TypeVar("_Value")


@dataclass(slots=True, kw_only=True)
class Talk:
    """One talk. `joined_at`: when the caller joined the queue; None: before our time.

    `over_mono`: the caller's hang-up, while the word on who ended the talk may still come.
    """

    call: str
    queue: str
    joined_at: datetime | None
    since_mono: float
    held_mono: float | None = None
    hold_s: float = 0.0
    talk_s: float = 0.0
    over_mono: float | None = None
    transferred: bool = False


class QueueTalks:
    """The talks of all queues' callers."""

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self._talks: dict[str, Talk] = {}
        # Those that are over and may be wrapped up.
        self._over: dict[str, Talk] = {}
        self._wraps: dict[str, tuple[Talk, float]] = {}

    # ── the talk ─────────────────────────────────────────────────────────────────────────

    def begins(
        self, call: str, queue: str, joined_at: datetime | None, now: Now
    ) -> list[NoteQueueTalk]:
        """Caller and agent hear each other; who talks anew has ended the talk before."""
        notes = self._ends(call, None, now) if call in self._talks else []
        _keep(
            self._talks,
            call,
            Talk(call=call, queue=queue, joined_at=joined_at, since_mono=now.mono),
        )
        return notes

    def transferred(self, calls: Collection[str]) -> None:
        """The talk of one of these goes on with somebody else."""
        for call in calls:
            if call in self._talks:
                self._talks[call].transferred = True

    def held(self, call: str, now: Now, *, held: bool) -> None:
        """The talk is on hold from now on, or no longer."""
        talk = self._talks.get(call)
        if talk is not None and talk.over_mono is None:
            _settle_hold(talk, now.mono)
            talk.held_mono = now.mono if held else None

    def hung_up(self, call: str, now: Now) -> None:
        """The caller's channel is gone."""
        talk = self._talks.get(call)
        if talk is not None and talk.over_mono is None:
            talk.over_mono = now.mono

    def ended(self, call: str, queue: str, reason: str, now: Now) -> list[NoteQueueTalk]:
        """The switch says that the talk is over, and who ended it."""
        by = _ENDS.get(reason)
        talk = self._talks.get(call)
        if talk is not None and talk.queue == queue:
            return self._ends(call, by, now)
        # It began before we did, or its end was believed already.
        return [NoteQueueTalk(call=call, queue=queue, ended_by=by)] if by else []

    def tick(self, now: Now) -> list[NoteQueueTalk]:
        """Believe the hang-ups on which no word came."""
        due = [
            call
            for call, talk in self._talks.items()
            if talk.over_mono is not None and now.mono >= talk.over_mono + WORD_WITHIN_S
        ]
        return [note for call in due for note in self._ends(call, None, now)]

    def surveyed(self, living: Collection[str], now: Now) -> None:
        """Talks that the switch has no more have ended unheard: its queue_log knows when."""
        for call, talk in list(self._talks.items()):
            unheard = talk.over_mono is None and now.mono >= talk.since_mono + YOUNG_S
            if unheard and call not in living:
                del self._talks[call]

    def _ends(self, call: str, by: TalkEnd | None, now: Now) -> list[NoteQueueTalk]:
        talk = self._talks.pop(call)
        over_mono = now.mono if talk.over_mono is None else talk.over_mono
        _settle_hold(talk, over_mono)
        talk.talk_s = max(over_mono - talk.since_mono - talk.hold_s, 0.0)
        talk.transferred |= by is TalkEnd.TRANSFER
        _keep(self._over, call, talk)
        self._count(
            talk,
            HandleTimes(
                handled=1,
                talk_s=talk.talk_s,
                hold_s=talk.hold_s,
                longest_s=talk.talk_s + talk.hold_s,
                transferred=int(talk.transferred),
            ),
            now,
        )
        return [
            NoteQueueTalk(
                call=call,
                queue=talk.queue,
                talk_ms=round(talk.talk_s * 1000),
                hold_ms=round(talk.hold_s * 1000),
                transferred=talk.transferred,
                ended_by=by,
            )
        ]

    # ── after-call work ──────────────────────────────────────────────────────────────────

    def turned(self, agent: Agent, now: Now) -> list[NoteQueueTalk]:
        """An agent is in another state: after-call work begins, or is over."""
        wraps_up = agent.state is State.WRAP_UP and agent.inbound is not None
        wrap = self._wraps.get(agent.agent)
        if wraps_up and wrap is not None and wrap[0].call == agent.inbound:
            return []
        notes = [] if wrap is None else self._wrapped_up(*self._wraps.pop(agent.agent), now)
        if wraps_up:
            call = agent.inbound or ""
            talk = self._talks.get(call) or self._over.get(call)
            if talk is not None:
                self._wraps[agent.agent] = (talk, now.mono)
        return notes

    def _wrapped_up(self, talk: Talk, since_mono: float, now: Now) -> list[NoteQueueTalk]:
        wrap_s = now.mono - since_mono
        whole_s = talk.talk_s + talk.hold_s + wrap_s
        self._count(talk, HandleTimes(wrap_up_s=wrap_s, longest_s=whole_s), now)
        self._over.pop(talk.call, None)
        wrap_ms = round(wrap_s * 1000)
        return [NoteQueueTalk(call=talk.call, queue=talk.queue, wrap_ms=wrap_ms)]

    def _count(self, talk: Talk, times: HandleTimes, now: Now) -> None:
        if talk.joined_at is not None:
            self._statistics.queue_handled(talk.queue, talk.joined_at, times, now)


def _settle_hold(talk: Talk, at_mono: float) -> None:
    if talk.held_mono is not None:
        talk.hold_s += at_mono - talk.held_mono
        talk.held_mono = None


def _keep(of: dict[str, _Value], call: str, value: _Value) -> None:
    of.pop(call, None)
    if len(of) >= MOST_TALKS:
        del of[next(iter(of))]
    of[call] = value
