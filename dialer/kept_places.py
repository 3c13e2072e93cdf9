"""Kept places: who waits on the line, who is to be called back instead, and whose turn it is.

Owns: the places that are kept, and the agents who are kept for them: instead of the callers who
came later, and before any campaign. Whose turn it is says `routing.turns`; who may be called now
says the judge at the claim, and a place whose claim brought nobody rests for a while, so that no
agent is held without anybody to talk to. A place whose queue has left the settings is called from
the campaign's own: the call was promised, and nobody serves the other any more.
Must not know how a call is placed. Pure: returns effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from campaigns.campaign import calls_back
from campaigns.outcomes import Outcome
from campaigns.phone.numbers import NumberRefusal, read_number
from dialer.agents import Agent
from dialer.board import Board
from dialer.desks import Desk
from dialer.effects import (
    AnswerAsk,
    AuditFinding,
    ClosePlace,
    Effect,
    EndAttempt,
    Found,
    KeepPlace,
    NoteProgress,
    ReleaseClaim,
)
from dialer.messages import Claimed, KeptPlace, Now, PlaceKept, StoreFailed, WishCallBack
from dialer.pacing import closed_gate
from dialer.placing import Placing
from dialer.switch_events import (
    MessageLeft,
    QueueAbandoned,
    QueueConnected,
    QueueExited,
    QueueJoined,
    QueueLeft,
    SwitchSurveyed,
)
from routing.turns import (
    CallBackReason,
    CallBackRules,
    Caller,
    FreeAgent,
    Place,
    PlaceEnd,
    turns,
)

REST_S = 15.0
"""A place that nobody could be called for is left alone for so long."""

SHORT_REST_S = 2.0
"""And one whose call did not reach the network: its agent may have been taken by another."""

CALLS_KEPT = 10_000
"""Calls are remembered for the place that they had in a queue until they are over."""

KEPT = "WAIHU_KEPT"


@dataclass(slots=True, kw_only=True)
class _Call:
    """A living inbound call: whose, since when it has been in which queue, where it waits now.

    `e164`: the number, where it is one that the campaign could call.
    `gave_up_in`: the queue that says so; whoever is still there a moment later has not.
    """

    number: str = ""
    e164: str | None = None
    joined: dict[str, datetime] = field(default_factory=dict)
    waits_in: str | None = None
    gave_up_in: str | None = None


@dataclass(slots=True, kw_only=True)
class _Wish:
    """A place that is being written, and the questions that it answers."""

    place: Place
    campaign_id: int
    asks: list[str] = field(default_factory=list)


class KeptPlaces:
    """The places of one engine. The engine tells it what happens, and `rules` anew at a reload."""

    def __init__(self, board: Board, placing: Placing, rules: CallBackRules) -> None:
        self._board = board
        self._placing = placing
        self.rules = rules
        self._places: dict[str, KeptPlace] = {}
        # Closed by us, and may be open still in what is read: the database may lag.
        self._closed: dict[str, datetime] = {}
        # By our call that was on its way when they were served on one of their own.
        self._close_after: dict[str, list[Effect]] = {}
        self._calls: dict[str, _Call] = {}
        self._wishes: dict[str, _Wish] = {}
        self._wishes_made = 0
        self._claims: dict[str, str] = {}
        self._attempts: dict[str, str] = {}
        self._rests: dict[str, float] = {}
        self._is_unfit = False
        self._gone_queues: frozenset[str] = frozenset()

    # ── what is kept ─────────────────────────────────────────────────────────────────────

    @property
    def places(self) -> list[Place]:
        """All places, the first come first."""
        kept = map(self._where_served, self._places.values())
        return sorted(kept, key=lambda place: place.joined_at)

    @property
    def orphans(self) -> dict[str, str]:
        """Queues that have left the settings, and from which one their places are called."""
        served = ((one.place.queue, self._where_served(one).queue) for one in self._places.values())
        return {queue: other for queue, other in served if queue != other}

    def _where_served(self, kept: KeptPlace) -> Place:
        """The place, in a queue that somebody serves."""
        place, knows = kept.place, self._board.floor.members.knows
        desk = self._board.desks.get(kept.campaign_id)
        if desk is None or knows(place.queue) or not knows(desk.campaign.queue):
            return place
        return replace(place, queue=desk.campaign.queue)

    def loaded(self, places: Iterable[KeptPlace] | None, now: Now) -> list[Effect]:
        """Take over what is on file. Those that have come to their end are closed."""
        said = self._say_if_unfit()
        for call in self._calls.values():
            # Who came before the campaign was read has a number that nobody could read yet.
            call.e164 = call.e164 or self._e164_of(call.number)
        if places is None:
            return said
        on_file = {one.place.e164: one for one in places}
        self._closed = {e164: at for e164, at in self._closed.items() if e164 in on_file}
        self._places = {
            e164: one
            for e164, one in on_file.items()
            if not (one.end or self._closed.get(e164) == one.place.joined_at)
        }
        self._rests = {e164: at for e164, at in self._rests.items() if e164 in self._places}
        said += self._say_if_gone()
        return said + [
            ClosePlace(campaign_id=one.campaign_id, e164=e164, end=one.end, at=now.utc)
            for e164, one in on_file.items()
            if one.end
        ]

    def _say_if_unfit(self) -> list[Effect]:
        """Say it once where the campaign that is named cannot call anybody back."""
        unfit = bool(self.rules.campaign) and self._desk() is None
        news, self._is_unfit = unfit and not self._is_unfit, unfit
        return [Found(finding=AuditFinding.NOBODY_CALLS_BACK)] if news else []

    def _say_if_gone(self) -> list[Effect]:
        """Say it once of each queue that has left the settings while places were kept in it."""
        gone = frozenset(self.orphans)
        news, self._gone_queues = gone - self._gone_queues, gone
        return [Found(finding=AuditFinding.QUEUE_GONE, queue=queue) for queue in sorted(news)]

    def wish(self, ask: WishCallBack, now: Now, *, is_gone: bool = False) -> list[Effect]:
        """Somebody on the line wants to be called back: answered once it is committed.

        `is_gone`: they have hung up since they said so.
        """
        desk, e164 = self._desk(), self._e164_of(ask.number)
        if desk is None or e164 is None:
            return [AnswerAsk(ask=ask.ask, variables={KEPT: ""})]
        if ask.call and not is_gone:
            # Nobody is called who still hears that they will be: their line is busy.
            call = self._call(ask.call)
            call.number, call.e164 = call.number or ask.number, call.e164 or e164
        if e164 in self._places:
            return [AnswerAsk(ask=ask.ask, variables={KEPT: "again"})]
        for wish in self._wishes.values():
            if wish.place.e164 == e164:
                wish.asks.append(ask.ask)
                return []
        queue = ask.queue or desk.campaign.queue
        place = Place(e164=e164, queue=queue, joined_at=self._came(ask.call, queue, now))
        return self._keep(place, desk, ask.call, now, language=ask.language, ask=ask.ask)

    def _keep(
        self, place: Place, desk: Desk, call: str, now: Now, *, language: str = "", ask: str = ""
    ) -> list[Effect]:
        self._wishes_made += 1
        ref = f"place:{self._wishes_made}"
        asks = [ask] if ask else []
        self._wishes[ref] = _Wish(place=place, campaign_id=desk.campaign.id, asks=asks)
        return [
            KeepPlace(
                ref=ref,
                campaign_id=desk.campaign.id,
                e164=place.e164,
                queue=place.queue,
                why=place.reason.value,
                call=call,
                language=language,
                joined_at=place.joined_at,
                at=now.utc,
            )
        ]

    def written(self, done: PlaceKept, now: Now) -> list[Effect]:
        """It is on the disk, and the caller may hear so."""
        wish = self._wishes.pop(done.ref, None)
        if wish is None:
            return []
        kept = KeptPlace(campaign_id=wish.campaign_id, place=wish.place)
        self._places.setdefault(wish.place.e164, kept)
        if wish.place.reason is CallBackReason.WISH:
            self._board.statistics.queue_called_back(wish.place.queue, now=now)
        return [AnswerAsk(ask=ask, variables={KEPT: "kept"}) for ask in wish.asks]

    def store_failed(self, failure: StoreFailed) -> list[Effect]:
        """It could not be kept: the flow goes another way. Or a claim was refused."""
        if (e164 := self._claims.pop(failure.ref, None)) is not None:
            self._rests[e164] = 0.0
        wish = self._wishes.pop(failure.ref, None)
        return [AnswerAsk(ask=ask, variables={KEPT: ""}) for ask in (wish.asks if wish else ())]

    def _desk(self) -> Desk | None:
        if not self.rules.campaign:
            return None
        fit = (
            desk
            for desk in self._board.desks
            if desk.campaign.name == self.rules.campaign and calls_back(desk.campaign)
        )
        return next(fit, None)

    def _e164_of(self, number: str) -> str | None:
        """A number that is called back: of the campaign's country.

        Whoever calls may show any number, and with it have us call a satellite at our expense.
        """
        desk = self._desk()
        if desk is None or not number:
            return None
        read = read_number(number, desk.campaign.country, desk.campaign.number_check)
        if isinstance(read, NumberRefusal) or read.country != desk.campaign.country:
            return None
        return read.e164

    # ── who is on the line ───────────────────────────────────────────────────────────────

    def joined(self, event: QueueJoined, now: Now, waited_s: float = 0.0) -> None:
        """A caller waits in a queue; who comes back into it has the place of before."""
        call = self._call(event.call)
        if event.caller_number and event.caller_number != call.number:
            call.number, call.e164 = event.caller_number, self._e164_of(event.caller_number)
        call.joined.setdefault(event.queue, now.utc - timedelta(seconds=waited_s))
        call.waits_in, call.gave_up_in = event.queue, None

    def left(self, event: QueueLeft) -> None:
        """A caller waits there no longer."""
        call = self._calls.get(event.call)
        if call is not None and call.waits_in == event.queue:
            call.waits_in = None

    def gives_up(self, event: QueueAbandoned) -> None:
        """A caller hangs up while waiting; of who has waited too long the switch says the same."""
        call = self._calls.get(event.call)
        if call is not None:
            call.gave_up_in = event.queue

    def goes_on(self, event: QueueExited) -> None:
        """A caller is back in the dialplan."""
        call = self._calls.get(event.call)
        if call is not None:
            call.gave_up_in = None

    def message_left(self, event: MessageLeft, now: Now) -> list[Effect]:
        """A caller has left a message, and is called back where the queue says so."""
        desk = self._desk()
        queue = event.queue or (desk.campaign.queue if desk is not None else "")
        if queue not in self.rules.voicemail:
            return []
        number, why = event.caller_number, CallBackReason.VOICEMAIL
        return self._keep_unasked(number, queue, event.call, why, now)

    def _keep_unasked(
        self, number: str, queue: str, call: str, why: CallBackReason, now: Now
    ) -> list[Effect]:
        """Nobody hears that it was kept, or that one is kept already."""
        desk, e164 = self._desk(), self._e164_of(number)
        if desk is None or e164 is None or self._is_known(e164):
            return []
        joined_at = self._came(call, queue, now)
        place = Place(e164=e164, queue=queue, joined_at=joined_at, reason=why)
        return self._keep(place, desk, call, now)

    def served(self, event: QueueConnected, now: Now) -> list[Effect]:
        """A caller is answered: should a place be kept for them, they need it no more."""
        call = self._calls.get(event.call)
        if call is None:
            return []
        call.waits_in = None
        if call.e164 is None:
            return []
        closed = self._close(call.e164, PlaceEnd.SERVED, now)
        ours = next((name for name, e164 in self._attempts.items() if e164 == call.e164), None)
        if closed and ours is not None:
            # Its end, busy as they are, would have them called again: the place ends after it.
            self._close_after[ours] = closed
            return []
        return closed

    def gone(self, name: str, now: Now) -> list[Effect]:
        """An inbound call is over; who gave up is called back where the queue says so."""
        call = self._calls.get(name)
        effects: list[Effect] = []
        queue = None if call is None else call.gave_up_in
        if call is not None and queue is not None and queue in self.rules.abandoned:
            waited = now.utc - call.joined.get(queue, now.utc)
            if waited > timedelta(seconds=self.rules.short_abandon_s):
                why = CallBackReason.ABANDONED
                effects = self._keep_unasked(call.number, queue, name, why, now)
        self._calls.pop(name, None)
        return effects

    def surveyed(
        self, survey: SwitchSurveyed, fresh: Collection[str], now: Now, *, after_silence: bool
    ) -> list[Effect]:
        """The switch was asked who waits; of `fresh` calls it has told more since.

        `after_silence`: nothing could be heard before. Who waited then and is gone is taken for one
        who gave up: an agent may have had them meanwhile, but one call too many is thanked for
        sooner than one too few is forgiven.
        """
        for name, waiting in survey.waiting.items():
            if name not in fresh:
                event = QueueJoined(call=name, queue=waiting.queue, caller_number=waiting.number)
                self.joined(event, now, waiting.waited_s)
        effects: list[Effect] = []
        for name in [name for name in self._calls if name not in fresh]:
            call = self._calls[name]
            if name not in survey.calls:
                if after_silence:
                    call.gave_up_in = call.gave_up_in or call.waits_in
                effects += self.gone(name, now)
            elif name not in survey.waiting:
                call.waits_in = None
        return effects

    def _call(self, name: str) -> _Call:
        call = self._calls.setdefault(name, _Call())
        while len(self._calls) > CALLS_KEPT:
            del self._calls[next(iter(self._calls))]
        return call

    def _came(self, call: str, queue: str, now: Now) -> datetime:
        known = self._calls.get(call)
        return now.utc if known is None else known.joined.get(queue, now.utc)

    def _is_known(self, e164: str) -> bool:
        return e164 in self._places or any(w.place.e164 == e164 for w in self._wishes.values())

    def _close(self, e164: str, end: PlaceEnd, now: Now) -> list[Effect]:
        kept = self._places.pop(e164, None)
        if kept is None:
            return []
        self._closed[e164] = kept.place.joined_at
        return [ClosePlace(campaign_id=kept.campaign_id, e164=e164, end=end.value, at=now.utc)]

    # ── calling back ─────────────────────────────────────────────────────────────────────

    def claimed(self, answer: Claimed, now: Now) -> None:
        """What the hopper said: the call that is made for a place, or nobody to be called."""
        e164 = self._claims.pop(answer.ref, None)
        if e164 is None:
            return
        for claim in answer.claims:
            self._attempts[claim.attempt] = e164
        if not answer.claims:
            self._rests[e164] = now.mono + REST_S

    def follow(self, effects: Sequence[Effect], now: Now) -> list[Effect]:
        """Learn from what the engine does what became of the calls for places."""
        if not self._attempts:
            return []
        closed: list[Effect] = []
        for effect in effects:
            match effect:
                case NoteProgress() if effect.bridged_at and effect.attempt in self._attempts:
                    e164 = self._attempts.pop(effect.attempt)
                    closed += self._close(e164, PlaceEnd.CALLED, now)
                    closed += self._close_after.pop(effect.attempt, [])
                case EndAttempt() if effect.attempt in self._attempts:
                    short = effect.outcome is Outcome.NOT_SENT
                    rest_s = SHORT_REST_S if short else REST_S
                    self._rests[self._attempts.pop(effect.attempt)] = now.mono + rest_s
                    closed += self._close_after.pop(effect.attempt, [])
                case ReleaseClaim() if effect.attempt in self._attempts:
                    self._rests[self._attempts.pop(effect.attempt)] = now.mono + SHORT_REST_S
                    closed += self._close_after.pop(effect.attempt, [])
                case _:
                    pass
        return closed

    def serve(self, effects: list[Effect], now: Now) -> list[Effect]:
        """Keep agents for the places whose turn it is; `effects` are those of the same message.

        An agent whose pause was just about to end stays paused.
        """
        # Asked after each message: mostly there is nobody to call, or nobody to do it.
        if not (self._places and self._board.floor.anyone_free):
            return effects
        callable_now = self._callable(now)
        if not callable_now:
            return effects
        floor = self._board.floor
        free = sorted(
            (one for one in floor if one.free and floor.members.kept(one.agent) is None),
            key=lambda agent: (agent.since_mono, agent.agent),
        )
        asked = [FreeAgent(agent=one.agent, levels=self._levels(one)) for one in free]

        def least(queue: str, joined_at: datetime) -> int:
            waited_s = (now.utc - joined_at).total_seconds()
            return floor.members.need(queue).least_after(waited_s)

        for login, place in turns(asked, self._waiting(), callable_now, least).items():
            desk = self._board.desks.get(self._places[place.e164].campaign_id)
            if desk is None:
                continue
            effects = floor.keep_back(login, effects, now)
            one = (login,)
            claim = self._placing.ask(desk, 1, one, one, now, turns=(place.e164,))
            self._claims[claim.ref] = place.e164
            effects.append(claim)
        return effects

    def _levels(self, agent: Agent) -> dict[str, int]:
        members = self._board.floor.members
        return {queue: members.level(agent.agent, queue) for queue in agent.queues}

    def tick(self, effects: list[Effect], now: Now) -> list[Effect]:
        """As `serve`, and pacers are shown for whom the next agents who are free will be."""
        effects = self.serve(effects, now)
        due = self._callable(now) if self._places else []
        self._board.places_due = Counter(place.queue for place in due)
        return effects

    def _waiting(self) -> list[Caller]:
        return [
            Caller(queue=call.waits_in, joined_at=call.joined[call.waits_in])
            for call in self._calls.values()
            if call.waits_in is not None
        ]

    def _callable(self, now: Now) -> list[Place]:
        """The places that may be called now, as far as the engine can tell, and room for calls."""
        under_way = {*self._claims.values(), *self._attempts.values(), *self._on_the_line()}
        found: list[Place] = []
        room: dict[int, int] = {}
        for kept in sorted(self._places.values(), key=lambda one: one.place.joined_at):
            place, number = kept.place, kept.campaign_id
            if place.e164 in under_way or self._board.calls_number(place.e164):
                continue
            if now.mono < self._rests.get(place.e164, 0.0):
                continue
            if place.due_at is not None and now.utc < place.due_at:
                continue
            if number not in room:
                room[number] = self._room(number, now)
            if room[number] > 0:
                room[number] -= 1
                found.append(self._where_served(kept))
        return found

    def _on_the_line(self) -> set[str]:
        """Whoever is on the line, waiting or in a flow, is there: nobody calls them."""
        return {call.e164 for call in self._calls.values() if call.e164 is not None}

    def _room(self, campaign_id: int, now: Now) -> int:
        desk = self._board.desks.get(campaign_id)
        if desk is None:
            return 0
        # The list may be dry, and what only predictive calls need may be lacking.
        facts = replace(self._placing.facts(desk, 0, now), list_dry=False, dialplan_lacks=False)
        if closed_gate(facts) is not None:
            return 0
        return min(facts.max_calls - facts.calls_alive, facts.cps_room)
