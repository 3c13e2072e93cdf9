"""The bytes of an AMI connection cut into whole messages, and a message into headers.

Owns: the banner, where a message ends, the longest that one may be, and decoding. Must not know
sockets, actions or events' meaning.

Bytes are decoded one whole message at a time, never by the chunk in which TCP happened to bring
them, so a Chinese name at the edge of a chunk arrives unharmed. Bytes that are no UTF-8 become
replacement characters and spoil nothing else.
"""

from __future__ import annotations

LONGEST_MESSAGE = 1_000_000
"""Bytes; more than a hundred times what Asterisk sends. Longer ones are dropped and counted."""

LONGEST_BANNER = 200
BANNER = b"Asterisk Call Manager/"

_END = b"\r\n\r\n"
_EVENT = b"Event: "


class NotAsterisk(ValueError):  # noqa: N818 - named for what happened
    """The peer does not greet as an Asterisk Call Manager."""


class Frames:
    """Turns chunks into the banner's version and then into whole messages.

    `version` is the AMI version once the banner is complete; `dropped` counts the messages that
    were longer than `longest` bytes.
    """

    def __init__(self, longest: int = LONGEST_MESSAGE) -> None:
        self.version: str | None = None
        self.dropped = 0
        self._longest = longest
        self._rest = bytearray()
        self._overlong = False

    @property
    def held_bytes(self) -> int:
        """Bytes that are kept because their message is not whole; bounded by `longest`."""
        return len(self._rest)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The messages that `chunk` completes, in order, without their blank line.

        Raises:
            NotAsterisk: the first line is no banner.
        """
        if self.version is None:
            chunk = self._greet(chunk)
        seen = max(0, len(self._rest) - len(_END) + 1)
        self._rest += chunk
        if self._rest.find(_END, seen) < 0:
            self._limit()
            return []
        return self._cut()

    def _greet(self, chunk: bytes) -> bytes:
        """Take the banner's line; the rest of the chunk is the first message's."""
        self._rest += chunk
        line, end, rest = bytes(self._rest).partition(b"\r\n")
        expected = BANNER if end else BANNER[: len(line)]
        if not line.startswith(expected) or len(line) > LONGEST_BANNER:
            raise NotAsterisk("the peer does not greet as an Asterisk Call Manager")
        if not end:
            return b""
        self.version = line[len(BANNER) :].decode("utf-8", "replace").strip()
        self._rest.clear()
        return rest

    def _cut(self) -> list[bytes]:
        parts = bytes(self._rest).split(_END)
        self._rest = bytearray(parts.pop())
        if self._overlong:
            del parts[0]
            self._overlong = False
        whole = [part for part in parts if len(part) <= self._longest]
        self.dropped += len(parts) - len(whole)
        self._limit()
        # The answer to QueueRule has a blank line too many, which is no part of what follows.
        return [message for part in whole if (message := part.lstrip(b"\r\n"))]

    def _limit(self) -> None:
        """Forget an endless message but for the bytes that its end may begin with."""
        if len(self._rest) < self._longest + len(_END):
            return  # A message of the greatest length whose end has not come to its last byte.
        if not self._overlong:
            self._overlong = True
            self.dropped += 1
        del self._rest[: 1 - len(_END)]


def event_name(message: bytes) -> bytes:
    """The event's name, read without touching the rest; empty for a response."""
    if not message.startswith(_EVENT):
        return b""
    end = message.find(b"\r\n")
    return message[len(_EVENT) : end if end >= 0 else None]


def headers_of(message: bytes) -> dict[str, str]:
    """The headers of a whole message; the first wins where one is repeated.

    Asterisk writes its own headers before those that a dialplan adds, so none of the latter can
    take the place of an id.
    """
    lines = message.decode("utf-8", "replace").split("\r\n")
    lines.reverse()
    return dict([line.split(": ", 1) for line in lines if ": " in line])
