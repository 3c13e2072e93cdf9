"""Callers, places and agents at random: nobody overtakes, and every place comes to its turn."""

from __future__ import annotations

from datetime import datetime
from random import Random

import pytest

from dialer.agents import State
from dialer.calling_back import REST_S
from dialer.effects import (
    ClaimContacts,
    ClosePlace,
    Effect,
    KeepPlace,
    MarkSent,
    Originate,
    PauseMember,
)
from dialer.ids import attempt_id
from dialer.messages import Claim, Claimed, Message, PlaceKept, SentJudged, WishCallBack
from dialer.switch_events import (
    ActionDone,
    CallBridged,
    CallHungUp,
    CallOriginated,
    QueueConnected,
    QueueJoined,
    QueueLeft,
    QueueTalkEnded,
)
from routing.turns import CallBackRules
from tests.dialer.stage import QUEUE, YES, Stage

STEPS = 250


class Floor:
    """A switch, a database and people who do what they like; `chance` says what."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.stage = Stage(agents=3)
        self.paused: dict[str, str | None] = {}
        self.waiting: dict[str, datetime] = {}
        self.talks: dict[str, str] = {}
        self.reaches_nobody = 0.4
        self.made = 0
        self.stage.opens()
        self.stage.engine.kept_places.rules = CallBackRules(campaign="callback")
        self.hear(list(self.stage.effects))
        self.passes(7)

    def tell(self, message: Message) -> None:
        self.hear(self.stage.tell(message))

    def passes(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.hear(self.stage.passes(0.1))
            self.switch_serves()

    def hear(self, effects: list[Effect]) -> None:
        """Do what the engine wants, and answer."""
        for effect in effects:
            match effect:
                case PauseMember():
                    self.paused[effect.slot] = effect.reason
                    if effect.ref:
                        self.tell(ActionDone(ref=effect.ref, ok=True))
                case KeepPlace():
                    self.tell(PlaceKept(ref=effect.ref))
                case ClaimContacts():
                    self.claimed(effect)
                case MarkSent():
                    self.tell(SentJudged(attempt=effect.attempt, verdict=YES))
                case Originate():
                    self.called(effect.attempt)
                case _:
                    pass

    def claimed(self, asked: ClaimContacts) -> None:
        claims: tuple[Claim, ...] = ()
        if asked.turns:
            self.see_that_nobody_is_overtaken(asked.turns[0])
            attempt = attempt_id(self.stage.now.utc, self.chance)
            claim = Claim(attempt=attempt, campaign_id=1, contact_id=7, e164=asked.turns[0])
            claims = (claim,) if self.chance.random() > self.reaches_nobody / 2 else ()
        self.tell(Claimed(ref=asked.ref, campaign_id=1, claims=claims, next_due_at=None))

    def see_that_nobody_is_overtaken(self, e164: str) -> None:
        """Whoever waits on the line and came before has an agent whom the queue may have."""
        kept = {place.e164: place for place in self.stage.engine.kept_places.places}
        earlier = [at for at in self.waiting.values() if at <= kept[e164].joined_at]
        free = [agent for agent in self.stage.engine.floor if agent.free]
        assert len(earlier) <= len(free)

    def called(self, attempt: str) -> None:
        if self.chance.random() < self.reaches_nobody:
            self.tell(CallOriginated(call=attempt, success=False, reason=3))
            self.tell(CallHungUp(call=attempt, cause=19))
            return
        self.tell(CallOriginated(call=attempt, success=True, reason=4))
        self.tell(CallBridged(call=attempt))
        self.tell(CallHungUp(call=attempt, cause=16))
        call = self.stage.engine.board.get(attempt)
        assert call is not None
        before = len(self.stage.effects)
        self.stage.disposes(call.agent)
        self.hear(self.stage.effects[before:])

    # ── what people do ───────────────────────────────────────────────────────────────────

    def joins(self) -> None:
        self.made += 1
        call = f"c{self.made}"
        self.waiting[call] = self.stage.now.utc
        number = f"139{self.made:08}"
        self.tell(QueueJoined(call=call, queue=QUEUE, caller_number=number))

    def wishes(self) -> None:
        if not self.waiting:
            return
        call = self.chance.choice(sorted(self.waiting))
        del self.waiting[call]
        self.tell(QueueLeft(call=call, queue=QUEUE))
        number = f"139{int(call[1:]):08}"
        self.tell(WishCallBack(ask=f"a-{call}", call=call, number=number, queue=QUEUE))
        self.tell(CallHungUp(call=call, cause=16))

    def switch_serves(self) -> None:
        """app_queue gives the first caller to an agent who is not paused."""
        for agent in list(self.stage.engine.floor):
            free = agent.slot is not None and self.paused.get(agent.slot, "") is None
            if free and self.waiting and agent.agent not in self.talks:
                call = min(self.waiting, key=lambda one: self.waiting[one])
                del self.waiting[call]
                self.talks[agent.agent] = call
                self.tell(QueueLeft(call=call, queue=QUEUE))
                self.tell(QueueConnected(call=call, queue=QUEUE, member=agent.agent))

    def talk_ends(self) -> None:
        if self.talks:
            agent = self.chance.choice(sorted(self.talks))
            call = self.talks.pop(agent)
            self.tell(QueueTalkEnded(call=call, queue=QUEUE, member=agent, reason="caller"))
            self.tell(CallHungUp(call=call, cause=16))

    def lives(self, steps: int) -> None:
        deeds = (self.joins, self.joins, self.wishes, self.talk_ends, self.talk_ends)
        for _ in range(steps):
            self.chance.choice(deeds)()
            self.passes(self.chance.choice((0.1, 0.5, 2.0)))
            for agent in self.stage.engine.floor:
                # Whoever is kept is kept for a call: each claim was answered at once.
                assert agent.state is not State.RESERVED or agent.attempt is not None


@pytest.mark.parametrize("seed", range(4))
def test_nobody_overtakes_and_each_place_comes_to_its_turn(seed: int) -> None:
    floor = Floor(seed)
    floor.lives(STEPS)
    floor.reaches_nobody = 0.0
    for _ in range(60):
        floor.talk_ends()
        floor.passes(REST_S / 3)
    assert floor.waiting == {}
    assert floor.stage.engine.kept_places.places == []
    kept, closed = floor.stage.wanted(KeepPlace), floor.stage.wanted(ClosePlace)
    assert len(kept) > 20
    assert sorted(one.e164 for one in kept) == sorted(one.e164 for one in closed)
