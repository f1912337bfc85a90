"""Name the version of the facts, so that answers may be remembered until the next refresh; instant on any size."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """An empty column; until the next refresh nothing is remembered."""
    op.add_column("derivation_state", sa.Column("version", sa.Text()))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("derivation_state", "version")
