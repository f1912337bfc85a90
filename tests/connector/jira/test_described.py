"""Everything Pulse asks of Jira, and every answer the invented Jira gives, is as Atlassian describes it."""

from pathlib import Path

import pytest
from fake_jira import Answered, FakeJira
from jira_description import Description

from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def description(evidence: Path) -> Description:
    """Atlassian's own descriptions of both APIs."""
    return Description(evidence / "reference")


async def test_every_question_and_every_answer_is_as_described(
    site: FakeJira, cloud: Settings, db: Database, description: Description
) -> None:
    """A full sync, an incremental one, one without the bulk endpoint: no path, parameter or member that Atlassian does not know."""
    sprint = {"id": 5, "name": "Sprint 5", "state": "active", "startDate": "2026-02-16T09:00:00.000Z", "originBoardId": 8}
    site.sprints[5] = sprint
    issue = site.add_issue(1, entries=150, issuetype={"id": "11", "name": "Incident", "subtask": False}, customfield_1=[sprint])
    site.histories["10001"][1]["items"][0].update(field="RemoteIssueLink", fieldId=None)
    issue["all_worklogs"] = [{"id": str(number), "timeSpentSeconds": 60} for number in range(30)]
    issue["fields"]["worklog"] = {"startAt": 0, "maxResults": 20, "total": 30, "worklogs": issue["all_worklogs"][:20]}
    for full, bulk in ((False, True), (False, True), (True, False)):
        site.bulk = bulk
        assert (await sync(cloud, db, sources=["jira"], full=full)).status == "ok"
    problems = {problem for exchange in site.exchanges for problem in description.problems(exchange)}
    assert problems == set()
    asked = {exchange.path for exchange in site.exchanges}
    assert len(asked) >= 13


def test_an_undescribed_question_would_be_noticed(description: Description) -> None:
    """The judge itself is not blind."""
    body = {"jql": "project = X", "maxResult": 5}
    wrong = Answered("POST", "/rest/api/3/search/jql", {}, body, {}, 200, {"issues": [{"id": 5}]})
    problems = list(description.problems(wrong))
    assert any("maxResult" in problem for problem in problems)
    assert any("5 is not of type 'string'" in problem for problem in problems)
    assert list(description.problems(Answered("GET", "/rest/api/3/nothing", {}, None, {}, 200, {}))) == [
        "GET /rest/api/3/nothing is not described"
    ]
