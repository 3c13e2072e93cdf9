"""An AMI connection's bytes turned into what they tell: events, answers, signs of life.

Owns: which messages are read at all, and what kind each one is. Must not know sockets, futures
or the engine. Pure: bytes in, values out.

Asterisk sends far more than we need. A message's name is looked at first, in the raw bytes, and
only those of use are decoded and cut into headers; that is where the speed comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from asterisk.frames import Frames, event_name, headers_of
from asterisk.translate import TRANSLATORS, event_of
from dialer.switch_events import SwitchEvent

EVENTS = frozenset(name.encode() for name in TRANSLATORS)

LIST_ITEMS = frozenset({b"Agents", b"QueueMember", b"QueueEntry", b"CoreShowChannel"})
LIST_ENDS = frozenset({b"AgentsComplete", b"QueueStatusComplete", b"CoreShowChannelsComplete"})

_GOOD = frozenset({"Success", "Follows", "Goodbye", "Pong"})


class Sign(StrEnum):
    """What the switch says of itself."""

    BOOTED = "booted"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer to the action of this id. `headers` are as Asterisk wrote them."""

    action_id: str
    ok: bool
    text: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListItem:
    """One entry of the list that answers the action of this id."""

    action_id: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEnd:
    """The list that answers the action of this id is complete."""

    action_id: str


Told = SwitchEvent | Response | ListItem | ListEnd | Sign

_SIGNS = {b"FullyBooted": Sign.BOOTED, b"Shutdown": Sign.SHUTDOWN}


class Reader:
    """Reads one connection from its banner on; see `Frames` for what it survives.

    `heard` is given every whole message before it is read.
    """

    def __init__(
        self, frames: Frames | None = None, heard: Callable[[bytes], None] | None = None
    ) -> None:
        self._frames = frames or Frames()
        self._heard = heard

    @property
    def version(self) -> str | None:
        """The version of the protocol, once the banner has come."""
        return self._frames.version

    @property
    def dropped(self) -> int:
        """How many messages were too long to be read."""
        return self._frames.dropped

    @property
    def held_bytes(self) -> int:
        """Bytes that are kept because their message is not whole."""
        return self._frames.held_bytes

    def feed(self, chunk: bytes) -> list[Told]:
        """What the messages tell that `chunk` completes, in order.

        Raises:
            NotAsterisk: the first line is no banner.
        """
        messages = self._frames.feed(chunk)
        if self._heard is not None:
            for message in messages:
                self._heard(message)
        read = (told_by(message) for message in messages)
        return [told for told in read if told is not None]


def told_by(message: bytes) -> Told | None:
    """What one whole message tells, or None when it is of no use to us."""
    name = event_name(message)
    if name in EVENTS:
        return event_of(headers_of(message))
    if not name:
        return _response(headers_of(message.lstrip(b"\r\n")))
    if name in LIST_ITEMS:
        headers = headers_of(message)
        return ListItem(action_id=headers.get("ActionID", ""), headers=headers)
    if name in LIST_ENDS:
        return ListEnd(action_id=headers_of(message).get("ActionID", ""))
    return _SIGNS.get(name)


def _response(headers: dict[str, str]) -> Response | None:
    if "Response" not in headers:
        return None
    return Response(
        action_id=headers.get("ActionID", ""),
        ok=headers["Response"] in _GOOD,
        text=headers.get("Message", ""),
        headers=headers,
    )
