"""Lists, the pools that claims read, counts that are kept, do-not-call patterns, the ledger."""

from dataclasses import asdict
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from phonenumbers import NumberParseException, parse, region_code_for_number

from campaigns.ledger import Head, follow, opening
from store import schema
from store.migrations import triggers

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

READY = sa.text('rank IS NOT NULL')
WAITING = sa.text('next_attempt_at IS NOT NULL AND rank IS NULL')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'call_list',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('campaign_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('share', sa.Integer(), nullable=True),
        sa.Column('credit', sa.Integer(), nullable=False, server_default='0'),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name='fk_call_list_campaign_id'),
        sa.PrimaryKeyConstraint('id', name='pk_call_list'),
        sa.UniqueConstraint('campaign_id', 'name', name='uq_call_list_campaign_id_name'),
    )
    with op.batch_alter_table('list_import') as batch:
        batch.add_column(sa.Column('list_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('alive_at', MOMENT, nullable=True))
        batch.create_foreign_key('fk_list_import_list_id', 'call_list', ['list_id'], ['id'])
    op.create_table(
        'pool',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('campaign_id', sa.Integer(), nullable=False),
        sa.Column('list_id', sa.Integer(), nullable=False),
        sa.Column('load_id', sa.Integer(), nullable=True),
        sa.Column('priority', sa.Integer(), nullable=False),
        sa.Column('zone', sa.String(length=64), nullable=True),
        sa.Column('zones', sa.Text(), nullable=False),
        sa.Column('countries', sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name='fk_pool_campaign_id'),
        sa.ForeignKeyConstraint(['list_id'], ['call_list.id'], name='fk_pool_list_id'),
        sa.ForeignKeyConstraint(['load_id'], ['list_import.id'], name='fk_pool_load_id'),
        sa.PrimaryKeyConstraint('id', name='pk_pool'),
    )
    op.create_index('ix_pool_campaign_id', 'pool', ['campaign_id'])
    op.create_index('ix_pool_list_id', 'pool', ['list_id'])
    _widen_contact()
    op.create_table(
        'tally',
        sa.Column('pool_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('standing', sa.String(length=32), nullable=False),
        sa.Column('shard', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('n', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['pool_id'], ['pool.id'], name='fk_tally_pool_id'),
        sa.PrimaryKeyConstraint('pool_id', 'state', 'standing', 'shard', name='pk_tally'),
    )
    op.add_column(
        'contact_number',
        sa.Column('country', sa.String(length=2), nullable=False, server_default=''),
    )
    _index_numbers_once()
    op.add_column('appointment', sa.Column('agent', sa.String(length=200), nullable=True))
    op.add_column('do_not_call', sa.Column('expires_at', MOMENT, nullable=True))
    op.create_table(
        'do_not_call_pattern',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('pattern', sa.String(length=32), nullable=False),
        sa.Column('campaign_id', sa.Integer(), nullable=True),
        sa.Column('source', sa.String(length=200), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('added_at', MOMENT, nullable=False),
        sa.Column('expires_at', MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ['campaign_id'], ['campaign.id'], name='fk_do_not_call_pattern_campaign_id'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_do_not_call_pattern'),
    )
    op.create_table(
        'ledger',
        sa.Column('chain', sa.String(length=200), nullable=False),
        sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('subject', sa.String(length=200), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('previous', sa.String(length=64), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('chain', 'seq', name='pk_ledger'),
    )
    op.create_index('ix_ledger_subject', 'ledger', ['subject'])
    _name_countries()
    _put_into_pools()
    _open_ledger()
    _start_triggers()


def _open_ledger() -> None:
    """The first entry of all: how many calls were placed while no ledger was kept."""
    connection = op.get_bind()
    placed = connection.scalar(sa.text('SELECT count(*) FROM attempt WHERE sent_at IS NOT NULL'))
    entry = follow(Head(), opening(int(placed or 0), datetime.now(UTC)))
    connection.execute(schema.ledger.insert(), [asdict(entry)])


def _widen_contact() -> None:
    length, name = sa.String(length=32), sa.String(length=200)
    if op.get_bind().dialect.name == 'sqlite':
        # A plain addition: Alembic's way would copy the table, and what points to it forbids that.
        op.execute('ALTER TABLE contact ADD COLUMN pool_id INTEGER REFERENCES pool (id)')
    else:
        op.add_column('contact', sa.Column('pool_id', sa.Integer(), nullable=True))
        op.create_foreign_key('fk_contact_pool_id', 'contact', 'pool', ['pool_id'], ['id'])
    op.add_column('contact', sa.Column('line', sa.Integer(), nullable=True))
    op.add_column('contact', sa.Column('standing', length, nullable=False, server_default=''))
    op.add_column('contact', sa.Column('rank', sa.BigInteger(), nullable=True))
    op.add_column('contact', sa.Column('consent', length, nullable=True))
    op.add_column('contact', sa.Column('consent_proof', name, nullable=True))
    op.add_column('contact', sa.Column('consent_at', MOMENT, nullable=True))
    op.drop_index('ix_contact_due', table_name='contact')
    op.create_index(
        'ix_contact_ready',
        'contact',
        ['pool_id', 'rank'],
        sqlite_where=READY,
        postgresql_where=READY,
    )
    op.create_index(
        'ix_contact_waiting',
        'contact',
        ['campaign_id', 'next_attempt_at'],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


# As `contact_number` is after this revision.
NUMBERS = """
CREATE TABLE contact_number (
    id INTEGER NOT NULL,
    contact_id INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL,
    e164 VARCHAR(16) NOT NULL,
    position INTEGER NOT NULL,
    kind VARCHAR(32) NOT NULL,
    retired VARCHAR(32),
    country VARCHAR(2) DEFAULT '' NOT NULL,
    CONSTRAINT pk_contact_number PRIMARY KEY (id),
    CONSTRAINT fk_contact_number_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id),
    CONSTRAINT fk_contact_number_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id),
    CONSTRAINT uq_contact_number_e164_campaign_id UNIQUE (e164, campaign_id)
)
"""


def _index_numbers_once() -> None:
    """One index serves the number alone and the number in its campaign."""
    if op.get_bind().dialect.name != 'sqlite':
        op.drop_constraint('uq_contact_number_campaign_id_e164', 'contact_number')
        op.drop_index('ix_contact_number_e164', table_name='contact_number')
        op.create_unique_constraint(
            'uq_contact_number_e164_campaign_id', 'contact_number', ['e164', 'campaign_id']
        )
        return
    # A constraint can only go with its table. Attempts point to it: what they miss when it goes
    # is there again at the commit, and is looked at only then.
    op.execute('PRAGMA defer_foreign_keys = ON')
    op.execute('CREATE TEMP TABLE kept_number AS SELECT * FROM contact_number ORDER BY id')
    op.execute('DROP TABLE contact_number')
    op.execute(NUMBERS)
    op.execute('INSERT INTO contact_number SELECT * FROM kept_number ORDER BY id')
    op.execute('DROP TABLE kept_number')
    op.create_index('ix_contact_number_contact_id', 'contact_number', ['contact_id'])


def _name_countries() -> None:
    """The country of each number on file; the commonest here without asking the library."""
    connection = op.get_bind()
    known = {'+86': 'CN', '+886': 'TW', '+852': 'HK', '+853': 'MO'}
    for prefix, country in known.items():
        connection.execute(
            sa.text('UPDATE contact_number SET country = :country WHERE e164 LIKE :prefix'),
            {'country': country, 'prefix': f'{prefix}%'},
        )
    others = connection.execute(
        sa.text("SELECT DISTINCT e164 FROM contact_number WHERE country = ''")
    ).scalars()
    for e164 in list(others):
        try:
            country = region_code_for_number(parse(e164)) or ''
        except NumberParseException:
            continue
        connection.execute(
            sa.text('UPDATE contact_number SET country = :country WHERE e164 = :e164'),
            # 001 and the like stand for no country.
            {'country': country if country.isalpha() else '', 'e164': e164},
        )


def _put_into_pools() -> None:
    """One list for all that a campaign has; who waits is looked at again when due."""
    connection = op.get_bind()
    campaigns = connection.execute(
        sa.text('SELECT id, created_at FROM campaign WHERE id IN (SELECT campaign_id FROM contact)')
    )
    for campaign in list(campaigns):
        given = {'campaign': campaign.id, 'at': campaign.created_at}
        connection.execute(
            sa.text(
                'INSERT INTO call_list (campaign_id, name, state, created_at) '
                "VALUES (:campaign, 'list', 'active', :at)"
            ),
            given,
        )
        connection.execute(
            sa.text(
                'INSERT INTO pool (campaign_id, list_id, priority, zone, zones, countries) '
                "SELECT DISTINCT c.campaign_id, l.id, 5, c.zone, '', '' "
                'FROM contact c JOIN call_list l ON l.campaign_id = c.campaign_id '
                'WHERE c.campaign_id = :campaign'
            ),
            given,
        )
        connection.execute(
            sa.text('UPDATE list_import SET list_id = (SELECT id FROM call_list '
                    'WHERE campaign_id = :campaign) WHERE campaign_id = :campaign'),
            given,
        )
    connection.execute(
        sa.text(
            'UPDATE contact SET pool_id = (SELECT p.id FROM pool p '
            "WHERE p.campaign_id = contact.campaign_id AND coalesce(p.zone, '') = "
            "coalesce(contact.zone, '')), standing = CASE "
            "WHEN state <> 'open' THEN '' "
            "WHEN next_attempt_at IS NOT NULL THEN 'delay' "
            'WHEN EXISTS (SELECT 1 FROM attempt a WHERE a.contact_id = contact.id '
            "AND a.outcome IS NULL) THEN 'in_call' ELSE 'no_window' END"
        )
    )
    connection.execute(
        sa.text(
            'INSERT INTO tally (pool_id, state, standing, shard, n) '
            'SELECT pool_id, state, standing, 0, count(*) FROM contact '
            'GROUP BY pool_id, state, standing'
        )
    )


def _start_triggers() -> None:
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    for text in triggers.SQLITE if is_sqlite else triggers.POSTGRESQL:
        op.get_bind().exec_driver_sql(text)


def downgrade() -> None:
    raise NotImplementedError('there is no way back; restore the backup made before the upgrade')
