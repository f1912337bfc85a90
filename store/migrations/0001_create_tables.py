"""Create the tables of the first release, from the SQL beside this file."""

import re
from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SCRIPT = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Run the script, statement by statement."""
    for statement in SCRIPT.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drop every table of the script: all that was synced is lost."""
    for table in re.findall(r'^CREATE TABLE "?(\w+)"?', SCRIPT.read_text(encoding="utf-8"), re.MULTILINE):
        op.execute(f'drop table if exists "{table}" cascade')
