"""Find the pull requests of a repository by branch and by the time they were merged; a minute on a million of them."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """A refresh of the facts asks for both; nobody asks for the time alone."""
    op.create_index("ix_pull_request_repo_id_head_ref", "pull_request", ["repo_id", "head_ref"])
    op.create_index("ix_pull_request_repo_id_merged_at", "pull_request", ["repo_id", "merged_at"])
    op.drop_index("ix_pull_request_merged_at", "pull_request")


def downgrade() -> None:
    """Undo it."""
    op.create_index("ix_pull_request_merged_at", "pull_request", ["merged_at"])
    op.drop_index("ix_pull_request_repo_id_merged_at", "pull_request")
    op.drop_index("ix_pull_request_repo_id_head_ref", "pull_request")
