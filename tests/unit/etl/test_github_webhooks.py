"""GitHub's deliveries are hints: where to look, never data."""

from typing import Any

import pytest

from etl.github.webhooks import hint_of
from etl.hints import Hint

REPO = {"repository": {"full_name": "acme-shop/docs", "id": 9}}


@pytest.mark.parametrize(
    ("event", "delivery", "hint"),
    [
        (
            "pull_request",
            {**REPO, "action": "closed", "pull_request": {"id": 7}},
            ("changed", "github.pull_requests", "acme-shop/docs"),
        ),
        ("pull_request_review", {**REPO, "pull_request": {"id": 7}}, ("changed", "github.pull_requests", "acme-shop/docs")),
        ("issue_comment", {**REPO, "issue": {"id": 5, "pull_request": {}}}, ("changed", "github.issues", "acme-shop/docs")),
        (
            "issue_comment",
            {**REPO, "issue": {"id": 5, "pull_request": {"url": "u"}}},
            ("changed", "github.pull_requests", "acme-shop/docs"),
        ),
        ("issue_comment", {**REPO, "action": "deleted", "issue": {"id": 5}}, ("changed", "github.issues", "acme-shop/docs")),
        ("issues", {**REPO, "action": "deleted", "issue": {"id": 5}}, ("deleted", "github.issues", "acme-shop/docs")),
        ("issues", {**REPO, "action": "transferred", "issue": {"id": 5}}, ("deleted", "github.issues", "acme-shop/docs")),
        ("push", {**REPO, "ref": "refs/heads/main"}, ("changed", "github.commits", "acme-shop/docs")),
        ("create", {**REPO, "ref_type": "tag", "ref": "v1"}, ("changed", "github.tags", "acme-shop/docs")),
        ("delete", {**REPO, "ref_type": "tag", "ref": "v1"}, ("deleted", "github.tags", "acme-shop/docs")),
        ("delete", {**REPO, "ref_type": "branch", "ref": "x"}, ("changed", "github.commits", "acme-shop/docs")),
        ("deployment_status", {**REPO, "deployment": {"id": 3}}, ("changed", "github.deployments", "acme-shop/docs")),
        ("workflow_run", {**REPO, "workflow_run": {"id": 4}}, ("changed", "github.workflow_runs", "acme-shop/docs")),
        ("release", {**REPO, "action": "published", "release": {"id": 2}}, ("changed", "github.releases", "acme-shop/docs")),
        ("repository", {**REPO, "action": "transferred"}, ("deleted", "github.repositories", "acme-shop/docs")),
        ("membership", {"action": "removed", "team": {"id": 8}}, ("changed", "github.teams", None)),
        ("pull_request", {"repository": None, "pull_request": {"id": 7}}, ("other", None, None)),
        ("pull_request", {"repository": "x", "pull_request": []}, ("other", None, None)),
        ("star", {**REPO, "action": "created"}, ("other", None, None)),
        ("ping", {"zen": "Keep it simple."}, ("other", None, None)),
        (None, {}, ("other", None, None)),
    ],
)
def test_a_delivery_says_where_to_look(event: str | None, delivery: dict[str, Any], hint: tuple[Any, ...]) -> None:
    """Known events name an entity, its repository and the record; others ask for nothing and raise nothing."""
    assert hint_of(event, delivery) == Hint(*hint)
