"""Tell the runs of several connections of one source apart, and remember which webhooks came; instant on any size."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
ACTIVE = sa.text("status in ('queued', 'running')")


def upgrade() -> None:
    """One active run per connection instead of one per source."""
    op.add_column("sync_run", sa.Column("connection", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.drop_index("uq_sync_run_active", table_name="sync_run")
    op.create_index("uq_sync_run_active", "sync_run", ["source", "connection"], unique=True, postgresql_where=ACTIVE)
    op.create_table(
        "webhook_delivery",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("event", sa.Text()),
        sa.Column("hint", postgresql.JSONB()),
        sa.Column("outcome", sa.Text()),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "delivery", name="pk_webhook_delivery"),
    )
    op.create_index("ix_webhook_delivery_received_at", "webhook_delivery", ["received_at"])


def downgrade() -> None:
    """Undo it; runs of further connections must have ended."""
    op.drop_table("webhook_delivery")
    op.drop_index("uq_sync_run_active", table_name="sync_run")
    op.create_index("uq_sync_run_active", "sync_run", ["source"], unique=True, postgresql_where=ACTIVE)
    op.drop_column("sync_run", "connection")
