"""Keep what facts were before each change, for answers as of a past day; instant on any size, filled from the next refresh on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the history of the facts."""
    op.create_table(
        "fact_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB()),
        sa.PrimaryKeyConstraint("id", name="pk_fact_revision"),
    )
    op.create_index("ix_fact_revision_fact_id", "fact_revision", ["fact", "id"])
    op.create_index("ix_fact_revision_at", "fact_revision", ["at"])


def downgrade() -> None:
    """Undo it; past answers are then told as known now."""
    op.drop_table("fact_revision")
