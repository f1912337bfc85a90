"""What a delivery of GitHub's webhooks hints at; the sync then reads it the normal way."""

from typing import Any

from etl.entity import Raw
from etl.hints import Hint

_KINDS = {
    "pull_request": ("github.pull_requests", "pull_request"),
    "pull_request_review": ("github.pull_requests", "pull_request"),
    "pull_request_review_comment": ("github.pull_requests", "pull_request"),
    "pull_request_review_thread": ("github.pull_requests", "pull_request"),
    "issues": ("github.issues", "issue"),
    "issue_comment": ("github.issues", "issue"),
    "push": ("github.commits", ""),
    "create": ("github.commits", ""),
    "delete": ("github.commits", ""),
    "deployment": ("github.deployments", "deployment"),
    "deployment_status": ("github.deployments", "deployment"),
    "release": ("github.releases", "release"),
    "workflow_run": ("github.workflow_runs", "workflow_run"),
    "workflow_job": ("github.workflow_runs", ""),
    "repository": ("github.repositories", "repository"),
    "public": ("github.repositories", "repository"),
    "fork": ("github.repositories", "forkee"),
    "team": ("github.teams", "team"),
    "team_add": ("github.teams", "team"),
    "membership": ("github.teams", "team"),
    "organization": ("github.users", ""),
    "member": ("github.users", "member"),
}
"""By event: the entity, and the member of the delivery that is the record."""
_GONE = {"issues": ("deleted", "transferred"), "release": ("deleted",), "repository": ("deleted", "transferred"), "team": ("deleted",)}
"""Actions after which the record is no longer where it was; of comments, labels and the rest only the issue changes."""


def hint_of(event: str | None, delivery: Raw) -> Hint:
    """The hint in a delivery; `event` is its X-GitHub-Event. Events that change nothing Pulse reads ask for nothing.

    Comments on pull requests come as comments on issues; tags come as created and deleted references.
    """
    if event not in _KINDS:
        return Hint("other")
    entity, member = _KINDS[event]
    record = _members(delivery, member)
    if event == "issue_comment" and record.get("pull_request"):
        entity = "github.pull_requests"
    if event in ("create", "delete") and delivery.get("ref_type") == "tag":
        entity = "github.tags"
    scope = _text(_members(delivery, "repository").get("full_name"))
    if scope is None and entity not in ("github.repositories", "github.teams", "github.users"):
        return Hint("other")
    gone = delivery.get("action") in _GONE.get(event, ()) or (event == "delete" and entity == "github.tags")
    return Hint("deleted" if gone else "changed", entity, scope)


def _members(raw: Raw, name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None
