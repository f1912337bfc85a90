"""What both stand-ins do around each request: their own clock in `Date`, and a count of requests by route."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Mannered:
    """ASGI middleware; `now` is the clock of the stand-in, so that its records are never younger than its answers."""

    def __init__(self, app: ASGIApp, now: Callable[[], datetime]) -> None:
        self.app, self.now = app, now
        self.requests: Counter[str] = Counter()
        """How often each `METHOD /path` was asked."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, answer, stamp."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.requests[f"{scope['method']} {scope['path']}"] += 1

        async def stamp(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message.get("headers", []) if pair[0].lower() != b"date"]
                message = {**message, "headers": [*headers, (b"date", format_datetime(self.now(), usegmt=True).encode())]}
            await send(message)

        await self.app(scope, receive, stamp)

    def total(self, prefix: str = "") -> int:
        """Requests whose path begins with `prefix`."""
        return sum(count for request, count in self.requests.items() if request.partition(" ")[2].startswith(prefix))
