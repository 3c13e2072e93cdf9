"""What a load will change of contacts that are there, until it is shown."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

MANY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'contact_update',
        sa.Column('load_id', sa.Integer(), nullable=False),
        sa.Column('contact_id', MANY, autoincrement=False, nullable=False),
        sa.Column('line', sa.Integer(), nullable=True),
        sa.Column('reference', sa.String(length=200), nullable=True),
        sa.Column('name', sa.String(length=200), nullable=True),
        sa.Column('custom', sa.JSON(), nullable=True),
        sa.Column('consent', sa.String(length=32), nullable=True),
        sa.Column('consent_proof', sa.String(length=200), nullable=True),
        sa.Column('consent_at', MOMENT, nullable=True),
        sa.Column('says_no', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ['load_id'], ['list_import.id'], name='fk_contact_update_load_id'
        ),
        sa.PrimaryKeyConstraint('load_id', 'contact_id', name='pk_contact_update'),
    )
    op.create_table(
        'number_update',
        sa.Column('load_id', sa.Integer(), nullable=False),
        sa.Column('e164', sa.String(length=16), nullable=False),
        sa.Column('contact_id', MANY, nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('country', sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(['load_id'], ['list_import.id'], name='fk_number_update_load_id'),
        sa.PrimaryKeyConstraint('load_id', 'e164', name='pk_number_update'),
    )
    op.create_index('ix_number_update_contact_id', 'number_update', ['load_id', 'contact_id'])


def downgrade() -> None:
    op.drop_table('number_update')
    op.drop_table('contact_update')
