"""What an upstream's answer means, decided without I/O: go on, wait, try again, skip, or stop."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

Kind = Literal["ok", "retry", "wait", "configuration", "skip", "fail"]

SECONDARY_LIMIT_S = 60.0
"""What GitHub asks for when a secondary limit names no time; doubled with each try."""
MAX_BACKOFF_S = 60.0
RETRY_STATUSES = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
GONE_STATUSES = frozenset({404, 410, 451})
LIMIT_WORDS = ("secondary rate limit", "abuse detection", "abuse-rate-limits", "rate limit exceeded", "rate limit")


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    next_url: str | None = None
    """The `next` of the Link header."""
    document: Any = None
    """The body of a success, already read as JSON."""

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is something else, such as the HTML page of a proxy.
        """
        return self.document if self.document is not None else json.loads(self.body)

    @property
    def not_modified(self) -> bool:
        """Whether the source says that what we know is still true."""
        return self.status == 304

    @property
    def etag(self) -> str | None:
        """The tag to send with the next request for the same thing."""
        return self.headers.get("etag")

    @property
    def server_time(self) -> str | None:
        """The source's clock as ISO instant in UTC."""
        at = parse_http_date(self.headers.get("date"))
        return at.isoformat() if at else None

    @property
    def message(self) -> str:
        """What the source says about an error, shortened; never holds what we sent."""
        try:
            said = self.json()
        except ValueError:
            return ""
        if not isinstance(said, dict):
            return ""
        text = said.get("message") or said.get("errorMessages") or said.get("errors") or ""
        return (text if isinstance(text, str) else json.dumps(text))[:300]


@dataclass(frozen=True)
class Verdict:
    """What to do with an answer: `after_s` for retry and wait, `reason` for the rest."""

    kind: Kind
    after_s: float = 0.0
    reason: str = ""
    whole_host: bool = True
    """Whether a wait holds for the host or only for this endpoint."""


OK = Verdict("ok")


def parse_http_date(value: str | None) -> datetime | None:
    """An HTTP date as UTC instant; None when it is missing or malformed."""
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, whether it counts seconds or names a date."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        at = parse_http_date(value)
        return max(0.0, (at - now).total_seconds()) if at else None


def parse_reset(value: str | None, now: datetime) -> float | None:
    """Seconds until a limit resets; GitHub gives epoch seconds, Jira an ISO instant."""
    if not value:
        return None
    try:
        return max(0.0, float(value) - now.timestamp())
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(0.0, (at - now).total_seconds())


def backoff_s(attempt: int, *, first_s: float = 0.5, cap_s: float = MAX_BACKOFF_S) -> float:
    """Seconds before the next try after `attempt` tries (counted from 0): 0.5, 1, 2, 4, … up to `cap_s`."""
    return float(min(first_s * 2.0**attempt, cap_s))


def judge(answer: Answer, attempt: int, now: datetime) -> Verdict:
    """What an answer of GitHub or Jira means on try `attempt` (counted from 0); `now` is the source's clock."""
    status = answer.status
    if status < 300 or status == 304:
        return OK
    if status in (403, 429) or (status == 503 and "retry-after" in answer.headers):
        return _judge_limit(answer, attempt, now)
    if status == 401:
        return Verdict("configuration", reason="refuses the credentials (401)")
    if status in RETRY_STATUSES:
        return Verdict("retry", backoff_s(attempt), reason=f"answers {status}")
    if status in GONE_STATUSES:
        return Verdict("skip", reason=f"no longer has it ({status})")
    return Verdict("fail", reason=f"answers {status}{': ' + answer.message if answer.message else ''}")


def _judge_limit(answer: Answer, attempt: int, now: datetime) -> Verdict:
    """A refusal that may be a limit (wait) or a missing permission (mend it)."""
    headers = answer.headers
    asked = parse_retry_after(headers.get("retry-after"), now)
    whole_host = "burst" not in headers.get("ratelimit-reason", "")
    if asked is not None:
        return Verdict("wait", asked, "asks us to wait", whole_host)
    if headers.get("x-ratelimit-remaining") == "0":
        until_reset = parse_reset(headers.get("x-ratelimit-reset"), now)
        if until_reset is not None:
            return Verdict("wait", until_reset + 1.0, "has no requests left for us", whole_host)
    said = answer.body[:4000].decode("utf-8", "replace").lower()
    if answer.status == 429 or any(word in said for word in LIMIT_WORDS):
        return Verdict("wait", SECONDARY_LIMIT_S * 2.0 ** min(attempt, 4), "asks us to slow down", whole_host)
    return _judge_refusal(answer)


def _judge_refusal(answer: Answer) -> Verdict:
    if "x-github-sso" in answer.headers:
        return Verdict("configuration", reason="wants the token authorised for single sign-on (403)")
    return Verdict("configuration", reason=f"does not permit it (403){': ' + answer.message if answer.message else ''}")
