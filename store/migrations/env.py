"""What Alembic runs for each walk through the history.

Owns: handing Alembic the connection that `store.migrations.run` was given; the transaction is
the caller's, so an upgrade is done wholly or not at all. Must not open a database by itself.
"""

from __future__ import annotations

from alembic import context

from store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter a column in place; Alembic copies the table then.
    render_as_batch=True,
)
context.run_migrations()
