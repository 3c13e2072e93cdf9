"""Inbound calls, stays in queues and what agents did, for the figures of queues."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'inbound_call',
        sa.Column('id', sa.String(length=150), nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('dialed', sa.String(length=200), nullable=False),
        sa.Column('number', sa.String(length=16)),
        sa.Column('flow', sa.String(length=200)),
        sa.Column('language', sa.String(length=32)),
        sa.Column('choices', sa.JSON(), nullable=False),
        sa.Column('subject', sa.String(length=200)),
        sa.Column('ended_at', MOMENT),
        sa.PrimaryKeyConstraint('id', name='pk_inbound_call'),
    )
    op.create_index('ix_inbound_call_at', 'inbound_call', ['at'])
    op.create_index('ix_inbound_call_number', 'inbound_call', ['number', 'at'])
    op.create_table(
        'queue_call',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('call_id', sa.String(length=150), nullable=False),
        sa.Column('queue', sa.String(length=200), nullable=False),
        sa.Column('engine', sa.String(length=200)),
        sa.Column('number', sa.String(length=16)),
        sa.Column('joined_at', MOMENT, nullable=False),
        sa.Column('ended_at', MOMENT, nullable=False),
        sa.Column('how', sa.String(length=32), nullable=False),
        sa.Column('waited_ms', sa.Integer(), nullable=False),
        sa.Column('agent', sa.String(length=200)),
        sa.Column('talk_ms', sa.Integer()),
        sa.Column('hold_ms', sa.Integer()),
        sa.Column('wrap_ms', sa.Integer()),
        sa.Column('transferred', sa.Boolean(), nullable=False),
        sa.Column('ended_by', sa.String(length=32)),
        sa.Column('source', sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_queue_call'),
        sa.UniqueConstraint('call_id', 'queue', 'joined_at', name='uq_queue_call_call_id_queue_joined_at'),
    )
    op.create_index('ix_queue_call_joined_at', 'queue_call', ['joined_at', 'queue'])
    op.create_index('ix_queue_call_number', 'queue_call', ['number', 'joined_at'])
    op.create_table(
        'agent_spell',
        sa.Column('agent', sa.String(length=200), nullable=False),
        sa.Column('began_at', MOMENT, nullable=False),
        sa.Column('ended_at', MOMENT, nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('reason', sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint('agent', 'began_at', name='pk_agent_spell'),
    )
    op.create_index('ix_agent_spell_ended_at', 'agent_spell', ['ended_at'])


def downgrade() -> None:
    op.drop_table('agent_spell')
    op.drop_table('queue_call')
    op.drop_table('inbound_call')
