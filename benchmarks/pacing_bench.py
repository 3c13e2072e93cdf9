"""Our predictive pacer for a bench of pacers, by the bench's own interface.

The bench is a discrete-event simulator that hands a pacer events and asks it how many calls to
place. It is no part of this repository; its driver (`run.py`, which needs numpy) takes
`benchmarks.pacing_bench:Pacer` as an entrant, from the root of a checkout. So does this:

Run by hand: `python benchmarks/pacing_bench.py FOLDER_OF_THE_BENCH [scenario and flags]`
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from dialer.pacing.predictive import Predictive

BESIDE = "progressive,omni,viciH,vici*,classical,ratio*"
"""The bench's own entrants; those with a star are tuned on the days on which they are judged."""

OF_CALLS = {
    "dial": "dialed",
    "answered": "answered",
    "human": "human",
    "failed": "failed",
    "abandoned": "abandoned",
}
OF_AGENTS = {
    "talk_end": "hung_up",
    "wrap_end": "free",
    "agent_login": "free",
    "agent_resume": "free",
    "agent_logout": "left",
    "agent_pause": "left",
}


class Pacer:
    """The adapter: the bench's events in, the pacer's number out."""

    def __init__(self, cfg: Any) -> None:
        self.pacer = Predictive(cfg.target, ring_timeout_s=cfg.ring_timeout)

    def on_event(
        self,
        now: float,
        kind: str,
        call_id: object = None,
        agent_id: object = None,
        reason: str | None = None,
    ) -> None:
        """Tell the pacer."""
        del reason
        pacer = self.pacer
        match kind:
            case "ringing":
                pass  # not every trunk says so: it is not asked for
            case "day_start":
                pacer.day_began()
            case "connected":
                pacer.connected(call_id, agent_id, now)
            case _ if kind in OF_CALLS:
                getattr(pacer, OF_CALLS[kind])(call_id, now)
            case _:
                getattr(pacer, OF_AGENTS[kind])(agent_id, now)

    def calls_to_place(self, now: float) -> int:
        """Ask the pacer."""
        return self.pacer.decide(now)[0]


def main() -> None:
    match sys.argv[1:]:
        case []:
            print("where is the bench? python benchmarks/pacing_bench.py FOLDER_OF_THE_BENCH")
        case [folder, *given]:
            entrants = f"{BESIDE},benchmarks.pacing_bench:Pacer"
            words = given or ["stationary", "--n", "2,5,10,20", "--seeds", "6"]
            program = ["python3", str(Path(folder) / "run.py"), entrants, *words]
            subprocess.run(program, cwd=Path(__file__).parents[1], check=True)  # noqa: S603  ours


if __name__ == "__main__":
    main()
