"""A flow on a live call: each thing to do is done over FastAGI, and what came of it is told back.

Owns: which command does what, and what is never let through to the switch. Must not know how a
flow decides (`routing.flow_run`), nor which flow a call is in (`agi.flow_desk`).

Two things protect the caller from us. A limit on the channel (TIMEOUT(absolute)) is pushed ahead
of each step: should this process hang, the dialplan takes the call back. And for what lasts (a
queue, a mailbox, another phone) the call is given back to the dialplan, which asks again when it
is over: nobody who waits hangs on our connection.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final

import structlog

from agi.flow_lookup import Lookups
from agi.flow_orders import FlowOrders
from agi.flow_queues import AS_EVERYBODY, FlowQueues
from agi.flow_speech import Speech as Voice
from agi.session import FAILED, HungUp, Session
from agi.wire import Command, Response
from dialer.messages import CallRated
from routing.flow import QUEUE_FACTS, Flow, Manner
from routing.flow_run import State, step
from routing.flow_talk import (
    Action,
    Again,
    AskOrder,
    Bye,
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
    OpenOrder,
    Overflowed,
    Pressed,
    Return,
    Speak,
    Speech,
    Spoken,
    Switch,
    ToExtension,
    ToQueue,
    ToVoicemail,
)

log: structlog.stdlib.BoundLogger = structlog.get_logger()

NEXT: Final = "WAIHU_NEXT"
QUEUE: Final = "WAIHU_QUEUE"
GOES_ON: Final = "c"
"""Queue's option by which the caller stays in the dialplan when the agent hangs up."""
FLOW: Final = "WAIHU_FLOW"
STEP: Final = "WAIHU_STEP"
ONE_SAYING_S: Final = 120.0
"""The longest that one recording, or one text, may take."""
PATIENCE_S: Final = 15
CLOSES_WITHIN_S: Final = 3.0
"""A `#` so soon behind digits that were complete without it only ends these."""
KEYS: Final = "0123456789*#"
NO_KEY: Final = "0"
_SOUND = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
_DIGITS = re.compile(r"[0-9*#]{1,32}")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_DATE_FORM: Final = "ABdY"

KeepFor = Callable[[str, NoteCallBack], Awaitable[Done | Again | Failed]]
"""Keep a place for the caller of a call, who is to be called back: what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a flow needs beside the switch. `utc_now` and `mono` read the clocks.

    `orders`: None where nobody keeps work orders; `queues`: None where no engine is asked of them.
    """

    lookups: Lookups
    voice: Voice
    keep_place: KeepFor
    note_answer: Callable[[CallRated], None]
    utc_now: Callable[[], datetime]
    mono: Callable[[], float]
    orders: FlowOrders | None = None
    queues: FlowQueues | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The call as the switch tells it: its id, and the caller's number, empty if withheld.

    No step of a flow can change it.
    """

    call: str
    number: str


class FlowCall:
    """One call in one flow. `state` is where it is, also after it was given back."""

    def __init__(
        self, session: Session, flow: Flow, state: State, means: Means, line: Line
    ) -> None:
        self.state = state
        self._line = line
        self._session = session
        self._flow = flow
        self._means = means
        self._taken_back_mono = 0.0
        self._ahead = ""
        self._complete_until_mono = 0.0

    async def go_on(self, came: Input) -> bool:
        """Walk on until the call is given to the dialplan (True) or is over (False)."""
        while not self._session.gone:
            self.state, action = step(self._flow, self.state, came, self._means.utc_now())
            if isinstance(action, ToQueue | ToVoicemail | ToExtension):
                answer = await self._give(action)
                if answer is None:
                    return not self._session.gone
                came = answer
            elif isinstance(action, Bye):
                await self._say(action.say, keys="")
                await self._session.hangup()
                return False
            else:
                came = await self._perform(action)
        return False

    async def _perform(self, action: Action) -> Input:
        match action:
            case Speak():
                self._ahead = self._ahead or await self._say(action.say, keys=KEYS)
            case Listen():
                return await self._listen(action)
            case Switch():
                await self._channel("CHANNEL(language)", action.language)
            case Fetch():
                await self._hold(action.limit_s)
                return await self._means.lookups.fetch(action)
            case NoteAnswer():
                self._note_answer(action)
            case AskOrder() | OpenOrder():
                return await self._order(action)
            case LookAt():
                return Found(await self._look(action.queue))
            case NoteCallBack():
                await self._hold(PATIENCE_S)
                return await self._means.keep_place(self._line.call, action)
            case _:
                raise AssertionError("given to the dialplan")
        return Done()

    def _note_answer(self, said: NoteAnswer) -> None:
        """The caller does not wait for it: nobody is promised anything."""
        self._means.note_answer(
            CallRated(
                call=self._line.call,
                question=said.question,
                key=said.key,
                highest=said.highest,
                weight=said.weight,
                queue=said.queue,
            )
        )

    async def _order(self, action: ForOrders) -> Input:
        orders, line = self._means.orders, self._line
        if orders is None:
            return Failed()
        await self._hold(action.limit_s)
        match action:
            case AskOrder():
                return await orders.find(action, line.number)
            case OpenOrder():
                return await orders.open(action, line.number, line.call)

    # ── to the dialplan ──────────────────────────────────────────────────────────────────

    async def _give(self, action: ToQueue | ToVoicemail | ToExtension) -> Input | None:
        """Say what there is to say, and tell the dialplan where to; an input: it stays here."""
        match action:
            case ToQueue():
                if action.only_with_agents and await self._nobody_in(action.queue):
                    return CameBack(Return.NOBODY)
                if nth := await self._overflow(action):
                    return Overflowed(nth)
                await self._say(action.say, keys="")
                given = {
                    NEXT: "queue",
                    QUEUE: action.queue,
                    "WAIHU_PRIORITY": str(action.priority),
                    "WAIHU_QUEUE_OPTIONS": GOES_ON if action.goes_on else "",
                    "WAIHU_WAIT_S": "" if action.wait_s is None else str(action.wait_s),
                    **await self._place_in(action),
                }
            case ToVoicemail():
                given = {
                    NEXT: "voicemail",
                    "WAIHU_BOX": action.box,
                    "WAIHU_BOX_CONTEXT": action.context,
                }
            case ToExtension():
                await self._say(action.say, keys="")
                given = {
                    NEXT: "transfer",
                    "WAIHU_EXTENSION": action.extension,
                    "WAIHU_CONTEXT": action.context,
                    "WAIHU_RING_S": str(action.ring_s),
                }
        place = {FLOW: self._flow.name, STEP: self.state.at}
        await self._session.set_variables(given | place)
        return None

    async def _place_in(self, action: ToQueue) -> Mapping[str, str]:
        """Whom the caller waits for, and in front of whom: what the dialplan enters by."""
        queues = self._means.queues
        if queues is None:
            return AS_EVERYBODY
        return await queues.enter(
            self._line.call,
            action.queue,
            last_agent=action.last_agent,
            waited_s=action.waited_s,
        )

    async def _overflow(self, action: ToQueue) -> int:
        """The number of the first overflow by length that holds, from 1; 0: none does."""
        if all(one.after_s is not None for one in action.overflow):
            return 0
        facts = await self._look(action.queue)
        for nth, one in enumerate(action.overflow, start=1):
            if _reached(facts["waiting"], one.waiting):
                return nth
            if _reached(facts["expected_wait_s"], one.expected_s):
                return nth
        return 0

    async def _look(self, queue: str) -> dict[str, str]:
        """How the queue stands; what nobody can tell is empty."""
        facts = dict.fromkeys(QUEUE_FACTS, "")
        if self._means.queues is None:
            return facts
        await self._hold(PATIENCE_S)
        return facts | dict(await self._means.queues.look(self._line.call, queue))

    async def _nobody_in(self, queue: str) -> bool:
        """Whether no agent is logged in there. What cannot be asked is no reason to turn away."""
        asked = f"${{QUEUE_MEMBER({queue},count)}}"
        match await self._session.ask(Command("GET FULL VARIABLE", (asked,))):
            case Response(result="1", data="0"):
                return True
            case _:
                return False

    async def _hold(self, for_s: float) -> None:
        """Push the limit on the channel ahead, when it would come too soon."""
        until = self._means.mono() + for_s
        if until > self._taken_back_mono:
            within_s = for_s + PATIENCE_S
            self._taken_back_mono = self._means.mono() + within_s - 1
            await self._channel("TIMEOUT(absolute)", str(round(within_s)))

    async def _channel(self, function: str, value: str) -> None:
        """Set a function of the dialplan; both words are ours or the flow's, never a caller's."""
        await self._session.ask(Command("SET VARIABLE", (function, value)))

    # ── saying and hearing ───────────────────────────────────────────────────────────────

    async def _listen(self, action: Listen) -> Input:
        """Keys that are pressed while we speak count; the rest is collected by the switch.

        One that cut an announcement short counts as well: it is the answer of who knows the menu,
        and whatever else would be said before the menu is passed over.
        """
        first = self._ahead or await self._say(action.say, keys=KEYS)
        self._ahead = ""
        if first == "#" or (first and action.most == 1):
            return Pressed(first)
        more = action.most - len(first)
        longest_s = action.wait_s * (more + 1)
        await self._hold(longest_s)
        wait = ("", str(round(action.wait_s * 1000)), str(more))
        match await self._session.ask(Command("GET DATA", wait), timeout_s=longest_s + PATIENCE_S):
            case Response(result=keys, data=ended):
                empty = "#" if not first and "timeout" not in ended else ""
                if self._only_ends(keys or empty):
                    return await self._listen(replace(action, say=()))
                if len(first + keys) == action.most > 1:
                    self._complete_until_mono = self._means.mono() + CLOSES_WITHIN_S
                return Pressed(first + keys or empty)
            case HungUp():
                return Pressed("")

    def _only_ends(self, key: str) -> bool:
        """Whether the key ends digits that were complete, and is no answer to what comes next."""
        was_complete = self._means.mono() < self._complete_until_mono
        if key:
            self._complete_until_mono = 0.0
        return was_complete and key == "#"

    async def _say(self, speech: Speech, *, keys: str) -> str:
        """Say one thing after the other, until one of `keys` is pressed; give that key."""
        for one in speech:
            command = await self._command(one, keys)
            if command is None:
                log.warning(
                    "flow.saying_passed_over",
                    flow=self._flow.name,
                    step=self.state.at,
                    what=one.manner,
                )
                continue
            await self._hold(ONE_SAYING_S)
            key = await self._say_one(one, command)
            if self._only_ends(key):
                key = await self._say_one(one, command)
            if key:
                return key
        return ""

    async def _say_one(self, one: Spoken, command: Command) -> str:
        match await self._session.ask(command, timeout_s=ONE_SAYING_S, may_fail=True):
            case Response() as response:
                self._see_whether_heard(one, response)
                return _key(response.result)
            case HungUp():
                return ""

    async def _command(self, one: Spoken, keys: str) -> Command | None:
        """The command that says it; None for what may not go to the switch or cannot be said."""
        match one.manner:
            case Manner.SOUND if _SOUND.fullmatch(one.text):
                return Command("STREAM FILE", (one.text, keys))
            case Manner.DIGITS if _DIGITS.fullmatch(one.text):
                return Command("SAY DIGITS", (one.text, keys))
            case Manner.NUMBER if _NUMBER.fullmatch(one.text):
                return Command("SAY NUMBER", (one.text, keys))
            case Manner.DATE:
                return _date_command(one.text, keys)
            case Manner.TEXT:
                await self._hold(PATIENCE_S)
                path = await self._means.voice.sound_of(one.text, self.state.language)
                return None if path is None else Command("STREAM FILE", (path, keys))
            case _:
                return None

    def _see_whether_heard(self, one: Spoken, response: Response) -> None:
        """A file that is not there fails before its first sample.

        So does one whose caller has just gone: then the next command tells.
        """
        if response.data == "endpos=0" and response.result in {NO_KEY, FAILED}:
            name = one.text if one.manner is Manner.SOUND else "(a text)"
            log.warning(
                "flow.sound_missing",
                flow=self._flow.name,
                step=self.state.at,
                sound=name,
                language=self.state.language,
            )


def _reached(told: str, most: int | None) -> bool:
    """Whether a figure is known, and has come to where callers go elsewhere."""
    return most is not None and told.isdigit() and int(told) >= most


def _key(result: str) -> str:
    """The switch gives the key's code in ASCII."""
    key = chr(int(result)) if result.isdigit() and int(result) < 128 else ""  # noqa: PLR2004
    return key if key in KEYS else ""


def _date_command(text: str, keys: str) -> Command | None:
    """At noon, and in UTC, so that no zone makes another day of it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    noon = round(datetime.combine(day, time(12), UTC).timestamp())
    return Command("SAY DATETIME", (str(noon), keys, _DATE_FORM, "UTC"))
