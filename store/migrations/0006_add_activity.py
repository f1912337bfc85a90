"""Add what people did in the code, and the lines of a pull request that touch fresh code; both are derived, so instant on any size."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """An empty table and an empty column; the next refresh fills them."""
    op.add_column("fact_pull_request", sa.Column("early_lines", sa.Integer()))
    op.create_table(
        "fact_activity",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("pr_id", sa.Text()),
        sa.Column("number", sa.Integer()),
        sa.Column("repo", sa.Text()),
        sa.Column("service", sa.Text()),
        sa.Column("team", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("off_hours", sa.Boolean()),
        sa.Column("title", sa.Text()),
        sa.Column("url", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_fact_activity"),
    )
    op.create_index("ix_fact_activity_kind_at", "fact_activity", ["kind", "at"])


def downgrade() -> None:
    """Undo it."""
    op.drop_table("fact_activity")
    op.drop_column("fact_pull_request", "early_lines")
