"""Whose word still waits, what an agent did last, and hints that are still to be renewed."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

MANY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
UNDISPOSED = sa.text("outcome = 'undisposed'")


def upgrade() -> None:
    op.add_column('campaign', sa.Column('renewed_to', MANY, nullable=True))
    op.create_index('ix_attempt_agent', 'attempt', ['agent', 'claimed_at'], unique=False)
    op.create_index(
        'ix_attempt_undisposed',
        'attempt',
        ['agent', 'ended_at'],
        unique=False,
        sqlite_where=UNDISPOSED,
        postgresql_where=UNDISPOSED,
    )


def downgrade() -> None:
    op.drop_index('ix_attempt_undisposed', table_name='attempt')
    op.drop_index('ix_attempt_agent', table_name='attempt')
    with op.batch_alter_table('campaign', schema=None) as batch_op:
        batch_op.drop_column('renewed_to')
