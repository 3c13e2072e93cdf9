"""The index of an agent's attempts leaves out those that have no agent, as every claim begins."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

COLUMNS = ['agent', 'claimed_at']
HAS_AGENT = sa.text('agent IS NOT NULL')


def upgrade() -> None:
    op.drop_index('ix_attempt_agent', 'attempt')
    op.create_index(
        'ix_attempt_agent',
        'attempt',
        COLUMNS,
        sqlite_where=HAS_AGENT,
        postgresql_where=HAS_AGENT,
    )


def downgrade() -> None:
    op.drop_index('ix_attempt_agent', 'attempt')
    op.create_index('ix_attempt_agent', 'attempt', COLUMNS)
