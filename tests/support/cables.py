"""A way to the database that can be cut in silence: packets are dropped as by a broken network, and neither end is told."""

import asyncio
import contextlib
import ctypes
import fcntl
import socket
import sys
import termios
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit, urlunsplit

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
ESTABLISHED = "01"


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("if_true", ctypes.c_uint8), ("if_false", ctypes.c_uint8), ("value", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]


RETURN_NOTHING = _Instruction(code=0x06, value=0)
DROP_EVERYTHING = _Program(1, ctypes.pointer(RETURN_NOTHING))
"""A packet filter of Linux that lets no byte of any packet through, acknowledgements and probes neither."""


@dataclass
class Cable:
    """TCP connections to the database, and whether anything comes through."""

    url: str
    """The database by this way."""
    door: socket.socket
    ends: list[socket.socket] = field(default_factory=list)
    whole: asyncio.Event = field(default_factory=asyncio.Event)

    async def cut(self) -> None:
        """From now on nothing comes through; nobody is told."""
        self.whole.clear()
        while any(_unacknowledged(end) for end in self.ends):  # our end would send it again and again, as if somebody were there
            await asyncio.sleep(0.01)
        for end in (self.door, *self.ends):
            end.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, bytes(DROP_EVERYTHING))

    def mend(self) -> None:
        """What waits comes through again."""
        for end in (self.door, *self.ends):
            with contextlib.suppress(OSError):  # had none
                end.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
        self.whole.set()

    def held(self) -> int:
        """Connections that whoever uses the cable still believes in."""
        far = f":{self.door.getsockname()[1]:04X}"
        rows = (line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:])
        return sum(remote.endswith(far) and state == ESTABLISHED for _, _, remote, state, *_ in rows)

    async def until_given_up(self, limit_s: float) -> float:
        """Wait until nobody believes in a connection any more; the seconds."""
        began = time.monotonic()
        while self.held() and time.monotonic() < began + limit_s:
            await asyncio.sleep(0.1)
        return time.monotonic() - began


def _unacknowledged(end: socket.socket) -> int:
    """Bytes that were sent, or wait to be."""
    return int.from_bytes(fcntl.ioctl(end.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)


@contextlib.asynccontextmanager
async def cable(database_url: str) -> AsyncIterator[Cable]:
    """A way by TCP to a database, wherever it listens."""
    parts = urlsplit(database_url)
    with socket.create_server(("127.0.0.1", 0)) as door:
        login = f"{quote(unquote(parts.username or ''), safe='')}:{quote(unquote(parts.password or ''), safe='')}"
        laid = Cable(urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{door.getsockname()[1]}", query="")), door)
        laid.whole.set()

        async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await _reach(parts)
            end: socket.socket = writer.get_extra_info("socket")
            laid.ends.append(end)
            with contextlib.suppress(asyncio.CancelledError):  # the end of the cable
                await asyncio.gather(_pump(laid, reader, far_writer), _pump(laid, far_reader, writer), return_exceptions=True)
            laid.ends.remove(end)

        async with await asyncio.start_server(through, sock=door):
            yield laid
        for end in laid.ends:  # who was given up in silence is still there at our side, and so at the server
            end.shutdown(socket.SHUT_RDWR)


async def _reach(parts: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the server itself, by its Unix socket or by TCP."""
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    host, port = query.get("host") or parts.hostname or "127.0.0.1", query.get("port") or str(parts.port or 5432)
    if host.startswith("/"):
        return await asyncio.open_unix_connection(Path(host) / f".s.PGSQL.{port}")
    return await asyncio.open_connection(host, int(port))


async def _pump(laid: Cable, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.closing(target):
        while piece := await source.read(65_536):
            await laid.whole.wait()
            target.write(piece)
            await target.drain()
