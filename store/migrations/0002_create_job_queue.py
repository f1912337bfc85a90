"""Create the job queue of Procrastinate in its own schema."""

from typing import Any, cast

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the schema that the library ships; its names are unqualified, so the search path decides where they land."""
    op.execute("create schema if not exists jobs")
    op.execute("set local search_path to jobs")
    _run_script(SchemaManager.get_schema())
    op.execute("set local search_path to public")


def downgrade() -> None:
    """Undo it: queued jobs are lost, finished work is not."""
    op.execute("drop schema jobs cascade")


def _run_script(script: str) -> None:
    """Many statements at once, which only the driver's simple protocol takes."""

    async def send(driver: Any) -> None:
        await driver.execute(script)

    cast("Any", op.get_bind().connection.dbapi_connection).run_async(send)
