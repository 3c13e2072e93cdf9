"""Work orders and complaints, and what was done to them."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

# Empty while nobody owes anything, nobody chases, nothing is promised.
PARTIAL = ('due_at', 'chase_at', 'promise_contact')


def upgrade() -> None:
    many = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    moment = sa.DateTime(timezone=True)
    name, word = sa.String(length=200), sa.String(length=32)
    op.create_table(
        'work_order',
        sa.Column('id', many, nullable=False),
        sa.Column('number', sa.String(length=12), nullable=False),
        sa.Column('kind', word, nullable=False),
        sa.Column('complaint', sa.Boolean(), nullable=False),
        sa.Column('subject', name, nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('e164', sa.String(length=16), nullable=False),
        sa.Column('name', name, nullable=False),
        sa.Column('call', name, nullable=False),
        sa.Column('voicemail', name, nullable=False),
        sa.Column('contact_id', many),
        sa.Column('opened_by', word, nullable=False),
        sa.Column('opened_at', moment, nullable=False),
        sa.Column('business_group', name, nullable=False),
        sa.Column('owner', name, nullable=False),
        sa.Column('in_scope', sa.Boolean(), nullable=False),
        sa.Column('referred_to', name, nullable=False),
        sa.Column('state', word, nullable=False),
        sa.Column('level', word, nullable=False),
        sa.Column('since', moment, nullable=False),
        sa.Column('investigate_by', moment, nullable=False),
        sa.Column('solve_by', moment, nullable=False),
        sa.Column('stage_by', moment),
        sa.Column('due_at', moment),
        sa.Column('investigated_at', moment),
        sa.Column('solved_at', moment),
        sa.Column('closed_at', moment),
        sa.Column('promised_at', moment),
        sa.Column('promised_until', moment),
        sa.Column('promise_made_at', moment),
        sa.Column('promise_contact', many),
        sa.Column('chased_at', moment),
        sa.Column('chase_at', moment),
        sa.Column('rejections', sa.Integer(), nullable=False),
        sa.Column('reopened', sa.Integer(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_work_order'),
        sa.UniqueConstraint('number', name='uq_work_order_number'),
    )
    for column in ('e164', 'opened_at', 'owner'):
        op.create_index(f'ix_work_order_{column}', 'work_order', [column])
    for column in PARTIAL:
        set_ = sa.text(f'{column} IS NOT NULL')
        op.create_index(
            f'ix_work_order_{column}',
            'work_order',
            [column],
            sqlite_where=set_,
            postgresql_where=set_,
        )
    op.create_table(
        'work_order_event',
        sa.Column('order_id', many, nullable=False),
        sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('at', moment, nullable=False),
        sa.Column('who', name, nullable=False),
        sa.Column('act', word, nullable=False),
        sa.Column('before', word),
        sa.Column('after', word, nullable=False),
        sa.Column('owner', name, nullable=False),
        sa.Column('level', word, nullable=False),
        sa.Column('note', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ['order_id'], ['work_order.id'], name='fk_work_order_event_order_id'
        ),
        sa.PrimaryKeyConstraint('order_id', 'version', name='pk_work_order_event'),
    )


def downgrade() -> None:
    op.drop_table('work_order_event')
    op.drop_table('work_order')
