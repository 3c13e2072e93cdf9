"""PostgreSQL: its connections, an engine's hold on its name, and its refusals in our words.

Owns: the settings of a connection and what SQLSTATEs mean. Must not know any table.

A process writes through one connection, as on SQLite: its writes keep their order. Several
processes write at once; where a read decides a write, `store.locks` says who waits for whom.
Writes run in READ COMMITTED (each statement sees what is committed by then), reads in one
snapshot. An engine holds its name by an advisory lock of the very session that writes: whose
session is lost cannot write, and has its name back before it can again.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from store.errors import (
    Blame,
    EngineRunningError,
    StoreBusyError,
    StoreConflictError,
    StoreError,
    StoreUnusableError,
)
from store.locks import ENGINE, key_of

CONNECT_TIMEOUT_S = 5
DEAD_PEER_MS = 15_000
"""After so long without an answer of the network a connection is given up, on both sides."""

BUSY = frozenset({"40001", "40P01", "55P03", "57014"})
"""Serialization failure, deadlock, lock time-out, statement time-out."""

UNSURE = frozenset({"58030", "XX000", "XX001", "XX002"})
"""A fault of the disk, of PostgreSQL itself, a damaged table or index."""

PASSING = ("08", "53", "57", "58", "25006")
"""Connection lost, disk full or too many connections, shut down or starting, read-only."""

OF_THE_ROW = "54"
"""Too large for a row, or for an index."""

NEVER_BY_ITSELF = ("does not exist", "authentication failed", "no pg_hba.conf entry", "no password")
"""Words of a refused connection, which has no SQLSTATE. In another language of the server's they
are not found, and a start waits, with the reason in its log.
"""

BY_INDEX: Final[Mapping[str, str]] = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""What writes knows its rows, and finds them by an index, however many there are.

A plan that was made while a table was small, or had no statistics yet, reads all of it: which is
the quickest then. The plan is kept, and a load has made millions of rows before it is made again.
"""

RAISED = "P0001"
"""A trigger forbids it."""

_HOLDER = """
SELECT a.application_name || ' since ' || to_char(a.backend_start, 'YYYY-MM-DD"T"HH24:MI:SSOF')
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.database =
    (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.classid = %s AND l.objid = %s::bigint::oid
"""


class Postgres:
    """One PostgreSQL database.

    `busy_timeout_s`: how long a lock of another process is waited for. There is no limit to how
    long a statement may run: to remove a campaign of ten million contacts takes its time, and
    what hangs is seen by `store.health`.

    `engine_id`: the writer's session holds this name; two engines cannot have it at once.
    """

    path = None

    def __init__(
        self, url: URL, *, busy_timeout_s: float, password: str | None, engine_id: str | None
    ) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        if password is not None:
            self._url = self._url.set(password=password)
        self._busy_timeout_s = busy_timeout_s
        self._engine_id = engine_id
        self._has_held = False
        self.target = url.render_as_string(hide_password=True)

    def writer(self, options: dict[str, Any]) -> AsyncEngine:
        """The one connection that writes."""
        made = self._made(options, BY_INDEX, isolation_level="READ COMMITTED")
        if self._engine_id is not None:
            event.listen(made.sync_engine, "connect", self._hold_name)
        return made

    def readers(self, options: dict[str, Any]) -> AsyncEngine:
        """Those that read: each a snapshot."""
        only_reads = options["execution_options"] | {"postgresql_readonly": True}
        options = options | {"execution_options": only_reads}
        return self._made(options, {}, isolation_level="REPEATABLE READ")

    def _made(
        self, options: dict[str, Any], settings: Mapping[str, str], **more: Any
    ) -> AsyncEngine:
        # Before each use a connection is asked whether it lives: a server that was started
        # again is noticed by nobody.
        return create_async_engine(
            self._url,
            connect_args=self._connect_args(settings),
            pool_pre_ping=True,
            **options,
            **more,
        )

    def _connect_args(self, more: Mapping[str, str]) -> dict[str, Any]:
        settings = {
            **more,
            "lock_timeout": f"{self._busy_timeout_s * 1000:.0f}",
            "timezone": "UTC",
            # Short statements, of which compiling one takes longer than running it.
            "jit": "off",
            # A commit is on the disk before anyone is told (I6).
            "synchronous_commit": "on",
            # Whose machine has died must not keep its name and its locks for two hours.
            "tcp_keepalives_idle": "5",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "2",
            "tcp_user_timeout": str(DEAD_PEER_MS),
        }
        return {
            "application_name": self._name(),
            "connect_timeout": CONNECT_TIMEOUT_S,
            "keepalives_idle": 5,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "tcp_user_timeout": DEAD_PEER_MS,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        }

    def _name(self) -> str:
        """Who we are, for whoever looks at the server; it cuts names off at 63 bytes."""
        who = f"waihu {self._engine_id}" if self._engine_id else "waihu"
        return f"{who[:24]} pid {os.getpid()} on {socket.gethostname()}"[:63]

    def _hold_name(self, connection: Any, _record: object) -> None:
        """Take the engine's name, or refuse the connection."""
        lock = (ENGINE, key_of(str(self._engine_id)))
        cursor = connection.cursor()
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", lock)
        (held,) = cursor.fetchone()
        holder = "" if held else self._holder(cursor, lock)
        cursor.close()
        connection.commit()
        if held:
            self._has_held = True
            return
        connection.close()
        if not self._has_held:
            raise EngineRunningError(self.target, holder)
        # Perhaps our own session of before, whose end the server has not noticed yet.
        reason = f"another session has the name {self._engine_id}: {holder}"
        raise StoreUnusableError(self.target, reason, passes=True)

    @staticmethod
    def _holder(cursor: Any, lock: tuple[int, int]) -> str:
        cursor.execute(_HOLDER, (lock[0], lock[1] & 0xFFFFFFFF))
        row = cursor.fetchone()
        return str(row[0]) if row else "unknown"

    async def begin(self, connection: AsyncConnection, *, durable: bool) -> None:
        """Begin to write; others do so as well."""
        await connection.begin()
        if not durable:
            await connection.exec_driver_sql("SET LOCAL synchronous_commit = off")

    async def begin_upgrade(self, connection: AsyncConnection) -> None:
        """One upgrade at a time; who comes second finds it done."""
        await connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(%s, %s)", (ENGINE, key_of("upgrade of the tables"))
        )

    def translated(self, error: DBAPIError) -> StoreError:
        """What PostgreSQL says, in our words."""
        state = getattr(error.orig, "sqlstate", None)
        if state in BUSY:
            return StoreBusyError(self._busy_timeout_s)
        said = _said(error)
        if isinstance(error, IntegrityError) or state == RAISED:
            return StoreConflictError(said)
        if isinstance(error, DataError):
            return StoreConflictError(f"a value cannot be saved: {said}")
        passes = state.startswith(PASSING) if state else _passes_by_itself(said)
        return StoreUnusableError(self.target, said, _blame(state), passes=passes)

    def cause(self, error: DBAPIError) -> None:
        """Nothing may stand under it in a log: PostgreSQL quotes rows in its details (I9)."""
        del error

    async def exists(self) -> bool:
        """The server says whether there is such a database."""
        return True

    async def prepare(self) -> None:
        """Whoever runs the server makes the database."""


def _passes_by_itself(said: str) -> bool:
    """A connection that could not be made, or is lost."""
    return not any(words in said for words in NEVER_BY_ITSELF)


def _said(error: DBAPIError) -> str:
    """The first line of it; the next ones quote the row, and of a bad value so does the first."""
    diagnosed = getattr(error.orig, "diag", None)
    said = (diagnosed and diagnosed.message_primary) or " ".join(str(error.orig).split())
    return said.split(': "', maxsplit=1)[0] if isinstance(error, DataError) else said


def _blame(state: str | None) -> Blame:
    if state and state.startswith(OF_THE_ROW):
        return Blame.ROW
    return Blame.UNSURE if state in UNSURE else Blame.DATABASE
