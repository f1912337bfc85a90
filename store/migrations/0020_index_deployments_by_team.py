"""Find the deployments of one team: half a year of one read those of all teams; instant on any size."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """By team and the time they ended, as the index by service is."""
    op.create_index("ix_fact_deployment_owner_team_finished_at", "fact_deployment", ["owner_team", "finished_at"])


def downgrade() -> None:
    """Undo it."""
    op.drop_index("ix_fact_deployment_owner_team_finished_at", "fact_deployment")
