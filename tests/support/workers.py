"""`pulse worker` processes, and a way to the database that can be cut."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

EXIT_LIMIT_S = 30.0


@contextlib.contextmanager
def worker(environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker of its own process; killed at the end if it still lives."""
    command = [str(Path(sys.executable).with_name("pulse")), "worker"]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, env=environment, stdout=sink, stderr=sink, cwd=log.parent)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(EXIT_LIMIT_S)


def environment(database_url: str, home: Path, source: dict[str, str]) -> dict[str, str]:
    """Of a worker on this database that reads this source."""
    home.mkdir(parents=True, exist_ok=True)
    return {**os.environ, **source, "DATABASE_URL": database_url, "PULSE_HOME": str(home)}


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
