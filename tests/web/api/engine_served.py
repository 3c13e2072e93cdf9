"""A running `waihu run` that serves its API on a free port, and an account with a token for it."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from asterisk.lab.ports import free_port
from campaigns.ledger import By
from config.loading import load_settings
from dialer.cli_session import utc_now
from dialer.opening import database_of
from store.accounts import Accounts
from store.api_tokens import ApiTokens, TokenRow
from supervisor.accounts import Account
from supervisor.rights import Right, Role
from supervisor.web.keys import TOKEN_PREFIX, hashed, new_secret
from tests.cli.conftest import settings_in
from tests.cli.terminal import start_engine


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedEngine:
    """The engine's folder, process and address."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    def token(
        self, name: str = "importer", role: Role = Role.ADMIN, scopes: Iterable[Right] = Right
    ) -> str:
        """A token of an account of that role, which is made where it is not there."""
        return asyncio.run(self._token(name, role, frozenset(scopes)))

    async def _token(self, name: str, role: Role, scopes: frozenset[Right]) -> str:
        by = By(who="root", at=utc_now())
        secret = new_secret(TOKEN_PREFIX)
        async with database_of(load_settings(Path(self.environment["WAIHU_CONFIG"]))) as database:
            accounts = Accounts(database)
            if await accounts.find(name) is None:
                await accounts.add(Account(name=name, role=role), by)
            row = TokenRow(
                account=name, name=secret[-8:], scopes=scopes, created_at=by.at, ends_at=None
            )
            await ApiTokens(database).add(row, hashed(secret), by)
        return secret

    def count(self, table: str) -> int:
        """The rows of one of our tables."""
        with closing(sqlite3.connect(self.folder / "waihu.db")) as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  a test's own word

    def client(self, token: str | None, **more: Any) -> httpx.Client:
        """A program with that token."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, **more)


@contextmanager
def engine_served(folder: Path) -> Iterator[ServedEngine]:
    """An engine for as long as the block runs; it ends well, if it has not ended already."""
    agi, web = free_port(), free_port()
    more = f"[agi]\nport = {agi}\n[web]\non = true\nport = {web}\n"
    environment = settings_in(folder, more)
    process = start_engine(folder, environment)
    try:
        assert process.stdout is not None
        said = iter(process.stdout.readline, "")
        running = any(line.startswith("The engine of test is running") for line in said)
        assert running, process.communicate(timeout=20)
        yield ServedEngine(folder=folder, environment=environment, process=process, port=web)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            _out, err = process.communicate(timeout=20)
            assert (process.returncode, err) == (0, "")
    finally:
        process.kill()
        process.communicate()
