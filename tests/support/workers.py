"""Processes of `pulse`."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

EXIT_LIMIT_S = 30.0


@contextlib.contextmanager
def pulse(arguments: Sequence[str], environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A `pulse` of its own process; killed at the end if it still lives."""
    with process([str(Path(sys.executable).with_name("pulse")), *arguments], environment, log) as running:
        yield running


@contextlib.contextmanager
def process(command: Sequence[str], environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Any process; killed at the end if it still lives."""
    with log.open("ab") as sink:
        running = subprocess.Popen(command, env=environment, stdout=sink, stderr=sink, cwd=log.parent)
        try:
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                running.send_signal(signal.SIGCONT)
                running.kill()
            running.wait(EXIT_LIMIT_S)


def worker(environment: dict[str, str], log: Path) -> contextlib.AbstractContextManager["subprocess.Popen[bytes]"]:
    """A `pulse worker`."""
    return pulse(["worker"], environment, log)


def hasty_worker(name: str, environment: dict[str, str], log: Path) -> contextlib.AbstractContextManager["subprocess.Popen[bytes]"]:
    """The same with clocks that run ten times as fast."""
    return process([sys.executable, str(Path(__file__).with_name("hasty_worker.py")), name], environment, log)


def environment(database_url: str | None, home: Path, source: dict[str, str]) -> dict[str, str]:
    """Of a process on this database, or on the embedded one of its home, that reads this source."""
    home.mkdir(parents=True, exist_ok=True)
    return {**os.environ, **source, "PULSE_HOME": str(home), **({"DATABASE_URL": database_url} if database_url else {})}
