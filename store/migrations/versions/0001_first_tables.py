"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

# A list of millions each night passes two thousand million within a year. (On SQLite every
# integer is as long as it must be.)
MANY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('agent',
    sa.Column('login', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('slot', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('login', name=op.f('pk_agent')),
    sa.UniqueConstraint('slot', name=op.f('uq_agent_slot'))
    )
    op.create_table('campaign',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('definition', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign')),
    sa.UniqueConstraint('name', name=op.f('uq_campaign_name'))
    )
    op.create_table('engine',
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_engine'))
    )
    op.create_table('agent_queue',
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.Column('queue', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agent'], ['agent.login'], name=op.f('fk_agent_queue_agent')),
    sa.PrimaryKeyConstraint('agent', 'queue', name=op.f('pk_agent_queue'))
    )
    op.create_table('contact',
    sa.Column('id', MANY, nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('custom', sa.JSON(), nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_contact_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact'))
    )
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.create_index('ix_contact_due', ['campaign_id', 'state', 'next_attempt_at'], unique=False)
        batch_op.create_index('ix_contact_reference', ['campaign_id', 'reference'], unique=False)

    op.create_table('do_not_call',
    sa.Column('id', MANY, nullable=False),
    sa.Column('e164', sa.String(length=16), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=True),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_do_not_call_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_do_not_call'))
    )
    with op.batch_alter_table('do_not_call', schema=None) as batch_op:
        batch_op.create_index('uq_do_not_call_campaign', ['e164', 'campaign_id'], unique=True, sqlite_where=sa.text('campaign_id IS NOT NULL'), postgresql_where=sa.text('campaign_id IS NOT NULL'))
        batch_op.create_index('uq_do_not_call_everywhere', ['e164'], unique=True, sqlite_where=sa.text('campaign_id IS NULL'), postgresql_where=sa.text('campaign_id IS NULL'))

    op.create_table('list_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('rows_read', sa.Integer(), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False),
    sa.Column('duplicates', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_list_import_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_list_import'))
    )
    with op.batch_alter_table('list_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_list_import_campaign_id'), ['campaign_id'], unique=False)

    op.create_table('contact_number',
    sa.Column('id', MANY, nullable=False),
    sa.Column('contact_id', MANY, nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('e164', sa.String(length=16), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('retired', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_contact_number_campaign_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_contact_number_contact_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_number')),
    sa.UniqueConstraint('campaign_id', 'e164', name=op.f('uq_contact_number_campaign_id_e164'))
    )
    with op.batch_alter_table('contact_number', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_number_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index('ix_contact_number_e164', ['e164'], unique=False)

    op.create_table('attempt',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('engine_id', sa.String(length=200), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', MANY, nullable=False),
    sa.Column('number_id', MANY, nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('bridged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=32), nullable=True),
    sa.Column('disposition', sa.String(length=32), nullable=True),
    sa.Column('counted', sa.Boolean(), nullable=False),
    sa.Column('cause', sa.Integer(), nullable=True),
    sa.Column('tech_cause', sa.String(length=32), nullable=False),
    sa.Column('dial_status', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_attempt_campaign_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_attempt_contact_id')),
    sa.ForeignKeyConstraint(['engine_id'], ['engine.id'], name=op.f('fk_attempt_engine_id')),
    sa.ForeignKeyConstraint(['number_id'], ['contact_number.id'], name=op.f('fk_attempt_number_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index('ix_attempt_campaign_id', ['campaign_id', 'outcome'], unique=False)
        batch_op.create_index('ix_attempt_contact_id', ['contact_id', 'claimed_at'], unique=False)
        batch_op.create_index('ix_attempt_number_id', ['number_id'], unique=False)
        batch_op.create_index('ix_attempt_open', ['engine_id', 'state'], unique=False, sqlite_where=sa.text('outcome IS NULL'), postgresql_where=sa.text('outcome IS NULL'))
        batch_op.create_index('uq_attempt_open_contact', ['contact_id'], unique=True, sqlite_where=sa.text('outcome IS NULL'), postgresql_where=sa.text('outcome IS NULL'))

    op.create_table('appointment',
    sa.Column('id', MANY, nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', MANY, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_by', sa.String(length=26), nullable=True),
    sa.Column('closed', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_appointment_campaign_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_appointment_contact_id')),
    sa.ForeignKeyConstraint(['used_by'], ['attempt.id'], name=op.f('fk_appointment_used_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appointment'))
    )
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_appointment_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index('ix_appointment_open', ['campaign_id', 'at'], unique=False, sqlite_where=sa.text('closed IS NULL'), postgresql_where=sa.text('closed IS NULL'))
        batch_op.create_index('uq_appointment_open_contact', ['contact_id'], unique=True, sqlite_where=sa.text('closed IS NULL'), postgresql_where=sa.text('closed IS NULL'))



def downgrade() -> None:
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.drop_index('uq_appointment_open_contact', sqlite_where=sa.text('closed IS NULL'), postgresql_where=sa.text('closed IS NULL'))
        batch_op.drop_index('ix_appointment_open', sqlite_where=sa.text('closed IS NULL'), postgresql_where=sa.text('closed IS NULL'))
        batch_op.drop_index(batch_op.f('ix_appointment_contact_id'))

    op.drop_table('appointment')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index('uq_attempt_open_contact', sqlite_where=sa.text('outcome IS NULL'), postgresql_where=sa.text('outcome IS NULL'))
        batch_op.drop_index('ix_attempt_open', sqlite_where=sa.text('outcome IS NULL'), postgresql_where=sa.text('outcome IS NULL'))
        batch_op.drop_index('ix_attempt_number_id')
        batch_op.drop_index('ix_attempt_contact_id')
        batch_op.drop_index('ix_attempt_campaign_id')

    op.drop_table('attempt')
    with op.batch_alter_table('contact_number', schema=None) as batch_op:
        batch_op.drop_index('ix_contact_number_e164')
        batch_op.drop_index(batch_op.f('ix_contact_number_contact_id'))

    op.drop_table('contact_number')
    with op.batch_alter_table('list_import', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_list_import_campaign_id'))

    op.drop_table('list_import')
    with op.batch_alter_table('do_not_call', schema=None) as batch_op:
        batch_op.drop_index('uq_do_not_call_everywhere', sqlite_where=sa.text('campaign_id IS NULL'), postgresql_where=sa.text('campaign_id IS NULL'))
        batch_op.drop_index('uq_do_not_call_campaign', sqlite_where=sa.text('campaign_id IS NOT NULL'), postgresql_where=sa.text('campaign_id IS NOT NULL'))

    op.drop_table('do_not_call')
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.drop_index('ix_contact_reference')
        batch_op.drop_index('ix_contact_due')

    op.drop_table('contact')
    op.drop_table('agent_queue')
    op.drop_table('engine')
    op.drop_table('campaign')
    op.drop_table('agent')
