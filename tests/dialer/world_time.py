"""Virtual time for a whole world: happenings may be awaited, and the wall clock may be set."""

from __future__ import annotations

from datetime import timedelta

from dialer.sim.clock import VirtualTime as Clock


class VirtualTime(Clock):
    """Nothing waits: the clock jumps to whatever is next."""

    def step(self, seconds: float) -> None:
        """Somebody sets the clock on the wall; the monotonic one goes on as ever."""
        self._start += timedelta(seconds=seconds)

    async def run_until(self, t: float) -> None:
        """Let everything happen that is due before `t`."""
        while (happening := self.next_before(t)) is not None:
            result = happening()
            if result is not None:
                await result
        self.t = t
