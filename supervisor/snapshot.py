"""What is going on right now, as one typed value.

Owns: the fields that watchers see, on the socket, in the terminal and in every later sink, and
their JSON. Must not know how the figures come about (`supervisor.statistics`) nor how they are
shown. Every time is aware UTC, every duration in seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from types import UnionType
from typing import TypeVar, Union, get_args, get_origin, get_type_hints

from dialer.agents import State, Status
from supervisor.answer_norm import NormView
from supervisor.kpi import Figure

VERSION = 1

Kind = TypeVar("Kind")


class AgentLook(StrEnum):
    """Status and state of an agent in the one word that a supervisor is shown."""

    READY = "ready"
    RESERVED = "reserved"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    SIGNING_IN = "signing_in"
    SIGNED_OUT = "signed_out"
    UNKNOWN = "unknown"


_LOOKS = {
    State.AWAY: AgentLook.SIGNED_OUT,
    State.READYING: AgentLook.SIGNING_IN,
    State.RESERVED: AgentLook.RESERVED,
    State.TALKING: AgentLook.TALKING,
    State.WRAP_UP: AgentLook.WRAP_UP,
}


@lru_cache(maxsize=64)
def look_of(status: str, state: str) -> AgentLook:
    """The one word for a status and a state; words of a newer engine are UNKNOWN."""
    if state == State.IDLE:
        return AgentLook.READY if status == Status.AVAILABLE else AgentLook.PAUSED
    return next((look for known, look in _LOOKS.items() if known == state), AgentLook.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """One agent, in this state `since` then.

    `attempt`: the outbound call at hand; `inbound`: the queue call, of `queue`; `number`: the
    customer's, masked.
    `undisposed`: how many calls of the last day still wait for this agent's word. `queues`: those
    that the agent serves now; while lent, `lent_to` alone, until `lent_until` (None: until taken
    back). `skills`: levels by name.
    """

    agent: str
    name: str
    status: str
    state: str
    pause_reason: str = ""
    attempt: str | None = None
    campaign: str | None = None
    undisposed: int = 0
    queues: tuple[str, ...] = ()
    skills: dict[str, int] = field(default_factory=dict)
    lent_to: str | None = None
    lent_until: datetime | None = None
    since: datetime | None = None
    inbound: str | None = None
    queue: str | None = None
    number: str = ""

    @property
    def look(self) -> AgentLook:
        """The one word for status and state."""
        return look_of(self.status, self.state)

    def lasts_s(self, at: datetime) -> float:
        """How long the agent has been in this state at that moment."""
        return 0.0 if self.since is None else max((at - self.since).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCounts:
    """Outbound calls alive now. `message`: nobody took them, they hear the recorded message."""

    dialing: int = 0
    ringing: int = 0
    answered: int = 0
    talking: int = 0
    message: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.dialing + self.ringing + self.answered + self.talking + self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The reason for which a campaign does not dial: a code of the engine's, and its facts."""

    code: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceView:
    """Why predictive pacing placed so many calls within a second: its numbers, at their end.

    `limit`: what kept it from being more. `in_flight`: calls on their way; `answer_rate`: the
    chance of one more. `expected_free`, `expected_answers`: agents and persons to come. `risk`:
    what one more call would add to the abandons for each person that it reaches; `price`: the most
    that it may. `left`: calls that may still be lost before the cap, by the stricter of day and
    block; `cap`: the part of those who answer. `machines`, `persons`: what AMD has said since the
    engine started.
    """

    at: datetime
    placed: int
    limit: str
    free: int
    waiting: int
    in_flight: int
    expected_free: float
    expected_answers: float
    answer_rate: float
    risk: float
    price: float
    left: float
    cap: float
    aggressiveness: float
    day_answered: int
    day_abandoned: int
    block_answered: int
    block_abandoned: int
    machines: int = 0
    persons: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """One campaign: its list, this run, and why it does not dial (None: it does).

    `contacts`, `open`, `due`: contacts on the list, those still wanted, those whose time has
    come. `untried`: others for whom the window is closed. `tried_this_run`, `outcomes`, `placed`,
    `answered` (by anything), `machines` (of these, as far as is known by now), `abandoned`: since
    the engine started. `norm`: its answer rate at this hour of other days. `time_left_s`: until
    nothing is due, at the pace of the last minutes. `pace`: of a predictive one, once it has run.
    `queue`: whose agents take its calls; `calls`: those alive, by phase.
    """

    name: str
    state: str
    contacts: int = 0
    open: int = 0
    due: int = 0
    untried: int = 0
    in_calls: int = 0
    tried_this_run: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    placed: int = 0
    answered: int = 0
    machines: int = 0
    abandoned: int = 0
    norm: NormView | None = None
    next_due_at: datetime | None = None
    time_left_s: float | None = None
    why: Why | None = None
    pace: PaceView | None = None
    mode: str = ""
    queue: str = ""
    priority: int = 5
    calls: CallCounts = CallCounts()

    @property
    def live(self) -> int:
        """Calls that a person answered, the abandoned ones included (kpi: L)."""
        return max(self.answered - self.machines, 0)

    @property
    def worked(self) -> int:
        """Contacts that were called and want no more at present: closed, or waiting for later."""
        ahead = self.due + self.untried + self.in_calls
        return min(max(self.contacts - ahead, 0), self.contacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerView:
    """One caller who waits. `number`: masked; empty: withheld."""

    call: str
    joined_at: datetime
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """One inbound queue: who waits now, and today's figures with the threshold they rest on.

    `agents_lent`: how many of those who serve it are of other groups.
    `longest_wait_s`: of those who wait; `longest_wait`: of those who do no longer. The figures
    behind `agents_available` are None in the picture of an older engine.
    `call_backs`: callers of today who chose to be called back; they are none of the `abandoned`.
    `places`: that are kept now for who is to be called back; `oldest_place_s`: the first of them,
    `oldest_place_at`: since when; `places_of`: queues that have left the settings, whose places are
    called from here, and are among these. `callers`: who waits, the longest first; not all of
    very many.
    """

    name: str
    waiting: int
    longest_wait_s: float | None
    offered: int
    answered: int
    abandoned: int
    threshold_s: float
    service_level: Figure
    asa: Figure
    agents_available: int = 0
    agents_lent: int = 0
    short_abandons: int = 0
    short_abandon_s: float = 5.0
    left: int = 0
    abandon_rate: Figure | None = None
    abandon_rate_raw: Figure | None = None
    longest_wait: Figure | None = None
    aht: Figure | None = None
    longest_handle: Figure | None = None
    call_backs: int = 0
    places: int = 0
    oldest_place_s: float | None = None
    oldest_place_at: datetime | None = None
    places_of: tuple[str, ...] = ()
    callers: tuple[CallerView, ...] = ()


class AlarmLevel(StrEnum):
    """How bad it is: look at it soon, or do something now."""

    ATTENTION = "attention"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """Something that asks for a person. `id`: the same for as long as it lasts, and never again.

    `code`: what is wrong, `params`: its facts, none of which grows by itself. `kind`, `name`: the
    queue, agent, campaign or site that it is about. `act`: what to do first, as a code.
    `acknowledged_by`: who has seen to it at this level; it is silent for everybody then.
    """

    id: str
    code: str
    level: str
    kind: str
    name: str
    since: datetime
    act: str = ""
    params: dict[str, str] = field(default_factory=dict)
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteView:
    """One minute of the last hour, for charts. `at`: its beginning.

    `waiting`: the most callers who waited at once. `calls`: the most outbound calls alive at once.
    `free`: the fewest agents who were ready. `served_within` of `served`: callers whose wait ended
    in it, and those of them who were answered within their queue's threshold. `placed`,
    `answered` (by anything), `machines` (found to be one), `abandoned`: outbound calls.
    """

    at: datetime
    waiting: int = 0
    calls: int = 0
    free: int = 0
    served: int = 0
    served_within: int = 0
    placed: int = 0
    answered: int = 0
    machines: int = 0
    abandoned: int = 0

    @property
    def live(self) -> int:
        """Calls that a person answered; what a minute later turns out a machine is in it."""
        return self.answered - self.machines


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkView:
    """How other programs are told. `since`: it is up, or down, since then.

    `dropped`: what found no room since the engine started; `fault`: why it is down.
    """

    up: bool
    since: datetime | None = None
    dropped: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a watcher needs. `zone`: the site's, for the clock and for "today".

    `link_since`: when the link to the switch came up or went down; `link_fault`: why it is down.
    `store_fault`: why no calls are begun for the database's sake; empty while it is well.
    `set_aside`: writes that it has refused for good. `alarms`: the newest first. `minutes`: of the
    last hour, the oldest first; both begin anew with the engine. `norm`: the answer rate at this
    hour of other days, of the campaigns that run; None: this run's own is all there is. `sinks`:
    Redis and MQTT, as far as they are on.
    """

    ts: datetime
    site: str = ""
    zone: str = "UTC"
    link_up: bool = False
    link_since: datetime | None = None
    link_fault: str = ""
    store_fault: str = ""
    set_aside: int = 0
    stopping: bool = False
    agents: tuple[AgentView, ...] = ()
    agent_counts: dict[str, int] = field(default_factory=dict)
    calls: CallCounts = CallCounts()
    campaigns: tuple[CampaignView, ...] = ()
    queues: tuple[QueueView, ...] = ()
    outcomes_today: dict[str, int] = field(default_factory=dict)
    sinks: dict[str, SinkView] = field(default_factory=dict)
    alarms: tuple[AlarmView, ...] = ()
    minutes: tuple[MinuteView, ...] = ()
    norm: NormView | None = None
    v: int = VERSION


def counts_by_look(agents: Iterable[AgentView]) -> dict[str, int]:
    """How many agents are in each state; every state is named, also with 0."""
    seen = Counter(agent.look for agent in agents)
    return {look.value: seen[look] for look in AgentLook}


# ── JSON ─────────────────────────────────────────────────────────────────────────────────


def to_json(snapshot: Snapshot) -> dict[str, object]:
    """The snapshot in plain values that `json.dumps` takes; times in ISO 8601.

    Of an agent it says as well how long the state has lasted, for who need not reckon.
    """
    told = {f.name: _plain(getattr(snapshot, f.name)) for f in fields(snapshot)}
    told["agents"] = [_agent(view, snapshot.ts) for view in snapshot.agents]
    return told


def _agent(view: AgentView, at: datetime) -> dict[str, object]:
    told = {f.name: _plain(getattr(view, f.name)) for f in fields(view)}
    return {**told, "since_s": view.lasts_s(at)}


def pace_to_json(view: PaceView) -> dict[str, object]:
    """One decision in plain values."""
    return {f.name: _plain(getattr(view, f.name)) for f in fields(view)}


def pace_from_json(data: object) -> PaceView:
    """The decision again. Raises ValueError for values that do not fit."""
    try:
        return _checked(_typed(PaceView, data), PaceView)
    except (TypeError, ValueError) as error:
        raise ValueError(f"this is no decision: {error}") from error


def from_json(data: Mapping[str, object]) -> Snapshot:
    """The snapshot again. Unknown fields are passed over, missing ones take their default.

    Raises ValueError for another version and for values that do not fit.
    """
    if data.get("v") != VERSION:
        raise ValueError(f"a snapshot of version {data.get('v')!r} is not understood here")
    try:
        snapshot = _checked(_typed(Snapshot, data), Snapshot)
    except (TypeError, ValueError) as error:
        raise ValueError(f"this is no snapshot: {error}") from error
    if snapshot.ts.tzinfo is None:
        raise ValueError("this is no snapshot: its time has no zone")
    return snapshot


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


@cache
def _hints(kind: type) -> dict[str, object]:
    return get_type_hints(kind)


def _typed(kind: object, value: object) -> object:
    """`value` as the annotation `kind` wants it."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in {UnionType, Union}:
        return None if value is None else _typed(args[0], value)
    if origin is tuple:
        return tuple(_typed(args[0], item) for item in _checked(value, list))
    if origin is dict:
        pairs = _checked(value, dict).items()
        return {str(key): _typed(args[1], item) for key, item in pairs}
    return _one(kind, value)


def _one(kind: object, value: object) -> object:
    """`value` as one dataclass, time, number or text."""
    if not isinstance(kind, type):
        raise TypeError(f"no value of {kind} is known here")
    if is_dataclass(kind):
        given, hints = _checked(value, dict), _hints(kind)
        return kind(**{name: _typed(hints[name], given[name]) for name in hints if name in given})
    if kind is datetime:
        return datetime.fromisoformat(_checked(value, str))
    if kind is float:
        return _number(value)
    return _checked(value, kind)


def _checked(value: object, kind: type[Kind]) -> Kind:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} where {kind} should be")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} where a number should be")
    return float(value)
