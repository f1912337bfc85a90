"""Sockets."""

import socket

from gateway.listening import listen


def test_a_short_answer_is_sent_at_once() -> None:
    """Head and body are written apart; the second would wait for the other end to confirm the first, which it does after 40 ms."""
    with listen("127.0.0.1", 0) as door, socket.create_connection(door.getsockname()) as _, door.accept()[0] as inside:
        assert inside.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
