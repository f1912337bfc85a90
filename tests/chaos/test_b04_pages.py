"""B4: pages that repeat, shrink, come empty or lead nowhere."""

import copy

import pytest
from bars import Bar
from fake_jira import FakeJira, Reply, listening
from sqlalchemy import text
from stand_in import github_at, jira_at, served
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.sync import sync
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(300)
LOST = Bar("B4", "issues lost by pages that change size or come empty", 0, "issues")
CIRCLES = Bar("B4", "answers read of a circle before it is given up", 4, "answers")
TOLD = Bar("B4", "circles that a run does not tell", 0, "circles")
ISSUES = 700


def restless(site: FakeJira) -> None:
    """Another page size with every question, and a first page that is empty and says there is more."""
    turn = [0]

    def change(path: str) -> Reply | None:
        if not path.endswith("/search/jql"):
            return None
        turn[0] += 1
        site.page_cap = (50, 7, 120, 1, 300)[turn[0] % 5]
        return Reply({"issues": [], "isLast": False, "nextPageToken": "p0"}) if turn[0] == 1 else None

    site.faults.append(change)


class Circle:
    """A GitHub whose list of workflow runs leads back to its first page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.read = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with another `Link`."""
        path = scope["path"]

        async def relink(message: Message) -> None:
            if message["type"] == "http.response.start" and path.endswith("/actions/runs"):
                self.read += 1
                link = f'<{path}?page=2>; rel="next"'.encode()
                message = {**message, "headers": [*(pair for pair in message["headers"] if pair[0] != b"link"), (b"link", link)]}
            await send(message)

        await self.app(scope, receive, relink)


async def test_restless_pages_lose_nothing(fresh: Fresh, settings: Settings, measured: Measure) -> None:
    """Fifty, seven, a hundred and twenty, one: the token counts, never the size."""
    async with listening() as site, fresh() as db:
        for number in range(1, ISSUES + 1):
            site.add_issue(number, entries=1)
        restless(site)
        await sync(jira_at(settings, site.url), db, sources=["jira"])
        async with db.connect() as connection:
            stored = int(await connection.scalar(text("select count(*) from issue")) or 0)
    measured(LOST, ISSUES - stored)


async def test_circles_end(fresh: Fresh, small_company: Company, settings: Settings, measured: Measure) -> None:
    """A repeated token at Jira, a `Link` in a ring at GitHub."""
    circle, told = Circle(make_app(small_company)), 0
    async with served(circle) as url, fresh() as db:
        result = await sync(
            github_at(settings, url), db, sources=["github"], scopes=["docs"], only=["github.repositories", "github.workflow_runs"]
        )
        told += any("repeats" in str(totals.error) for totals in result.entities)
    async with listening() as site, fresh() as db:
        again = {"issues": [site.add_issue(1)], "nextPageToken": "again", "isLast": False}
        site.faults.append(lambda path: Reply(copy.deepcopy(again)) if path.endswith("/search/jql") else None)
        result = await sync(jira_at(settings, site.url), db, sources=["jira"])
        told += any("repeats" in str(totals.error) for totals in result.entities)
        asked = site.count("/search/jql")
    measured(CIRCLES, max(circle.read, asked), f"(GitHub {circle.read}, Jira {asked})")
    measured(TOLD, 2 - told)
