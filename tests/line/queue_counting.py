"""An independent count of queue_log, written for the tests alone.

Owns: what became of each stay, by the plainest reading of the file: nothing of the product's is
used. Lines hold no bars but those between the fields, for these tests give no such numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

HOW = {
    "CONNECT": "answered",
    "ABANDON": "abandoned",
    "EXITWITHTIMEOUT": "timeout",
    "EXITEMPTY": "empty",
    "EXITWITHKEY": "key",
}
TRANSFERS = ("BLINDTRANSFER", "ATTENDEDTRANSFER")
TALKS = {
    "COMPLETEAGENT": "agent",
    "COMPLETECALLER": "caller",
    **dict.fromkeys(TRANSFERS, "transfer"),
}


@dataclass
class Counted:
    """`ends`: how often a call ended so in a queue. `waits`: of each, in order, whole seconds."""

    joins: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    agents: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    talks: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    waits: dict[tuple[str, str], list[int]] = field(default_factory=dict)


def count_log(lines: Iterable[str], calls: Collection[str]) -> Counted:
    """The count of these calls."""
    counted, joined = Counted(), {}
    for line in lines:
        epoch, call, queue, member, event, *_ = line.rstrip("\n").split("|")
        if call not in calls:
            continue
        if event == "ENTERQUEUE":
            counted.joins[call, queue] += 1
            joined[call] = int(epoch)
        elif event in HOW:
            counted.ends[call, queue, HOW[event]] += 1
            counted.waits.setdefault((call, queue), []).append(int(epoch) - joined[call])
            if event == "CONNECT":
                counted.agents[call, queue, member] += 1
        elif event in TALKS:
            counted.talks[call, queue, TALKS[event]] += 1
    return counted
