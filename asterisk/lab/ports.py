"""Ports for private servers: free, and of no use to those who call out.

Owns: the choice. Must not know who listens there.
"""

from __future__ import annotations

import secrets
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
FIRST: Final = 10_000
BEYOND: Final = 20_000
"""Above is the lab's RTP (rtp.conf), and from 32768 on Linux takes the ports of those who call out
(ip_local_port_range): one of these may be free now, and taken before its server has started."""
_TRIES: Final = 200


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of the loopback address that nobody has at this moment.

    Raises:
        OSError: there is none.
    """
    for _ in range(_TRIES):
        port = FIRST + secrets.randbelow(BEYOND - FIRST)
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port of {LOOPBACK} from {FIRST} to {BEYOND - 1}")
