"""What happens to boards, projects and issues: they have no sprints, are deleted, vanish while they are read."""

from typing import Any

import pytest
from fake_jira import FakeJira, Reply
from sqlalchemy import text

from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(60)


async def run(settings: Settings, db: Database, **more: Any) -> tuple[str, list[str]]:
    """How one sync of Jira without derivation ended, and its errors."""
    result = await sync(settings, db, sources=["jira"], **more)
    return result.status, [totals.error for totals in result.entities if totals.error]


async def rows(db: Database, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    async with db.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_a_board_without_sprints_does_not_hide_those_of_the_others(site: FakeJira, cloud: Settings, db: Database) -> None:
    """The board of a team-managed project is of type simple; whether it has sprints Jira only says when it is asked for them."""
    site.boards = [{"id": 3, "name": "Ideas", "type": "simple"}, *site.boards, {"id": 9, "name": "Notes", "type": "simple"}]
    site.sprints[5] = {"id": 5, "name": "Sprint 5", "state": "active", "originBoardId": 8, "startDate": "2026-02-16T09:00:00Z"}
    assert await run(cloud, db) == ("ok", [])
    assert await rows(db, "select id from sprint") == [("jira:sprint:5",)]
    assert await run(cloud, db, full=True) == ("ok", [])


async def test_a_project_that_was_deleted_does_not_hide_the_versions_of_the_others(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Its versions are no longer asked for."""
    site.projects.insert(0, {"id": "2", "key": "OLD", "name": "Old"})
    assert await run(cloud, db) == ("ok", [])
    del site.projects[0]
    assert await run(cloud, db, full=True) == ("ok", [])
    assert await rows(db, "select key, deleted_at is null from project order by key") == [("OLD", False), ("PAY", True)]
    assert await rows(db, "select name from milestone") == [("1.0",)]


async def test_an_incident_that_was_deleted_does_not_hide_the_links_of_the_others(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Whether it vanishes right before its links are asked for, or is known to be gone."""
    for number in (1, 2):
        site.add_issue(number, issuetype={"id": "11", "name": "Incident", "subtask": False})
        site.histories[str(10_000 + number)][1]["items"][0].update(field="RemoteIssueLink", fieldId=None)
    site.faults.append(lambda path: Reply({"errorMessages": ["gone"]}, 404) if path.endswith("/10001/remotelink") else None)
    assert await run(cloud, db) == ("ok", [])
    assert await rows(db, "select issue_id from issue_link") == [("jira:issue:10002",)]
    del site.issues["10001"]
    assert await run(cloud, db, full=True) == ("ok", [])
    assert [site.count(f"/{issue}/remotelink") for issue in (10001, 10002)] == [1, 2]


async def test_an_issue_that_vanishes_before_its_worklogs_are_asked_for_costs_its_neighbours_nothing(
    site: FakeJira, cloud: Settings, db: Database
) -> None:
    """The search has shown it, so it is stored with what came; the next comparison marks it."""
    site.add_issue(1, worklog={"startAt": 0, "maxResults": 20, "total": 45, "worklogs": []})
    site.add_issue(2)
    site.faults.append(lambda path: Reply({"errorMessages": ["gone"]}, 404) if path.endswith("/worklog") else None)
    assert await run(cloud, db) == ("ok", [])
    assert await rows(db, "select key from issue order by key") == [("PAY-1",), ("PAY-2",)]
