"""Deliveries are hints: what to look at, never data."""

import json
from pathlib import Path
from typing import Any

import pytest

from etl.hints import Hint
from etl.jira.webhooks import hint_of
from etl.parse_files import unwrap


@pytest.mark.parametrize(
    ("delivery", "hint"),
    [
        ({"webhookEvent": "jira:issue_updated", "issue": {"id": "7"}}, Hint("changed", "jira.issues")),
        ({"webhookEvent": "jira:issue_deleted", "issue": {"id": "7"}}, Hint("deleted", "jira.issues")),
        ({"webhookEvent": "comment_created", "comment": {"id": "1"}, "issue": {"id": "7"}}, Hint("changed", "jira.issues")),
        ({"webhookEvent": "worklog_updated", "worklog": {"id": "1", "issueId": "7"}}, Hint("changed", "jira.issues")),
        ({"webhookEvent": "sprint_closed", "sprint": {"id": 5}}, Hint("changed", "jira.sprints")),
        ({"webhookEvent": "sprint_deleted", "sprint": {"id": 5}}, Hint("deleted", "jira.sprints")),
        ({"webhookEvent": "jira:version_released", "version": {"id": "70"}}, Hint("changed", "jira.versions")),
        ({"webhookEvent": "user_updated", "user": {"accountId": "ana"}}, Hint("changed", "jira.users")),
        ({"issue": {"id": "7"}, "comment": {"id": "1"}}, Hint("changed", "jira.issues")),
        ({"webhookEvent": "option_voting_changed", "property": {}}, Hint("other")),
        ({"webhookEvent": "jira:issue_updated", "issue": None}, Hint("other")),
        ({}, Hint("other")),
    ],
)
def test_a_delivery_says_what_to_look_at(delivery: dict[str, Any], hint: Hint) -> None:
    """Known events name a record; unknown ones ask for nothing and raise nothing."""
    assert hint_of(delivery) == hint


def test_every_recorded_delivery_is_understood(evidence: Path) -> None:
    """Cloud, Server and old Server: each names its issue."""
    deliveries = [
        delivery for path in sorted((evidence / "jira/webhooks").glob("*.json")) for delivery in unwrap(json.loads(path.read_text("utf-8")))
    ]
    with_issue = [delivery for delivery in deliveries if delivery.get("issue")]
    assert len(with_issue) >= 20
    assert {hint_of(delivery).entity for delivery in with_issue} == {"jira.issues"}
    assert {hint_of(delivery).action for delivery in deliveries} <= {"changed", "deleted", "other"}
