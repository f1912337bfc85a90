"""Log files of services: every line, no secret, rotated, deleted by age."""

import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from store.errors import NotFound
from store.log import configure_log
from store.logfile import KEPT, delete_old, log_files, open_logfile, tail


@pytest.fixture
def restored() -> Iterator[None]:
    """Logging as it was, afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def test_a_service_writes_every_line_to_its_file_and_only_warnings_to_the_terminal(
    tmp_path: Path, restored: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON lines from info on, secrets masked."""
    file = open_logfile(tmp_path, "serve")
    configure_log(["s3cr3t-value"], level="warning", as_json=True, file=file)
    log = structlog.get_logger("test")
    log.debug("not kept")
    log.info("sync_due", source="github", token="s3cr3t-value")
    log.warning("trouble")
    file.close()
    written = [json.loads(line) for line in tail(tmp_path, "serve", 10)]
    assert [(line["event"], line.get("token")) for line in written] == [("sync_due", "***"), ("trouble", None)]
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["trouble"]


def test_files_are_rotated_and_the_oldest_go(tmp_path: Path) -> None:
    """A service never fills the disk."""
    file = open_logfile(tmp_path, "serve")
    file.maxBytes = 100
    for number in range(40):
        file.emit(logging.LogRecord("pulse", logging.INFO, "", 0, f"line {number} {'x' * 40}", None, None))
    file.close()
    assert len(log_files(tmp_path, "serve")) == KEPT + 1
    assert [line.split()[1] for line in tail(tmp_path, "serve", 3)] == ["37", "38", "39"]
    assert [line.split()[1] for line in tail(tmp_path, "serve", 9, find="LINE 36 ")] == ["36"]


def test_old_files_are_deleted_by_age(tmp_path: Path) -> None:
    """By when their last line was written; a service without files says so."""
    file = open_logfile(tmp_path, "worker")
    file.emit(logging.LogRecord("pulse", logging.INFO, "", 0, "x", None, None))
    file.close()
    [one] = log_files(tmp_path)
    assert one.path.name == f"worker-{os.getpid()}.log"
    week_ago = time.time() - 7 * 86_400
    os.utime(one.path, (week_ago, week_ago))
    assert (delete_old(tmp_path, 8), delete_old(tmp_path, 6), log_files(tmp_path)) == (0, 1, [])
    with pytest.raises(NotFound):
        tail(tmp_path, "worker", 1)
