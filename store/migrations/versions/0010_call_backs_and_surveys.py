"""Places that are kept in queues without waiting on the line, and what callers say after a call."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


MANY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OPEN = sa.text('closed IS NULL')


def upgrade() -> None:
    op.create_table(
        'call_back',
        sa.Column('id', MANY, nullable=False),
        sa.Column('contact_id', MANY, nullable=False),
        sa.Column('queue', sa.String(length=200), nullable=False),
        sa.Column('reason', sa.String(length=32), nullable=False),
        sa.Column('call', sa.String(length=150), nullable=False),
        sa.Column('language', sa.String(length=32), nullable=False),
        sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('closed', sa.String(length=32), nullable=True),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name='fk_call_back_contact_id'),
        sa.PrimaryKeyConstraint('id', name='pk_call_back'),
    )
    op.create_index('ix_call_back_contact_id', 'call_back', ['contact_id'])
    op.create_index(
        'uq_call_back_open_contact',
        'call_back',
        ['contact_id'],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        'survey_answer',
        sa.Column('id', MANY, nullable=False),
        sa.Column('call', sa.String(length=150), nullable=False),
        sa.Column('queue', sa.String(length=200), nullable=False),
        sa.Column('agent', sa.String(length=200), nullable=False),
        sa.Column('question', sa.String(length=200), nullable=False),
        sa.Column('key', sa.Integer(), nullable=False),
        sa.Column('highest', sa.Integer(), nullable=False),
        sa.Column('weight', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_survey_answer'),
        sa.UniqueConstraint('call', 'question', name='uq_survey_answer_call_question'),
    )
    op.create_index('ix_survey_answer_at', 'survey_answer', ['at'])


def downgrade() -> None:
    op.drop_table('survey_answer')
    op.drop_table('call_back')
