"""B5: redirects, page links and spellings of addresses that lead to another host; no token ever goes there."""

import asyncio

import pytest
from bars import Bar
from fake_jira import Reply, listening

from etl.http import Http
from store.errors import UpstreamError
from tests.chaos.conftest import Measure

pytestmark = pytest.mark.timeout(120)
CONNECTS = Bar("B5", "connections to a host that is not set", 0, "connections")
FOLLOWED = Bar("B5", "leads elsewhere that were not refused", 0, "leads")
ELSEWHERE = [
    "http://127.0.0.1:{other}/x",
    "http://localhost:{other}/x",
    "//127.0.0.1:{other}/x",
    "http://{own}@127.0.0.1:{other}/x",
    "http://{own}\\@127.0.0.1:{other}/x",
    "http://127.0.0.1:{other}\\@{own}/x",
    "http://{own}#@127.0.0.1:{other}/x",
    "http://[::1]:{other}/x",
    "http://[::ffff:127.0.0.1]:{other}/x",
    "http://0177.0.0.1:{other}/x",
    "http://2130706433:{other}/x",
    "http://0x7f.1:{other}/x",
    "http://127.1:{other}/x",
    "http://0:{other}/x",
    "https://{own}/x",
    "HTTP://LOCALHOST:{other}/x",
    "http://user:password@{own}/x",
    "gopher://127.0.0.1:{other}/x",
    "file:///etc/passwd",
    "http:///127.0.0.1:{other}/x",
]
STATUSES = (301, 302, 303, 307, 308)


async def _leads(own: str, other: int) -> int:
    """How many redirects and page links were not refused."""
    followed = 0
    for lead in (pattern.format(own=own.removeprefix("http://"), other=other) for pattern in ELSEWHERE):
        async with Http(own, headers={"authorization": "Bearer very-secret"}) as client:
            try:
                await client.get(lead)
                followed += not lead.startswith("//")  # a path below our own host is fine
            except UpstreamError:
                pass
    return followed


async def test_no_lead_elsewhere_is_followed(measured: Measure) -> None:
    """Twenty spellings, each as a redirect of five kinds and as a page link; a listener stands where they lead."""
    connects: list[str] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connects.append((await reader.readline()).decode())
        writer.close()

    other = await asyncio.start_server(note, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    followed = 0
    async with other, listening() as site:
        own = site.url.removeprefix("http://")
        for status in STATUSES:
            for pattern in ELSEWHERE:
                location = pattern.format(own=own, other=port)
                site.faults[:] = [lambda _path, location=location, status=status: Reply({}, status, {"location": location})]
                async with Http(site.url, headers={"authorization": "Bearer very-secret"}) as client:
                    try:
                        await client.get("rest/api/3/field")
                        followed += 1
                    except UpstreamError:
                        pass
        site.faults.clear()
        followed += await _leads(site.url, port)
    measured(CONNECTS, len(connects), f"({len(ELSEWHERE) * (len(STATUSES) + 1)} leads)")
    measured(FOLLOWED, followed)
