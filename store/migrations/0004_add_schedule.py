"""Keep each source's schedule, whether somebody paused it, and which failures need a person; instant on any size."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "schedule",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text()),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("hinted_at", sa.DateTime(timezone=True)),
        sa.Column("changed_by", sa.Text()),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("source", name="pk_schedule"),
    )
    op.add_column("sync_run", sa.Column("failure", sa.Text()))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("sync_run", "failure")
    op.drop_table("schedule")
