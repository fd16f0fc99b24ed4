"""What tells a database from others; sizes of documents over 2 GiB."""

import sqlalchemy as sa
from alembic import op

from storage.vocabulary import new_id

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make it."""
    identity = op.create_table("identity", sa.Column("id", sa.String(36), nullable=False),
                               sa.PrimaryKeyConstraint("id", name="pk_identity"))
    op.bulk_insert(identity, [{"id": new_id()}])
    if op.get_bind().dialect.name == "postgresql":          # SQLite's integers are as long as they need to be
        op.alter_column("job", "input_size", type_=sa.BigInteger(), existing_nullable=False)
