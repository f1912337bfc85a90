"""Say how surely incidents are laid to deployments; instant on any size, filled by the next refresh of the facts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Rules and confidence of links, and the time between deployments and incidents."""
    op.add_column("fact_deployment", sa.Column("surely_linked", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("fact_deployment", sa.Column("gap_hours", sa.Float(), nullable=True))
    op.add_column("fact_incident", sa.Column("link_rule", sa.Text(), nullable=True))
    op.add_column("fact_incident", sa.Column("link_confidence", sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("fact_incident", "link_confidence")
    op.drop_column("fact_incident", "link_rule")
    op.drop_column("fact_deployment", "gap_hours")
    op.drop_column("fact_deployment", "surely_linked")
