"""Add epics, their items and milestones as facts, which fill with the next refresh; the index takes seconds on a million issues."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
SEEN = {"insert": "new table as new_rows", "update": "old table as old_rows new table as new_rows", "delete": "old table as old_rows"}
COMPARED = "id, kind, name, project_id, original_target_at, target_at, done_at, cancelled, url"
PLACE = ("key", "title", "url", "project", "team", "initiative", "work_class")


def upgrade() -> None:
    """Three empty tables, the items of an epic found by its key, and a note when a release changes."""
    begun = ("created_at", "begun_at", "baseline_at", "done_at", "cancelled_at", "original_target_at", "target_at")
    _create("fact_epic", PLACE, begun, _cancelled(), sa.Column("cod_per_week", sa.Float()))
    epic_id, points = sa.Column("epic_id", sa.Text(), nullable=False), sa.Column("points", sa.Float())
    _create("fact_epic_item", ("epic", "item_team", *PLACE), ("joined_at", "left_at", "done_at"), epic_id, points)
    _create("fact_milestone", ("kind", "epic", *PLACE), ("original_target_at", "target_at", "done_at"), _cancelled())
    for table, column in (
        ("epic", "key"),
        ("epic_item", "epic_id"),
        ("epic_item", "joined_at"),
        ("milestone", "original_target_at"),
        ("issue", "epic"),
    ):
        op.create_index(f"ix_fact_{table}_{column}", f"fact_{table}", [column])
    for event, seen in SEEN.items():
        op.execute(
            f"create trigger note_all_{event} after {event} on milestone referencing {seen} for each statement "
            "when (current_setting('pulse.deriving', true) is distinct from 'on') "
            f"execute function note_touched('all', '''milestone''', 'null', '{COMPARED}')"
        )
    op.execute("insert into touched (kind, key) values ('all', 'epics')")


def _create(name: str, words: Sequence[str], instants: Sequence[str], *others: sa.Column[Any]) -> None:
    columns: list[sa.Column[Any]] = [sa.Column(column, sa.Text()) for column in words]
    columns += [sa.Column(column, sa.DateTime(timezone=True)) for column in instants]
    op.create_table(name, sa.Column("id", sa.Text(), nullable=False), *columns, *others, sa.PrimaryKeyConstraint("id", name=f"pk_{name}"))


def _cancelled() -> sa.Column[Any]:
    return sa.Column("cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False)


def downgrade() -> None:
    """Drop them; a refresh makes them again."""
    for event in SEEN:
        op.execute(f"drop trigger note_all_{event} on milestone")
    op.drop_index("ix_fact_issue_epic", "fact_issue")
    for name in ("fact_milestone", "fact_epic_item", "fact_epic"):
        op.drop_table(name)
