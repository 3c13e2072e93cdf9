"""Secrets that open doors: made here, shown once, kept as their hash.

Owns: how one is made, hashed and told apart, and the name of the cookie. Must not know whose it is.
A secret holds 256 bits of chance, so one round of SHA-256 is enough for what is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import StrEnum
from typing import Final, NamedTuple

from starlette.requests import HTTPConnection

TOKEN_PREFIX: Final = "wh_"  # noqa: S105  by which scanners of leaked secrets know one
SCREEN_PREFIX: Final = "tv."
"""Of a television's. No session's secret has a point in it (RFC 4648, base64url)."""
COOKIE: Final = "waihu"
BEARER: Final = "bearer "
_BYTES: Final = 32
_LONGEST: Final = 200


class KeyKind(StrEnum):
    """What was shown at the door."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105  a word, no secret
    SCREEN = "screen"
    """A television's: among the tokens, and in a cookie."""


class Key(NamedTuple):
    """A secret as it is kept. `csrf`: what belongs to it, and only its holder can be told."""

    kind: KeyKind
    hash: str
    csrf: str = ""


def new_secret(prefix: str = "") -> str:
    """A secret that nobody guesses."""
    return prefix + secrets.token_urlsafe(_BYTES)


def new_number() -> str:
    """What a session is called on screens."""
    return secrets.token_hex(6)


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def session_key(secret: str) -> Key:
    """The key of a browser's cookie: of a person's session, or of a television."""
    csrf = hmac.new(secret.encode(errors="replace"), b"waihu csrf", hashlib.sha256).hexdigest()
    kind = KeyKind.SCREEN if secret.startswith(SCREEN_PREFIX) else KeyKind.SESSION
    return Key(kind, hashed(secret), csrf)


def cookie_name(request: HTTPConnection) -> str:
    """The cookie's name. Browsers share cookies among the ports of a host: engines must not.

    `__Host-`: browsers take it over TLS only, for this very host and all of it (RFC 6265bis).
    """
    server = request.scope.get("server")
    port = server[1] if server else ""
    return f"__Host-{COOKIE}-{port}" if is_secure(request) else f"{COOKIE}-{port}"


def is_secure(request: HTTPConnection) -> bool:
    """Whether the browser came over TLS, to us or to a proxy that is trusted."""
    return bool(request.scope["scheme"] == "https")


def key_of(request: HTTPConnection) -> Key | None:
    """What the request shows: a token if it has one, else the cookie."""
    shown = request.headers.get("authorization", "")
    if shown.lower().startswith(BEARER):
        secret = shown[len(BEARER) :].strip()[:_LONGEST]
        if secret.startswith(SCREEN_PREFIX):
            return session_key(secret)
        return Key(KeyKind.TOKEN, hashed(secret))
    cookie = request.cookies.get(cookie_name(request))
    return session_key(cookie[:_LONGEST]) if cookie else None
