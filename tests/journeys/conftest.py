"""A small company written straight into the facts, and everything that answers questions over it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from fastmcp import Client
from sqlalchemy import Table

from agents.ask import Deps
from agents.toolbox import Toolbox
from servers.app import build_all
from servers.context import Pulse, opened
from store.database import Database
from store.settings import Settings
from store.tables.code import repository, service, service_repository
from store.tables.facts import fact_change, fact_deployment, fact_incident, fact_issue, fact_issue_state, fact_pull_request
from store.tables.people import team
from store.tables.raw import checkpoint
from store.tables.work import project
from store.upsert import upsert

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEGIN = datetime(2025, 5, 20, tzinfo=UTC)
TEAMS = {
    "payments": ("payments-api", "PAY"),
    "checkout": ("checkout-web", "CHK"),
    "platform": ("platform-core", "PLT"),
    "mobile": ("mobile-app", "MOB"),
    "data": ("data-pipeline", "DAT"),
}


def lead_hours(name: str, day: datetime, random: Random) -> float:
    """Payments slows down through 2026; the others stay as they are."""
    slower = max(0, day.month - 3) / 3 if name == "payments" and day.year == 2026 else 0
    return random.uniform(10, 40) * (1 + slower)


def places() -> dict[Table, list[dict[str, Any]]]:
    """Teams, services, repositories and projects."""
    return {
        team: [
            {"id": f"team:{t}", "key": t, "name": t.capitalize(), "source": "yaml", "jira_projects": [p]} for t, (_, p) in TEAMS.items()
        ],
        repository: [
            {"id": f"r:{s}", "site": "github", "full_name": f"acme-shop/{s}", "name": s, "owner": "acme-shop", "default_branch": "main"}
            for s, _ in TEAMS.values()
        ],
        service: [
            {"id": f"service:{s}", "key": s, "name": s, "owner_team_id": f"team:{t}", "chosen_source": "github_deployments"}
            for t, (s, _) in TEAMS.items()
        ],
        service_repository: [{"service_id": f"service:{s}", "repo_id": f"r:{s}", "path_prefix": ""} for s, _ in TEAMS.values()],
        project: [{"id": f"p:{p}", "site": "jira", "source": "jira", "key": p, "name": p} for _, p in TEAMS.values()],
    }


def deliveries(t: str) -> dict[Table, list[dict[str, Any]]]:
    """Two changes every other day, each day's deployment carrying both; every twelfth deployment breaks something."""
    random, found = Random(t), {table: [] for table in (fact_change, fact_deployment, fact_pull_request, fact_incident)}
    place = {"service": TEAMS[t][0], "owner_team": t, "repo": f"acme-shop/{TEAMS[t][0]}"}
    for number, day in enumerate(BEGIN + timedelta(days=2 * i) for i in range(270)):
        at, identity = day + timedelta(hours=15), f"{t}:d{number}"
        failed = number % 12 == 5
        found[fact_deployment].append(place | deployment(identity, at, number, failed=failed))
        found[fact_incident] += [incident(identity, t, at, number)] if failed else []
        for k in range(2):
            pr, begun = f"{identity}:{k}", at - timedelta(hours=lead_hours(t, at, random))
            kind = {"team": t, "author_type": "human", "ai_level": "assisted" if (number + k) % 4 == 0 else "none", "size_bucket": "S"}
            kind |= {"base_branch": "main", "labels": [], "number": number * 2 + k, "title": "Add retries"}
            found[fact_change].append(place | kind | change(pr, identity, begun, at))
            found[fact_pull_request].append(place | kind | pull_request(pr, begun, at, lines=random.randint(5, 400), reviewed=k == 0))
    return found


def deployment(identity: str, at: datetime, number: int, *, failed: bool) -> dict[str, Any]:
    """A deployment; the one after a failed one is its hotfix."""
    row = {"id": identity, "service_id": "s", "repo_id": "r", "environment": "production", "source": "github_deployments", "sha": identity}
    row |= {"kind": "hotfix" if number % 12 == 6 else "change", "finished_at": at, "started_at": at, "parts": 1, "pr_count": 2}
    row |= {
        "failed": failed,
        "failed_by": "incident" if failed else None,
        "incidents": int(failed),
        "inferred_links": 0,
        "open_incidents": 0,
    }
    return row | {"recovered_at": at + timedelta(hours=3) if failed else None, "recovery_from_at": at if failed else None}


def incident(identity: str, t: str, at: datetime, number: int) -> dict[str, Any]:
    """What broke: three hours, linked to the deployment."""
    row = {
        "id": f"{identity}:i",
        "team": t,
        "service": TEAMS[t][0],
        "owner_team": t,
        "severity": f"sev{1 + number % 3}",
        "link_deployment_id": identity,
        "link_kind": "explicit",
    }
    return row | {"started_at": at + timedelta(hours=1), "resolved_at": at + timedelta(hours=4), "title": "Checkout down"}


def change(pr: str, identity: str, begun: datetime, at: datetime) -> dict[str, Any]:
    """A change, merged two hours before its deployment."""
    merged = at - timedelta(hours=2)
    row = {"id": f"c:{pr}", "pr_id": pr, "sha": pr, "deployment_id": identity, "environment": "production", "source": "github_deployments"}
    row |= {"kind": "pull_request", "first_commit_at": begun, "last_commit_at": merged, "created_at": begun, "merged_at": merged}
    return row | {"deployed_at": at, "is_first": True}


def pull_request(pr: str, begun: datetime, at: datetime, *, lines: int, reviewed: bool) -> dict[str, Any]:
    """The pull request of a change, with its phases."""
    merged = at - timedelta(hours=2)
    row: dict[str, Any] = {"id": pr, "repo_id": "r", "state": "merged", "created_at": begun, "first_commit_at": begun, "deployed_at": at}
    row |= {
        "ready_at": begun + (merged - begun) / 8,
        "first_review_at": begun + (merged - begun) / 4,
        "merged_at": merged,
        "closed_at": merged,
    }
    row |= {"last_approval_at": merged - timedelta(minutes=30), "last_human_activity_at": merged, "size_lines": lines, "changed_files": 4}
    row |= {"review_rounds": 1, "reviews": 1, "reviewed_before_merge": reviewed, "approved_before_merge": True, "has_issue_link": True}
    return row | dict.fromkeys(
        ("is_draft", "is_promotion", "files_missing", "self_merged", "ai_reviewed_only", "is_revert", "is_superseded"), False
    )


def issues(t: str) -> dict[Table, list[dict[str, Any]]]:
    """An item a day, in progress for some days and done; the last five are still in progress."""
    random, rows, states = Random(f"{t}:issues"), [], []
    for number in range(540):
        created = BEGIN + timedelta(days=number, hours=9)
        start, done = created + timedelta(days=1), created + timedelta(days=random.randint(2, 9))
        done_at = done if done < NOW - timedelta(days=1) else None
        kind = ("Bug", "defect") if number % 5 == 0 else ("Task", "ktlo") if number % 5 == 1 else ("Story", "new_capability")
        rows.append(
            {
                "id": f"{t}:{number}",
                "site": "jira",
                "key": f"{TEAMS[t][1]}-{number}",
                "title": f"Item {number}",
                "project": TEAMS[t][1],
                "team": t,
                "issue_type": kind[0],
                "level": "item",
                "work_class": kind[1],
                "priority": "High",
                "labels": [],
                "components": [],
                "status": "Done" if done_at else "In Progress",
                "category": "done" if done_at else "in_progress",
                "created_at": created,
                "start_at": start,
                "first_done_at": done_at,
                "done_at": done_at,
                "cancelled": False,
                "reopened_count": 0,
                "active_hours": 20.0,
                "waiting_hours": 10.0,
                "has_history": True,
            }
        )
        states += [
            {"issue_id": f"{t}:{number}", "from_at": created, "to_at": start, "category": "todo", "kind": None},
            {"issue_id": f"{t}:{number}", "from_at": start, "to_at": done_at, "category": "in_progress", "kind": "active"},
        ]
    return {fact_issue: rows, fact_issue_state: states}


def covered() -> list[dict[str, Any]]:
    """Both sources read since the beginning."""
    entities = ("github.pull_requests", "github.deployments", "github.commits", "jira.issues")
    common = {"scope": "all", "complete_to_at": NOW, "covered_from_at": BEGIN, "updated_at": NOW, "read_at": NOW}
    return [{"site": name.split(".")[0], "entity": name} | common for name in entities]


@pytest.fixture
async def company(db: Database, settings: Settings) -> AsyncIterator[Deps]:
    """Everything that answers questions, over the small company at the fixed instant."""
    settings.pulse_now = NOW
    async with db.begin() as connection:
        for part in (places(), *(deliveries(t) for t in TEAMS), *(issues(t) for t in TEAMS)):
            for table, rows in part.items():
                await upsert(connection, table, rows)
        await upsert(connection, checkpoint, covered())
    async with Client(build_all(opened(Pulse(settings, db)))) as client:
        yield Deps(Toolbox(client), settings)
