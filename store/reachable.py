"""Connections that notice a network that drops everything in silence: nobody else would tell whoever waits for an answer."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import asyncpg

OPTIONS = {
    "keepalives_idle": "TCP_KEEPIDLE",
    "keepalives_interval": "TCP_KEEPINTVL",
    "keepalives_count": "TCP_KEEPCNT",
    "tcp_user_timeout": "TCP_USER_TIMEOUT",
}
"""What libpq calls it, and the operating system; macOS and Windows have not all of them."""


class Reachable(asyncpg.Connection):
    """A connection that may be told when silence means that it is lost."""

    __slots__ = ("socket",)

    def __init__(self, protocol: Any, transport: asyncio.Transport, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        self.socket: socket.socket | None = transport.get_extra_info("socket")

    def keep_alive(self, keepalive: Mapping[str, int]) -> None:
        """Probe a silent connection as libpq does; a Unix socket needs none of it."""
        if self.socket is None or self.socket.family not in (socket.AF_INET, socket.AF_INET6) or not keepalive["keepalives"]:
            return
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in tcp_options(keepalive).items():
            self.socket.setsockopt(socket.IPPROTO_TCP, option, value)


def tcp_options(keepalive: Mapping[str, int]) -> dict[int, int]:
    """The same for a socket, as far as this operating system has it."""
    known = {name: getattr(socket, option, None) for name, option in OPTIONS.items()}
    return {option: keepalive[name] for name, option in known.items() if option is not None and keepalive[name]}
