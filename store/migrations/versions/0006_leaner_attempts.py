"""An agent's attempts by index, without those of no agent; PostgreSQL: their contacts vouch for
the numbers that attempts dial.
"""

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
    if op.get_bind().dialect.name == 'postgresql':
        op.drop_constraint('fk_attempt_number_id', 'attempt', type_='foreignkey')


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.create_foreign_key(
            'fk_attempt_number_id', 'attempt', 'contact_number', ['number_id'], ['id']
        )
    op.drop_index('ix_attempt_agent', 'attempt')
    op.create_index('ix_attempt_agent', 'attempt', COLUMNS)
