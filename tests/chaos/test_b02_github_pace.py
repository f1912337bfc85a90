"""B2: few requests at a time, few a minute, and nothing is sent again that has not changed."""

import pytest
from bars import Bar
from stand_in import github_at, served
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.github.client import REQUESTS_PER_MINUTE
from etl.hints import Hint
from etl.http import Pace
from etl.sync import sync
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(300)
AT_ONCE = Bar("B2", "requests in flight at the same time", 4, "requests")
A_MINUTE = Bar("B2", "requests of one token in any minute", 900, "requests")
UNCHANGED = Bar("B2", "REST lists of unchanged data that were answered 304", 0.9, "of all", "higher")


class Watch:
    """Counts requests in flight and the answers of REST lists."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.flying, self.most = app, 0, 0
        self.lists: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on and watch."""
        self.flying += 1
        self.most = max(self.most, self.flying)

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start" and "/repos/" in scope["path"]:
                self.lists.append(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, note)
        finally:
            self.flying -= 1


def test_a_thousand_requests_take_their_time(measured: Measure) -> None:
    """As fast as the client lets them go: the busiest minute of an hour."""
    pace, now, sent = Pace(REQUESTS_PER_MINUTE), 0.0, list[float]()
    while now < 3600:
        wait_s = pace.take(now)
        now += wait_s + 0.001
        sent.append(now)
    first, most = 0, 0
    for place, at in enumerate(sent):
        while sent[first] <= at - 60:
            first += 1
        most = max(most, place - first + 1)
    measured(A_MINUTE, most, f"({len(sent)} in an hour)")


async def test_unchanged_lists_are_not_sent_again(fresh: Fresh, company: Company, settings: Settings, measured: Measure) -> None:
    """Every repository's runs are asked for twice, the second time because webhooks point there."""
    watch = Watch(make_app(company))
    only = ["github.repositories", "github.workflow_runs"]
    async with served(watch) as url, fresh() as db:
        there = github_at(settings, url)
        await sync(there, db, sources=["github"], only=only)
        watch.lists.clear()
        await sync(there, db, sources=["github"], only=only, hints=[Hint("changed", "github.workflow_runs")])
    measured(AT_ONCE, watch.most)
    measured(UNCHANGED, watch.lists.count(304) / max(len(watch.lists), 1), f"({len(watch.lists)} lists)")
