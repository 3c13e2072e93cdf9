"""Which way of bulk writing a database has.

Owns: the choice between `store.bulk_sqlite` and `store.bulk_postgres`, and what both offer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from store import bulk_postgres, bulk_sqlite


class Bulk(Protocol):
    """One database's way: see the two modules."""

    WANTED: str
    PLACE: str
    OTHERS_WAIT: bool

    def moment(self, at: datetime) -> Any:
        """An instant as the driver takes it."""

    def numbers_given(self, e164s: Iterable[str]) -> Any:
        """The numbers, as the join of `WANTED` takes them."""

    async def settle_in(self, connection: AsyncConnection, campaign_id: int) -> None:
        """At the beginning of each transaction of a load."""

    async def take_ids(self, connection: AsyncConnection, count: int) -> Sequence[int]:
        """Ids for so many contacts."""

    async def write(
        self,
        connection: AsyncConnection,
        table: str,
        columns: Sequence[str],
        rows: Iterable[tuple[Any, ...]],
    ) -> None:
        """Insert tuples of these columns."""


def bulk_of(connection: AsyncConnection) -> Bulk:
    """The way of this connection's database."""
    return bulk_sqlite if connection.dialect.name == "sqlite" else bulk_postgres
