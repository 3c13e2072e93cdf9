"""PostgreSQL: no look at the campaign for each row that names it, and claimed contacts swept up."""

from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

REPEATING = ('contact', 'contact_number', 'attempt', 'appointment')

# A claim leaves dead entries at the head of the indexes by which the next one reads. By itself a
# table of ten million contacts is swept up after two million of them.
SWEEP = 'ALTER TABLE contact SET (autovacuum_vacuum_scale_factor = 0.01)'
AS_BEFORE = 'ALTER TABLE contact RESET (autovacuum_vacuum_scale_factor)'


def upgrade() -> None:
    if op.get_bind().dialect.name != 'postgresql':
        return
    for table in REPEATING:
        op.drop_constraint(f'fk_{table}_campaign_id', table, type_='foreignkey')
    op.execute(SWEEP)


def downgrade() -> None:
    if op.get_bind().dialect.name != 'postgresql':
        return
    for table in REPEATING:
        op.create_foreign_key(
            f'fk_{table}_campaign_id', table, 'campaign', ['campaign_id'], ['id']
        )
    op.execute(AS_BEFORE)
