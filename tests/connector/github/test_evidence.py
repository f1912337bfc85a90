"""Recorded payloads of other people's connectors: what follows from the payload must come out."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from etl.parse_files import parse_payloads, read_json, unwrap

Rows = list[dict[str, Any]]


def _recorded(evidence: Path, kind: str, name: str) -> Any:
    return read_json(evidence / "github" / kind / f"{name}.json")


def _expected(evidence: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _recorded(evidence, "expected", f"devlake-{name}")["records"]
    return found


def _rows(evidence: Path, entity: str, name: str, table: str, *, kind: str = "rest", context: Any = ()) -> Rows:
    parsed = parse_payloads(entity, _recorded(evidence, kind, name), context=context)
    assert parsed["quarantined"] == []
    found: Rows = parsed["rows"].get(table, [])
    return found


def _at(value: str | None) -> str | None:
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC).isoformat()


def _number(value: str | None) -> int | None:
    return None if value is None else int(value.rpartition(":")[2])


def test_pull_requests_agree_with_what_another_connector_stored(evidence: Path) -> None:
    """24 recorded pull requests: every universal member, also of unmerged ones, whose test-merge commit is no merge."""
    rows = {row["id"]: row for row in _rows(evidence, "github.pull_requests", "devlake-pulls", "pull_request")}
    for case in _expected(evidence, "pulls"):
        row, want = rows[f"github:pr:{case['match']['id']}"], case["universal"]
        got = {
            **{name: row[name] for name in ("number", "title", "url", "author_login", "merge_commit_sha", "head_ref", "base_ref")},
            **{name: row[name] for name in ("head_sha", "base_sha", "is_draft", "labels")},
            **{name: row[name] for name in ("created_at", "merged_at", "closed_at")},
            "state": "open" if row["state"] == "open" else "closed",
            "author_id": _number(row["author_id"]),
            "base_repo_id": _number(row["repo_id"]),
            "head_repo_id": _number(row["head_repo_id"]),
        }
        assert got == {name: _at(value) if name.endswith("_at") else value for name, value in want.items()}
        assert (row["state"] == "merged") == (want["merged_at"] is not None)


def test_pull_requests_in_the_issue_list_do_not_become_issues(evidence: Path) -> None:
    """GitHub's REST list of issues holds pull requests too; only the member `pull_request` tells them apart."""
    rows = {row["id"]: row for row in _rows(evidence, "github.issues", "devlake-issues", "issue")}
    logins = {row["id"]: row["login"] for row in _rows(evidence, "github.issues", "devlake-issues", "identity")}
    for case in _expected(evidence, "issues"):
        row, want = rows.get(f"github:issue:{case['match']['id']}"), case["universal"]
        assert (row is not None) == want["is_issue"]
        if row is None:
            continue
        got = {
            "is_issue": True,
            "number": int(row["key"].rpartition("#")[2]),
            **{name: row[name] for name in ("title", "url", "created_at", "updated_at", "labels")},
            "state": row["status"],
            "closed_at": row["resolved_at"],
            "author_login": logins.get(row["creator_id"]),
            "author_id": _number(row["creator_id"]),
            "assignee_login": logins.get(row["assignee_id"]),
        }
        assert got == {name: _at(value) if name.endswith("_at") else value for name, value in want.items()}


def test_deployments_in_struct_spelling_keep_their_state(evidence: Path) -> None:
    """Member names are capitalised (`CommitOid`); an inactive deployment did succeed, GitHub retired it later."""
    rows = {row["external_id"]: row for row in _rows(evidence, "github.deployments", "devlake-deployments", "deployment", kind="graphql")}
    for case in _expected(evidence, "deployments"):
        row = rows[case["match"]["id"]]
        got = {"commit_sha": row["sha"], "environment": row["environment"], "state": row["state"], "created_at": row["created_at"]}
        assert got == {**case["universal"], "created_at": _at(case["universal"]["created_at"])}
        assert row["status"] == "success"


def test_workflow_runs_agree_and_their_upper_case_states_are_lowered(evidence: Path) -> None:
    """Some recordings hold upper-case states; an unfinished run has no conclusion."""
    rows = {row["id"]: row for row in _rows(evidence, "github.workflow_runs", "devlake-workflow-runs", "workflow_run")}
    for case in _expected(evidence, "workflow-runs"):
        row, want = rows[f"github:run:{case['match']['run_id']}"], case["universal"]
        got = {name: row[name] for name in ("name", "status", "conclusion", "created_at", "started_at")}
        lowered = {name: value.lower() if value and name in ("status", "conclusion") else value for name, value in want.items()}
        assert got == {name: _at(value) if name.endswith("_at") else value for name, value in lowered.items()}


def test_commits_of_pull_requests_agree(evidence: Path) -> None:
    """Which commits a pull request has, by whom and when they were written."""
    parsed = parse_payloads("github.pull_request_commits", _recorded(evidence, "rest", "devlake-pull-commits"))["rows"]
    commits = {row["sha"]: row for row in parsed["commit"]}
    for case in _expected(evidence, "pull-commits"):
        mine = [row["sha"] for row in parsed["pr_commit"] if row["pr_id"] == f"github:pr:{case['match']['pull_id']}"]
        got = [{name: commits[sha][name] for name in ("sha", "author_name", "author_email", "authored_at")} for sha in mine]
        want = [{**one, "authored_at": _at(one["authored_at"])} for one in case["universal"]["commits"]]
        assert sorted(got, key=lambda one: one["sha"]) == sorted(want, key=lambda one: one["sha"])


def test_reviews_agree(evidence: Path) -> None:
    """Who reviewed which pull request at which commit."""
    rows = {row["id"]: row for row in _rows(evidence, "github.reviews", "devlake-pull-reviews", "review")}
    for case in _expected(evidence, "pull-reviews"):
        row, want = rows[f"github:review:{case['match']['review_id']}"], case["universal"]
        got = {"pull_id": _number(row["pr_id"]), "author_id": _number(row["reviewer_id"]), "state": row["state"].upper()}
        got |= {"submitted_at": row["submitted_at"], "commit_sha": row["commit_sha"]}
        assert got == {**want, "submitted_at": _at(want["submitted_at"])}


def test_conversation_comments_know_whether_they_belong_to_an_issue(evidence: Path) -> None:
    """Both kinds come from one endpoint."""
    rows = {row["id"]: row for row in _rows(evidence, "github.issue_comments", "devlake-issue-comments", "comment")}
    for case in _expected(evidence, "issue-comments"):
        row, want = rows[f"github:comment:{case['match']['comment_id']}"], case["universal"]
        got = {"belongs_to": row["belongs_to"], "author_id": _number(row["author_id"]), "created_at": row["created_at"]}
        assert got == {**want, "created_at": _at(want["created_at"])}
        assert row["number"] == case["match"]["number"]


def test_diff_comments_find_their_pull_request_by_its_number(evidence: Path) -> None:
    """The payload only has a link; recorded pull requests give the id."""
    context = unwrap(_recorded(evidence, "rest", "devlake-pulls"))
    rows = {row["id"]: row for row in _rows(evidence, "github.review_comments", "devlake-review-comments", "comment", context=context)}
    for case in _expected(evidence, "review-comments"):
        row, want = rows[f"github:comment:{case['match']['comment_id']}"], case["universal"]
        got = {"pull_id": _number(row["pr_id"]), "author_id": _number(row["author_id"]), "created_at": row["created_at"]}
        got |= {"commit_sha": row["commit_sha"], "review_id": _number(row["review_id"])}
        assert got == {**want, "created_at": _at(want["created_at"])}


def test_issue_events_agree(evidence: Path) -> None:
    """What happened to which issue, by whom."""
    rows = {row["id"]: row for row in _rows(evidence, "github.issue_events", "devlake-issue-events", "issue_event")}
    for case in _expected(evidence, "issue-events"):
        row, want = rows[f"github:event:{case['match']['event_id']}"], case["universal"]
        got = {"issue_id": _number(row["issue_id"]), "type": row["kind"], "actor": row["actor_login"], "created_at": row["at"]}
        assert got == {**want, "created_at": _at(want["created_at"])}


def test_jobs_agree(evidence: Path) -> None:
    """Jobs with their run and their span."""
    rows = {row["id"]: row for row in _rows(evidence, "github.workflow_jobs", "devlake-jobs", "workflow_job")}
    for case in _expected(evidence, "jobs"):
        row, want = rows[f"github:job:{case['match']['job_id']}"], case["universal"]
        assert (row["name"], _number(row["run_id"])) == (want["name"], want["run_id"])
        assert (row["started_at"], row["completed_at"]) == (_at(want["started_at"]), _at(want["completed_at"]))
        span = datetime.fromisoformat(row["completed_at"]) - datetime.fromisoformat(row["started_at"])
        assert span.total_seconds() == want["duration_seconds"]


def test_accounts_agree_and_malformed_addresses_are_not_verified(evidence: Path) -> None:
    """A profile's address is kept as it is; only one that is an address counts as verified."""
    rows = {row["login"]: row for row in _rows(evidence, "github.users", "devlake-users", "identity")}
    for case in _expected(evidence, "users"):
        row = rows[case["match"]["login"]]
        got = {"id": _number(row["id"]), "name": row["display_name"], "company": row["company"], "email": row["email"]}
        assert got == case["universal"]


def test_organisations_of_users_agree(evidence: Path) -> None:
    """Most users show none."""
    rows = _rows(evidence, "github.user_organizations", "devlake-user-orgs", "identity_organization")
    for case in _expected(evidence, "user-orgs"):
        mine = [row["organization"] for row in rows if row["identity_id"] == f"github:login:{case['match']['login']}"]
        assert sorted(mine) == case["universal"]["orgs"]


@pytest.mark.parametrize(
    ("kind", "name", "entity", "table", "count"),
    [
        ("rest", "airbyte-pull_requests", "github.pull_requests", "pull_request", 19),
        ("rest", "airbyte-reviews", "github.reviews", "review", 61),
        ("rest", "airbyte-commits", "github.commits", "commit", 39),
        ("rest", "airbyte-releases", "github.releases", "release", 1),
        ("rest", "airbyte-workflow_runs", "github.workflow_runs", "workflow_run", 1),
        ("rest", "danger-github_pr", "github.pull_requests", "pull_request", 1),
        ("rest", "devlake-bot-pulls", "github.pull_requests", "pull_request", 2),
        ("graphql", "faros-pull_requests", "github.pull_requests", "pull_request", None),
        ("graphql", "faros-releases", "github.releases", "release", None),
        ("graphql", "mergestat-TestRepoPRs", "github.pull_requests", "pull_request", None),
    ],
)
def test_every_recorded_shape_is_understood(evidence: Path, kind: str, name: str, entity: str, table: str, count: int | None) -> None:
    """REST objects, GraphQL nodes and answers with something around them all become rows; nothing is set aside."""
    rows = _rows(evidence, entity, name, table, kind=kind)
    assert rows
    assert count is None or len(rows) == count


def test_a_bot_is_told_by_its_login_where_no_type_is_given(evidence: Path) -> None:
    """Hand-made payloads lack the member `type`; `renovate[bot]` is a bot all the same."""
    rows = {row["author_login"]: row["author_type"] for row in _rows(evidence, "github.pull_requests", "devlake-bot-pulls", "pull_request")}
    assert rows == {"renovate[bot]": "Bot", "human-dev": "User"}


def test_deployment_payloads_may_be_objects_or_text(evidence: Path) -> None:
    """hub4j recorded both; neither stops the parser."""
    bodies = json.dumps(_recorded(evidence, "rest", "hub4j-GHDeploymentTest"))
    found = parse_payloads("github.deployments", [one for one in unwrap(json.loads(bodies)) if "sha" in one])
    assert found["quarantined"] == []
