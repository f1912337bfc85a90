"""Runs of GitHub Actions; REST, because GraphQL has no list of them."""

from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.repositories import stamp
from etl.github.shapes import account, ident, instant, text, whole

PER_PAGE = 100
RERUN_S = 31 * 86400
"""GitHub lets a run be repeated for thirty days."""


async def pages(client: GitHub, scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of a repository's runs, newest first, down to what was known before; one small answer when nothing changed."""
    etag = None
    async for answer, following in client.pages(f"repos/{scope.name}/actions/runs", {"per_page": PER_PAGE}, position):
        if answer.not_modified:
            yield Page([], None, answer.server_time, etag=position.etag, not_modified=True)
            return
        etag = etag or (answer.etag if position.cursor is None else None)
        document = answer.json()
        found = document["workflow_runs"]
        fresh = [raw for raw in found if position.since is None or _created(raw) >= position.since]
        ends = following is None or len(fresh) < len(found)
        yield Page(fresh, None if ends else following, answer.server_time, total=document.get("total_count"), etag=etag)
        if ends:
            return


def _created(raw: Raw) -> str:
    return str(raw.get("created_at")).replace("Z", "+00:00")


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The latest attempt of a run."""
    raw = shapes.record(raw)
    who = account(raw.get("triggering_actor")) or account(raw.get("actor"))
    status = text(raw, "status")
    conclusion = text(raw, "conclusion")
    row = {
        "id": ident(parsing, "run", shapes.database_id(raw)),
        "site": parsing.site,
        "repo_id": shapes.repository_id(parsing, raw),
        "workflow_id": text(raw, "workflow_id"),
        "name": text(raw, "name"),
        "path": (text(raw, "path") or "").partition("@")[0] or None,
        "event": text(raw, "event"),
        "branch": text(raw, "head_branch"),
        "sha": text(raw, "head_sha"),
        "status": status.lower() if status else None,
        "conclusion": conclusion.lower() if conclusion else None,
        "attempt": whole(raw, "run_attempt"),
        "run_number": whole(raw, "run_number"),
        "created_at": shapes.needed(instant(raw, "created_at"), "created_at"),
        "started_at": instant(raw, "run_started_at"),
        "updated_at": instant(raw, "updated_at"),
        "actor_id": shapes.account_id(parsing, who),
        "url": text(raw, "html_url"),
    }
    return {"workflow_run": [row], "identity": shapes.identity_rows(parsing, [who])}


workflow_runs = Entity(
    name="github.workflow_runs",
    scope="repository",
    tables=("workflow_run", "identity"),
    pages=pages,
    parse=parse,
    external_id=lambda raw: str(shapes.record(raw)["id"]),
    after=("github.repositories",),
    overlap_s=7 * 86400,
    unsettled_s=RERUN_S,
    settled=lambda raw: str(shapes.record(raw).get("status")).lower() == "completed",
    version=shapes.version,
    stamp=lambda scope: stamp(scope, "pushed_at", "deployments"),
    deletes=False,
)
