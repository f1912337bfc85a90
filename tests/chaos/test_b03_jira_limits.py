"""B3: Jira's limits: by the hour, in bursts for one endpoint, and 503 with a time; resets are ISO instants, not epoch seconds."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from bars import Bar
from fake_jira import FakeJira, Reply, listening

from etl.http import Http
from tests.chaos.conftest import Measure

pytestmark = pytest.mark.timeout(120)
EARLY = Bar("B3", "retries before the time that Jira asked for", 0, "retries")
ASIDE = Bar("B3", "wait of other endpoints while one has a burst limit", 0.5, "s")
TOGETHER = Bar("B3", "pairs of twenty waiting clients that come back within 50 ms", 0.2, "of all")
CLIENTS, WAIT_S = 20, 1.0


class Limited:
    """A Jira that refuses the first request to an endpoint and notes when requests come."""

    def __init__(self, site: FakeJira, headers: Callable[[], dict[str, str]], status: int = 429) -> None:
        self.at: list[float] = []
        self.headers, self.status = headers, status
        site.faults.append(self)

    def __call__(self, path: str) -> Reply | None:
        """Refuse once."""
        if not path.endswith("/field"):
            return None
        self.at.append(time.monotonic())
        return Reply({}, self.status, self.headers()) if len(self.at) == 1 else None


WAYS: dict[str, tuple[Callable[[FakeJira], dict[str, str]], int]] = {
    "quota with Retry-After": (lambda _: {"retry-after": "1", "ratelimit-reason": "jira-quota-tenant-based"}, 429),
    "quota with an ISO reset": (
        lambda site: {"x-ratelimit-remaining": "0", "x-ratelimit-reset": (site.clock + timedelta(seconds=1)).isoformat()},
        429,
    ),
    "burst": (lambda _: {"retry-after": "1", "ratelimit-reason": "jira-burst-based"}, 429),
    "503 with Retry-After": (lambda _: {"retry-after": "1"}, 503),
}


async def _timed(client: Http, path: str) -> float:
    began = time.monotonic()
    await client.get(path)
    return time.monotonic() - began


async def test_limits_are_kept_and_one_endpoint_does_not_stop_the_others(measured: Measure) -> None:
    """A quota stops everything, a burst limit only what it names."""
    early, aside = 0, 0.0
    for way, (headers, status) in WAYS.items():
        async with listening() as site, Http(site.url) as client:
            limited = Limited(site, lambda headers=headers, site=site: headers(site), status)
            asked = asyncio.create_task(client.get("rest/api/3/field"))
            while not limited.at:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            other = await _timed(client, "rest/api/3/status")
            await asked
            early += limited.at[1] - limited.at[0] < WAIT_S
            aside = max(aside, other) if way == "burst" else aside
            early += way != "burst" and other < WAIT_S - 0.2
    measured(EARLY, early, f"({len(WAYS)} ways)")
    measured(ASIDE, aside)


async def test_waiting_clients_do_not_come_back_together(measured: Measure) -> None:
    """Twenty of them were told the same time."""
    came: list[float] = []
    async with listening() as site:
        site.clock = datetime.now(UTC)
        seen = [0]

        def refuse(_path: str) -> Reply | None:
            seen[0] += 1
            if seen[0] <= CLIENTS:
                return Reply({}, 429, {"retry-after": "1"})
            came.append(time.monotonic())
            return None

        site.faults.append(refuse)
        clients = [Http(site.url) for _ in range(CLIENTS)]
        await asyncio.gather(*(client.get("rest/api/3/field") for client in clients))
        for client in clients:
            await client.__aexit__()
    pairs = [abs(one - other) for place, one in enumerate(came) for other in came[:place]]
    measured(TOGETHER, sum(gap < 0.05 for gap in pairs) / len(pairs), f"({len(came)} clients)")
