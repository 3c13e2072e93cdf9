"""Drafts, answers to questionnaires, and agents' words on calls that came in."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

MANY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'draft',
        sa.Column('agent', sa.String(length=200), nullable=False),
        sa.Column('call', sa.String(length=150), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('agent', 'call', name='pk_draft'),
    )
    op.create_table(
        'form_answer',
        sa.Column('id', MANY, nullable=False),
        sa.Column('call', sa.String(length=150), nullable=False),
        sa.Column('form', sa.String(length=200), nullable=False),
        sa.Column('question', sa.String(length=200), nullable=False),
        sa.Column('answer', sa.Text(), nullable=False),
        sa.Column('agent', sa.String(length=200), nullable=False),
        sa.Column('contact_id', MANY),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_form_answer'),
        sa.UniqueConstraint('call', 'question', name='uq_form_answer_call_question'),
    )
    op.create_index('ix_form_answer_contact_id', 'form_answer', ['contact_id'])
    op.create_table(
        'call_note',
        sa.Column('call', sa.String(length=150), nullable=False),
        sa.Column('agent', sa.String(length=200), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('e164', sa.String(length=16)),
        sa.Column('contact_id', MANY),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('result', sa.String(length=32), nullable=False),
        sa.Column('note', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('call', 'agent', name='pk_call_note'),
    )
    op.create_index('ix_call_note_e164', 'call_note', ['e164', 'at'])
    op.create_index('ix_call_note_agent', 'call_note', ['agent', 'at'])


def downgrade() -> None:
    op.drop_table('call_note')
    op.drop_table('form_answer')
    op.drop_table('draft')
