"""Does Asterisk reach our FastAGI? A call inside Asterisk asks it, and tells.

Owns: the probe call, the server that stands in for an engine that does not run, and what the
call's word means. The call never leaves Asterisk: two ends of a Local channel in `waihu-probe`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import structlog

from agi.handlers import answer_probe, probe_answer
from agi.server import FastAgiServer, SessionLimits
from asterisk import actions
from asterisk.actions import Action
from asterisk.doctor.codes import Check, Code
from asterisk.doctor.consultation import Consultation, Headers, reason_of
from asterisk.doctor.findings import Finding, found
from asterisk.doctor.here import EngineSeen, Holder
from asterisk.errors import ActionRejected

CONTEXT = "waihu-probe"
PERMISSION_DENIED = "Permission denied"
PROBE_S = 6.0
"""The dialplan gives up on a silent FastAGI after agi_patience_s, 5 by default."""

LAST_WORD_S = 0.5

_LIMITS = SessionLimits(sessions=50, life_s=5.0, drain_s=0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where our FastAGI is, by the settings."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """As the dialplan writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"agi://{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe. `by`: the process that must answer; None: any Waihu, ours is not known."""

    mark: str
    by: Holder | None

    def is_answered_by(self, proof: str) -> bool:
        """Whether the process that gave this proof is the one that must answer."""
        return self.by is None or proof == probe_answer(self.mark, self.by.pid, self.by.host)


async def examine_agi(
    consultation: Consultation, address: Address, engine: EngineSeen, user: str
) -> list[Finding]:
    """Let Asterisk call our FastAGI: the engine's, or one of our own while no engine runs.

    Raises:
        ActionRejected: Asterisk does not let us place a call.
        LinkLost, AnswerOverdue: it went away, or is too slow.
    """
    mark = secrets.token_hex(13)
    if engine.runs:
        return await _examine(consultation, address, Probe(mark=mark, by=engine.holder), user)
    ourselves = Holder(text="", pid=os.getpid(), host=socket.gethostname())
    try:
        async with _serving(address):
            return await _examine(consultation, address, Probe(mark=mark, by=ourselves), user)
    except _CannotListen as fault:
        return [_finding(Code.AGI_PORT_TAKEN, address, reason=str(fault))]


async def _examine(
    consultation: Consultation, address: Address, probe: Probe, user: str
) -> list[Finding]:
    """The probe's word; and whether the events of its call came, which need a read right."""
    news = consultation.news
    try:
        await consultation.ask(_originate(probe.mark))
    except ActionRejected as refused:
        if refused.text == PERMISSION_DENIED:
            raise
        return [_finding(Code.PROBE_NOT_PLACED, address, context=CONTEXT)]
    told = await _word_of(consultation, probe.mark)
    if told is None:
        code = Code.PROBE_NOT_PLACED if _failed(news, probe.mark) else Code.PROBE_UNTOLD
        return [_finding(code, address, context=CONTEXT, user=user)]
    findings = [judge_probe(told, address, probe)]
    if not await _within(LAST_WORD_S, consultation, lambda: _has_ended(news, probe.mark)):
        findings.append(found(Check.RIGHTS, Code.READ_MISSING, user=user, rights="call"))
    return findings


async def _word_of(consultation: Consultation, mark: str) -> Headers | None:
    """Wait for the probe's word; events of one call may change places, so a little beyond."""
    news = consultation.news

    def is_over() -> bool:
        return _told(news, mark) is not None or _has_ended(news, mark)

    if await _within(PROBE_S, consultation, is_over):
        await _within(LAST_WORD_S, consultation, lambda: _told(news, mark) is not None)
    return _told(news, mark)


async def _within(limit_s: float, consultation: Consultation, done: Callable[[], bool]) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            await consultation.until(done)
    except TimeoutError:
        return False
    return True


class _CannotListen(Exception):  # noqa: N818  it never leaves this file
    """The address cannot be listened on."""


@asynccontextmanager
async def _serving(address: Address) -> AsyncIterator[None]:
    server = FastAgiServer(
        host=address.host, port=address.port, routes={"probe": answer_probe}, limits=_LIMITS
    )
    with _without_logs():
        try:
            await server.__aenter__()
        except OSError as fault:
            raise _CannotListen(reason_of(fault)) from None
        try:
            yield
        finally:
            await server.__aexit__(None, None, None)


@contextmanager
def _without_logs() -> Iterator[None]:
    """The server's log is the engine's business; the doctor's output is its findings."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    try:
        yield
    finally:
        structlog.configure(**before)


def _originate(mark: str) -> Action:
    return Action(
        name="Originate",
        headers=(
            ("Channel", f"Local/far@{CONTEXT}/n"),
            ("Context", CONTEXT),
            ("Exten", "s"),
            ("Priority", "1"),
            ("Async", "true"),
            ("ChannelId", mark),
            ("Timeout", "2000"),
            ("Variable", actions.variable("WAIHU_PROBE", mark)),
        ),
    )


def _told(news: list[Headers], mark: str) -> Headers | None:
    """The probe's word, if it has come; the channel tells it, for a variable can be overwritten."""
    ours = (n for n in news if n.get("UserEvent") == "WaihuProbe" and n.get("Uniqueid") == mark)
    return next(ours, None)


def _has_ended(news: list[Headers], mark: str) -> bool:
    """The call has been hung up, or was never placed."""
    hung_up = any(n["Event"] == "Hangup" and n.get("Uniqueid") == mark for n in news)
    return hung_up or _failed(news, mark)


def _failed(news: list[Headers], mark: str) -> bool:
    """An Originate into a context that is not there leaves a refusal and no channel."""
    return any(n.get("Uniqueid") == mark and n.get("Response") == "Failure" for n in news)


def judge_probe(told: Headers, address: Address, probe: Probe) -> Finding:
    """What the word of the UserEvent WaihuProbe means, `address` being ours by the settings."""
    url, proof = told.get("Url", ""), told.get("Proof", "")
    is_waihu = proof.startswith(f"{probe.mark}_")
    if is_waihu and probe.is_answered_by(proof):
        return _finding(Code.AGI_OK, address)
    if url != address.url:
        return _finding(Code.AGI_OTHER_ADDRESS, address, url=url, settings_url=address.url)
    if is_waihu:
        pid, _, host = proof.removeprefix(f"{probe.mark}_").partition("_")
        return _finding(Code.AGI_OTHER_WAIHU, address, pid=pid, on=host)
    match told.get("Result"):
        case "SUCCESS":
            return _finding(Code.AGI_STRANGER, address)
        case "TIMEOUT" | "HANGUP":
            return _finding(Code.AGI_SILENT, address)
        case _:
            return _finding(Code.AGI_UNREACHABLE, address)


def _finding(code: Code, address: Address, **facts: object) -> Finding:
    return found(Check.AGI, code, host=address.host, port=address.port, **facts)
