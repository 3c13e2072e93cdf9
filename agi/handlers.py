"""What each route does: ask the engine, put its answer on the channel, let the dialplan go on.

Owns: the routes `inbound`, `login` and `probe` (`flow` is the one of `agi.flow_desk`), and what the
dialplan reads when no answer came. Must not know how the engine finds its answers, nor how
variables travel (`agi.session`).

A caller never waits for us: without an answer in `answer_timeout_s` the variables are emptied
and the dialplan takes its fallback. They are always set, so that none is left from an earlier
question on the same channel.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from agi.flow_desk import FlowDesk, caller_number
from agi.session import Handler, Session, check_variables
from agi.wire import LocalProtocolError, Request
from dialer.messages import Ask, LoginAgent, RouteInbound
from routing.flow_talk import Caller

log: structlog.stdlib.BoundLogger = structlog.get_logger()

AskEngine = Callable[[Ask], Awaitable[Mapping[str, str]]]

WAIHU_QUEUE: Final = "WAIHU_QUEUE"
WAIHU_SLOT: Final = "WAIHU_SLOT"
WAIHU_REFUSED: Final = "WAIHU_REFUSED"
WAIHU_PROBED: Final = "WAIHU_PROBED"

NO_ANSWER: Final = "no_answer"
"""WAIHU_REFUSED when the engine was silent."""
BAD_AGENT: Final = "bad_agent"
"""WAIHU_REFUSED when what was dialed can be nobody's login."""

_AGENT = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_MARK = re.compile(r"[a-z0-9]{1,32}")
_NO_HOST_LETTER = re.compile(r"[^A-Za-z0-9.-]")
_HOST_LETTERS: Final = 20


def make_routes(
    ask: AskEngine,
    flows: FlowDesk | None = None,
    *,
    answer_timeout_s: float = 2.0,
    login_timeout_s: float = 4.0,
) -> dict[str, Handler]:
    """Bind the routes to an engine. `ask` takes a question and gives channel variables.

    With `flows`, a call to a number that has one is led through it instead.

    A login is answered when the database has it, or cannot take it (`dialer.seats`): that takes
    longer, and no caller waits for it.
    """
    desk = _Desk(ask, flows, answer_timeout_s, login_timeout_s)
    routes: dict[str, Handler] = {
        "inbound": desk.route_inbound,
        "login": desk.login_agent,
        "probe": answer_probe,
    }
    return routes if flows is None else routes | {"flow": flows.come_back}


async def answer_probe(session: Session, request: Request) -> None:
    """Show the doctor that the switch reaches this very process, with the mark that it gave."""
    mark = request.args.get("mark", "")
    answer = probe_answer(mark, os.getpid(), socket.gethostname()) if _MARK.fullmatch(mark) else ""
    await session.set_variable(WAIHU_PROBED, answer)


def probe_answer(mark: str, pid: int, host: str) -> str:
    """WAIHU_PROBED, by which the doctor knows the process that answered: mark, pid and host.

    No other server can say it, and no other Waihu; pid and host are those that an engine signs
    its lock with.
    """
    return f"{mark}_{pid}_{_NO_HOST_LETTER.sub('', host)[:_HOST_LETTERS]}"


class _Desk:
    """The handlers that need the engine."""

    def __init__(
        self,
        ask: AskEngine,
        flows: FlowDesk | None,
        answer_timeout_s: float,
        login_timeout_s: float,
    ) -> None:
        self._ask = ask
        self._flows = flows
        self._answer_timeout_s = answer_timeout_s
        self._login_timeout_s = login_timeout_s
        self._numbers = itertools.count(1)

    async def route_inbound(self, session: Session, request: Request) -> None:
        """Lead the call through its flow; without one set WAIHU_QUEUE (empty: the dialplan's)."""
        call, dialed = request.env.get("agi_uniqueid", ""), request.env.get("agi_extension", "")
        number = caller_number(request.env)
        if self._flows is not None and (flow := self._flows.flows.choose(dialed)) is not None:
            caller = Caller(number=number, dialed=dialed)
            await self._flows.begin(session, flow, call, caller)
            return
        question = RouteInbound(ask=self._next_id(), call=call, dialed=dialed, caller_number=number)
        await self._pass_on(session, question, silent={WAIHU_QUEUE: ""})

    async def login_agent(self, session: Session, request: Request) -> None:
        """Set WAIHU_SLOT or, when this agent gets none, WAIHU_REFUSED; the other is emptied."""
        agent = request.args.get("agent", "")
        if not _AGENT.fullmatch(agent):
            await session.set_variables({WAIHU_SLOT: "", WAIHU_REFUSED: BAD_AGENT})
            return
        call = request.env.get("agi_uniqueid", "")
        question = LoginAgent(ask=self._next_id(), call=call, agent=agent)
        await self._pass_on(session, question, silent={WAIHU_SLOT: "", WAIHU_REFUSED: NO_ANSWER})

    async def _pass_on(self, session: Session, question: Ask, *, silent: dict[str, str]) -> None:
        """Set what the engine says and empty what it leaves out; silence has its own words."""
        answer = await self._answer(question)
        await session.set_variables(dict.fromkeys(silent, "") | answer if answer else silent)

    async def _answer(self, question: Ask) -> dict[str, str]:
        """Ask with a limit; what may not go on a channel is no answer."""
        asked = type(question).__name__
        login = isinstance(question, LoginAgent)
        limit_s = self._login_timeout_s if login else self._answer_timeout_s
        try:
            async with asyncio.timeout(limit_s):
                answer = dict(await self._ask(question))
            check_variables(answer)
        except TimeoutError:
            log.warning("agi.question_unanswered", question=asked, call=question.call)
        except LocalProtocolError as error:
            log.warning("agi.answer_refused", question=asked, call=question.call, why=str(error))
        else:
            return answer
        return {}

    def _next_id(self) -> str:
        return f"ask-{next(self._numbers)}"
