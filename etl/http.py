"""The one client for both sources: deadlines, waiting, trying again, limits per host, and never a word to another host."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, Self

import httpx

from etl.answers import Answer, Verdict, backoff_s, judge, parse_http_date, parse_reset
from store.clock import wall_clock
from store.documents import read_document
from store.errors import AccessRefused, ConfigurationError, QuestionRefused, RateLimited, UpstreamError, UpstreamGone

MAX_REDIRECTS = 5
LONGEST_BUDGET_S = 7 * 86400
"""A source that says its budget begins anew later than this has told no time."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
Params = Mapping[str, str | int | None]
Judge = Callable[[Answer, int, datetime], Verdict]
Sleep = Callable[[float], Awaitable[None]]


@dataclass
class Counts:
    """What a piece of work cost the source: requests sent (every try counts), points charged."""

    requests: int = 0
    points: int = 0


COUNTING: ContextVar[Counts | None] = ContextVar("pulse_http_counts", default=None)
"""The counts of the work at hand; the engine sets one per pass."""


@dataclass(frozen=True)
class Limits:
    """How long, how often and how much; all times in seconds."""

    deadline_s: float = 60.0
    """For one try, from connecting to the last byte."""
    connect_s: float = 10.0
    attempts: int = 6
    """Tries of one request that fail for no stated reason."""
    max_wait_s: float = 3900.0
    """Longest single wait that a source may ask for; a longer one ends the pass, which resumes later."""
    wait_budget: int = 8
    """Waits of one request before it gives up."""
    in_flight: int = 4
    """Requests at a time to the host."""
    per_minute: int | None = None
    """Requests of one account in any minute; None: as many as it answers."""
    body_bytes: int = 64 * 1024 * 1024
    """Largest body after decompression."""


class Budget(NamedTuple):
    """Requests or points that a source grants for a time."""

    left: int
    of: int
    resets_at: str | None
    """ISO, UTC."""


@dataclass
class Host:
    """What all clients of one host share, whichever account they speak for."""

    places: asyncio.Semaphore
    """Requests at a time."""
    server_time: str | None = None
    """The host's clock when it last answered (ISO, UTC)."""
    on_wait: Callable[[float, str], None] | None = None
    """Told about every wait: seconds and why."""
    budgets: dict[tuple[int, str], Budget] = field(default_factory=dict)
    """By account and the source's name of it."""

    def tightest(self) -> Budget | None:
        """The budget of which the smallest part is left; None where the source tells none."""
        return min(self.budgets.values(), key=lambda one: one.left / one.of, default=None)


@dataclass
class _Gate:
    """Instants before which one account sends nothing, at all or to an endpoint."""

    until: dict[str, float] = field(default_factory=dict)

    def close(self, name: str, seconds: float) -> None:
        at = asyncio.get_running_loop().time() + seconds
        self.until[name] = max(self.until.get(name, 0.0), at)

    def remaining_s(self, endpoint: str) -> float:
        now = asyncio.get_running_loop().time()
        return max(self.until.get("", 0.0), self.until.get(endpoint, 0.0)) - now


class Pace:
    """Spreads the requests of one account: half of a minute's may come at once, the others as time passes."""

    def __init__(self, per_minute: int | None) -> None:
        self._most = (per_minute or 0) / 2
        self._left, self._at = self._most, 0.0

    def take(self, now: float) -> float:
        """Seconds to wait before a request that is due now."""
        if not self._most:
            return 0.0
        self._left = min(self._most, self._left + (now - self._at) * self._most / 60) - 1
        self._at = now
        return max(0.0, -self._left * 60 / self._most)


def jitter_s(wait_s: float) -> float:
    """What is added to a wait that many were told, so that they do not all come back at once: up to a second, or a twentieth of it."""
    return random.uniform(0.0, min(wait_s, max(1.0, 0.05 * wait_s)))  # noqa: S311 no secret


@cache
def make_tls() -> ssl.SSLContext:
    """What every client checks certificates with: reading the authorities takes longer than many a request."""
    return httpx.create_ssl_context(trust_env=False)


class _Unusable(Exception):
    """A try that brought nothing usable: a cut body, a time-out, a page of HTML."""


class Http:
    """A client of one host. Errors name the host and the path, never a header or a body we sent."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        judge: Judge = judge,
        sleep: Sleep = asyncio.sleep,
        name: str = "The source",
        setting: str | None = None,
        host: Host | None = None,
    ) -> None:
        self.base = httpx.URL(base_url.rstrip("/") + "/")
        self.limits = limits or Limits()
        self.counts = Counts()
        self.authorization: dict[str, str] = {}
        """Headers of every request; a client that renews its token changes them."""
        self.renew: Callable[[], Awaitable[None]] | None = None
        """Makes a new token when the one in use is refused; without it a refusal is final."""
        self.refused: ConfigurationError | None = None
        """Why this account is not asked for again: its credentials are refused for good."""
        self.host = host or Host(asyncio.Semaphore(self.limits.in_flight))
        self._judge, self._sleep, self._name, self._setting = judge, sleep, name, setting
        self._gate = _Gate()
        self._pace = Pace(self.limits.per_minute)
        self._client = httpx.AsyncClient(
            headers={"user-agent": "pulse-engineering-analytics", "accept-encoding": "gzip", **(headers or {})},
            timeout=httpx.Timeout(self.limits.deadline_s, connect=self.limits.connect_s),
            limits=httpx.Limits(max_connections=self.limits.in_flight, max_keepalive_connections=self.limits.in_flight),
            follow_redirects=False,
            trust_env=False,
            verify=make_tls(),
        )

    @property
    def server_time(self) -> str | None:
        """The host's clock when it last answered (ISO, UTC)."""
        return self.host.server_time

    @property
    def closed_s(self) -> float:
        """Seconds for which this account has been asked to send nothing."""
        return max(0.0, self._gate.remaining_s(""))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(
        self, path: str, params: Params | None = None, *, etag: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """GET below the base URL, or an absolute URL of the same host; with `etag` the answer may be `not_modified`."""
        sent = {**(headers or {}), **({"if-none-match": etag} if etag else {})}
        return await self.send("GET", path, params=params, headers=sent)

    async def get_json(self, path: str, params: Params | None = None) -> Any:
        """The JSON that GET brings."""
        return (await self.get(path, params)).json()

    async def post(self, path: str, json: Any, *, headers: Mapping[str, str] | None = None, judge: Judge | None = None) -> Answer:
        """POST a JSON document; only for questions that may be asked twice."""
        return await self.send("POST", path, json=json, headers=headers, judge=judge)

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        judge: Judge | None = None,
    ) -> Answer:
        """Send until there is an answer to go on with.

        Raises:
            ConfigurationError: the credentials are refused (401).
            AccessRefused: this one thing is not permitted (403).
            UpstreamGone: it is not there (404, 410, 451).
            QuestionRefused: it does not accept the question (400).
            RateLimited: the source asks for a longer wait than we grant.
            UpstreamError: anything else, after trying again where that makes sense.
        """
        if self.refused is not None:
            raise ConfigurationError(str(self.refused), setting=self.refused.setting)
        url = self.resolve(path)
        if params:
            url = url.copy_merge_params({key: str(value) for key, value in params.items() if value is not None})
        return await self._until_answered(method, url, json, headers or {}, judge or self._judge)

    def resolve(self, path: str) -> httpx.URL:
        """The full URL of a path below the base.

        Raises:
            UpstreamError: an absolute URL leads to another scheme, host or port.
        """
        try:
            url = httpx.URL(path) if "://" in path else self.base.join(path.lstrip("/"))
        except httpx.InvalidURL:
            raise UpstreamError(f"{self._name} at {self.base.host} leads to an address that is none; Pulse does not follow it.") from None
        if (url.scheme, url.host, url.port) != (self.base.scheme, self.base.host, self.base.port) or url.userinfo:
            raise UpstreamError(
                f"{self._name} at {self.base.host} points to {url.host or 'another place'}; Pulse only talks to the host that is set."
            )
        return url

    def relative(self, url: str) -> str:
        """A URL of this host as path below the base, so that it holds when the host moves."""
        resolved = self.resolve(url)
        path = resolved.raw_path.decode("ascii")
        return path.removeprefix(self.base.path)

    async def _until_answered(self, method: str, url: httpx.URL, json: Any, headers: Mapping[str, str], judge: Judge) -> Answer:
        waits = redirects = attempt = 0
        refused: Mapping[str, str] | None = None
        while True:
            signed = self.authorization
            try:
                answer = await self._once(method, url, json, {**signed, **headers})
            except _Unusable as error:
                attempt = await self._again(attempt, backoff_s(attempt), str(error), url)
                continue
            if answer.status in REDIRECTS and "location" in answer.headers:
                redirects += 1
                url = self._follow(url, answer, redirects)
                continue
            if answer.status == 401 and self.renew is not None and refused is None and "authorization" not in headers:
                refused = signed
                if self.authorization is signed:  # else another request has made a new token meanwhile
                    await self.renew()
                continue
            self._note_budget(answer)
            verdict = judge(answer, attempt + waits, self._clock(answer))
            if verdict.kind == "retry":
                attempt = await self._again(attempt, verdict.after_s, verdict.reason, url)
            elif verdict.kind == "wait":
                waits += 1
                await self._wait(verdict, url, waits)
            else:
                return self._settled(answer, verdict, url)

    def _note_budget(self, answer: Answer) -> None:
        left, of = (answer.headers.get(f"x-ratelimit-{name}", "") for name in ("remaining", "limit"))
        if left.isdecimal() and of.isdecimal() and int(of):
            now = self._clock(answer)
            after_s = parse_reset(answer.headers.get("x-ratelimit-reset"), now)
            known = after_s is not None and after_s < LONGEST_BUDGET_S
            resets_at = (now + timedelta(seconds=after_s or 0)).isoformat(timespec="seconds") if known else None
            self.host.budgets[id(self), answer.headers.get("x-ratelimit-resource", "")] = Budget(int(left), int(of), resets_at)

    def _clock(self, answer: Answer) -> datetime:
        """The source's clock; ours where an answer has no Date header."""
        return parse_http_date(answer.headers.get("date")) or wall_clock()

    def _settled(self, answer: Answer, verdict: Verdict, url: httpx.URL) -> Answer:
        message = f"{self._name} at {self.base.host} {verdict.reason}: {url.path}."
        if verdict.kind == "configuration" and answer.status == 401:
            remedy = f" Check {self._setting}." if self._setting else ""
            self.refused = ConfigurationError(message + remedy, setting=self._setting)
            raise self.refused
        if verdict.kind == "configuration":
            raise AccessRefused(f"{message} Give {self._setting or 'the token'} that permission, or leave it out.")
        if verdict.kind == "skip":
            raise UpstreamGone(message)
        if verdict.kind == "fail":
            raise QuestionRefused(message) if answer.status == 400 else UpstreamError(message)
        self.host.server_time = answer.server_time or self.host.server_time
        return answer

    def _follow(self, url: httpx.URL, answer: Answer, redirects: int) -> httpx.URL:
        if redirects > MAX_REDIRECTS:
            raise UpstreamError(f"{self._name} at {self.base.host} redirects in a circle: {url.path}.")
        try:
            return self.resolve(str(url.join(answer.headers["location"])))
        except httpx.InvalidURL:
            raise UpstreamError(f"{self._name} at {self.base.host} redirects to an address that is none: {url.path}.") from None

    async def _again(self, attempt: int, after_s: float, reason: str, url: httpx.URL) -> int:
        if attempt + 1 >= self.limits.attempts:
            raise UpstreamError(f"{self._name} at {self.base.host} {reason} ({self.limits.attempts} tries): {url.path}.")
        await self.pause(after_s * random.uniform(0.75, 1.25), reason)  # noqa: S311 jitter, no secret
        return attempt + 1

    async def _wait(self, verdict: Verdict, url: httpx.URL, waits: int) -> None:
        if verdict.after_s > self.limits.max_wait_s or waits > self.limits.wait_budget:
            raise RateLimited(verdict.after_s)
        self._gate.close("" if verdict.whole_host else url.path, verdict.after_s + jitter_s(verdict.after_s))
        if self.host.on_wait:
            self.host.on_wait(verdict.after_s, f"{self._name} {verdict.reason}")

    async def pause(self, seconds: float, reason: str) -> None:
        """Wait before another try, and say so when it takes long."""
        if self.host.on_wait and seconds > 1:
            self.host.on_wait(seconds, f"{self._name} {reason}")
        await self._sleep(seconds)

    def charge(self, points: int) -> None:
        """Count points that an answer said it cost."""
        self._count("points", points)

    def _count(self, name: str, amount: int) -> None:
        for counts in (self.counts, COUNTING.get()):
            if counts is not None:
                setattr(counts, name, getattr(counts, name) + amount)

    async def _once(self, method: str, url: httpx.URL, json: Any, headers: Mapping[str, str]) -> Answer:
        async with self.host.places:
            if (early_s := self._pace.take(asyncio.get_running_loop().time())) > 0:
                await self._sleep(early_s)
            while (closed_s := self._gate.remaining_s(url.path)) > 0:
                await self._sleep(closed_s)
                if self._sleep is not asyncio.sleep:
                    break  # an injected clock has decided that the time is over
            self._count("requests", 1)
            try:
                async with asyncio.timeout(self.limits.deadline_s), self._stream(method, url, json, headers) as response:
                    return await self._read(response)
            except TimeoutError as error:
                raise _Unusable(f"does not answer within {self.limits.deadline_s:g} s") from error
            except httpx.TransportError as error:
                raise _Unusable(f"cannot be read ({type(error).__name__})") from error
            except httpx.DecodingError as error:
                raise _Unusable("sends a broken body") from error

    @asynccontextmanager
    async def _stream(self, method: str, url: httpx.URL, json: Any, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        async with self._client.stream(method, url, json=json, headers=dict(headers)) as response:
            yield response

    async def _read(self, response: httpx.Response) -> Answer:
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > self.limits.body_bytes:
                raise _Unusable(f"sends more than {self.limits.body_bytes // 2**20} MiB in one answer")
            parts.append(part)
        body = b"".join(parts)
        document = _document(response.status_code, body)
        return Answer(response.status_code, dict(response.headers), body, response.links.get("next", {}).get("url"), document)


def _document(status: int, body: bytes) -> Any:
    """The JSON of a success. A proxy's HTML page, an empty or a cut body with status 200 is no answer."""
    if status not in (200, 201, 202):
        return None
    try:
        return read_document(body)
    except (ValueError, RecursionError) as error:
        raise _Unusable("answers with something other than JSON") from error
