"""What an upstream's answer means, without a network."""

from datetime import UTC, datetime, timedelta

import pytest

from etl.answers import Answer, backoff_s, judge, parse_reset, parse_retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EPOCH = str(int((NOW + timedelta(seconds=90)).timestamp()))


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "after_s"),
    [
        (200, {}, b"{}", "ok", 0),
        (304, {}, b"", "ok", 0),
        (401, {}, b"", "configuration", 0),
        (403, {}, b'{"message": "Resource not accessible by integration"}', "configuration", 0),
        (403, {"retry-after": "30"}, b"", "wait", 30),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": EPOCH}, b"", "wait", 91),
        (403, {}, b'{"message": "You have exceeded a secondary rate limit."}', "wait", 60),
        (429, {"retry-after": "Sun, 01 Mar 2026 12:00:08 GMT"}, b"", "wait", 8),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-03-01T12:01:30Z"}, b"", "wait", 91),
        (429, {}, b"", "wait", 60),
        (503, {"retry-after": "5"}, b"", "wait", 5),
        (502, {}, b"<html>", "retry", 0.5),
        (404, {}, b"", "skip", 0),
        (451, {}, b"", "skip", 0),
        (422, {}, b'{"message": "Validation Failed"}', "fail", 0),
    ],
)
def test_each_answer_has_one_meaning(status: int, headers: dict[str, str], body: bytes, kind: str, after_s: float) -> None:
    """Limits are waited for, faults tried again, missing things skipped, refusals told."""
    verdict = judge(Answer(status, headers, body), 0, NOW)
    assert (verdict.kind, verdict.after_s) == (kind, after_s)


def test_a_limit_without_a_time_is_waited_for_longer_each_time() -> None:
    """GitHub asks for growing waits of at least a minute."""
    waits = [judge(Answer(429, {}, b""), attempt, NOW).after_s for attempt in range(4)]
    assert waits == [60, 120, 240, 480]


def test_a_burst_limit_closes_only_its_endpoint() -> None:
    """Jira's per-second limit says so in RateLimit-Reason."""
    headers = {"retry-after": "1", "ratelimit-reason": "jira-burst-based"}
    assert judge(Answer(429, headers, b""), 0, NOW).whole_host is False


def test_times_are_read_in_every_form_they_come_in() -> None:
    """Seconds, an HTTP date, epoch seconds, ISO; nonsense is no time."""
    assert parse_retry_after("2.5", NOW) == 2.5
    assert parse_retry_after("soon", NOW) is None
    assert parse_reset("2026-03-01T12:00:10+00:00", NOW) == 10
    assert parse_reset(EPOCH, NOW) == 90
    assert parse_reset("yesterday", NOW) is None


def test_waits_between_tries_double_up_to_a_limit() -> None:
    """Half a second first, a minute at most."""
    assert [backoff_s(attempt) for attempt in (0, 1, 2, 20)] == [0.5, 1.0, 2.0, 60.0]
