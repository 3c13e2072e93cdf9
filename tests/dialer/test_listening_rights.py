"""R25: who may listen no longer hears nobody any more."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from campaigns.ledger import By
from dialer.listening_rights import look_at_listeners
from store.accounts import Accounts
from store.database import Database
from supervisor.accounts import Account, AccountState
from supervisor.rights import Role

BY = By(who="root", at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC))


async def test_a_lost_right_takes_the_phone_off_the_talk(empty_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "waihu.db"
    shutil.copy(empty_file, file)
    gone: list[str] = []

    async def let_go(phone: str) -> None:
        gone.append(phone)

    async with Database(file) as database:
        accounts = Accounts(database)
        for name, role in (("stays", Role.SUPERVISOR), ("hears", Role.QUALITY)):
            await accounts.add(Account(name=name, role=role), BY)
        for name in ("demoted", "suspended"):
            await accounts.add(Account(name=name, role=Role.SUPERVISOR), BY)
        await accounts.change("demoted", BY, role=Role.AGENT)
        await accounts.set_state("suspended", AccountState.SUSPENDED, BY)
        listeners = [
            {"phone": "1", "by": "stays", "mode": "barge"},
            {"phone": "2", "by": "hears", "mode": "listen"},
            {"phone": "3", "by": "hears", "mode": "whisper"},
            {"phone": "4", "by": "demoted", "mode": "listen"},
            {"phone": "5", "by": "suspended", "mode": "listen"},
            {"phone": "6", "by": "an operator of this machine", "mode": "barge"},
        ]
        await look_at_listeners(accounts, listeners, let_go)
    assert gone == ["3", "4", "5"]
