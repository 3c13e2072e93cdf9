"""The kept counts of connections that are gone, added to one another (PostgreSQL).

Owns: that each connection's rows do not stay for ever: engines come and go, and whoever counts adds
up all rows. The sums stay the same. On SQLite there is one row for each count from the start.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

_FOLD: Final = """
WITH gone AS (
  DELETE FROM tally WHERE shard <> 0 AND shard NOT IN (SELECT mod(pid, 256) FROM pg_stat_activity)
  RETURNING pool_id, state, standing, n
)
INSERT INTO tally (pool_id, state, standing, shard, n)
SELECT pool_id, state, standing, 0, sum(n) FROM gone
GROUP BY pool_id, state, standing ORDER BY pool_id, state, standing
ON CONFLICT (pool_id, state, standing, shard) DO UPDATE SET n = tally.n + EXCLUDED.n
"""


async def fold_tallies(connection: AsyncConnection) -> None:
    """Add what connections counted that are gone to the rows that are nobody's."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(_FOLD)
