"""Rows of a small company, written short: one repository `acme/web`, accounts by login, instants of 2026 as `03-02 10:00`."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table

Row = dict[str, Any]
Rows = dict[Table, list[Row]]
Store = Callable[[Rows], Awaitable[None]]
Derive = Callable[..., Awaitable[dict[str, int]]]
Read = Callable[[str], Awaitable[list[Row]]]
REPO = "github:repo:1"


def at(value: str | None) -> datetime | None:
    """An instant of 2026 in UTC from `03-02 10:00`; with a year when it has one."""
    if value is None:
        return None
    return datetime.fromisoformat(value if value.startswith("20") else f"2026-{value}").replace(tzinfo=UTC)


def repository(name: str = "web", key: str = REPO, **more: Any) -> Row:
    """A repository of the organisation acme."""
    return {
        "id": key,
        "site": "github",
        "full_name": f"acme/{name}",
        "name": name,
        "owner": "acme",
        "default_branch": "main",
        "fork": False,
        **more,
    }


def account(name: str, source: str = "github", **more: Any) -> Row:
    """An account; its id ends with the login."""
    return {"id": f"{source}:user:{name}", "site": source, "source": source, "external_id": name, "login": name, **more}


def pull(number: int, created: str, merged: str | None = None, *, author: str = "ana", **more: Any) -> Row:
    """A pull request into main; `number` names it: `pr1`."""
    row = {
        "id": f"pr{number}", "site": "github", "repo_id": REPO, "number": number, "title": f"Change {number}", "author_id": f"github:user:{author}",
        "author_login": author, "state": "merged" if merged else "open", "created_at": at(created), "merged_at": at(merged), "closed_at": at(merged),
        "base_ref": "main", "head_ref": f"work/{number}", "labels": [], "is_draft": False, "created_as_draft": False,
    }  # fmt: skip
    return {**row, **more}


def review(pr: str, reviewer: str, state: str, submitted: str) -> Row:
    """A review; its id is made of its parts."""
    return {
        "id": f"{pr} {reviewer} {submitted}", "pr_id": pr, "reviewer_id": f"github:user:{reviewer}", "reviewer_login": reviewer, "state": state,
        "submitted_at": at(submitted),
    }  # fmt: skip


def event(pr: str, kind: str, when: str, actor: str | None = None) -> Row:
    """Something that happened to a pull request."""
    return {"id": f"{pr} {kind} {when}", "pr_id": pr, "kind": kind, "at": at(when), "actor_id": actor and f"github:user:{actor}"}


def commit(sha: str, *parents: str, when: str = "03-01 10:00", author: str = "ana", **more: Any) -> Row:
    """A commit of the repository."""
    row = {"repo_id": REPO, "sha": sha, "parents": list(parents), "authored_at": at(when), "committed_at": at(when), "message": sha}
    return {**row, "author_id": f"github:user:{author}", "author_login": author, **more}


def deployed(key: str, sha: str | None, when: str, **more: Any) -> Row:
    """A successful production deployment of the repository, as GitHub tells of it."""
    row = {
        "id": key,
        "site": "github",
        "repo_id": REPO,
        "environment": "production",
        "sha": sha,
        "status": "success",
        "source": "github_deployments",
    }
    return {**row, "started_at": at(when), "finished_at": at(when), "external_id": key, **more}


def issue(key: str, created: str = "03-01 09:00", **more: Any) -> Row:
    """A Jira issue of level item, to do unless said otherwise."""
    row = {
        "id": key,
        "site": "jira",
        "source": "jira",
        "key": key,
        "project_key": key.split("-", maxsplit=1)[0],
        "title": key,
        "type": "Story",
    }
    return {**row, "level": "item", "category": "todo", "created_at": at(created), "labels": [], "components": [], **more}


def moved(key: str, when: str, category: str, **more: Any) -> Row:
    """A change of status."""
    position = more.pop("position", 0)
    return {"id": f"{key} {when} {position}", "issue_id": key, "at": at(when), "position": position, "to_category": category, **more}
