"""The figures of a drill: counted per cause of death, shown as a table, kept as JSON.

Owns: what is counted and how it is printed. Must not know how a death is brought about.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.table import Table

from dialer.killpoints import POINTS

FIRST_FILLING = "while filling up first"
FILLING = "while filling up"
ASTERISK_KILLED = "Asterisk killed"
BOTH_KILLED = "both killed"

ENGINE_KILLED = frozenset({*POINTS, FILLING})
SWITCH_KILLED = frozenset({ASTERISK_KILLED, BOTH_KILLED})


@dataclass(slots=True, kw_only=True)
class CauseFigures:
    """Deaths of one cause. `missed`: of them, killed from outside, for the place was not passed.

    `alive`: customers' calls that lived at the deaths, summed; `taken_over`: calls that a new
    engine found alive and had on its board in time to be seen. Times are the longest, in seconds
    from the start of the process that recovers.
    """

    deaths: int = 0
    missed: int = 0
    alive: int = 0
    taken_over: int = 0
    takeover_s: float = 0.0
    dialing_s: float = 0.0

    @property
    def alive_mean(self) -> float:
        return self.alive / self.deaths if self.deaths else 0.0


@dataclass(slots=True, kw_only=True)
class Figures:
    """The whole drill. `slow`: recoveries that took longer than I8 promises.

    `freed_and_dialed`: contacts that a claim had to let go, and that were dialed afterwards.
    """

    date: str = ""
    commit: str = ""
    asterisk: str = ""
    seeds: int = 0
    agents: int = 0
    minutes: float = 0.0
    causes: dict[str, CauseFigures] = field(default_factory=dict)
    deaths: int = 0
    alive_mean: float = 0.0
    calls_dialed: int = 0
    answered: int = 0
    answered_unwatched: int = 0
    answered_unwatched_late: int = 0
    slowest_service_s: float = 0.0
    words_saved: int = 0
    ended_as: dict[str, int] = field(default_factory=dict)
    freed_and_dialed: int = 0
    contacts_dialed_twice: int = 0
    outcomes_lost: int = 0
    words_lost: int = 0
    longest_takeover_s: float = 0.0
    longest_recovery_s: float = 0.0
    asterisk_takeover_s: float = 0.0
    asterisk_recovery_s: float = 0.0
    slow: int = 0
    violations: int = 0

    def cause(self, name: str) -> CauseFigures:
        return self.causes.setdefault(name, CauseFigures())

    def sum_up(self) -> None:
        """Set what follows from the causes.

        The engine's deaths, amid calls that live on, and the switch's, after which agents have to
        log in anew, are told apart; so have they before the first filling, which is neither.
        """
        every = list(self.causes.values())
        self.deaths = sum(one.deaths for one in every)
        alive = sum(one.alive for one in every)
        self.alive_mean = round(alive / self.deaths, 1) if self.deaths else 0.0
        self.longest_takeover_s, self.longest_recovery_s = self._longest(ENGINE_KILLED)
        self.asterisk_takeover_s, self.asterisk_recovery_s = self._longest(SWITCH_KILLED)

    def _longest(self, causes: frozenset[str]) -> tuple[float, float]:
        """The longest takeover and the longest time until dialing after these."""
        ones = [one for name, one in self.causes.items() if name in causes]
        takeover = max((one.takeover_s for one in ones), default=0.0)
        return round(takeover, 2), round(max((one.dialing_s for one in ones), default=0.0), 2)


def table(figures: Figures) -> Table:
    """A row for each cause of death."""
    shown = Table(title=f"Asterisk {figures.asterisk}, {figures.agents} agents", box=None)
    shown.add_column("killed at", no_wrap=True)
    for head in ("deaths", "missed", "alive", "taken over", "takeover s", "dialing s"):
        shown.add_column(head, justify="right")
    for name, one in figures.causes.items():
        shown.add_row(
            name,
            f"{one.deaths}",
            f"{one.missed}",
            f"{one.alive_mean:.0f}",
            f"{one.taken_over}",
            f"{one.takeover_s:.1f}",
            f"{one.dialing_s:.1f}",
        )
    return shown


def summary(figures: Figures) -> str:
    """The last line of a drill."""
    return (
        f"deaths injected {figures.deaths}, "
        f"contacts dialed twice {figures.contacts_dialed_twice}, "
        f"outcomes lost {figures.outcomes_lost}, "
        f"longest recovery {figures.longest_recovery_s:.1f} s"
    )


def save(figures: Figures, path: Path) -> None:
    """Write them for the next reader."""
    path.write_text(json.dumps(asdict(figures), indent=2, ensure_ascii=False) + "\n", "utf-8")
