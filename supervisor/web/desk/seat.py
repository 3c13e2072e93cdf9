"""How an agent's own seat stands now, as the desk page is told it.

Owns: which of the engine's facts make up that picture. Reads, never changes. Moments are told, not
durations: the page reckons with the server's clock.
"""

from __future__ import annotations

from datetime import timedelta

from dialer.agents import Agent, State, Status
from dialer.calls import Call
from dialer.engine import Engine
from dialer.messages import Now
from dialer.switch_events import LinkUp
from supervisor.snapshot import look_of

Plain = dict[str, object]


def seat_json(engine: Engine, login: str, now: Now) -> Plain:
    """The seat of that agent; of one whom the engine does not know no more than that."""
    agent = engine.floor.get(login)
    told: Plain = {
        "agent": login,
        "known": agent is not None,
        "link_up": isinstance(engine.link, LinkUp),
        "store_ok": engine.store.ok,
        "stopping": engine.stopping,
    }
    return told if agent is None else {**told, **_of_agent(engine, agent, now)}


def _of_agent(engine: Engine, agent: Agent, now: Now) -> Plain:
    since = engine.statistics.agent_since(agent.agent)
    call = engine.board.get(agent.attempt or "")
    busy = agent.state in (State.RESERVED, State.TALKING, State.WRAP_UP)
    on_break = agent.status is Status.ON_BREAK
    return {
        "name": agent.name,
        "look": look_of(agent.status.value, agent.state.value).value,
        "reason": agent.pause_reason if on_break and not busy else "",
        "next": agent.pause_reason if on_break and busy else "",
        "since": since.isoformat() if since else None,
        "due_at": _due_at(agent, call, now),
        "phone": agent.state is not State.AWAY,
        "queues": list(agent.queues),
        "undisposed": engine.late_words.count(agent.agent),
        "call": _call(engine, agent, call),
    }


def _due_at(agent: Agent, call: Call | None, now: Now) -> str | None:
    """When the wrap-up, or the look at a contact, is over."""
    due = agent.due_mono if call is None else call.due_mono
    if due is None or agent.state is State.READYING:
        return None
    return (now.utc + timedelta(seconds=due - now.mono)).isoformat(timespec="seconds")


def _call(engine: Engine, agent: Agent, call: Call | None) -> Plain | None:
    if call is not None:
        desk = engine.desks.get(call.campaign_id)
        return {
            "id": call.attempt,
            "direction": "outbound",
            "state": call.state.value,
            "campaign": desk.campaign.name if desk else None,
            "queue": desk.campaign.queue if desk else None,
            "word": call.disposition.value if call.disposition else None,
        }
    if agent.inbound is None:
        return None
    taken = engine.statistics.taken_call(agent.inbound)
    return {
        "id": agent.inbound,
        "direction": "inbound",
        "state": "talking" if agent.state is State.TALKING else "wrap_up",
        "campaign": None,
        "queue": taken.queue if taken else None,
        "word": None,
    }
