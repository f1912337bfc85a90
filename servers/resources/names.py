"""The resource `pulse://names`: what teams, services, repositories, projects and epics are called here."""

import json
from typing import Any

from fastmcp.resources import resource
from sqlalchemy import func, select

from servers.context import INSTALLATION, Pulse
from servers.metrics.names import Names, load_names
from store.tables.raw import checkpoint


@resource("pulse://names", mime_type="application/json")
async def names(pulse: Pulse = INSTALLATION) -> str:
    """Names that filters accept."""
    async with pulse.db.connect() as connection:
        known = await load_names(connection)
        since = await connection.scalar(select(func.min(checkpoint.c.covered_from_at)))
    return json.dumps(document(known) | {"synced_from": since.date().isoformat() if since else None}, ensure_ascii=False)


def document(known: Names) -> dict[str, Any]:
    """The names as JSON values, one list a kind."""
    owners = {project: team.key for team in known.of_kind("team") for project in team.related}
    return {
        "teams": [{"key": team.key, "name": team.name, "projects": list(team.related)} for team in known.of_kind("team")],
        "services": [{"key": service.key, "team": service.parent} for service in known.of_kind("service")],
        "repos": [repo.key for repo in known.of_kind("repo")],
        "projects": [{"key": project.key, "team": owners.get(project.key)} for project in known.of_kind("project")],
        "epics": [{"key": epic.key, "title": epic.name, "project": epic.parent} for epic in known.of_kind("epic")],
    }
