"""What must be so when nothing has happened for minutes: everybody and everything is free."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dialer.agents import TIMEOUT, State, Status, wanted_pause

if TYPE_CHECKING:
    from tests.dialer.world import World


class RestRules:
    """Looks at a world at rest. `rows` asks the database file."""

    def __init__(self, world: World, rows: Callable[..., list[Any]]) -> None:
        self._world, self._rows = world, rows

    def at_rest(self) -> None:
        """Nothing has happened for minutes: everybody and everything is free."""
        world = self._world
        assert world.process is not None
        engine = world.process.engine
        assert not len(engine.board), f"calls at rest: {list(engine.board)}"
        assert engine.idle, "a claim is under way at rest"
        assert not engine.statistics.call_counts(world.time.now).total, "statistics show calls"
        left = self._rows("SELECT id, state FROM attempt WHERE outcome IS NULL")
        assert not left, f"I2: open at rest: {left}"
        self._contacts_have_a_time()
        for seat in world.switch.seats.values():
            self._rests(seat.login, seat.slot)
        waiting = len(world.switch.waiting)
        assert not waiting or not world.switch.seats, f"{waiting} callers wait at rest"

    def _contacts_have_a_time(self) -> None:
        timeless = self._rows(
            "SELECT id FROM contact "
            "WHERE state = 'open' AND next_attempt_at IS NULL AND rank IS NULL AND id NOT IN "
            "(SELECT contact_id FROM contact_number JOIN do_not_call USING (e164))"
        )
        assert not timeless, f"open and without a next time: {timeless}"

    def _rests(self, login: str, slot: str) -> None:
        world = self._world
        assert world.process is not None
        agent = world.process.engine.floor.get(login)
        assert agent is not None
        assert agent.slot == slot, f"{login} sits in {slot}, not in {agent.slot}"
        assert agent.state is State.IDLE, f"{login} rests as {agent.state}"
        person = next(p for p in world.people if p.login == login)
        on_break = agent.status is Status.ON_BREAK
        known = on_break == person.on_break or agent.pause_reason == TIMEOUT
        assert known or world.lives > 1, f"{login}'s break is not known"
        member = world.switch.members.get(slot)
        assert member is not None, f"{login} in {slot} is in no queue"
        assert member.name == login, f"{slot} is in the queues as {member.name}, not as {login}"
        wanted = wanted_pause(agent)
        assert member.paused == wanted, f"{login} is paused for {member.paused}, not {wanted}"
