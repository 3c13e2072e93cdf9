"""What the running engine says of itself, as facts for the judge.

Owns: asking for it, for a campaign, and reading the answer. Must not judge anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from campaigns.judge import EngineFacts
from config.language import _
from config.settings import Settings
from dialer.cli_session import OK, ask
from dialer.client import EngineNotRunningError
from dialer.wire import Do


async def engine_facts(settings: Settings, campaign: str) -> EngineFacts | None:
    """What the running engine says of itself; None where none runs, or not for this campaign."""
    try:
        answer = await ask(settings, Do.FACTS, campaign=campaign)
    except EngineNotRunningError:
        return None
    return _facts_in(answer.facts) if answer.code == OK else None


def _facts_in(told: Mapping[str, object]) -> EngineFacts:
    until = told.get("breaker_until")
    return EngineFacts(
        link_up=bool(told.get("link_up")),
        stopping=bool(told.get("stopping")),
        store_ok=bool(told.get("store_ok", True)),
        agents_logged_in=int(str(told.get("agents_logged_in", 0))),
        agents_free=int(str(told.get("agents_free", 0))),
        calls_in_flight=int(str(told.get("calls_in_flight", 0))),
        max_calls_reached=bool(told.get("max_calls_reached")),
        dialplan_lacks=bool(told.get("dialplan_lacks")),
        breaker_until=datetime.fromisoformat(str(until)) if until else None,
    )


def engine_text(engine: EngineFacts | None) -> str:
    """The same for people, in half a line."""
    if engine is None:
        return _("not running")
    link = _("link up") if engine.link_up else _("link down")
    said = _("{link}, {free} of {agents} agents free, {calls} calls under way")
    return said.format(
        link=link,
        free=engine.agents_free,
        agents=engine.agents_logged_in,
        calls=engine.calls_in_flight,
    )
