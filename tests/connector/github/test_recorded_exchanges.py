"""Exchanges that others recorded, served again over HTTP: what the client does next."""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from etl.http import Http, Limits
from store.errors import AccessRefused, UpstreamError, UpstreamGone

Exchange = dict[str, Any]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
OFFSET = re.compile(r"offset='(-?\d+) seconds?'")
WAIT_SCENARIOS = {
    "testHandler_Fail": 30,
    "testHandler_Wait": 2,
    "testHandler_Wait_Secondary_Limits": 60,
    "testHandler_Wait_Secondary_Limits_Too_Many_Requests": 8,
}


def _exchanges(evidence: Path, name: str) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in json.loads((evidence / "github" / "rest" / f"{name}.json").read_text(encoding="utf-8"))["records"]:
        found[exchange["scenario"]].append(exchange)
    return found


def _filled(name: str, value: str, now: datetime) -> str:
    """A header whose template names a time relative to now."""
    if "{{" not in value:
        return value
    at = now + timedelta(seconds=int((OFFSET.search(value) or [0, 0])[1]))
    return str(int(at.timestamp())) if name == "x-ratelimit-reset" else at.strftime("%a, %d %b %Y %H:%M:%S GMT")


def _replay(exchanges: list[Exchange], *, now: datetime = NOW) -> tuple[Starlette, list[str]]:
    """An application that answers each request with its next recorded answer, and what it was asked."""
    answers: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        if exchange["request"]["method"] == "GET":
            answers[_path(exchange["request"]["url"])].append(exchange["response"])
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        asked.append(path)
        recorded = answers[path].pop(0) if len(answers[path]) > 1 else answers[path][0]
        base = str(request.base_url).rstrip("/")
        headers = {name.lower(): _filled(name.lower(), str(value), now) for name, value in recorded["headers"].items()}
        kept = {name: value.replace("https://api.github.com", base) for name, value in headers.items() if name in KEPT}
        return Response(json.dumps(recorded.get("body")).replace("https://api.github.com", base), recorded["status"], kept)

    return Starlette(routes=[Route("/{path:path}", answer)]), asked


KEPT = {"retry-after", "date", "link", "location", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-limit"}


def _path(url: str) -> str:
    return url.removeprefix("https://api.github.com")


class Clock:
    """Remembers how long the client slept instead of sleeping."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Take note."""
        self.slept.append(seconds)


@pytest.mark.parametrize("scenario", sorted(WAIT_SCENARIOS))
async def test_limits_are_waited_for_as_long_as_github_asks(evidence: Path, serve: Callable[..., Any], scenario: str) -> None:
    """Retry-After in seconds or as a date; without one at least a minute. Then the same request again, once."""
    exchanges = _exchanges(evidence, "hub4j-AbuseLimitHandlerTest")[scenario]
    app, asked = _replay(exchanges)
    clock = Clock()
    async with serve(app) as url, Http(url, sleep=clock.sleep) as http:
        path = _path(exchanges[0]["request"]["url"])
        answer = await http.get(path)
    assert (answer.status, asked) == (200, [path, path])
    assert WAIT_SCENARIOS[scenario] <= sum(clock.slept) <= WAIT_SCENARIOS[scenario] * 1.1 + 1


async def test_a_retry_after_date_is_understood_without_a_date_header(evidence: Path, serve: Callable[..., Any]) -> None:
    """Then our own clock tells how far that instant is."""
    scenario = "testHandler_Wait_Secondary_Limits_Too_Many_Requests_Date_Retry_After_Missing_Date_Header"
    exchanges = _exchanges(evidence, "hub4j-AbuseLimitHandlerTest")[scenario]
    app, asked = _replay(exchanges, now=datetime.now(UTC))
    clock = Clock()
    async with serve(app) as url, Http(url, sleep=clock.sleep) as http:
        answer = await http.get(_path(exchanges[0]["request"]["url"]))
    assert (answer.status, len(asked)) == (200, 2)
    assert 6 <= sum(clock.slept) <= 10


async def test_an_empty_hourly_limit_is_waited_for_until_it_resets(evidence: Path, serve: Callable[..., Any]) -> None:
    """403 with x-ratelimit-remaining 0: nothing is sent before x-ratelimit-reset."""
    exchanges = _exchanges(evidence, "hub4j-RateLimitHandlerTest")["testHandler_Wait"]
    app, asked = _replay(exchanges)
    clock = Clock()
    async with serve(app) as url, Http(url, sleep=clock.sleep) as http:
        answer = await http.get(_path(exchanges[0]["request"]["url"]))
    assert (answer.status, len(asked)) == (200, 2)
    assert 3 <= sum(clock.slept) <= 6


async def test_a_missing_organisation_is_gone_and_not_asked_for_again(evidence: Path, serve: Callable[..., Any]) -> None:
    """404 is an answer, no failure to try again."""
    exchanges = _exchanges(evidence, "hub4j-RequesterRetryTest")["testInputStreamFailureExceptions"]
    app, asked = _replay([one for one in exchanges if one["response"]["status"] == 404])
    async with serve(app) as url, Http(url) as http:
        with pytest.raises(UpstreamGone):
            await http.get("/orgs/hub4j-test-org-missing")
    assert len(asked) == 1


async def test_a_renamed_repository_is_followed_on_the_same_host(evidence: Path, serve: Callable[..., Any]) -> None:
    """301 to /repositories/1000."""
    app, asked = _replay(_exchanges(evidence, "octokit-rename-repository")["rename-repository"])
    async with serve(app) as url, Http(url) as http:
        document = await http.get_json("/repos/octokit-fixture-org/rename-repository")
    assert document["name"] == "rename-repository-newname"
    assert asked == ["/repos/octokit-fixture-org/rename-repository", "/repositories/1000"]


async def test_pages_are_followed_by_their_link_header_to_the_end(evidence: Path, serve: Callable[..., Any]) -> None:
    """The Link header leads to /repositories/1000/…, another path than the one asked for."""
    exchanges = _exchanges(evidence, "octokit-paginate-issues")["paginate-issues"]
    app, asked = _replay(exchanges)
    found = []
    async with serve(app) as url, Http(url) as http:
        answer = await http.get(_path(exchanges[0]["request"]["url"]))
        found += answer.json()
        while answer.next_url:
            answer = await http.get(answer.next_url)
            found += answer.json()
    assert [one["number"] for one in found] == sorted({one["number"] for one in found}, reverse=found[0]["number"] > found[-1]["number"])
    assert len(asked) == len(exchanges)


async def test_no_word_goes_to_another_host(serve: Callable[..., Any]) -> None:
    """A redirect or a Link that leads elsewhere ends the request; the other host never hears from us."""
    heard: list[str] = []

    async def elsewhere(request: Request) -> Response:
        heard.append(str(request.headers))
        return Response("{}")

    async with serve(Starlette(routes=[Route("/{path:path}", elsewhere)])) as other:

        async def redirect(_request: Request) -> Response:
            return Response(None, 302, {"location": f"{other}/stolen"})

        async with (
            serve(Starlette(routes=[Route("/{path:path}", redirect)])) as url,
            Http(url, headers={"authorization": "Bearer s3cret"}) as http,
        ):
            for path in ("/repos/a/b", f"{other}/page2", "http://localhost\\@127.0.0.1/"):
                with pytest.raises(UpstreamError) as raised:
                    await http.get(path)
                assert "s3cret" not in str(raised.value)
    assert heard == []


async def test_a_refusal_without_a_limit_is_told_as_it_is(serve: Callable[..., Any]) -> None:
    """403 for a missing permission is not waited for; the message says what to do and holds no token."""

    async def refuse(_request: Request) -> Response:
        return Response('{"message": "Resource not accessible by integration"}', 403)

    async with (
        serve(Starlette(routes=[Route("/{path:path}", refuse)])) as url,
        Http(url, headers={"authorization": "Bearer s3cret"}) as http,
    ):
        with pytest.raises(AccessRefused, match="Resource not accessible") as raised:
            await http.get("/repos/a/b")
    assert "s3cret" not in str(raised.value)
    assert http.counts.requests == 1


@pytest.mark.timeout(30)
async def test_a_body_that_grows_beyond_the_limit_is_refused(serve: Callable[..., Any]) -> None:
    """Counted after decompression, so that a small body cannot become a large one."""

    async def bomb(_request: Request) -> Response:
        return Response(gzip.compress(b"[" + b"0," * 5_000_000 + b"0]"), 200, {"content-encoding": "gzip"})

    async with (
        serve(Starlette(routes=[Route("/{path:path}", bomb)])) as url,
        Http(url, limits=Limits(body_bytes=1_000_000, attempts=2)) as http,
    ):
        with pytest.raises(UpstreamError, match="more than"):
            await http.get("/x")
