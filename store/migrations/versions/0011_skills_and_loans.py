"""Agents' skills with their levels, and who is lent to another group's queue."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'agent_skill',
        sa.Column('agent', sa.String(length=200), nullable=False),
        sa.Column('skill', sa.String(length=200), nullable=False),
        sa.Column('level', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['agent'], ['agent.login'], name='fk_agent_skill_agent'),
        sa.PrimaryKeyConstraint('agent', 'skill', name='pk_agent_skill'),
    )
    op.create_table(
        'agent_loan',
        sa.Column('agent', sa.String(length=200), nullable=False),
        sa.Column('queue', sa.String(length=200), nullable=False),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True)),
        sa.Column('by', sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(['agent'], ['agent.login'], name='fk_agent_loan_agent'),
        sa.PrimaryKeyConstraint('agent', name='pk_agent_loan'),
    )


def downgrade() -> None:
    op.drop_table('agent_loan')
    op.drop_table('agent_skill')
