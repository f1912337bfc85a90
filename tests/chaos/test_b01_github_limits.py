"""B1: GitHub asks for waits in five ways; nothing is sent before its time is over."""

import json
import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from bars import Bar
from stand_in import github_at, served
from starlette.types import ASGIApp, Receive, Scope, Send

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.sync import sync
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(300)
EARLY = Bar("B1", "requests inside a time in which GitHub wants none", 0, "requests")
ENDED = Bar("B1", "syncs that a limit ended", 0, "syncs")
FLIGHT_S = 0.1
"""What was on its way when the refusal went out is nobody's fault."""
SECONDARY_S = 2.0
WAYS = {
    "429 with Retry-After": (429, {"retry-after": "1"}, b"{}", 1.0),
    "403 with Retry-After": (403, {"retry-after": "1"}, b"{}", 1.0),
    "403 with nothing left until the reset": (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "{reset}"}, b"{}", 1.5),
    "403 over a secondary limit": (403, {}, b'{"message": "You have exceeded a secondary rate limit."}', SECONDARY_S),
    "200 with RATE_LIMITED": (200, {"x-ratelimit-reset": "{reset}"}, json.dumps({"errors": [{"type": "RATE_LIMITED"}]}).encode(), 1.5),
}


class Judge:
    """Refuses the third request in one of these ways, once, and counts who does not wait."""

    def __init__(self, app: ASGIApp, way: str) -> None:
        self.app, self.way, self.seen, self.early, self.closed = app, WAYS[way], 0, 0, (0.0, 0.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        now = time.monotonic()
        begin, end = self.closed
        self.early += begin + FLIGHT_S < now < end
        self.seen += 1
        if self.seen != 3:
            await self.app(scope, receive, send)
            return
        status, headers, body, closed_s = self.way
        clock = datetime.now(UTC)
        shown = {name: value.format(reset=int(clock.timestamp()) + 2) for name, value in headers.items()}
        raw = [(name.encode(), value.encode()) for name, value in {**shown, "date": format_datetime(clock, usegmt=True)}.items()]
        self.closed = (now, now + closed_s)
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def secondary(monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub wants a minute over a secondary limit; here two seconds stand for it."""
    monkeypatch.setattr("etl.answers.SECONDARY_LIMIT_S", SECONDARY_S)


@pytest.mark.usefixtures("secondary")
async def test_nothing_is_sent_before_a_limit_is_over(fresh: Fresh, small_company: Company, settings: Settings, measured: Measure) -> None:
    """Every way of saying it, in the middle of a sync that then goes on."""
    early, ended = 0, 0
    for way in WAYS:
        judge = Judge(make_app(small_company), way)
        async with served(judge) as url, fresh() as db:
            result = await sync(github_at(settings, url), db, sources=["github"], scopes=["docs"])
        early, ended = early + judge.early, ended + (result.status != "ok")
    measured(EARLY, early, f"({len(WAYS)} ways)")
    measured(ENDED, ended)
