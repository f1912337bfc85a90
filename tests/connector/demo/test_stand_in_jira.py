"""The stand-in Jira answers as Jira Cloud does."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_jira import Answered
from jira_description import Description

from etl.demo.company.model import Company
from etl.demo.manners import Mannered

pytestmark = pytest.mark.timeout(60)
API, AGILE = "/rest/api/3", "/rest/agile/1.0"
FIELDS = ["*all"]


async def find(jira: httpx.AsyncClient, jql: str, **more: Any) -> list[dict[str, Any]]:
    """All issues of a question, page after page."""
    found: list[dict[str, Any]] = []
    token = None
    while True:
        body = {"jql": jql, "fields": ["created"], "maxResults": 100, **more, **({"nextPageToken": token} if token else {})}
        answer = (await jira.post(f"{API}/search/jql", json=body)).json()
        found += answer["issues"]
        token = answer.get("nextPageToken")
        if answer["isLast"]:
            return found


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        *(
            ("GET", f"{API}/{name}", {}, None)
            for name in ("myself", "serverInfo", "field", "status", "priority", "issuetype", "resolution")
        ),
        ("GET", f"{API}/statuses/search", {}, None),
        ("GET", f"{API}/project/search", {"expand": "lead,insight"}, None),
        ("GET", f"{API}/project/PAY/versions", {}, None),
        ("GET", f"{API}/users/search", {"maxResults": "5"}, None),
        ("POST", f"{API}/search/jql", {}, {"jql": "project = PAY", "fields": FIELDS, "maxResults": 60, "expand": "changelog"}),
        ("POST", f"{API}/search/approximate-count", {}, {"jql": "project = PAY"}),
        ("POST", f"{API}/changelog/bulkfetch", {}, {"issueIdsOrKeys": ["PAY-1", "PAY-2", "PAY-100"]}),
        ("GET", f"{API}/worklog/updated", {"since": "0"}, None),
        ("GET", f"{API}/issue/PAY-100", {"expand": "changelog"}, None),
        ("GET", f"{API}/issue/PAY-100/changelog", {}, None),
        ("GET", f"{API}/issue/PAY-100/worklog", {}, None),
        ("GET", f"{AGILE}/board", {}, None),
        ("GET", f"{AGILE}/board/11/sprint", {}, None),
        ("GET", f"{AGILE}/board/11/issue", {"maxResults": "3"}, None),
        ("GET", f"{AGILE}/sprint/11003", {}, None),
    ],
)
async def test_every_answer_is_as_atlassian_describes_it(
    jira: httpx.AsyncClient, evidence: Path, method: str, path: str, query: dict[str, str], body: Any
) -> None:
    """Judged by the official descriptions of both APIs."""
    answer = await jira.request(method, path, params=query, json=body)
    exchange = Answered(method, path, query, body, {}, answer.status_code, answer.json())
    assert answer.status_code == 200
    assert list(Description(evidence / "reference").problems(exchange)) == []


async def test_all_issues_come_once_in_order(jira: httpx.AsyncClient, company: Company) -> None:
    """Pages by token neither lose nor double anything."""
    found = await find(jira, 'project in ("DAT") AND updated >= "1970/01/01 00:00" ORDER BY created ASC, key ASC')
    assert [issue["key"] for issue in found] == [issue.key for issue in company.issues["DAT"]]


async def test_only_what_changed_since_is_found(jira: httpx.AsyncClient, company: Company) -> None:
    """The question of an incremental sync."""
    found = await find(jira, 'updated >= "2026/11/19 00:00" ORDER BY created ASC')
    changed = {issue.key for issues in company.issues.values() for issue in issues if issue.updated_at.isoformat() >= "2026-11-19"}
    assert {issue["key"] for issue in found} == changed
    assert changed


async def test_a_question_without_a_restriction_is_refused(jira: httpx.AsyncClient) -> None:
    """As Jira Cloud refuses it since 2025."""
    answer = await jira.post(f"{API}/search/jql", json={"jql": "ORDER BY created"})
    assert (answer.status_code, list(answer.json())) == (400, ["errorMessages", "errors"])
    assert "Unbounded" in answer.json()["errorMessages"][0]


async def test_a_token_is_good_for_its_own_question_only(jira: httpx.AsyncClient) -> None:
    """A token of another question, or one made up, is refused."""
    token = (await jira.post(f"{API}/search/jql", json={"jql": "project = PAY"})).json()["nextPageToken"]
    for other in ({"jql": "project = CHK", "nextPageToken": token}, {"jql": "project = PAY", "nextPageToken": "bm9uc2Vuc2U="}):
        assert (await jira.post(f"{API}/search/jql", json=other)).status_code == 400


@pytest.mark.parametrize(
    "jql", ["nonsense = 5", "project in (", "updated >= yesterday", "project ~ PAY", 'project = "PAY" OR project = CHK']
)
async def test_a_question_that_is_not_understood_is_an_error(jira: httpx.AsyncClient, jql: str) -> None:
    """Never an empty answer in its place."""
    assert (await jira.post(f"{API}/search/jql", json={"jql": jql})).status_code == 400


async def test_without_credentials_nothing_is_told(site: Mannered) -> None:
    """401, also for paths that do not exist."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://jira.test") as nobody:
        assert [(await nobody.get(path)).status_code for path in (f"{API}/myself", "/nothing")] == [401, 401]


async def test_what_is_not_there_is_404_in_jiras_words(jira: httpx.AsyncClient) -> None:
    """With a list of messages."""
    for path in (f"{API}/issue/PAY-99999", f"{API}/project/XXX/versions", f"{AGILE}/sprint/1", "/rest/api/3/nothing"):
        answer = await jira.get(path)
        assert answer.status_code == 404
        assert answer.json()["errorMessages"]


async def test_bulk_histories_are_complete_and_limited(jira: httpx.AsyncClient, company: Company) -> None:
    """1,000 issues at most; all entries come, over several pages."""
    assert (await jira.post(f"{API}/changelog/bulkfetch", json={"issueIdsOrKeys": [str(n) for n in range(1001)]})).status_code == 400
    keys = [issue.key for issue in company.issues["DAT"][:300]]
    entries, token = 0, None
    while True:
        body = {"issueIdsOrKeys": keys, "maxResults": 250, **({"nextPageToken": token} if token else {})}
        answer = (await jira.post(f"{API}/changelog/bulkfetch", json=body)).json()
        entries += sum(len(log["changeHistories"]) for log in answer["issueChangeLogs"])
        token = answer.get("nextPageToken")
        if token is None:
            break
    assert entries == sum(len(issue.changes) for issue in company.issues["DAT"][:300])


async def test_the_clock_and_the_count_of_requests_are_the_companys(jira: httpx.AsyncClient, site: Mannered) -> None:
    """`Date` is the instant of the company; each request is counted by its path."""
    answer = await jira.get(f"{API}/myself")
    assert answer.headers["date"] == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert answer.headers["x-ratelimit-limit"]
    assert site.total(API) == 1
