"""Triggers: counts that are kept as contacts change, and a ledger that only grows.

Owns: their text, for each kind of database. Must not know who writes.

`tally` follows each change of a contact's pool, state or standing in the transaction that makes
it, so the counts of a list add up at every moment, whoever wrote, and however it died. On
PostgreSQL each connection counts in rows of its own (`shard`): engines that claim from one
campaign at once hardly ever wait for each other's counts. There are 256 shards, so that the rows
do not become more with each command that ever connected.
"""

from __future__ import annotations

from typing import Final

_SQLITE_ADD: Final = """
  INSERT INTO tally (pool_id, state, standing, shard, n)
  VALUES (NEW.pool_id, NEW.state, NEW.standing, 0, 1)
  ON CONFLICT (pool_id, state, standing, shard) DO UPDATE SET n = n + 1;
"""
_SQLITE_TAKE: Final = """
  UPDATE tally SET n = n - 1
  WHERE pool_id = OLD.pool_id AND state = OLD.state AND standing = OLD.standing AND shard = 0;
"""
_MOVED: Final = """
  OLD.pool_id IS NOT NEW.pool_id OR OLD.state <> NEW.state OR OLD.standing <> NEW.standing
"""

SQLITE: Final = (
    f"""
CREATE TRIGGER contact_comes AFTER INSERT ON contact WHEN NEW.pool_id IS NOT NULL
BEGIN {_SQLITE_ADD} END
""",
    f"""
CREATE TRIGGER contact_goes AFTER DELETE ON contact WHEN OLD.pool_id IS NOT NULL
BEGIN {_SQLITE_TAKE} END
""",
    f"""
CREATE TRIGGER contact_leaves AFTER UPDATE OF pool_id, state, standing ON contact
WHEN OLD.pool_id IS NOT NULL AND ({_MOVED})
BEGIN {_SQLITE_TAKE} END
""",
    f"""
CREATE TRIGGER contact_arrives AFTER UPDATE OF pool_id, state, standing ON contact
WHEN NEW.pool_id IS NOT NULL AND ({_MOVED})
BEGIN {_SQLITE_ADD} END
""",
    """
CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END
""",
    """
CREATE TRIGGER ledger_is_not_shortened BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END
""",
)

_POSTGRESQL_COUNT: Final = """
CREATE FUNCTION waihu_count_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tally (pool_id, state, standing, shard, n)
  SELECT pool_id, state, standing, mod(pg_backend_pid(), 256), sum(step) FROM ({moved}) AS moved
  WHERE pool_id IS NOT NULL
  GROUP BY pool_id, state, standing HAVING sum(step) <> 0
  ORDER BY pool_id, state, standing
  ON CONFLICT (pool_id, state, standing, shard) DO UPDATE SET n = tally.n + EXCLUDED.n;
  RETURN NULL;
END $$
"""
_CAME: Final = "SELECT pool_id, state, standing, 1 AS step FROM came"
_WENT: Final = "SELECT pool_id, state, standing, -1 AS step FROM went"

POSTGRESQL: Final = (
    _POSTGRESQL_COUNT.format(name="coming", moved=_CAME),
    _POSTGRESQL_COUNT.format(name="going", moved=_WENT),
    _POSTGRESQL_COUNT.format(name="moving", moved=f"{_CAME} UNION ALL {_WENT}"),
    """
CREATE TRIGGER contact_comes AFTER INSERT ON contact REFERENCING NEW TABLE AS came
FOR EACH STATEMENT EXECUTE FUNCTION waihu_count_coming()
""",
    """
CREATE TRIGGER contact_goes AFTER DELETE ON contact REFERENCING OLD TABLE AS went
FOR EACH STATEMENT EXECUTE FUNCTION waihu_count_going()
""",
    """
CREATE TRIGGER contact_moves AFTER UPDATE ON contact
REFERENCING OLD TABLE AS went NEW TABLE AS came
FOR EACH STATEMENT EXECUTE FUNCTION waihu_count_moving()
""",
    """
CREATE FUNCTION waihu_ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger only grows'; END $$
""",
    """
CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION waihu_ledger_only_grows()
""",
)
