"""Add the sprint ledger: sprints and the items of their sets. Both are derived, so they fill with the next refresh; instant on any size."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Two empty tables."""
    op.create_table(
        "fact_sprint",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("board", sa.Text()),
        sa.Column("team", sa.Text()),
        sa.Column("project", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text()),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("planned_end_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_fact_sprint"),
    )
    op.create_index("ix_fact_sprint_completed_at", "fact_sprint", ["completed_at"])
    op.create_index("ix_fact_sprint_team_completed_at", "fact_sprint", ["team", "completed_at"])
    op.create_table(
        "fact_sprint_issue",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sprint_id", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.Text(), nullable=False),
        sa.Column("sprint", sa.Text()),
        sa.Column("board", sa.Text()),
        sa.Column("team", sa.Text()),
        sa.Column("project", sa.Text()),
        sa.Column("state", sa.Text()),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("key", sa.Text()),
        sa.Column("title", sa.Text()),
        sa.Column("url", sa.Text()),
        sa.Column("issue_type", sa.Text()),
        sa.Column("work_class", sa.Text()),
        sa.Column("epic", sa.Text()),
        sa.Column("committed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("added", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("done", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("spilled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("start_points", sa.Float()),
        sa.Column("end_points", sa.Float()),
        sa.Column("carried", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_fact_sprint_issue"),
    )
    op.create_index("ix_fact_sprint_issue_completed_at", "fact_sprint_issue", ["completed_at"])
    op.create_index("ix_fact_sprint_issue_issue_id", "fact_sprint_issue", ["issue_id"])
    op.create_index("ix_fact_sprint_issue_sprint_id", "fact_sprint_issue", ["sprint_id"])


def downgrade() -> None:
    """Drop them; a refresh makes them again."""
    op.drop_table("fact_sprint_issue")
    op.drop_table("fact_sprint")
