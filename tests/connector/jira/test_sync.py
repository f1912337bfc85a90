"""The connector against an invented Jira over real HTTP, stored in real PostgreSQL."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fake_jira import FakeJira
from sqlalchemy import text

from etl.replay import store_digest
from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(60)
STORED = (
    *("issue", "issue_transition", "issue_field_change", "sprint_issue", "issue_link", "worklog", "sprint", "project", "status"),
    *("field", "board", "milestone", "identity"),
)


async def run(settings: Settings, db: Database, **more: Any) -> dict[str, Any]:
    """One sync of Jira without derivation."""
    return (await sync(settings, db, sources=["jira"], **more)).as_dict()


async def rows(db: Database, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    async with db.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_a_full_sync_stores_issues_with_their_complete_history(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Also the histories that Jira cuts in its search results (more than 40 entries)."""
    site.add_issue(1, entries=2)
    site.add_issue(2, entries=130)
    result = await run(cloud, db)
    assert result["status"] == "ok", result
    assert await rows(db, "select count(*), count(*) filter (where has_history) from issue") == [(2, 2)]
    assert await rows(db, "select issue_id, count(*) from issue_field_change group by 1 order by 1") == [
        ("jira:issue:10001", 1),
        ("jira:issue:10002", 129),
    ]
    assert await rows(db, "select distinct from_category, to_category, to_kind from issue_transition") == [
        ("todo", "in_progress", "active")
    ]


async def test_an_unchanged_site_costs_at_most_two_requests_and_writes_nothing(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Slowly changing lists stay fresh for an hour; only the question for changed issues is asked."""
    for number in range(1, 30):
        site.add_issue(number)
    await run(cloud, db)
    before, digest = len(site.exchanges), await store_digest(db, STORED)
    result = await run(cloud, db)
    assert len(site.exchanges) - before <= 2
    assert sum(entity["inserted"] + entity["updated"] for entity in result["entities"]) == 0
    assert await store_digest(db, STORED) == digest


async def test_a_few_changes_cost_at_most_two_requests(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Changed issues come with their recent history in the same answer."""
    for number in range(1, 30):
        site.add_issue(number)
    await run(cloud, db)
    before = len(site.exchanges)
    site.clock += timedelta(minutes=5)
    site.touch("10003", summary="Renamed")
    site.touch("10007", assignee={"accountId": "ben", "displayName": "Ben"})
    await run(cloud, db)
    assert len(site.exchanges) - before <= 2
    assert await rows(db, "select title from issue where id = 'jira:issue:10003'") == [("Renamed",)]
    assert await rows(db, "select assignee_id from issue where id = 'jira:issue:10007'") == [("jira:user:ben",)]
    assert await rows(db, "select count(*) from issue_field_change where issue_id = 'jira:issue:10003'") == [(2,)]


async def test_a_thousand_issues_with_histories_cost_at_most_three_requests_and_a_bit(
    site: FakeJira, cloud: Settings, db: Database
) -> None:
    """One question for issues and one per 10,000 history entries; the rest are a dozen lists per site."""
    for number in range(1, 1001):
        site.add_issue(number, entries=60 if number % 100 == 0 else 11)
    await run(cloud, db)
    assert site.count("/search/jql") + site.count("/bulkfetch") <= 3.2
    assert await rows(db, "select count(*), sum(changes) from issue") == [(1000, 990 * 11 + 10 * 60)]


async def test_pages_that_jira_makes_smaller_are_followed(site: FakeJira, cloud: Settings, db: Database) -> None:
    """A site that gives 100 issues a page costs ten questions and still one for all histories."""
    site.page_cap = 100
    for number in range(1, 951):
        site.add_issue(number)
    await run(cloud, db)
    assert (site.count("/search/jql"), site.count("/bulkfetch")) == (10, 1)
    assert await rows(db, "select count(*) from issue") == [(950,)]


async def test_without_the_bulk_endpoint_histories_come_issue_by_issue(site: FakeJira, cloud: Settings, db: Database) -> None:
    """A site that answers 404 is asked once, then each issue is."""
    site.bulk = False
    site.add_issue(1, entries=230)
    site.add_issue(2)
    assert (await run(cloud, db))["status"] == "ok"
    assert await rows(db, "select changes from issue order by id") == [(230,), (2,)]
    assert site.count("/bulkfetch") == 1


async def test_a_thousand_issues_cost_little_where_histories_do_not_come_in_bulk(
    site: FakeJira, cloud: Settings, data_center: Settings, db: Database
) -> None:
    """Searches bring the histories along, a hundred issues each; only one that is longer is asked for by itself.

    Data Center is known to have no bulk endpoint; a Cloud site without one is searched twice, since that shows after the first time.
    """
    site.page_cap, site.bulk = 100, False
    for number in range(1, 1001):
        site.add_issue(number, entries=60 if number == 500 else 11)
    await run(data_center, db)
    searches = site.count("/search")
    await run(cloud, db, full=True)
    asked = site.count("/search/jql") + site.count("/changelog")
    assert (searches <= 12, asked <= 22) == (True, True), (searches, asked)
    assert await rows(db, "select count(*), sum(changes) from issue") == [(1000, 999 * 11 + 60)]


async def test_data_center_is_read_through_the_same_parsers(site: FakeJira, data_center: Settings, db: Database) -> None:
    """Version 2 of the API, pages by number, a bearer token, whole histories in the search result."""
    site.page_cap = 10
    for number in range(1, 26):
        site.add_issue(number, entries=50, description="h1. Wiki text")
    assert (await run(data_center, db))["status"] == "ok"
    assert await rows(db, "select count(*), sum(changes), min(body) from issue") == [(25, 1250, "h1. Wiki text")]
    assert {exchange.headers["authorization"] for exchange in site.exchanges} == {"Bearer very-secret-pat"}
    assert site.count("/rest/api/3/") == 0


async def test_the_time_in_a_question_is_in_the_zone_of_the_account(site: FakeJira, cloud: Settings, db: Database) -> None:
    """JQL reads wall clock times of the account: an issue changed since is found wherever the account lives."""
    site.add_issue(1)
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kolkata"):
        site.zone = zone
        await run(cloud, db, full=True)
        site.clock += timedelta(hours=3)
        site.touch("10001", summary=f"Seen from {zone}")
        before = len(site.exchanges)
        await run(cloud, db)
        assert await rows(db, "select title from issue") == [(f"Seen from {zone}",)]
        jql = next(exchange.body["jql"] for exchange in site.exchanges[before:] if "search" in exchange.path)
        assert "updated >= " in jql


@pytest.mark.parametrize("fault", ["429", "503", "500", "cut", "html", "empty"])
async def test_answers_that_go_wrong_are_asked_for_again(
    site: FakeJira, cloud: Settings, db: Database, misbehave: Callable[..., None], fault: str
) -> None:
    """Limits, failing servers, cut bodies and login pages with status 200 cost a try, never a row."""
    for number in range(1, 5):
        site.add_issue(number)
    replies: dict[str, dict[str, Any]] = {
        "429": {"status": 429, "answer": {}, "headers": {"retry-after": "0"}},
        "503": {"status": 503, "answer": {}, "headers": {"retry-after": "0"}},
        "500": {"status": 500, "answer": {}},
        "cut": {"answer": {"issues": [{"id": "1"}], "isLast": True}, "cut": True},
        "html": {"raw": b"<html><title>Log in</title></html>", "headers": {"content-type": "text/html"}},
        "empty": {"raw": b""},
    }
    for part in ("/search/jql", "/bulkfetch", "/field"):
        misbehave(part, **replies[fault])
    result = await run(cloud, db)
    assert result["status"] == "ok", result
    assert await rows(db, "select count(*), sum(changes) from issue") == [(4, 8)]


async def test_an_expired_page_token_begins_the_pass_again(
    site: FakeJira, cloud: Settings, db: Database, misbehave: Callable[..., None]
) -> None:
    """A sync broken off long ago resumes with a token that Jira has forgotten: it starts over and nothing is lost or doubled."""
    site.page_cap = 1000
    for number in range(1, 2301):
        site.add_issue(number, entries=1)
    misbehave("/search/jql", after=2, times=99, status=418)
    assert (await run(cloud, db))["status"] == "partial"
    assert await rows(db, "select count(*) from issue") == [(2000,)]
    site.faults.clear()
    site.expired, site.page_cap = {"p2000"}, 900
    assert (await run(cloud, db))["status"] == "ok"
    assert await rows(db, "select count(*), count(distinct key) from issue") == [(2300, 2300)]


async def test_a_broken_off_sync_goes_on_where_it_stopped(
    site: FakeJira, cloud: Settings, db: Database, misbehave: Callable[..., None]
) -> None:
    """Pages that are stored are not asked for again."""
    site.page_cap = 1000
    for number in range(1, 2301):
        site.add_issue(number, entries=1)
    misbehave("/search/jql", after=2, times=99, status=418)
    await run(cloud, db)
    site.faults.clear()
    before = site.count("/search/jql")
    assert (await run(cloud, db))["status"] == "ok"
    assert site.count("/search/jql") - before == 1
    assert await rows(db, "select count(*) from issue") == [(2300,)]


async def test_wrong_credentials_name_the_setting_and_never_the_secret(
    site: FakeJira, cloud: Settings, db: Database, misbehave: Callable[..., None]
) -> None:
    """401 ends the sync at once with JIRA_API_TOKEN in the message."""
    site.add_issue(1)
    misbehave("", status=401, answer={"message": "Client must be authenticated"}, times=1000)
    result = await run(cloud, db)
    assert result["status"] == "failed"
    assert "JIRA_API_TOKEN" in result["error"]
    assert "very-secret-token" not in str(result)
    logged = await rows(db, "select message from run_log union all select error from sync_run")
    assert "very-secret-token" not in str(logged)


@pytest.mark.parametrize(("status", "attention", "setting"), [(403, "attention", "JIRA_PROJECTS"), (404, None, "JIRA_BASE_URL")])
async def test_a_site_that_gives_nothing_is_a_failure_that_names_the_setting(
    cloud: Settings, db: Database, misbehave: Callable[..., None], status: int, attention: str | None, setting: str
) -> None:
    """What needs no request does not count as read; an account that may see nothing waits for a person."""
    misbehave("", status=status, answer={"message": "no"}, times=1000)
    result = await run(cloud, db)
    [told] = await rows(db, "select status, failure, remedy from sync_run")
    assert (result["status"], told[:2], setting in told[2]) == ("failed", ("failed", attention), True)
    assert result["remedy"] == told[2]


async def test_a_refused_list_leaves_the_rest_stored(site: FakeJira, cloud: Settings, db: Database, misbehave: Callable[..., None]) -> None:
    """An account that may not browse users or boards still gets issues; the run says what is missing."""
    site.add_issue(1)
    misbehave("/users/search", status=403, answer={"errorMessages": ["no permission"]}, times=99)
    result = await run(cloud, db)
    assert result["status"] == "partial"
    assert [entity["entity"] for entity in result["entities"] if entity["error"]] == ["jira.users"]
    assert await rows(db, "select display_name from identity where external_id = 'ana'") == [("Ana",)]


async def test_the_same_pages_in_another_order_change_nothing(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Rows do not depend on the size or the order of pages, nor on whether histories came in bulk or inside the answer."""
    for number in range(1, 60):
        site.add_issue(number, entries=number % 50)
    await run(cloud, db)
    digest = await store_digest(db, STORED)
    site.page_cap, site.bulk = 7, False
    site.issues = dict(reversed(site.issues.items()))
    for entries in site.histories.values():
        entries.reverse()
    result = await run(cloud, db, full=True)
    assert result["status"] == "ok"
    assert await store_digest(db, STORED) == digest


async def test_worklogs_beyond_those_in_the_issue_are_read(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Jira puts 20 into an issue; the others are asked for."""
    issue = site.add_issue(1)
    logs = [{"id": str(n), "issueId": "10001", "timeSpentSeconds": 60, "started": "2026-02-01T10:00:00.000+0000"} for n in range(45)]
    issue["all_worklogs"] = logs
    issue["fields"]["worklog"] = {"startAt": 0, "maxResults": 20, "total": 45, "worklogs": logs[:20]}
    await run(cloud, db)
    assert await rows(db, "select count(*), sum(seconds) from worklog") == [(45, 2700.0)]


async def test_an_incident_brings_what_it_links_to(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Links to commits and pull requests outside are read for incidents that have them (R6), for nothing else."""
    kind = {"id": "11", "name": "Incident", "subtask": False}
    site.add_issue(1, issuetype=kind)
    site.add_issue(2)
    for key in ("10001", "10002"):
        site.histories[key][1]["items"][0].update(field="RemoteIssueLink", fieldId=None)
    await run(cloud, db)
    assert await rows(db, "select issue_id, kind, sha from issue_link") == [("jira:issue:10001", "commit", "abcdef1")]
    assert site.count("/remotelink") == 1


async def test_a_sprint_that_closes_is_noticed_without_asking_every_board(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Open sprints are read from the issues in them by one question."""
    sprint = {
        "id": 5,
        "name": "Sprint 5",
        "state": "active",
        "boardId": 8,
        "startDate": "2026-02-16T09:00:00.000Z",
        "endDate": "2026-03-02T09:00:00.000Z",
    }
    site.sprints[5] = {**sprint, "originBoardId": 8}
    site.add_issue(1, customfield_1=[sprint])
    await run(cloud, db)
    assert await rows(db, "select state, completed_at from sprint") == [("active", None)]
    assert await rows(db, "select sprint_id, issue_id, removed_at from sprint_issue") == [("jira:sprint:5", "jira:issue:10001", None)]
    closed = {**sprint, "state": "closed", "completeDate": "2026-03-02T10:00:00.000Z"}
    site.issues["10001"]["fields"]["customfield_1"] = [closed]
    await rows(db, "select 1")
    async with db.begin() as connection:
        await connection.execute(text("update checkpoint set read_at = read_at - interval '20 minutes' where entity = 'jira.sprints'"))
    before = site.count("/board")
    await run(cloud, db)
    assert await rows(db, "select state, completed_at is not null from sprint") == [("closed", True)]
    assert site.count("/board") == before


async def test_a_record_that_cannot_be_understood_is_set_aside(site: FakeJira, cloud: Settings, db: Database) -> None:
    """An issue without a creation time does not stop its neighbours."""
    for number in range(1, 4):
        site.add_issue(number)
    site.issues["10002"]["fields"]["created"] = "0000-00-00"
    site.issues["10003"]["fields"]["summary"] = "half a pair \ud83d and a NUL \x00"
    assert (await run(cloud, db))["status"] == "ok"
    assert await rows(db, "select key from issue order by key") == [("PAY-1",), ("PAY-3",)]
    assert await rows(db, "select external_id, reason from quarantine") == [("10002", "'0000-00-00' is not a time")]
