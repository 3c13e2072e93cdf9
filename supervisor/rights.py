"""Who may do what (R25): roles, rights, and which role has which.

Owns: the two closed sets and the table between them. Must not know accounts, passwords or pages.
A right that is not in the table is had by nobody: what is forgotten stays shut.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What an account is for. Each has exactly one."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    CAMPAIGN_MANAGER = "campaign_manager"
    QUALITY = "quality"
    ADMIN = "admin"


class Right(StrEnum):
    """What an account may do.

    `watch`: the wallboard. `desk`: work at the own desk. `act_agents`: pause, sign out and lend
    others. `act_calls`: hang up calls of others. `record`: start and stop a recording.
    `lists`: import, contacts, do-not-call. `orders`: work orders. `see_numbers`: numbers in full.
    `settings`: let the engine read its settings again.
    """

    WATCH = "watch"
    DESK = "desk"
    ACT_AGENTS = "act_agents"
    ACT_CALLS = "act_calls"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    RECORD = "record"
    ACT_CAMPAIGNS = "act_campaigns"
    LISTS = "lists"
    EXPORT = "export"
    REPORTS = "reports"
    ORDERS = "orders"
    SEE_NUMBERS = "see_numbers"
    ACCOUNTS = "accounts"
    SETTINGS = "settings"
    AUDIT = "audit"


RIGHTS: Final[Mapping[Role, frozenset[Right]]] = MappingProxyType(
    {
        Role.AGENT: frozenset({Right.DESK, Right.ORDERS}),
        Role.SUPERVISOR: frozenset(
            {
                *(Right.WATCH, Right.DESK, Right.ACT_AGENTS, Right.ACT_CALLS),
                *(Right.LISTEN, Right.WHISPER, Right.BARGE, Right.RECORD),
                *(Right.REPORTS, Right.ORDERS),
            }
        ),
        Role.CAMPAIGN_MANAGER: frozenset(
            {
                *(Right.WATCH, Right.ACT_CAMPAIGNS, Right.LISTS, Right.EXPORT),
                *(Right.REPORTS, Right.ORDERS, Right.SEE_NUMBERS),
            }
        ),
        # They hear calls, and must not be heard in them (R23).
        Role.QUALITY: frozenset(
            {Right.WATCH, Right.LISTEN, Right.RECORD, Right.REPORTS, Right.AUDIT}
        ),
        Role.ADMIN: frozenset(Right),
    }
)


def rights_of(role: Role, scopes: Iterable[Right] | None = None) -> frozenset[Right]:
    """What the role may, through a token no more than its scopes (None: no token is between)."""
    return RIGHTS[role] if scopes is None else RIGHTS[role] & frozenset(scopes)
