"""The rows of the demo company as synced, read once, with the little that every second opinion needs of them."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from deriving import Row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

DROPPED = re.compile(r"won.t (do|fix)|duplicate|cannot reproduce|declined|invalid", re.IGNORECASE)
_READ = {
    "issues": "select i.*, f.team from issue i left join fact_issue f on f.id = i.id where i.deleted_at is null order by i.id",
    "moves": "select issue_id, at, position, to_category from issue_transition order by issue_id, at, position",
    "sprints": "select s.*, p.key as project from sprint s join board b on b.id = s.board_id join project p on p.id = b.project_id order by s.id",
    "stays": "select * from sprint_issue order by sprint_id, issue_id, added_at",
    "pulls": "select p.*, r.full_name, i.person_id, coalesce(w.author_type, 'human') as made_by from pull_request p join repository r on r.id = p.repo_id "
    "left join identity i on i.id = p.author_id left join person w on w.id = i.person_id order by p.id",
    "files": "select * from pr_file order by pr_id, path",
    "approvals": "select v.pr_id, max(v.submitted_at) as at from review v join identity i on i.id = v.reviewer_id join person w on w.id = i.person_id "
    "and w.author_type = 'human' where v.state = 'approved' group by v.pr_id",
    "ready": "select pr_id, min(at) as at from pr_event where kind = 'ready_for_review' group by pr_id",
    "hotfixed": "select distinct c.pr_id from deployment_change c join fact_deployment d on d.id = c.deployment_id and d.kind = 'hotfix'",
}


@dataclass
class Rows:
    """The store as plain rows, at one instant."""

    now: datetime
    read: dict[str, list[Row]]
    moves: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    done_at: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for move in self.read["moves"]:
            self.moves[move["issue_id"]].append(move)
        for issue in self.items:
            if (at := closed(self.moves[issue["id"]])) and not dropped(issue):
                self.done_at[issue["id"]] = at

    @property
    def items(self) -> list[Row]:
        """Issues that are neither epics nor sub-tasks."""
        return [issue for issue in self.read["issues"] if issue["level"] == "item"]

    def category(self, issue: Row) -> str:
        """Where the last move left an issue."""
        return str(self.moves[issue["id"]][-1]["to_category"]) if self.moves[issue["id"]] else "todo"

    def started(self, issue: Row) -> datetime | None:
        """When an issue first was in progress."""
        return next((move["at"] for move in self.moves[issue["id"]] if move["to_category"] == "in_progress"), None)

    def finished_per_day(self, items: list[Row], days: int = 84) -> list[int]:
        """Items done on each of the last complete days, the oldest first."""
        counts = Counter(self.done_at[item["id"]].date() for item in items if item["id"] in self.done_at)
        return [counts[self.last_day - timedelta(days=back)] for back in range(days - 1, -1, -1)]

    @property
    def last_day(self) -> date:
        """The last complete day."""
        return (self.now - timedelta(days=1)).date()

    def usual_days(self, team: str) -> float | None:
        """The 85th percentile of the cycle times of a team's last 90 days."""
        took = sorted(
            (done - begun).total_seconds() / 86_400
            for issue in self.items
            if issue["team"] == team and (begun := self.started(issue)) and (done := self.done_at.get(issue["id"]))
            if self.now - timedelta(days=90) < done <= self.now
        )
        if not took:
            return None
        place = (len(took) - 1) * 0.85
        low = int(place)
        return took[low] + (place - low) * (took[min(low + 1, len(took) - 1)] - took[low])


def dropped(issue: Row) -> bool:
    """Whether an issue was closed without being done."""
    return bool(DROPPED.match(issue["resolution"] or ""))


def closed(moves: list[Row]) -> datetime | None:
    """When an issue that stands closed entered done for the last time."""
    entered, before = None, "todo"
    for move in moves:
        if move["to_category"] != before:
            entered = move["at"] if move["to_category"] == "done" else None
        before = move["to_category"]
    return entered


async def read_rows(connection: AsyncConnection, now: datetime) -> Rows:
    """Everything, once."""
    found: dict[str, Any] = {name: [dict(row) for row in (await connection.execute(text(sql))).mappings()] for name, sql in _READ.items()}
    return Rows(now, found)
