"""What an engine says is wrong, in the reader's language.

Owns: the faults that are known by their English, as the engine's log and its answers have them. A
fault may hold another one. Others (a newer engine's, a system's) are shown as they are. Must not
know screens.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from config.language import mark
from supervisor.words import Translate

FAULTS: Final = (
    # The link to Asterisk: `asterisk.link` and `asterisk.errors`.
    mark("not connected yet"),
    mark("The AMI link is down: {reason}"),
    mark('Asterisk refuses the AMI login of "{user}": {reason}'),
    mark("Asterisk did not answer {action} within {seconds} s"),
    mark("Asterisk sent no banner within {seconds} s"),
    mark("Asterisk is not fully booted within {seconds} s"),
    mark("Asterisk closed the connection"),
    mark("Asterisk is silent"),
    mark("Asterisk shuts down"),
    mark("the peer does not greet as an Asterisk Call Manager"),
    mark("no connection in time"),
    mark("{host} is no host name"),
    mark("{address} does not answer: {reason}"),
    # Redis and MQTT: `supervisor.sinks`.
    mark("it does not answer in time"),
    # The database: `store.errors` and `store.health`.
    mark("the database was busy for {seconds} s; another program is writing"),
    mark("the database {path} cannot be used: {reason}"),
    mark("a write took {seconds} s"),
    mark("a write has had no answer for {seconds} s"),
    # What systems, SQLite and Asterisk say most often.
    mark("Authentication failed"),
    mark("Connection refused"),
    mark("No route to host"),
    mark("Network is unreachable"),
    mark("attempt to write a readonly database"),
    mark("database or disk is full"),
    mark("disk I/O error"),
)


def fault_sentence(fault: str, _: Translate) -> str:
    """The fault in the reader's language, as far as it is known."""
    for said in FAULTS:
        found = _pattern(said).fullmatch(fault)
        if found:
            facts = {name: fault_sentence(part, _) for name, part in found.groupdict().items()}
            return _(said).format(**facts)
    return fault


@cache
def _pattern(said: str) -> re.Pattern[str]:
    """What finds this sentence and the facts in it."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(said)), re.DOTALL)
