"""Which engine has a caller on the line, so that no other calls them meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('inbound_call', sa.Column('engine', sa.String(length=200)))


def downgrade() -> None:
    op.drop_column('inbound_call', 'engine')
