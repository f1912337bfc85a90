"""Log files of long-running services: one folder, rotated by size, old ones deleted."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

from store.errors import NotFound

MAX_BYTES = 5 * 2**20
KEPT = 4
"""Older files of a service beside the one that is written."""
SHARED = "worker"
"""Any number of workers may run on one machine: each writes its own file."""


def folder(home: Path) -> Path:
    """Where the log files lie."""
    return home / "logs"


def open_logfile(home: Path, service: str) -> RotatingFileHandler:
    """The file a service writes; it begins a new one at 5 MiB and keeps four older ones."""
    place = folder(home)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{service}-{os.getpid()}" if service == SHARED else service
    return RotatingFileHandler(place / f"{name}.log", maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)


@dataclass(frozen=True)
class LogFile:
    """A file that is there."""

    path: Path
    bytes: int
    age_days: float
    """Days since its last line."""


def log_files(home: Path, service: str | None = None) -> list[LogFile]:
    """The files (of one service), the newest first."""
    found = []
    for path in folder(home).glob(f"{service or ''}*.log*"):
        stat = path.stat()
        found.append(LogFile(path, stat.st_size, (time.time() - stat.st_mtime) / 86_400))
    return sorted(found, key=lambda one: one.age_days)


def tail(home: Path, service: str, lines: int, find: str | None = None) -> list[str]:
    """The last lines of the file that a service wrote to last, then of older ones, oldest first; with `find` those that hold these words.

    Raises:
        NotFound: the service has written no file.
    """
    files = log_files(home, service)
    if not files:
        raise NotFound(f"{service} has written no log below {folder(home)}; `pulse up` and the roles do once they run.")
    kept: list[str] = []
    for one in files:
        matching = [line for line in _read(one.path) if find is None or find.casefold() in line.casefold()]
        kept = matching[-(lines - len(kept)) :] + kept
        if len(kept) >= lines:
            break
    return kept


def _read(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            yield line.rstrip("\n")


def delete_old(home: Path, older_than_days: float) -> int:
    """Delete files whose last line is older; returns how many."""
    old = [one for one in log_files(home) if one.age_days > older_than_days]
    for one in old:
        one.path.unlink(missing_ok=True)
    return len(old)
