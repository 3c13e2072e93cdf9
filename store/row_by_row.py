"""One transaction in which a contact's row that refuses is left out, and the others are written.

Owns: who was refused, and why. It is the slow way, for after the database has refused them all
together for the sake of one. Must not know what is written.
"""

from __future__ import annotations

from collections.abc import Awaitable

from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database
from store.errors import Blame, StoreConflictError, StoreError, StoreUnusableError


class RowByRow:
    """The writes of one transaction, on `connection`.

    `most`: if more contacts than this are refused, it is no fault of theirs.
    `refused`: the contacts that were left out, each with what the database said.
    """

    def __init__(
        self, database: Database, connection: AsyncConnection, *, most: int | None = None
    ) -> None:
        self._database = database
        self.connection = connection
        self._most = most
        self.refused: dict[int, str] = {}

    async def of(self, contact: int, write: Awaitable[object]) -> bool:
        """Write what is this contact's, all of it or nothing; False: its row refuses.

        Raises:
            StoreError: it is not for the row's sake, or for too many rows' sake.
        """
        try:
            await self._apart(write)
        except StoreError as error:
            if not is_of_a_row(error) or len(self.refused) == self._most:
                raise
            self.refused[contact] = str(error)
            return False
        return True

    async def of_many(self, write: Awaitable[object]) -> None:
        """Write what is of many contacts at once, if none refuses: each has a turn of its own.

        Raises:
            StoreError: it is not for a row's sake.
        """
        try:
            await self._apart(write)
        except StoreError as error:
            if not is_of_a_row(error):
                raise

    async def _apart(self, write: Awaitable[object]) -> None:
        async with self._database.apart(self.connection):
            await write


def is_of_a_row(error: StoreError) -> bool:
    """Whether the database refuses what was to be written, and is well itself."""
    if isinstance(error, StoreUnusableError):
        return error.blame is Blame.ROW
    return isinstance(error, StoreConflictError)
