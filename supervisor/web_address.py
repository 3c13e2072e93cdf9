"""Where the pages are: what the server listens at, and what a person opens.

Owns: that nothing but this machine is served before an administrator exists (R25), and the address
in a link, with what it leads to. Must not serve anything.
"""

from __future__ import annotations

import socket
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from config.settings import WebSettings

LOOPBACK: Final = "127.0.0.1"
LINK_HOLDS: Final = timedelta(minutes=10)
"""A link that signs in must be opened so soon."""
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  looked for, not listened at


class Board(StrEnum):
    """What a television shows: the wallboard, or the floor board, which is for agents."""

    WALL = "wall"
    FLOOR = "floor"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_for(web: WebSettings, *, has_admin: bool) -> str:
    """What to listen at: the host of the settings once somebody can administer."""
    return web.host if has_admin or is_loopback(web.host) else LOOPBACK


def page_url(web: WebSettings, path: str = "/", *, has_admin: bool = True) -> str:
    """The address that a person opens, on this machine or beside it."""
    host = host_for(web, has_admin=has_admin)
    if host in _EVERYWHERE:
        host = socket.gethostname()
    scheme = "http" if web.certificate is None else "https"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{web.port}{path}"
