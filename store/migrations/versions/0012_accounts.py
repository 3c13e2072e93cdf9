"""Accounts, the sessions of their browsers, tokens of programs, and links that sign in once."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'account',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('full_name', sa.String(length=200), nullable=False),
        sa.Column('role', sa.String(length=32), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('agent', sa.String(length=200)),
        sa.Column('password', sa.String(length=300)),
        sa.Column('language', sa.String(length=32)),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['agent'], ['agent.login'], name='fk_account_agent'),
        sa.PrimaryKeyConstraint('id', name='pk_account'),
        sa.UniqueConstraint('name', name='uq_account_name'),
        sa.UniqueConstraint('agent', name='uq_account_agent'),
    )
    op.create_table(
        'web_session',
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('number', sa.String(length=32), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('address', sa.String(length=200), nullable=False),
        sa.Column('browser', sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_web_session_account_id'),
        sa.PrimaryKeyConstraint('hash', name='pk_web_session'),
        sa.UniqueConstraint('number', name='uq_web_session_number'),
    )
    op.create_index('ix_web_session_account_id', 'web_session', ['account_id'])
    op.create_index('ix_web_session_ends_at', 'web_session', ['ends_at'])
    op.create_table(
        'api_token',
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('scopes', sa.Text(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True)),
        sa.Column('used_at', sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_api_token_account_id'),
        sa.PrimaryKeyConstraint('hash', name='pk_api_token'),
        sa.UniqueConstraint('account_id', 'name', name='uq_api_token_account_id_name'),
    )
    op.create_table(
        'sign_in_link',
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_sign_in_link_account_id'),
        sa.PrimaryKeyConstraint('hash', name='pk_sign_in_link'),
    )
    op.create_index('ix_sign_in_link_account_id', 'sign_in_link', ['account_id'])


def downgrade() -> None:
    op.drop_table('sign_in_link')
    op.drop_table('api_token')
    op.drop_table('web_session')
    op.drop_table('account')
