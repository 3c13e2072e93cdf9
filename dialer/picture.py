"""The picture of the moment: the engine's state as one snapshot for those who watch.

Owns: which part of the engine fills which field of `supervisor.snapshot`. Reads, never changes.
"""

from __future__ import annotations

import operator
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import islice
from types import MappingProxyType

from campaigns.campaign import Campaign, CampaignState
from campaigns.phone.masked import masked
from dialer.agents import Agent, State
from dialer.desks import Desk
from dialer.engine import Engine
from dialer.messages import Now
from dialer.pacing import Limit
from dialer.switch_events import LinkDown, LinkUp
from routing.turns import Place
from supervisor.answer_norm import NormView, together
from supervisor.snapshot import (
    AgentView,
    CampaignView,
    PaceView,
    QueueView,
    SinkView,
    Snapshot,
    Why,
    counts_by_look,
)


class AgentViews:
    """The views of all agents, made anew only of those of whom something has changed.

    A picture is taken several times a second, of hundreds of agents.
    """

    def __init__(self) -> None:
        self._made: dict[str, tuple[tuple[object, ...], AgentView]] = {}

    def of(self, engine: Engine) -> tuple[AgentView, ...]:
        """The views now. Who is no longer on file is forgotten."""
        before, self._made = self._made, {}
        for agent in engine.floor:
            rests_on = _rests_on(engine, agent)
            made = before.get(agent.agent)
            if made is None or not all(map(operator.is_, made[0], rests_on)):
                made = (rests_on, _agent_view(engine, agent))
            self._made[agent.agent] = made
        return tuple(view for _, view in self._made.values())


def take(
    engine: Engine,
    now: Now,
    *,
    site: str,
    zone: str,
    fault: str = "",
    set_aside: int = 0,
    views: AgentViews | None = None,
    sinks: Mapping[str, SinkView] = MappingProxyType({}),
    norm_of: Callable[[Campaign], NormView | None] = lambda _: None,
) -> Snapshot:
    """The snapshot at `now`.

    `fault`: what the link says of itself beyond being down. `set_aside`: writes that the
    database has refused for good. `views`: of the pictures before. `sinks`: how they stand.
    `norm_of`: a campaign's answer rate at this hour of other days.
    """
    campaigns = tuple(_campaign_view(engine, desk, now, norm_of) for desk in engine.desks)
    agents = (views or AgentViews()).of(engine)
    link = engine.link
    return Snapshot(
        ts=now.utc,
        site=site,
        zone=zone,
        link_up=isinstance(link, LinkUp),
        link_since=engine.link_since.utc if engine.link_since else None,
        link_fault=(fault or link.reason) if isinstance(link, LinkDown) else "",
        store_fault=engine.store.text,
        set_aside=set_aside,
        stopping=engine.stopping,
        agents=agents,
        agent_counts=counts_by_look(agents),
        calls=engine.statistics.call_counts(now),
        campaigns=campaigns,
        queues=_queue_views(engine, now),
        outcomes_today=engine.statistics.outcomes_today(now),
        sinks=dict(sinks),
        norm=together(_norms_at_work(campaigns)),
    )


def _norms_at_work(campaigns: Iterable[CampaignView]) -> list[NormView]:
    """Of the campaigns that run: the calls of others are not in the last minutes."""
    running = CampaignState.RUNNING.value
    return [one.norm for one in campaigns if one.state == running and one.norm is not None]


def _rests_on(engine: Engine, agent: Agent) -> tuple[object, ...]:
    """What the view of an agent is made of, each a value that is replaced and never altered."""
    return (
        agent,
        engine.board.get(agent.attempt) is None if agent.attempt else None,
        engine.statistics.taken_call(agent.inbound) if agent.inbound else None,
        engine.floor.members.loan(agent.agent),
        engine.late_words.count(agent.agent),
        engine.statistics.agent_since(agent.agent),
    )


def _agent_view(engine: Engine, agent: Agent) -> AgentView:
    call = engine.board.get(agent.attempt or "")
    desk = engine.desks.get(call.campaign_id) if call else None
    taken = engine.statistics.taken_call(agent.inbound) if agent.inbound else None
    loan = engine.floor.members.loan(agent.agent)
    return AgentView(
        agent=agent.agent,
        name=agent.name,
        status=agent.status.value,
        state=agent.state.value,
        pause_reason=agent.pause_reason,
        attempt=agent.attempt,
        campaign=desk.campaign.name if desk else None,
        undisposed=engine.late_words.count(agent.agent),
        queues=agent.queues,
        skills=dict(engine.floor.members.skills(agent.agent)),
        lent_to=loan.queue if loan else None,
        lent_until=loan.until if loan else None,
        since=engine.statistics.agent_since(agent.agent),
        inbound=agent.inbound,
        queue=taken.queue if taken else None,
        number=masked(call.e164 if call else taken.number if taken else ""),
    )


def _queue_views(engine: Engine, now: Now) -> tuple[QueueView, ...]:
    """The queues, with the places that are kept in them."""
    kept: defaultdict[str, list[Place]] = defaultdict(list)
    for place in engine.kept_places.places:
        kept[place.queue].append(place)
    orphans = engine.kept_places.orphans
    return tuple(
        replace(
            view,
            places=len(places),
            oldest_place_s=(now.utc - places[0].joined_at).total_seconds(),
            oldest_place_at=places[0].joined_at,
            places_of=tuple(sorted(gone for gone, here in orphans.items() if here == view.name)),
        )
        if (places := kept.get(view.name))
        else view
        for view in engine.statistics.queue_views(
            now, _free_by_queue(engine), _lent_by_queue(engine)
        )
    )


def _free_by_queue(engine: Engine) -> dict[str, int]:
    free: Counter[str] = Counter()
    for agent in engine.floor:
        if agent.free:
            free.update(agent.queues)
    return dict(free)


def _lent_by_queue(engine: Engine) -> dict[str, int]:
    loans = (engine.floor.members.loan(agent.agent) for agent in engine.floor)
    return dict(Counter(loan.queue for loan in loans if loan is not None))


def _campaign_view(
    engine: Engine, desk: Desk, now: Now, norm_of: Callable[[Campaign], NormView | None]
) -> CampaignView:
    name = desk.campaign.name
    counts = engine.statistics.campaign_counts(name, now)
    return CampaignView(
        name=name,
        state=desk.record.state.value,
        contacts=desk.record.contacts,
        open=desk.record.open_contacts,
        due=desk.due,
        untried=desk.record.shut_out_contacts,
        in_calls=engine.board.alive(desk.campaign.id),
        tried_this_run=counts.tried_this_run,
        outcomes=counts.outcomes,
        placed=counts.run.placed,
        answered=counts.run.answered,
        machines=counts.run.machines,
        abandoned=counts.run.dropped,
        norm=norm_of(desk.campaign),
        next_due_at=desk.next_due_at,
        time_left_s=engine.statistics.time_left_s(name, desk.due, now),
        why=_why(engine, desk, now),
        pace=next(iter(pace_views(desk, 1)), None),
        mode=desk.campaign.mode.value,
        queue=desk.campaign.queue,
        priority=desk.campaign.priority,
        calls=engine.statistics.call_counts(now, name),
    )


def pace_views(desk: Desk, most: int) -> list[PaceView]:
    """The last decisions of a predictive campaign, newest first, at most so many."""
    if desk.pace is None:
        return []
    price = desk.pace.pacer.price
    day, block = price.ledger.windows[0], price.ledger.windows[-1]
    return [
        PaceView(
            at=note.at,
            placed=note.placed,
            limit=note.limit.value,
            free=note.why.free,
            waiting=note.why.waiting,
            in_flight=note.why.in_flight,
            expected_free=note.why.expected_free,
            expected_answers=note.why.expected_answers,
            answer_rate=note.why.answer_rate,
            risk=note.why.risk,
            price=note.why.price,
            left=note.why.left,
            cap=price.cap,
            aggressiveness=price.aggressiveness,
            day_answered=day.persons,
            day_abandoned=day.abandoned,
            block_answered=block.persons,
            block_abandoned=block.abandoned,
            machines=desk.pace.machines,
            persons=desk.pace.persons,
        )
        for note in islice(reversed(desk.pace.notes), most)
    ]


def _why(engine: Engine, desk: Desk, now: Now) -> Why | None:
    """The limit that keeps the campaign from dialing; None while it dials as it may."""
    if desk.record.state is not CampaignState.RUNNING:
        return Why(code=f"campaign_{desk.record.state.value}")
    params: dict[str, str] = {}
    match desk.limit:
        case None | Limit.MAX_CALLS | Limit.CPS | Limit.AT_ONCE:
            return None
        case Limit.PRICE | Limit.BUDGET:
            return None  # one call for each free agent may always go
        case Limit.AGENTS | Limit.ASKING if _anyone_working(engine, desk):
            return None
        case Limit.BREAKER:
            params["for_s"] = f"{max(0.0, desk.broken_until_mono - now.mono):.0f}"
        case Limit.LIST if desk.next_due_at is not None:
            params["next_due_at"] = desk.next_due_at.isoformat()
        case _:
            pass
    return Why(code=desk.limit.value, params=params)


def _anyone_working(engine: Engine, desk: Desk) -> bool:
    working = (State.RESERVED, State.TALKING, State.WRAP_UP)
    return any(
        agent.state in working and desk.campaign.queue in agent.queues for agent in engine.floor
    )
