"""Sockets and the HTTP server on them."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn

from store.errors import ConfigurationError

GRACE_S = 5
"""Seconds that open requests get when the server stops."""


@contextlib.contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; port 0 takes a free one.

    Raises:
        ConfigurationError: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it only on sockets that name their protocol
    try:
        sock.bind((host, port))
        sock.listen(1024)
    except OSError as error:
        sock.close()
        raise ConfigurationError(
            f"{host}:{port} cannot be used ({error.strerror}); choose another with --port or PULSE_PORT.", setting="PULSE_PORT"
        ) from error
    with sock:
        yield sock


class _Server(uvicorn.Server):
    """A server that tells when it takes requests."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self.on_ready = on_ready
        self.by_ctrl_c = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Remember what ended us."""
        self.by_ctrl_c = self.by_ctrl_c or sig == signal.SIGINT
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets=sockets)
        if self.on_ready is not None and self.started:
            self.on_ready()


def make_server(application: Any, *, on_ready: Callable[[], None] | None = None) -> _Server:
    """A server for `application`; `serve(sockets=[…])` runs it until SIGINT, SIGTERM or `should_exit`."""
    config = uvicorn.Config(
        application,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ws="websockets-sansio",
    )
    return _Server(config, on_ready)


async def serving(application: Any, sock: socket.socket, *, on_ready: Callable[[], None] | None = None) -> None:
    """Serve `application` on `sock` until SIGTERM.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it.
    """
    server = make_server(application, on_ready=on_ready)
    await server.serve(sockets=[sock])
    with contextlib.suppress(asyncio.CancelledError):  # uvicorn hands on the signal that ended it; it has had its effect
        await asyncio.sleep(0)
    if server.by_ctrl_c:
        raise KeyboardInterrupt
