"""The rules of deployments, pull requests and issues once more, as plain loops over a made-up company; nothing here knows the SQL."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from deriving import REPO, Row

START = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Company:
    """Random rows, the same for the same seed."""

    seed: int
    commits: list[Row] = field(default_factory=list)
    deployments: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)
    pulls: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    reviews: list[Row] = field(default_factory=list)
    issues: list[Row] = field(default_factory=list)
    moves: list[Row] = field(default_factory=list)


def company(seed: int) -> Company:
    """A company of one service with a tangled history."""
    made, dice = Company(seed), random.Random(seed)
    _commits(made, dice)
    _deployments(made, dice)
    _pulls(made, dice)
    _issues(made, dice)
    return made


def _commits(made: Company, dice: random.Random) -> None:
    for number in range(120):
        recent = [f"s{n}" for n in range(max(0, number - 6), number)]
        parents = dice.sample(recent, min(len(recent), dice.choice([1, 1, 1, 2, 2, 3])))
        when = START + number * 3 * HOUR
        made.commits.append(
            {
                "repo_id": REPO,
                "sha": f"s{number}",
                "parents": parents,
                "authored_at": when,
                "committed_at": when,
                "message": f"step {number}",
            }
        )


def _deployments(made: Company, dice: random.Random) -> None:
    now, reach = START, 0
    for number in range(60):
        now += dice.choice([5 * MINUTE, 20 * MINUTE, 2 * HOUR, 9 * HOUR, 30 * HOUR])
        reach = min(119, reach + dice.choice([0, 0, 0, 1, 2, 5]))
        sha = f"s{max(0, reach - dice.choice([0, 0, 0, 0, 1, 4]))}"
        made.deployments.append({
            "id": f"d{number:02}", "site": "github", "repo_id": REPO, "environment": dice.choice(["prod-eu", "prod-eu", "prod-us"]), "sha": sha,
            "status": dice.choice(["success", "success", "success", "failure"]), "source": "github_deployments", "started_at": now - 3 * MINUTE,
            "finished_at": now,
        })  # fmt: skip
        if dice.random() < 0.4:
            begun = now + dice.choice([-2 * MINUTE, HOUR, DAY, 3 * DAY, 5 * DAY])
            made.incidents.append({
                "id": f"i{number:02}", "source": "api", "service_id": "service:web", "started_at": begun, "cause": dice.choice([None, None, "third_party"]),
                "resolved_at": dice.choice([None, begun + HOUR, begun + 2 * DAY, begun + 10 * MINUTE]),
            })  # fmt: skip


PEOPLE = ("ana", "bo", "cy", "helper[bot]")


def _pulls(made: Company, dice: random.Random) -> None:
    for number in range(60):
        created = START + dice.randrange(1000) * HOUR
        end = created + dice.randrange(1, 200) * HOUR
        merged, author = dice.random() < 0.7, dice.choice(PEOPLE)
        draft = dice.random() < 0.4
        made.pulls.append({
            "id": f"p{number}", "site": "github", "repo_id": REPO, "number": number, "author_id": f"github:user:{author}", "author_login": author,
            "state": "merged" if merged else "open", "created_at": created, "merged_at": end if merged else None, "closed_at": end if merged else None,
            "created_as_draft": draft, "is_draft": False, "base_ref": "main", "head_ref": f"w/{number}", "labels": [],
        })  # fmt: skip
        moments = sorted(dice.sample(range(1, 240), 8))
        kinds = ["ready_for_review", "converted_to_draft", "ready_for_review"] if draft else ["converted_to_draft", "ready_for_review"]
        for kind, offset in zip([*kinds[: dice.randrange(len(kinds) + 1)], "push", "push"], moments, strict=False):
            made.events.append({"id": f"e{number}-{offset}", "pr_id": f"p{number}", "kind": kind, "at": created + offset * HOUR + MINUTE})
        for offset in dice.sample(range(240), dice.randrange(5)):
            reviewer = dice.choice(PEOPLE)
            made.reviews.append({
                "id": f"r{number}-{offset}", "pr_id": f"p{number}", "reviewer_id": f"github:user:{reviewer}", "reviewer_login": reviewer,
                "state": dice.choice(["approved", "commented", "changes_requested", "dismissed"]), "submitted_at": created + offset * HOUR,
            })  # fmt: skip


def _issues(made: Company, dice: random.Random) -> None:
    for number in range(80):
        created = START + dice.randrange(1000) * HOUR
        now, category = created, "todo"
        for place in range(dice.randrange(7)):
            now += dice.choice([timedelta(), 5 * MINUTE, 10 * MINUTE, HOUR, DAY])
            category = dice.choice(["todo", "in_progress", "in_progress", "done", "done"])
            kind = dice.choice(["active", "waiting"]) if category == "in_progress" else None
            made.moves.append(
                {
                    "id": f"m{number}-{place}",
                    "issue_id": f"K-{number}",
                    "at": now,
                    "position": place,
                    "to_category": category,
                    "to_kind": kind,
                }
            )
        made.issues.append({
            "id": f"K-{number}", "site": "jira", "source": "jira", "key": f"K-{number}", "project_key": "K", "title": "", "type": "Story", "level": "item",
            "category": category, "created_at": created, "resolution": dice.choice([None, None, "Duplicate"]) if category == "done" else None,
        })  # fmt: skip


def ancestors(commits: Iterable[Row], sha: str) -> set[str]:
    """Everything a sha reaches, itself included."""
    parents = {row["sha"]: row["parents"] for row in commits}
    found, open_ends = set(), [sha]
    while open_ends:
        if (here := open_ends.pop()) not in found:
            found.add(here)
            open_ends += parents[here]
    return found


@dataclass
class Group:
    """One logical deployment, as it grows."""

    rows: list[Row]
    kind: str = "change"
    undone_by: "Group | None" = None

    @property
    def key(self) -> str:
        """Its id: that of its first row."""
        return str(self.rows[0]["id"])

    @property
    def sha(self) -> str:
        """What it deploys."""
        return str(self.rows[0]["sha"])

    @property
    def places(self) -> set[str]:
        """Where it went."""
        return {row["environment"] for row in self.rows}

    def last_in(self, place: str) -> datetime:
        """When it reached a place for the last time."""
        return max(row["finished_at"] for row in self.rows if row["environment"] == place)


def grouped(deployments: list[Row]) -> list[Group]:
    """R2, one row after the other."""
    done = [row for row in sorted(deployments, key=lambda row: (row["finished_at"], row["id"])) if row["status"] == "success"]
    first_seen: dict[str, datetime] = {}
    for row in done:
        first_seen.setdefault(row["sha"], row["finished_at"])
    groups: list[Group] = []
    for row in done:
        latest = next((group for group in reversed(groups) if group.sha == row["sha"]), None)
        if latest is not None and _joins(row, latest, done, first_seen):
            latest.rows.append(row)
        else:
            groups.append(Group([row]))
    return groups


def _joins(row: Row, group: Group, done: list[Row], first_seen: dict[str, datetime]) -> bool:
    begun, place, now = group.rows[0]["finished_at"], row["environment"], row["finished_at"]
    soon = now <= max(part["finished_at"] for part in group.rows) + HOUR
    spreads = place not in group.places and now <= begun + DAY
    between = [
        other for other in done if other["environment"] == place and begun < other["finished_at"] < now and other["sha"] != row["sha"]
    ]
    blocked = [other for other in between if place in group.places or first_seen[other["sha"]] > begun]
    return (soon or spreads) and not blocked


def judged(groups: list[Group]) -> None:
    """R3 without hotfixes: no pull request of the made-up history carries a sign of one."""
    for group in groups:
        before = {place: _before(groups, group, place) for place in group.places}
        same = [bool(earlier) and earlier[-1].sha == group.sha for earlier in before.values()]
        back = [
            place
            for place, earlier in before.items()
            if earlier and earlier[-1].sha != group.sha and any(one.sha == group.sha for one in earlier)
        ]
        group.kind = "redeploy" if all(same) else "rollback" if back else "change"
        group.rows[0]["back"] = back
    for group in sorted((one for one in groups if one.kind == "rollback"), key=lambda one: max(row["finished_at"] for row in one.rows)):
        for place in group.rows[0]["back"]:
            victims = [one for one in _before(groups, group, place) if one.kind == "change"]
            if victims and victims[-1].undone_by is None:
                victims[-1].undone_by = group


def _before(groups: list[Group], group: Group, place: str) -> list[Group]:
    earlier = [
        one
        for one in groups
        if one is not group and place in one.places and (one.last_in(place), one.key) < (group.last_in(place), group.key)
    ]
    return sorted(earlier, key=lambda one: (one.last_in(place), one.key))


def shipped(made: Company, groups: list[Group]) -> dict[str, set[str]]:
    """R4: what each deployment reaches and the one before it does not; the first shows its head."""
    found, before = {}, None
    for group in sorted(groups, key=lambda one: (one.rows[0]["finished_at"], one.key)):
        found[group.key] = {group.sha} if before is None else ancestors(made.commits, group.sha) - ancestors(made.commits, before.sha)
        before = group
    return found


def first_shipped(groups: list[Group], ships: dict[str, set[str]]) -> dict[str, str]:
    """R4: the first deployment, no rollback, of every commit that is no merge."""
    found: dict[str, str] = {}
    for group in sorted(groups, key=lambda one: (one.rows[0]["finished_at"], one.key)):
        for sha in ships[group.key] if group.kind != "rollback" else ():
            found.setdefault(sha, group.key)
    return found


def linked(made: Company, groups: list[Group]) -> dict[str, str | None]:
    """R6, inferred: the last deployment that had begun, at most three days after its end."""
    found: dict[str, str | None] = {}
    for incident in made.incidents:
        near = [
            (min(row["started_at"] for row in group.rows), end, group.key)
            for group in groups
            if min(row["started_at"] for row in group.rows) <= incident["started_at"]
            and (end := max(row["finished_at"] for row in group.rows)) >= incident["started_at"] - 3 * DAY
        ]
        near.sort(key=lambda one: (one[0], one[1]))
        found[incident["id"]] = near[-1][2] if near and incident["cause"] is None else None
    return found


def pull_times(made: Company) -> dict[str, Row]:
    """R7 of every pull request."""
    return {pull["id"]: _pull_times(made, pull) for pull in made.pulls}


def _pull_times(made: Company, pull: Row) -> Row:
    ready: Any = pull["created_at"]
    if pull["created_as_draft"]:
        offered = [event["at"] for event in made.events if event["pr_id"] == pull["id"] and event["kind"] == "ready_for_review"]
        ready = min([*offered, *([pull["merged_at"]] if pull["merged_at"] else [])], default=None)
    end = pull["merged_at"] or datetime.max.replace(tzinfo=UTC)
    seen = sorted(
        (review for review in made.reviews if review["pr_id"] == pull["id"] and review["submitted_at"] <= end),
        key=lambda one: one["submitted_at"],
    )
    human = [one for one in seen if one["reviewer_login"] not in (pull["author_login"], "helper[bot]")]
    standing = [
        one["submitted_at"]
        for one in human
        if one["state"] == "approved"
        and not any(
            other["state"] == "dismissed"
            and other["reviewer_login"] == one["reviewer_login"]
            and other["submitted_at"] >= one["submitted_at"]
            for other in seen
        )
    ]
    pushes = [event["at"] for event in made.events if event["pr_id"] == pull["id"] and event["kind"] == "push"]
    first = human[0]["submitted_at"] if human else None
    return {
        "ready_at": ready, "first_review_at": max(first, ready) if first and ready else first, "last_approval_at": max(standing, default=None),
        "review_rounds": len({sum(push < one["submitted_at"] for push in pushes) for one in human}) or None, "reviewed_before_merge": bool(human),
    }  # fmt: skip


def lives(made: Company) -> dict[str, Row]:
    """R11 of every issue."""
    return {issue["id"]: _life(issue, [move for move in made.moves if move["issue_id"] == issue["id"]]) for issue in made.issues}


def _life(issue: Row, moves: list[Row]) -> Row:
    now, category, kind, entered = issue["created_at"], "todo", None, issue["created_at"]
    started: list[datetime] = []
    finished: list[datetime] = []
    reopened, active = 0, timedelta()
    for move in moves:
        active += move["at"] - now if kind == "active" else timedelta()
        if move["to_category"] != category:
            reopened += category == "done" and move["at"] - entered > 10 * MINUTE
            (started if move["to_category"] == "in_progress" else finished if move["to_category"] == "done" else []).append(move["at"])
            entered = move["at"]
        now, category, kind = move["at"], move["to_category"], move["to_kind"]
    closed = finished[-1] if category == "done" and finished else None
    cancelled = issue["resolution"] == "Duplicate"
    counted = closed and not cancelled and started
    return {
        "start_at": min(started, default=None), "first_done_at": min(finished, default=None), "done_at": None if cancelled else closed,
        "cancelled_at": closed if cancelled else None, "reopened_count": reopened, "active_hours": active / HOUR if counted else None,
    }  # fmt: skip
