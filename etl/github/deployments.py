"""Deployments with their statuses, newest first."""

import json
from collections.abc import AsyncIterator
from typing import Any

from etl.entity import Entity, Page, Parsing, Position, Raw, RecordError, Row, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.fragments import ACTOR
from etl.github.graphql import Fragment
from etl.github.paging import Listing, listed
from etl.github.repositories import shows_none, stamp
from etl.github.shapes import account, first, ident, instant, nodes, text

DEPLOYMENT = Fragment(
    "DeploymentParts",
    "Deployment",
    """{ id databaseId commitOid createdAt updatedAt environment originalEnvironment task description payload state
  ref { name } creator { ...Who } repository { databaseId nameWithOwner }
  statuses(first: 100) { nodes { id state createdAt logUrl } } }""",
    (ACTOR,),
)
LISTING = Listing(
    "deployments",
    newest_first=Fragment(
        "DeploymentsByCreation",
        "Repository",
        "{ deployments(first: $first, after: $after, orderBy: {field: CREATED_AT, direction: DESC})"
        " { totalCount pageInfo { hasNextPage endCursor } nodes { ...DeploymentParts } } }",
        (DEPLOYMENT,),
    ),
    changed=lambda raw: str(raw["createdAt"]).replace("Z", "+00:00"),
    look=30,
    none=lambda scope: shows_none(scope, "deployments"),
)
SUCCEEDED = {"success", "active"}
RETIRED = {"inactive"}
FAILED = {"failure", "error"}
CANCELLED = {"abandoned", "destroyed"}


def pages(client: GitHub, scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of a repository's deployments."""
    return listed(client, scope, position, LISTING)


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """A deployment, its statuses and who made it."""
    raw = shapes.record(raw)
    key = ident(parsing, "deployment", shapes.database_id(raw))
    statuses = status_rows(parsing, raw, key)
    who = account(raw.get("creator"))
    finished = [row["at"] for row in statuses if row["state"] in SUCCEEDED | FAILED | RETIRED]
    succeeded = [row["at"] for row in statuses if row["state"] == "success"]
    ref = raw.get("ref")
    row: Row = {
        "id": key,
        "site": parsing.site,
        "repo_id": shapes.repository_id(parsing, raw),
        "environment": text(raw, "environment", "originalEnvironment", "original_environment"),
        "sha": shapes.needed(text(raw, "commitOid", "sha"), "sha"),
        "ref": text(ref, "name") if isinstance(ref, dict) else text(raw, "ref"),
        "task": text(raw, "task"),
        "status": outcome(_all_states(raw)),
        "created_at": shapes.needed(instant(raw, "createdAt", "created_at"), "created_at"),
        "started_at": instant(raw, "createdAt", "created_at"),
        "finished_at": min(succeeded, default=None) or min(finished, default=None),
        "source": "github_deployments",
        "external_id": text(raw, "id", "node_id"),
        "production_environment": raw.get("production_environment"),
        "state": text(raw, "state"),
        "creator_id": shapes.account_id(parsing, who),
        "url": text(raw, "url"),
        "updated_at": instant(raw, "updatedAt", "updated_at"),
        "change_kind": _given_kind(raw.get("payload")),
    }
    return {"deployment": [row], "deployment_status": statuses, "identity": shapes.identity_rows(parsing, [who])}


def _all_states(raw: Raw) -> list[str]:
    """The states it was in, and the one GitHub sums it up with."""
    latest = raw.get("latestStatus")
    found = [item.get("state") for item in nodes(raw.get("statuses"))]
    found += [latest.get("state") if isinstance(latest, dict) else None, raw.get("state")]
    return [str(state).lower() for state in found if state]


def outcome(states: list[str]) -> str:
    """Success where it was ever live: GitHub calls it inactive once the next one has replaced it, and so may anybody one that failed."""
    seen = set(states)
    if SUCCEEDED & seen:
        return "success"
    if FAILED & seen:
        return "failure"
    if RETIRED & seen:
        return "success"
    return "cancelled" if CANCELLED & seen else "running"


def status_rows(parsing: Parsing, raw: Raw, deployment_id: str) -> list[Row]:
    """Its statuses; those without an id of their own are known by state and instant."""
    listed_ones = nodes(raw.get("statuses"))
    latest = raw.get("latestStatus")
    rows = {}
    for item in [*listed_ones, *([latest] if isinstance(latest, dict) and not listed_ones else [])]:
        at = instant(item, "createdAt", "created_at", "updatedAt", "updated_at")
        state = str(item.get("state", "")).lower()
        if at is None or not state:
            raise RecordError("a status has no instant or no state")
        key = first(item, "databaseId", "id") or f"{deployment_id}:{state}:{at.isoformat()}"
        row = {"id": ident(parsing, "deployment_status", key), "deployment_id": deployment_id, "state": state, "at": at}
        rows[row["id"]] = {**row, "url": text(item, "logUrl", "log_url", "target_url")}
    return list(rows.values())


def _given_kind(payload: Any) -> str | None:
    """The kind that whoever deployed has put into the payload: an object, or as GraphQL gives it the text of one."""
    for _ in range(2):  # a payload that was sent as text is the text of a text
        if isinstance(payload, str):
            try:
                payload = json.loads(payload)
            except (ValueError, RecursionError):
                return None
    kind = payload.get("kind") or payload.get("change_kind") if isinstance(payload, dict) else None
    return kind if kind in ("change", "hotfix", "rollback", "redeploy") else None


deployments = Entity(
    name="github.deployments",
    scope="repository",
    tables=("deployment", "deployment_status", "identity"),
    pages=pages,
    parse=parse,
    external_id=lambda raw: shapes.database_id(shapes.record(raw)),
    after=("github.repositories",),
    replaces=(("deployment_status", "deployment_id"),),
    overlap_s=7 * 86400,
    dated=LISTING.changed,
    settled=lambda raw: outcome(_all_states(shapes.record(raw))) != "running",
    stamp=lambda scope: stamp(scope, "deployments"),
)
