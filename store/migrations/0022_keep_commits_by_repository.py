"""Let the raw record of a commit be kept for each repository that has it: of a fork and its origin only one had theirs. The next sync reads them again."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Rows of commits stay; what was kept raw goes by other ids from now on."""
    forget()


def downgrade() -> None:
    """The same the other way round."""
    forget()


def forget() -> None:
    """Drop what was kept raw of commits and how far they were read."""
    for table in ("raw_record", "checkpoint"):
        op.execute(f"delete from {table} where entity = 'github.commits'")
