"""The loop around the engine: one inbox, one task that drains it, effects performed.

Owns: the inbox, the order of messages, the reading of both clocks once a message, the futures
of those who wait for an answer (AGI questions, operators' commands), and the named kill points
of the switch's side. Must not decide anything: the engine does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Protocol, TypeVar, assert_never

import structlog

from dialer.board import Board
from dialer.effects import (
    AmendAttempt,
    AnswerAsk,
    AuditFinding,
    ClaimContacts,
    ClosePlace,
    Connect,
    Effect,
    EndAttempt,
    EnterAct,
    Found,
    HangUp,
    JoinQueues,
    JudgeAnew,
    KeepAnswer,
    KeepPlace,
    LeaveQueues,
    LetHear,
    Load,
    MarkSent,
    MemberEffect,
    NoteProgress,
    Originate,
    PauseMember,
    PlayTone,
    PlayUnserved,
    RecordTalk,
    ReleaseClaim,
    Reply,
    RingSupervisor,
    SavePacing,
    SaveSlot,
    SetPenalties,
    Stopped,
    StoreEffect,
    Survey,
    SwitchEffect,
)
from dialer.engine import Engine
from dialer.following import TWO_PEOPLE
from dialer.key_words import BY_KEYPAD
from dialer.killpoints import KillPoints
from dialer.messages import Ask, Command, Message, Now, Tick, WordAnswered
from dialer.queue_effects import NoteInboundCall, NoteQueueCall, NoteQueueTalk, SaveSpells
from dialer.switch_events import (
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallOriginated,
    CallUnserved,
    CallWaiting,
)

log = structlog.get_logger()

TICK_S = 0.1

DIALPLAN_CURE = (
    "predictive campaigns wait for it: write our dialplan anew with `waihu asterisk render`, or "
    "`waihu asterisk install`, and load it with `dialplan reload`; `waihu doctor` looks at it"
)

QUEUE_GONE_CURE = (
    "places are kept in a queue that is not in the settings any more: the call-back campaign calls "
    "them for its own queue; put it back into [[queues]] to have its agents call them"
)
CALL_BACK_CURE = (
    "nobody is called back: the campaign that [inbound] call_back names is not on file, or is not "
    "of kind callback, or shows its contacts first (mode preview); `waihu flow check` looks at it"
)

_T = TypeVar("_T")


class Switch(Protocol):
    """What performs effects on the switch: the AMI link, or a simulated switch."""

    async def perform(self, effect: SwitchEffect) -> Message | None:
        """Do it; the answer, if one is due, goes back to the engine."""


class Books(Protocol):
    """What performs effects on the store."""

    async def perform(self, effect: StoreEffect, now: datetime) -> Message | None:
        """Do it; returns when it is committed, with the answer if one is due."""


class EngineLoop:
    """Runs the engine. Everybody else only calls `put`, `ask` or `command`."""

    def __init__(
        self,
        engine: Engine,
        switch: Switch,
        books: Books,
        clock: Callable[[], Now],
        kill_points: KillPoints,
    ) -> None:
        self.engine = engine
        self._switch = switch
        self._books = books
        self.clock = clock
        self._kill_points = kill_points
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._asks: dict[str, asyncio.Future[Mapping[str, str]]] = {}
        self._commands: dict[str, asyncio.Future[Reply]] = {}
        self._refs = count(1)
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._stopped = asyncio.Event()
        self.on_handled: Callable[[Now], None] = lambda _now: None
        self.on_took: Callable[[float], None] | None = None
        self.witnesses: list[Callable[[Message | Effect, Now], None]] = []
        self.on_ticked: Callable[[Now], None] = lambda _now: None
        self.on_happened: Callable[[], None] = lambda: None

    @property
    def waiting(self) -> int:
        """Messages that have not been handled yet."""
        return self._inbox.qsize()

    # ── those who tell and ask ───────────────────────────────────────────────────────────

    def put(self, message: Message) -> None:
        """Hand a message to the engine."""
        self._inbox.put_nowait(message)

    async def ask(self, question: Ask) -> Mapping[str, str]:
        """Hand a question to the engine and wait for the channel variables that answer it."""
        future: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()
        self._asks[question.ask] = future
        self.put(question)
        try:
            return await future
        finally:
            self._asks.pop(question.ask, None)

    async def command(self, make: Callable[[str], Command]) -> Reply:
        """Hand a command to the engine and wait until it is done (and, where due, committed)."""
        ref = f"command:{next(self._refs)}"
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._commands[ref] = future
        self.put(make(ref))
        try:
            return await future
        finally:
            self._commands.pop(ref, None)

    # ── draining ─────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Drain the inbox until the engine says that it has stopped."""
        async with asyncio.TaskGroup() as tasks:
            ticker = tasks.create_task(self._tick())
            while not self._stopped.is_set():
                message = await self._inbox.get()
                if (place := place_of(message, self.engine.board)) is not None:
                    self._kill_points.reach(place)
                now = self.clock()
                self._witnessed(message, now)
                for effect in self.engine.handle(message, now):
                    _tell_log(effect)
                    self._witnessed(effect, now)
                    self._begin(effect, now, tasks)
                self.on_handled(now)
                if self.on_took is not None:
                    self.on_took(self.clock().mono - now.mono)
                if isinstance(message, Tick):
                    self.on_ticked(now)
                else:
                    self.on_happened()
            ticker.cancel()

    def _witnessed(self, said: Message | Effect, now: Now) -> None:
        for witness in self.witnesses:
            witness(said, now)

    async def _tick(self) -> None:
        while True:
            self.put(Tick())
            await asyncio.sleep(TICK_S)

    def _begin(self, effect: Effect, now: Now, tasks: asyncio.TaskGroup) -> None:
        match effect:
            case AnswerAsk():
                _resolve(self._asks.get(effect.ask), effect.variables)
            case Reply():
                self.reply(effect)
            case Found():
                pass  # the log has it
            case Stopped():
                self._stopped.set()
            case PauseMember() | JoinQueues() | LeaveQueues() | SetPenalties():
                self._in_turn(effect, tasks)
            case Originate() | Connect() | HangUp() | PlayUnserved() | PlayTone() | Survey():
                tasks.create_task(self._on_switch(effect))
            case RingSupervisor() | LetHear() | RecordTalk():
                tasks.create_task(self._on_switch(effect))
            case (
                ClaimContacts()
                | MarkSent()
                | ReleaseClaim()
                | NoteProgress()
                | EndAttempt()
                | AmendAttempt()
                | SaveSlot()
                | KeepPlace()
                | ClosePlace()
                | KeepAnswer()
                | EnterAct()
                | SavePacing()
                | Load()
                | JudgeAnew()
                | NoteInboundCall()
                | NoteQueueCall()
                | NoteQueueTalk()
                | SaveSpells()
            ):
                tasks.create_task(self._in_books(effect, now))
            case _:
                assert_never(effect)

    async def _on_switch(self, effect: SwitchEffect) -> None:
        await self._answered(self._switch.perform(effect))

    def _in_turn(self, effect: MemberEffect, tasks: asyncio.TaskGroup) -> None:
        """What the queues must show of one slot is told in order: the last word is the newest.

        A pause that ends while its slot is still being added to a second queue would end in the
        first one only. Other slots, and calls, do not wait.
        """
        slot = effect.slot
        turn = tasks.create_task(self._after(self._turns.get(slot), effect))
        self._turns[slot] = turn
        turn.add_done_callback(lambda done: self._turn_over(slot, done))

    async def _after(self, before: asyncio.Task[None] | None, effect: MemberEffect) -> None:
        if before is not None:
            await asyncio.wait({before})
        await self._on_switch(effect)

    def _turn_over(self, slot: str, turn: asyncio.Task[None]) -> None:
        if self._turns.get(slot) is turn:
            del self._turns[slot]

    async def _in_books(self, effect: StoreEffect, now: Now) -> None:
        await self._answered(self._books.perform(effect, now.utc))

    async def _answered(self, work: Awaitable[Message | None]) -> None:
        answer = await work
        if answer is not None:
            self.put(answer)

    def reply(self, reply: Reply) -> None:
        """Answer a waiting command; one that nobody waits for (any more) is passed over.

        Who gave a word by keypad waits for a tone, which is the engine's to choose.
        """
        if reply.ref.startswith(BY_KEYPAD):
            self.put(WordAnswered(ref=reply.ref, code=reply.code))
            return
        _resolve(self._commands.get(reply.ref), reply)


def place_of(message: Message, board: Board) -> str | None:
    """The named place that a word on a call of ours passes; phones and strangers pass none.

    Two people hear each other from the second channel in their bridge on; that one may be the
    agent's, which only the bridge tells to be of a call of ours.
    """
    match message:
        case CallBridged():
            return _place_in_bridge(message, board)
        case CallOriginated() | CallAnswered() | CallWaiting() | CallUnserved() | CallHungUp() if (
            board.get(message.call)
        ):
            return _PLACES[type(message)]
    return None


def _place_in_bridge(message: CallBridged, board: Board) -> str | None:
    ours = board.get(message.call) is not None
    if message.channels >= TWO_PEOPLE and (ours or board.waiting_in(message.bridge)):
        return "call.in_bridge"
    return "call.alone" if ours else None


_PLACES: Mapping[type[Message], str] = {
    CallOriginated: "originate.after_response",
    CallAnswered: "call.after_answer",
    CallWaiting: "call.waits",
    CallUnserved: "call.at_message",
    CallHungUp: "call.after_hangup",
}


def _tell_log(effect: Effect) -> None:
    """The milestones of a call, for whoever asks later what happened."""
    match effect:
        case Originate():
            log.info("call.placed", attempt=effect.attempt, slot=effect.slot, queue=effect.queue)
        case PlayUnserved():
            log.warning("call.unserved", call=effect.call)
        case Found(finding=AuditFinding.NOBODY_CALLS_BACK):
            log.error("call_back.unfit", cure=CALL_BACK_CURE)
        case Found(finding=AuditFinding.QUEUE_GONE):
            log.error("call_back.queue_gone", queue=effect.queue, cure=QUEUE_GONE_CURE)
        case Found() if effect.contexts:
            log.error("dialplan.lacks", contexts=effect.contexts, cure=DIALPLAN_CURE)
        case Found():
            found = effect.finding.value
            log.warning("audit.found", finding=found, call=effect.call, slot=effect.slot)
        case EndAttempt():
            log.info("attempt.ended", attempt=effect.attempt, outcome=effect.outcome.value)
        case _:
            pass


def _resolve(future: asyncio.Future[_T] | None, value: _T) -> None:
    if future is not None and not future.done():
        future.set_result(value)
