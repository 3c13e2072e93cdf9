"""Agents: who is on file, who is there, and what supervisors and they themselves do.

Owns: these operations. Somebody without the right to act on agents acts for the own login only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from campaigns.outcomes import Disposition
from config.language import _
from dialer.agents import is_break_reason
from dialer.cli_agents import Word, agent_described, agent_json, agent_saved, dispose, kept_json
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_late_words import waiting_json
from dialer.cli_preview import card_json, looked_at
from dialer.cli_replies import reply_text
from dialer.cli_times import read_time
from dialer.effects import ListenMode, ReplyCode
from dialer.wire import LONGEST_SKIP_REASON, Answer, Do
from store.agents import Agents
from store.own_calls import is_anothers
from store.undisposed import waiting_calls
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.fields import AgentPath, Body, InQuery, Line, Moment, Name, Text, Why
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.problems import ProblemError
from supervisor.web.api.visit import Visit, Visiting

router = APIRouter(route_class=GuardedRoute, tags=["agents"])
Shown = dict[str, Any]


def _own(visit: Visit, agent: str) -> None:
    """Refuse who acts for another agent and may not."""
    if agent != visit.caller.agent and Right.ACT_AGENTS not in visit.caller.rights:
        said = _("your account is not agent {agent}").format(agent=agent)
        raise ProblemError(403, "another_agent", said)


async def _own_call(visit: Visit, agent: str, attempt: str | None) -> None:
    """Refuse the word for another's call: the engine takes a late one by the call alone."""
    if attempt is None or Right.ACT_AGENTS in visit.caller.rights:
        return
    if await is_anothers(visit.database, attempt, agent):
        answer = Answer(id="", code=ReplyCode.NO_CALL_TO_DISPOSE.value)
        said = reply_text(answer, agent, zone=visit.zone, now=visit.now)
        raise CommandError(said, reason=answer.code)


def _lacking(visit: Visit, right: Right) -> None:
    if right not in visit.caller.rights:
        said = _("your account may not do this: it takes the right “{right}”")
        raise ProblemError(403, "no_right", said.format(right=right.value))


@router.get("/agents", **says("The agents as they are now.", Right.WATCH, shapes.Agents))
async def list_agents(visit: Visiting) -> Shown:
    """By the engine's word."""
    told = (await visit.ask(Do.SNAPSHOT)).facts
    return {"ts": told["ts"], "agents": told["agents"], "counts": told["agent_counts"]}


@router.get("/agents/on-file", **says("The agents on file.", Right.WATCH, shapes.AgentsOnFile))
async def agents_on_file(visit: Visiting) -> Shown:
    """With the queues they serve and what they can."""
    records = await Agents(visit.database).records()
    return {"agents": [agent_json(record) for record in records]}


class OnFile(Body):
    """An agent: name, queues, skills."""

    name: Line = ""
    queues: Annotated[list[Name], Field(max_length=100, default_factory=list)]
    skills: Annotated[
        dict[Name, Annotated[int, Field(ge=1, le=9)]],
        Field(max_length=100, description="1 to 9, 9 is best.", default_factory=dict),
    ]


@router.put(
    "/agents/{agent}",
    **says("Put an agent on file, or change name and queues.", Right.ACT_AGENTS, shapes.SavedAgent),
)
async def save_agent(visit: Visiting, agent: AgentPath, body: OnFile) -> Shown:
    """The agent signs in by calling from a phone."""
    skills = [f"{name}={level}" for name, level in body.skills.items()]
    record = agent_described(visit.settings, agent, body.name, body.queues, skills)
    new = await agent_saved(visit.database, record, visit.by())
    await visit.tell_engine()
    return {"agent": agent_json(record), "added": new}


# ── breaks and leaving ───────────────────────────────────────────────────────────────────


class Break(Body):
    """Why an agent takes no calls."""

    reason: Name = "break"
    why: Why = ""


@router.put("/agents/{agent}/pause", **says("Send an agent on a break.", Right.DESK, shapes.Done))
async def pause_agent(visit: Visiting, agent: AgentPath, body: Break | None = None) -> Shown:
    """During a call it takes effect after it."""
    _own(visit, agent)
    wished = Break() if body is None else body
    if not is_break_reason(wished.reason):
        said = _("“{text}” cannot be a reason; write up to 40 letters or digits, e.g. lunch")
        raise CommandError(said.format(text=wished.reason), ExitCode.USAGE)
    await visit.acts.live.pause_agent(agent, wished.reason, visit.by(wished.why))
    return {"agent": agent, "pause_reason": wished.reason}


@router.delete("/agents/{agent}/pause", **says("The break is over.", Right.DESK, shapes.Done))
async def resume_agent(visit: Visiting, agent: AgentPath) -> Shown:
    """The agent takes calls again."""
    _own(visit, agent)
    await visit.acts.live.pause_agent(agent, None, visit.by())
    return {"agent": agent, "pause_reason": None}


class Leaving(Body):
    """How an agent is signed out."""

    now: Annotated[bool, Field(description="Also during a talk; else after it.")] = False
    why: Why = ""


@router.post(
    "/agents/{agent}/sign-out", **says("Sign an agent out.", Right.ACT_AGENTS, shapes.Done)
)
async def sign_out(visit: Visiting, agent: AgentPath, body: Leaving | None = None) -> Shown:
    """The phone is hung up."""
    wished = Leaving() if body is None else body
    live = visit.acts.live
    answer = await live.sign_out(agent, visit.by(wished.why), now=wished.now)
    return {"agent": agent, **answer.facts}


# ── lending (R17) ────────────────────────────────────────────────────────────────────────


class Lending(Body):
    """Where an agent helps, and until when."""

    queue: Name
    until: Moment | None = None
    why: Why = ""


@router.put(
    "/agents/{agent}/loan",
    **says("Let an agent serve another queue only.", Right.ACT_AGENTS, shapes.Done),
)
async def lend_agent(visit: Visiting, agent: AgentPath, body: Lending) -> Shown:
    """During a call it takes effect after it."""
    until = None if body.until is None else read_time(body.until, visit.zone, visit.now)
    loan = await visit.acts.lend([agent], body.queue, visit.by(body.why), until)
    ends = None if loan.until is None else loan.until.isoformat()
    return {"lent": [agent], "queue": loan.queue, "until": ends}


@router.delete(
    "/agents/{agent}/loan",
    **says("The agent serves the own queues again.", Right.ACT_AGENTS, shapes.Done),
)
async def take_agent_back(visit: Visiting, agent: AgentPath) -> Shown:
    """Whatever the agent was lent to."""
    return {"taken_back": list(await visit.acts.take_back([agent], visit.by()))}


# ── calls at hand ────────────────────────────────────────────────────────────────────────


class Hearing(Body):
    """Whose phone is to ring, and how it takes part."""

    phone: Annotated[Name | None, Field(description="Else the account's own.")] = None
    mode: ListenMode = ListenMode.LISTEN
    why: Why = ""


_TAKES = {
    ListenMode.LISTEN: Right.LISTEN,
    ListenMode.WHISPER: Right.WHISPER,
    ListenMode.BARGE: Right.BARGE,
}


@router.put(
    "/agents/{agent}/listen",
    **says("Listen to an agent's talks, whisper, or barge in.", Right.LISTEN, shapes.Done),
)
async def listen(visit: Visiting, agent: AgentPath, body: Hearing) -> Shown:
    """The phone rings; once more changes how it takes part. `whisper` and `barge` take theirs."""
    _lacking(visit, _TAKES[body.mode])
    phone = _phone_of(visit, body.phone)
    answer = await visit.acts.live.listen(agent, body.mode, phone, visit.by(body.why))
    return {"agent": agent, "mode": body.mode.value, "listening": phone, **answer.facts}


def _phone_of(visit: Visit, named: str | None) -> str:
    """The phone that rings: the account's own, if it has one, whatever is named."""
    own = visit.caller.phone
    if own is None:
        if named is None:
            said = _("say which phone is to ring: your account has none of its own")
            raise ProblemError(422, "no_phone", said)
        return named
    if named not in {None, own}:
        said = _("your account listens by phone {phone} alone; an administrator sets another")
        raise ProblemError(403, "another_phone", said.format(phone=own))
    return own


@router.get(
    "/listening",
    **says("Which phones hear whom, and whose talks are recorded.", Right.WATCH, shapes.Listening),
)
async def listeners(visit: Visiting) -> Shown:
    """By the engine's word."""
    return dict((await visit.ask(Do.HEARS)).facts)


class Phone(Body):
    """Whose phone."""

    phone: Annotated[Name | None, Field(description="Else the account's own.")] = None


@router.post(
    "/listening/end", **says("Let a phone hear nobody any more.", Right.LISTEN, shapes.Done)
)
async def unlisten(visit: Visiting, body: Phone) -> Shown:
    """It is hung up."""
    phone = _phone_of(visit, None) if body.phone is None else body.phone
    await visit.acts.live.unlisten(phone, visit.by())
    return {"listening": None}


class Recording(Body):
    """Whether a talk is recorded."""

    on: bool = True
    why: Why = ""


@router.put(
    "/agents/{agent}/recording",
    **says("Record an agent's talk, or no longer.", Right.RECORD, shapes.Done),
)
async def record(visit: Visiting, agent: AgentPath, body: Recording) -> Shown:
    """From now on to its end."""
    answer = await visit.acts.live.record(agent, visit.by(body.why), on=body.on)
    return {"agent": agent, "on": body.on, **answer.facts}


class HangUp(Body):
    """Which call is to end: an agent's, or one by its id."""

    agent: Name | None = None
    call: Name | None = None
    why: Why = ""


@router.post("/calls/hang-up", **says("End a call.", Right.ACT_CALLS, shapes.Done))
async def hang_up(visit: Visiting, body: HangUp) -> Shown:
    """Its outcome is what the rules say of it."""
    if (body.agent is None) == (body.call is None):
        raise CommandError(_("say either the agent or the call"), ExitCode.USAGE)
    by = visit.by(body.why)
    return dict((await visit.acts.live.hang_up(by, agent=body.agent, call=body.call)).facts)


# ── what came of it ──────────────────────────────────────────────────────────────────────


class Disposing(Body):
    """What came of a call."""

    disposition: Disposition
    at: Annotated[Moment | None, Field(description="Of an appointment: the contact's clock.")] = (
        None
    )
    note: Text = ""
    attempt: Annotated[Name | None, Field(description="An earlier call than the one at hand.")] = (
        None
    )


@router.post(
    "/agents/{agent}/disposition",
    **says("Say what came of an agent's call.", Right.DESK, shapes.Done),
)
async def give_disposition(visit: Visiting, agent: AgentPath, body: Disposing) -> Shown:
    """Safe when it is answered. `kept`: in the database, or in the journal beside it."""
    _own(visit, agent)
    if body.at is not None and body.disposition is not Disposition.APPOINTMENT:
        raise CommandError(_("a time is for appointments only"), ExitCode.USAGE)
    await _own_call(visit, agent, body.attempt)
    said = Word(
        agent=agent,
        disposition=body.disposition,
        at=body.at,
        note=body.note,
        attempt=body.attempt,
    )
    return kept_json(said, await dispose(visit.settings, visit.database, said, visit.now))


@router.get(
    "/undisposed",
    **says("Talks that still wait for their agent's word.", Right.DESK, shapes.Undisposed),
)
async def undisposed(visit: Visiting, agent: InQuery = None) -> Shown:
    """Who may not act on agents sees the own only."""
    whose = agent if Right.ACT_AGENTS in visit.caller.rights else visit.caller.agent or ""
    calls = await waiting_calls(visit.database, whose)
    return {"undisposed": [waiting_json(call) for call in calls]}


@router.get("/keypad", **says("The keys for what came of a call.", Right.DESK, shapes.Keypad))
async def keypad(visit: Visiting) -> Shown:
    """From the settings."""
    keys: Mapping[str, Disposition] = visit.settings.agents.keypad
    return {"keypad": {key: word.value for key, word in sorted(keys.items())}}


@router.get("/pops", **says("Who is calling: the latest pops.", Right.DESK, shapes.Pops))
async def pops(visit: Visiting, agent: InQuery = None) -> Shown:
    """Who may not act on agents sees the own only."""
    whose = agent if Right.ACT_AGENTS in visit.caller.rights else visit.caller.agent or ""
    return dict((await visit.ask(Do.POP, agent=whose)).facts)


# ── preview ──────────────────────────────────────────────────────────────────────────────


@router.post(
    "/agents/{agent}/preview",
    **says("Preview: the next contact, before any call.", Right.DESK, shapes.Done),
)
async def preview(
    visit: Visiting, agent: AgentPath, campaign: Annotated[InQuery, Query()] = None
) -> Shown:
    """Asked again while a contact is at hand, it is the same one."""
    _own(visit, agent)
    answer = await visit.well(Do.NEXT, agent, campaign=campaign)
    return card_json(agent, answer, await looked_at(visit.database, answer), visit.now)


@router.post(
    "/agents/{agent}/preview/dial",
    **says("Preview: call the contact that the agent looks at.", Right.DESK, shapes.Done),
)
async def dial(visit: Visiting, agent: AgentPath) -> Shown:
    """It is judged once more; a no is told with its reason, and nobody is called."""
    _own(visit, agent)
    answer = await visit.well(Do.DIAL, agent)
    return {"agent": agent, "dialed": True, **answer.facts}


class Skipping(Body):
    """Why a contact is given back."""

    reason: Annotated[Name, Field(max_length=LONGEST_SKIP_REASON)]


@router.post(
    "/agents/{agent}/preview/skip",
    **says("Preview: give the contact back without a call.", Right.DESK, shapes.Done),
)
async def skip(visit: Visiting, agent: AgentPath, body: Skipping) -> Shown:
    """Not counted as a call; the contact comes again later."""
    _own(visit, agent)
    await visit.well(Do.SKIP, agent, reason=body.reason)
    return {"agent": agent, "skipped": True, "reason": body.reason}
