"""The names under which other programs find us: MQTT topics, Redis keys and channels.

Owns: these names, which are part of the contract (`docs/live.md`), and how a site's, an agent's or
a campaign's own name becomes one level of them. Must not know what is sent there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PREFIX: Final = "waihu"
LEVELS: Final[Mapping[str, str]] = {
    "queues": "queue",
    "agents": "agent",
    "campaigns": "campaign",
    "alarms": "alarm",
}
"""The section of a frame, and the level under which its entities stand."""

_RESERVED: Final = frozenset("/+#%:")


def level(name: str) -> str:
    """A name as one level: what would divide or match levels is percent-encoded, nothing else.

    Letters of any script stay as they are: MQTT and Redis take UTF-8.
    """
    return "".join(
        "".join(f"%{byte:02X}" for byte in letter.encode())
        if letter in _RESERVED or not letter.isprintable()
        else letter
        for letter in name
    )


class Topics:
    """The MQTT topics of a site."""

    def __init__(self, site: str) -> None:
        self._root = f"{PREFIX}/{level(site)}"
        self.status = f"{self._root}/status"
        self.site = f"{self._root}/site"
        self.entities = tuple(f"{self._root}/{one}/+" for one in LEVELS.values())

    def entity(self, section: str, key: str) -> str:
        """Where one queue, agent, campaign or alarm is told of."""
        return f"{self._root}/{LEVELS[section]}/{level(key)}"

    def call(self, event: str) -> str:
        """Where events of one kind go."""
        return f"{self._root}/call/{event}"

    def pop(self, agent: str) -> str:
        """Where the screen pops of an agent go."""
        return f"{self._root}/pop/{level(agent)}"


class Keys:
    """The Redis names of a site: a key with the whole picture, two channels, and a stream."""

    def __init__(self, site: str) -> None:
        root = f"{PREFIX}:{level(site)}"
        self.snapshot = f"{root}:snapshot"
        self.frames = f"{root}:frames"
        self.events = f"{root}:events"
        self.pops = f"{root}:pops"
