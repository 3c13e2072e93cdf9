"""Stopping: no new calls, a while for the living ones, then they are hung up.

Owns: how long is waited for what, and when all is done. Must not know who asks for it, nor what
the engine leaves behind. Pure: returns effects.
"""

from __future__ import annotations

from dialer.afterwork import Afterwork
from dialer.board import Board
from dialer.calls import CallState
from dialer.effects import Effect, Reply, ReplyCode
from dialer.following import Following
from dialer.messages import Now, StopEngine
from dialer.placing import Placing

HANG_UP_PATIENCE_S = 10.0
"""A stop waits so long for calls that it has hung up: without a link no end is ever heard."""


class Stopping:
    """The end of one engine."""

    def __init__(
        self, board: Board, placing: Placing, following: Following, afterwork: Afterwork
    ) -> None:
        self._board = board
        self._placing = placing
        self._following = following
        self._afterwork = afterwork
        self._stop_by_mono: float | None = None
        self._stopped = False

    @property
    def asked(self) -> bool:
        """Whether the engine has been told to stop."""
        return self._stop_by_mono is not None

    @property
    def idle(self) -> bool:
        """Whether no call lives and no claim is under way."""
        return not (len(self._board) or self._placing.busy)

    def stop(self, command: StopEngine, now: Now) -> list[Effect]:
        """Place no more calls. Asked again, the earlier of both ends holds."""
        stop_by = now.mono + command.grace_s
        if self._stop_by_mono is None or stop_by < self._stop_by_mono:
            self._stop_by_mono = stop_by
        self._placing.stopping = True
        effects = self._placing.withdraw_all(now)
        if command.ref:
            effects.append(Reply(ref=command.ref, code=ReplyCode.OK))
        return effects

    def tick(self, now: Now) -> list[Effect]:
        """The time is up: hang up what still lives."""
        if self._stop_by_mono is None or now.mono < self._stop_by_mono:
            return []
        effects: list[Effect] = []
        for call in self._board:
            if call.state is CallState.WRAP_UP:
                effects += self._afterwork.give_up(call, now)
            else:
                effects += self._following.hang_up(call, now)
        return effects

    def ends(self, now: Now) -> bool:
        """Whether all is done, said once; what outlives its hang-up is left to the next start."""
        stop_by = self._stop_by_mono or now.mono
        out_of_patience = now.mono >= stop_by + HANG_UP_PATIENCE_S
        if self._stopped or (not self.idle and not out_of_patience):
            return False
        self._stopped = True
        return True
