"""What supervisors' hands share: who is meant, which talk it is, and the entry in the ledger.

Owns: these small readings of the floor, the ids of channels that hear, and the shape of an entry.
Must not know any one act. Pure.
"""

from __future__ import annotations

from typing import Protocol

from campaigns.ledger import EntryKind
from dialer.agents import Agent, State
from dialer.effects import EnterAct, Reply, ReplyCode
from dialer.floor import Floor
from dialer.messages import Now

EAR = "waihu-spy-"
"""How the ids of supervisors' phones begin."""
TAPE = "waihu-rec-"
"""How the ids of channels that record begin."""
ENTER_WITHIN_S = 5.0
"""Who hears a talk is entered in the ledger first; later than this, nobody hears it."""

SETTLES_S = 5.0
"""A channel that is younger than this may be in no list of the switch yet."""


class Wanted(Protocol):
    """What each command of a supervisor says."""

    @property
    def ref(self) -> str:
        """Whom to answer."""

    @property
    def by(self) -> str:
        """Who wants it."""

    @property
    def why(self) -> str:
        """Why; it may be empty."""


class Ids:
    """Ids of channels: fixed width, lower case, and never again, also after a restart."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, prefix: str, now: Now) -> str:
        """A new one."""
        self._last = max(self._last + 1, int(now.utc.timestamp() * 1_000_000))
        return f"{prefix}{self._last:017d}"


def who(floor: Floor, login: str) -> Agent | ReplyCode:
    """The agent who is meant, or why it can be nobody."""
    agent = floor.get(login)
    if agent is None:
        return ReplyCode.UNKNOWN_AGENT
    return ReplyCode.AGENT_NOT_LOGGED_IN if agent.state is State.AWAY else agent


def talk_of(agent: Agent | None) -> str:
    """The call that an agent hears now; "" for none."""
    if agent is None or agent.state is not State.TALKING:
        return ""
    return agent.attempt or agent.inbound or ""


def entry(
    kind: EntryKind, agent: str, command: Wanted, now: Now, *, what: str = "", call: str = ""
) -> EnterAct:
    """What the ledger is to say of it."""
    return EnterAct(
        entry=kind.value,
        subject=f"agent {agent}" if agent else f"call {call}",
        who=command.by,
        at=now.utc,
        what=what,
        why=command.why,
        call=call,
    )


def answer(command: Wanted, code: ReplyCode = ReplyCode.OK, **facts: str) -> Reply:
    """The answer to who gave the command."""
    return Reply(ref=command.ref, code=code, facts=facts)
