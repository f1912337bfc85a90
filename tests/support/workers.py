"""Processes of `pulse`, and a way to the database that can be cut."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

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


@dataclass
class Cable:
    """Connections to the database that can be cut: bytes go nowhere then, as in a network that drops them."""

    url: str
    """The database by this way."""
    whole: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """From now on nothing comes through; nobody is told."""
        self.whole.clear()

    def mend(self) -> None:
        """What waits comes through again."""
        self.whole.set()


@contextlib.asynccontextmanager
async def cable(database_url: str) -> AsyncIterator[Cable]:
    """A second way to a database that listens on a Unix socket."""
    parts = urlsplit(database_url)
    query = parse_qs(parts.query)
    name = f".s.PGSQL.{query['port'][0]}"
    target = Path(query["host"][0]) / name
    with tempfile.TemporaryDirectory(prefix="pulse-cable-", dir="/tmp") as folder:  # a socket's path is at most 107 bytes
        laid = Cable(urlunsplit(parts._replace(query=f"host={folder}&port={query['port'][0]}")))
        laid.mend()

        async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await asyncio.open_unix_connection(target)
            with contextlib.suppress(asyncio.CancelledError):  # the end of the cable
                await asyncio.gather(_pump(laid, reader, far_writer), _pump(laid, far_reader, writer), return_exceptions=True)

        server = await asyncio.start_unix_server(through, Path(folder) / name)
        async with server:
            yield laid


async def _pump(laid: Cable, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.closing(target):
        while piece := await source.read(65_536):
            await laid.whole.wait()
            target.write(piece)
            await target.drain()
