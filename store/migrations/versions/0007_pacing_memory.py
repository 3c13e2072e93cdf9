"""What predictive pacing has learned, kept over a restart, and who answered, by day."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


ANSWERED = sa.text('answered_at IS NOT NULL')


def upgrade() -> None:
    op.create_index(
        'ix_attempt_answered',
        'attempt',
        ['campaign_id', 'sent_at'],
        sqlite_where=ANSWERED,
        postgresql_where=ANSWERED,
    )
    op.create_table(
        'pacing_memory',
        sa.Column('engine_id', sa.String(length=200), nullable=False),
        sa.Column('campaign_id', sa.Integer(), nullable=False),
        sa.Column('memory', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['engine_id'], ['engine.id'], name='fk_pacing_memory_engine_id'),
        sa.ForeignKeyConstraint(
            ['campaign_id'], ['campaign.id'], name='fk_pacing_memory_campaign_id'
        ),
        sa.PrimaryKeyConstraint('engine_id', 'campaign_id', name='pk_pacing_memory'),
    )


def downgrade() -> None:
    op.drop_table('pacing_memory')
    op.drop_index('ix_attempt_answered', 'attempt')
