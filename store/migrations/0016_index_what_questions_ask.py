"""Index what questions ask and no index found, and drop one that nothing asks any more."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

INDEXES: tuple[tuple[str, str, list[str], str | None, list[str]], ...] = (
    # open failures beside recovery time: few deployments fail, and all were read
    ("fact_deployment", "failed", ["finished_at"], "failed", []),
    # pr_risk: which files were repaired lately; hotfixes and reverts are few
    ("fact_change", "hotfix", ["pr_id"], "kind = 'hotfix'", []),
    ("fact_pull_request", "revert", ["merged_at"], "is_revert", []),
    # pr_abandon_rate goes by whichever came, the merge or the end without one
    ("fact_pull_request", "ended", ["coalesce(merged_at, closed_at)"], None, []),
    # reopen_rate
    ("fact_issue", "first_done_at", ["first_done_at"], None, []),
    # net_flow
    ("fact_issue", "cancelled", ["cancelled_at"], "cancelled", []),
    # wip and work_item_age: what stands at an instant is what has not ended by then
    (
        "fact_issue_state",
        "standing",
        ["coalesce(to_at, 'infinity'::timestamptz)"],
        "category <> 'done'",
        ["to_at", "from_at", "issue_id", "category"],
    ),
    # effort: spans of work that reach into the window, and which of their issues are sub-tasks
    ("work_interval", "to_at", ["to_at"], None, []),
    ("issue", "subtask", ["id"], "level = 'subtask'", ["parent_id"]),
)


def upgrade() -> None:
    """Add them, and drop the one by category and beginning, which grows with all history before the instant that is asked for."""
    for table, name, parts, where, more in INDEXES:
        op.create_index(
            f"ix_{table}_{name}",
            table,
            [sa.text(part) for part in parts],
            postgresql_where=sa.text(where) if where else None,
            postgresql_include=more,
        )
    op.drop_index("ix_fact_issue_state_category_from_at", "fact_issue_state")


def downgrade() -> None:
    """Undo it."""
    op.create_index("ix_fact_issue_state_category_from_at", "fact_issue_state", ["category", "from_at"])
    for table, name, *_ in INDEXES:
        op.drop_index(f"ix_{table}_{name}", table)
