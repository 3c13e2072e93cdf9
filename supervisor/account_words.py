"""Roles, states, faults of passwords and refusals, in words for people.

Owns: these words. Must not know any account. What is looked up at each call is in the language
spoken then.
"""

from __future__ import annotations

from collections.abc import Mapping

from config.language import _
from store.errors import (
    AccountExistsError,
    AccountSuspendedError,
    AccountWithdrawnError,
    AgentTakenError,
    LastAdminError,
    StoreError,
    TokenExistsError,
    UnknownAccountError,
    UnknownTokenError,
)
from supervisor.accounts import SHORTEST_PASSWORD, AccountState, PasswordFault
from supervisor.rights import Role


def role_words() -> Mapping[Role, str]:
    """What an account is for."""
    return {
        Role.AGENT: _("Agent"),
        Role.SUPERVISOR: _("Team supervisor"),
        Role.CAMPAIGN_MANAGER: _("Campaign manager"),
        Role.QUALITY: _("Quality"),
        Role.ADMIN: _("Administrator"),
    }


def state_words() -> Mapping[AccountState, str]:
    """Whether it may be used."""
    return {
        AccountState.ACTIVE: _("Active"),
        AccountState.SUSPENDED: _("Suspended"),
        AccountState.WITHDRAWN: _("Withdrawn"),
    }


def password_sentences() -> Mapping[PasswordFault, str]:
    """Why a password is not taken."""
    short = _("The password needs {n} characters at least; a few words make a good one.")
    return {
        PasswordFault.TOO_SHORT: short.format(n=SHORTEST_PASSWORD),
        PasswordFault.TOO_LONG: _("The password is too long."),
        PasswordFault.TOO_PLAIN: _("The password is among the first that are guessed."),
        PasswordFault.HAS_THE_NAME: _("The password must not be made of the account's name."),
    }


def account_refused(error: StoreError) -> str | None:  # noqa: PLR0911  one sentence a kind
    """What the database refused of accounts and tokens, with the cure; None: it is about others."""
    match error:
        case AccountExistsError():
            return _("there is or was an account {name}; take another name").format(name=error.name)
        case UnknownAccountError():
            said = _("there is no account {name}; see them with: waihu account list")
            return said.format(name=error.name)
        case AccountWithdrawnError():
            said = _("the account {name} was withdrawn for good; add one of another name")
            return said.format(name=error.name)
        case AccountSuspendedError():
            said = _("the account {name} is suspended; first: waihu account restore {name}")
            return said.format(name=error.name)
        case LastAdminError():
            said = _("{name} is the only administrator; make somebody else one first")
            return said.format(name=error.name)
        case AgentTakenError():
            said = _("agent {agent} belongs to the account {name} already")
            return said.format(agent=error.agent, name=error.account)
        case TokenExistsError():
            return _("there is a token {name} already; take another name").format(name=error.name)
        case UnknownTokenError():
            said = _("there is no token {name}; see them with: waihu account token list")
            return said.format(name=error.name)
        case _:
            return None
