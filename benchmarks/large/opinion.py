"""A second opinion by DuckDB: the stored rows of the sources, copied, and the questions of the goals as SQL written by hand over them.

Nothing that Pulse derives goes along, but for which changes a deployment ships (R4): walking the graph of commits is no question of a dashboard.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from store.database import Database

FOLDER = Path(__file__).parent
COPIED: Mapping[str, str] = {
    "pull_request": "select id, repo_id, author_id, author_login, created_at, merged_at, head_ref, title, array_to_string(labels, ',') as labels, "
    "assignee_ids[1] as assignee_id from pull_request",
    "pull_request_commit": "select c.pr_id, k.authored_at from pr_commit c join pull_request p on p.id = c.pr_id "
    "join commit k on k.repo_id = p.repo_id and k.sha = c.sha",
    "commit": 'select repo_id, sha, author_id, author_login, authored_at, committed_at, cardinality(parents) as parents from "commit"',
    "deployment": "select id, repo_id, environment, sha from deployment",
    "deployment_status": "select deployment_id, state, at as moment from deployment_status",
    "workflow_run": "select id, repo_id, name, path, branch, sha, status, conclusion, started_at, updated_at from workflow_run",
    "release": "select id, repo_id, sha, published_at from release where not draft and not prerelease",
    "shipped": "select deployment_id, repo_id, sha, pr_id from deployment_change",
    "repository": "select r.id, r.name, t.key as team from repository r left join source_team_repository g on g.repo_id = r.id "
    "left join source_team t on t.id = g.team_id",
    "membership": "select i.id as author_id, t.key as team, m.valid_from, m.valid_to, m.is_primary from team_member m join team t on t.id = m.team_id "
    "join identity i on i.person_id = m.person_id where i.source = 'github'",
    "issue": "select id, type, created_at, resolution, service_name, cause, caused_by_ref from issue",
    "issue_transition": "select issue_id, at as moment, position, from_category, to_category from issue_transition",
}
"""Table of DuckDB to the rows of the store that it holds."""


class Opinion:
    """The copy, open for questions."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 2})
        self.connection.execute("set timezone = 'UTC'")

    async def copy(self, db: Database) -> None:
        """Take the rows over, by way of files."""
        with tempfile.TemporaryDirectory(prefix="pulse-opinion-") as folder:
            async with db.connect() as connection:
                raw = await db.raw(connection)
                for name, query in COPIED.items():
                    path = Path(folder) / f"{name}.csv"
                    await raw.copy_from_query(query, output=path, format="csv", header=True)
                    self.connection.execute(f"create table \"{name}\" as select * from read_csv('{path}', sample_size = -1)")
                    path.unlink()

    def answer(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of `{name}.duckdb.sql`."""
        sql = written(name).replace("{delivered}", written("delivered"))
        return self.connection.execute(sql, {key: value for key, value in values.items() if f"${key}" in sql}).fetchall()


def written(name: str) -> str:
    """The SQL of a file."""
    return (FOLDER / f"{name}.duckdb.sql").read_text(encoding="utf-8")
