"""Logs: useful to people who mend things, useless to people who steal things."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from store.log import MASK, Masker, configure_log

SECRET = "s3cr3t-value/with+signs"


@pytest.fixture
def log() -> Iterator[structlog.BoundLogger]:
    """A logger that writes JSON to standard error."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_log([SECRET], level="debug", as_json=True)
    yield structlog.get_logger("test")
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def test_a_secret_in_use_never_reaches_the_log(log: structlog.BoundLogger, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever it stands: message, field, nested value, URL-encoded form, traceback or a library's own line."""
    log.info(f"connecting with {SECRET}", url="https://x/?q=s3cr3t-value%2Fwith%2Bsigns", nested={"deep": [SECRET]})
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("failed")
    logging.getLogger("library").warning("header %s", SECRET)
    written = capsys.readouterr().err
    assert (SECRET in written, "s3cr3t" in written, written.count(MASK) >= 5) == (False, False, True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Authorization: Bearer abcdefgh12345678", f"Authorization: Bearer {MASK}"),
        ("postgresql://pulse:hunter2@db/pulse", f"postgresql://pulse:{MASK}@db/pulse"),
        ("GET /hook?token=abc&page=2", f"GET /hook?token={MASK}&page=2"),
        ("ghp_0123456789abcdefghij", MASK),
        ("lead time of payments rose to 41.2 hours", "lead time of payments rose to 41.2 hours"),
    ],
)
def test_what_is_shaped_like_a_credential_is_masked(line: str, expected: str) -> None:
    """Also credentials that are no setting of ours."""
    assert Masker().text(line) == expected


def test_each_line_is_one_json_document_with_time_and_level(log: structlog.BoundLogger, capsys: pytest.CaptureFixture[str]) -> None:
    """Machines read logs too, and standard output stays free for data."""
    log.info("synced", rows=3)
    captured = capsys.readouterr()
    line = json.loads(captured.err)
    assert (line["event"], line["level"], line["rows"], "timestamp" in line, captured.out) == ("synced", "info", 3, True, "")
