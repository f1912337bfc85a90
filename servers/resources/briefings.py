"""The resource `briefing://{id}`: a briefing as it was made."""

import json

from fastmcp.resources import resource
from sqlalchemy import select

from servers.context import INSTALLATION, Pulse
from store.errors import NotFound
from store.tables.operations import briefing as table


@resource("briefing://{id}", mime_type="application/json")
async def briefing(id: str, pulse: Pulse = INSTALLATION) -> str:  # noqa: A002  (the address's public name)
    """What stood out, and what was checked."""
    async with pulse.db.connect() as connection:
        found = await connection.scalar(select(table.c.document).where(table.c.id == id))
    if found is None:
        raise NotFound(f"There is no briefing {id!r}.")
    return json.dumps(found, ensure_ascii=False)
