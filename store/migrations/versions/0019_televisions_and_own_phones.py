"""Browsers that may only watch, for long; and the phone that an account listens by."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('account', sa.Column('phone', sa.String(length=32)))
    op.add_column('sign_in_link', sa.Column('screen', sa.String(length=200)))
    op.add_column(
        'api_token',
        sa.Column('screen', sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    # To what was before, a television's link would sign a person in, and its token be a program's.
    op.execute('DELETE FROM sign_in_link WHERE screen IS NOT NULL')
    op.execute('DELETE FROM api_token WHERE screen')
    op.drop_column('api_token', 'screen')
    op.drop_column('sign_in_link', 'screen')
    op.drop_column('account', 'phone')
