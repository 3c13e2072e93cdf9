"""What the tables share: lengths, kinds of columns, names of constraints, and their collection.

Owns: those. Must not know any table.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

ATTEMPT_ID_LENGTH = 26
E164_LENGTH = 16
NAME_LENGTH = 200
WORD_LENGTH = 32
HASH_LENGTH = 64
CALL_ID_LENGTH = 150
ORDER_NUMBER_LENGTH = 12
SECRET_HASH_LENGTH = 300

# A list of millions each night passes two thousand million within a year. (On SQLite every
# integer is as long as it must be.)
Many = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
