"""Keep what people decide about proposed mappings of accounts and teams; instant on any size."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
SEEN = {"insert": "new table as new_rows", "update": "old table as old_rows new table as new_rows", "delete": "old table as old_rows"}


def upgrade() -> None:
    """Add the table; a decision has all facts derived anew, since it may change whose every row is."""
    op.create_table(
        "mapping_decision",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("evidence", postgresql.JSONB()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Text()),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_mapping_decision"),
    )
    op.create_index("ix_mapping_decision_kind_subject", "mapping_decision", ["kind", "subject"])
    for event, rows in SEEN.items():
        op.execute(
            f"""create trigger note_{event} after {event} on mapping_decision referencing {rows} for each statement
            when (current_setting('pulse.deriving', true) is distinct from 'on') execute function note_touched('all', '''mapping''', 'null', '')"""
        )


def downgrade() -> None:
    """Undo it."""
    op.drop_table("mapping_decision")
