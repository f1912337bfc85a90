"""A pull request in any of GitHub's shapes, as rows."""

from collections.abc import Iterator
from typing import Any

from etl.entity import Parsing, Raw, RecordError, Row, Rows
from etl.github import shapes
from etl.github.commit_rows import authored_commit, git_identity_row
from etl.github.shapes import Account, account, account_id, first, ident, identity_rows, instant, nodes, text, whole

REVIEW_STATES = {"approved", "changes_requested", "commented", "dismissed"}
EVENT_KINDS = {
    "ReadyForReviewEvent": "ready_for_review",
    "ConvertToDraftEvent": "converted_to_draft",
    "HeadRefForcePushedEvent": "push",
    "ReviewRequestedEvent": "review_requested",
    "ReopenedEvent": "reopened",
    "ClosedEvent": "closed",
    "IssueComment": "commented",
}
REST_EVENT_KINDS = {
    "ready_for_review": "ready_for_review",
    "convert_to_draft": "converted_to_draft",
    "converted_to_draft": "converted_to_draft",
    "head_ref_force_pushed": "push",
    "review_requested": "review_requested",
    "reopened": "reopened",
    "closed": "closed",
    "commented": "commented",
}


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """Rows of a pull request and of everything inside it."""
    raw = shapes.record(raw)
    pr_id = ident(parsing, "pr", shapes.numbered_id(raw))
    repo_id = shapes.repository_id(parsing, raw, (raw.get("base") or {}).get("repo"))
    items, commits, reviews, events = _sorted_out(raw)
    people = dict.fromkeys(_named(raw, items))
    authored = [authored_commit(parsing, commit.get("commit", commit), repo_id) for commit in commits]
    people.update(dict.fromkeys(who for _, who in authored))
    strangers = [
        git_identity_row(parsing, commit.get("commit", commit)) for commit, (_, who) in zip(commits, authored, strict=True) if not who
    ]
    return {
        "pull_request": [pull_row(parsing, raw, pr_id, repo_id, items)],
        "review": review_rows(parsing, reviews, pr_id, people),
        "pr_event": event_rows(parsing, events, pr_id, people),
        "pr_file": file_rows(raw, pr_id),
        "commit": [row for row, _ in authored],
        "pr_commit": [{"pr_id": pr_id, "sha": row["sha"], "position": place} for place, (row, _) in enumerate(authored)],
        "identity": [*identity_rows(parsing, people), *filter(None, strangers)],
    }


def _sorted_out(raw: Raw) -> tuple[list[Raw], list[Raw], list[Raw], list[Raw]]:
    """All items of its timeline, and of these with its own lists: commits, reviews, what else happened."""
    items = nodes(raw.get("timelineItems"))
    by_kind: dict[Any, list[Raw]] = {"PullRequestCommit": [], "PullRequestReview": []}
    others: list[Raw] = []
    for item in items:
        by_kind.get(item.get("__typename"), others).append(item)
    return items, _commits(raw, by_kind["PullRequestCommit"]), by_kind["PullRequestReview"] + nodes(raw.get("reviews")), others


def _named(raw: Raw, items: list[Raw]) -> Iterator[Account | None]:
    """Everybody it names, but for those who wrote, reviewed or did something."""
    for name in ("author", "user", "mergedBy", "merged_by"):
        if who := raw.get(name):
            yield account(who)
    for item in items:
        if "assignee" in item:
            yield account(item["assignee"])
    for item in nodes(raw.get("assignees")):
        yield account(item)


def pull_row(parsing: Parsing, raw: Raw, pr_id: str, repo_id: str, items: list[Raw]) -> Row:
    """The pull request itself."""
    author, merger = account(first(raw, "author", "user")), account(first(raw, "mergedBy", "merged_by"))
    base, head = raw.get("base") or {}, raw.get("head") or {}
    draft = bool(first(raw, "isDraft", "draft"))
    row: Row = {
        "id": pr_id,
        "site": parsing.site,
        "repo_id": repo_id,
        "number": shapes.needed(whole(raw, "number"), "number"),
        "title": text(raw, "title"),
        "body": text(raw, "body"),
        "author_id": account_id(parsing, author),
        "author_login": author.login if author else None,
        "author_type": author.type if author else None,
        "state": state_of(raw),
        "created_at": shapes.needed(instant(raw, "createdAt", "created_at"), "created_at"),
        "updated_at": instant(raw, "updatedAt", "updated_at"),
        "created_as_draft": created_as_draft(items, draft=draft),
        "is_draft": draft,
        "merged_at": instant(raw, "mergedAt", "merged_at"),
        "closed_at": instant(raw, "closedAt", "closed_at"),
        "merged_by_id": account_id(parsing, merger),
        "merge_commit_sha": text(raw.get("mergeCommit") or {}, "oid") or text(raw, "merge_commit_sha"),
        "base_ref": text(raw, "baseRefName") or text(base, "ref"),
        "base_sha": text(raw, "baseRefOid") or text(base, "sha"),
        "head_ref": text(raw, "headRefName") or text(head, "ref"),
        "head_sha": text(raw, "headRefOid") or text(head, "sha"),
        "head_repo_id": _head_repository(parsing, first(raw, "headRepository") or head.get("repo")),
        "additions": whole(raw, "additions"),
        "deletions": whole(raw, "deletions"),
        "changed_files": first(raw, "changedFiles", "changed_files"),
        "labels": labels_of(raw, items),
        "assignee_ids": assignees_of(parsing, raw, items),
        "files_truncated": _truncated(raw),
        "url": _page_url(raw),
    }
    return row


def _page_url(raw: Raw) -> str | None:
    return text(raw, "html_url") or text(raw, "url")


def _head_repository(parsing: Parsing, raw: Any) -> str | None:
    value = first(raw, "databaseId", "id") if isinstance(raw, dict) else None
    return ident(parsing, "repo", value) if isinstance(value, int) else None


def state_of(raw: Raw) -> str:
    """Open, merged, or closed without a merge: GitHub gives unmerged ones a test-merge commit too, so only the instant decides.

    Raises:
        RecordError: the state is none of GitHub's.
    """
    if first(raw, "mergedAt", "merged_at"):
        return "merged"
    state = str(raw.get("state", "")).lower()
    if state not in ("open", "closed", "merged"):
        raise RecordError(f"{state!r} is no state of a pull request")
    return state


def created_as_draft(items: list[Raw], *, draft: bool) -> bool:
    """Whether it began as a draft: the first change of draft tells, and without one it is still what it was."""
    for item in items:
        if item.get("__typename") == "ReadyForReviewEvent":
            return True
        if item.get("__typename") == "ConvertToDraftEvent":
            return False
    return draft


def labels_of(raw: Raw, items: list[Raw]) -> list[str]:
    """Its labels: as listed, else what the timeline put on and did not take off."""
    if raw.get("labels") is not None:
        return shapes.label_names(raw)
    kept: dict[str, None] = {}
    for item in items:
        name = (item.get("label") or {}).get("name")
        if name and item.get("__typename") == "LabeledEvent":
            kept[name] = None
        elif name and item.get("__typename") == "UnlabeledEvent":
            kept.pop(name, None)
    return sorted(kept)


def assignees_of(parsing: Parsing, raw: Raw, items: list[Raw]) -> list[str]:
    """Who is assigned: as listed, else by the timeline."""
    if raw.get("assignees") is not None:
        return [ident(parsing, "user", who.id) for item in nodes(raw["assignees"]) if (who := account(item))]
    kept: dict[str, None] = {}
    for item in items:
        who = account(item.get("assignee"))
        if who and item.get("__typename") == "AssignedEvent":
            kept[ident(parsing, "user", who.id)] = None
        elif who and item.get("__typename") == "UnassignedEvent":
            kept.pop(ident(parsing, "user", who.id), None)
    return list(kept)


def review_rows(parsing: Parsing, reviews: list[Raw], pr_id: str, people: dict[Account | None, None]) -> list[Row]:
    """Its submitted reviews, each once; their authors are added to `people`."""
    rows = {}
    for review in reviews:
        people[account(first(review, "author", "user"))] = None
        if (row := review_row(parsing, review, pr_id)) is not None:
            rows[row["id"]] = row
    return list(rows.values())


def review_row(parsing: Parsing, raw: Raw, pr_id: str) -> Row | None:
    """One review; None for one that its author has not submitted yet."""
    state = str(raw.get("state", "")).lower()
    at = instant(raw, "submittedAt", "submitted_at")
    if at is None or state not in REVIEW_STATES:
        return None
    who = account(first(raw, "author", "user"))
    return {
        "id": ident(parsing, "review", shapes.database_id(raw)),
        "pr_id": pr_id,
        "reviewer_id": account_id(parsing, who),
        "reviewer_login": who.login if who else None,
        "reviewer_type": who.type if who else None,
        "state": state,
        "submitted_at": at,
        "commit_sha": text(first(raw, "reviewed", "commit") or {}, "oid") or text(raw, "commit_id"),
    }


def event_rows(parsing: Parsing, items: list[Raw], pr_id: str, people: dict[Account | None, None]) -> list[Row]:
    """What happened on its timeline; who did it is added to `people`."""
    rows = []
    for item in items:
        who = account(first(item, "actor", "author", "user"))
        people[who] = None
        kind = EVENT_KINDS.get(item.get("__typename", "")) or REST_EVENT_KINDS.get(item.get("event", ""))
        at = instant(item, "createdAt", "created_at") if kind else None
        if at:
            rows.append(
                {
                    "id": ident(parsing, "event", shapes.database_id(item)),
                    "pr_id": pr_id,
                    "kind": kind,
                    "at": at,
                    "actor_id": account_id(parsing, who),
                    "actor_login": who.login if who else None,
                }
            )
    return rows


def file_rows(raw: Raw, pr_id: str) -> list[Row]:
    """Its changed files."""
    rows = {}
    for item in nodes(raw.get("files")):
        path = shapes.needed(text(item, "path", "filename"), "path")
        change = str(first(item, "changeType", "status") or "").lower() or None
        rows[path] = {
            "pr_id": pr_id,
            "path": path,
            "additions": whole(item, "additions"),
            "deletions": whole(item, "deletions"),
            "change_type": {"deleted": "removed", "changed": "modified"}.get(change or "", change),
        }
    return list(rows.values())


def _truncated(raw: Raw) -> bool:
    files = raw.get("files")
    total = first(raw, "changedFiles", "changed_files")
    return isinstance(total, int) and files is not None and len(nodes(files)) < total


def _commits(raw: Raw, happened: list[Raw]) -> list[Raw]:
    """Its commits in order; `commits` is a count in REST and a list in GraphQL."""
    listed = raw.get("commits")
    found = (nodes(listed) if isinstance(listed, dict | list) else []) or happened
    unique: dict[str, Raw] = {}
    for item in found:
        commit = item.get("commit", item)
        unique.setdefault(str(commit.get("oid") or item["sha"]), item)
    return list(unique.values())
