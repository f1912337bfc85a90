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
            ("changed", "github.pull_requests", "7", "acme-shop/docs"),
        ),
        ("pull_request_review", {**REPO, "pull_request": {"id": 7}}, ("changed", "github.pull_requests", "7", "acme-shop/docs")),
        ("issue_comment", {**REPO, "issue": {"id": 5, "pull_request": {}}}, ("changed", "github.issues", "5", "acme-shop/docs")),
        (
            "issue_comment",
            {**REPO, "issue": {"id": 5, "pull_request": {"url": "u"}}},
            ("changed", "github.pull_requests", "5", "acme-shop/docs"),
        ),
        ("issue_comment", {**REPO, "action": "deleted", "issue": {"id": 5}}, ("changed", "github.issues", "5", "acme-shop/docs")),
        ("issues", {**REPO, "action": "deleted", "issue": {"id": 5}}, ("deleted", "github.issues", "5", "acme-shop/docs")),
        ("issues", {**REPO, "action": "transferred", "issue": {"id": 5}}, ("deleted", "github.issues", "5", "acme-shop/docs")),
        ("push", {**REPO, "ref": "refs/heads/main"}, ("changed", "github.commits", None, "acme-shop/docs")),
        ("create", {**REPO, "ref_type": "tag", "ref": "v1"}, ("changed", "github.tags", None, "acme-shop/docs")),
        ("delete", {**REPO, "ref_type": "tag", "ref": "v1"}, ("deleted", "github.tags", None, "acme-shop/docs")),
        ("delete", {**REPO, "ref_type": "branch", "ref": "x"}, ("changed", "github.commits", None, "acme-shop/docs")),
        ("deployment_status", {**REPO, "deployment": {"id": 3}}, ("changed", "github.deployments", "3", "acme-shop/docs")),
        ("workflow_run", {**REPO, "workflow_run": {"id": 4}}, ("changed", "github.workflow_runs", "4", "acme-shop/docs")),
        ("release", {**REPO, "action": "published", "release": {"id": 2}}, ("changed", "github.releases", "2", "acme-shop/docs")),
        ("repository", {**REPO, "action": "transferred"}, ("deleted", "github.repositories", "9", "acme-shop/docs")),
        ("membership", {"action": "removed", "team": {"id": 8}}, ("changed", "github.teams", "8", None)),
        ("pull_request", {"repository": None, "pull_request": {"id": 7}}, ("other", None, None, None)),
        ("pull_request", {"repository": "x", "pull_request": []}, ("other", None, None, None)),
        ("star", {**REPO, "action": "created"}, ("other", None, None, None)),
        ("ping", {"zen": "Keep it simple."}, ("other", None, None, None)),
        (None, {}, ("other", None, None, None)),
    ],
)
def test_a_delivery_says_where_to_look(event: str | None, delivery: dict[str, Any], hint: tuple[Any, ...]) -> None:
    """Known events name an entity, its repository and the record; others ask for nothing and raise nothing."""
    assert hint_of(event, delivery) == Hint(*hint)
