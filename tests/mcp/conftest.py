"""A small store behind the MCP servers: two repositories, a project, a handful of records."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastmcp import Client
from sqlalchemy import insert

from servers.app import build_all
from servers.context import Pulse, opened
from store.database import Database
from store.settings import Settings
from store.tables import code, facts, people, work

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPO = "acme-shop/payments-api"


def pull(number: int, **members: Any) -> dict[str, Any]:
    """A row of fact_pull_request, created `number` days before NOW."""
    created = NOW - timedelta(days=number)
    base = {
        "id": f"github:pr:{number}",
        "repo": REPO,
        "number": number,
        "title": f"PAY-{number} Change {number}",
        "state": "open",
        "team": "payments",
    }
    return (
        base
        | {"created_at": created, "first_commit_at": created, "size_lines": 10 * number, "labels": [], "author_type": "human"}
        | members
    )


def issue(number: int, **members: Any) -> dict[str, Any]:
    """A row of fact_issue, created `number` days before NOW."""
    base = {
        "id": f"jira:issue:{number}",
        "key": f"PAY-{number}",
        "title": f"Story {number}",
        "project": "PAY",
        "team": "payments",
        "issue_type": "Story",
    }
    defaults = {"priority": "High", "status": "In Progress", "category": "in_progress", "level": "item", "components": [], "labels": []}
    return base | defaults | {"created_at": NOW - timedelta(days=number)} | members


@pytest.fixture
async def stored(db: Database) -> Database:
    """The store with its records."""
    async with db.begin() as connection:
        repos = [
            {"id": f"github:repo:{n}", "site": "github", "full_name": name, "name": name.split("/")[1]}
            for n, name in enumerate([REPO, "acme-shop/docs"])
        ]
        await connection.execute(insert(code.repository), repos)
        await connection.execute(insert(people.team), [{"id": "team:payments", "key": "payments", "name": "Payments", "source": "yaml"}])
        await connection.execute(
            insert(work.project), [{"id": "jira:project:1", "site": "jira", "source": "jira", "key": "PAY", "name": "Payments"}]
        )
        await connection.execute(insert(facts.fact_pull_request), [pull(number) for number in range(1, 41)])
        await connection.execute(insert(facts.fact_issue), [issue(number) for number in range(1, 56)])
    return db


@pytest.fixture
async def client(stored: Database, settings: Settings) -> AsyncIterator[Client[Any]]:
    """A client of all servers, in memory, at NOW."""
    pulse = Pulse(settings.model_copy(update={"pulse_now": NOW}), stored)
    async with Client(build_all(opened(pulse))) as connected:
        yield connected
