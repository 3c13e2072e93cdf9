"""Who may listen no longer hears nobody any more (R25).

Owns: the look at the accounts of those who listen, as often as open pages are looked at. Somebody
who listens from the command line has no account, and is as trusted as the machine. Must not know
how a phone is let go (`dialer.listening`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import structlog

from store.accounts import Accounts
from store.errors import StoreError
from supervisor.accounts import Account, AccountState
from supervisor.rights import RIGHTS, Right

log = structlog.get_logger()

LOOK_EVERY_S: Final = 2.0

Listeners = Sequence[Mapping[str, str]]
"""`phone`, `mode` and `by` of each, as `dialer.listening` tells."""


async def mind_listeners(
    accounts: Accounts,
    listeners: Callable[[], Listeners],
    let_go: Callable[[str], Awaitable[object]],
) -> None:
    """Until cancelled: let go of the phone of whoever has lost the right."""
    this = asyncio.current_task()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await look_at_listeners(accounts, listeners(), let_go)
        except StoreError:
            # A query that is cancelled may end as a fault of the connection, and we would stay.
            if this is not None and this.cancelling():
                return


async def look_at_listeners(
    accounts: Accounts, listeners: Listeners, let_go: Callable[[str], Awaitable[object]]
) -> None:
    """Look once.

    Raises:
        StoreError: the database is away; whoever listens goes on until it is back.
    """
    for one in listeners:
        account = await accounts.find(one["by"])
        if account is not None and not may_listen(account, Right(one["mode"])):
            log.warning("listening.right_lost", account=account.name, phone=one["phone"])
            await let_go(one["phone"])


def may_listen(account: Account, right: Right) -> bool:
    """Whether the account may hear others in this way now."""
    return account.state is AccountState.ACTIVE and right in RIGHTS[account.role]
