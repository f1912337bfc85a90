"""Literal rows of a worked metric case as rows of the store, so that the same derivations and metrics run on them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table

from store.database import Database
from store.tables import code, delivery, people, work
from store.upsert import upsert

SITE = "case"
REPO = "case:repo:1"
BOARD = "case:board:1"
Row = dict[str, Any]
Rows = dict[Table, list[Row]]
Inputs = Mapping[str, Any]


async def load_case(db: Database, case: Mapping[str, Any]) -> None:
    """Store the `inputs` of one case; ids stay literal, people become accounts by login, services rows by key."""
    rows = case_rows(case["inputs"])
    async with db.begin() as connection:
        for table, found in rows.items():
            await upsert(connection, table, found)


def case_rows(inputs: Inputs) -> Rows:
    """The rows of all tables that the inputs of a case stand for."""
    rows: Rows = {code.repository: [_repository()]}
    for load in (_services, _people, _teams, _pull_requests, _deployments, _incidents, _issues, _sprints, _milestones, _costs):
        for table, found in load(inputs).items():
            rows.setdefault(table, []).extend(found)
    return rows


def _repository() -> Row:
    return {"id": REPO, "site": SITE, "full_name": "case/repo", "name": "repo", "owner": "case", "default_branch": "main", "fork": True}


def instant(value: str | None) -> datetime | None:
    """An instant from its ISO form; a bare date is its midnight in UTC."""
    if value is None:
        return None
    parsed = datetime.fromisoformat(value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _account(login: str | None) -> str | None:
    return None if login is None else f"{SITE}:user:{login}"


def _person(login: str) -> str:
    return f"person:{_account(login)}"


def _list(inputs: Inputs, name: str) -> list[Any]:
    found = inputs.get(name, [])
    return [found] if isinstance(found, dict) else list(found)


def _services(inputs: Inputs) -> Rows:
    keys = {row["service"] for name in ("deployment", "incident") for row in _list(inputs, name) if row.get("service")}
    keys |= {"service"} if any("deployed_at" in row for row in _list(inputs, "pull_request")) else set()
    rows = [{"id": f"service:{key}", "key": key, "name": key, "source": "given", "deployment_source": "api"} for key in sorted(keys)]
    return {code.service: rows}


LOGIN_COLUMNS = {
    "pull_request": ("author", "merged_by"),
    "commit": ("author",),
    "review": ("reviewer",),
    "work_interval": ("assignee",),
    "team_member": ("person",),
    "pr_event": ("actor",),
    "issue": ("assignee",),
}


def _people(inputs: Inputs) -> Rows:
    logins = {
        row[column] for table, columns in LOGIN_COLUMNS.items() for row in _dicts(inputs, table) for column in columns if row.get(column)
    }
    logins |= {row for row in _list(inputs, "team_member") if isinstance(row, str)}
    zones = inputs.get("time_zone", {})
    rows = [
        {"id": _account(login), "site": SITE, "source": "github", "external_id": login, "login": login, "time_zone": zones.get(login)}
        for login in sorted(logins)
    ]
    return {people.identity: [*rows, *_identities(inputs)]}


def _dicts(inputs: Inputs, name: str) -> list[Row]:
    return [row for row in _list(inputs, name) if isinstance(row, dict)]


def _identities(inputs: Inputs) -> list[Row]:
    """Accounts given as such; an explicit mapping stands for one that somebody confirmed."""
    explicit = {name: f"person:{min(group)}" for group in _list(inputs, "explicit") for name in group}
    return [
        {
            "id": f"{row['source']}:{row['external_id']}",
            "site": SITE,
            "source": row["source"],
            "external_id": row["external_id"],
            "login": row.get("login"),
            "display_name": row.get("display_name"),
            "verified_email": row.get("verified_email"),
            "person_id": (mapped := explicit.get(f"{row['source']}:{row['external_id']}")),
            "confirmed_by": "case" if mapped else None,
        }
        for row in _list(inputs, "identity")
    ]


def _teams(inputs: Inputs) -> Rows:
    members = [row if isinstance(row, dict) else {"person": row} for row in _list(inputs, "team_member")]
    keys = sorted({row.get("team", "team") for row in members})
    return {
        people.team: [{"id": f"team:{key}", "key": key, "name": key, "source": "given"} for key in keys],
        people.team_member: [
            {
                "team_id": f"team:{row.get('team', 'team')}",
                "person_id": _person(row["person"]),
                "valid_from": instant(row.get("valid_from", "1970-01-01")),
                "valid_to": instant(row.get("valid_to")),
                "allocation": row.get("allocation", 1.0),
                "is_primary": row.get("is_primary", True),
                "source": "given",
            }
            for row in members
        ],
    }


def _pull_requests(inputs: Inputs) -> Rows:
    given = _list(inputs, "pull_request")
    shipped = [row for row in given if "deployed_at" in row]
    commits, positions = _commits(inputs, given)
    return {
        code.pull_request: [_pull_request(row, number) for number, row in enumerate(given, 1)],
        code.commit: commits,
        code.pr_commit: positions,
        code.pr_event: [
            {
                "id": f"event:{n}",
                "pr_id": row["pr_id"],
                "kind": row["kind"],
                "at": instant(row["at"]),
                "actor_id": _account(row.get("actor")),
            }
            for n, row in enumerate(_list(inputs, "pr_event"))
        ],
        code.review: [_review(n, row) for n, row in enumerate(_list(inputs, "review"))],
        code.pr_file: [
            {"pr_id": r["pr_id"], "path": r["path"], "additions": r["additions"], "deletions": r["deletions"]}
            for r in _list(inputs, "pr_file")
        ],
        delivery.deployment: [
            _deployment({"id": f"deployment of {row['id']}", "service": "service"}, row["deployed_at"]) for row in shipped
        ],
        delivery.deployment_change: [_change(f"deployment of {row['id']}", row["id"]) for row in shipped],
    }


def _pull_request(row: Row, number: int) -> Row:
    merged_at = instant(row.get("merged_at"))
    closed_at = merged_at or instant(row.get("closed_at"))
    return {
        "id": row["id"], "site": SITE, "repo_id": REPO, "number": number, "title": row.get("title", row["id"]), "body": row.get("body"),
        "author_id": _account(row.get("author")), "author_login": row.get("author"), "merged_by_id": _account(row.get("merged_by")),
        "state": "merged" if merged_at else "closed" if closed_at else "open",
        "created_at": instant(row.get("created_at")) or merged_at or datetime(2026, 1, 1, tzinfo=UTC),
        "merged_at": merged_at, "closed_at": closed_at, "created_as_draft": row.get("created_as_draft", False), "is_draft": row.get("is_draft", False),
        "base_ref": "main", "head_ref": row.get("head_ref", f"work/{row['id']}"), "labels": row.get("labels", []),
        "last_activity_at": instant(row.get("last_activity_at")), "reverts_pr_id": row.get("reverts_pr_id"),
    }  # fmt: skip


def _review(number: int, row: Row) -> Row:
    return {
        "id": f"review:{number}", "pr_id": row["pr_id"], "reviewer_id": _account(row["reviewer"]), "reviewer_login": row["reviewer"],
        "state": row.get("state", "commented"), "submitted_at": instant(row["submitted_at"]),
    }  # fmt: skip


def _commits(inputs: Inputs, pull_requests: list[Row]) -> tuple[list[Row], list[Row]]:
    """Commits without a sha get one; without a pull request they belong to the only one there is, or stand on the default branch."""
    only = pull_requests[0]["id"] if len(pull_requests) == 1 else None
    commits, positions = [], []
    for n, row in enumerate(_list(inputs, "commit")):
        sha, pr_id = row.get("sha", f"commit-{n}"), row.get("pr_id", only)
        at = instant(row.get("committed_at") or row.get("authored_at"))
        parents = (
            [f"parent-{n}-{m}" for m in range(row["parents"])] if isinstance(row.get("parents"), int) else list(row.get("parents", []))
        )
        commits.append({
            "repo_id": REPO, "sha": sha, "author_id": _account(row.get("author")), "author_login": row.get("author"),
            "authored_at": instant(row.get("authored_at")) or at, "committed_at": at, "message": row.get("message"), "on_default_branch": pr_id is None,
            "parents": parents,
        })  # fmt: skip
        if pr_id is not None:
            positions.append({"pr_id": pr_id, "sha": sha, "position": n})
    return commits, positions


def _deployments(inputs: Inputs) -> Rows:
    deployments = _list(inputs, "deployment")
    made = [pair for row in deployments for pair in _described(row)]
    changes = _list(inputs, "deployment_change")
    known = {row["id"] for row in _list(inputs, "pull_request")}
    unknown = sorted({row["pr_id"] for row in changes} - known)
    pulls = [*(pull for _, pull in made), *({"id": name} for name in unknown)]
    return {
        delivery.deployment: [_deployment(row, row.get("finished_at")) for row in deployments],
        code.pull_request: [_pull_request(pull, 1000 + number) for number, pull in enumerate(pulls)],
        delivery.deployment_change: [
            *(_change(row["deployment_id"], row["pr_id"]) for row in changes),
            *(_change(deployment_id, pull["id"]) for deployment_id, pull in made),
        ],
    }


def _described(row: Row) -> list[tuple[str, Row]]:
    """The pull requests that a deployment row tells of by their number, titles, branches and labels."""
    titles, refs, labels = row.get("pr_titles", []), row.get("refs", []), row.get("pr_labels", [])
    count = max(row.get("pr_count", 0), len(titles), len(refs), 1 if labels else 0)
    pulls: list[Row] = [{"id": f"{row['id']} carries {n}"} for n in range(count)]
    for name, values in (("title", titles), ("head_ref", refs)):
        for pull, value in zip(pulls, values, strict=False):
            pull[name] = value
    if labels:
        pulls[0]["labels"] = labels
    return [(row["id"], pull) for pull in pulls]


def _deployment(row: Row, finished_at: str | None) -> Row:
    return {
        "id": row["id"], "site": SITE, "service_id": f"service:{row['service']}", "repo_id": REPO, "environment": row.get("environment"),
        "environment_class": row.get("environment_class", "production"), "sha": row.get("sha", row["id"]), "status": row.get("status", "success"),
        "started_at": instant(row.get("started_at", finished_at)), "finished_at": instant(finished_at), "source": "api", "external_id": row["id"],
        "group_key": row.get("group_key"), "change_kind": row.get("change_kind"),
    }  # fmt: skip


def _change(deployment_id: str, pr_id: str) -> Row:
    return {"deployment_id": deployment_id, "repo_id": REPO, "sha": f"given {pr_id}", "pr_id": pr_id, "given": True}


def _incidents(inputs: Inputs) -> Rows:
    return {
        delivery.incident: [
            {
                "id": row["id"], "site": SITE, "source": "api", "service_id": f"service:{row['service']}" if row.get("service") else None,
                "severity": row.get("severity"), "cause": row.get("cause"), "started_at": instant(row["started_at"]),
                "resolved_at": instant(row.get("resolved_at")), "caused_by_deployment_id": row.get("caused_by_deployment_id"),
            }
            for row in _list(inputs, "incident")
        ]
    }  # fmt: skip


LEVELS = {"Sub-task": "subtask", "Epic": "epic"}


def _issues(inputs: Inputs) -> Rows:
    """Issues with their history; a literal `done_at`, `cancelled_at` or interval of work becomes the transitions it stands for."""
    issues = [*_list(inputs, "issue"), *({"type": "Epic", **row} for row in _list(inputs, "epic"))]
    moves = _moves(inputs, issues)
    last = {move["issue_id"]: move["to_category"] for move in sorted(moves, key=lambda move: (move["at"], move["position"]))}
    return {
        work.issue: [_issue(row, last.get(row["id"], "todo")) for row in issues],
        work.issue_transition: moves,
        work.issue_field_change: [
            {
                "id": f"assigned:{n}", "issue_id": row["issue_id"], "field": "assignee", "at": instant(row["from"]), "position": n,
                "new_id": _account(row["assignee"]),
            }
            for n, row in enumerate(_list(inputs, "work_interval"))
        ],
    }  # fmt: skip


def _moves(inputs: Inputs, issues: list[Row]) -> list[Row]:
    literal = [(row["issue_id"], row["at"], row["to_category"], row.get("to_kind")) for row in _list(inputs, "issue_transition")]
    for row in _list(inputs, "work_interval"):
        literal.append((row["issue_id"], row["from"], "in_progress", "active"))
        literal += [(row["issue_id"], row["to"], "todo", None)] if row.get("to") else []
    for row in issues:
        literal += [(row["id"], row[name], "done", None) for name in ("done_at", "cancelled_at") if row.get(name)]
    return [
        {"id": f"move:{n:06}", "issue_id": issue_id, "at": instant(at), "position": n, "to_category": category, "to_kind": kind}
        for n, (issue_id, at, category, kind) in enumerate(literal)
    ]


def _issue(row: Row, category: str) -> Row:
    resolution = row.get("resolution") or ("Won't Do" if row.get("cancelled_at") else None)
    return {
        "id": row["id"], "site": SITE, "source": "jira", "key": row["id"], "project_key": "CASE", "title": row["id"], "type": row.get("type", "Story"),
        "level": LEVELS.get(row.get("type", "Story"), "item"), "category": category, "resolution": resolution,
        "created_at": instant(row.get("created_at") or row.get("added_at")) or datetime(2026, 1, 1, tzinfo=UTC), "points": row.get("points"),
        "epic_key": row.get("epic"), "work_class_field": row.get("work_class"), "found_in": row.get("found_in"), "priority": row.get("priority"),
        "parent_id": row.get("parent"), "labels": row.get("labels", []),
        "original_target_at": instant(row.get("original_target")), "target_at": instant(row.get("target_date")), "cod_per_week": row.get("cod_per_week"),
    }  # fmt: skip


def _sprints(inputs: Inputs) -> Rows:
    sprints = _list(inputs, "sprint")
    only = str(sprints[0]["id"]) if sprints else ""
    return {
        work.sprint: [
            {
                "id": str(row["id"]), "site": SITE, "external_id": str(row["id"]), "board_id": BOARD, "name": f"Sprint {row['id']}",
                "state": "closed" if row.get("completed_at") else "active", "started_at": instant(row["started_at"]),
                "planned_end_at": instant(row.get("planned_end_at") or row.get("completed_at")), "completed_at": instant(row.get("completed_at")),
            }
            for row in sprints
        ],
        work.sprint_issue: [
            {
                "sprint_id": str(row.get("sprint_id", only)), "issue_id": row["issue_id"], "added_at": instant(row["added_at"]),
                "removed_at": instant(row.get("removed_at")), "points_at_start": row.get("points_at_start"), "points_at_end": row.get("points_at_end"),
            }
            for row in _list(inputs, "sprint_issue")
        ],
    }  # fmt: skip


def _costs(inputs: Inputs) -> Rows:
    return {work.team_cost: [{"team_id": f"team:{row.pop('team')}", **row} for row in map(dict, _list(inputs, "team_cost"))]}


def _milestones(inputs: Inputs) -> Rows:
    return {
        work.milestone: [
            {
                "id": row["id"], "site": SITE, "kind": row.get("kind", "jira_version"), "external_id": row["id"], "name": row["id"],
                "original_target_at": instant(row.get("original_target")), "target_at": instant(row.get("target_date") or row.get("original_target")),
                "done_at": instant(row.get("done_at")), "cancelled": bool(row.get("cancelled", False)),
            }
            for row in _list(inputs, "milestone")
        ]
    }  # fmt: skip
