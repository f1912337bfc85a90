"""Keep how each repository, project or site last compared with its source; instant on any size."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "proof",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compared_by", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer()) for name in ("compared", "missing", "different", "ghosts", "moved")),
        sa.PrimaryKeyConstraint("site", "entity", "scope", name="pk_proof"),
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_table("proof")
