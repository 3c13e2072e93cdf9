"""Which flow a call is in: the flows in force, and the calls that come back from a queue.

Owns: the choice of the flow by the dialed number, the state of calls that were given to the
dialplan, and the route `flow` by which these come back. Must not know how a flow is performed.

A call keeps the flow in which it began: new flows are for new calls. What is kept of a call that
waits is lost with this process; its channel remembers flow and step, and the call goes on from
there in the flow of that name that is in force, without what was typed and looked up before.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from agi.flow_call import FLOW, STEP, FlowCall, Line, Means
from agi.session import Session
from agi.wire import RemoteProtocolError, Request
from dialer.messages import InboundNoted
from routing.flow import LAST_AGENT, Enqueue, Flow, Transfer, Voicemail, asks_for
from routing.flow_run import State, begin
from routing.flow_talk import Began, Caller, CameBack, Done, Failed, Input, Return

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Tell = Callable[[InboundNoted], None]

SUBJECT: Final = "subject"
"""The fact of a flow that says what a call is about; else the step says it that let it go."""

KEPT_FOR_S: Final = 4 * 3600.0
MOST_KEPT: Final = 5_000
OPEN_ORDERS: Final = "open_work_orders"
"""The fact of how many work orders of the caller's number are open."""
_NOT_TOLD: Final = "unknown"
_CALL = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CAME: Final[Mapping[str, Input]] = {
    "timed_out": CameBack(Return.TIMED_OUT),
    "after": CameBack(Return.AFTER),
    "done": Done(),
    "failed": Failed(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """The flows in force: by dialed number (None: no flow), and for every other call."""

    default: Flow | None = None
    by_number: Mapping[str, Flow | None] = field(default_factory=dict)

    def choose(self, dialed: str) -> Flow | None:
        """The flow of a call to that number; None: it goes to its queue at once."""
        return self.by_number.get(dialed, self.default)

    def named(self, name: str) -> Flow | None:
        """The flow of that name, if it is in force."""
        flows = (self.default, *self.by_number.values())
        return next((flow for flow in flows if flow is not None and flow.name == name), None)


def caller_number(env: Mapping[str, str]) -> str:
    """Who calls, by the header of a session; empty when it is not told."""
    number = env.get("agi_callerid", "")
    return "" if number == _NOT_TOLD else number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    flow: Flow
    state: State
    until_mono: float


class FlowDesk:
    """All calls in flows. `flows` may be replaced at any time; `tell` is told for the record."""

    def __init__(
        self, means: Means, flows: Flows | None = None, tell: Tell = lambda _: None
    ) -> None:
        self.flows = flows or Flows()
        self._tell = tell
        self._means = means
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    @property
    def waiting(self) -> int:
        """Calls that were given to the dialplan and have not come back."""
        return len(self._kept)

    async def begin(self, session: Session, flow: Flow, call: str, caller: Caller) -> None:
        """Answer, and lead the call through its flow."""
        self._tell(_noted(call, flow, begin(flow, caller)))
        await session.answer()
        caller = await self._known(flow, caller)
        line = Line(call=call, number=caller.number)
        await self._lead(session, flow, line, begin(flow, caller), Began())

    async def _known(self, flow: Flow, caller: Caller) -> Caller:
        """The caller with what we have on file, as far as the flow asks for it."""
        if self._means.queues is not None and asks_for(flow, LAST_AGENT):
            agent = await self._means.queues.last_agent(caller.number)
            caller = replace(caller, facts={**caller.facts, LAST_AGENT: agent})
        if self._means.orders is None or not asks_for(flow, OPEN_ORDERS):
            return caller
        count = await self._means.orders.count(caller.number)
        return replace(caller, facts={**caller.facts, OPEN_ORDERS: count})

    async def come_back(self, session: Session, request: Request) -> None:
        """The route `flow`: a call comes back from where the dialplan took it.

        One that nobody knows anything of gets no answer, and the dialplan takes its fallback.
        """
        call = request.env.get("agi_uniqueid", "")
        came = _CAME.get(request.args.get("came", ""))
        kept = self._kept.pop(call, None)
        if kept is None:
            kept = await self._remembered(session, request.env)
        if kept is None or came is None:
            log.warning("flow.call_unknown", call=call)
            return
        line = Line(call=call, number=caller_number(request.env))
        await self._lead(session, kept.flow, line, kept.state, came)

    async def _remembered(self, session: Session, env: Mapping[str, str]) -> _Kept | None:
        """Where the channel says that it was: a process before this one put it there."""
        name, at = await session.get_variable(FLOW), await session.get_variable(STEP)
        flow = self.flows.named(name) if isinstance(name, str) else None
        if flow is None or not isinstance(at, str):
            return None
        if not isinstance(flow.steps.get(at), Enqueue | Voicemail | Transfer):
            return None
        dialed, language = env.get("agi_dnid", ""), env.get("agi_language", "")
        state = begin(flow, Caller(number=caller_number(env), dialed=dialed))
        if language in flow.languages:
            state = replace(state, language=language)
        step = flow.steps.get(at)
        queue = step.queue if isinstance(step, Enqueue) else ""
        return _Kept(flow=flow, state=replace(state, at=at, queue=queue), until_mono=0.0)

    async def _lead(
        self, session: Session, flow: Flow, line: Line, state: State, came: Input
    ) -> None:
        call = line.call
        walk = FlowCall(session, flow, state, self._means, line)
        try:
            given = await walk.go_on(came)
        except (TimeoutError, RemoteProtocolError):
            raise
        except Exception:
            # A fault of ours in a menu must not stop the dialing: the plain queue has the caller.
            log.exception("flow.broke", flow=flow.name, step=walk.state.at, call=call)
            return
        finally:
            self._tell(_noted(call, flow, walk.state, let_go=True))
        if given and _CALL.fullmatch(call):
            self._keep(call, flow, walk.state)
        log.info(
            "flow.left",
            flow=flow.name,
            step=walk.state.at,
            steps=walk.state.taken,
            given=given,
            call=call,
        )

    def _keep(self, call: str, flow: Flow, state: State) -> None:
        now = self._means.mono()
        self._kept[call] = _Kept(flow=flow, state=state, until_mono=now + KEPT_FOR_S)
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= MOST_KEPT and self._kept[oldest].until_mono > now:
                break
            del self._kept[oldest]


def _noted(call: str, flow: Flow, state: State, *, let_go: bool = False) -> InboundNoted:
    subject = state.facts.get(SUBJECT, "") or (state.at if let_go else "")
    return InboundNoted(
        call=call,
        dialed=state.facts.get("dialed", ""),
        caller_number=state.facts.get("number", ""),
        flow=flow.name,
        language=state.language,
        choices=tuple((chose.step, chose.what) for chose in state.record),
        subject=subject,
    )
